/* Scripts and shortcuts that fetch and start programs. */

/* What is there to be read: the letter itself, and notes. Instructions and reports quote
 * commands, but a click on these runs none. A nameless layer of a container is no letter. */
private rule to_be_read
{
	condition:
		(part_name == "" and not part_id contains "/") or part_name matches /\.(txt|md|log|eml)$/i
}

rule lnk_starts_interpreter
{
	meta:
		description = "A shortcut that starts a script interpreter"
		class = "malware"
		score = "12"
		scope = "file"
		source = "[MS-SHLLINK] 2.1: header size 0x4C and the class id of shell links"
	strings:
		$a = "powershell" nocase wide ascii
		$b = "mshta" nocase wide ascii
		$c = "cmd.exe" nocase wide ascii
		$d = "wscript" nocase wide ascii
		$e = "cscript" nocase wide ascii
		$f = "rundll32" nocase wide ascii
		$g = "regsvr32" nocase wide ascii
		$h = "certutil" nocase wide ascii
		$i = "bitsadmin" nocase wide ascii
		$j = "msiexec" nocase wide ascii
		$k = "conhost" nocase wide ascii
		$l = "forfiles" nocase wide ascii
		$m = "pwsh.exe" nocase wide ascii
		$n = "curl.exe" nocase wide ascii
	condition:
		uint32(0) == 0x4C and uint32be(4) == 0x01140200 and any of them
}

rule url_file_to_program
{
	meta:
		description = "An internet shortcut that points to a share on the Internet or a program"
		class = "malware"
		score = "10"
		scope = "file"
		source = "CVE-2023-36025, CVE-2024-21412: shortcuts to remote shortcuts"
	strings:
		$head = "[InternetShortcut]" nocase
		/* a host with a dot or a port; shares of the house have neither, or a private address */
		$share = /(URL|IconFile|WorkingDirectory)\s?=\s?(file:\/{2,5}|\\\\)[a-z0-9-]{1,63}[.@]/ nocase
		$near = /(URL|IconFile|WorkingDirectory)\s?=\s?(file:\/{2,5}|\\\\)(10\.|192\.168\.|172\.(1[6-9]|2[0-9]|3[01])\.)[0-9.]{3,11}[\/\\]/ nocase
		$exe = /URL\s?=\s?https?:\/\/[^\r\n]{1,400}\.(exe|scr|hta|js|jse|vbs|vbe|wsf|msi|lnk|url|iso|vhdx?)(\r|\n|$)/ nocase
	condition:
		filesize < 64KB and $head and (#share > #near or $exe)
}

rule powershell_download
{
	meta:
		description = "A PowerShell command that fetches and runs code"
		class = "malware"
		score = "10"
		scope = "file"
		source = "MITRE ATT&CK T1059.001, T1105"
	strings:
		$ps = "powershell" nocase wide ascii
		$enc = /\s-e(nc|ncodedcommand|c)?\s{1,4}['"]?[A-Za-z0-9+\/]{60}/ nocase wide ascii
		$get1 = "DownloadString" nocase wide ascii
		$get2 = "DownloadFile" nocase wide ascii
		$get3 = "Invoke-WebRequest" nocase wide ascii
		$get4 = "Start-BitsTransfer" nocase wide ascii
		$get5 = /\b(iwr|irm)\s{1,4}['"]?https?:/ nocase wide ascii
		$get6 = "Invoke-RestMethod" nocase wide ascii
		$run1 = "Invoke-Expression" nocase wide ascii
		$run2 = /\|\s{0,3}iex\b/ nocase wide ascii
		$run3 = /\biex\s{0,3}\(/ nocase wide ascii
		$run4 = "Start-Process" nocase wide ascii
		$hide = /-w(indowstyle)?\s{1,4}h(idden)?\b/ nocase wide ascii
	condition:
		filesize < 4MB and $ps and ($enc or (any of ($get*) and (any of ($run*) or $hide))) and not to_be_read
}

rule script_dropper
{
	meta:
		description = "A script of the Windows Script Host that fetches or writes a program and starts it"
		class = "malware"
		score = "10"
		scope = "file"
		source = "MITRE ATT&CK T1059.005, T1059.007"
	strings:
		$make1 = /CreateObject\s{0,4}\(/ nocase
		$make2 = /new\s{1,4}ActiveXObject/ nocase
		$make3 = /GetObject\s{0,4}\(\s{0,4}['"]winmgmts:/ nocase
		$get1 = "XMLHTTP" nocase
		$get2 = "ADODB.Stream" nocase
		$get3 = "WinHttpRequest" nocase
		$get4 = "bitsadmin" nocase
		$get5 = "SaveToFile" nocase
		$run1 = "WScript.Shell" nocase
		$run2 = "Shell.Application" nocase
		$run3 = "Win32_Process" nocase
		$run4 = /\.ShellExecute\b/ nocase
		/* the source of Office macros is looked at by rules of its own */
		$vba = "Attribute VB_Name"
	condition:
		filesize < 2MB and any of ($make*) and any of ($get*) and any of ($run*) and
		not $vba at 0 and uint32be(0) != 0xD0CF11E0 and not to_be_read
}

rule batch_dropper
{
	meta:
		description = "A batch file that fetches a program with a tool of the system"
		class = "malware"
		score = "8"
		scope = "file"
		source = "MITRE ATT&CK T1218, T1105"
	strings:
		$bat1 = "@echo off" nocase
		$bat2 = /%(TEMP|APPDATA|PUBLIC|USERPROFILE)%/ nocase
		$get1 = /certutil(\.exe)?\s{1,4}[^\r\n]{0,40}-urlcache/ nocase
		$get2 = /bitsadmin(\.exe)?\s{1,4}\/transfer/ nocase
		$get3 = /curl(\.exe)?\s{1,4}[^\r\n]{0,200}https?:[^\r\n]{0,200}(-o|--output)/ nocase
		$get4 = /mshta(\.exe)?\s{1,4}['"]?(https?|javascript|vbscript):/ nocase
		$get5 = /regsvr32(\.exe)?\s{1,4}[^\r\n]{0,80}\/i:https?:/ nocase
		$get6 = /curl(\.exe)?\s{1,4}[^\r\n]{0,200}(-o|--output)\s[^\r\n]{0,200}https?:/ nocase
	condition:
		filesize < 512KB and any of ($bat*) and any of ($get*) and not to_be_read
}

rule hta_application
{
	meta:
		description = "An HTML application: a web page with the rights of a program"
		class = "content"
		score = "10"
		scope = "file"
		source = "MITRE ATT&CK T1218.005"
	strings:
		$hta = "<HTA:APPLICATION" nocase
	condition:
		filesize < 4MB and $hta and not to_be_read
}
