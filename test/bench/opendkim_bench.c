/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* What the proof of a sender costs, one thread, best of a few rounds: DKIM beside libopendkim in
 * one run, so that the ratio holds on any machine; ARC; SPF and DMARC with the answers in the cache. */
#include <opendkim/dkim.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <stdio.h>
#include <stdlib.h>

#include "auth/arc.h"
#include "auth/authfield.h"
#include "auth/dmarc.h"
#include "auth/sign.h"
#include "auth/spf.h"
#include "net/dns_fixture.h"

enum { ROUNDS = 5, SMALL = 4000, LARGE = 100 * 1000, NOW = 1700000000 };

struct material {
	struct pool *pool;
	struct limits lim;
	struct privkey *key;
	struct auth_key item;
	struct str record;
	struct auth_keys keys;
	struct dns *dns;
	struct str mail;		/* of the case at hand */
	bool good;
};
static struct material m;

static void
use_key(const char *type, unsigned bits)
{
	EVP_PKEY *pkey = bits ? EVP_RSA_gen(bits) : EVP_PKEY_Q_keygen(NULL, NULL, type);
	BIO *bio = BIO_new(BIO_s_mem());
	struct buf why, text;
	char *pem;
	long n;

	buf_init(&why, 1000);
	buf_init(&text, 4000);
	PEM_write_bio_PrivateKey(bio, pkey, NULL, NULL, 0, NULL, NULL);
	n = BIO_get_mem_data(bio, &pem);
	privkey_free(&m.key);
	if (privkey_parse((struct str){ pem, (size_t)n }, 2048, &m.key, &why) != RC_OK || !privkey_record(m.key, &text))
		abort();
	m.record = pool_str(m.pool, buf_str(&text));
	m.item = (struct auth_key){ .name = STR("sel._domainkey.example.org"), .text = &m.record, .n = 1 };
	m.keys = (struct auth_keys){ &m.item, 1 };
	buf_clear(&why);
	buf_clear(&text);
	BIO_free(bio);
	EVP_PKEY_free(pkey);
}

static struct str
letter(size_t bytes)
{
	struct buf b;
	struct str s;

	buf_init(&b, 2 * bytes + 1000);
	buf_adds(&b, "Date: Mon, 02 Jan 2023 10:00:00 +0000\r\nFrom: Author <a@example.org>\r\nTo: b@example.net\r\n"
	    "Subject: a letter\r\nMessage-ID: <1@example.org>\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n");
	for (size_t i = 0; b.n < bytes; i++)
		buf_printf(&b, "Line %zu of some text that is  about as wide as a line of mail mostly is.\r\n", i);
	s = pool_str(m.pool, buf_str(&b));
	buf_clear(&b);
	return s;
}

static struct str
crlf(struct str s)
{
	struct buf b;
	struct str out;

	buf_init(&b, 2 * s.n);
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '\n' && (i == 0 || s.p[i - 1] != '\r'))
			buf_addc(&b, '\r');
		buf_addc(&b, s.p[i]);
	}
	out = pool_str(m.pool, buf_str(&b));
	buf_clear(&b);
	return out;
}

static struct sign_in
signer(struct raw_mail *raw)
{
	struct sign_in in = { .key = m.key, .domain = STR("example.org"), .selector = STR("sel"), .now = NOW, .mail = raw };
	uint64_t length;

	in.body = raw_mail_digest(raw, CANON_RELAXED, &length);
	in.names = sign_names(m.pool, raw, STR("from:to:subject:date:message-id:content-type"));
	return in;
}

static void
signed_letter(size_t bytes)
{
	struct raw_mail raw;
	struct sign_in in;
	struct str value;

	m.mail = letter(bytes);
	raw_mail_open(m.pool, &m.lim, m.mail, &raw);
	in = signer(&raw);
	if (sign_dkim(m.pool, &in, &value) != RC_OK)
		abort();
	m.mail = crlf(pool_printf(m.pool, "DKIM-Signature: %.*s\r\n%.*s", STR_ARG(value), STR_ARG(m.mail)));
}

static void
sealed_letter(size_t bytes, unsigned sets)
{
	m.mail = letter(bytes);
	for (unsigned i = 0; i < sets; i++) {
		struct auth_arc chain = { .result = i ? AUTH_PASS : AUTH_NONE, .sets = i };
		struct raw_mail raw;
		struct sign_in in;
		struct sign_set set;

		raw_mail_open(m.pool, &m.lim, m.mail, &raw);
		in = signer(&raw);
		if (sign_arc(m.pool, &in, &chain, STR("mx.example.org; spf=pass smtp.mailfrom=example.org"), &set) != RC_OK)
			abort();
		m.mail = crlf(pool_printf(m.pool, "ARC-Seal: %.*s\r\nARC-Message-Signature: %.*s\r\n"
		    "ARC-Authentication-Results: %.*s\r\n%.*s", STR_ARG(set.seal), STR_ARG(set.ams), STR_ARG(set.aar),
		    STR_ARG(m.mail)));
	}
}

/* ---- what is measured ---- */

static void
ours(struct pool *pool)
{
	struct dkim_in in = { .pool = pool, .keys = &m.keys, .now = NOW, .bits_min = DKIM_BITS_MIN };
	const struct auth_dkim *d;
	struct raw_mail raw;
	size_t n;

	raw_mail_open(pool, &m.lim, m.mail, &raw);
	dkim_examine(&in, &raw, &d, &n);
	m.good &= n == 1 && d[0].result == AUTH_PASS;
}

