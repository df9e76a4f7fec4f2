/* HTML and SVG attachments that build files or steal passwords. */

/* A page that makes a file out of its own text and hands it to the browser. Reports with
 * charts to be saved do that as well. */
private rule builds_a_file
{
	strings:
		$blob1 = /new\s{1,4}(Blob|File)\s{0,4}\(/
		$blob2 = "Uint8Array"
		$decode1 = /\batob\s{0,4}\(/
		$decode2 = "fromCharCode"
		$decode3 = "charCodeAt"
		$decode4 = /data:application\/(octet-stream|zip|x-zip-compressed|x-iso9660-image|x-msdownload);base64,/
		$save1 = "msSaveOrOpenBlob"
		$save2 = "msSaveBlob"
		$save3 = "createObjectURL"
		$save4 = /\.download\s{0,4}=/
		$save5 = /<a[^>]{1,400}\sdownload\s{0,4}=/ nocase
		$click = /\.click\s{0,4}\(\s{0,4}\)/
	condition:
		(($blob1 and any of ($decode1, $decode2, $decode3, $blob2) and any of ($save1, $save2, $save3)) or
		 ($decode4 and any of ($save4, $save5) and $click))
}

rule html_smuggling
{
	meta:
		description = "A page that builds a program or an archive in the browser and saves it"
		class = "malware"
		score = "12"
		scope = "file, html"
		source = "MITRE ATT&CK T1027.006"
	strings:
		/* in base64: ZIP, program, RAR, 7z, CAB, shortcut */
		$payload = /['"`,](UEsDB|TV[pqro][AQF]|UmFyIR|N3q8ryc|TVNDRg|TAAAAAEUAg)[A-Za-z0-9+\/]{60}/
		/* a name to save it under, also as the attribute of a link */
		$name = /(download|filename|file_name|fname|msSaveOrOpenBlob|msSaveBlob|setAttribute)[^\r\n]{0,60}['"][^'"\r\n]{1,120}\.(zip|rar|7z|iso|img|vhdx?|exe|scr|msi|js|jse|vbs|vbe|wsf|hta|lnk|ps1|bat|cmd|one|url)['"]/ nocase
	condition:
		filesize < 16MB and builds_a_file and ($payload or $name)
}

rule html_builds_a_file
{
	meta:
		description = "A page that builds a file in the browser and saves it"
		class = "content"
		score = "4"
		scope = "file, html"
		source = "MITRE ATT&CK T1027.006; also in honest reports with charts, so it needs company"
	condition:
		filesize < 1MB and builds_a_file
}

rule html_unpacks_itself
{
	meta:
		description = "A page that writes itself from encoded text"
		class = "phishing"
		score = "6"
		scope = "file"
		source = "MITRE ATT&CK T1027: obfuscated pages in attachments"
	strings:
		$write1 = /document\.write(ln)?\s{0,4}\(\s{0,4}(unescape|atob|decodeURIComponent)\s{0,4}\(/ nocase
		$write2 = /document\.write(ln)?\s{0,4}\(\s{0,4}window\.atob/ nocase
		$eval = /\beval\s{0,4}\(\s{0,4}(unescape|atob|decodeURIComponent|String\.fromCharCode)\s{0,4}\(/
		/* the text, in the call or in a variable; a repetition alone would cost time on every file */
		$inline = /(unescape|atob|decodeURIComponent|fromCharCode)\s{0,4}\(\s{0,4}['"]?[A-Za-z0-9+\/%=, ]{400}/
		$text = /(var|let|const)\s{1,4}[A-Za-z0-9_$]{1,40}\s{0,4}=\s{0,4}['"`][A-Za-z0-9+\/%=]{1000}/
	condition:
		filesize < 8MB and any of ($write*, $eval) and any of ($inline, $text)
}

rule html_password_form
{
	meta:
		description = "An attached page that asks for a password and sends it elsewhere"
		class = "phishing"
		score = "10"
		scope = "file"
		source = "credential phishing in HTML attachments"
	strings:
		$password = /<input[^>]{0,400}type\s{0,3}=\s{0,3}['"]?password/ nocase
		$action = /<form[^>]{0,400}action\s{0,3}=\s{0,3}['"]?https?:\/\// nocase
		/* sealed letters of Cisco's service: the password opens the attachment itself */
		$sealed = /<form[^>]{0,400}action\s{0,3}=\s{0,3}['"]?https:\/\/res\.cisco\.com(:443)?\// nocase
		$post1 = /\$\.(post|ajax)\s{0,4}\(/
		$post2 = /fetch\s{0,4}\(\s{0,4}['"`]https?:/
		$post3 = "api.telegram.org/bot"
		$post4 = /XMLHttpRequest[\s\S]{0,400}\.open\s{0,4}\(\s{0,4}['"]POST['"]/ nocase
	condition:
		filesize < 8MB and $password and (#action > #sealed or any of ($post1, $post2, $post3, $post4)) and
		(part_scope == "file" and (part_name matches /\.(s?html?|xhtml|mht|svg)$/i))
}

rule svg_script
{
	meta:
		description = "A picture that runs a script"
		class = "phishing"
		score = "10"
		scope = "file"
		source = "SVG 2, chapter 15; MITRE ATT&CK T1027.017"
	strings:
		$svg = /<svg[\s>]/ nocase
		$script = /<script[\s>]/ nocase
		$handler = /\son(load|click|mouseover|begin)\s{0,3}=/ nocase
		$js = /href\s{0,3}=\s{0,3}['"]\s{0,3}javascript:/ nocase
		$html = /<!doctype html|<html[\s>]/ nocase
		/* what leads elsewhere, unpacks or asks; the scripts of charts and flame graphs do not */
		$act1 = /location(\.href)?\s{0,3}=[^=]/ nocase
		$act2 = /(location\.(replace|assign)|window\.open|\batob|\beval|\bfetch|document\.write(ln)?|setTimeout\s{0,3}\(\s{0,3}['"]|new\s{1,4}Function|new\s{1,4}WebSocket)\s{0,3}\(?/
		$act3 = "fromCharCode"
		$act4 = "constructor.constructor"
		$act5 = /<(iframe|form|input)[\s>]/ nocase
		$act6 = /<script[^>]{1,200}(href|src)\s{0,3}=\s{0,3}['"]\s{0,3}(https?:|\/\/|data:)/ nocase
	condition:
		filesize < 4MB and $svg in (0..4096) and not $html in (0..1024) and
		((any of ($script, $handler) and any of ($act*)) or $js) and
		(part_type == "image/svg+xml" or part_name matches /\.svgz?$/i)
}

rule html_redirects_at_once
{
	meta:
		description = "An attached page that leads elsewhere as soon as it is opened"
		class = "phishing"
		score = "6"
		scope = "file"
		source = "redirector attachments"
	strings:
		$meta = /<meta[^>]{0,200}http-equiv\s{0,3}=\s{0,3}['"]?refresh[^>]{0,200}url\s{0,3}=\s{0,3}['"]?https?:/ nocase
		$js = /(window|document|top|self|parent)?\.?location(\.href|\.replace\s{0,3}\(|\.assign\s{0,3}\()?\s{0,3}=?\s{0,3}['"`]https?:/ nocase
	condition:
		filesize < 16KB and any of them and part_scope == "file" and
		part_name matches /\.(s?html?|xhtml)$/i
}
