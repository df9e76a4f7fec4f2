/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "auth/signature.h"

#include "auth/taglist.h"
#include "base/ascii.h"
#include "base/base64.h"
#include "base/idna.h"

enum {
	INSTANCE_DIGITS = 3,
	DIGITS = 15,			/* RFC 6376 3.5: t= and x= are good beyond any life; l= has up to 76 */
	B8 = 8				/* RFC 6008 4 */
};

struct reading {
	struct taglist tags;
	struct signature *sig;
	struct str *why;
	enum auth_result result;
};

static void
fail(struct reading *r, enum auth_result result, struct str why)
{
	if (r->result != AUTH_PASS)
		return;
	r->result = result;
	*r->why = why;
}

static struct str
need(struct reading *r, struct str name, struct str why)
{
	struct str v = STR_NONE;

	if (!taglist_get(&r->tags, name, &v) || v.n == 0)
		fail(r, AUTH_NEUTRAL, why);
	return v;
}

static bool
number(struct str s, size_t digits, uint64_t *out)
{
	return s.n > 0 && s.n <= digits && str_to_u64(s, out);
}

static void
read_algorithm(struct reading *r)
{
	struct str a = need(r, STR("a"), STR("signature: a= missing"));

	r->sig->algorithm = a;
	if (str_eq_nocase(a, STR("rsa-sha256")))
		r->sig->type = PUBKEY_RSA;
	else if (str_eq_nocase(a, STR("ed25519-sha256")))
		r->sig->type = PUBKEY_ED25519;
	else if (str_eq_nocase(a, STR("rsa-sha1")))
		fail(r, AUTH_POLICY, STR("rsa-sha1"));	/* RFC 8301 3.1: neither sign nor verify */
	else
		fail(r, AUTH_NEUTRAL, STR("signature: a= unknown"));
}

static void
read_names(struct reading *r, struct pool *pool)
{
	r->sig->domain = idna_ascii(pool, need(r, STR("d"), STR("signature: d= missing")));
	r->sig->selector = idna_ascii(pool, need(r, STR("s"), STR("signature: s= missing")));
	if (!pubkey_is_domain(r->sig->domain) || str_chr(r->sig->domain, '.') == STR_NPOS)
		fail(r, AUTH_NEUTRAL, STR("signature: d= is no domain"));
	if (!pubkey_is_domain(r->sig->selector))
		fail(r, AUTH_NEUTRAL, STR("signature: s= is no selector"));
}

/* Where in the field b= is, and what it says. */
static void
read_b(struct reading *r, struct pool *pool)
{
	struct str text = need(r, STR("b"), STR("signature: b= missing"));
	char eight[B8];
	size_t n = 0;

	for (size_t i = 0; i < r->tags.n; i++)
		if (str_eq(r->tags.tag[i].name, STR("b")))
			r->sig->b_text = r->tags.tag[i].raw;
	for (size_t i = 0; i < text.n && n < B8; i++)
		if (!ascii_is_space((unsigned char)text.p[i]))
			eight[n++] = text.p[i];
	r->sig->b8 = pool_str(pool, (struct str){ eight, n });
	if (!base64_get(text, r->sig->b, sizeof(r->sig->b), &r->sig->n_b))
		fail(r, AUTH_NEUTRAL, STR("signature: b= is not base64"));
}

static bool
canon_of(struct str s, enum canon *out)
{
	*out = str_eq_nocase(s, STR("relaxed")) ? CANON_RELAXED : CANON_SIMPLE;
	return *out == CANON_RELAXED || str_eq_nocase(s, STR("simple"));
}

/* RFC 6376 3.5: without c= both are simple. Not RFC 8617: who leaves c= out of an
 * ARC-Message-Signature means relaxed, so say the suite and all programs that passed it. */
static void
read_canon(struct reading *r, enum signature_kind kind)
{
	struct str c;
	size_t slash;

	if (!taglist_get(&r->tags, STR("c"), &c)) {
		r->sig->header = r->sig->body = kind == SIGNATURE_DKIM ? CANON_SIMPLE : CANON_RELAXED;
		return;
	}
	slash = str_chr(c, '/');
	if (!canon_of(str_upto(c, slash), &r->sig->header) ||
	    (slash != STR_NPOS && !canon_of(str_from(c, slash + 1), &r->sig->body)))
		fail(r, AUTH_NEUTRAL, STR("signature: c= unknown"));
}

static void
read_body_hash(struct reading *r)
{
	size_t n;
	struct str bh = need(r, STR("bh"), STR("signature: bh= missing"));

	if (!base64_get(bh, r->sig->bh, sizeof(r->sig->bh), &n) || n != sizeof(r->sig->bh))
		fail(r, AUTH_NEUTRAL, STR("signature: bh= is no SHA-256"));
}

/* What a signature of a message has: a DKIM-Signature, and nearly the same an
 * ARC-Message-Signature (RFC 8617 4.1.2). */
