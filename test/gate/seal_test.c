/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* covers: lib/gate/seal.c, lib/auth/arc_opts.c: the seal must hold over the header that the MTA makes of
 * the edits, so each case builds that header and has the chain verified. */
#include "gate/seal.h"

#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <sys/stat.h>

#include "auth/arc.h"
#include "gate/settings.h"
#include "message/mail.h"
#include "test.h"

enum { NOW = 1700000000 };

static char folder[] = "/tmp/sekimori-seal-XXXXXX", key_path[100];
static struct privkey *key;
static struct buf record;

static const struct edit_header came[] = {
	{ STR("Received"), STR(" from a\n by b") }, { STR("From"), STR(" a@example.org") },
	{ STR("Subject"), STR(" =?UTF-8?B?aGk=?=\n\tthere") }, { STR("To"), STR(" b@example.net") },
	{ STR("Content-Type"), STR(" multipart/mixed;\n boundary=x") }, { STR("Subject"), STR(" second") },
	{ STR("MIME-Version"), STR(" 1.0") },
};
enum { CAME = sizeof(came) / sizeof(came[0]) };

static const char body_text[] = "A  body.\r\n\r\n";

static struct seal
seal_of(struct pool *pool, const struct arc_conf *conf, const struct privkey *k)
{
	struct seal s;

	seal_init(&s, pool, conf, k);
	for (size_t i = 0; i < CAME; i++)
		seal_seen(&s, came[i].name, came[i].value);
	return s;
}

static void
verify(struct pool *pool, const char *mail, struct auth_arc *out)
{
	struct limits lim = mail_limits();
	struct str text = buf_str(&record);
	struct auth_key k = { .name = STR("sel._domainkey.gate.example"), .text = &text, .n = 1 };
	struct auth_keys keys = { &k, 1 };
	struct dkim_in in = { .pool = pool, .keys = &keys, .now = NOW, .bits_min = DKIM_BITS_MIN };
	struct raw_mail m;

	raw_mail_open(pool, &lim, str_of(mail), &m);
	arc_verify(&in, &m, out);
}

static const unsigned char *
digest_of(struct pool *pool, const char *text)
{
	struct raw_mail *m = pool_alloc(pool, sizeof(*m));
	uint64_t n;

	m->body = str_of(text);
	return raw_mail_digest(m, CANON_RELAXED, &n);
}

/* The three fields in front of `rest`. */
static const char *
with_set(struct pool *pool, const struct vec *edits, const char *rest)
{
	const struct field_edit *e = edits->items;
	struct str all = str_of(rest);
	struct buf b;
	const char *out;

	for (size_t i = 0; i < edits->n; i++)
		if (e[i].op == FIELD_INSERT)
			all = pool_printf(pool, "%.*s: %.*s\n%.*s", STR_ARG(e[i].name), STR_ARG(e[i].value), STR_ARG(all));
	buf_init(&b, 1 << 20);
	for (size_t i = 0; i < all.n; i++) {
		if (all.p[i] == '\n' && (i == 0 || all.p[i - 1] != '\r'))
			buf_addc(&b, '\r');
		buf_addc(&b, all.p[i]);
	}
	out = pool_cstr(pool, buf_str(&b));
	buf_clear(&b);
	return out;
}

/* Sealed with these edits, is the header in `becomes` what was sealed? */
static void
holds(const struct field_edit *edit, size_t n, const struct edit_header *content, size_t n_content,
    const char *becomes, const char *name)
{
	struct pool *pool = pool_new(0);
	struct arc_conf conf = { ARC_MODIFIED, STR("gate.example"), STR("sel"), STR_NONE };
	struct seal s = seal_of(pool, &conf, key);
	struct auth_arc none = { .result = AUTH_NONE }, chain;
	struct seal_in in = { .chain = &none, .content = content, .n_content = n_content, .modified = true,
	    .body = digest_of(pool, body_text), .results = STR("mx.gate.example;\n spf=pass smtp.mailfrom=a"), .now = NOW };
	struct vec edits = { .n = 0 };
	struct str why = STR_NONE;
	const char *mail;

	for (size_t i = 0; i < n; i++)
		*(struct field_edit *)vec_push(pool, &edits, sizeof(*edit)) = edit[i];
	test_int(seal_plan(&s, &in, &edits, &why), RC_OK, name);
	mail = with_set(pool, &edits, pool_printf(pool, "%s\n%s", becomes, body_text).p);
	verify(pool, mail, &chain);
	if (!test_ok(chain.result == AUTH_PASS && chain.sets == 1, name)) {
		test_show("why ", chain.why);
		test_show("mail", str_of(mail));
	}
	test_str(chain.domain, STR("gate.example"), "whose seal it is");
	pool_free(&pool);
}

