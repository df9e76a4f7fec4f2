/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "auth/arc.h"

#include "auth/signature.h"
#include "base/ascii.h"

struct set {
	const struct raw_field *aar;
	struct str authres;		/* of aar, behind "i=N;" */
	struct signature ams, as;
	bool has_ams, has_as;
};

struct chain {
	const struct dkim_in *in;
	struct raw_mail *mail;
	struct set *set;		/* set[i - 1] has instance i */
	uint32_t n;			/* highest instance */
	struct auth_arc *out;
};

/* The first thing that is wrong says why. */
static void
broken(struct chain *c, struct str why)
{
	if (c->out->result == AUTH_FAIL)
		return;
	c->out->result = AUTH_FAIL;
	c->out->why = why;
}

bool
arc_read_aar(struct str value, uint32_t *instance, struct str *rest)
{
	size_t semi = str_chr(value, ';');
	struct str tag = str_trim(str_upto(value, semi)), number;
	uint64_t i;

	if (semi == STR_NPOS || tag.n < 2 || ascii_lower((unsigned char)tag.p[0]) != 'i')
		return false;
	number = str_trim(str_from(tag, 1));
	if (number.n == 0 || number.p[0] != '=')
		return false;
	number = str_trim(str_from(number, 1));
	if (number.n > 3 || !str_to_u64(number, &i) || i == 0)
		return false;
	*instance = (uint32_t)i;
	*rest = str_trim(str_from(value, semi + 1));
	return true;
}

static struct set *
set_of(struct chain *c, uint32_t instance)
{
	if (instance > AUTH_ARC_SETS) {
		broken(c, STR("i= out of range"));
		instance = AUTH_ARC_SETS;
	}
	if (instance > c->n)
		c->n = instance;
	return instance ? &c->set[instance - 1] : NULL;
}

static void
take_aar(struct chain *c, const struct raw_field *f)
{
	struct str rest;
	uint32_t instance = 0;
	struct set *set;

	if (!arc_read_aar(f->value, &instance, &rest)) {
		broken(c, STR("ARC-Authentication-Results: i= missing"));
		return;
	}
	set = set_of(c, instance);
	if (!set || set->aar) {
		broken(c, STR("a set has a field twice"));
		return;
	}
	set->aar = f;
	set->authres = rest;
}

/* Also of a field that cannot be read: the next sealer counts on from the highest i= (RFC 8617 5.1). */
static void
take_signature(struct chain *c, const struct raw_field *f, enum signature_kind kind)
{
	struct signature *sig = pool_alloc(c->in->pool, sizeof(*sig));
	struct str why;
	struct set *set;
	bool *has;

	if (signature_read(c->in->pool, f, kind, sig, &why) != AUTH_PASS)
		broken(c, why);
	set = set_of(c, sig->instance);
	has = set ? kind == SIGNATURE_ARC_SEAL ? &set->has_as : &set->has_ams : NULL;
	if (!has || *has) {
		broken(c, STR("a set has a field twice"));
		return;
	}
	*has = true;
	if (kind == SIGNATURE_ARC_SEAL)
		set->as = *sig;
	else
		set->ams = *sig;
}

static void
take(struct chain *c, const struct raw_field *f)
{
	if (raw_mail_is(f, STR("ARC-Authentication-Results")))
		take_aar(c, f);
	else if (raw_mail_is(f, STR("ARC-Message-Signature")))
		take_signature(c, f, SIGNATURE_ARC_MESSAGE);
	else if (raw_mail_is(f, STR("ARC-Seal")))
		take_signature(c, f, SIGNATURE_ARC_SEAL);
}

/* RFC 8617 5.2, step 3; 4.1.2: a message signature covers no seals. */
static void
check_set(struct chain *c, const struct set *s, bool first)
{
	if (!s->aar || !s->has_ams || !s->has_as)
		broken(c, STR("a set is not complete"));
	else if (s->as.cv == SIGNATURE_CV_FAIL)
		broken(c, STR("a sealer says cv=fail"));
	else if ((s->as.cv == SIGNATURE_CV_NONE) != first)
		broken(c, STR("cv= does not fit i="));
	else if (signature_names(&s->ams, STR("arc-seal")))
		broken(c, STR("ARC-Message-Signature covers a seal"));
}

