/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* covers: lib/message/edit_leaf.c, lib/message/edit_range.c: a word of the content is replaced within its
 * transfer encoding. */
#include "message/edit_leaf.h"

#include "message/edit_check.h"
#include "test.h"

#define QP "Content-Type: text/html\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
#define B64 "Content-Type: text/html\r\nContent-Transfer-Encoding: base64\r\n\r\n"
#define LONG "http://gate.example/ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
#define X50 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define X250 X50 X50 X50 X50 X50

static const struct {
	const char *name;
	struct str in;
	const char *word, *with;
	struct str want;	/* the message with the edited body; p NULL: RC_NONE */
} cases[] = {
	{ "7bit", STR("\r\na word b\r\n"), "word", "xyz", STR("\r\na xyz b\r\n") },
	{ "7bit, bare LF", STR("\na word b\n"), "word", "", STR("\na  b\n") },
	{ "8bit", STR("Content-Transfer-Encoding: 8bit\r\n\r\n\xe9 word \xe9\r\n"), "word", "xyz",
	    STR("Content-Transfer-Encoding: 8bit\r\n\r\n\xe9 xyz \xe9\r\n") },
	{ "7bit becomes quoted-printable where a line would be too long", STR("\r\n.= \r\n" X250 X250 X250 X50 X50 X50 " word b\r\n"),
	    "word", LONG LONG, STR("") },
	{ "quoted-printable", STR(QP "a=3Dword b=\r\nc\r\nd\r\n"), "word", "xyz", STR(QP "a=3Dxyz b=\r\nc\r\nd\r\n") },
	{ "quoted-printable, over a soft break", STR(QP "a wo=\r\nrd b\r\nd  \r\n"), "word", "x=z", STR(QP "a x=3Dz b\r\nd  \r\n") },
	{ "quoted-printable, behind a soft break", STR(QP "a =\r\nword=\r\n b\r\n"), "word", "xyz",
	    STR(QP "a =\r\nxyz=\r\n b\r\n") },
	{ "quoted-printable, codes", STR(QP "a =77=6F=72=64 b\r\n"), "word", "xyz", STR(QP "a xyz b\r\n") },
	{ "quoted-printable, only the lines concerned", STR(QP "=61=\r\n=62\r\n<a href=3D\"word\">" X50 "</a>\r\n=63 \r\n"), "word",
	    LONG, STR(QP "=61=\r\n=62\r\n<a href=3D\"http://gate.example/ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqr=\r\n"
	    "stuvwxyz0123456789\">" X50 "</a>\r\n=63 \r\n") },
	{ "quoted-printable, no delimiter comes to the start of a line", STR(QP "word--b--" X50 "xxxxxxxxxxxxxxxxxxxx\r\n"), "word", LONG,
	    STR(QP "http://gate.example/ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz012=\r\n3456789=\r\n"
	    "=2D-b--" X50 "xxxxxxxxxxxxxxxxxxxx\r\n") },
	{ "quoted-printable, blanks", STR(QP "a word\r\n"), "word", "x ", STR(QP "a x=20\r\n") },
	{ "quoted-printable, at the end", STR(QP "a=\r\n word"), "word", "xyz", STR(QP "a=\r\n xyz") },
	{ "quoted-printable with junk", STR(QP "a = word =zz b\r\n"), "word", "xyz", STR(QP "a = xyz =zz b\r\n") },
	{ "base64, from the group on", STR(B64 "YWJjZGVmZ2\r\nhpd29yZGFi\r\nYw==\r\n"), "word", "xyz",
	    STR(B64 "YWJjZGVmZ2\r\nhpeHl6YWJj\r\n") },
	{ "base64 of one line", STR(B64 "d29yZA==\r\n\r\n"), "word", "words", STR(B64 "d29yZHM=\r\n\r\n") },
	{ "base64, a new line", STR(B64 "YWJjZA\r\n==\r\n"), "d", "def", STR(B64 "YWJjZG\r\nVm\r\n") },
	{ "base64 in two pieces", STR(B64 "YWJj\r\nZA==\r\nd29yZA==\r\n"), "word", "xyz", { NULL, 0 } },
	{ "base64 or quoted-printable", STR("Content-Transfer-Encoding: base64\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
	    "d29yZA==\r\n"), "word", "xyz", { NULL, 0 } },
	{ "uuencode", STR("Content-Transfer-Encoding: x-uuencode\r\n\r\nbegin 644 x\r\n$=V]R9```\r\n`\r\nend\r\n"), "word", "xyz",
	    { NULL, 0 } },
};

static bool
decodes_to(const struct message *m, const struct limits *lim, struct pool *pool, const struct edit_body *b,
    struct str want)
{
	struct edit e = { .bodies = b, .n_bodies = 1 };
	const struct edit_header *headers;
	struct buf out, space;
	struct message *again;
	struct str got;
	size_t n;
	bool same;

