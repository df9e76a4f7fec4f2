/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* covers: lib/auth/dkim.c, sign.c against libopendkim: it signs what we verify and the other way
 * round, and both verify the same 100 KB for the sake of the clock. */
#include "test.h"

#include <opendkim/dkim.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "auth/mails.h"
#include "auth/sign.h"
#include "auth/suite.h"
#include "message/mail.h"

enum { LARGE = 100 * 1000, ROUNDS = 200, RANDOM = 300 };

static struct buf record;	/* of the one key there is */
static EVP_PKEY *pkey;
static struct buf pem;

static void
make_key(struct privkey **out)
{
	BIO *bio = BIO_new(BIO_s_mem());
	struct buf why;
	char *text;
	long n;

	buf_init(&why, 1000);
	buf_init(&pem, 10000);
	buf_init(&record, 10000);
	pkey = EVP_RSA_gen(2048);
	PEM_write_bio_PrivateKey_traditional(bio, pkey, NULL, NULL, 0, NULL, NULL);
	n = BIO_get_mem_data(bio, &text);
	buf_add(&pem, (struct str){ text, n > 0 ? (size_t)n : 0 });
	BIO_free(bio);
	test_ok(privkey_parse(buf_str(&pem), 2048, out, &why) == RC_OK && privkey_record(*out, &record), "a key");
	buf_clear(&why);
}

static DKIM_CBSTAT
look_up(DKIM *d, DKIM_SIGINFO *sig, unsigned char *out, size_t n)
{
	(void)d, (void)sig;
	snprintf((char *)out, n, "%s", buf_cstr(&record));
	return DKIM_CBSTAT_CONTINUE;
}

static DKIM_STAT
feed(DKIM *d, struct str mail)
{
	DKIM_STAT st = dkim_chunk(d, (unsigned char *)(uintptr_t)mail.p, mail.n);
	_Bool test;

	if (st == DKIM_STAT_OK)
		st = dkim_chunk(d, NULL, 0);
	return st == DKIM_STAT_OK ? dkim_eom(d, &test) : st;
}

static struct str
they_sign(DKIM_LIB *lib, struct pool *pool, struct str mail, dkim_canon_t head, dkim_canon_t body, ssize_t length)
{
	DKIM_STAT st;
	DKIM *d = dkim_sign(lib, (const unsigned char *)"id", NULL, (unsigned char *)pem.p, (const unsigned char *)"sel",
	    (const unsigned char *)"example.org", head, body, DKIM_SIGN_RSASHA256, length, &st);
	unsigned char *value;
	size_t n;
	struct str out = mail;

	if (d && feed(d, mail) == DKIM_STAT_OK && dkim_getsighdr_d(d, 16, &value, &n) == DKIM_STAT_OK)
		out = pool_printf(pool, "DKIM-Signature: %.*s\r\n%.*s", (int)n, value, STR_ARG(mail));
	if (d)
		dkim_free(d);
	return suite_crlf(pool, out);
}

static bool
they_verify(DKIM_LIB *lib, struct str mail)
{
	DKIM_STAT st;
	DKIM *d = dkim_verify(lib, (const unsigned char *)"id", NULL, &st);
	DKIM_SIGINFO *sig;
	bool ok = d && feed(d, mail) == DKIM_STAT_OK && (sig = dkim_getsignature(d)) &&
	    (dkim_sig_getflags(sig) & DKIM_SIGFLAG_PASSED) && dkim_sig_getbh(sig) == DKIM_SIGBH_MATCH;

	if (d)
		dkim_free(d);
	return ok;
}

static struct str
we_verify(struct pool *pool, struct str mail)
{
	struct str text = buf_str(&record);
	struct auth_key key = { .name = STR("sel._domainkey.example.org"), .text = &text, .n = 1 };
	struct auth_keys keys = { &key, 1 };
	struct dkim_in in = { .pool = pool, .keys = &keys, .now = 2000000000, .bits_min = DKIM_BITS_MIN };
	struct limits lim = mail_limits();
	const struct auth_dkim *d;
	struct raw_mail m;
	size_t n;

	raw_mail_open(pool, &lim, mail, &m);
	dkim_examine(&in, &m, &d, &n);
	if (n != 1)
		return STR("no signature");
	return d->why.n ? d->why : str_of(auth_result_name(d->result));
}