static void
read_message_tags(struct reading *r, enum signature_kind kind)
{
	struct str v;
	size_t names = 1;

	read_canon(r, kind);
	read_body_hash(r);
	if (!taglist_get(&r->tags, STR("h"), &r->sig->names))
		fail(r, AUTH_NEUTRAL, STR("signature: h= missing"));
	for (size_t i = 0; i < r->sig->names.n; i++)
		names += r->sig->names.p[i] == ':';
	if (names > SIGNATURE_NAMES)
		fail(r, AUTH_NEUTRAL, STR("signature: h= too long"));
	if (taglist_get(&r->tags, STR("l"), &v) && (!number(v, DIGITS, &r->sig->length)))
		fail(r, AUTH_NEUTRAL, STR("signature: l= is no number"));
	/* RFC 6376 3.5: one way to get keys is defined, other words are for the future. */
	if (taglist_get(&r->tags, STR("q"), &v) && str_find_nocase(v, STR("dns/txt")) == STR_NPOS)
		fail(r, AUTH_NEUTRAL, STR("signature: q= unknown"));
}

static void
read_times(struct reading *r)
{
	struct str v;
	uint64_t made = 0, until = 0;

	if (taglist_get(&r->tags, STR("t"), &v) && !number(v, DIGITS, &made))
		fail(r, AUTH_NEUTRAL, STR("signature: t= is no number"));
	r->sig->made = (int64_t)made;
	if (!taglist_get(&r->tags, STR("x"), &v))
		return;
	if (!number(v, DIGITS, &until))
		fail(r, AUTH_NEUTRAL, STR("signature: x= is no number"));
	else if (until < made || until == 0)
		fail(r, AUTH_NEUTRAL, STR("signature: x= before t="));
	r->sig->expires = (int64_t)until;
}

/* RFC 6376 3.5: the domain of i= is that of d= or below it, in whatever form each is written. */
static void
read_identity(struct reading *r, struct pool *pool)
{
	struct str id, domain, d = r->sig->domain;
	size_t at;

	if (!taglist_get(&r->tags, STR("i"), &id)) {
		r->sig->identity = pool_printf(pool, "@%.*s", STR_ARG(d));
		return;
	}
	at = str_rchr(id, '@');
	domain = at == STR_NPOS ? STR_NONE : idna_ascii(pool, str_from(id, at + 1));
	r->sig->identity = domain.n ? pool_printf(pool, "%.*s@%.*s", STR_ARG(str_upto(id, at)), STR_ARG(domain)) : id;
	if (!str_ends_nocase(domain, d) || d.n == 0 ||
	    (domain.n > d.n && domain.p[domain.n - d.n - 1] != '.'))
		fail(r, AUTH_PERMERROR, STR("signature: i= is not of d="));
}

static void
read_dkim_tags(struct reading *r, struct pool *pool)
{
	struct str v;

	if (!taglist_get(&r->tags, STR("v"), &v) || !str_eq(v, STR("1")))
		fail(r, AUTH_NEUTRAL, STR("signature: v= is not 1"));
	read_identity(r, pool);
	if (r->sig->names.n && signature_names(r->sig, STR("from")) == 0)
		fail(r, AUTH_PERMERROR, STR("From is not signed"));	/* RFC 6376 6.1.1 */
	if (r->sig->names.n == 0)
		fail(r, AUTH_NEUTRAL, STR("signature: h= is empty"));
}

static void
read_instance(struct reading *r)
{
	uint64_t i = 0;
	struct str v = need(r, STR("i"), STR("ARC: i= missing"));

	if (!number(v, INSTANCE_DIGITS, &i) || i == 0)
		fail(r, AUTH_NEUTRAL, STR("ARC: i= is no number"));
	r->sig->instance = (uint32_t)i;
}

/* RFC 8617 4.1.3: a seal covers the sets and nothing else. */
static void
read_seal_tags(struct reading *r)
{
	struct str v = STR_NONE;

	if (taglist_get(&r->tags, STR("h"), &v))
		fail(r, AUTH_NEUTRAL, STR("ARC-Seal: h= is not allowed"));
	v = need(r, STR("cv"), STR("ARC-Seal: cv= missing"));
	if (str_eq_nocase(v, STR("none")))
		r->sig->cv = SIGNATURE_CV_NONE;
	else if (str_eq_nocase(v, STR("pass")))
		r->sig->cv = SIGNATURE_CV_PASS;
	else if (str_eq_nocase(v, STR("fail")))
		r->sig->cv = SIGNATURE_CV_FAIL;
	else
		fail(r, AUTH_NEUTRAL, STR("ARC-Seal: cv= unknown"));
}

enum auth_result
signature_read(struct pool *pool, const struct raw_field *field, enum signature_kind kind,
    struct signature *sig, struct str *why)
{
	struct reading r = { .sig = sig, .why = why, .result = AUTH_PASS };

	*sig = (struct signature){ .field = field, .length = CANON_ALL };
	*why = STR_NONE;
	if (!taglist_parse(field->value, &r.tags)) {
		fail(&r, AUTH_NEUTRAL, STR("signature: syntax"));
		return r.result;
	}
	read_names(&r, pool);
	read_algorithm(&r);
	read_b(&r, pool);
	if (kind != SIGNATURE_ARC_SEAL)
		read_message_tags(&r, kind);
	if (kind == SIGNATURE_DKIM)
		read_dkim_tags(&r, pool);
	else
		read_instance(&r);
	if (kind == SIGNATURE_ARC_SEAL)
		read_seal_tags(&r);
	read_times(&r);
	return r.result;
}
