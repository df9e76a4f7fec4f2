/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* covers: lib/message/filetype_magic.c lib/message/filetype_text.c lib/message/filetype_zip.c */
/* covers: lib/message/filetype_ole.c */
#include "message/filetype.h"

#include <ftw.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/fdio.h"
#include "test.h"

static bool
is_encrypted(struct str content)
{
	bool encrypted;

	return filetype_read(content, &encrypted) == filetype_of(content) && encrypted;
}

static void
content(void)
{
	static const struct {
		struct str in;
		const char *want;
	} cases[] = {
		{ STR(""), "empty" }, { STR("\1\2\3\4\5\6\7"), "data" }, { STR("hello\nworld\n"), "text" },
		{ STR("%PDF-1.4\n"), "pdf" }, { STR("junk\1\2\3%PDF-1.4\n"), "pdf" }, { STR("{\\rt\1"), "rtf" },
		{ STR("\x89PNG\r\n\x1a\n"), "png" }, { STR("\xff\xd8\xff\xe0"), "jpeg" }, { STR("GIF89a"), "gif" },
		{ STR("\177ELF\2\1\1"), "elf" }, { STR("\xca\xfe\xba\xbe\0\0\0\x34"), "java-class" },
		{ STR("\xca\xfe\xba\xbe\0\0\0\2"), "mach-o" }, { STR("L\0\0\0\1\x14\2\0\0\0\0\0\xc0"), "lnk" },
		{ STR("Rar!\x1a\7\0"), "rar" }, { STR("Rar!\x1a\7\1\0"), "rar" }, { STR("7z\xbc\xaf\x27\x1c"), "7z" },
		{ STR("\x1f\x8b\x08\0"), "gzip" }, { STR("BZh91AY"), "bzip2" }, { STR("\xfd" "7zXZ\0\0"), "xz" },
		{ STR("\x5e\0\0\x80\0\xff\xff\xff\xff\xff\xff\xff\xff\0\x33\x0c"), "lzma" },
		{ STR("\x5d\0\0\x18\0\x10\0\0\0\0\0\0\0\0\x33\x0c"), "lzma" },
		{ STR("\x28\xb5\x2f\xfd"), "zstd" }, { STR("MSCF\0\0\0\0"), "cab" }, { STR("ITSF\3"), "chm" },
		{ STR("\x78\x9f\x3e\x22"), "tnef" }, { STR("1234567**ACE**"), "ace" }, { STR("xx-lh5-xx"), "lha" },
		{ STR("vhdxfile"), "vhdx" }, { STR("conectix"), "vhd" }, { STR("xar!"), "xar" }, { STR("FWS\5"), "swf" },
		{ STR("\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d\xae\xb1\x53\x78\xd0\x29\x96\xd3"), "onenote" },
		{ STR("RIFF\1\2\3\4WEBPVP8 "), "webp" }, { STR("RIFF\1\2\3\4WAVEfmt "), "wav" },
		{ STR("\0\0\0\x18" "ftypmp42"), "mp4" }, { STR("\0\0\0\x18" "ftypheic"), "heic" },
		{ STR("PK\5\6\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"), "zip" },
		{ STR("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), "ole" },
		{ STR("\x30\x82\1\2\6\x09\x2a\x86\x48\x86\xf7\x0d\1\7\3\xa0\x82\1\2\3\4\5\6\7"), "smime-encrypted" },
		{ STR("\x30\x82\1\2\6\x09\x2a\x86\x48\x86\xf7\x0d\1\7\2\xa0\x82\1\2\3\4\5\6\7"), "smime" },
		{ STR("<!DOCTYPE html><p>"), "html" }, { STR(" \n<HTML>"), "html" }, { STR("<scripty"), "text" },
		{ STR("<b>x"), "html" }, { STR("\xef\xbb\xbf<html>"), "html" }, { STR("\xff\xfe<\0h\0t\0m\0l\0>\0"), "html" },
		{ STR("<\0h\0t\0m\0l\0>\0"), "html" }, { STR("<html>\0<script>"), "html" },
		{ STR("<?xml version='1.0'?><x/>"), "xml" }, { STR("<?xml version='1.0'?><svg>"), "svg" },
		{ STR("<svg xmlns='x'>"), "svg" }, { STR("<?xml?><?mso-application progid='Word.Document'?>"), "office-xml" },
		{ STR("<html><hta:application id=x>"), "hta" }, { STR("<job><script language=vbs>"), "wsf" },
		{ STR("#!/bin/sh\n"), "shell" }, { STR("#!/usr/bin/env python3\n"), "python" }, { STR("<?php x"), "php" },
		{ STR("@echo off\r\nsetlocal\r\nstart \"\" x\r\n"), "batch" },
		{ STR("Set x = CreateObject(\"WScript.Shell\")\nOn Error Resume Next\n"), "vbscript" },
		{ STR("var a = new ActiveXObject('x'); eval(function() {\n})"), "javascript" },
		{ STR("$c = New-Object Net.WebClient; IEX($c.DownloadString('x'))"), "powershell" },
		{ STR("#@~^AAAAAA==x"), "encoded-script" }, { STR("[InternetShortcut]\r\nURL=x"), "url" },
		{ STR("[Desktop Entry]\nExec=x"), "desktop" }, { STR("Windows Registry Editor Version 5.00"), "registry" },
		{ STR("BEGIN:VCALENDAR\n"), "ics" }, { STR("BEGIN:VCARD\n"), "vcf" }, { STR("ID;PWXL;N;E\n"), "sylk" },
		{ STR("-----BEGIN PGP MESSAGE-----\n"), "pgp" }, { STR("-----BEGIN PGP SIGNATURE-----\n"), "pgp-signature" },
		{ STR("Received: from x\r\n by y\r\nFrom: a\r\n\r\n"), "eml" }, { STR("From: a word: in a letter"), "text" },
		{ STR("From a@b Mon\nFrom: a\nTo: b\n"), "mbox" }, { STR("{ \"a\": 1 }"), "json" },
		{ STR("MIME-Version: 1.0\nContent-Type: multipart/related; x\n\n"), "mht" },
		{ STR("(This file must be converted with BinHex 4.0)"), "binhex" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		test_str(str_of(filetype_of(cases[i].in)->label), str_of(cases[i].want), cases[i].want);
}

static void
le(struct buf *b, uint64_t v, size_t n)
{
	for (; n > 0; n--, v >>= 8)
		buf_addc(b, (char)v);
}

/* A ZIP of empty files; `mimetype` is stored in the first when not NULL. */
static void
zip(struct buf *b, const char *const *names, unsigned flags, const char *mimetype)
{
	struct buf central;
	size_t n = 0;

	buf_reset(b);
	buf_init(&central, 100000);
	for (; names[n]; n++) {
		const char *data = mimetype && n == 0 ? mimetype : "";
		size_t off = b->n;

		buf_add(b, STR("PK\3\4\24\0"));
		le(b, flags, 2), le(b, 0, 10), le(b, strlen(data), 4), le(b, strlen(data), 4);
		le(b, strlen(names[n]), 2), le(b, 0, 2);
		buf_adds(b, names[n]);
		buf_adds(b, data);
		buf_add(&central, STR("PK\1\2\24\0\24\0"));
		le(&central, flags, 2), le(&central, 0, 10), le(&central, strlen(data), 4), le(&central, strlen(data), 4);
		le(&central, strlen(names[n]), 2), le(&central, 0, 8), le(&central, 0, 4), le(&central, off, 4);
		buf_adds(&central, names[n]);
	}
	n = b->n;
	buf_add(b, buf_str(&central));
	buf_add(b, STR("PK\5\6\0\0\0\0"));
	le(b, 0, 4), le(b, central.n, 4), le(b, n, 4), le(b, 0, 2);
	buf_clear(&central);
}

static void
zips(void)
{
	static const struct {
		const char *want;
		unsigned flags;
		const char *mimetype;
		const char *names[5];
	} cases[] = {
		{ "zip", 0, NULL, { "a.txt", "b/c.exe" } },
		{ "zip", 1, NULL, { "a.txt" } },
		{ "docx", 0, NULL, { "[Content_Types].xml", "word/document.xml" } },
		{ "docm", 0, NULL, { "[Content_Types].xml", "word/document.xml", "word/vbaProject.bin" } },
		{ "docm", 0, NULL, { "[content_types].xml", "WORD/document.xml", "word/VBAPROJECT.BIN" } },
		{ "xlsx", 0, NULL, { "[Content_Types].xml", "xl/workbook.xml" } },
		{ "xlsm", 0, NULL, { "[Content_Types].xml", "xl/workbook.xml", "xl/macrosheets/sheet1.xml" } },
		{ "xlsb", 0, NULL, { "[Content_Types].xml", "xl/workbook.bin" } },
		{ "pptx", 0, NULL, { "[Content_Types].xml", "ppt/presentation.xml" } },
		{ "pptm", 0, NULL, { "[Content_Types].xml", "ppt/presentation.xml", "ppt/vbaProject.bin" } },
		{ "jar", 0, NULL, { "META-INF/MANIFEST.MF", "A.class" } },
		{ "apk", 0, NULL, { "AndroidManifest.xml", "META-INF/MANIFEST.MF" } },
		{ "odt", 0, "application/vnd.oasis.opendocument.text", { "mimetype", "content.xml" } },
		{ "ods", 0, "application/vnd.oasis.opendocument.spreadsheet", { "mimetype", "content.xml" } },
		{ "odf-macro", 0, "application/vnd.oasis.opendocument.text", { "mimetype", "Basic/script.xml" } },
		{ "epub", 0, "application/epub+zip", { "mimetype", "a.opf" } },
		{ "epub", 0, NULL, { "META-INF/container.xml" } },
		{ "msix", 0, NULL, { "AppxManifest.xml", "[Content_Types].xml" } },
	};
	struct buf b;

	buf_init(&b, 100000);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		zip(&b, cases[i].names, cases[i].flags, cases[i].mimetype);
		test_str(str_of(filetype_of(buf_str(&b))->label), str_of(cases[i].want), cases[i].want);
		test_int(is_encrypted(buf_str(&b)), cases[i].flags & 1, "encrypted or not");
		/* Without its directory it is still told by the local headers. */
		test_str(str_of(filetype_of(str_upto(buf_str(&b), b.n - 22))->label), str_of(cases[i].want), "cut off");
	}
	buf_clear(&b);
}

static void
names(void)
{
	static const struct {
		const char *name, *ext, *want;
	} cases[] = {
		{ "a.exe", "exe", "pe" }, { "a.EXE", "EXE", "pe" }, { "a.pdf.exe", "exe", "pe" }, { "a.exe. . ", "exe", "pe" },
		{ "a.scr", "scr", "pe" }, { "a.com", "com", "pe" }, { "a.pif", "pif", "pe" }, { "a.cpl", "cpl", "pe" },
		{ "a.exe:x", "exe", "pe" }, { "a", "", "" }, { ".", "", "" }, { "", "", "" }, { "a.b/c", "", "" },
		{ "a.b\\c", "", "" }, { "a.unknown", "unknown", "" }, { "a.tar.gz", "gz", "gzip" }, { "a.js", "js", "javascript" },
		{ "a.jse", "jse", "encoded-script" }, { "a.wsf", "wsf", "wsf" }, { "a.hta", "hta", "hta" },
		{ "a.lnk", "lnk", "lnk" }, { "a.iso", "iso", "iso" }, { "a.one", "one", "onenote" }, { "a.xll", "xll", "pe" },
		{ "a.docm", "docm", "docm" }, { "a.jpeg", "jpeg", "jpeg" }, { "a.msi", "msi", "msi" }, { "a.vhdx", "vhdx", "vhdx" },
		{ "\xe8\xab\x8b\xe6\xb1\x82\xe6\x9b\xb8.xlsx", "xlsx", "xlsx" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct filetype *t = filetype_by_name(str_of(cases[i].name));

		test_str(filetype_extension(str_of(cases[i].name)), str_of(cases[i].ext), cases[i].name);
		test_str(t ? str_of(t->label) : STR(""), str_of(cases[i].want), cases[i].name);
	}
	test_ok(!filetype_by_media(STR("x/y")), "unknown media type");
	test_str(str_of(filetype_by_media(STR("Image/JPG"))->label), STR("jpeg"), "alias");
	test_str(str_of(filetype_by_media(STR("application/msword"))->label), STR("doc"), "not the macro row");
}

/* Every extension that Outlook or Gmail block is known and of a group that a policy can name. */
static void
blocked(void)
{
	static const char outlook[] = "ade adp apk app appcontent-ms application appref-ms asp aspx asx bas bat bgi cab "
	    "cdxml cer chm cmd cnt com cpl crt csh der diagcab diagcfg diagpkg exe fxp gadget grp hlp hpj hta htc img inf "
	    "ins iso isp its jar jnlp js jse ksh lnk mad maf mag mam maq mar mas mat mau mav maw mcf mda mdb mde mdt mdw "
	    "mdz msc msh msh1 msh2 mshxml msh1xml msh2xml msi msp mst msu ops osd pcd pif pl plg prf prg printerexport ps1 "
	    "ps1xml ps2 ps2xml psc1 psc2 psd1 psdm1 pst py pyc pyo pyw pyz pyzw reg scf scr sct settingcontent-ms shb shs "
	    "theme tmp udl url vb vbe vbp vbs vhd vhdx vsmacros vsw webpnp website wpm ws wsc wsf wsh xbap xll xnk";
	static const char gmail[] = "ade adp apk appx appxbundle bat cab chm cmd com cpl diagcab diagcfg diagpkg dll dmg ex "
	    "ex_ exe hta img ins iso isp jar jnlp js jse lib lnk mde mjs msc msi msix msixbundle msp mst nsh pif ps1 scr "
	    "sct shb sys vb vbe vbs vhd vxd wsc wsf wsh xll";
	const char *const lists[] = { outlook, gmail };

	for (int i = 0; i < 2; i++) {
		struct str rest = str_of(lists[i]), ext;
		size_t missing = 0;

		while (str_next(&rest, ' ', &ext)) {
			char name[40];

			snprintf(name, sizeof(name), "x.%.*s", STR_ARG(ext));
			if (!filetype_by_name(str_of(name))) {
				missing++;
				test_show("missing", ext);
			}
		}
		test_int((int64_t)missing, 0, i ? "Gmail's list" : "Outlook's list");
	}
}

static void
agrees(void)
{
	static const struct {
		const char *real, *claimed;
		bool want;
	} cases[] = {
		{ "a.pdf", "application/octet-stream", true }, { "a.csv", "text/plain", true }, { "a.txt", "text/csv", true },
		{ "a.jpg", "image/jpg", true }, { "a.png", "image/jpeg", true }, { "a.zip", "application/x-zip-compressed", true },
		{ "a.docx", "application/zip", true },
		{ "a.docm", "application/zip", true }, { "a.rtf", "application/msword", true },
		{ "a.txt", "application/vnd.ms-excel", true }, { "a.gz", "application/x-tar", true },
		{ "a.eml", "text/plain", true },
		{ "a.html", "text/plain", true }, { "a.js", "text/plain", true },
		{ "a.xlsx", "application/vnd.ms-excel", true },
		{ "a.rar", "application/x-compressed", true }, { "a.p7m", "application/x-pkcs7-mime", true },
		{ "a.mp3", "video/mp4", true }, { "a.iso", "application/vnd.efi.img", true },
		{ "a.exe", "image/png", false }, { "a.zip", "image/png", false }, { "a.exe", "application/pdf", false },
		{ "a.html", "application/pdf", false }, { "a.docm", "application/vnd.openxmlformats-officedocument"
		  ".wordprocessingml.document", false }, { "a.zip", "application/vnd.openxmlformats-officedocument"
		  ".wordprocessingml.document", false }, { "a.lnk", "text/plain", false }, { "a.iso", "application/zip", false },
		{ "a.svg", "image/png", false }, { "a.rar", "application/zip", false }, { "a.pdf", "text/html", false },
		{ "a.txt", "application/pdf", false }, { "a.exe", "application/zip", false }, { "a.exe", "text/plain", false },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct filetype *real = filetype_by_name(str_of(cases[i].real));
		const struct filetype *claimed = filetype_by_media(str_of(cases[i].claimed));

		if (!test_ok(real && claimed && filetype_agrees(real, claimed) == cases[i].want, cases[i].claimed))
			printf("#   real %s\n", cases[i].real);
	}
	test_ok(filetype_agrees(filetype_of(STR("MZ")), NULL), "no claim");
}

static void
encrypted(void)
{
	test_ok(is_encrypted(STR("-----BEGIN PGP MESSAGE-----\n")), "OpenPGP");
	test_ok(is_encrypted(STR("Rar!\x1a\7\0\xce\x99\x73\x80\0\x0d\0\0\0\0\0\0\0")), "RAR 4 with hidden names");
	test_ok(is_encrypted(STR("Rar!\x1a\7\1\0\x01\2\3\4\x21\4\0\0\0")), "RAR 5 with hidden names");
	test_ok(!is_encrypted(STR("Rar!\x1a\7\1\0\x01\2\3\4\x0a\1\0\0\0")), "RAR 5");
	test_ok(!is_encrypted(STR("hello")), "text");
}

/* Other people's files: the content agrees with the name. */
static size_t corpus_files, corpus_wrong, corpus_unknown;

static int
corpus_file(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	const struct filetype *real, *named = filetype_by_name(str_of(path));
	struct buf b;

	(void)ftw;
	if (type != FTW_F || !named || st->st_size == 0)
		return 0;
	buf_init(&b, 100u << 20);
	if (fdio_read_file(path, &b) == RC_OK) {
		real = filetype_of(buf_str(&b));
		corpus_files++;
		corpus_unknown += real->group == FILETYPE_UNKNOWN;
		if (!filetype_agrees(real, named)) {
			corpus_wrong++;
			printf("# %s is %s\n", path, real->label);
		}
	}
	buf_clear(&b);
	return 0;
}

static void
corpus(const char *set, size_t want_files, size_t max_wrong, size_t max_unknown)
{
	const char *at = getenv("SEKIMORI_CORPUS");
	char dir[] = "/tmp/sekimori-filetype-XXXXXX", command[1000];

	snprintf(command, sizeof(command), "%s/%s.tar.zst", at ? at : "../shared/corpus", set);
	if (access(command, R_OK) != 0 || !mkdtemp(dir)) {
		test_skip(set, "no corpus");
		return;
	}
	corpus_files = corpus_wrong = corpus_unknown = 0;
	snprintf(command, sizeof(command), "zstd -dcq '%s/%s.tar.zst' | tar -xf - -C %s", at ? at : "../shared/corpus", set,
	    dir);
	if (test_int(system(command), 0, "unpacked"))
		nftw(dir, corpus_file, 16, FTW_PHYS);
	if (!test_ok(corpus_files >= want_files && corpus_wrong <= max_wrong && corpus_unknown <= max_unknown, set))
		printf("#   %zu files, %zu wrong, %zu unknown\n", corpus_files, corpus_wrong, corpus_unknown);
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	test_int(system(command), 0, "removed");
}

int
main(void)
{
	content();
	zips();
	names();
	blocked();
	agrees();
	encrypted();
	corpus("att-tika", 200, 4, 1);
	corpus("att-office", 80, 0, 0);
	corpus("att-libarchive", 100, 2, 4);
	return test_done();
}
