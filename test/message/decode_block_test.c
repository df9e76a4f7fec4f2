/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* covers: lib/message/decode_binhex.c */
#include "message/decode.h"

#include "base/clock.h"
#include "message/defect.h"
#include "test.h"

#define BAD DEFECT_BIT(UU_BAD)

static void
uu(void)
{
	static const struct {
		const char *name;
		struct str in, want;
		uint64_t defects;
	} cases[] = {
		{ "plain", STR("begin 644 a\n#86)C\n`\nend\n"), STR("abc"), 0 },
		{ "CRLF", STR("begin 644 a\r\n#86)C\r\n`\r\nend\r\n"), STR("abc"), 0 },
		{ "two bytes", STR("begin 644 a\n\"86(\n`\nend\n"), STR("ab"), 0 },
		{ "blank as zero", STR("begin 644 a\n#86)C\n \nend\n"), STR("abc"), 0 },
		{ "checksum character", STR("begin 644 a\n#86)C*\n`\nend\n"), STR("abc"), 0 },
		{ "no end", STR("begin 644 a\n#86)C\n"), STR("abc"), BAD },
		{ "no begin", STR("#86)C\n`\nend\n"), STR("abc"), BAD },
		{ "line too long", STR("begin 644 a\n#86)C86)C86)C\n`\nend\n"), STR("abc"), BAD },
		{ "line too short", STR("begin 644 a\n)86)C\n`\nend\n"), STR("abc\0\0\0\0\0\0"), BAD },
		{ "lost blanks", STR("begin 644 a\n%86)C\n`\nend\n"), STR("abc\0\0"), 0 },
		{ "bad characters", STR("begin 644 a\n#8~)C\n`\nend\n"), STR("a\xe2\x63"), BAD },
		{ "empty lines", STR("begin 644 a\n\n#86)C\n\n`\nend\n"), STR("abc"), 0 },
		{ "data behind the zero line", STR("begin 644 a\n#86)C\n`\n#86)C\nend\n"), STR("abcabc"), 0 },
		{ "base64", STR("begin-base64 644 a\nYWJj\n====\n"), STR("abc"), 0 },
		{ "base64 without end", STR("begin-base64 644 a\nYWJj\n"), STR("abc"), BAD },
		{ "empty", STR(""), STR(""), BAD },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buf out;
		uint64_t defects = 0;

		buf_init(&out, 1000);
		decode_uu(cases[i].in, &out, &defects);
		test_str(buf_str(&out), cases[i].want, cases[i].name);
		test_int((int64_t)defects, (int64_t)cases[i].defects, cases[i].name);
		buf_clear(&out);
	}
}

static void
yenc(void)
{
	static const struct {
		const char *name;
		struct str in, want;
		uint64_t defects;
	} cases[] = {
		{ "plain", STR("=ybegin line=128 size=3 name=a\r\n\x8b\x8c\x8d\r\n=yend size=3\r\n"), STR("abc"), 0 },
		{ "escaped", STR("=ybegin size=2 name=a\n=}=@\n=yend size=2\n"), STR("\x13\xd6"), 0 },
		{ "part", STR("=ybegin part=1 size=9 name=a\n=ypart begin=1 end=1\n\x8b\n=yend size=1\n"), STR("a"), 0 },
		{ "wrong size", STR("=ybegin size=3 name=a\n\x8b\n=yend size=3\n"), STR("a"), BAD },
		{ "no end", STR("=ybegin size=1 name=a\n\x8b\n"), STR("a"), BAD },
		{ "no begin", STR("\x8b\n=yend size=1\n"), STR("a"), BAD },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buf out;
		uint64_t defects = 0;

		buf_init(&out, 1000);
		decode_yenc(cases[i].in, &out, &defects);
		test_str(buf_str(&out), cases[i].want, cases[i].name);
		test_int((int64_t)defects, (int64_t)cases[i].defects, cases[i].name);
		buf_clear(&out);
	}
}

#define UU "begin 644 a.exe\n#86)C\n`\nend\n"
#define YENC "=ybegin line=128 size=1 name=b c.exe\n\x8b\n=yend size=1\n"
#define BINHEX "(This file must be converted with BinHex 4.0)\n\n:abc\ndef:\n"

