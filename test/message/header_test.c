/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* covers: lib/message/header.c lib/message/lines.h */
#include "message/header.h"

#include "message/mail.h"
#include "test.h"

/* Fields as "name=value|…", then "@" and the body. */
static struct str
describe(struct pool *pool, struct str in, unsigned how, uint64_t *defects)
{
	struct limits lim = mail_limits();
	struct header_block h = header_read_as(pool, &lim, in, 0, &(struct header_reading){ .how = how });
	struct buf out;
	struct str s;

	buf_init(&out, 65536);
	for (size_t i = 0; i < h.n; i++) {
		buf_add(&out, h.fields[i].name);
		buf_addc(&out, '=');
		buf_add(&out, header_unfold(pool, h.fields[i].value));
		buf_addc(&out, '|');
	}
	buf_addc(&out, '@');
	buf_add(&out, str_from(in, h.body));
	s = pool_str(pool, buf_str(&out));
	buf_clear(&out);
	*defects = h.defects;
	return s;
}

static void
blocks(void)
{
	static const struct {
		const char *name;
		unsigned how;
		struct str in, want;
		uint64_t defects;
	} cases[] = {
		{ "two fields", 0, STR("A: b\r\nC:d \r\n\r\nbody"), STR("A=b|C=d|@body"), 0 },
		{ "bare LF", 0, STR("A: b\nC:d\n\nbody"), STR("A=b|C=d|@body"), 0 },
		{ "fold", 0, STR("A: b\r\n\tc\r\n d\r\n\r\nx"), STR("A=b\tc d|@x"), 0 },
		{ "value on the next line", 0, STR("A:\r\n b\r\n\r\n"), STR("A=b|@"), 0 },
		{ "no body", 0, STR("A: b\r\n"), STR("A=b|@"), 0 },
		{ "no line end", 0, STR("A: b"), STR("A=b|@"), 0 },
		{ "empty", 0, STR(""), STR("@"), 0 },
		{ "empty header", 0, STR("\r\nbody"), STR("@body"), 0 },
		{ "mbox line", 0, STR("From a@b Mon\nA: b\n\nx"), STR("A=b|@x"), 0 },
		{ "colon in the value", 0, STR("A: b:c\n\n"), STR("A=b:c|@"), 0 },
		{ "space before the colon", 0, STR("A : b\n\n"), STR("A=b|@"), 0 },
		{ "space before the colon of a MIME field", 0, STR("Content-X : b\n\n"), STR("Content-X=b|@"),
		    DEFECT_BIT(BAD_HEADER_LINE) },
		{ "white space only: a fold", 0, STR("A: b;\r\n \r\n c\r\n\r\nx"), STR("A=b;  c|@x"),
		    DEFECT_BIT(OBSOLETE_FOLD) },
		{ "white space only: the end", HEADER_BLANK, STR("A: b;\r\n \r\n c\r\n\r\nx"),
		    STR("A=b;|@ c\r\n\r\nx"), DEFECT_BIT(OBSOLETE_FOLD) },
		{ "bare CR inside a value", 0, STR("A: b\rC: d\n\n"), STR("A=bC: d|@"), DEFECT_BIT(BARE_CR) },
		{ "bare CR ends a line", HEADER_CR, STR("A: b\rC: d\n\n"), STR("A=b|C=d|@"), 0 },
		{ "bare CR ends all lines", HEADER_CR, STR("A: b\rC: d\r\rx"), STR("A=b|C=d|@x"), 0 },
		{ "junk between fields", 0, STR("A: b\njunk\nC: d\n\nx"), STR("A=b|C=d|@x"),
		    DEFECT_BIT(BAD_HEADER_LINE) },
		{ "junk ends the header", HEADER_JUNK, STR("A: b\njunk\nC: d\n\nx"), STR("A=b|@junk\nC: d\n\nx"),
		    DEFECT_BIT(NO_BLANK_LINE) },
		{ "no empty line", 0, STR("A: b\nTWFu\nTWFu\n"), STR("A=b|@TWFu\nTWFu\n"),
		    DEFECT_BIT(NO_BLANK_LINE) },
		{ "delimiter in a header", 0, STR("A: b\n--c:d\nE: f\n"), STR("A=b|@--c:d\nE: f\n"),
		    DEFECT_BIT(NO_BLANK_LINE) },
		{ "a field behind white space", 0, STR("Content-A: b\n Content-B: c\n\n"),
		    STR("Content-A=b Content-B: c|@"), DEFECT_BIT(BAD_HEADER_LINE) },
		{ "it counts", HEADER_HIDDEN, STR("Content-A: b\n Content-B: c\n\n"),
		    STR("Content-A=b|Content-B=c|@"), DEFECT_BIT(BAD_HEADER_LINE) },
		{ "names of fields in a DKIM signature", 0, STR("DKIM-Signature: h=From:\n Content-Type:To\n\n"),
		    STR("DKIM-Signature=h=From: Content-Type:To|@"), 0 },
		{ "NUL", 0, STR("A: b\0c\n\n"), STR("A=b\0c|@"), DEFECT_BIT(NUL_HEADER) },
		{ "Latin-1", 0, STR("A: \xe9\n\n"), STR("A=\xe9|@"), DEFECT_BIT(RAW_8BIT_HEADER) },
		{ "UTF-8", 0, STR("A: \xc3\xa9\n\n"), STR("A=\xc3\xa9|@"), 0 },
		{ "fold without a field", 0, STR(" A: b\nC: d\n\n"), STR("C=d|@"), DEFECT_BIT(BAD_HEADER_LINE) },
		{ "a name with 8-bit bytes is junk", 0, STR("\xc3\xa9: b\nC: d\n\n"), STR("C=d|@"),
		    DEFECT_BIT(BAD_HEADER_LINE) },
	};
	struct pool *pool = pool_new(0);

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint64_t defects;
		struct str got = describe(pool, cases[i].in, cases[i].how, &defects);

		test_str(got, cases[i].want, cases[i].name);
		if (!test_ok(defects == cases[i].defects, "its defects"))
			printf("#   got %" PRIx64 " want %" PRIx64 "\n", defects, cases[i].defects);
	}
	pool_free(&pool);
}

