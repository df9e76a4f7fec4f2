/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "message/charset.h"

#include <stdlib.h>

#include "base/ascii.h"
#include "base/utf8.h"
#include "message/charset_iconv.h"
#include "message/charset_jp.h"
#include "message/charset_unicode.h"
#include "message/defect.h"

enum kind {
	KIND_UTF8, KIND_ASCII, KIND_LATIN1, KIND_JP2022, KIND_EUCJP, KIND_HZ, KIND_UTF7,
	KIND_UTF16,		/* either order */
	KIND_UTF16LE, KIND_UTF16BE, KIND_UTF32LE, KIND_UTF32BE,
	KIND_ICONV,
	KIND_NONE		/* labels that say nothing */
};

struct label {
	const char *name;	/* lower case */
	enum kind kind;
	const char *conv;	/* KIND_ICONV: name in the C library */
};

/* Labels as mail has them: IANA names and aliases, WHATWG's, and old mailers' own. Where
 * clients read a label as a superset of what it names, so does this table. */
static const struct label labels[] = {
	{ "utf-8", KIND_UTF8, NULL }, { "utf8", KIND_UTF8, NULL }, { "unicode-1-1-utf-8", KIND_UTF8, NULL },
	{ "utf_8", KIND_UTF8, NULL }, { "x-utf-8", KIND_UTF8, NULL }, { "utf8mb4", KIND_UTF8, NULL },
	{ "cp65001", KIND_UTF8, NULL },
	{ "us-ascii", KIND_ASCII, NULL }, { "ascii", KIND_ASCII, NULL }, { "usascii", KIND_ASCII, NULL },
	{ "ansi_x3.4-1968", KIND_ASCII, NULL }, { "ansi_x3.4-1986", KIND_ASCII, NULL },
	{ "iso646-us", KIND_ASCII, NULL }, { "646", KIND_ASCII, NULL }, { "cp367", KIND_ASCII, NULL },
	{ "us", KIND_ASCII, NULL },
	{ "iso-8859-1", KIND_LATIN1, NULL }, { "iso8859-1", KIND_LATIN1, NULL },
	{ "iso_8859-1", KIND_LATIN1, NULL }, { "iso88591", KIND_LATIN1, NULL },
	{ "iso-8859-1-windows-3.1-latin-1", KIND_LATIN1, NULL }, { "latin1", KIND_LATIN1, NULL },
	{ "latin-1", KIND_LATIN1, NULL }, { "l1", KIND_LATIN1, NULL }, { "cp819", KIND_LATIN1, NULL },
	{ "windows-1252", KIND_LATIN1, NULL }, { "cp1252", KIND_LATIN1, NULL },
	{ "x-cp1252", KIND_LATIN1, NULL }, { "win-1252", KIND_LATIN1, NULL }, { "ansi", KIND_LATIN1, NULL },
	{ "iso-2022-jp", KIND_JP2022, NULL }, { "csiso2022jp", KIND_JP2022, NULL },
	{ "iso2022-jp", KIND_JP2022, NULL }, { "iso2022jp", KIND_JP2022, NULL },
	{ "iso-2022-jp-ms", KIND_JP2022, NULL }, { "iso-2022-jp-1", KIND_JP2022, NULL },
	{ "iso-2022-jp-2", KIND_JP2022, NULL }, { "iso-2022-jp-3", KIND_JP2022, NULL },
	{ "iso-2022-jp-2004", KIND_JP2022, NULL }, { "jis", KIND_JP2022, NULL },
	{ "cp50220", KIND_JP2022, NULL }, { "cp50221", KIND_JP2022, NULL }, { "cp50222", KIND_JP2022, NULL },
	{ "shift_jis", KIND_ICONV, "CP932" }, { "shift-jis", KIND_ICONV, "CP932" },
	{ "sjis", KIND_ICONV, "CP932" }, { "x-sjis", KIND_ICONV, "CP932" }, { "ms_kanji", KIND_ICONV, "CP932" },
	{ "csshiftjis", KIND_ICONV, "CP932" }, { "windows-31j", KIND_ICONV, "CP932" },
	{ "cp932", KIND_ICONV, "CP932" }, { "ms932", KIND_ICONV, "CP932" }, { "x-ms-cp932", KIND_ICONV, "CP932" },
	{ "shiftjis", KIND_ICONV, "CP932" }, { "shift_jisx0213", KIND_ICONV, "CP932" },
	{ "shift_jis-2004", KIND_ICONV, "CP932" },
	{ "euc-jp", KIND_EUCJP, NULL }, { "eucjp", KIND_EUCJP, NULL }, { "x-euc-jp", KIND_EUCJP, NULL },
	{ "x-euc", KIND_EUCJP, NULL }, { "ujis", KIND_EUCJP, NULL }, { "cp51932", KIND_EUCJP, NULL },
	{ "eucjp-ms", KIND_EUCJP, NULL }, { "eucjp-win", KIND_EUCJP, NULL },
	{ "cseucpkdfmtjapanese", KIND_EUCJP, NULL },
	{ "gb2312", KIND_ICONV, "GB18030" }, { "gb_2312-80", KIND_ICONV, "GB18030" },
	{ "gb2312-80", KIND_ICONV, "GB18030" }, { "csgb2312", KIND_ICONV, "GB18030" },
	{ "gbk", KIND_ICONV, "GB18030" }, { "x-gbk", KIND_ICONV, "GB18030" }, { "cp936", KIND_ICONV, "GB18030" },
	{ "ms936", KIND_ICONV, "GB18030" }, { "windows-936", KIND_ICONV, "GB18030" },
	{ "gb18030", KIND_ICONV, "GB18030" }, { "gb", KIND_ICONV, "GB18030" }, { "chinese", KIND_ICONV, "GB18030" },
	{ "euc-cn", KIND_ICONV, "GB18030" }, { "euccn", KIND_ICONV, "GB18030" },
	{ "iso-ir-58", KIND_ICONV, "GB18030" }, { "x-gb2312", KIND_ICONV, "GB18030" },
	{ "hz-gb-2312", KIND_HZ, NULL }, { "hz", KIND_HZ, NULL },
	{ "iso-2022-cn", KIND_ICONV, "ISO-2022-CN-EXT" }, { "iso-2022-cn-ext", KIND_ICONV, "ISO-2022-CN-EXT" },
	{ "big5", KIND_ICONV, "BIG5-HKSCS" }, { "big-5", KIND_ICONV, "BIG5-HKSCS" },
	{ "big5-hkscs", KIND_ICONV, "BIG5-HKSCS" }, { "big5hkscs", KIND_ICONV, "BIG5-HKSCS" },
	{ "cn-big5", KIND_ICONV, "BIG5-HKSCS" }, { "x-x-big5", KIND_ICONV, "BIG5-HKSCS" },
	{ "csbig5", KIND_ICONV, "BIG5-HKSCS" }, { "cp950", KIND_ICONV, "BIG5-HKSCS" },
	{ "windows-950", KIND_ICONV, "BIG5-HKSCS" }, { "euc-tw", KIND_ICONV, "EUC-TW" },
	{ "euc-kr", KIND_ICONV, "CP949" }, { "euckr", KIND_ICONV, "CP949" }, { "cseuckr", KIND_ICONV, "CP949" },
	{ "ks_c_5601-1987", KIND_ICONV, "CP949" }, { "ks_c_5601-1989", KIND_ICONV, "CP949" },
	{ "ks_c_5601", KIND_ICONV, "CP949" }, { "ksc5601", KIND_ICONV, "CP949" },
	{ "ksc_5601", KIND_ICONV, "CP949" }, { "ks_c-5601-1987", KIND_ICONV, "CP949" },
	{ "korean", KIND_ICONV, "CP949" }, { "cp949", KIND_ICONV, "CP949" }, { "uhc", KIND_ICONV, "CP949" },
	{ "windows-949", KIND_ICONV, "CP949" }, { "iso-2022-kr", KIND_ICONV, "ISO-2022-KR" },
	{ "csiso2022kr", KIND_ICONV, "ISO-2022-KR" }, { "johab", KIND_ICONV, "JOHAB" },
	{ "cp1361", KIND_ICONV, "JOHAB" },
	{ "iso-8859-2", KIND_ICONV, "ISO-8859-2" }, { "iso8859-2", KIND_ICONV, "ISO-8859-2" },
	{ "latin2", KIND_ICONV, "ISO-8859-2" }, { "iso-8859-3", KIND_ICONV, "ISO-8859-3" },
	{ "iso-8859-4", KIND_ICONV, "ISO-8859-4" }, { "iso-8859-5", KIND_ICONV, "ISO-8859-5" },
	{ "iso-8859-6", KIND_ICONV, "ISO-8859-6" }, { "iso-8859-6-i", KIND_ICONV, "ISO-8859-6" },
	{ "iso-8859-7", KIND_ICONV, "ISO-8859-7" }, { "iso-8859-8", KIND_ICONV, "ISO-8859-8" },
	{ "iso-8859-8-i", KIND_ICONV, "ISO-8859-8" }, { "iso-8859-8-e", KIND_ICONV, "ISO-8859-8" },
	{ "iso-8859-9", KIND_ICONV, "CP1254" }, { "iso8859-9", KIND_ICONV, "CP1254" },
	{ "latin5", KIND_ICONV, "CP1254" }, { "iso-8859-10", KIND_ICONV, "ISO-8859-10" },
	{ "iso-8859-11", KIND_ICONV, "CP874" }, { "iso-8859-13", KIND_ICONV, "ISO-8859-13" },
	{ "iso-8859-14", KIND_ICONV, "ISO-8859-14" }, { "iso-8859-15", KIND_ICONV, "ISO-8859-15" },
	{ "iso8859-15", KIND_ICONV, "ISO-8859-15" }, { "latin9", KIND_ICONV, "ISO-8859-15" },
	{ "iso-8859-16", KIND_ICONV, "ISO-8859-16" },
	{ "windows-1250", KIND_ICONV, "CP1250" }, { "cp1250", KIND_ICONV, "CP1250" },
	{ "windows-1251", KIND_ICONV, "CP1251" }, { "cp1251", KIND_ICONV, "CP1251" },
	{ "win-1251", KIND_ICONV, "CP1251" }, { "windows1251", KIND_ICONV, "CP1251" },
	{ "x-cp1251", KIND_ICONV, "CP1251" }, { "windows-1253", KIND_ICONV, "CP1253" },
	{ "cp1253", KIND_ICONV, "CP1253" }, { "windows-1254", KIND_ICONV, "CP1254" },
	{ "cp1254", KIND_ICONV, "CP1254" }, { "windows-1255", KIND_ICONV, "CP1255" },
	{ "cp1255", KIND_ICONV, "CP1255" }, { "windows-1256", KIND_ICONV, "CP1256" },
	{ "cp1256", KIND_ICONV, "CP1256" }, { "windows-1257", KIND_ICONV, "CP1257" },
	{ "cp1257", KIND_ICONV, "CP1257" }, { "windows-1258", KIND_ICONV, "CP1258" },
	{ "cp1258", KIND_ICONV, "CP1258" }, { "windows-874", KIND_ICONV, "CP874" },
	{ "cp874", KIND_ICONV, "CP874" }, { "tis-620", KIND_ICONV, "CP874" }, { "dos-874", KIND_ICONV, "CP874" },
	{ "koi8-r", KIND_ICONV, "KOI8-R" }, { "koi8_r", KIND_ICONV, "KOI8-R" }, { "koi8", KIND_ICONV, "KOI8-R" },
	{ "cskoi8r", KIND_ICONV, "KOI8-R" }, { "koi8-u", KIND_ICONV, "KOI8-U" },
	{ "koi8-ru", KIND_ICONV, "KOI8-U" }, { "ibm866", KIND_ICONV, "CP866" }, { "cp866", KIND_ICONV, "CP866" },
	{ "866", KIND_ICONV, "CP866" }, { "ibm437", KIND_ICONV, "CP437" }, { "cp437", KIND_ICONV, "CP437" },
	{ "ibm850", KIND_ICONV, "CP850" }, { "cp850", KIND_ICONV, "CP850" }, { "ibm852", KIND_ICONV, "CP852" },
	{ "cp852", KIND_ICONV, "CP852" }, { "macintosh", KIND_ICONV, "MACINTOSH" },
	{ "mac", KIND_ICONV, "MACINTOSH" }, { "x-mac-roman", KIND_ICONV, "MACINTOSH" },
	{ "x-mac-cyrillic", KIND_ICONV, "MAC-CYRILLIC" }, { "viscii", KIND_ICONV, "VISCII" },
	{ "tcvn", KIND_ICONV, "TCVN" },
	{ "utf-7", KIND_UTF7, NULL }, { "utf7", KIND_UTF7, NULL }, { "unicode-1-1-utf-7", KIND_UTF7, NULL },
	{ "x-unicode-2-0-utf-7", KIND_UTF7, NULL }, { "cp65000", KIND_UTF7, NULL },
	{ "utf-16", KIND_UTF16, NULL }, { "utf16", KIND_UTF16, NULL }, { "utf-16le", KIND_UTF16LE, NULL },
	{ "unicode", KIND_UTF16, NULL }, { "ucs-2", KIND_UTF16, NULL }, { "iso-10646-ucs-2", KIND_UTF16, NULL },
	{ "utf-16be", KIND_UTF16BE, NULL }, { "unicodefffe", KIND_UTF16BE, NULL },
	{ "utf-32", KIND_UTF32LE, NULL }, { "utf32", KIND_UTF32LE, NULL }, { "utf-32le", KIND_UTF32LE, NULL },
	{ "ucs-4", KIND_UTF32LE, NULL }, { "utf-32be", KIND_UTF32BE, NULL },
	{ "x-unknown", KIND_NONE, NULL }, { "unknown-8bit", KIND_NONE, NULL }, { "unknown", KIND_NONE, NULL },
	{ "default", KIND_NONE, NULL }, { "none", KIND_NONE, NULL }, { "8bit", KIND_NONE, NULL },
	{ "x-user-defined", KIND_NONE, NULL }, { "binary", KIND_NONE, NULL }, { "_autodetect", KIND_NONE, NULL },
	{ "charset", KIND_NONE, NULL }, { "x-mac-user-defined", KIND_NONE, NULL },
};

