/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* covers: lib/message/tnef.c lib/message/tnef_rtf.c */
#include "message/tnef.h"

#include "base/buf.h"
#include "message/defect.h"
#include "test.h"

#define BAD DEFECT_BIT(TNEF_BAD)

enum { MESSAGE = 1, ATTACHMENT = 2 };

static const struct limits lim = { .unpack_files = 20, .mime_depth = 5, .decoded_bytes = 1 << 20 };

static void
le(struct buf *b, uint64_t v, size_t n)
{
	for (; n > 0; n--, v >>= 8)
		buf_addc(b, (char)v);
}

static void
start(struct buf *b)
{
	buf_init(b, 1 << 20);
	buf_add(b, STR("\x78\x9f\x3e\x22\x01\x00"));
}

static void
attr(struct buf *b, int level, uint32_t id, struct str data)
{
	unsigned sum = 0;

	le(b, (uint64_t)level, 1);
	le(b, id, 4);
	le(b, data.n, 4);
	buf_add(b, data);
	for (size_t i = 0; i < data.n; i++)
		sum += (unsigned char)data.p[i];
	le(b, sum, 2);
}

static void
prop(struct buf *b, unsigned type, unsigned id, struct str value)
{
	le(b, type, 2);
	le(b, id, 2);
	le(b, 1, 4);
	le(b, value.n, 4);
	buf_add(b, value);
	while (value.n++ % 4)
		buf_addc(b, '\0');
}

/* What was read, in one line: "name:data;" with a '*' before bodies. */
static void
list(struct str in, const struct limits *l, struct str want, uint64_t want_defects, const char *name)
{
	struct pool *pool = pool_new(0);
	const struct tnef_item *items;
	uint64_t defects = 0;
	size_t n = tnef_read(pool, l, in, &items, &defects);
	struct buf out;

	buf_init(&out, 10000);
	for (size_t i = 0; i < n; i++) {
		buf_adds(&out, items[i].is_body ? "*" : "");
		buf_add(&out, items[i].name);
		buf_addc(&out, ':');
		buf_add(&out, items[i].data);
		buf_addc(&out, ';');
	}
	test_str(buf_str(&out), want, name);
	test_int((int64_t)defects, (int64_t)want_defects, name);
	buf_clear(&out);
	pool_free(&pool);
}

static void
attachment(struct buf *b, const char *name, const char *data)
{
	attr(b, ATTACHMENT, 0x69002, STR("\1\0\0\0\0\0\0\0\0\0\0\0\0\0"));
	attr(b, ATTACHMENT, 0x18010, (struct str){ name, strlen(name) + 1 });
	attr(b, ATTACHMENT, 0x6800f, str_of(data));
}

static void
plain(void)
{
	struct buf b;

	start(&b);
	attr(&b, MESSAGE, 0x69007, STR("\xe3\x04\0\0\0\0\0\0"));		/* code page 1251 */
	attr(&b, MESSAGE, 0x2800c, STR("\xcf\xf0\0"));
	attachment(&b, "a.exe", "MZ");
	attachment(&b, "b.txt", "two");
	list(buf_str(&b), &lim, STR("*:\xd0\x9f\xd1\x80;a.exe:MZ;b.txt:two;"), 0, "body and two attachments");
	b.p[b.n - 1] ^= 1;
	list(buf_str(&b), &lim, STR("*:\xd0\x9f\xd1\x80;a.exe:MZ;b.txt:two;"), BAD, "wrong checksum");
	list(str_upto(buf_str(&b), b.n - 3), &lim, STR("*:\xd0\x9f\xd1\x80;a.exe:MZ;b.txt:tw;"), BAD, "cut off");
	buf_adds(&b, "xyz");
	list(buf_str(&b), &lim, STR("*:\xd0\x9f\xd1\x80;a.exe:MZ;b.txt:two;"), BAD, "garbage behind");
	buf_clear(&b);
	start(&b);
	list(buf_str(&b), &lim, STR(""), 0, "empty");
	list(STR("none"), &lim, STR(""), BAD, "not TNEF");
	for (int i = 0; i < 30; i++)
		attachment(&b, "n", "d");
	list(buf_str(&b), &lim, STR("n:d;n:d;n:d;n:d;n:d;n:d;n:d;n:d;n:d;n:d;n:d;n:d;n:d;n:d;n:d;n:d;n:d;n:d;n:d;n:d;"),
	    BAD, "limit of items");
	buf_clear(&b);
	test_ok(tnef_is(STR("\x78\x9f\x3e\x22")) && !tnef_is(STR("\x78\x9f\x3e")), "signature");
}

