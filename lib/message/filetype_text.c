/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Text with a meaning, by how it begins; scripts, which begin in any way, by words that a
 * letter does not have. Weak by nature: names and media types say more. */
#include <assert.h>

#include "base/ascii.h"
#include "base/utf8.h"
#include "message/filetype_id.h"

enum { LOOK = 4096 };

/* Where a hint must stand. */
enum where {
	AT_START,		/* first thing behind blanks */
	ANYWHERE,		/* in the first LOOK bytes; words in lower case */
	MARKUP			/* AT_START, as a tag: what follows must end a name */
};

static const struct hint {
	enum where where;
	const char *words;
	enum filetype_id id;
} hints[] = {
#define HINT(where, words, id) { where, words, FILETYPE_ID_##id }
	HINT(AT_START, "#@~^", JSE), HINT(AT_START, "<?php", PHP),
	HINT(AT_START, "[InternetShortcut", URL), HINT(AT_START, "[{000214A0-", URL),
	HINT(AT_START, "[Desktop Entry]", DESKTOP), HINT(AT_START, "[Shell]", SCF),
	HINT(AT_START, "Windows Registry Editor", REG), HINT(AT_START, "REGEDIT4", REG),
	HINT(AT_START, "REGEDIT\r\n", REG),
	HINT(AT_START, "BEGIN:VCALENDAR", ICS), HINT(AT_START, "BEGIN:VCARD", VCF),
	HINT(AT_START, "-----BEGIN PGP MESSAGE", PGP), HINT(AT_START, "-----BEGIN PGP SIGNED", TEXT),
	HINT(AT_START, "-----BEGIN PGP SIGNATURE", PGP_SIGNATURE),
	HINT(AT_START, "-----BEGIN PGP P", PGP_KEYS),
	HINT(AT_START, "-----BEGIN PKCS7", SMIME), HINT(AT_START, "-----BEGIN CMS", SMIME),
	HINT(AT_START, "-----BEGIN CERT", CERTIFICATE),
	HINT(AT_START, "-----BEGIN TRUSTED CERT", CERTIFICATE),
	HINT(AT_START, "ID;P", SYLK), HINT(AT_START, "TABLE\r\n0,1", SYLK),
	HINT(AT_START, "WEB\r\n1\r\n", IQY),
	HINT(AT_START, "WEB\n1\n", IQY), HINT(AT_START, "XLODBC\r\n1", IQY), HINT(AT_START, "[oledb]", IQY),
	HINT(AT_START, "#EXTM3U", PLAYLIST), HINT(AT_START, "[playlist]", PLAYLIST),
	HINT(AT_START, "(This file must be converted with BinHex", BINHEX),
	HINT(AT_START, "full address:s:", RDP), HINT(AT_START, "screen mode id:i:", RDP),
	HINT(AT_START, "AutoIt v3", AUTOIT), HINT(AT_START, "[Version]\r\nSignature", INF),
	HINT(ANYWHERE, "<hta:application", HTA), HINT(ANYWHERE, "<scriptlet>", WSF),
	HINT(MARKUP, "<job", WSF), HINT(MARKUP, "<package", WSF), HINT(MARKUP, "<svg", SVG),
	HINT(MARKUP, "<!doctype svg", SVG), HINT(MARKUP, "<!doctype html", HTML), HINT(MARKUP, "<html", HTML),
	HINT(MARKUP, "<head", HTML), HINT(MARKUP, "<script", HTML), HINT(MARKUP, "<iframe", HTML),
	HINT(MARKUP, "<h1", HTML), HINT(MARKUP, "<div", HTML), HINT(MARKUP, "<font", HTML),
	HINT(MARKUP, "<table", HTML), HINT(MARKUP, "<a", HTML), HINT(MARKUP, "<style", HTML),
	HINT(MARKUP, "<title", HTML), HINT(MARKUP, "<b", HTML), HINT(MARKUP, "<body", HTML),
	HINT(MARKUP, "<br", HTML),
	HINT(MARKUP, "<p", HTML), HINT(MARKUP, "<meta", HTML), HINT(MARKUP, "<center", HTML),
	HINT(MARKUP, "<form", HTML),
	HINT(MARKUP, "<img", HTML), HINT(MARKUP, "<span", HTML), HINT(MARKUP, "<!--", HTML),
#undef HINT
};