static void
offsets(void)
{
	struct limits lim = mail_limits();
	struct pool *pool = pool_new(0);
	struct str in = STR("A: b\r\n c\r\nD: e\r\n\r\nx");
	const struct mime_field *f;
	uint64_t defects = 0;
	size_t n, body = header_read(pool, &lim, in, 0, &f, &n, &defects);

	test_int((int64_t)n, 2, "two fields");
	test_int((int64_t)body, 18, "offset of the body");
	test_str(str_sub(in, f[0].off, f[0].end - f[0].off), STR("A: b\r\n c\r\n"), "a field with its line ends");
	test_str(f[0].value, STR(" b\r\n c"), "the raw value");
	test_str(str_sub(in, f[1].off, f[1].end - f[1].off), STR("D: e\r\n"), "the last field");
	pool_free(&pool);
}

static void
limits(void)
{
	struct limits lim = mail_limits();
	struct pool *pool = pool_new(0);
	struct buf in;
	const struct mime_field *f;
	uint64_t defects = 0;
	size_t n, body;

	buf_init(&in, 1 << 20);
	lim.header_fields = 10;
	for (int i = 0; i < 50; i++)
		buf_adds(&in, "A: b\r\n");
	buf_adds(&in, "Content-Type: x/y\r\n\r\nbody");
	body = header_read(pool, &lim, buf_str(&in), 0, &f, &n, &defects);
	test_int((int64_t)n, 11, "fields over the limit go, MIME fields stay");
	test_str(f[10].name, STR("Content-Type"), "the one that stays");
	test_ok(defects & DEFECT_BIT(LIMIT_HEADER), "and LIMIT_HEADER is set");
	test_str(str_from(buf_str(&in), body), STR("body"), "the body is found behind them");
	lim = mail_limits();
	lim.header_bytes = 40;
	defects = 0;
	header_read(pool, &lim, buf_str(&in), 0, &f, &n, &defects);
	test_int((int64_t)n, 8, "bytes over the limit go, MIME fields stay");
	test_ok(defects & DEFECT_BIT(LIMIT_HEADER), "LIMIT_HEADER again");
	buf_clear(&in);
	pool_free(&pool);
}

static void
unfold(void)
{
	struct pool *pool = pool_new(0);
	struct str plain = STR("  a b ");

	test_ok(header_unfold(pool, plain).p == plain.p + 2, "nothing is copied without a fold");
	test_str(header_unfold(pool, STR(" a\r\n\tb\r\n ")), STR("a\tb"), "folds and ends go");
	test_str(header_unfold(pool, STR("\r\n ")), STR(""), "nothing left");
	pool_free(&pool);
}

int
main(void)
{
	blocks();
	offsets();
	limits();
	unfold();
	return test_done();
}