/* All blocks of a text in one line: kind, name, length. */
static void
find(void)
{
	static const struct {
		const char *name;
		struct str in, want;
	} cases[] = {
		{ "none", STR("a letter\nwith begin and\nend\n"), STR("") },
		{ "empty", STR(""), STR("") },
		{ "uu", STR("hello\n" UU "bye\n"), STR("0 a.exe 6-34;") },
		{ "at the start", STR(UU), STR("0 a.exe 0-28;") },
		{ "two", STR(UU "x\n" UU), STR("0 a.exe 0-28;0 a.exe 30-58;") },
		{ "all kinds", STR(YENC UU BINHEX), STR("1 b c.exe 0-52;0 a.exe 52-80;2  80-137;") },
		{ "not at a line start", STR("x begin 644 a\n#86)C\nend\n"), STR("") },
		{ "words", STR("begin 1 day before\nthe end of the week\nor not\n"), STR("") },
		{ "no mode", STR("begin \n#86)C\nend\n"), STR("") },
		{ "begin without end", STR("begin 644 a\n#86)C\nrest\n"), STR("0 a 0-23;") },
		{ "begin inside", STR("begin 644 a\n#86)C\n" UU), STR("0 a 0-18;0 a.exe 18-46;") },
		{ "base64", STR("begin-base64 644 a\nYWJj\n====\nx\n"), STR("0 a 0-29;") },
		{ "empty file", STR("begin 644 a\n`\nend\n"), STR("0 a 0-18;") },
		{ "last line without end", STR("begin 644 a\n#86)C\n`\nend"), STR("0 a 0-23;") },
		{ "CRLF", STR("x\r\nbegin 644 a\r\n#86)C\r\n`\r\nend\r\ny"), STR("0 a 3-31;") },
		{ "BinHex not closed", STR("(This file must be converted with BinHex 4.0)\n:abc\nsome words\n" UU),
		  STR("2  0-51;0 a.exe 62-90;") },
		{ "yEnc not closed", STR("=ybegin size=1 name=a\n\x8b\n" YENC), STR("1 a 0-24;1 b c.exe 24-76;") },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct decode_block b;
		struct buf out;

		buf_init(&out, 1000);
		for (size_t at = 0; decode_find_block(cases[i].in, at, &b); at = b.end)
			buf_printf(&out, "%d %.*s %zu-%zu;", b.kind, STR_ARG(b.name), b.off, b.end);
		test_str(buf_str(&out), cases[i].want, cases[i].name);
		buf_clear(&out);
	}
}

/* Many of anything is searched in linear time, a block at a time. */
static void
flood(const char *name, const char *piece, size_t n, size_t want)
{
	struct buf in;
	struct decode_block b;
	size_t found = 0;
	int64_t start;

	buf_init(&in, 64 << 20);
	for (size_t i = 0; i < n; i++)
		buf_adds(&in, piece);
	start = clock_mono_ms();
	for (size_t at = 0; decode_find_block(buf_str(&in), at, &b); at = b.end)
		found++;
	test_ok(clock_mono_ms() - start < 5000, name);
	test_int((int64_t)found, (int64_t)want, name);
	buf_clear(&in);
}

static void
binhex(void)
{
	/* "a.txt" of type TEXT with a byte 90 and a run in its data. */
	static const struct {
		const char *name;
		struct str in, want;
		uint64_t defects;
	} cases[] = {
		{ "file", STR("(This file must be converted with BinHex 4.0)\n\n"
		  ":\"@%ZG(Kd!&4&@&4dG(Kd!*!&-`#3\"\"VHD'9XE'mJN!\"kN#JJC@jNplX!!!:\n"),
		  STR("hello \x90" "zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz end"), 0 },
		{ "cut off", STR("(This file must be converted with BinHex 4.0)\n\n"
		  ":\"@%ZG(Kd!&4&@&4dG(Kd!*!&-`#3\"\"VHD'9XE'mJN!\"kN#"),
		  STR("hello \x90z"), BAD },
		{ "not closed", STR("(This file must be converted with BinHex 4.0)\n\n"), STR(""), BAD },
		{ "nothing", STR(""), STR(""), BAD },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buf out;
		uint64_t defects = 0;
		char name[DECODE_BINHEX_NAME] = "";

		buf_init(&out, 1000);
		decode_binhex(cases[i].in, &out, name, &defects);
		test_str(str_of(name), i < 2 ? STR("a.txt") : STR(""), cases[i].name);
		test_str(buf_str(&out), cases[i].want, cases[i].name);
		test_int((int64_t)defects, (int64_t)cases[i].defects, cases[i].name);
		buf_clear(&out);
	}
}

int
main(void)
{
	uu();
	yenc();
	binhex();
	find();
	flood("blocks", UU, 200000, 200000);
	flood("begin lines", "begin 644 a\n", 500000, 0);
	flood("begin words", "begin", 4000000, 0);
	flood("markers", "(This file must be converted with BinHex", 200000, 1);
	flood("marker lines", "(This file must be converted with BinHex\n", 200000, 200000);
	flood("yEnc starts", "=ybegin \n", 500000, 500000);
	flood("lines", "\n", 20000000, 0);
	flood("colons", "(This file must be converted with BinHex\n:", 200000, 1);
	return test_done();
}
