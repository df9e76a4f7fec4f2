/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* covers: lib/auth/dkim.c, lib/auth/signature.c, lib/auth/pubkey.c: the examples of the RFCs, then mails that
 * are signed here and changed afterwards. What other programs sign is in oracle_test.c. */
#include "test.h"

#include <openssl/pem.h>

#include "auth/sign.h"
#include "auth/suite.h"
#include "base/base64.h"
#include "message/mail.h"

enum { NOW = 1528637909 };

/* RFC 6376 A.2, with the key of its C.1. */
static const char rfc6376[] =
	"DKIM-Signature: v=1; a=rsa-sha256; s=brisbane; d=example.com;\n"
	"      c=simple/simple; q=dns/txt; i=joe@football.example.com;\n"
	"      h=Received : From : To : Subject : Date : Message-ID;\n"
	"      bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\n"
	"      b=AuUoFEfDxTDkHlLXSZEpZj79LICEps6eda7W3deTVFOk4yAUoqOB\n"
	"        4nujc7YopdG5dWLSdNg6xNAZpOPr+kHxt1IrE+NahM6L/LbvaHut\n"
	"        KVdkLLkpVaVVQPzeRDI009SO2Il5Lu7rDNH6mZckBdrIx0orEtZV\n"
	"        4bmp/YzhwvcubU4=;\n"
	"Received: from client1.football.example.com  [192.0.2.1]\n"
	"      by submitserver.example.com with SUBMISSION;\n"
	"      Fri, 11 Jul 2003 21:01:54 -0700 (PDT)\n"
	"From: Joe SixPack <joe@football.example.com>\n"
	"To: Suzie Q <suzie@shopping.example.net>\n"
	"Subject: Is dinner ready?\n"
	"Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)\n"
	"Message-ID: <20030712040037.46341.5F8J@football.example.com>\n"
	"\n"
	"Hi.\n"
	"\n"
	"We lost the game. Are you hungry yet?\n"
	"\n"
	"Joe.\n";

/* RFC 8463 A.3 */
static const char rfc8463[] =
	"DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;\n"
	" d=football.example.com; i=@football.example.com;\n"
	" q=dns/txt; s=brisbane; t=1528637909; h=from : to :\n"
	" subject : date : message-id : from : subject : date;\n"
	" bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\n"
	" b=/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus\n"
	" Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==\n"
	"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;\n"
	" d=football.example.com; i=@football.example.com;\n"
	" q=dns/txt; s=test; t=1528637909; h=from : to : subject :\n"
	" date : message-id : from : subject : date;\n"
	" bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\n"
	" b=F45dVWDfMbQDGHJFlXUNB2HKfbCeLRyhDXgFpEL8GwpsRe0IeIixNTe3\n"
	" DhCVlUrSjV4BwcVcOF6+FF3Zo9Rpo1tFOeS9mPYQTnGdaSGsgeefOsk2Jz\n"
	" dA+L10TeYt9BgDfQNZtKdN1WO//KgIqXP7OdEFE4LjFYNcUxZQ4FADY+8=\n"
	"From: Joe SixPack <joe@football.example.com>\n"
	"To: Suzie Q <suzie@shopping.example.net>\n"
	"Subject: Is dinner ready?\n"
	"Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)\n"
	"Message-ID: <20030712040037.46341.5F8J@football.example.com>\n"
	"\n"
	"Hi.\n"
	"\n"
	"We lost the game.  Are you hungry yet?\n"
	"\n"
	"Joe.\n";

#define RSA_P "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQiY/J16JYi" \
	"0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G+2kryO" \
	"TIKT+l/K4w3QIDAQAB"
#define BRISBANE_P "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDwIRP/UC3SBsEmGqZ9ZJW3/DkMoGeLnQg1fWn7/zYtIxN2SnFCjxOCKG9v" \
	"3b4jYfcTNh5ijSsq631uBItLa7od+v/RtdC2UzJ1lWT947qR+Rcac2gbto/NMqJ0fzfVjH4OuKhitdY9tf6mcwGjaNBcWToIMmPSPDdQ" \
	"PNUYckcQ2QIDAQAB"