enum { LABELS = sizeof(labels) / sizeof(labels[0]) };

/* Labels come with quotes, comments and trailing junk: "utf-8"; =?utf-8*en?= "utf-8 (x)". */
static struct str
clean_label(struct str label)
{
	size_t end = 0;

	while (label.n && !ascii_is_alnum((unsigned char)label.p[0]) && label.p[0] != '_')
		label = str_from(label, 1);
	while (end < label.n && (ascii_is_alnum((unsigned char)label.p[end]) ||
	    str_chr(STR("-_.:+"), label.p[end]) != STR_NPOS))
		end++;
	return str_upto(label, end);
}

static const struct label *
find_label(struct str label)
{
	label = clean_label(label);
	for (size_t i = 0; i < LABELS; i++)
		if (str_eq_nocase(label, str_of(labels[i].name)))
			return &labels[i];
	return NULL;
}

bool
charset_is_utf8(struct str in)
{
	return utf8_is_valid(in);
}

/* Nothing, or something wrong, is known: UTF-8 where it is, else what the West writes. */
static void
as_guessed(struct str in, struct buf *out, uint64_t *defects)
{
	if (str_eq(charset_guess(in), STR("iso-2022-jp")))
		charset_iso2022jp(in, out, defects);
	else if (utf8_is_valid(in))
		charset_put(out, in);
	else
		charset_latin1(in, out);
}

