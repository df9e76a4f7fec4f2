/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* covers: lib/auth/canon.c, lib/auth/raw_mail.c */
#include "test.h"

#include "auth/canon.h"
#include "auth/raw_mail.h"
#include "message/mail.h"

static const struct {
	const char *name;
	struct str in, simple, relaxed;
	bool lf;
} fields[] = {
	/* RFC 6376 3.4.5 */
	{ "A: X", STR("A: X\r\n"), STR("A: X\r\n"), STR("a:X\r\n"), false },
	{ "B : Y", STR("B : Y\t\r\n\tZ  \r\n"), STR("B : Y\t\r\n\tZ  \r\n"), STR("b:Y Z\r\n"), false },
	{ "no value", STR("X:\r\n"), STR("X:\r\n"), STR("x:\r\n"), false },
	{ "folds only", STR("X: \r\n \r\n\t\r\n"), STR("X: \r\n \r\n\t\r\n"), STR("x:\r\n"), false },
	{ "no line end", STR("X: y"), STR("X: y\r\n"), STR("x:y\r\n"), false },
	{ "a bare LF is data", STR("X: a\nb\r\n"), STR("X: a\nb\r\n"), STR("x:a\nb\r\n"), false },
	{ "a bare CR is data", STR("X: a\rb\r\n"), STR("X: a\rb\r\n"), STR("x:a\rb\r\n"), false },
	{ "lines of a file", STR("X: a\n b\n"), STR("X: a\r\n b\r\n"), STR("x:a b\r\n"), true },
	{ "colons in the value", STR("X: a:b\r\n"), STR("X: a:b\r\n"), STR("x:a:b\r\n"), false },
};

static void
canon_fields(void)
{
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		struct buf b;

		buf_init(&b, 1000);
		canon_field(&b, CANON_SIMPLE, fields[i].in, fields[i].lf);
		test_str(buf_str(&b), fields[i].simple, fields[i].name);
		buf_reset(&b);
		canon_field(&b, CANON_RELAXED, fields[i].in, fields[i].lf);
		test_str(buf_str(&b), fields[i].relaxed, fields[i].name);
		buf_clear(&b);
	}
}

static void
own_field(void)
{
	struct str f = STR("Sig: a=1; b= x\r\n y ; c=2\r\n"), value = str_sub(f, 12, 7);
	struct buf b;

	buf_init(&b, 1000);
	canon_signature(&b, CANON_SIMPLE, f, value, false);
	test_str(buf_str(&b), STR("Sig: a=1; b=; c=2"), "b= is empty, the last line end is gone");
	buf_reset(&b);
	canon_signature(&b, CANON_RELAXED, f, value, false);
	test_str(buf_str(&b), STR("sig:a=1; b=; c=2"), "the same, relaxed");
	buf_clear(&b);
}

static const struct {
	const char *name;
	struct str in, simple, relaxed;
	bool lf;
} bodies[] = {
	/* RFC 6376 3.4.5 */
	{ "RFC 6376 3.4.5", STR(" C \r\nD \t E\r\n\r\n\r\n"), STR(" C \r\nD \t E\r\n"), STR(" C\r\nD E\r\n"), false },
	{ "empty", STR(""), STR("\r\n"), STR(""), false },
	{ "one line end", STR("\r\n"), STR("\r\n"), STR(""), false },
	{ "line ends only", STR("\r\n\r\n\r\n"), STR("\r\n"), STR(""), false },
	{ "blank lines only", STR("  \r\n\t\r\n"), STR("  \r\n\t\r\n"), STR(""), false },
	{ "no line end", STR("a"), STR("a\r\n"), STR("a\r\n"), false },
	{ "a blank line within", STR("a\r\n \t \r\nb\r\n"), STR("a\r\n \t \r\nb\r\n"), STR("a\r\n\r\nb\r\n"), false },
	{ "blank lines first", STR("\r\n\r\na\r\n"), STR("\r\n\r\na\r\n"), STR("\r\n\r\na\r\n"), false },
	{ "white space at the end without a line end", STR("a \t"), STR("a \t\r\n"), STR("a\r\n"), false },
	{ "a tab between words", STR("a\tb\r\n"), STR("a\tb\r\n"), STR("a b\r\n"), false },
	{ "white space first", STR("\t a\r\n"), STR("\t a\r\n"), STR(" a\r\n"), false },
	{ "a bare LF is data", STR("a \n b\r\n"), STR("a \n b\r\n"), STR("a \n b\r\n"), false },
	{ "a bare LF at the end", STR("a\n"), STR("a\n\r\n"), STR("a\n\r\n"), false },
	{ "a bare CR is data", STR("a \rb \r\n"), STR("a \rb \r\n"), STR("a \rb\r\n"), false },
	{ "a CR before CRLF", STR("a\r\r\n"), STR("a\r\r\n"), STR("a\r\r\n"), false },
	{ "lines of a file", STR("a \nb\n\n"), STR("a \r\nb\r\n"), STR("a\r\nb\r\n"), true },
	{ "forty blank lines", STR("a\r\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\nb"),
	  STR("a\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n"
	      "\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\nb\r\n"),
	  STR("a\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n"
	      "\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\nb\r\n"), true },
};

