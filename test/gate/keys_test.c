/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "gate/keys.h"

#include "message/mail.h"
#include "net/dns_fixture.h"
#include "test.h"
#include "worker/wire.h"

static const char zone_text[] =
    "sel._domainkey.example.org TXT \"v=DKIM1; p=AAAA\"\n"
    "two._domainkey.example.org TXT \"v=DKIM1; p=A\" \"AAA\"\n"
    "two._domainkey.example.org TXT \"other\"\n"
    "none._domainkey.example.org A 192.0.2.1\n"
    "bad._domainkey.example.org !servfail\n"
    "slow._domainkey.example.org !timeout\n";

enum { PATIENCE_MS = 400 };

static const struct auth_key *
key_of(const struct auth_keys *all, const char *name)
{
	for (size_t i = 0; all && i < all->n; i++)
		if (str_eq(all->item[i].name, str_of(name)))
			return &all->item[i];
	return NULL;
}

static void
answers(struct dns_fixture *f)
{
	struct pool *pool = pool_new(0);
	struct dns_batch *dns = dns_batch_new(f->dns, pool, 0);
	const struct auth_keys *all;
	const struct auth_key *k;
	struct keys keys;
	int64_t start = clock_mono_ms();

	keys_init(&keys, pool, dns, PATIENCE_MS);
	keys_seen(&keys, STR("DKIM-Signature"), STR(" v=1; s=sel; d=Example.ORG; b=x"));
	keys_seen(&keys, STR("dkim-signature "), STR(" v=1; s=two;\n\td=example.org; b=x"));
	keys_seen(&keys, STR("ARC-Seal"), STR("i=1; s=sel; d=example.org"));
	keys_seen(&keys, STR("ARC-Message-Signature"), STR("s=none; d=example.org"));
	keys_seen(&keys, STR("DKIM-Signature"), STR("s=bad; d=example.org"));
	keys_seen(&keys, STR("DKIM-Signature"), STR("s=slow; d=example.org"));
	keys_seen(&keys, STR("DKIM-Signature"), STR("s=gone; d=example.org"));
	keys_seen(&keys, STR("DKIM-Signature"), STR("s=sel; s=sel; d=example.org"));
	keys_seen(&keys, STR("DKIM-Signature"), STR("d=example.org"));
	keys_seen(&keys, STR("DKIM-Signature"), STR("s=..; d=example.org"));
	keys_seen(&keys, STR("Subject"), STR("s=sub; d=example.org"));
	all = keys_answers(&keys);
	test_int(all ? (int64_t)all->n : -1, 6, "each name once, and only those of signatures");
	k = key_of(all, "sel._domainkey.example.org");
	test_ok(k && k->state == AUTH_KEY_FOUND && k->n == 1 && str_eq(k->text[0], STR("v=DKIM1; p=AAAA")), "a record");
	k = key_of(all, "two._domainkey.example.org");
	test_ok(k && k->state == AUTH_KEY_FOUND && k->n == 2, "two records");
	k = key_of(all, "none._domainkey.example.org");
	test_ok(k && k->state == AUTH_KEY_NONE, "a name without a text");
	k = key_of(all, "gone._domainkey.example.org");
	test_ok(k && k->state == AUTH_KEY_NONE, "no such name");
	k = key_of(all, "bad._domainkey.example.org");
	test_ok(k && k->state == AUTH_KEY_TEMP, "a server that fails");
	k = key_of(all, "slow._domainkey.example.org");
	test_ok(k && k->state == AUTH_KEY_TEMP, "a server that says nothing");
	test_ok(clock_mono_ms() - start < 5 * PATIENCE_MS, "nobody waits longer than once");
	dns_batch_free(&dns);
	pool_free(&pool);
}