/* Everything a test needs. */
struct bench {
	struct pool *pool;
	struct limits lim;
	struct vec keys;
	int64_t now;
};

static struct bench
bench(void)
{
	return (struct bench){ .pool = pool_new(0), .lim = mail_limits(), .now = NOW };
}

/* "pass,fail body hash": the results of all signatures. */
static struct str
results(struct bench *b, struct str mail, const struct auth_dkim **all)
{
	struct auth_keys keys = { b->keys.items, b->keys.n };
	struct dkim_in in = { .pool = b->pool, .keys = &keys, .now = b->now, .bits_min = DKIM_BITS_MIN };
	struct str out = STR_NONE;
	struct raw_mail m;
	size_t n;

	raw_mail_open(b->pool, &b->lim, suite_crlf(b->pool, mail), &m);
	dkim_examine(&in, &m, all, &n);
	for (size_t i = 0; i < n; i++)
		out = pool_printf(b->pool, "%.*s%s%s%s%.*s", STR_ARG(out), i ? ", " : "",
		    auth_result_name((*all)[i].result), (*all)[i].why.n ? ": " : "", STR_ARG((*all)[i].why));
	return out;
}

static void
examples(void)
{
	struct bench b = bench();
	const struct auth_dkim *d;

	suite_key(b.pool, &b.keys, STR("brisbane._domainkey.example.com"), STR("v=DKIM1; p=" BRISBANE_P));
	suite_key(b.pool, &b.keys, STR("brisbane._domainkey.football.example.com"),
	    STR("v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="));
	suite_key(b.pool, &b.keys, STR("test._domainkey.football.example.com"), STR("v=DKIM1; k=rsa; p=" RSA_P));
	test_str(results(&b, str_of(rfc6376), &d), STR("pass"), "RFC 6376 A.2");
	test_str(d->identity, STR("joe@football.example.com"), "its i=");
	test_str(d->domain, STR("example.com"), "its d=");
	test_str(d->b8, STR("AuUoFEfD"), "the start of b=");
	test_int(d->bits, 1024, "size of the key");
	test_str(results(&b, str_of(rfc8463), &d), STR("pass, pass"), "RFC 8463 A.3");
	test_str(d[0].algorithm, STR("ed25519-sha256"), "the first one's algorithm");
	pool_free(&b.pool);
}

/* One mail of which each case changes something. */
static const char plain[] =
	"From: author@example.org\n"
	"To: reader@example.net\n"
	"Subject: hello\n"
	"Date: Thu, 14 Jan 2015 15:00:01 -0800\n"
	"Content-Type: text/plain\n"
	"\n"
	"First line.\n"
	"Second line.\n";

struct trick {
	const char *name;
	const char *tags;	/* in front of b=, for "DKIM-Signature: " */
	const char *record;	/* p=%s is replaced; NULL: the usual one */
	const char *from, *to;	/* a change of the mail after it was signed */
	const char *want;
};

#define USUAL "v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.org; s=sel; h=from:subject:content-type; "
#define RECORD "v=DKIM1; k=rsa; p=%s"