/* The digests of every length of a body are those of the starts of its canonical form. */
static void
one_body(struct str in, struct str want, enum canon how, bool lf, const char *name)
{
	struct canon_digest d[CANON_LENGTHS];
	unsigned char digest[HASH_SHA256_BYTES];
	bool same = true;
	uint64_t n;
	size_t k = 0;

	/* From long to short: they need not come in order. */
	for (; k + 2 < CANON_LENGTHS && k <= want.n; k++)
		d[k].length = want.n - k;
	d[k++].length = CANON_ALL;
	d[k++].length = want.n + 1;
	n = canon_body(in, how, lf, d, k);
	test_int((int64_t)n, (int64_t)want.n, name);
	for (size_t i = 0; i < k; i++) {
		hash_sha256(str_upto(want, d[i].length > want.n ? want.n : (size_t)d[i].length), digest);
		same &= memcmp(digest, d[i].digest, sizeof(digest)) == 0;
		same &= d[i].reached == (d[i].length == CANON_ALL || d[i].length <= want.n);
	}
	test_ok(same, name);
}

static void
fields_of(struct str mail, size_t n, struct str body, const char *name)
{
	struct pool *pool = pool_new(0);
	struct limits lim = mail_limits();
	struct raw_mail m;

	raw_mail_open(pool, &lim, mail, &m);
	test_int((int64_t)m.n, (int64_t)n, name);
	test_str(m.body, body, name);
	pool_free(&pool);
}

static void
limits_of_header(void)
{
	struct pool *pool = pool_new(0);
	struct limits lim = mail_limits();
	struct raw_mail m;

	lim.header_fields = 2;
	raw_mail_open(pool, &lim, STR("A: 1\r\nB: 2\r\n\r\nx"), &m);
	test_ok(!m.cut && m.n == 2, "as many fields as may be");
	raw_mail_open(pool, &lim, STR("A: 1\r\nB: 2\r\nC: 3\r\n\r\nx"), &m);
	test_ok(m.cut && m.n == 2, "a field more");
	lim.header_bytes = 8;
	raw_mail_open(pool, &lim, STR("A: 1\r\nB: 2\r\n\r\nx"), &m);
	test_ok(m.cut && m.n == 1, "a header that is too long");
	pool_free(&pool);
}

int
main(void)
{
	canon_fields();
	own_field();
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		one_body(bodies[i].in, bodies[i].simple, CANON_SIMPLE, bodies[i].lf, bodies[i].name);
		one_body(bodies[i].in, bodies[i].relaxed, CANON_RELAXED, bodies[i].lf, bodies[i].name);
	}
	fields_of(STR("A: 1\r\n 2\r\nB: 3\r\n\r\nx\r\n"), 2, STR("x\r\n"), "fields and body");
	fields_of(STR("A: 1\n 2\nB: 3\n\nx\n"), 2, STR("x\n"), "a file");
	fields_of(STR("\r\nx"), 0, STR("x"), "no header");
	fields_of(STR("A: 1\r\nB: 2"), 2, STR(""), "no body");
	fields_of(STR("A: 1\r\nno field\r\nB: 2\r\n\r\n"), 3, STR(""), "a line that is no field");
	fields_of(STR(""), 0, STR(""), "nothing");
	limits_of_header();
	return test_done();
}
