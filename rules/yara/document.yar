/* Office documents, PDF and RTF that run code. */

rule ole_macro_dropper
{
	meta:
		description = "A macro that starts by itself and fetches or starts a program"
		class = "malware"
		score = "12"
		scope = "file"
		source = "[MS-OVBA]; keywords as in the macro analyses of oletools"
	strings:
		$auto1 = "AutoOpen" nocase
		$auto2 = "Auto_Open" nocase
		$auto3 = "Document_Open" nocase
		$auto4 = "Workbook_Open" nocase
		$auto5 = "AutoExec" nocase fullword
		$auto6 = "AutoClose" nocase fullword
		$run1 = "WScript.Shell" nocase
		$run2 = "URLDownloadToFile" nocase
		$run3 = "MSXML2.XMLHTTP" nocase
		$run4 = "ADODB.Stream" nocase
		$run5 = "powershell" nocase
		$run6 = "Shell.Application" nocase
		$run7 = "mshta" nocase fullword
		$run8 = "certutil" nocase fullword
		$run9 = "VirtualAlloc" nocase
		$vba1 = "Attribute VB_" nocase
		$vba2 = "VBAProject" wide ascii
		$vba3 = { 00 41 74 74 72 69 62 75 74 }
	condition:
		any of ($vba*) and any of ($auto*) and any of ($run*)
}

rule excel4_macro_dropper
{
	meta:
		description = "An Excel 4 macro sheet that calls the operating system"
		class = "malware"
		score = "10"
		scope = "file"
		source = "[MS-XLS] 2.4.28 BoundSheet8: sheet type 1 is a macro sheet"
	strings:
		/* BoundSheet8 record (0x0085): any state, type 1 */
		$sheet = { 85 00 ?? 00 ?? ?? ?? ?? (00 | 01 | 02) 01 }
		$call1 = "URLDownloadToFile" nocase
		$call2 = "ShellExecute" nocase
		$call3 = "regsvr32" nocase
		$call4 = "rundll32" nocase
		$call5 = "CreateProcess" nocase
	condition:
		uint32be(0) == 0xD0CF11E0 and $sheet and any of ($call*)
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
	condition:
		filesize < 1MB and all of them
}

rule office_dde
{
	meta:
		description = "A DDE field that starts a program"
		class = "malware"
		score = "10"
		scope = "file"
		source = "ECMA-376 part 1, 17.16.5: DDE and DDEAUTO fields"
	strings:
		$dde = /DDE(AUTO)?\s{1,8}("|&quot;)?[^<>]{0,80}(cmd|powershell|mshta|rundll32|MSEXCEL)/ nocase
	condition:
		$dde
}

rule rtf_equation_exploit
{
	meta:
		description = "An RTF document with an Equation Editor object"
		class = "malware"
		score = "12"
		scope = "file"
		source = "CVE-2017-11882, CVE-2018-0802: EQNEDT32"
	strings:
		$class = /4[5]7175[0-9a-f\s]{0,20}6174[0-9a-f\s]{0,20}696f6e2e33/ nocase	/* Equation.3 */
		$clsid = /02ce020000000000c000000000000046/ nocase
		$name = "Equation.3" nocase
		$object = "\\objdata" nocase
		$update = "\\objupdate" nocase
	condition:
		uint32be(0) == 0x7B5C7274 and ($object or $update) and any of ($class, $clsid, $name)
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
		$package = /5061636b616765[0-9a-f\s]{0,400}(2e657865|2e736372|2e766273|2e6a73|2e626174|2e686461)/ nocase
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
		$launch = /\/S\s{0,4}\/Launch/
		$open = "/OpenAction"
		$aa = /\/AA\s{0,4}<</
		$win = "/Win"
	condition:
		uint32be(0) == 0x25504446 and $launch and any of ($open, $aa, $win)
}

rule pdf_script_on_open
{
	meta:
		description = "A PDF that runs JavaScript when it is opened"
		class = "content"
		score = "6"
		scope = "file"
		source = "ISO 32000-1 12.6.4.16: JavaScript actions"
	strings:
		$js = /\/S\s{0,4}\/JavaScript/
		$open = "/OpenAction"
		$aa = /\/AA\s{0,4}<</
		$bad1 = "eval(" nocase
		$bad2 = "unescape(" nocase
		$bad3 = "exportDataObject" nocase
		$bad4 = "util.printf" nocase
		$bad5 = "Collab.getIcon" nocase
	condition:
		uint32be(0) == 0x25504446 and $js and ($open or $aa) and any of ($bad*)
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
		$embedded = "/EmbeddedFile"
		$name = /\/U?F\s{0,4}\([^\)]{1,200}\.(exe|scr|js|jse|vbs|vbe|hta|lnk|bat|cmd|ps1|iso|wsf|settingcontent-ms)\)/ nocase
	condition:
		uint32be(0) == 0x25504446 and all of them
}

rule onenote_embedded_script
{
	meta:
		description = "A OneNote page with a script or a program inside"
		class = "malware"
		score = "12"
		scope = "file"
		source = "[MS-ONESTORE] 2.6.13: FileDataStoreObject"
	strings:
		$file = { E7 16 E3 BD 65 26 11 45 A4 C4 8D 4D 0B 7A 9E AC }
		$a = "<script" nocase
		$b = "powershell" nocase wide ascii
		$c = "WScript" nocase
		$d = "@echo off" nocase
		$e = "<HTA:APPLICATION" nocase
		$f = "This program cannot be run in DOS mode"
		$g = "CreateObject" nocase
	condition:
		uint32be(0) == 0xE4525C7B and $file and any of ($a, $b, $c, $d, $e, $f, $g)
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
