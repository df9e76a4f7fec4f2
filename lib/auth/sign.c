/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "auth/sign.h"

#include <inttypes.h>

#include "auth/arc.h"
#include "auth/taglist.h"
#include "base/base64.h"

enum {
	/* Base64 digits in a line: white space in b= is signed by the seals that follow, so there is none
	 * where a line of 998 (RFC 5322 2.1.1) can do without, as the ARC suite has it. */
	B_LINE = 900,
	H_LINE = 60,			/* where h= goes on in the next line */
	FIELD_MAX = 256 * 1024		/* text of one set to be signed for each instance */
};

static struct str
take(struct pool *pool, struct buf *b)
{
	struct str s = pool_str(pool, buf_str(b));

	buf_clear(b);
	return s;
}

/* "\n " after every B_LINE digits. */
static void
put_folded(struct buf *out, struct str b64)
{
	for (; b64.n; b64 = str_from(b64, B_LINE)) {
		buf_add(out, str_upto(b64, B_LINE));
		if (b64.n > B_LINE)
			buf_adds(out, "\n ");
	}
}

/* A field of our own as the reader of signatures sees it. */
static struct raw_field
field_of(struct pool *pool, const char *name, struct str value)
{
	struct raw_field f = { .name = str_of(name) };

	f.raw = pool_printf(pool, "%s: %.*s\n", name, STR_ARG(value));
	f.value = str_from(f.raw, f.name.n + 1);
	return f;
}

/* "a=...;\n b=" and what comes behind b=, with the signature between. */
static bool
sign_field(struct pool *pool, const struct privkey *key, const unsigned char *digest, struct str before,
    struct str after, struct str *value)
{
	struct buf b64, out;
	bool ok;

	buf_init(&b64, SIGNATURE_BYTES * 2);
	ok = privkey_sign(key, digest, &b64);
	buf_init(&out, before.n + after.n + 4 * SIGNATURE_BYTES);
	buf_add(&out, before);
	put_folded(&out, buf_str(&b64));
	buf_add(&out, after);
	ok = ok && !out.full;
	*value = take(pool, &out);
	buf_clear(&b64);
	return ok;
}

static struct str
folded_names(struct pool *pool, struct str names)
{
	struct buf b;
	struct str word;
	size_t line = 0;

	buf_init(&b, 2 * names.n + 16);
	while (str_next(&names, ':', &word)) {
		if (b.n)
			buf_addc(&b, ':');
		if (line > H_LINE) {
			buf_adds(&b, "\n ");
			line = 0;
		}
		buf_add(&b, word);
		line += word.n + 1;
	}
	return take(pool, &b);
}

/* A signature over fields and body. instance: of an ARC-Message-Signature; 0: a DKIM-Signature. */
static bool
sign_message(struct pool *pool, const struct sign_in *in, uint32_t instance, struct str *value)
{
	const struct raw_field *taken[SIGNATURE_NAMES];
	unsigned char digest[HASH_SHA256_BYTES];
	struct str before, after;
	struct raw_field self;
	struct signature sig = { .field = &self, .header = CANON_RELAXED, .body = CANON_RELAXED, .names = in->names };
	struct str i = instance ? pool_printf(pool, "i=%u; ", instance) : STR_NONE;
	struct raw_mail mail = *in->mail;
	struct buf bh;
	size_t n;

	mail.lf = true;		/* as our own fields */
	buf_init(&bh, HASH_SHA256_BYTES * 2);
	base64_put(&bh, (struct str){ (const char *)in->body, HASH_SHA256_BYTES });
	before = pool_printf(pool, "%sa=%s;\n b=", instance ? "" : "v=1; ", privkey_algorithm(in->key));
	after = pool_printf(pool, ";\n bh=%s; c=relaxed/relaxed;\n d=%.*s; h=%.*s;\n %.*ss=%.*s; t=%" PRId64,
	    buf_cstr(&bh), STR_ARG(in->domain), STR_ARG(folded_names(pool, in->names)), STR_ARG(i),
	    STR_ARG(in->selector), in->now);
	buf_clear(&bh);
	self = field_of(pool, instance ? "ARC-Message-Signature" : "DKIM-Signature",
	    pool_printf(pool, "%.*s%.*s", STR_ARG(before), STR_ARG(after)));
	sig.b_text = str_sub(self.value, 1 + before.n, 0);
	n = signature_fields(pool, &mail, &sig, taken);
	signature_digest(&mail, &sig, taken, n, digest);
	return sign_field(pool, in->key, digest, before, after, value);
}

enum rc
sign_dkim(struct pool *pool, const struct sign_in *in, struct str *value)
{
	return sign_message(pool, in, 0, value) ? RC_OK : RC_TEMP;
}