static void
chain(struct pool *pool)
{
	struct dkim_in in = { .pool = pool, .keys = &m.keys, .now = NOW, .bits_min = DKIM_BITS_MIN };
	struct auth_arc got;
	struct raw_mail raw;

	raw_mail_open(pool, &m.lim, m.mail, &raw);
	arc_verify(&in, &raw, &got);
	m.good &= got.result == AUTH_PASS && got.oldest_pass == 0;
}

static DKIM_LIB *lib;

static DKIM_CBSTAT
look_up(DKIM *d, DKIM_SIGINFO *sig, unsigned char *out, size_t n)
{
	(void)d, (void)sig;
	snprintf((char *)out, n, "%.*s", STR_ARG(m.record));
	return DKIM_CBSTAT_CONTINUE;
}

static void
theirs(struct pool *pool)
{
	DKIM_STAT st;
	DKIM *d = dkim_verify(lib, (const unsigned char *)"id", NULL, &st);
	_Bool test;
	DKIM_SIGINFO *sig;

	(void)pool;
	m.good &= d && dkim_chunk(d, (unsigned char *)(uintptr_t)m.mail.p, m.mail.n) == DKIM_STAT_OK &&
	    dkim_chunk(d, NULL, 0) == DKIM_STAT_OK && dkim_eom(d, &test) == DKIM_STAT_OK &&
	    (sig = dkim_getsignature(d)) && (dkim_sig_getflags(sig) & DKIM_SIGFLAG_PASSED);
	if (d)
		dkim_free(d);
}

static void
spf(struct pool *pool)
{
	struct dns_batch *b = dns_batch_new(m.dns, pool, clock_mono_ms() + 5000);
	struct spf_query q = { .helo = STR("mx.example.org"), .sender = STR("a@example.org"), .now_sec = NOW };

	m.good &= ip_parse(STR("203.0.113.9"), &q.ip);
	spf_want(b, pool, &q, SPF_MAIL);
	m.good &= spf_check(b, pool, &q, SPF_MAIL).result == AUTH_PASS;
	dns_batch_free(&b);
}

static void
dmarc(struct pool *pool)
{
	struct dns_batch *b = dns_batch_new(m.dns, pool, clock_mono_ms() + 5000);
	struct auth_facts f = { .dkim_done = true, .spf_mail = { .result = AUTH_PASS, .domain = STR("bounce.example.org") } };

	dmarc_want(b, pool, STR("news.example.org"), &f);
	m.good &= dmarc_check(b, pool, STR("news.example.org"), &f).result == AUTH_PASS;
	dns_batch_free(&b);
}

/* Microseconds of one call. */
static double
measure(void (*run)(struct pool *), int calls)
{
	double best = 1e12;

	for (int i = 0; i < ROUNDS; i++) {
		int64_t start = clock_mono_us();
		double us;

		for (int k = 0; k < calls; k++) {
			struct pool *pool = pool_new(0);

			run(pool);
			pool_free(&pool);
		}
		us = (double)(clock_mono_us() - start) / calls;
		best = us < best ? us : best;
	}
	return best;
}

static void
beside(const char *name, int calls)
{
	double a = measure(ours, calls), b = measure(theirs, calls);

	printf("%-40s %8.0f us, libopendkim %8.0f us: ratio %.2f\n", name, a, b, a / b);
}

static void
alone(const char *name, void (*run)(struct pool *), int calls)
{
	printf("%-40s %8.0f us\n", name, measure(run, calls));
}

int
main(void)
{
	struct dns_fixture f;

	m = (struct material){ .pool = pool_new(0), .good = true };
	limits_default(&m.lim);
	lib = dkim_init(NULL, NULL);
	dkim_set_key_lookup(lib, look_up);
	use_key("RSA", 2048);
	signed_letter(SMALL);
	beside("DKIM, 4 KB, RSA-2048", 500);
	signed_letter(LARGE);
	beside("DKIM, 100 KB, RSA-2048", 200);
	sealed_letter(SMALL, 3);
	alone("ARC, 4 KB, 3 sets", chain, 200);
	use_key("ED25519", 0);
	signed_letter(SMALL);
	alone("DKIM, 4 KB, Ed25519", ours, 500);
	dns_fixture_open(&f, "example.org TXT \"v=spf1 include:a.example.org include:b.example.org mx -all\"\n"
	    "a.example.org TXT \"v=spf1 ip4:192.0.2.0/24 a:one.example.org -all\"\none.example.org A 192.0.2.1\n"
	    "b.example.org TXT \"v=spf1 ip4:198.51.100.0/24 -all\"\nexample.org MX 10 mx.example.org\n"
	    "mx.example.org A 203.0.113.9\n_dmarc.example.org TXT \"v=DMARC1; p=reject\"\n");
	m.dns = f.dns;
	alone("SPF, 6 questions, all in the cache", spf, 2000);
	alone("DMARC, 6 questions, all in the cache", dmarc, 2000);
	dns_fixture_close(&f);
	privkey_free(&m.key);
	dkim_close(lib);
	pool_free(&m.pool);
	if (!m.good)
		puts("something did not pass");
	return !m.good;
}