/* What may stand behind an XML declaration, in the first LOOK bytes. */
static const struct hint xml_hints[] = {
#define HINT(words, id) { ANYWHERE, words, FILETYPE_ID_##id }
	HINT("<svg", SVG), HINT("<!DOCTYPE svg", SVG), HINT("mso-application", OFFICE_XML),
	HINT("schemas.microsoft.com/office/word/2003/wordml", OFFICE_XML),
	HINT("schemas.microsoft.com/office/2006/xmlPackage", OFFICE_XML),
	HINT("urn:schemas-microsoft-com:office:spreadsheet", OFFICE_XML),
	HINT("<MMC_ConsoleFile", MSC), HINT("<job", WSF), HINT("<package>", WSF), HINT("<scriptlet", WSF),
	HINT("<component", WSF), HINT("<jnlp", JNLP), HINT("<libraryDescription", LIBRARY),
	HINT("<searchConnectorDescription", LIBRARY), HINT("<PCSettings", LIBRARY),
	HINT("<persistedQuery", LIBRARY),
	HINT("<asmv1:assembly", CLICKONCE), HINT("<AppInstaller", CLICKONCE), HINT("<key>URL</key>", WEBLOC),
	HINT("office:mimetype=\"application/vnd.oasis.opendocument.spreadsheet", ODS),
	HINT("office:mimetype=\"application/vnd.oasis.opendocument.presentation", ODP),
	HINT("office:mimetype=\"application/vnd.oasis", ODT),
	HINT("www.w3.org/1999/xhtml", XHTML), HINT("<html", XHTML),
#undef HINT
};

/* Script words in lower case with their language; two of one language make a script. */
static const struct hint script_words[] = {
#define WORD(words, id) { ANYWHERE, words, FILETYPE_ID_##id }
	WORD("wscript.", VBS), WORD("createobject(", VBS), WORD("on error resume next", VBS),
	WORD("option explicit", VBS), WORD("\nend sub", VBS), WORD("\nend function", VBS),
	WORD("\ndim ", VBS),
	WORD("set objshell", VBS), WORD("execute(", VBS), WORD("& chr(", VBS),
	WORD("attribute vb_name", VBS),
	WORD("new activexobject", JS), WORD("wscript.createobject", JS), WORD("eval(", JS),
	WORD("unescape(", JS),
	WORD("string.fromcharcode", JS), WORD("function(", JS), WORD("function (", JS), WORD(") {\n", JS),
	WORD("=> {", JS), WORD("document.", JS), WORD("window.", JS), WORD("'use strict'", JS),
	WORD("\nvar ", JS),
	WORD("\nconst ", JS), WORD("\nlet ", JS), WORD("require(", JS), WORD("wscript.shell", JS),
	WORD("invoke-expression", PS1), WORD("new-object ", PS1), WORD("iex(", PS1), WORD("iex (", PS1),
	WORD("write-host", PS1), WORD("-executionpolicy", PS1), WORD("invoke-webrequest", PS1),
	WORD("[system.", PS1), WORD("$env:", PS1), WORD("\nparam(", PS1), WORD("start-process", PS1),
	WORD("downloadstring", PS1), WORD("frombase64string", PS1), WORD("$erroractionpreference", PS1),
	WORD("@echo off", BAT), WORD("\nsetlocal", BAT), WORD("%~dp0", BAT), WORD("\ngoto ", BAT),
	WORD("\nstart \"", BAT),
	WORD("%comspec%", BAT), WORD("%temp%", BAT), WORD("%appdata%", BAT), WORD("cmd /c ", BAT),
	WORD(">nul", BAT),
	WORD("\nimport ", PYTHON), WORD("\ndef ", PYTHON), WORD("\n    return ", PYTHON),
	WORD("__name__", PYTHON),
#undef WORD
};

enum { SCRIPT_WORDS = sizeof(script_words) / sizeof(script_words[0]) };

static_assert(SCRIPT_WORDS < 64, "words are bits of a uint64_t");

