/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Three rounds, so that the body is read once for each canonical form and not once for each
 * signature: read the fields, digest the bodies, verify. */
#include "auth/dkim.h"

#include "auth/signature.h"

struct work {
	struct signature sig;
	struct str why;
	enum auth_result syntax;
	bool body_matches, body_short;
	uint64_t unsigned_bytes;	/* behind l= */
};

static bool
wants_part(const struct work *w, enum canon how)
{
	return w->syntax == AUTH_PASS && w->sig.body == how && w->sig.length != CANON_ALL;
}

/* The digests of those signatures that take l= bytes of the body. */
static void
digest_parts(struct raw_mail *m, struct work *w, size_t n, enum canon how)
{
	struct canon_digest part[AUTH_SIGNATURES] = { { .length = 0 } };
	uint64_t length;
	size_t parts = 0, at = 0;

	for (size_t i = 0; i < n; i++)
		if (wants_part(&w[i], how))
			part[parts++].length = w[i].sig.length;
	if (parts == 0)
		return;
	canon_body(m->body, how, m->lf, part, parts);
	raw_mail_digest(m, how, &length);
	for (size_t i = 0; i < n; i++) {
		if (!wants_part(&w[i], how))
			continue;
		w[i].body_short = !part[at].reached;
		w[i].body_matches = memcmp(part[at].digest, w[i].sig.bh, HASH_SHA256_BYTES) == 0;
		w[i].unsigned_bytes = length > w[i].sig.length ? length - w[i].sig.length : 0;
		at++;
	}
}

static void
digest_bodies(struct raw_mail *m, struct work *w, size_t n)
{
	uint64_t length;

	digest_parts(m, w, n, CANON_SIMPLE);
	digest_parts(m, w, n, CANON_RELAXED);
	for (size_t i = 0; i < n; i++)
		if (w[i].syntax == AUTH_PASS && w[i].sig.length == CANON_ALL)
			w[i].body_matches = memcmp(raw_mail_digest(m, w[i].sig.body, &length), w[i].sig.bh,
			    HASH_SHA256_BYTES) == 0;
}

/* RFC 6376 3.6.1 t=s: no subdomain in i=. */
static bool
identity_fits(const struct signature *sig, const struct pubkey *key)
{
	size_t at = str_rchr(sig->identity, '@');

	return !key->strict || (at != STR_NPOS && str_eq_nocase(str_from(sig->identity, at + 1), sig->domain));
}

/* What a signature that matches leaves open. */
static enum auth_result
judge_cover(const struct raw_mail *m, const struct work *w, const struct raw_field *const *field, size_t n,
    struct auth_dkim *out)
{
	struct str replaced;

	out->partial = w->unsigned_bytes > 0;
	/* Most signers leave Content-Type out; it matters when more can be put behind the body. */
	out->subject_open = signature_names(&w->sig, STR("subject")) == 0 ||
	    (out->partial && signature_names(&w->sig, STR("content-type")) == 0);
	replaced = signature_replaced(m, field, n);
	if (replaced.n) {
		out->subject_open |= str_eq(replaced, STR("subject"));
		out->replaced = true;
		out->why = STR("another From, Subject, Content or Reply-To than the signed one");
		return AUTH_POLICY;
	}
	if (!out->partial)
		return AUTH_PASS;
	out->why = STR("l= leaves the end of the body unsigned");
	return AUTH_POLICY;
}

static enum auth_result
judge(const struct dkim_in *in, struct raw_mail *m, const struct work *w, struct auth_dkim *out)
{
	const struct raw_field *field[SIGNATURE_NAMES];
	unsigned char digest[HASH_SHA256_BYTES];
	struct pubkey key;
	enum auth_result result;
	size_t n;

	out->why = w->why;
	if (w->syntax != AUTH_PASS)
		return w->syntax;
	n = signature_fields(in->pool, m, &w->sig, field);
	signature_digest(m, &w->sig, field, n, digest);
	result = signature_verify(in->pool, &w->sig, in->keys, digest, in->bits_min, &key, &out->why);
	out->bits = key.bits;
	out->testing = key.testing;
	if (result != AUTH_PASS)
		return result;
	if (!identity_fits(&w->sig, &key)) {
		out->why = STR("key record: t=s forbids a subdomain in i=");
		return AUTH_PERMERROR;
	}
	if (!w->body_matches || w->body_short) {
		out->why = w->body_short ? STR("body is shorter than l=") : STR("body hash");
		return AUTH_FAIL;
	}
	if (w->sig.expires && w->sig.expires < in->now) {
		out->why = STR("expired");
		return AUTH_POLICY;
	}
	if (w->sig.made > in->now + DKIM_AHEAD_SEC) {
		out->why = STR("t= is in the future");
		return AUTH_POLICY;
	}
	return judge_cover(m, w, field, n, out);
}

static void
describe(const struct signature *sig, struct auth_dkim *out)
{
	*out = (struct auth_dkim){ .domain = sig->domain, .selector = sig->selector, .identity = sig->identity,
	    .algorithm = sig->algorithm, .b8 = sig->b8 };
}

size_t
dkim_examine(const struct dkim_in *in, struct raw_mail *m, const struct auth_dkim **out, size_t *n)
{
	struct work *w = pool_alloc(in->pool, AUTH_SIGNATURES * sizeof(*w));
	struct auth_dkim *d = pool_alloc(in->pool, AUTH_SIGNATURES * sizeof(*d));
	size_t fields = 0;

	*n = 0;
	for (size_t i = 0; i < m->n; i++) {
		if (!raw_mail_is(&m->field[i], STR("DKIM-Signature")) || fields++ >= AUTH_SIGNATURES)
			continue;
		w[*n].syntax = signature_read(in->pool, &m->field[i], SIGNATURE_DKIM, &w[*n].sig, &w[*n].why);
		(*n)++;
	}
	digest_bodies(m, w, *n);
	for (size_t i = 0; i < *n; i++) {
		describe(&w[i].sig, &d[i]);
		if (m->cut) {
			d[i].result = AUTH_NEUTRAL;
			d[i].why = STR("header over the limit");
			continue;
		}
		d[i].result = judge(in, m, &w[i], &d[i]);
	}
	*out = d;
	return fields;
}