static void
one_mail(DKIM_LIB *lib, const struct privkey *k, const char *name, struct str mail)
{
	static const dkim_canon_t canon[] = { DKIM_CANON_SIMPLE, DKIM_CANON_RELAXED };
	struct pool *pool = pool_new(0);
	struct limits lim = mail_limits();
	struct raw_mail m;
	struct sign_in in = { .key = k, .domain = STR("example.org"), .selector = STR("sel"), .now = 1600000000, .mail = &m };
	struct str value;
	uint64_t length;

	for (size_t i = 0; i < 4; i++)
		test_str(we_verify(pool, they_sign(lib, pool, mail, canon[i / 2], canon[i % 2], -1)), STR("pass"), name);
	raw_mail_open(pool, &lim, mail, &m);
	in.body = raw_mail_digest(&m, CANON_RELAXED, &length);
	in.names = sign_names(pool, &m, STR("from:to:subject:date"));
	if (test_ok(sign_dkim(pool, &in, &value) == RC_OK, name))
		test_ok(they_verify(lib, suite_crlf(pool, pool_printf(pool, "DKIM-Signature: %.*s\n%.*s", STR_ARG(value),
		    STR_ARG(mail)))), name);
	pool_free(&pool);
}

/* l= as they make it, with more behind it than they signed. */
static void
partial(DKIM_LIB *lib)
{
	struct pool *pool = pool_new(0);
	struct str mail = STR("Date: now\r\nFrom: a@example.org\r\n\r\nOne.\r\nTwo.\r\n");
	struct str whole = they_sign(lib, pool, mail, DKIM_CANON_SIMPLE, DKIM_CANON_RELAXED, 12);

	test_str(we_verify(pool, whole), STR("pass"), "l= of the whole body");
	test_str(we_verify(pool, pool_printf(pool, "%.*sThree.\r\n", STR_ARG(whole))),
	    STR("l= leaves the end of the body unsigned"), "l= and a line more");
	pool_free(&pool);
}

/* ---- mails that nobody thought of ---- */

static unsigned
dice(unsigned n)
{
	static uint64_t state = 88172645463325252u;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (unsigned)(state % n);
}

static void
put_some(struct buf *b, const char *const *words, unsigned n, unsigned most)
{
	for (unsigned i = dice(most); i > 0; i--)
		buf_adds(b, words[dice(n)]);
}

/* Where white space, folds and blank lines can stand. Not bare CR or LF, nor space before a colon: there
 * libopendkim does not do what RFC 6376 3.4 says. */
static struct str
any_mail(struct pool *pool)
{
	static const char *const names[] = { "Subject:", "to:", "X-A:", "SUBJECT:", "Reply-To:" };
	static const char *const values[] = { " ", "\t", "a", "b c", "\r\n ", "\r\n\t", "  ", ";", ":", "\xc3\xa9" };
	static const char *const body[] = { " ", "\t", "\r\n", "\r\n\r\n", "a", "bc", "\r\n ", "  ", ".", "\t\t", "x y",
	    "\xc3\xa9", " \r\n", "\r\n.\r\n" };
	struct buf b;
	struct str s;

	buf_init(&b, 10000);
	buf_adds(&b, "Date: now\r\nFrom: a@example.org\r\n");
	for (unsigned i = dice(4); i > 0; i--) {
		buf_adds(&b, names[dice(5)]);
		put_some(&b, values, 10, 8);
		buf_adds(&b, "z\r\n");
	}
	buf_adds(&b, "\r\n");
	put_some(&b, body, 14, 30);
	buf_adds(&b, "\r\n");
	s = pool_str(pool, buf_str(&b));
	buf_clear(&b);
	return s;
}

