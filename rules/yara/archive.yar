/* Containers that carry what mail filters would refuse on its own. */

rule iso_with_program
{
	meta:
		description = "A CD image that carries a program or a shortcut"
		class = "malware"
		score = "8"
		scope = "file"
		source = "ECMA-119 8.1; carrier of many campaigns since macros are blocked"
	strings:
		$exe = /\.(EXE|SCR|LNK|DLL|JS|VBS|HTA|BAT|CMD);1/ ascii
		/* the same names in the Joliet tree are UTF-16, big endian */
		$wide = /\x00\.\x00(e\x00x\x00e|l\x00n\x00k|d\x00l\x00l|h\x00t\x00a|v\x00b\x00s)\x00;/ nocase
	condition:
		filesize < 64MB and uint32(0x8001) == 0x30304443 and (any of them)
}

rule vhd_attachment
{
	meta:
		description = "A virtual disk, which Windows mounts on a double click"
		class = "content"
		score = "10"
		scope = "file"
		source = "[MS-VHDX] 2.2.1; Virtual Hard Disk Image Format Specification"
	strings:
		$vhd = "conectix"
	condition:
		(uint32(0) == 0x78646876 and uint32(4) == 0x656C6966) or $vhd at 0 or $vhd at (filesize - 512)
}

rule archive_password_in_the_letter
{
	meta:
		description = "The letter tells the password of its attachment"
		class = "info"
		score = "1"
		scope = "text"
		source = "JPCERT/CC on encrypted ZIP lures (PPAP)"
	strings:
		$en = /(archive|attach(ment|ed)|zip|file|document)[^\r\n]{0,60}(password|passcode|pass code)\s{0,3}(is|:|=)/ nocase
		$en2 = /(password|passcode)\s{0,3}(to|for)\s(the\s)?(archive|attach|zip|file|document)/ nocase
		$ja1 = "解凍パスワード"
		$ja2 = "添付ファイルのパスワード"
		$ja3 = "パスワードは以下"
		$ja4 = "ZIPパスワード"
	condition:
		any of them
}