/* Which set an ARC field belongs to; 0: none. */
static uint32_t
instance_of(const struct raw_field *f)
{
	struct taglist list;
	struct str i;
	uint32_t aar = 0;
	uint64_t v;

	if (raw_mail_is(f, STR("ARC-Authentication-Results")))
		return arc_read_aar(f->value, &aar, &i) ? aar : 0;
	if (!taglist_parse(f->value, &list) || !taglist_get(&list, STR("i"), &i) || i.n > 3 || !str_to_u64(i, &v))
		return 0;
	return (uint32_t)v;
}

static const struct raw_field *
find_field(const struct raw_mail *m, struct str name, uint32_t instance)
{
	for (size_t i = 0; i < m->n; i++)
		if (raw_mail_is(&m->field[i], name) && instance_of(&m->field[i]) == instance)
			return &m->field[i];
	return NULL;
}

/* The sets that are there, in their order. False: one is missing. */
static bool
put_sets(struct buf *b, const struct raw_mail *m, uint32_t sets)
{
	static const struct str name[] = {
		STR("ARC-Authentication-Results"), STR("ARC-Message-Signature"), STR("ARC-Seal"),
	};

	for (uint32_t i = 1; i <= sets; i++)
		for (size_t k = 0; k < sizeof(name) / sizeof(name[0]); k++) {
			const struct raw_field *f = find_field(m, name[k], i);

			if (!f)
				return false;
			canon_field(b, CANON_RELAXED, f->raw, true);
		}
	return true;
}

/* RFC 8617 5.1.2: over a chain that fails, a seal covers its own set only. */
static enum rc
sign_seal(struct pool *pool, const struct sign_in *in, uint32_t i, const char *cv, struct sign_set *set)
{
	unsigned char digest[HASH_SHA256_BYTES];
	struct str before = pool_printf(pool, "a=%s;\n b=", privkey_algorithm(in->key));
	struct str after = pool_printf(pool, "; cv=%s;\n d=%.*s; i=%u; s=%.*s; t=%" PRId64, cv, STR_ARG(in->domain), i,
	    STR_ARG(in->selector), in->now);
	struct raw_field aar = field_of(pool, "ARC-Authentication-Results", set->aar);
	struct raw_field ams = field_of(pool, "ARC-Message-Signature", set->ams);
	struct raw_field self = field_of(pool, "ARC-Seal", pool_printf(pool, "%.*s%.*s", STR_ARG(before), STR_ARG(after)));
	struct buf b;
	bool ok;

	buf_init(&b, AUTH_ARC_SETS * FIELD_MAX);
	ok = str_eq(str_of(cv), STR("fail")) || put_sets(&b, in->mail, i - 1);
	canon_field(&b, CANON_RELAXED, aar.raw, true);
	canon_field(&b, CANON_RELAXED, ams.raw, true);
	canon_signature(&b, CANON_RELAXED, self.raw, str_sub(self.value, 1 + before.n, 0), true);
	ok = ok && !b.full;
	hash_sha256(buf_str(&b), digest);
	buf_clear(&b);
	if (!ok)
		return RC_NONE;
	return sign_field(pool, in->key, digest, before, after, &set->seal) ? RC_OK : RC_TEMP;
}

/* RFC 8617 5.1: nothing is added to a chain that a sealer has called failed, nor when nobody can
 * say now whether it holds. */
static const char *
cv_of(const struct auth_arc *chain)
{
	if (chain->sets >= AUTH_ARC_SETS || chain->sealed_fail)
		return NULL;
	if (chain->result == AUTH_NONE)
		return "none";
	if (chain->result == AUTH_PASS)
		return "pass";
	return chain->result == AUTH_FAIL && chain->sets > 0 ? "fail" : NULL;
}

enum rc
sign_arc(struct pool *pool, const struct sign_in *in, const struct auth_arc *chain, struct str results,
    struct sign_set *out)
{
	const char *cv = cv_of(chain);
	uint32_t i = chain->sets + 1;

	if (!cv)
		return RC_NONE;
	out->aar = pool_printf(pool, "i=%u; %.*s", i, STR_ARG(results));
	if (!sign_message(pool, in, i, &out->ams))
		return RC_TEMP;
	return sign_seal(pool, in, i, cv, out);
}

/* RFC 6376 8.15: what is named once more than it is there cannot be added any more. */
static bool
closed(struct str name)
{
	return str_eq_nocase(name, STR("from")) || str_eq_nocase(name, STR("subject")) ||
	    str_eq_nocase(name, STR("content-type"));
}

struct str
sign_names(struct pool *pool, const struct raw_mail *m, struct str wanted)
{
	struct str word;
	struct buf b;
	size_t named = 0;

	buf_init(&b, FIELD_MAX);
	while (str_next(&wanted, ':', &word)) {
		size_t n = closed(word);

		for (size_t i = 0; i < m->n; i++)
			n += raw_mail_is(&m->field[i], word);
		for (; n > 0 && named < SIGNATURE_NAMES; n--, named++) {
			if (b.n)
				buf_addc(&b, ':');
			buf_add(&b, word);
		}
	}
	return take(pool, &b);
}