static const struct trick tricks[] = {
	{ "as it was signed", USUAL, NULL, "", "", "pass" },
	{ "white space may change", USUAL, NULL, "Subject: hello", "SUBJECT:   hello  ", "pass" },
	{ "an unsigned field may come", USUAL, NULL, "To:", "X-New: 1\nTo:", "pass" },
	{ "another subject", USUAL, NULL, "hello", "help", "fail: signature does not match" },
	{ "another body", USUAL, NULL, "First", "Last", "fail: body hash" },
	{ "a body that is longer", USUAL, NULL, "Second line.\n", "Second line.\nThird.\n", "fail: body hash" },
	{ "no from in h=", "v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.org; s=sel; h=subject:to; ", NULL, "", "",
	  "permerror: From is not signed" },
	{ "a second From above", USUAL, NULL, "From:", "From: boss@example.com\nFrom:",
	  "policy: another From, Subject, Content or Reply-To than the signed one" },
	{ "a second From below", USUAL, NULL, "Date:", "From: boss@example.com\nDate:", "fail: signature does not match" },
	{ "a second Subject", USUAL, NULL, "To:", "Subject: pay now\nTo:",
	  "policy: another From, Subject, Content or Reply-To than the signed one" },
	{ "a second Content-Type", USUAL, NULL, "To:", "Content-Type: text/html\nTo:",
	  "policy: another From, Subject, Content or Reply-To than the signed one" },
	{ "a From that h= forbids", "v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.org; s=sel; h=from:from:subject; ",
	  NULL, "From:", "From: boss@example.com\nFrom:", "fail: signature does not match" },
	{ "expired", USUAL "x=1528637908; ", NULL, "", "", "policy: expired" },
	{ "made tomorrow", USUAL "t=1528724309; ", NULL, "", "", "pass" },
	{ "made later than that", USUAL "t=1528724310; ", NULL, "", "", "policy: t= is in the future" },
	{ "h= has the signature itself", "v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.org; s=sel; h=from:dkim-signature; ",
	  NULL, "", "", "pass" },
	{ "not yet expired", USUAL "t=1528637000; x=1528637909; ", NULL, "", "", "pass" },
	{ "x= before t=", USUAL "t=1528637910; x=1528637909; ", NULL, "", "", "neutral: signature: x= before t=" },
	{ "x= is no number", USUAL "x=soon; ", NULL, "", "", "neutral: signature: x= is no number" },
	{ "i= of a subdomain", USUAL "i=me@sub.example.org; ", NULL, "", "", "pass" },
	{ "i= of another domain", USUAL "i=me@example.com; ", NULL, "", "", "permerror: signature: i= is not of d=" },
	{ "i= that only ends alike", USUAL "i=me@badexample.org; ", NULL, "", "", "permerror: signature: i= is not of d=" },
	{ "i= of a subdomain, t=s", USUAL "i=me@sub.example.org; ", "v=DKIM1; t=s; p=%s", "", "",
	  "permerror: key record: t=s forbids a subdomain in i=" },
	{ "i= of the domain, t=s", USUAL "i=me@example.org; ", "v=DKIM1; t=y:s; p=%s", "", "", "pass" },
	{ "rsa-sha1", "v=1; a=rsa-sha1; c=relaxed/relaxed; d=example.org; s=sel; h=from; ", NULL, "", "",
	  "policy: rsa-sha1" },
	{ "an algorithm nobody knows", "v=1; a=rsa-sha512; c=relaxed/relaxed; d=example.org; s=sel; h=from; ", NULL, "", "",
	  "neutral: signature: a= unknown" },
	{ "v=2", "v=2; a=rsa-sha256; c=relaxed/relaxed; d=example.org; s=sel; h=from; ", NULL, "", "",
	  "neutral: signature: v= is not 1" },
	{ "no v=", "a=rsa-sha256; c=relaxed/relaxed; d=example.org; s=sel; h=from; ", NULL, "", "",
	  "neutral: signature: v= is not 1" },
	{ "a tag twice", USUAL "s=sel; ", NULL, "", "", "neutral: signature: syntax" },
	{ "d= is no domain", "v=1; a=rsa-sha256; c=relaxed/relaxed; d=org; s=sel; h=from; ", NULL, "", "",
	  "neutral: signature: d= is no domain" },
	{ "another way to ask for keys", USUAL "q=http/well-known; ", NULL, "", "", "neutral: signature: q= unknown" },
	{ "a tag nobody knows", USUAL "zz=top; ", NULL, "", "", "pass" },
	{ "another key", USUAL, "v=DKIM1; p=" RSA_P, "", "", "fail: signature does not match" },
	{ "key revoked", USUAL, "v=DKIM1; p=", "", "", "permerror: key revoked" },
	{ "key of another type", USUAL, "v=DKIM1; k=ed25519; p=%s", "", "",
	  "permerror: key record: another k= than a= wants" },
	{ "key for sha1 only", USUAL, "v=DKIM1; h=sha1; p=%s", "", "", "permerror: key record: h= without sha256" },
	{ "key for sha1 and sha256", USUAL, "v=DKIM1; h=sha1:sha256; p=%s", "", "", "pass" },
	{ "key for other services", USUAL, "v=DKIM1; s=tlsrpt; p=%s", "", "", "permerror: key record: s= is not for e-mail" },
	{ "key for e-mail", USUAL, "v=DKIM1; s=email; p=%s", "", "", "pass" },
	{ "key for everything", USUAL, "v=DKIM1; s=x:*; p=%s", "", "", "pass" },
	{ "g= means nothing any more", USUAL, "v=DKIM1; g=other; n=a note; p=%s", "", "", "pass" },
	{ "key without v=", USUAL, "p=%s", "", "", "pass" },
	{ "v= not first", USUAL, "p=%s; v=DKIM1", "", "", "permerror: key record: v= is not DKIM1" },
	{ "v= of something else", USUAL, "v=DKIM2; p=%s", "", "", "permerror: key record: v= is not DKIM1" },
	{ "no p=", USUAL, "v=DKIM1; k=rsa", "", "", "permerror: key record: syntax" },
	{ "p= is no base64", USUAL, "v=DKIM1; p=*%s", "", "", "permerror: key record: p= is no key" },
	{ "p= is no key", USUAL, "v=DKIM1; p=Zm9vYmFy", "", "", "permerror: key record: p= is no key" },
	{ "p= with more behind it", USUAL, "v=DKIM1; p=" RSA_P "AAAA", "", "", "permerror: key record: p= is no key" },
	{ "not a list of tags", USUAL, "hello", "", "", "permerror: key record: syntax" },
	{ "l= of all", USUAL "l=27; ", NULL, "", "", "pass" },
	{ "l= and a footer", USUAL "l=27; ", NULL, "Second line.\n", "Second line.\nBuy!\n",
	  "policy: l= leaves the end of the body unsigned" },
	{ "l=0", USUAL "l=0; ", NULL, "", "", "policy: l= leaves the end of the body unsigned" },
	{ "l= and a change within", USUAL "l=27; ", NULL, "First", "Fifth", "fail: body hash" },
	{ "l= beyond the body", USUAL "l=28; ", NULL, "", "", "fail: body is shorter than l=" },
	{ "l= is no number", USUAL "l=2x; ", NULL, "", "", "neutral: signature: l= is no number" },
	{ "simple", "v=1; a=rsa-sha256; c=simple; d=example.org; s=sel; h=from:subject; ", NULL, "", "", "pass" },
	{ "simple, white space in the header", "v=1; a=rsa-sha256; c=simple; d=example.org; s=sel; h=from:subject; ",
	  NULL, "Subject: ", "Subject:  ", "fail: signature does not match" },
	{ "simple, white space in the body", "v=1; a=rsa-sha256; c=relaxed; d=example.org; s=sel; h=from:subject; ",
	  NULL, "First ", "First  ", "fail: body hash" },
	{ "no c=", "v=1; a=rsa-sha256; d=example.org; s=sel; h=from:subject; ", NULL, "", "", "pass" },
	{ "c= unknown", "v=1; a=rsa-sha256; c=nofws; d=example.org; s=sel; h=from:subject; ", NULL, "", "",
	  "neutral: signature: c= unknown" },
};