/* RFC 1843: ~{ starts two-byte GB 2312, ~} ends it, ~~ is a tilde. */
static void
as_hz(struct str in, struct charset_conv *c, struct buf *out, uint64_t *defects)
{
	bool shifted = false;

	while (in.n && !out->full) {
		size_t n = str_chr(in, '~');
		struct str run = str_upto(in, n);
		char next;

		for (size_t i = 0; shifted && i < run.n; i += 2) {
			char gb[2] = { run.p[i], i + 1 < run.n ? run.p[i + 1] : ' ' };

			if (gb[0] > 0x20 && gb[1] > 0x20) {
				gb[0] = (char)(gb[0] | 0x80);
				gb[1] = (char)(gb[1] | 0x80);
			}
			charset_conv_run(c, (struct str){ gb, i + 1 < run.n ? 2 : 1 }, out, defects);
		}
		if (!shifted)
			charset_conv_run(c, run, out, defects);
		if (n == STR_NPOS)
			return;
		next = n + 1 < in.n ? in.p[n + 1] : '\0';
		if (next == '{' || next == '}')
			shifted = next == '{';
		else if (next == '~')
			charset_put(out, STR("~"));
		else if (next != '\n')
			charset_put_bad(out, defects);
		in = str_from(in, n + 2);
	}
}

