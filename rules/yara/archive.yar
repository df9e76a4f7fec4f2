/* Containers that carry what mail filters would refuse on its own. */

rule iso_with_program
{
	meta:
		description = "A CD image that carries a program or a shortcut"
		class = "malware"
		score = "8"
		scope = "file"
		source = "ECMA-119 8.1, Joliet, ECMA-167 4/14.4; carrier of many campaigns since macros are blocked"
	strings:
		$exe = /\.(EXE|SCR|LNK|DLL|JSE?|VB[SE]|WSF|HTA|BAT|CMD|PS1|MSI|CPL|COM|PIF);1/ ascii
		/* the same names in the Joliet tree are UTF-16, big endian */
		$wide = /\x00\.\x00(e\x00x\x00e|s\x00c\x00r|l\x00n\x00k|d\x00l\x00l|h\x00t\x00a|v\x00b\x00[se]|w\x00s\x00f|p\x00s\x001|b\x00a\x00t|c\x00m\x00d)\x00;/ nocase
		/* and in UDF 8 bits or 16 behind a byte that says so */
		$udf8 = /\x08[^\x00-\x1f]{1,100}\.(exe|scr|lnk|dll|jse?|vb[se]|wsf|hta|bat|cmd|ps1|msi|cpl)/ nocase
		$udf16 = /\x10(\x00[^\x00-\x1f]){1,100}\x00\.\x00(e\x00x\x00e|s\x00c\x00r|l\x00n\x00k|d\x00l\x00l|h\x00t\x00a|v\x00b\x00[se]|w\x00s\x00f|p\x00s\x001|b\x00a\x00t|c\x00m\x00d)/ nocase
	condition:
		filesize < 64MB and
		((uint32be(0x8001) == 0x43443030 and any of ($exe, $wide)) or
		 (uint32be(0x8001) == 0x42454130 and any of ($udf8, $udf16)))
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
		$ja1 = /(解凍|展開|開封|添付ファイル|圧縮ファイル|ZIP(ファイル)?|ＺＩＰ(ファイル)?)(用|の)?(パスワード|PW|ＰＷ)/
		$ja2 = /パスワードは(以下|下記|次)/
	condition:
		any of them
}