static EVP_PKEY *
make_key(unsigned bits)
{
	EVP_PKEY *k = EVP_RSA_gen(bits);

	test_ok(k, "a key for the test");
	return k;
}

static struct str
public_text(struct pool *pool, EVP_PKEY *k)
{
	unsigned char *der = NULL;
	int n = i2d_PUBKEY(k, &der);
	struct buf b;
	struct str s;

	buf_init(&b, 4096);
	base64_put(&b, (struct str){ (const char *)der, (size_t)n });
	s = pool_str(pool, buf_str(&b));
	buf_clear(&b);
	OPENSSL_free(der);
	return s;
}

static struct str
signed_digest(struct pool *pool, EVP_PKEY *k, const unsigned char *digest)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(k, NULL);
	unsigned char sig[1024];
	size_t n = sizeof(sig);
	struct buf b;
	struct str s;

	buf_init(&b, 4096);
	if (EVP_PKEY_sign_init(ctx) == 1 && EVP_PKEY_CTX_set_signature_md(ctx, EVP_sha256()) == 1 &&
	    EVP_PKEY_sign(ctx, sig, &n, digest, HASH_SHA256_BYTES) == 1)
		base64_put(&b, (struct str){ (const char *)sig, n });
	EVP_PKEY_CTX_free(ctx);
	s = pool_str(pool, buf_str(&b));
	buf_clear(&b);
	return s;
}