static void
as_conv(struct str in, const struct label *l, struct buf *out, uint64_t *defects)
{
	struct charset_conv c;

	if (charset_conv_open(&c, l->kind == KIND_HZ ? "GB18030" : l->conv) != RC_OK) {
		*defects |= DEFECT_BIT(CHARSET_UNKNOWN);
		as_guessed(in, out, defects);
		return;
	}
	if (l->kind == KIND_HZ)
		as_hz(in, &c, out, defects);
	else
		charset_conv_run(&c, in, out, defects);
	charset_conv_close(&c);
}

static void
as_label(struct str in, const struct label *l, struct buf *out, uint64_t *defects)
{
	switch (l->kind) {
	case KIND_UTF8: charset_utf8(in, out, defects); return;
	case KIND_ASCII:
		if (utf8_ascii_run(in, 0) != in.n && str_chr(in, '\033') == STR_NPOS)
			*defects |= DEFECT_BIT(CHARSET_BAD);
		as_guessed(in, out, defects);
		return;
	case KIND_LATIN1: charset_latin1(in, out); return;
	case KIND_JP2022: charset_iso2022jp(in, out, defects); return;
	case KIND_EUCJP: charset_eucjp(in, out, defects); return;
	case KIND_UTF7: charset_utf7(in, out, defects); return;
	case KIND_UTF16:
		/* RFC 2781 says big-endian, clients little-endian: a zero in front decides. */
		charset_utf16(in, in.n > 1 && !in.p[0] && in.p[1], out, defects);
		return;
	case KIND_UTF16LE: charset_utf16(in, false, out, defects); return;
	case KIND_UTF16BE: charset_utf16(in, true, out, defects); return;
	case KIND_UTF32LE: charset_utf32(in, false, out, defects); return;
	case KIND_UTF32BE: charset_utf32(in, true, out, defects); return;
	case KIND_HZ:
	case KIND_ICONV: as_conv(in, l, out, defects); return;
	case KIND_NONE: as_guessed(in, out, defects); return;
	}
}

