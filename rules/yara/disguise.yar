/* Files that pretend to be something else. */

rule program_named_as_document
{
	meta:
		description = "A program whose name ends like a document or a picture"
		class = "malware"
		score = "12"
		scope = "file"
		source = "MITRE ATT&CK T1036.008; Microsoft PE format: e_lfanew at 0x3c"
	condition:
		/* a list of part numbers may begin with MZ as well, so the second header counts */
		uint16(0) == 0x5A4D and (uint32be(uint32(0x3C)) == 0x50450000 or uint16be(uint32(0x3C)) == 0x4E45) and
		part_name matches /\.(pdf|docx?|xlsx?|pptx?|jpe?g|png|gif|txt|csv|html?|mp[34]|zip|rtf)\s*$/i
}

rule double_extension
{
	meta:
		description = "A document's extension in front of a program's"
		class = "malware"
		score = "10"
		scope = "file"
		source = "MITRE ATT&CK T1036.007"
	condition:
		part_name matches /\.(pdf|docx?|xlsx?|pptx?|jpe?g|png|gif|txt|csv|html?|mp[34]|zip|rtf)[\s_.\-]*\.(exe|scr|com|pif|bat|cmd|jse|vbs|vbe|wsf|hta|lnk|ps1|cpl|msi)\s*$/i or
		/* page.html.js and data.csv.jar are what developers have */
		part_name matches /\.(pdf|docx?|xlsx?|pptx?|jpe?g|png|gif|mp[34]|rtf)[\s_.\-]*\.(js|jar)\s*$/i
}

rule long_gap_in_name
{
	meta:
		description = "A file name with a gap that pushes the real extension out of sight"
		class = "malware"
		score = "10"
		scope = "file"
		source = "MITRE ATT&CK T1036.007"
	condition:
		/* blanks, no-break and ideographic spaces, underscores */
		part_name matches /(\s|\xC2\xA0|\xE3\x80\x80|_){12,}\.(exe|scr|com|pif|bat|cmd|js|jse|vbs|vbe|wsf|hta|lnk|ps1|cpl|msi|jar)\s*$/i
}

rule archive_named_as_document
{
	meta:
		description = "An archive of a kind that mail programs open, named as a document"
		class = "content"
		score = "6"
		scope = "file"
		source = "MITRE ATT&CK T1036.008"
	condition:
		(uint32be(0) == 0x52617221 or uint32be(0) == 0x377ABCAF or uint32be(0) == 0x4D534346 or
		 uint32be(0) == 0x504B0304) and
		part_name matches /\.(pdf|jpe?g|png|gif|txt|csv|html?)\s*$/i
}