/* Sign with whatever tags the case wants, sensible or not. bh= is that of l= bytes. */
static struct str
sign_with(struct bench *b, EVP_PKEY *k, const char *tags, struct str mail)
{
	struct str whole = suite_crlf(b->pool, mail), field, why;
	const struct raw_field *taken[SIGNATURE_NAMES];
	unsigned char digest[HASH_SHA256_BYTES];
	struct canon_digest body = { .length = CANON_ALL };
	struct raw_field f = { .name = STR("DKIM-Signature") };
	struct signature sig;
	struct raw_mail m;
	struct buf bh;
	enum auth_result ignored;

	raw_mail_open(b->pool, &b->lim, whole, &m);
	f.raw = pool_printf(b->pool, "DKIM-Signature: %sbh=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=; b=\r\n", tags);
	f.value = str_from(f.raw, 15);
	ignored = signature_read(b->pool, &f, SIGNATURE_DKIM, &sig, &why);
	(void)ignored;
	body.length = sig.length;
	canon_body(m.body, sig.body, false, &body, 1);
	buf_init(&bh, 100);
	base64_put(&bh, (struct str){ (const char *)body.digest, HASH_SHA256_BYTES });
	field = pool_printf(b->pool, "DKIM-Signature: %sbh=%s; b=", tags, buf_cstr(&bh));
	buf_clear(&bh);
	f.raw = pool_printf(b->pool, "%.*s\r\n", STR_ARG(field));
	f.value = str_from(f.raw, 15);
	sig.field = &f;
	sig.b_text = str_sub(f.raw, field.n, 0);
	signature_digest(&m, &sig, taken, signature_fields(b->pool, &m, &sig, taken), digest);
	return pool_printf(b->pool, "%.*s%.*s\n%.*s", STR_ARG(field), STR_ARG(signed_digest(b->pool, k, digest)),
	    STR_ARG(mail));
}

static struct str
change(struct pool *pool, struct str s, const char *from, const char *to)
{
	size_t head = str_find(s, STR("\nFrom:")) + 1;
	size_t at = str_find(str_from(s, head), str_of(from));

	if (from[0] == '\0' || at == STR_NPOS)
		return s;
	at += head;
	return pool_printf(pool, "%.*s%s%.*s", STR_ARG(str_upto(s, at)), to, STR_ARG(str_from(s, at + strlen(from))));
}

static void
tricks_of(EVP_PKEY *k, const struct trick *t)
{
	struct bench b = bench();
	struct str p = public_text(b.pool, k), record = str_of(t->record ? t->record : RECORD);
	const struct auth_dkim *d;
	size_t at = str_find(record, STR("%s"));

	if (at != STR_NPOS)
		record = pool_printf(b.pool, "%.*s%.*s%.*s", STR_ARG(str_upto(record, at)), STR_ARG(p),
		    STR_ARG(str_from(record, at + 2)));
	suite_key(b.pool, &b.keys, STR("sel._domainkey.example.org"), record);
	test_str(results(&b, change(b.pool, sign_with(&b, k, t->tags, str_of(plain)), t->from, t->to), &d),
	    str_of(t->want), t->name);
	pool_free(&b.pool);
}

