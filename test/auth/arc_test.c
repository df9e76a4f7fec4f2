/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Chains that are made here, set by set, then broken: what is said of them, and what a next sealer
 * may add (RFC 8617 5.1). The published suite is in arc_suite_test.c. */
#include "auth/arc.h"

#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "auth/sign.h"
#include "auth/suite.h"
#include "base/clock.h"
#include "message/mail.h"
#include "test.h"

static struct privkey *key;
static struct buf record;
static struct str signed_names;	/* h=; empty: as we seal */
static const char plain[] = "From: a@example.org\r\nTo: b@example.net\r\nSubject: hello\r\n\r\nA body.\r\n";

static void
make_key(void)
{
	EVP_PKEY *pkey = EVP_RSA_gen(2048);
	BIO *bio = BIO_new(BIO_s_mem());
	struct buf why;
	char *text;
	long n;

	buf_init(&why, 1000);
	buf_init(&record, 4000);
	PEM_write_bio_PrivateKey(bio, pkey, NULL, NULL, 0, NULL, NULL);
	n = BIO_get_mem_data(bio, &text);
	test_ok(privkey_parse((struct str){ text, n > 0 ? (size_t)n : 0 }, 2048, &key, &why) == RC_OK &&
	    privkey_record(key, &record), "a key");
	BIO_free(bio);
	EVP_PKEY_free(pkey);
	buf_clear(&why);
}

static void
verify(struct pool *pool, struct str mail, struct raw_mail *m, struct auth_arc *out)
{
	struct limits lim = mail_limits();
	struct str *text = pool_alloc(pool, sizeof(*text));
	struct auth_key *k = pool_alloc(pool, sizeof(*k));
	struct auth_keys keys = { k, 1 };
	struct dkim_in in = { .pool = pool, .keys = &keys, .now = 1700000000, .bits_min = DKIM_BITS_MIN };

	*text = buf_str(&record);
	*k = (struct auth_key){ .name = STR("sel._domainkey.example.org"), .text = text, .n = 1 };
	raw_mail_open(pool, &lim, mail, m);
	arc_verify(&in, m, out);
}

/* One more set on top, made by who believes `chain`, or what is true. */
static enum rc
seal(struct pool *pool, struct str *mail, const struct auth_arc *chain, struct sign_set *set)
{
	struct auth_arc is;
	struct raw_mail m;
	struct sign_in in = { .key = key, .domain = STR("example.org"), .selector = STR("sel"), .now = 1700000000,
	    .mail = &m };
	uint64_t length;
	enum rc rc;

	verify(pool, *mail, &m, &is);
	in.body = raw_mail_digest(&m, CANON_RELAXED, &length);
	in.names = signed_names.n ? signed_names : sign_names(pool, &m, STR("from:subject"));
	rc = sign_arc(pool, &in, chain ? chain : &is, STR("mx.example.org; dmarc=pass header.from=example.org"), set);
	if (rc == RC_OK)
		*mail = suite_crlf(pool, pool_printf(pool,
		    "ARC-Seal: %.*s\r\nARC-Message-Signature: %.*s\r\nARC-Authentication-Results: %.*s\r\n%.*s",
		    STR_ARG(set->seal), STR_ARG(set->ams), STR_ARG(set->aar), STR_ARG(*mail)));
	return rc;
}

static struct str
chain_of(struct pool *pool, unsigned n)
{
	struct str mail = str_of(plain);
	struct sign_set set;

	while (n-- > 0)
		test_ok(seal(pool, &mail, NULL, &set) == RC_OK, "a set");
	return mail;
}

static struct str
change(struct pool *pool, struct str s, const char *from, const char *to)
{
	size_t at = str_find(s, str_of(from));

	if (!test_ok(at != STR_NPOS, from))
		return s;
	return pool_printf(pool, "%.*s%s%.*s", STR_ARG(str_upto(s, at)), to, STR_ARG(str_from(s, at + strlen(from))));
}

