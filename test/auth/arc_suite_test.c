/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* covers: lib/auth/arc.c by the published suite of the ARC authors, message by message.
 *
 * Its names that are not there must be no key, not an answer that failed: every name that is
 * asked for and is not in txt-records is added as such. */
#include "test.h"

#include "auth/arc.h"
#include "auth/sign.h"
#include "auth/signature.h"
#include "auth/suite.h"
#include "message/mail.h"

#define SUITE "/suites/ValiMail+arc_test_suite/tests/"

static void
add_absent(struct pool *pool, struct vec *keys, const struct raw_mail *m)
{
	for (size_t i = 0; i < m->n; i++) {
		struct signature sig;
		struct str why;
		struct auth_key *k;
		enum auth_result ignored = signature_read(pool, &m->field[i], SIGNATURE_ARC_MESSAGE, &sig, &why);
		struct str name = pubkey_name(pool, sig.selector, sig.domain);
		bool there = ignored == AUTH_UNKNOWN;

		for (size_t j = 0; j < keys->n; j++)
			there |= str_eq(((struct auth_key *)keys->items)[j].name, name);
		if (there || name.n == 0)
			continue;
		k = vec_push(pool, keys, sizeof(*k));
		*k = (struct auth_key){ .name = name, .state = AUTH_KEY_NONE };
	}
}

static void
validate(const struct yaml *doc, const struct yaml *t)
{
	struct pool *pool = pool_new(0);
	struct limits lim = mail_limits();
	struct vec keys = { .n = 0 };
	struct auth_keys list;
	struct dkim_in in = { .pool = pool, .keys = &list, .now = 1500000000, .bits_min = DKIM_BITS_MIN };
	struct raw_mail m;
	struct auth_arc got;
	/* Three tests of chains that their sealer calls failed have an empty cv:. */
	struct str want = yaml_text(yaml_get(t, "cv")).n ? yaml_text(yaml_get(t, "cv")) : STR("fail");
	char name[200];

	for (const struct yaml *k = yaml_get(doc, "txt-records")->child; k; k = k->next)
		suite_key(pool, &keys, k->key, k->text);
	raw_mail_open(pool, &lim, suite_crlf(pool, yaml_text(yaml_get(t, "message"))), &m);
	add_absent(pool, &keys, &m);
	list = (struct auth_keys){ keys.items, keys.n };
	arc_verify(&in, &m, &got);
	snprintf(name, sizeof(name), "%.*s: %.*s", STR_ARG(t->key),
	    STR_ARG(yaml_text(yaml_get(t, "description"))));
	if (!test_ok(str_eq_nocase(str_of(auth_result_name(got.result)), want), name)) {
		test_show("got ", str_of(auth_result_name(got.result)));
		test_show("want", want);
		test_show("why ", got.why);
	}
	pool_free(&pool);
}

/* Everything between ';' and the end of our own Authentication-Results fields, as one list: how the
 * suite wants an ARC-Authentication-Results to be made. */
static struct str
merged_results(struct pool *pool, const struct raw_mail *m, struct str id)
{
	struct str out = pool_str(pool, id);

	for (size_t i = 0; i < m->n; i++) {
		struct str v = m->field[i].value;
		size_t semi = str_chr(v, ';');

		if (!raw_mail_is(&m->field[i], STR("Authentication-Results")) || semi == STR_NPOS ||
		    !str_eq(str_trim(str_upto(v, semi)), id))
			continue;
		v = str_trim(str_from(v, semi + 1));
		out = pool_printf(pool, "%.*s; %.*s", STR_ARG(out), STR_ARG(v));
	}
	return out;
}

static void
same_field(struct str got, struct str want, const struct yaml *t, const char *which)
{
	struct buf a, b;
	char name[200];

	snprintf(name, sizeof(name), "%.*s: %s", STR_ARG(t->key), which);
	buf_init(&a, SUITE_MAIL);
	buf_init(&b, SUITE_MAIL);
	/* White space inside b= is nobody's business. */
	for (size_t i = 0; i < got.n; i++)
		if (!ascii_is_space((unsigned char)got.p[i]))
			buf_addc(&a, got.p[i]);
	for (size_t i = 0; i < want.n; i++)
		if (!ascii_is_space((unsigned char)want.p[i]))
			buf_addc(&b, want.p[i]);
	test_str(buf_str(&a), buf_str(&b), name);
	buf_clear(&a);
	buf_clear(&b);
}

static void
seal(const struct yaml *doc, const struct yaml *t)
{
	struct pool *pool = pool_new(0);
	struct limits lim = mail_limits();
	struct vec keys = { .n = 0 };
	struct auth_keys list;
	struct dkim_in in = { .pool = pool, .keys = &list, .now = 1500000000, .bits_min = DKIM_BITS_MIN };
	struct sign_in sign = { .domain = yaml_text(yaml_get(doc, "domain")),
		.selector = yaml_text(yaml_get(doc, "sel")), .names = yaml_text(yaml_get(t, "sig-headers")) };
	struct sign_set set = { .aar = STR_NONE };
	struct privkey *key = NULL;
	struct raw_mail m;
	struct auth_arc chain;
	struct buf why;
	uint64_t now = 0, length;

	buf_init(&why, 1000);
	if (!test_ok(privkey_parse(yaml_text(yaml_get(doc, "privatekey")), 1024, &key, &why) == RC_OK, "the suite's key"))
		return;
	for (const struct yaml *k = yaml_get(doc, "txt-records")->child; k; k = k->next)
		suite_key(pool, &keys, k->key, k->text);
	list = (struct auth_keys){ keys.items, keys.n };
	raw_mail_open(pool, &lim, yaml_text(yaml_get(t, "message")), &m);
	arc_verify(&in, &m, &chain);
	sign.key = key;
	sign.now = str_to_u64(yaml_text(yaml_get(t, "t")), &now) ? (int64_t)now : 0;
	sign.mail = &m;
	sign.body = raw_mail_digest(&m, CANON_RELAXED, &length);
	if (sign_arc(pool, &sign, &chain, merged_results(pool, &m, yaml_text(yaml_get(t, "srv-id"))), &set) != RC_OK)
		set = (struct sign_set){ .aar = STR_NONE };
	same_field(set.seal, yaml_text(yaml_get(t, "AS")), t, "seal");
	same_field(set.ams, yaml_text(yaml_get(t, "AMS")), t, "message signature");
	same_field(set.aar, yaml_text(yaml_get(t, "AAR")), t, "results");
	privkey_free(&key);
	buf_clear(&why);
	pool_free(&pool);
}

static void
each_test(struct corpus *c, const char *file, void (*run)(const struct yaml *doc, const struct yaml *test))
{
	struct pool *pool = pool_new(0);
	struct buf text;
	char path[400];

	buf_init(&text, SUITE_MAIL);
	snprintf(path, sizeof(path), "%s" SUITE "%s", c->folder, file);
	test_ok(mail_read(path, &text), file);
	for (const struct yaml *doc = yaml_read(pool, buf_str(&text)); doc; doc = doc->next)
		for (const struct yaml *t = yaml_get(doc, "tests")->child; t; t = t->next)
			run(doc, t);
	buf_clear(&text);
	pool_free(&pool);
}

int
main(void)
{
	struct corpus c;

	if (!corpus_open(&c, "suites-auth-url.tar.zst")) {
		test_skip("ARC suite", "SEKIMORI_CORPUS does not have it");
		return test_done();
	}
	each_test(&c, "arc-draft-validation-tests.yml", validate);
	each_test(&c, "arc-draft-sign-tests.yml", seal);
	corpus_close(&c);
	return test_done();
}