/* What DNS says instead of one record. */
static void
answers(EVP_PKEY *k)
{
	struct bench b = bench();
	struct str mail = sign_with(&b, k, USUAL, str_of(plain)), p = public_text(b.pool, k);
	struct str texts[6] = { STR("v=spf1 -all"), STR("v=DKIM1; p=" RSA_P), STR("nonsense"),
		pool_printf(b.pool, "v=DKIM1; p=%.*s", STR_ARG(p)), STR("v=DKIM1; p="), STR("x") };
	struct auth_key key = { .name = STR("sel._domainkey.example.org") };
	const struct auth_dkim *d;

	test_str(results(&b, mail, &d), STR("temperror: no answer for the key"), "a key that nobody asked for");
	b.keys = (struct vec){ .items = &key, .n = 1 };
	key.state = AUTH_KEY_TEMP;
	test_str(results(&b, mail, &d), STR("temperror: no answer for the key"), "DNS fails");
	key.state = AUTH_KEY_NONE;
	test_str(results(&b, mail, &d), STR("permerror: no key"), "there is no such name");
	key.state = AUTH_KEY_FOUND;
	test_str(results(&b, mail, &d), STR("permerror: no key"), "an answer without texts");
	key.text = texts;
	key.n = 4;
	test_str(results(&b, mail, &d), STR("pass"), "the last of four texts is the key");
	key.n = 3;
	test_str(results(&b, mail, &d), STR("fail: signature does not match"), "one of three is a key, another one");
	key.n = 1;
	test_str(results(&b, mail, &d), STR("permerror: key record: syntax"), "a text about something else");
	key.text = texts + 4;
	test_str(results(&b, mail, &d), STR("permerror: key revoked"), "revoked");
	pool_free(&b.pool);
}

static void
flags(EVP_PKEY *k)
{
	struct bench b = bench();
	struct str p = public_text(b.pool, k);
	const struct auth_dkim *d;

	suite_key(b.pool, &b.keys, STR("sel._domainkey.example.org"), pool_printf(b.pool, "t=y; p=%.*s", STR_ARG(p)));
	results(&b, sign_with(&b, k, USUAL, str_of(plain)), &d);
	test_ok(d->result == AUTH_PASS && d->testing && !d->partial && !d->subject_open, "testing");
	results(&b, sign_with(&b, k, "v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.org; s=sel; h=from:to; ",
	    str_of(plain)), &d);
	test_ok(d->result == AUTH_PASS && d->subject_open, "a subject that is not signed is open");
	results(&b, change(b.pool, sign_with(&b, k, USUAL "l=27; ", str_of(plain)), "Second line.\n",
	    "Second line.\nmore\n"), &d);
	test_ok(d->partial && !d->subject_open, "partial");
	results(&b, sign_with(&b, k, "v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.org; s=sel; h=from:subject; l=3; ",
	    str_of(plain)), &d);
	test_ok(d->partial && d->subject_open, "partial, and the type of the content can be changed");
	pool_free(&b.pool);
}

