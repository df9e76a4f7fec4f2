/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* covers: lib/auth/signature.c, lib/auth/canon.c over real mail. Its keys are not in the corpus and most
 * mail was changed by its collectors, but a body hash needs no key: where it matches, what a
 * signer out there digested is what we digest. */
#include "test.h"

#include "auth/arc.h"
#include "auth/signature.h"
#include "message/mail.h"

static struct {
	size_t mails, fields, syntax, body, temp, sets, chains;
} seen;

static void
look_at(const char *path)
{
	struct pool *pool = pool_new(0);
	struct limits lim = mail_limits();
	struct auth_keys none = { .n = 0 };
	struct dkim_in in = { .pool = pool, .keys = &none, .now = 2000000000, .bits_min = DKIM_BITS_MIN };
	const struct auth_dkim *d;
	struct auth_arc chain;
	struct raw_mail m;
	struct buf text;
	uint64_t length;
	size_t n;

	buf_init(&text, 64 << 20);
	mail_read(path, &text);
	raw_mail_open(pool, &lim, buf_str(&text), &m);
	seen.mails++;
	seen.fields += dkim_examine(&in, &m, &d, &n);
	for (size_t i = 0; i < n; i++) {
		seen.temp += d[i].result == AUTH_TEMPERROR;
		seen.syntax += d[i].result == AUTH_NEUTRAL;
		if (d[i].result == AUTH_NEUTRAL && seen.syntax <= 5)
			printf("# %.*s\n", STR_ARG(d[i].why));
	}
	for (size_t i = 0; i < m.n; i++) {
		struct signature sig;
		struct str why;

		if (raw_mail_is(&m.field[i], STR("DKIM-Signature")) &&
		    signature_read(pool, &m.field[i], SIGNATURE_DKIM, &sig, &why) == AUTH_PASS &&
		    sig.length == CANON_ALL)
			seen.body += memcmp(raw_mail_digest(&m, sig.body, &length), sig.bh, HASH_SHA256_BYTES) == 0;
	}
	arc_verify(&in, &m, &chain);
	seen.chains += chain.result == AUTH_TEMPERROR;
	seen.sets += chain.sets > 0;
	buf_clear(&text);
	pool_free(&pool);
}

static void
look(const char *path)
{
	if (strstr(path, ".eml"))
		look_at(path);
}

static void
set(const char *pack, size_t body_min)
{
	struct corpus c;

	if (!corpus_open(&c, pack)) {
		test_skip(pack, "SEKIMORI_CORPUS does not have it");
		return;
	}
	memset(&seen, 0, sizeof(seen));
	corpus_each(&c, look);
	corpus_close(&c);
	printf("# %s: %zu mails, %zu signatures, %zu without a key, %zu not readable, %zu body hashes match, "
	    "%zu chains, %zu of them complete and unchanged\n", pack, seen.mails, seen.fields, seen.temp, seen.syntax,
	    seen.body, seen.sets, seen.chains);
	test_ok(seen.mails > 100 && seen.fields > 100, pack);
	test_ok(seen.syntax * 50 <= seen.fields, "real signatures can be read");
	test_ok(seen.body >= body_min, "bodies that nobody changed have the hash that their signers computed");
}

int
main(void)
{
	set("mail-phishing_pot.tar.zst", 150);
	set("mail-list_openbmc.tar.zst", 1100);
	set("mail-list_usrp.tar.zst", 700);
	return test_done();
}