static void
limits(struct dns_fixture *f)
{
	struct pool *pool = pool_new(0);
	struct dns_batch *dns = dns_batch_new(f->dns, pool, 0);
	struct keys keys;

	keys_init(&keys, pool, dns, PATIENCE_MS);
	for (int i = 0; i < 1000; i++)
		keys_seen(&keys, STR("DKIM-Signature"), pool_printf(pool, "s=sel%d; d=example.org", i));
	test_int((int64_t)keys.names.n, AUTH_SIGNATURES, "no more questions than signatures are verified");
	for (int i = 0; i < 1000; i++)
		keys_seen(&keys, STR("ARC-Seal"), pool_printf(pool, "s=arc%d; d=example.org", i));
	test_int((int64_t)keys.names.n, AUTH_SIGNATURES + 2 * AUTH_ARC_SETS, "nor than there can be sets");
	dns_batch_free(&dns);
	pool_free(&pool);
}

static void
whole_message(struct dns_fixture *f)
{
	struct pool *pool = pool_new(0);
	struct dns_batch *dns = dns_batch_new(f->dns, pool, 0);
	struct limits lim = mail_limits();
	struct keys keys;

	keys_init(&keys, pool, dns, PATIENCE_MS);
	keys_of(&keys, &lim, STR("From: a\nDKIM-Signature: s=sel;\n d=example.org\n\nDKIM-Signature: s=two; d=example.org\n"));
	test_int((int64_t)keys.names.n, 1, "the header of a file is read, not its body");
	test_ok(keys_answers(&keys)->item[0].state == AUTH_KEY_FOUND, "and asked for");
	dns_batch_free(&dns);
	pool_free(&pool);
}

static void
off(void)
{
	struct pool *pool = pool_new(0);
	struct dns_batch *dns = dns_batch_new(NULL, pool, 0);
	struct keys keys;

	keys_init(&keys, pool, NULL, PATIENCE_MS);
	keys_seen(&keys, STR("DKIM-Signature"), STR("s=sel; d=example.org"));
	test_ok(!keys_answers(&keys), "without questions there are no answers");
	keys_init(&keys, pool, dns, PATIENCE_MS);
	keys_seen(&keys, STR("DKIM-Signature"), STR("s=sel; d=example.org"));
	test_ok(!keys_answers(&keys), "without a resolver too");
	dns_batch_free(&dns);
	pool_free(&pool);
}

/* A worker that was taken over says what it likes. */
static void
confirm(void)
{
	struct pool *pool = pool_new(0);
	struct str text = STR("v=DKIM1; p=AAAA");
	const struct auth_key key[] = {
		{ .name = STR("sel._domainkey.example.org"), .state = AUTH_KEY_FOUND, .text = &text, .n = 1 },
		{ .name = STR("no._domainkey.example.org"), .state = AUTH_KEY_NONE },
	};
	const struct auth_keys keys = { key, 2 };
	const struct auth_dkim said[] = {
		{ .result = AUTH_PASS, .domain = STR("Example.org"), .selector = STR("sel") },
		{ .result = AUTH_PASS, .domain = STR("example.org"), .selector = STR("no") },
		{ .result = AUTH_PASS, .domain = STR("bank.example"), .selector = STR("sel") },
		{ .result = AUTH_FAIL, .domain = STR("bank.example"), .selector = STR("sel"), .why = STR("body hash") },
	};
	struct report_auth a = { .known = true, .dkim = said, .n_dkim = 4,
	    .arc = { .result = AUTH_PASS, .domain = STR("seal.example"), .selector = STR("s") } };

	keys_confirm(pool, &keys, &a);
	test_ok(a.dkim[0].result == AUTH_PASS, "what has a key stays");
	test_ok(a.dkim[1].result == AUTH_NEUTRAL, "a key that is not there makes nothing pass");
	test_ok(a.dkim[2].result == AUTH_NEUTRAL, "nor a key that nobody asked for");
	test_ok(a.dkim[3].result == AUTH_FAIL && str_eq(a.dkim[3].why, STR("body hash")), "a failure stays");
	test_ok(a.arc.result == AUTH_FAIL, "a chain without a key");
	a.dkim = said;
	keys_confirm(pool, NULL, &a);
	test_ok(a.dkim[0].result == AUTH_NEUTRAL, "without any key nothing passes");
	pool_free(&pool);
}

int
main(void)
{
	struct dns_fixture f;

	dns_fixture_open(&f, zone_text);
	answers(&f);
	limits(&f);
	whole_message(&f);
	off();
	confirm();
	dns_fixture_close(&f);
	return test_done();
}