/* RFC 8617 5.2, steps 1 to 3. */
static void
collect(struct chain *c)
{
	for (size_t i = 0; i < c->mail->n; i++)
		take(c, &c->mail->field[i]);
	c->out->sealed_fail = c->n > 0 && c->set[c->n - 1].as.cv == SIGNATURE_CV_FAIL;
	for (uint32_t i = 0; i < c->n; i++)
		check_set(c, &c->set[i], i == 0);
	if (c->n > 0 && c->mail->cut)
		broken(c, STR("header over the limit"));
}

static enum auth_result
verify_ams(struct chain *c, const struct signature *sig, struct str *why)
{
	const struct raw_field *field[SIGNATURE_NAMES];
	unsigned char digest[HASH_SHA256_BYTES];
	struct pubkey key;
	uint64_t length;
	size_t n;

	*why = STR("body hash");
	if (memcmp(raw_mail_digest(c->mail, sig->body, &length), sig->bh, HASH_SHA256_BYTES) != 0)
		return AUTH_FAIL;	/* l= is no way to add to a message that was sealed as a whole */
	*why = STR("expired");
	if (sig->expires && sig->expires < c->in->now)
		return AUTH_FAIL;
	n = signature_fields(c->in->pool, c->mail, sig, field);
	/* The chain may hold all the same; but who believes a sealer must see what that one sealed. */
	if (sig->instance == c->n)
		c->out->open = signature_names(sig, STR("from")) == 0 || signature_replaced(c->mail, field, n).n > 0;
	signature_digest(c->mail, sig, field, n, digest);
	return signature_verify(c->in->pool, sig, c->in->keys, digest, c->in->bits_min, &key, why);
}

/* RFC 8617 5.1.1: all sets up to this one in their order, relaxed, the last b= empty. */
static enum auth_result
verify_seal(struct chain *c, uint32_t instance, struct str *why)
{
	const struct signature *sig = &c->set[instance - 1].as;
	unsigned char digest[HASH_SHA256_BYTES];
	struct pubkey key;
	struct buf b;

	buf_init(&b, SIZE_MAX / 2);	/* at most the header and a line end for each field */
	for (uint32_t i = 0; i < instance; i++) {
		const struct set *s = &c->set[i];

		canon_field(&b, CANON_RELAXED, s->aar->raw, c->mail->lf);
		canon_field(&b, CANON_RELAXED, s->ams.field->raw, c->mail->lf);
		if (i + 1 < instance)
			canon_field(&b, CANON_RELAXED, s->as.field->raw, c->mail->lf);
	}
	canon_signature(&b, CANON_RELAXED, sig->field->raw, sig->b_text, c->mail->lf);
	hash_sha256(buf_str(&b), digest);
	buf_clear(&b);
	return signature_verify(c->in->pool, sig, c->in->keys, digest, c->in->bits_min, &key, why);
}

static bool
conclude(struct chain *c, enum auth_result r, const char *what, uint32_t instance, struct str why)
{
	if (r == AUTH_PASS)
		return true;
	c->out->result = r == AUTH_TEMPERROR ? r : AUTH_FAIL;
	c->out->why = pool_printf(c->in->pool, "%s i=%u: %.*s", what, instance, STR_ARG(why));
	return false;
}

/* RFC 8617 5.2, steps 4 to 7. */
static void
validate(struct chain *c)
{
	struct str why = STR_NONE, ignored;
	enum auth_result r = verify_ams(c, &c->set[c->n - 1].ams, &why);

	if (!conclude(c, r, "message signature", c->n, why))
		return;
	for (uint32_t i = c->n; i > 0; i--) {
		r = verify_seal(c, i, &why);
		if (!conclude(c, r, "seal", i, why))
			return;
	}
	c->out->result = AUTH_PASS;
	for (uint32_t i = c->n - 1; i > 0 && c->out->oldest_pass == 0; i--)
		if (verify_ams(c, &c->set[i - 1].ams, &ignored) != AUTH_PASS)
			c->out->oldest_pass = i + 1;
}

void
arc_verify(const struct dkim_in *in, struct raw_mail *m, struct auth_arc *out)
{
	struct chain c = { .in = in, .mail = m, .out = out };

	*out = (struct auth_arc){ .result = AUTH_NONE };
	c.set = pool_alloc(in->pool, AUTH_ARC_SETS * sizeof(*c.set));
	collect(&c);
	if (c.n > 0 && out->result != AUTH_FAIL)
		validate(&c);
	out->sets = c.n;
	if (c.n == 0)
		return;
	out->domain = c.set[c.n - 1].as.domain;
	out->selector = c.set[c.n - 1].as.selector;
	out->authres = pool_str(in->pool, c.set[c.n - 1].authres);
}