/* Does every charset of this label leave ASCII bytes as they are? */
static bool
is_ascii_superset(const struct label *l)
{
	if (l->kind == KIND_ICONV)
		return !str_starts(str_of(l->conv), STR("ISO-2022"));
	return l->kind == KIND_UTF8 || l->kind == KIND_LATIN1 || l->kind == KIND_EUCJP;
}

/* A byte order mark wins over the label, as in browsers. Returns its length. */
static size_t
mark(struct str in, const struct label *l, struct label *found)
{
	static const struct {
		struct str bytes;
		enum kind kind;
	} marks[] = {
		{ { "\xef\xbb\xbf", 3 }, KIND_UTF8 },
		{ { "\0\0\xfe\xff", 4 }, KIND_UTF32BE },
		{ { "\xff\xfe\0\0", 4 }, KIND_UTF32LE },
		{ { "\xff\xfe", 2 }, KIND_UTF16LE },
		{ { "\xfe\xff", 2 }, KIND_UTF16BE },
	};

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		if (!str_starts(in, marks[i].bytes))
			continue;
		/* FF FE 00 00 is also a UTF-16 mark and a NUL: only a label speaks for UTF-32. */
		if (marks[i].kind == KIND_UTF32LE && (!l || l->kind != KIND_UTF32LE))
			continue;
		*found = (struct label){ .kind = marks[i].kind };
		return marks[i].bytes.n;
	}
	return 0;
}