static void
properties(void)
{
	struct buf b, p;

	start(&b);
	buf_init(&p, 10000);
	le(&p, 6, 4);
	le(&p, 3, 2), le(&p, 0x0e20, 2), le(&p, 7, 4);				/* a number */
	le(&p, 0x1003, 2), le(&p, 0x6001, 2), le(&p, 2, 4), le(&p, 1, 8);	/* two numbers */
	le(&p, 11, 2), le(&p, 0x8005, 2);					/* named by a string */
	buf_add(&p, STR("GUIDGUIDGUIDGUID\1\0\0\0\6\0\0\0a\0b\0\0\0\0\0\1\0\0\0"));
	prop(&p, 0x1f, 0x3704, STR("S\0H\0O\0R\0T\0\0\0"));
	prop(&p, 0x102, 0x3701, STR("data"));
	prop(&p, 0x1f, 0x3707, STR("\x42\x30.\0e\0x\0e\0\0\0"));
	attr(&b, ATTACHMENT, 0x69002, STR("\1\0"));
	attr(&b, ATTACHMENT, 0x18010, STR("title.txt\0"));
	attr(&b, ATTACHMENT, 0x69005, buf_str(&p));
	list(buf_str(&b), &lim, STR("\xe3\x81\x82.exe:data;"), 0, "the long name wins");
	buf_clear(&b);
	start(&b);
	attr(&b, ATTACHMENT, 0x69005, str_upto(buf_str(&p), p.n - 20));
	list(buf_str(&b), &lim, STR("SHORT:data;"), BAD, "properties cut off");
	buf_clear(&b);
	buf_reset(&p);
	le(&p, 2, 4);
	prop(&p, 0x1e, 0x1000, STR("text\0"));
	prop(&p, 0x102, 0x1013, STR("<b>html</b>"));
	start(&b);
	attr(&b, MESSAGE, 0x69003, buf_str(&p));
	list(buf_str(&b), &lim, STR("*:text;*:<b>html</b>;"), 0, "bodies of the message");
	buf_clear(&b);
	buf_clear(&p);
}

#define MESSAGE_IID "\x07\x03\x02\0\0\0\0\0\xc0\0\0\0\0\0\0\x46"

/* A message inside a message, `depth` times. */
static void
nest(struct buf *out, int depth)
{
	struct buf inner, p;

	start(out);
	if (depth == 0) {
		attachment(out, "deep.exe", "MZ");
		return;
	}
	nest(&inner, depth - 1);
	buf_init(&p, 1 << 20);
	le(&p, 1, 4);
	le(&p, 13, 2), le(&p, 0x3701, 2), le(&p, 1, 4), le(&p, 16 + inner.n, 4);
	buf_add(&p, STR(MESSAGE_IID));
	buf_add(&p, buf_str(&inner));
	while (p.n % 4)
		buf_addc(&p, '\0');
	attr(out, ATTACHMENT, 0x69002, STR("\2\0"));
	attr(out, ATTACHMENT, 0x69005, buf_str(&p));
	buf_clear(&inner);
	buf_clear(&p);
}

static void
embedded(void)
{
	struct buf b;

	nest(&b, 3);
	list(buf_str(&b), &lim, STR("deep.exe:MZ;"), 0, "embedded messages");
	buf_clear(&b);
	nest(&b, 7);
	list(buf_str(&b), &lim, STR(""), BAD, "embedded too deep");
	buf_clear(&b);
}

static void
rtf(void)
{
	/* [MS-OXRTFCP] 4.1.1 and 4.1.2, the examples of the standard. */
	static const char simple_bytes[] = "\x2d\0\0\0\x2b\0\0\0LZFu\xf1\xc5\xc7\xa7\x03\0\x0a\0rcpg125\x42\x32\x0a"
	    "\xf3 hel\x09\0 bw\x05\xb0ld}\x0a\x80\x0f\xa0";
	static const char crossing_bytes[] = "\x1a\0\0\0\x1c\0\0\0LZFu\xe2\xd4\x4b\x51\x41\0\x04\x20WXYZ\x0d\x6e}\x01\x0e\xb0";
	struct str simple = { simple_bytes, sizeof(simple_bytes) - 1 };
	struct str crossing = { crossing_bytes, sizeof(crossing_bytes) - 1 };
	struct pool *pool = pool_new(0);
	uint64_t defects = 0;

	test_str(tnef_rtf(pool, simple, 1000, &defects), STR("{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"), "rtf");
	test_str(tnef_rtf(pool, crossing, 1000, &defects), STR("{\\rtf1 WXYZWXYZWXYZWXYZWXYZ}"), "rtf that copies itself");
	test_str(tnef_rtf(pool, STR("\x10\0\0\0\4\0\0\0MELA\0\0\0\0{\\rt"), 1000, &defects), STR("{\\rt"), "not compressed");
	test_int((int64_t)defects, 0, "no defects");
	test_str(tnef_rtf(pool, str_upto(simple, 30), 1000, &defects), STR("{\\rtf1\\ansi\\ansicpg1252"), "rtf cut off");
	test_int((int64_t)defects, (int64_t)BAD, "said so");
	defects = 0;
	test_int((int64_t)tnef_rtf(pool, STR("\0\0\0\0\xff\xff\xff\xffLZFu\0\0\0\0\0"), 100, &defects).n, 0, "huge claim");
	test_int((int64_t)tnef_rtf(pool, STR("LZFu"), 100, &defects).n, 0, "short");
	test_int((int64_t)defects, (int64_t)BAD, "said so");
	pool_free(&pool);
}

int
main(void)
{
	plain();
	properties();
	embedded();
	rtf();
	return test_done();
}