	buf_init(&out, 1 << 20);
	buf_init(&space, 1 << 20);
	same = edit_message(pool, m, &e, &out, &headers, &n) == RC_OK;
	if (same) {
		again = mime_parse(pool, lim, edit_whole(pool, m, buf_str(&out), headers, n));
		same = mime_decode(again, lim, &again->parts[0], 0, &space, &got) == RC_OK && str_eq(got, want);
	}
	buf_clear(&out);
	buf_clear(&space);
	return same;
}

static void
one(size_t i)
{
	struct limits lim = mail_limits();
	struct pool *pool = pool_new(0);
	struct message *m = mime_parse(pool, &lim, cases[i].in);
	struct edit_range r = { .with = str_of(cases[i].with), .n = strlen(cases[i].word) };
	struct vec ranges = { &r, 1, 1 };
	struct buf space, want;
	struct edit_body b;
	struct str content;
	enum rc rc;

	buf_init(&space, 1 << 20);
	buf_init(&want, 1 << 20);
	if (mime_decode(m, &lim, &m->parts[0], 0, &space, &content) != RC_OK)
		abort();
	r.at = str_find(content, str_of(cases[i].word));
	edit_ranges_apply(content, &ranges, &want);
	rc = edit_leaf(pool, m, 0, content, &ranges, &b);
	if (test_int(rc, cases[i].want.p ? RC_OK : RC_NONE, cases[i].name) && rc == RC_OK) {
		test_ok(decodes_to(m, &lim, pool, &b, buf_str(&want)), "the content is as wanted");
		if (cases[i].want.n)
			test_str(b.body, str_from(cases[i].want, m->parts[0].body), "byte for byte");
		else
			test_ok(b.qp, "another encoding");
	}
	buf_clear(&space);
	buf_clear(&want);
	pool_free(&pool);
}

static unsigned
roll(unsigned *seed)
{
	*seed = *seed * 1103515245 + 12345;
	return *seed >> 16;
}

/* Content of all kinds of bytes in that encoding. */
static struct str
any_mail(struct pool *pool, const char *cte, unsigned *seed)
{
	struct buf raw, plain;
	struct str mail;

	buf_init(&raw, 1 << 20);
	buf_init(&plain, 1 << 20);
	for (int i = 0; i < 3000; i++)
		buf_add(&plain, roll(seed) % 40 ? str_sub(STR("a =.\xe9-Fb \tcd\"<>&"), roll(seed) % 16, 1) : STR("\r\n"));
	buf_printf(&raw, "Content-Type: text/html\r\nContent-Transfer-Encoding: %s\r\n\r\n", cte);
	if (cte[0] == 'q')
		edit_qp(&raw, buf_str(&plain), STR("\r\n"));
	else
		buf_add(&raw, buf_str(&plain));
	mail = pool_str(pool, buf_str(&raw));
	buf_clear(&raw);
	buf_clear(&plain);
	return mail;
}

static bool
any_ranges(struct pool *pool, const char *cte, unsigned *seed)
{
	struct limits lim = mail_limits();
	struct message *m = mime_parse(pool, &lim, any_mail(pool, cte, seed));
	struct vec ranges = { .n = 0 };
	struct buf space, want;
	struct edit_body b;
	struct str content;
	bool good;

	buf_init(&space, 1 << 20);
	buf_init(&want, 1 << 20);
	if (mime_decode(m, &lim, &m->parts[0], 0, &space, &content) != RC_OK)
		abort();
	for (size_t at = 0; at + 200 < content.n; at += 20 + roll(seed) % 100) {
		size_t n = roll(seed) % 20;

		/* No link ends between CR and LF. */
		if (content.p[at] != '\n' && content.p[at + n] != '\n')
			*(struct edit_range *)vec_push(pool, &ranges, sizeof(struct edit_range)) =
			    (struct edit_range){ at, n, str_upto(STR(LONG), roll(seed) % 80) };
	}
	edit_ranges_apply(content, &ranges, &want);
	good = edit_leaf(pool, m, 0, content, &ranges, &b) == RC_OK && decodes_to(m, &lim, pool, &b, buf_str(&want));
	buf_clear(&space);
	buf_clear(&want);
	return good;
}

static void
property(const char *cte, const char *name)
{
	unsigned seed = 7, bad = 0;

	for (int round = 0; round < 200; round++) {
		struct pool *pool = pool_new(0);

		bad += !any_ranges(pool, cte, &seed);
		pool_free(&pool);
	}
	test_int(bad, 0, name);
}

int
main(void)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		one(i);
	property("quoted-printable", "any ranges of quoted-printable");
	property("8bit", "any ranges of 8bit");
	return test_done();
}
