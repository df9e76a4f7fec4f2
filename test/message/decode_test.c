/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "message/decode.h"

#include "message/defect.h"
#include "test.h"

#define JUNK DEFECT_BIT(BASE64_JUNK)
#define PADDING DEFECT_BIT(BASE64_PADDING)
#define SHORT DEFECT_BIT(BASE64_SHORT)
#define QP DEFECT_BIT(QP_JUNK)

static void
base64(void)
{
	static const struct {
		const char *name;
		int how;
		struct str in, want;
		uint64_t defects;
	} cases[] = {
		{ "plain", MIME_LENIENT, STR("aGVsbG8gd29ybGQh"), STR("hello world!"), 0 },
		{ "empty", MIME_LENIENT, STR(""), STR(""), 0 },
		{ "one pad", MIME_LENIENT, STR("aGVsbG8="), STR("hello"), 0 },
		{ "two pads", MIME_LENIENT, STR("aGVsbA=="), STR("hell"), 0 },
		{ "all digits", MIME_LENIENT, STR("+/09azAZ"), STR("\xfb\xfd\x3d\x6b\x30\x19"), 0 },
		{ "lines of one", MIME_LENIENT, STR("a\r\nG\r\nV\ns\nb\nG\n8\n=\n"), STR("hello"), 0 },
		{ "lines of five", MIME_LENIENT, STR("aGVsb\nG8gd2\n9ybGQ\nh"), STR("hello world!"), 0 },
		{ "blanks", MIME_LENIENT, STR("a\vG\fV\ts bG8="), STR("hello"), 0 },
		{ "junk skipped", MIME_LENIENT, STR("aG.V-s*bG8="), STR("hello"), JUNK },
		{ "high bytes", MIME_LENIENT, STR("aG\xffVsb\x80G8="), STR("hello"), JUNK },
		{ "NUL", MIME_LENIENT, STR("aGVs\0bG8="), STR("hello"), JUNK },
		{ "goes on after padding", MIME_LENIENT, STR("aGVsbG8=d29ybGQ="), STR("helloworld"), PADDING },
		{ "padding between quads", MIME_LENIENT, STR("aGVs====bG8="), STR("hello"), PADDING },
		{ "padding on its own line", MIME_LENIENT, STR("aGVsbG8=\r\n=\r\n"), STR("hello"), 0 },
		{ "padding first", MIME_LENIENT, STR("====aGVsbG8="), STR("hello"), PADDING },
		{ "short by one pad", MIME_LENIENT, STR("aGVsbG8"), STR("hello"), SHORT },
		{ "short by two pads", MIME_LENIENT, STR("aGVsbA"), STR("hell"), SHORT },
		{ "one digit left", MIME_LENIENT, STR("aGVsb"), STR("hel"), SHORT },
		{ "stop at padding", MIME_STOP, STR("aGVsbG8=d29ybGQ="), STR("hello"), PADDING },
		{ "stop at junk", MIME_STOP, STR("aGVs.bG8="), STR("hel"), JUNK },
		{ "stop is silent on good data", MIME_STOP, STR("aGVs\r\nbG8=\r\n"), STR("hello"), 0 },
		{ "pad is A inside", MIME_PAD_IS_A, STR("==BB"), STR("\0\0\x41"), PADDING },
		{ "pad is A in a group", MIME_PAD_IS_A, STR("Q=JD"), STR("\x40\x02\x43"), PADDING },
		{ "pad is A, padding at the end", MIME_PAD_IS_A, STR("aGVsbG8="), STR("hello"), 0 },
		{ "resync", MIME_RESYNC, STR("X-Pad: some words\r\naGVs\r\nbG8=\r\n"), STR("hello"), JUNK },
		{ "resync with nothing to skip", MIME_RESYNC, STR("\r\naGVsbG8=\r\n"), STR("hello"), 0 },
		{ "resync with no base64", MIME_RESYNC, STR("a b"), STR("i"), SHORT },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buf out;
		uint64_t defects = 0;

		buf_init(&out, 1000);
		decode_base64(cases[i].in, cases[i].how, &out, &defects);
		test_str(buf_str(&out), cases[i].want, cases[i].name);
		test_int((int64_t)defects, (int64_t)cases[i].defects, cases[i].name);
		buf_clear(&out);
	}
}