static void
sizes(void)
{
	static const struct {
		unsigned bits;
		const char *want;
	} cases[] = {
		{ 512, "policy: key too short" }, { 1023, "policy: key too short" }, { 1024, "pass" },
		{ 2048, "pass" }, { 4096, "pass" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct bench b = bench();
		EVP_PKEY *k = make_key(cases[i].bits);
		const struct auth_dkim *d;

		suite_key(b.pool, &b.keys, STR("sel._domainkey.example.org"),
		    pool_printf(b.pool, "p=%.*s", STR_ARG(public_text(b.pool, k))));
		test_str(results(&b, sign_with(&b, k, USUAL, str_of(plain)), &d), str_of(cases[i].want), "size of a key");
		test_int(d->bits, cases[i].bits, "bits");
		EVP_PKEY_free(k);
		pool_free(&b.pool);
	}
}

/* A key in the form that RFC 6376 asks for, and that nobody publishes. */
static void
bare_rsa_key(EVP_PKEY *k)
{
	struct bench b = bench();
	unsigned char *der = NULL;
	int n = i2d_PublicKey(k, &der);
	const struct auth_dkim *d;
	struct buf text;

	buf_init(&text, 4096);
	buf_adds(&text, "v=DKIM1; p=");
	base64_put(&text, (struct str){ (const char *)der, n > 0 ? (size_t)n : 0 });
	suite_key(b.pool, &b.keys, STR("sel._domainkey.example.org"), buf_str(&text));
	test_str(results(&b, sign_with(&b, k, USUAL, str_of(plain)), &d), STR("pass"), "an RSAPublicKey");
	OPENSSL_free(der);
	buf_clear(&text);
	pool_free(&b.pool);
}

/* RFC 8616: U-labels are signed as they are written; the key is at the name in A-labels. */
static void
international(EVP_PKEY *k)
{
	static const struct {
		const char *name, *tags, *want;
	} cases[] = {
		{ "U-labels", "d=b\xc3\xbc" "cher.example; s=schl\xc3\xbcssel; i=j\xc3\xb6rg@news.b\xc3\xbc" "cher.example; ", "pass" },
		{ "i= in A-labels", "d=b\xc3\xbc" "cher.example; s=schl\xc3\xbcssel; i=@xn--bcher-kva.example; ", "pass" },
		{ "d= in A-labels", "d=xn--bcher-kva.example; s=xn--schlssel-95a; i=@b\xc3\xbc" "cher.example; ", "pass" },
		{ "i= of another", "d=b\xc3\xbc" "cher.example; s=schl\xc3\xbcssel; i=@b\xc3\xb6" "cher.example; ",
		  "permerror: signature: i= is not of d=" },
		{ "no UTF-8", "d=b\xfc" "cher.example; s=schl\xc3\xbcssel; ", "neutral: signature: d= is no domain" },
		{ "no selector", "d=b\xc3\xbc" "cher.example; s=\xff; ", "neutral: signature: s= is no selector" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct bench b = bench();
		struct str tags = pool_printf(b.pool, "v=1; a=rsa-sha256; c=relaxed/relaxed; h=from:subject; %s", cases[i].tags);
		const struct auth_dkim *d;

		suite_key(b.pool, &b.keys, STR("xn--schlssel-95a._domainkey.xn--bcher-kva.example"),
		    pool_printf(b.pool, "p=%.*s", STR_ARG(public_text(b.pool, k))));
		test_str(results(&b, sign_with(&b, k, pool_cstr(b.pool, tags), str_of(plain)), &d), str_of(cases[i].want),
		    cases[i].name);
		if (d->result == AUTH_PASS)
			test_str(d->domain, STR("xn--bcher-kva.example"), "its domain, for alignment");
		if (i == 0)
			test_str(d->identity, STR("j\xc3\xb6rg@news.xn--bcher-kva.example"), "and its identity");
		pool_free(&b.pool);
	}
}

static void
many(EVP_PKEY *k)
{
	struct bench b = bench();
	struct str one = sign_with(&b, k, USUAL, str_of(plain)), all = str_of(plain);
	struct auth_keys keys;
	struct dkim_in in = { .pool = b.pool, .keys = &keys, .now = NOW, .bits_min = DKIM_BITS_MIN };
	const struct auth_dkim *d;
	struct raw_mail m;
	size_t n, line = str_chr(one, '\n') + 1, fields, passed = 0;

	suite_key(b.pool, &b.keys, STR("sel._domainkey.example.org"),
	    pool_printf(b.pool, "p=%.*s", STR_ARG(public_text(b.pool, k))));
	for (size_t i = 0; i < AUTH_SIGNATURES + 3; i++)
		all = pool_printf(b.pool, "%.*s%.*s", STR_ARG(str_upto(one, line)), STR_ARG(all));
	keys = (struct auth_keys){ b.keys.items, b.keys.n };
	raw_mail_open(b.pool, &b.lim, all, &m);
	fields = dkim_examine(&in, &m, &d, &n);
	for (size_t i = 0; i < n; i++)
		passed += d[i].result == AUTH_PASS;
	test_int((int64_t)fields, AUTH_SIGNATURES + 3, "all signatures are counted");
	test_int((int64_t)passed, AUTH_SIGNATURES, "those up to the limit are verified");
	pool_free(&b.pool);
}

/* Lengths of l= that differ are one pass over the body: the sixteen parts of it all match. */
static void
lengths(EVP_PKEY *k)
{
	struct bench b = bench();
	struct str all = str_of(plain);
	const struct auth_dkim *d;
	size_t partial = 0;

	suite_key(b.pool, &b.keys, STR("sel._domainkey.example.org"),
	    pool_printf(b.pool, "p=%.*s", STR_ARG(public_text(b.pool, k))));
	for (size_t i = 0; i < AUTH_SIGNATURES; i++) {
		struct str tags = pool_printf(b.pool, "v=1; a=rsa-sha256; c=%s; d=example.org; s=sel; h=from; l=%zu; ",
		    i % 2 ? "relaxed/relaxed" : "simple", 20 - i);
		struct str one = sign_with(&b, k, tags.p, str_of(plain));

		all = pool_printf(b.pool, "%.*s%.*s", STR_ARG(str_upto(one, str_chr(one, '\n') + 1)), STR_ARG(all));
	}
	results(&b, all, &d);
	for (size_t i = 0; i < AUTH_SIGNATURES; i++)
		partial += d[i].result == AUTH_POLICY && d[i].partial;
	test_int((int64_t)partial, AUTH_SIGNATURES, "every length has its digest");
	pool_free(&b.pool);
}

static void
names(void)
{
	struct pool *pool = pool_new(0);
	char label[70];

	memset(label, 'a', sizeof(label));
	test_str(pubkey_name(pool, STR("Sel"), STR("Example.ORG")), STR("sel._domainkey.example.org"), "a name");
	test_str(pubkey_name(pool, STR("a.b"), STR("example.org")), STR("a.b._domainkey.example.org"), "two labels");
	test_str(pubkey_name(pool, STR(""), STR("example.org")), STR_NONE, "no selector");
	test_str(pubkey_name(pool, STR("sel"), STR("example..org")), STR_NONE, "an empty label");
	test_str(pubkey_name(pool, STR("sel"), STR("example.org.")), STR_NONE, "a dot at the end");
	test_str(pubkey_name(pool, STR("se l"), STR("example.org")), STR_NONE, "a space");
	test_str(pubkey_name(pool, STR("schl\xc3\xbcssel"), STR("b\xc3\xbc" "cher.example")),
	    STR("xn--schlssel-95a._domainkey.xn--bcher-kva.example"), "no ASCII");
	test_str(pubkey_name(pool, STR("sel"), STR("b\xfc" "cher.example")), STR_NONE, "no UTF-8 either");
	test_str(pubkey_name(pool, STR("sel"), (struct str){ label, 64 }), STR_NONE, "a long label");
	test_ok(pubkey_name(pool, STR("sel"), (struct str){ label, 63 }).n > 0, "a label as long as may be");
	test_ok(pubkey_warm(), "OpenSSL can verify");
	pool_free(&pool);
}

int
main(void)
{
	EVP_PKEY *k = make_key(1024);

	examples();
	names();
	for (size_t i = 0; i < sizeof(tricks) / sizeof(tricks[0]); i++)
		tricks_of(k, &tricks[i]);
	answers(k);
	flags(k);
	sizes();
	bare_rsa_key(k);
	international(k);
	many(k);
	lengths(k);
	EVP_PKEY_free(k);
	return test_done();
}