/* next: cv= of the set that follows; "-" when there may be none. */
static const struct {
	const char *name, *from, *to, *why;
	unsigned sets;
	const char *next;
} cases[] = {
	{ "as it is", "Subject", "Subject", "", 3, "cv=pass; i=4" },
	{ "another body", "A body", "B body", "message signature i=3: body hash", 3, "cv=fail; i=4" },
	{ "another subject", "Subject: hello", "Subject: help", "message signature i=3: signature does not match", 3,
	  "cv=fail; i=4" },
	{ "a second subject", "Subject: hello", "Subject: hello\r\nSubject: pay",
	  "message signature i=3: signature does not match", 3, "cv=fail; i=4" },
	{ "a second type of content", "To: b", "Content-Type: text/html\r\nContent-Type: text/plain\r\nTo: b",
	  "", 3, "cv=pass; i=4" },
	{ "results of the first set", "i=1; mx", "i=1; xx", "seal i=3: signature does not match", 3, "cv=fail; i=4" },
	{ "a gap", "ARC-Authentication-Results: i=2;", "X-Was: i=2;", "a set is not complete", 3, "cv=fail; i=4" },
	{ "no number", "ARC-Authentication-Results: i=2;", "ARC-Authentication-Results: mx;",
	  "ARC-Authentication-Results: i= missing", 3, "cv=fail; i=4" },
	{ "a field twice", "ARC-Authentication-Results: i=2;", "ARC-Authentication-Results: i=3;",
	  "a set has a field twice", 3, "cv=fail; i=4" },
	{ "on top, but out of order", "ARC-Authentication-Results: i=3;", "ARC-Authentication-Results: i=7;",
	  "a set is not complete", 7, "cv=fail; i=8" },
	{ "beyond 50", "ARC-Authentication-Results: i=3;", "ARC-Authentication-Results: i=51;", "i= out of range", 50, "-" },
	{ "zero", "ARC-Authentication-Results: i=3;", "ARC-Authentication-Results: i=0;",
	  "ARC-Authentication-Results: i= missing", 3, "cv=fail; i=4" },
	{ "the top seal says fail", "cv=pass", "cv=fail", "a sealer says cv=fail", 3, "-" },
	{ "the top seal says none", "cv=pass", "cv=none", "cv= does not fit i=", 3, "cv=fail; i=4" },
	{ "the top seal says nothing known", "cv=pass", "cv=maybe", "ARC-Seal: cv= unknown", 3, "cv=fail; i=4" },
	{ "the first says pass", "cv=none", "cv=pass", "cv= does not fit i=", 3, "cv=fail; i=4" },
	{ "fail on top of what is broken too", "cv=pass;", "cv=fail; h=from;", "ARC-Seal: h= is not allowed", 3, "-" },
	{ "a seal that cannot be read, on top", "a=rsa-sha256", "a=rsa-sha3", "signature: a= unknown", 3, "cv=fail; i=4" },
	{ "no key", "s=sel", "s=other", "message signature i=3: no answer for the key", 3, "" },
};

static void
breaks(void)
{
	struct pool *pool = pool_new(0);
	struct str whole = chain_of(pool, 3);

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct str mail = change(pool, whole, cases[i].from, cases[i].to), want = str_of(cases[i].next);
		struct sign_set set = { .seal = STR_NONE };
		struct raw_mail m;
		struct auth_arc got;
		enum rc rc;

		if (str_eq(want, STR("")))
			mail = change(pool, mail, "d=example.org; h=", "d=example.com; h=");
		verify(pool, mail, &m, &got);
		test_str(got.why, str_of(cases[i].why), cases[i].name);
		test_int(got.sets, cases[i].sets, "highest i=");
		rc = seal(pool, &mail, NULL, &set);
		if (want.n < 2)
			test_int(rc, RC_NONE, "nothing is added");
		else
			test_ok(rc == RC_OK && str_find(set.seal, STR("i=")) != STR_NPOS &&
			    str_find(set.seal, str_upto(want, 7)) != STR_NPOS &&
			    str_find(set.seal, str_from(want, 9)) != STR_NPOS, cases[i].next);
	}
	pool_free(&pool);
}

/* What changed between two sealers is told by oldest-pass, and is no fault. */
static void
oldest(void)
{
	struct pool *pool = pool_new(0);
	struct str mail = change(pool, chain_of(pool, 1), "A body", "A footer and a body");
	struct auth_arc believed = { .result = AUTH_PASS, .sets = 1 }, got;
	struct sign_set set;
	struct raw_mail m;

	test_int(seal(pool, &mail, &believed, &set), RC_OK, "the one who changed it seals it");
	test_int(seal(pool, &mail, NULL, &set), RC_OK, "and the next");
	verify(pool, mail, &m, &got);
	test_int(got.result, AUTH_PASS, "the chain holds");
	test_int(got.oldest_pass, 2, "from the second set on");
	pool_free(&pool);
}

/* A sealer that leaves room above what it signed. */
static void
open_seals(void)
{
	static const struct {
		struct str names;
		const char *on_top;
		bool open;
	} rows[] = {
		{ STR("from:subject"), "", false },
		{ STR("from:subject"), "Subject: pay\r\n", true },
		{ STR("from:subject"), "Reply-To: c@example.com\r\n", false },
		{ STR("to:subject"), "", true },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct pool *pool = pool_new(0);
		struct auth_arc got;
		struct raw_mail m;
		struct str mail;

		signed_names = rows[i].names;
		mail = chain_of(pool, 1);
		verify(pool, pool_printf(pool, "%s%.*s", rows[i].on_top, STR_ARG(mail)), &m, &got);
		test_ok(got.result == AUTH_PASS && got.open == rows[i].open, rows[i].on_top);
		pool_free(&pool);
	}
	signed_names = STR_NONE;
}

static void
fifty(void)
{
	struct pool *pool = pool_new(0);
	struct str mail = chain_of(pool, AUTH_ARC_SETS);
	struct sign_set set;
	struct raw_mail m;
	struct auth_arc got;
	int64_t began_us = clock_mono_us();

	verify(pool, mail, &m, &got);
	printf("# 50 sets verified in %lld us\n", (long long)(clock_mono_us() - began_us));
	test_ok(got.result == AUTH_PASS && got.sets == AUTH_ARC_SETS && got.oldest_pass == 0, "50 sets hold");
	test_str(got.authres, STR("mx.example.org; dmarc=pass header.from=example.org"), "results of the last");
	test_int(seal(pool, &mail, NULL, &set), RC_NONE, "there is no 51st");
	pool_free(&pool);
}

int
main(void)
{
	make_key();
	breaks();
	oldest();
	open_seals();
	fifty();
	privkey_free(&key);
	buf_clear(&record);
	return test_done();
}