/* Text of two bytes a character becomes one of single bytes, as far as it is ASCII. */
static struct str
narrow(struct str in, char space[LOOK])
{
	bool little = str_starts(in, STR("\xff\xfe")) || (in.n > 3 && in.p[0] && !in.p[1] && in.p[2] && !in.p[3]);
	bool big = str_starts(in, STR("\xfe\xff")) || (in.n > 3 && !in.p[0] && in.p[1] && !in.p[2] && in.p[3]);
	size_t n = 0;

	if (!little && !big)
		return str_starts(in, STR("\xef\xbb\xbf")) ? str_from(in, 3) : in;
	for (size_t i = 0; i + 1 < in.n && n < LOOK; i += 2) {
		char low = in.p[little ? i : i + 1], high = in.p[little ? i + 1 : i];

		space[n++] = high ? '?' : low;
	}
	return str_starts(in, STR("\xff\xfe")) || str_starts(in, STR("\xfe\xff")) ?
	    str_from((struct str){ space, n }, 1) : (struct str){ space, n };
}

/* Backspace, tab to carriage return, escape. */
#define TEXT_CONTROLS (1u << '\b' | 1u << '\t' | 1u << '\n' | 1u << '\v' | 1u << '\f' | 1u << '\r' | 1u << 0x1b)

/* Few enough control bytes: two, and one in fifty. Readers of text skip or show them. */
static bool
is_text(struct str in)
{
	size_t odd = 0;

	for (size_t i = 0; i < in.n; i++) {
		unsigned c = (unsigned char)in.p[i];

		odd += (c < 0x20) & ~(TEXT_CONTROLS >> (c & 31)) & 1u;
		odd += c == 0x7f;
	}
	return odd * 50 <= in.n + 100;
}

static bool
matches(struct str lower, struct str start, const struct hint *h)
{
	struct str words = str_of(h->words);

	if (h->where == ANYWHERE) {
		size_t first = str_chr(lower, words.p[0]);

		return first != STR_NPOS && str_find(str_from(lower, first), words) != STR_NPOS;
	}
	if (!str_starts_nocase(start, words))
		return false;
	return h->where == AT_START || start.n == words.n || !ascii_is_alnum((unsigned char)start.p[words.n]);
}

/* The interpreter of a "#!" line. */
static enum filetype_id
shebang(struct str in)
{
	struct str line = str_upto(in, str_chr(in, '\n'));

	if (str_find(line, STR("python")) != STR_NPOS)
		return FILETYPE_ID_PYTHON;
	if (str_find(line, STR("perl")) != STR_NPOS)
		return FILETYPE_ID_PERL;
	if (str_find(line, STR("ruby")) != STR_NPOS)
		return FILETYPE_ID_RUBY;
	if (str_find(line, STR("php")) != STR_NPOS)
		return FILETYPE_ID_PHP;
	if (str_find(line, STR("node")) != STR_NPOS)
		return FILETYPE_ID_JS;
	if (str_find(line, STR("pwsh")) != STR_NPOS)
		return FILETYPE_ID_PS1;
	return FILETYPE_ID_SH;
}

static enum filetype_id
xml(struct str in)
{
	for (size_t i = 0; i < sizeof(xml_hints) / sizeof(xml_hints[0]); i++)
		if (str_find_nocase(in, str_of(xml_hints[i].words)) != STR_NPOS)
			return xml_hints[i].id;
	return FILETYPE_ID_XML;
}

/* A field name of mail at the start of a line, and how the line goes on. */
static bool
is_mail_line(struct str line)
{
	static const char *const names[] = {
		"Received", "Return-Path", "Delivered-To", "MIME-Version", "Message-ID", "From", "To", "Subject",
		"Date", "Reply-To", "Sender", "X-Mailer", "Content-Type", "DKIM-Signature", "ARC-Seal",
		"Authentication-Results", "X-Originating-IP", "Cc", "Content-Transfer-Encoding", "Return-Receipt-To",
		"X-Received", "Received-SPF", "In-Reply-To", "References", "X-Priority", "List-Id",
	};
	size_t colon = str_chr(line, ':');

	for (size_t i = 0; colon != STR_NPOS && i < sizeof(names) / sizeof(names[0]); i++)
		if (str_eq_nocase(str_upto(line, colon), str_of(names[i])))
			return true;
	return false;
}

