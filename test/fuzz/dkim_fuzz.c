/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* A key record, a NUL, a message: signatures and chains are examined with that record as the answer
 * for every key. Then the fields are signed anew, and that signature must hold. */
#include <assert.h>
#include <stdlib.h>

#include "auth/arc.h"
#include "auth/sign.h"
#include "auth/suite.h"
#include "message/mail.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static struct privkey *key;
static struct str record;

static void
make_key(void)
{
	/* RFC 8463 A.2: the seed of the Ed25519 key, in the form of RFC 8410. */
	struct str pem = STR("-----BEGIN PRIVATE KEY-----\n"
	    "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpe/1aYLqESvSS7CzE\n"
	    "-----END PRIVATE KEY-----\n");
	static struct buf text;
	struct buf why;

	buf_init(&why, 1000);
	buf_init(&text, 1000);
	if (privkey_parse(pem, 2048, &key, &why) != RC_OK || !privkey_record(key, &text))
		abort();
	record = buf_str(&text);
}

static void
answer(struct pool *pool, struct vec *keys, const struct raw_mail *m, const struct str *text)
{
	for (size_t i = 0; i < m->n && i < 20; i++) {
		struct signature sig;
		struct str why, name;
		struct auth_key *k;
		enum auth_result r = signature_read(pool, &m->field[i], SIGNATURE_DKIM, &sig, &why);

		assert((r == AUTH_PASS) == (why.n == 0));
		name = pubkey_name(pool, sig.selector, sig.domain);
		if (name.n == 0)
			continue;
		k = vec_push(pool, keys, sizeof(*k));
		*k = (struct auth_key){ .name = name, .text = text, .n = 1 };
	}
}

static void
sign_again(struct pool *pool, const struct limits *lim, struct raw_mail *m, const struct auth_arc *chain)
{
	struct auth_key k = { .name = STR("sel._domainkey.example.org"), .text = &record, .n = 1 };
	struct auth_keys keys = { &k, 1 };
	struct dkim_in in = { .pool = pool, .keys = &keys, .now = 1, .bits_min = DKIM_BITS_MIN };
	struct sign_in sign = { .key = key, .domain = STR("example.org"), .selector = STR("sel"), .now = 1, .mail = m };
	const struct auth_dkim *d;
	struct sign_set set;
	struct raw_mail again;
	struct str value, mail = STR("From: a@example.org\r\n");
	uint64_t length;
	size_t got;

	for (size_t i = 0; i < m->n && i < 10; i++)
		if (m->field[i].name.n && !raw_mail_is(&m->field[i], STR("DKIM-Signature")) &&
		    !raw_mail_is(&m->field[i], STR("From")) && str_ends_nocase(m->field[i].raw, STR("\n")))
			mail = pool_printf(pool, "%.*s%.*s", STR_ARG(mail), STR_ARG(m->field[i].raw));
	mail = suite_crlf(pool, mail);
	raw_mail_open(pool, lim, mail, &again);
	sign.mail = &again;
	sign.body = raw_mail_digest(&again, CANON_RELAXED, &length);
	sign.names = sign_names(pool, &again, STR("from:to:subject"));
	assert(sign_dkim(pool, &sign, &value) == RC_OK);
	raw_mail_open(pool, lim, suite_crlf(pool, pool_printf(pool, "DKIM-Signature: %.*s\r\n%.*s", STR_ARG(value),
	    STR_ARG(mail))), &again);
	dkim_examine(&in, &again, &d, &got);
	assert(again.cut || (got >= 1 && d[0].result == AUTH_PASS));	/* ours stands on top */
	sign.mail = m;
	if (sign_arc(pool, &sign, chain, STR("here; none"), &set) == RC_OK)
		assert(set.seal.n && set.ams.n && set.aar.n);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct limits lim = mail_limits();
	struct pool *pool = pool_new(0);
	struct str in = { (const char *)data, n }, mail, text;
	struct vec keys = { .n = 0 };
	struct auth_keys list;
	struct dkim_in how = { .pool = pool, .keys = &list, .now = 1500000000, .bits_min = DKIM_BITS_MIN };
	const struct auth_dkim *d;
	struct raw_mail m;
	struct auth_arc chain;
	size_t nul = str_chr(in, '\0'), got;

	if (!key)
		make_key();
	text = nul == STR_NPOS ? STR_NONE : str_upto(in, nul);
	mail = nul == STR_NPOS ? in : str_from(in, nul + 1);
	lim.header_fields = 100;
	raw_mail_open(pool, &lim, mail, &m);
	answer(pool, &keys, &m, &text);
	list = (struct auth_keys){ keys.items, keys.n };
	assert(dkim_examine(&how, &m, &d, &got) >= got && got <= AUTH_SIGNATURES);
	for (size_t i = 0; i < got; i++)
		assert(d[i].result != AUTH_UNKNOWN && (d[i].result == AUTH_PASS) == (d[i].why.n == 0));
	arc_verify(&how, &m, &chain);
	assert(chain.result == AUTH_NONE || chain.result == AUTH_PASS || chain.why.n);
	sign_again(pool, &lim, &m, &chain);
	pool_free(&pool);
	return 0;
}