#define REST "To: b@example.net\nContent-Type: multipart/mixed;\n boundary=x\nSubject: second\nMIME-Version: 1.0\n"

static void
edits_of_all_kinds(void)
{
	const struct field_edit both[] = {
		{ FIELD_CHANGE, STR("Subject"), STR("[T] =?UTF-8?B?aGk=?=\n\tthere"), 1 },
		{ FIELD_CHANGE, STR("subject"), STR("[T] second"), 2 },
	};
	const struct field_edit gone[] = {
		{ FIELD_DELETE, STR("Subject"), STR_NONE, 2 }, { FIELD_DELETE, STR("X-Forged"), STR_NONE, 1 },
	};
	const struct field_edit added[] = {
		{ FIELD_ADD, STR("X-Sekimori-Verdict"), STR("spam"), 0 }, { FIELD_ADD, STR("Reply-To"), STR("c@example.net"), 0 },
		{ FIELD_INSERT, STR("Authentication-Results"), STR("mx; none"), 0 },
	};
	const struct edit_header content[] = {
		{ STR("Content-Type"), STR("text/plain") }, { STR("Content-Transfer-Encoding"), STR("base64") },
		{ STR("MIME-Version"), STR_NONE },
	};

	holds(NULL, 0, NULL, 0, "From: a@example.org\nSubject: =?UTF-8?B?aGk=?=\n\tthere\n" REST, "as it came");
	holds(both, 2, NULL, 0, "From: a@example.org\nSubject: [T] =?UTF-8?B?aGk=?=\n\tthere\nTo: b@example.net\n"
	    "Content-Type: multipart/mixed;\n boundary=x\nSubject: [T] second\nMIME-Version: 1.0\n", "subjects are marked");
	holds(gone, 2, NULL, 0, "From: a@example.org\nSubject: =?UTF-8?B?aGk=?=\n\tthere\nTo: b@example.net\n"
	    "Content-Type: multipart/mixed;\n boundary=x\nMIME-Version: 1.0\n", "a field goes");
	holds(added, 3, NULL, 0, "From: a@example.org\nSubject: =?UTF-8?B?aGk=?=\n\tthere\n" REST
	    "X-Sekimori-Verdict: spam\nReply-To: c@example.net\n", "fields come");
	holds(NULL, 0, content, 3, "From: a@example.org\nSubject: =?UTF-8?B?aGk=?=\n\tthere\nTo: b@example.net\n"
	    "Content-Type: text/plain\nSubject: second\nContent-Transfer-Encoding: base64\n", "content fields change");
}

/* Whether, with this chain and these conditions, a seal comes; "" or the reason. */
static void
whether(int when, bool modified, struct auth_arc chain, bool body, enum rc want, const char *why_want, const char *name)
{
	struct pool *pool = pool_new(0);
	struct arc_conf conf = { when, STR("gate.example"), STR("sel"), STR_NONE };
	struct seal s = seal_of(pool, &conf, key);
	struct seal_in in = { .chain = &chain, .modified = modified, .body = body ? digest_of(pool, body_text) : NULL,
	    .results = STR("mx; none"), .now = NOW };
	struct vec edits = { .n = 0 };
	struct str why = STR_NONE;

	test_int(seal_plan(&s, &in, &edits, &why), want, name);
	test_int((int64_t)edits.n, want == RC_OK ? 3 : 0, name);
	if (want != RC_OK)
		test_str(why, str_of(why_want), name);
	pool_free(&pool);
}

static void
conditions(void)
{
	struct auth_arc none = { .result = AUTH_NONE }, unknown = { .result = AUTH_UNKNOWN };
	struct auth_arc sealed_fail = { .result = AUTH_FAIL, .sets = 1, .sealed_fail = true };
	struct auth_arc fails = { .result = AUTH_FAIL, .sets = 1 }, later = { .result = AUTH_TEMPERROR, .sets = 1 };
	struct auth_arc full = { .result = AUTH_PASS, .sets = AUTH_ARC_SETS };

	whether(ARC_MODIFIED, true, none, true, RC_OK, "", "modified");
	whether(ARC_MODIFIED, false, none, true, RC_NONE, "", "not modified");
	whether(ARC_ALWAYS, false, none, true, RC_OK, "", "always");
	whether(ARC_NEVER, true, none, true, RC_NONE, "", "never");
	whether(ARC_MODIFIED, true, unknown, true, RC_OK, "", "nobody asked DNS, but there is no chain");
	whether(ARC_MODIFIED, true, none, false, RC_TEMP, "the digest of the body is not known", "no digest");
	whether(ARC_MODIFIED, true, sealed_fail, true, RC_NONE, "the chain so far takes no more seals", "cv=fail");
	whether(ARC_MODIFIED, true, fails, true, RC_OK, "", "a chain that fails is sealed as such");
	whether(ARC_MODIFIED, true, later, true, RC_NONE, "the chain so far takes no more seals", "keys not to be had");
	whether(ARC_MODIFIED, true, full, true, RC_NONE, "the chain so far takes no more seals", "fifty sets");
}

