/* A harmless string for operators: put it into a mail to see YARA work from end to end. */

rule sekimori_test_string
{
	meta:
		description = "The test string of sekimori"
		class = "malware"
		score = "100"
		scope = "file, text"
		source = "sekimori-rules(5), EXAMPLES"
	strings:
		$test = "SEKIMORI-STANDARD-YARA-TEST-STRING*J9T2-KEEPER-OF-THE-GATE"
	condition:
		$test
}