/* Long data, through all the ways a piece can end in a group, against a slow encoder. */
static void
base64_long(void)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	enum { N = 100000 };
	struct buf plain, coded, out;
	uint32_t random = 1;

	buf_init(&plain, N);
	for (size_t i = 0; i < N; i++) {
		random = random * 1103515245 + 12345;
		buf_addc(&plain, (char)(random >> 16));
	}
	for (size_t width = 1; width < 80; width += 13) {
		uint64_t defects = 0;
		size_t column = 0;

		buf_init(&coded, 4 * N);
		buf_init(&out, N);
		for (size_t i = 0; i + 3 <= N; i += 3) {
			uint32_t v = (uint32_t)(unsigned char)plain.p[i] << 16 |
			    (uint32_t)(unsigned char)plain.p[i + 1] << 8 | (unsigned char)plain.p[i + 2];

			for (int shift = 18; shift >= 0; shift -= 6) {
				buf_addc(&coded, digits[v >> shift & 63]);
				if (++column % width == 0)
					buf_adds(&coded, "\r\n");
			}
		}
		decode_base64(buf_str(&coded), MIME_LENIENT, &out, &defects);
		test_ok(str_eq(buf_str(&out), str_upto(buf_str(&plain), N / 3 * 3)) && !defects, "long base64");
		buf_clear(&coded);
		buf_clear(&out);
	}
	buf_clear(&plain);
}

static void
cut(void)
{
	struct buf out;
	uint64_t defects = 0;

	buf_init(&out, 4);
	decode_base64(STR("aGVsbG8="), MIME_LENIENT, &out, &defects);
	test_str(buf_str(&out), STR("hell"), "base64 is cut at max");
	test_ok(out.full, "and says so");
	buf_reset(&out);
	decode_qp(STR("hello"), &out, &defects);
	test_str(buf_str(&out), STR("hell"), "qp is cut at max");
	test_ok(out.full, "and says so");
	buf_reset(&out);
	decode_percent(STR("%68ello"), &out);
	test_str(buf_str(&out), STR("hell"), "percent is cut at max");
	buf_clear(&out);
}

static void
qp(void)
{
	static const struct {
		const char *name;
		struct str in, want;
		uint64_t defects;
	} cases[] = {
		{ "plain", STR("a=3Db"), STR("a=b"), 0 },
		{ "lower case", STR("=e3=81=82"), STR("\xe3\x81\x82"), 0 },
		{ "soft break CRLF", STR("a=\r\nb"), STR("ab"), 0 },
		{ "soft break LF", STR("a=\nb"), STR("ab"), 0 },
		{ "soft break CR", STR("a=\rb"), STR("ab"), 0 },
		{ "soft break with blanks", STR("a= \t\r\nb"), STR("ab"), 0 },
		{ "soft break at the end", STR("a="), STR("a"), 0 },
		{ "line ends stay", STR("a\r\nb\nc\r\n"), STR("a\r\nb\nc\r\n"), 0 },
		{ "trailing blanks go", STR("a \t\r\nb  "), STR("a\r\nb"), 0 },
		{ "encoded blank stays", STR("a=20\r\n"), STR("a \r\n"), 0 },
		{ "junk stays", STR("a=XYb"), STR("a=XYb"), QP },
		{ "half a code", STR("a=4"), STR("a=4"), QP },
		{ "two equals signs", STR("a==41"), STR("a=A"), QP },
		{ "URL", STR("?a=1&b=2"), STR("?a=1&b=2"), QP },
		{ "NUL", STR("a\0=00b"), STR("a\0\0b"), 0 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buf out;
		uint64_t defects = 0;

		buf_init(&out, 1000);
		decode_qp(cases[i].in, &out, &defects);
		test_str(buf_str(&out), cases[i].want, cases[i].name);
		test_int((int64_t)defects, (int64_t)cases[i].defects, cases[i].name);
		buf_clear(&out);
	}
}

static void
percent(void)
{
	struct buf out;

	buf_init(&out, 100);
	decode_percent(STR("a%20b%2fc%2Fd%zz%4"), &out);
	test_str(buf_str(&out), STR("a b/c/d%zz%4"), "percent");
	buf_clear(&out);
}

static void
looks(void)
{
	static const struct {
		const char *name;
		struct str in;
		bool want;
	} cases[] = {
		{ "zip", STR("UEsDBBQAAAAIAAAAIQBsYWlzdGVyIGZlcm5lcg==\r\n"), true },
		{ "two lines", STR("UEsDBBQAAAAIAAAAIQBs\nYWlzdGVyIGZlcm5lcg==\n"), true },
		{ "text", STR("This is a letter with several words in it, 1 or 2.\n"), false },
		{ "one long word", STR("donaudampfschiffahrtsgesellschaftskapitaen\n"), false },
		{ "short", STR("aGVsbG8x\n"), false },
		{ "junk", STR("UEsDBBQAAAAIAAAAIQBs-YWlzdGVyIGZlcm5lcg==\r\n"), false },
		{ "empty", STR(""), false },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		test_int(decode_looks_base64(cases[i].in), cases[i].want, cases[i].name);
}

int
main(void)
{
	base64();
	base64_long();
	cut();
	qp();
	percent();
	looks();
	return test_done();
}