static void
limits(void)
{
	struct pool *pool = pool_new(0);
	struct arc_conf conf = { ARC_ALWAYS, STR("gate.example"), STR("sel"), STR_NONE };
	struct seal s = seal_of(pool, &conf, key);
	struct auth_arc unknown = { .result = AUTH_UNKNOWN };
	struct seal_in in = { .chain = &unknown, .body = digest_of(pool, body_text), .results = STR("mx; none") };
	struct vec edits = { .n = 0 };
	struct str why = STR_NONE;

	seal_seen(&s, STR("ARC-Seal"), STR(" i=1; cv=none"));
	test_int(seal_plan(&s, &in, &edits, &why), RC_NONE, "a chain that nobody has looked at is left alone");
	for (int i = 0; i <= SEAL_FIELDS; i++)
		seal_seen(&s, STR("To"), STR(" x"));
	test_int(seal_plan(&s, &in, &edits, &why), RC_TEMP, "too many fields");
	test_str(why, STR("header over the limit"), "and why");
	s = seal_of(pool, &conf, NULL);
	test_ok(s.fields.n == 0, "without a key nothing is kept");
	test_int(seal_plan(&s, &in, &edits, &why), RC_NONE, "nor sealed");
	pool_free(&pool);
}

static void
write_key(int bits, mode_t mode)
{
	EVP_PKEY *k = EVP_RSA_gen((unsigned)bits);
	FILE *f = fopen(key_path, "w");

	test_ok(k && f && PEM_write_PrivateKey(f, k, NULL, NULL, 0, NULL, NULL), "a key file");
	if (f)
		fclose(f);
	EVP_PKEY_free(k);
	test_ok(chmod(key_path, mode) == 0, "its mode");
}

static void
configured(const char *lines, const char *want, const char *name)
{
	struct pool *pool = pool_new(0);
	struct conf *conf = NULL;
	struct buf why;
	struct str text = str_of(lines);
	size_t at = str_find(text, STR("KEY"));

	if (at != STR_NPOS)
		text = pool_printf(pool, "%.*s%s%.*s", STR_ARG(str_upto(text, at)), key_path, STR_ARG(str_from(text, at + 3)));
	buf_init(&why, 10000);
	if (conf_parse(text, "f", settings, (struct conf_base){ .key = NULL }, &conf, &why) == RC_OK &&
	    arc_conf_try(conf_values(conf, &arc_table), &why) == RC_OK)
		buf_adds(&why, "good");
	test_ok(str_find(buf_str(&why), str_of(want)) != STR_NPOS, name);
	if (str_find(buf_str(&why), str_of(want)) == STR_NPOS)
		test_show("got", buf_str(&why));
	conf_put(&conf);
	buf_clear(&why);
	pool_free(&pool);
}

static void
options(void)
{
	configured("", "good", "nothing said");
	configured("arc.domain = gate.example\narc.selector = sel\narc.key_file = KEY\n", "good", "all said");
	configured("arc.domain = gate\n", "arc.domain is no domain name", "no domain");
	configured("arc.domain = gate.example\n", "needs arc.selector", "no selector");
	configured("arc.domain = gate.example\narc.selector = s l\n", "needs arc.selector", "no name");
	configured("arc.domain = gate.example\narc.selector = sel\n", "needs arc.key_file", "no key");
	configured("arc.domain = gate.example\narc.selector = sel\narc.key_file = /nowhere\n",
	    "/nowhere: arc.key_file: no such file", "no such key");
	write_key(2048, 0644);
	configured("arc.domain = gate.example\narc.selector = sel\narc.key_file = KEY\n", "everybody can read it", "open");
	write_key(1024, 0600);
	configured("arc.domain = gate.example\narc.selector = sel\narc.key_file = KEY\n", "1024 bits", "a short key");
}

int
main(void)
{
	struct arc_conf conf = { ARC_MODIFIED, STR("gate.example"), STR("sel"), STR_NONE };
	struct buf why;

	if (!mkdtemp(folder))
		return 1;
	snprintf(key_path, sizeof(key_path), "%s/key.pem", folder);
	conf.key_file = str_of(key_path);
	buf_init(&why, 1000);
	buf_init(&record, 10000);
	write_key(2048, 0600);
	if (test_ok(arc_conf_key(&conf, &key, &why) == RC_OK && privkey_record(key, &record), "the key")) {
		edits_of_all_kinds();
		conditions();
		limits();
		options();
	}
	privkey_free(&key);
	buf_clear(&record);
	buf_clear(&why);
	unlink(key_path);
	rmdir(folder);
	return test_done();
}