/* One byte behind the signature is another one, or gone. */
static struct str
damaged(struct pool *pool, struct str s)
{
	static const char bytes[] = " \t\taA.:;z";
	size_t head = str_find(s, STR("\r\nDate")) + 2, at = head + dice((unsigned)(s.n - head));
	char *p = pool_cstr(pool, s);

	if (p[at] == '\r' || p[at] == '\n')
		return s;
	if (dice(2))
		return pool_printf(pool, "%.*s%.*s", STR_ARG(str_upto(s, at)), STR_ARG(str_from(s, at + 1)));
	p[at] = bytes[dice(sizeof(bytes) - 1)];
	return (struct str){ p, s.n };
}

/* What they sign holds for both, and of what is damaged then both say the same. */
static void
any_mails(DKIM_LIB *lib)
{
	static const dkim_canon_t canon[] = { DKIM_CANON_SIMPLE, DKIM_CANON_RELAXED };
	unsigned unlike = 0, held = 0;

	for (unsigned i = 0; i < RANDOM; i++) {
		struct pool *pool = pool_new(0);
		struct str whole = they_sign(lib, pool, any_mail(pool), canon[dice(2)], canon[dice(2)], -1);
		struct str other = damaged(pool, whole), said = we_verify(pool, other);
		bool theirs = they_verify(lib, other), open = str_starts(said, STR("another From"));
		bool same = str_eq(we_verify(pool, whole), STR("pass")) && theirs == (str_eq(said, STR("pass")) || open);

		unlike += !same;
		held += theirs;
		if (!same)
			test_show("mail", other);
		pool_free(&pool);
	}
	test_int(unlike, 0, "of any mail both say the same");
	test_ok(held > RANDOM / 10 && held < RANDOM - RANDOM / 10, "some damage matters, some does not");
}

static void
clock_both(DKIM_LIB *lib)
{
	struct pool *pool = pool_new(0);
	struct buf b;
	struct str mail;
	double start, theirs, ours;
	bool ok = true;

	buf_init(&b, 2 * LARGE);
	buf_adds(&b, "Date: now\r\nFrom: a@example.org\r\nSubject: large\r\n\r\n");
	for (size_t i = 0; b.n < LARGE; i++)
		buf_printf(&b, "Line %zu of some text that is  about as wide as a line of mail mostly is.\r\n", i);
	mail = they_sign(lib, pool, buf_str(&b), DKIM_CANON_RELAXED, DKIM_CANON_RELAXED, -1);
	start = mail_now();
	for (size_t i = 0; i < ROUNDS; i++)
		ok &= they_verify(lib, mail);
	theirs = mail_now() - start;
	start = mail_now();
	for (size_t i = 0; i < ROUNDS; i++) {
		struct pool *one = pool_new(0);

		ok &= str_eq(we_verify(one, mail), STR("pass"));
		pool_free(&one);
	}
	ours = mail_now() - start;
	test_ok(ok, "100 KB verify");
	printf("# 100 KB relaxed, RSA-2048: ours %.3f ms, libopendkim %.3f ms\n", ours * 1000 / ROUNDS,
	    theirs * 1000 / ROUNDS);
	buf_clear(&b);
	pool_free(&pool);
}

int
main(void)
{
	struct pool *pool = pool_new(0);
	struct privkey *k = NULL;
	DKIM_LIB *lib = dkim_init(NULL, NULL);

	make_key(&k);
	dkim_set_key_lookup(lib, look_up);
	/* libopendkim signs no body without a last line end. */
	for (size_t i = 0; i < MAILS; i++)
		if (str_ends_nocase(str_of(mails[i].text), STR("\n")))
			one_mail(lib, k, mails[i].name,
			    suite_crlf(pool, pool_printf(pool, "Date: now\n%s", mails[i].text)));
	partial(lib);
	any_mails(lib);
	clock_both(lib);
	privkey_free(&k);
	EVP_PKEY_free(pkey);
	buf_clear(&pem);
	buf_clear(&record);
	dkim_close(lib);
	pool_free(&pool);
	return test_done();
}
