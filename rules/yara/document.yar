/* Office documents, PDF and RTF that run code. */

/* The parts of a macro; the rules below say which of them belong together. They look at the
 * unpacked source, or at an OLE file whose compiled form still has the words. */
private rule macro_starts_by_itself
{
	strings:
		$auto1 = "AutoOpen" nocase
		$auto2 = "Auto_Open" nocase
		$auto3 = "Document_Open" nocase
		$auto4 = "Workbook_Open" nocase
		$auto5 = "AutoExec" nocase fullword
		$auto6 = "AutoClose" nocase fullword
		$auto7 = "Auto_Close" nocase fullword
		$auto8 = "Document_Close" nocase fullword
		$auto9 = "Workbook_Activate" nocase fullword
		$auto10 = "_Layout(" nocase
		$source = "Attribute VB_"
		$project = "VBA_PROJECT" wide
	condition:
		any of ($auto*) and
		(($source at 0 and not part_type startswith "text/") or (uint32be(0) == 0xD0CF11E0 and $project))
}

private rule macro_starts_programs
{
	strings:
		$run1 = "WScript.Shell" nocase
		$run2 = "Shell.Application" nocase
		$run3 = "Win32_Process" nocase
		$run4 = /\bShell(Execute[AW]?)?[\s(]/ nocase
		$run5 = "CreateProcess" nocase
		$run6 = "WinExec" nocase fullword
	condition:
		any of them
}

rule ole_macro_dropper
{
	meta:
		description = "A macro that starts by itself and fetches or starts a program"
		class = "malware"
		score = "12"
		scope = "file"
		source = "[MS-OVBA]; keywords as in the macro analyses of oletools"
	strings:
		/* no office work needs these */
		$bad1 = "URLDownloadToFile" nocase
		$bad2 = "powershell" nocase
		$bad3 = "mshta" nocase fullword
		$bad4 = "certutil" nocase fullword
		$bad5 = "bitsadmin" nocase fullword
		$bad6 = "regsvr32" nocase fullword
		$bad7 = "VirtualAlloc" nocase
		$bad8 = "RtlMoveMemory" nocase
		/* honest ones fetch exchange rates, or make a shortcut on the desktop, but not both */
		$get1 = "XMLHTTP" nocase
		$get2 = "WinHttpRequest" nocase
		$get3 = "ADODB.Stream" nocase
		$save = "SaveToFile" nocase
	condition:
		macro_starts_by_itself and
		(any of ($bad1, $bad2, $bad3, $bad4, $bad5, $bad6, $bad7) or ($bad8 and macro_starts_programs) or
		 (any of ($get1, $get2) and ($get3 or $save or macro_starts_programs)))
}

rule ole_macro_starts_program
{
	meta:
		description = "A macro that starts by itself and can start programs"
		class = "content"
		score = "4"
		scope = "file"
		source = "[MS-OVBA]; also in honest workbooks, so it needs company"
	condition:
		macro_starts_by_itself and macro_starts_programs
}

rule excel4_macro_dropper
{
	meta:
		description = "An Excel 4 macro sheet that calls the operating system"
		class = "malware"
		score = "10"
		scope = "file"
		source = "[MS-XLS] 2.4.28 BoundSheet8: sheet type 1 is a macro sheet; [MS-OFFMACRO2]; SYLK"
	strings:
		/* BoundSheet8 record (0x0085): any state, type 1 */
		$sheet = { 85 00 ?? 00 ?? ?? ?? ?? (00 | 01 | 02) 01 }
		$call1 = "URLDownloadToFile" nocase wide ascii
		$call2 = "ShellExecute" nocase wide ascii
		$call3 = "regsvr32" nocase wide ascii
		$call4 = "rundll32" nocase wide ascii
		$call5 = "CreateProcess" nocase wide ascii
		$call6 = "powershell" nocase wide ascii
		$call7 = "mshta" nocase wide ascii
		$call8 = "cmd.exe" nocase wide ascii
		$call9 = "VirtualAlloc" nocase wide ascii
		$xml = "<xm:macrosheet"
		$sylk = "ID;P"
		$formula = /(;E|[^A-Z.])(EXEC|CALL|REGISTER)\(/
	condition:
		(uint32be(0) == 0xD0CF11E0 and $sheet and any of ($call*)) or
		(($xml in (0..1024) or $sylk at 0) and $formula)
}

rule ooxml_external_template
{
	meta:
		description = "A document that loads its template from a web server"
		class = "malware"
		score = "8"
		scope = "file"
		source = "ECMA-376 part 1, attachedTemplate; template injection"
	strings:
		$type = "relationships/attachedTemplate"
		$mode = "TargetMode=\"External\""
		$web = /Target="https?:\/\//
		/* where companies keep their templates */
		$house = /Target="https:\/\/[A-Za-z0-9-]{1,63}\.sharepoint\.com\//
	condition:
		filesize < 1MB and $type and $mode and #web > #house
}

rule office_dde
{
	meta:
		description = "A DDE field that starts a program"
		class = "malware"
		score = "10"
		scope = "file"
		source = "ECMA-376 part 1, 17.16.5 (DDE, DDEAUTO), 18.14.4 (ddeLink); [MS-DOC] 2.8.25 fields"
	strings:
		$word = "<w:"
		$field = /\bDDE(AUTO)?\s{1,8}("|&quot;)?[^<>]{0,120}(cmd|powershell|mshta|rundll32|regsvr32|[cw]script)\b/ nocase
		/* in a .doc a field begins with 0x13 and ends with 0x15 */
		$doc = /\x13\s{0,8}DDE(AUTO)?\s[^\x13-\x15]{0,120}(cmd|powershell|mshta|rundll32|regsvr32|[cw]script)/ nocase wide ascii
		$rtf = /\\fldinst[^}]{0,120}DDE(AUTO)?\s[^}]{0,120}(cmd|powershell|mshta|rundll32|regsvr32|[cw]script)/ nocase
		$link = /<ddeLink[^>]{1,400}ddeService="(cmd|powershell|mshta|rundll32|regsvr32|[cw]script|msexcel)/ nocase
		$cell = /(^|[=+@,;"-])(cmd|powershell|mshta|rundll32|regsvr32|[cw]script|msexcel)(\.exe)?\|\s{0,4}('|&apos;|&#39;|")[^\r\n]{1,200}!/ nocase
	condition:
		filesize < 16MB and
		(($word and $field) or $doc or (uint32be(0) == 0x7B5C7274 and $rtf) or $link or
		 ($cell and (part_name != "" or part_id contains "/")))
}

rule rtf_equation_exploit
{
	meta:
		description = "An RTF document that loads an Equation Editor object as it is opened"
		class = "malware"
		score = "12"
		scope = "file"
		source = "CVE-2017-11882, CVE-2018-0802: EQNEDT32"
	strings:
		$class = /457175[0-9a-f\s]{0,20}6174[0-9a-f\s]{0,20}696f6e2e33/ nocase	/* Equation.3 */
		$clsid = /02ce020000000000c000000000000046/ nocase
		$name = "Equation.3" nocase
		$object = "\\objdata" nocase
		$update = "\\objupdate" nocase
	condition:
		/* Word writes {\rtf1; a cut header is a trick against scanners */
		uint32be(0) == 0x7B5C7274 and any of ($class, $clsid, $name) and
		($update or ($object and uint16be(4) != 0x6631))
}

rule rtf_equation_object
{
	meta:
		description = "An RTF document with an object of the Equation Editor that Microsoft removed"
		class = "content"
		score = "5"
		scope = "file"
		source = "CVE-2017-11882; old honest documents have equations, too"
	strings:
		$class = /457175[0-9a-f\s]{0,20}6174[0-9a-f\s]{0,20}696f6e2e33/ nocase	/* Equation.3 */
		$clsid = /02ce020000000000c000000000000046/ nocase
		$name = "Equation.3" nocase
		$object = "\\objdata" nocase
	condition:
		uint32be(0) == 0x7B5C7274 and $object and any of ($class, $clsid, $name)
}

rule rtf_package_program
{
	meta:
		description = "An RTF document that carries a program as a package"
		class = "malware"
		score = "10"
		scope = "file"
		source = "[MS-OLEDS] 2.2: ObjectHeader of class Package"
	strings:
		/* the name of the file inside ends with a NUL, so .json is not .js */
		$package = /5061636b616765[0-9a-f\s]{0,400}2e\s{0,2}(657865|736372|766273|766265|6a73|6a7365|626174|636d64|687461|6c6e6b|707331|777366|736374)\s{0,2}00/ nocase
		$object = "\\objdata" nocase
	condition:
		uint32be(0) == 0x7B5C7274 and all of them
}

rule pdf_launch
{
	meta:
		description = "A PDF that starts a program when it is opened"
		class = "malware"
		score = "10"
		scope = "file"
		source = "ISO 32000-1 12.6.4.5: launch actions"
	strings:
		$pdf = "%PDF-"
		$launch = /\/S\s{0,4}\/Launch/
		/* launch actions also open the other documents of a collection */
		$program = /\/[FP]\s{0,4}\([^)]{0,200}(cmd|powershell|mshta|rundll32|[cw]script|\.exe|\.bat|\.cmd|\.js|\.vbs|\.hta|\.scr|\.lnk)\b/ nocase
	condition:
		$pdf in (0..1024) and $launch and $program
}

rule pdf_script_on_open
{
	meta:
		description = "A PDF that runs suspicious JavaScript when it is opened"
		class = "content"
		score = "6"
		scope = "file"
		source = "ISO 32000-1 12.6.4.16: JavaScript actions"
	strings:
		$pdf = "%PDF-"
		$js = /\/S\s{0,4}\/JavaScript/
		$open = "/OpenAction"
		$aa = /\/AA\s{0,4}<</
		$bad1 = "eval(" nocase
		$bad2 = "unescape(" nocase
		$bad3 = "exportDataObject" nocase
		/* CVE-2008-2992; forms use it with small widths */
		$bad4 = /util\.printf\s{0,4}\([^)]{0,40}%[0-9]{4}/ nocase
		$bad5 = "Collab.getIcon" nocase
		$bad6 = "app.launchURL" nocase
	condition:
		$pdf in (0..1024) and $js and ($open or $aa) and any of ($bad*)
}

rule pdf_embedded_program
{
	meta:
		description = "A PDF that carries a program or a script as an attachment"
		class = "content"
		score = "10"
		scope = "file"
		source = "ISO 32000-1 7.11.4: embedded file streams"
	strings:
		$pdf = "%PDF-"
		$embedded = "/EmbeddedFile"
		$name = /\/U?F\s{0,4}\([^\)]{1,200}\.(exe|scr|js|jse|vbs|vbe|hta|lnk|bat|cmd|ps1|iso|wsf|settingcontent-ms)\)/ nocase
	condition:
		$pdf in (0..1024) and $embedded and $name
}

rule onenote_embedded_script
{
	meta:
		description = "A OneNote page with a script or a program inside"
		class = "malware"
		score = "12"
		scope = "file"
		source = "[MS-ONESTORE] 2.6.13: FileDataStoreObject: 16 bytes of GUID, 8 of length, 12 unused, the file"
	strings:
		$file = { E7 16 E3 BD 65 26 11 45 A4 C4 8D 4D 0B 7A 9E AC }
		$script1 = "<script" nocase
		$script2 = "powershell" nocase wide ascii
		$script3 = "WScript" nocase
		$script4 = "@echo off" nocase
		$script5 = "<HTA:APPLICATION" nocase
		$script6 = "CreateObject" nocase
		$script7 = "<job" nocase
	condition:
		/* inside a file of the page: notes about PowerShell are text of the page */
		uint32be(0) == 0xE4525C7B and
		for any i in (1..#file) : (
			uint16(@file[i] + 36) == 0x5A4D or uint32(@file[i] + 36) == 0x4C or
			for any of ($script*) : ($ in (@file[i] + 36..@file[i] + 36 + uint32(@file[i] + 16))))
}

rule mht_in_pdf
{
	meta:
		description = "A PDF header in front of a web archive: a document that is two things at once"
		class = "malware"
		score = "10"
		scope = "file"
		source = "JPCERT/CC, MalDoc in PDF (2023)"
	strings:
		$mime = "MIME-Version:" nocase
		$type = /Content-Type:\s{0,4}(multipart\/related|application\/x-mimearchive|text\/html)/ nocase
		$location = "Content-Location:" nocase
		$base64 = /Content-Transfer-Encoding:\s{0,4}base64/ nocase
	condition:
		uint32be(0) == 0x25504446 and $mime and $type and ($location or $base64)
}