void
charset_to_utf8(struct str in, struct str label, struct buf *out, uint64_t *defects)
{
	static const struct label none = { "", KIND_NONE, NULL };
	const struct label *l = label.n ? find_label(label) : &none;
	struct label marked;
	size_t skip = mark(in, l, &marked);

	if (skip) {
		as_label(str_from(in, skip), &marked, out, defects);
		return;
	}
	if (!l) {
		*defects |= DEFECT_BIT(CHARSET_UNKNOWN);
		l = &none;
	}
	if (is_ascii_superset(l) && utf8_ascii_run(in, 0) == in.n)
		charset_put(out, in);
	else
		as_label(in, l, out, defects);
}

/* Seven-bit text in which at least one escape selects Japanese. */
static bool
has_iso2022jp(struct str in)
{
	size_t esc = str_chr(in, '\033');

	if (esc == STR_NPOS || utf8_ascii_run(in, 0) != in.n)
		return false;
	for (; esc != STR_NPOS; esc = str_chr(in, '\033')) {
		in = str_from(in, esc + 1);
		if (str_starts(in, STR("$B")) || str_starts(in, STR("$@")) || str_starts(in, STR("(I")) ||
		    str_starts(in, STR("$(D")))
			return true;
	}
	return false;
}

struct str
charset_guess(struct str in)
{
	struct label marked;

	if (mark(in, NULL, &marked)) {
		switch (marked.kind) {
		case KIND_UTF8: return STR("utf-8");
		case KIND_UTF16LE: return STR("utf-16le");
		case KIND_UTF16BE: return STR("utf-16be");
		case KIND_UTF32BE: return STR("utf-32be");
		case KIND_UTF32LE: case KIND_ASCII: case KIND_LATIN1: case KIND_JP2022: case KIND_EUCJP:
		case KIND_HZ: case KIND_UTF7: case KIND_UTF16: case KIND_ICONV: case KIND_NONE: break;
		}
	}
	/* Markup in UTF-16 without a mark: '<' and a letter, each with a zero. */
	if (in.n >= 4 && in.p[0] == '<' && !in.p[1] && in.p[2] && !in.p[3])
		return STR("utf-16le");
	if (in.n >= 4 && !in.p[0] && in.p[1] == '<' && !in.p[2] && in.p[3])
		return STR("utf-16be");
	if (has_iso2022jp(in))
		return STR("iso-2022-jp");
	return in.n && utf8_is_valid(in) ? STR("utf-8") : STR_NONE;
}

struct charset_set {
	struct charset_conv eucms;		/* what charset_jp.c needs beside CP932 */
	struct charset_conv convs[LABELS];	/* of the first row that names it */
};

static bool
is_first_row(size_t row)
{
	for (size_t i = 0; i < row; i++)
		if (labels[i].conv && str_eq(str_of(labels[i].conv), str_of(labels[row].conv)))
			return false;
	return true;
}

struct charset_set *
charset_preload(void)
{
	struct charset_set *set = calloc(1, sizeof(*set));

	if (!set)
		abort();	/* out of memory */
	/* One that is missing stays closed; its labels will be CHARSET_UNKNOWN. */
	(void)!charset_conv_open(&set->eucms, "EUC-JP-MS");
	for (size_t i = 0; i < LABELS; i++)
		if (labels[i].conv && is_first_row(i))
			(void)!charset_conv_open(&set->convs[i], labels[i].conv);
	return set;
}

void
charset_unload(struct charset_set **set)
{
	if (!*set)
		return;
	charset_conv_close(&(*set)->eucms);
	for (size_t i = 0; i < LABELS; i++)
		charset_conv_close(&(*set)->convs[i]);
	free(*set);
	*set = NULL;
}