/* Two fields of mail among the first lines, nothing but fields and folds before them. */
static enum filetype_id
mail(struct str in)
{
	enum { LOOK_LINES = 12 };
	struct str rest = in, line;
	int fields = 0;
	bool mbox = str_starts(in, STR("From "));

	if (mbox)
		str_next(&rest, '\n', &line);
	for (int i = 0; i < LOOK_LINES && fields < 2 && str_next(&rest, '\n', &line); i++) {
		if (line.n && ascii_is_wsp((unsigned char)line.p[0]) && i > 0)
			continue;
		if (str_chr(line, ':') == STR_NPOS)
			break;
		fields += is_mail_line(line);
	}
	if (fields < 2)
		return FILETYPE_ID_TEXT;
	if (mbox)
		return FILETYPE_ID_MBOX;
	/* What browsers and Word save as one file: no sender's field, one multipart/related. */
	if (str_find_nocase(in, STR("multipart/related")) != STR_NPOS &&
	    str_find_nocase(in, STR("\nReceived:")) == STR_NPOS && str_find_nocase(in, STR("\nTo:")) == STR_NPOS)
		return FILETYPE_ID_MHT;
	return FILETYPE_ID_EML;
}

/* Words by their first byte: lists of numbers, counted from one, that end with zero; and which second
 * bytes they have, by their lowest five bits, as most places are ruled out by the first two. */
struct word_index {
	uint32_t second[256];
	unsigned char first[256], next[SCRIPT_WORDS + 1];
};

static void
index_words(struct word_index *x)
{
	*x = (struct word_index){ .first = { 0 } };
	for (unsigned i = 0; i < SCRIPT_WORDS; i++) {
		const unsigned char *word = (const unsigned char *)script_words[i].words;

		x->next[i + 1] = x->first[word[0]];
		x->first[word[0]] = (unsigned char)(i + 1);
		x->second[word[0]] |= UINT32_C(1) << (word[1] & 31);
	}
}

/* One way over the text, in which each word is looked for where it can start. */
static enum filetype_id
script(struct str lower)
{
	int score[FILETYPE_ID_N] = { 0 };
	struct word_index index;
	uint64_t seen = 0;

	index_words(&index);
	for (size_t i = 0; i + 1 < lower.n; i++) {
		unsigned char c = (unsigned char)lower.p[i];
		unsigned w = index.first[c];

		if (!(index.second[c] >> (lower.p[i + 1] & 31) & 1))
			continue;
		if (i > 0 && ascii_is_alnum(c) && ascii_is_alnum((unsigned char)lower.p[i - 1]))
			continue;	/* inside a word */
		for (; w; w = index.next[w]) {
			const struct hint *h = &script_words[w - 1];

			if ((seen & UINT64_C(1) << w) || !str_starts(str_from(lower, i), str_of(h->words)))
				continue;
			seen |= UINT64_C(1) << w;
			if (++score[h->id] >= 2)
				return h->id;
		}
	}
	return FILETYPE_ID_TEXT;
}

static struct str
lowered(struct str in, char space[LOOK])
{
	for (size_t i = 0; i < in.n; i++)
		space[i] = (char)ascii_lower((unsigned char)in.p[i]);
	return (struct str){ space, in.n };
}

static struct str
skip_space(struct str in)
{
	while (in.n && ascii_is_space((unsigned char)in.p[0]))
		in = str_from(in, 1);
	return in;
}

enum filetype_id
filetype_text(struct str content)
{
	char space[LOOK], lower_space[LOOK];
	struct str in = narrow(str_upto(content, 2 * LOOK), space), start, lower;
	enum filetype_id id;

	in = str_upto(in, LOOK);
	if (!is_text(in))
		return FILETYPE_ID_UNKNOWN;
	lower = lowered(in, lower_space);
	start = skip_space(in);
	if (str_starts(in, STR("#!")))
		return shebang(in);
	for (size_t i = 0; i < sizeof(hints) / sizeof(hints[0]); i++)
		if (matches(lower, start, &hints[i]))
			return hints[i].id;
	if (str_starts_nocase(start, STR("<?xml")))
		return xml(start);
	id = mail(start);
	if (id != FILETYPE_ID_TEXT)
		return id;
	if (start.n > 1 && (start.p[0] == '{' || start.p[0] == '[') && skip_space(str_from(start, 1)).n &&
	    skip_space(str_from(start, 1)).p[0] == '"')
		return FILETYPE_ID_JSON;
	return script(lower);
}
