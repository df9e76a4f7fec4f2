/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "gate/seal.h"

#include "auth/sign.h"

/* RFC 6376 5.4.1: what makes the message what it is. Signatures of others are among it (RFC 8617
 * 4.1.2); Received, Return-Path and results are not, as the next host changes them. */
static const struct str covered = STR("from:reply-to:sender:subject:date:to:cc:message-id:in-reply-to:references:"
    "mime-version:content-type:content-transfer-encoding:list-id:list-post:list-unsubscribe:"
    "list-unsubscribe-post:dkim-signature");

void
seal_init(struct seal *s, struct pool *pool, const struct arc_conf *conf, const struct privkey *key)
{
	*s = (struct seal){ .pool = pool, .conf = conf, .key = arc_conf_on(conf) ? key : NULL };
}

static bool
is_set(struct str name)
{
	return str_eq_nocase(name, STR("ARC-Seal")) || str_eq_nocase(name, STR("ARC-Message-Signature")) ||
	    str_eq_nocase(name, STR("ARC-Authentication-Results"));
}

static bool
is_covered(struct str name)
{
	struct str rest = covered, word;

	while (str_next(&rest, ':', &word))
		if (str_eq_nocase(name, word))
			return true;
	return is_set(name);
}

void
seal_seen(struct seal *s, struct str name, struct str value)
{
	struct str bare = str_trim(name);
	struct edit_header *f;

	if (!s->key || !is_covered(bare))
		return;
	s->has_sets |= is_set(bare);
	s->bytes += name.n + value.n;
	if (s->fields.n == SEAL_FIELDS || s->bytes > SEAL_BYTES) {
		s->cut = true;
		return;
	}
	f = vec_push(s->pool, &s->fields, sizeof(*f));
	*f = (struct edit_header){ pool_str(s->pool, bare), pool_str(s->pool, value) };
}

/* ---- what an MTA makes of the header, edit by edit ---- */

/* Index of the how-manieth field of that name, n when there is none. */
static size_t
find(const struct vec *fields, struct str name, int index)
{
	const struct edit_header *f = fields->items;
	size_t i;

	for (i = 0; i < fields->n; i++)
		if (str_eq_nocase(f[i].name, name) && --index == 0)
			break;
	return i;
}

static void
drop(struct vec *fields, size_t at)
{
	struct edit_header *f = fields->items;

	if (at >= fields->n)
		return;
	memmove(f + at, f + at + 1, (fields->n - at - 1) * sizeof(*f));
	fields->n--;
}

static void
put(struct pool *pool, struct vec *fields, struct str name, struct str value, size_t at)
{
	struct edit_header *f = fields->items;

	if (at < fields->n) {
		f[at].value = value;
		return;
	}
	f = vec_push(pool, fields, sizeof(*f));
	*f = (struct edit_header){ name, value };
}

static void
apply(struct pool *pool, struct vec *fields, const struct field_edit *e)
{
	struct str name = str_trim(e->name);

	if (!is_covered(name))
		return;
	switch (e->op) {
	case FIELD_DELETE:
		drop(fields, find(fields, name, e->index));
		return;
	case FIELD_CHANGE:
		put(pool, fields, name, e->value, find(fields, name, e->index));
		return;
	case FIELD_ADD:
		put(pool, fields, name, e->value, fields->n);
		return;
	case FIELD_INSERT:
		return;		/* only results are inserted, and no seal covers those */
	}
}

/* The header as it will be, for the signer. */
static void
delivered(const struct seal *s, const struct seal_in *in, const struct vec *edits, struct raw_mail *out)
{
	const struct field_edit *e = edits->items;
	struct edit_header *h = pool_alloc(s->pool, (s->fields.n + 1) * sizeof(*h));
	struct vec fields = { h, s->fields.n, s->fields.n + 1 };
	struct raw_field *raw;

	if (s->fields.n)
		memcpy(h, s->fields.items, s->fields.n * sizeof(*h));
	for (size_t i = 0; i < in->n_content; i++)
		apply(s->pool, &fields, &(struct field_edit){ in->content[i].value.n ? FIELD_CHANGE : FIELD_DELETE,
		    in->content[i].name, in->content[i].value, 1 });
	for (size_t i = 0; i < edits->n; i++)
		apply(s->pool, &fields, &e[i]);
	raw = pool_alloc(s->pool, fields.n * sizeof(*raw));
	h = fields.items;
	for (size_t i = 0; i < fields.n; i++) {
		raw[i].name = h[i].name;
		raw[i].raw = pool_printf(s->pool, "%.*s:%.*s\n", STR_ARG(h[i].name), STR_ARG(h[i].value));
		raw[i].value = str_from(raw[i].raw, h[i].name.n + 1);
		raw[i].key = raw_mail_key(h[i].name);
	}
	*out = (struct raw_mail){ .field = raw, .n = fields.n, .lf = true };
}

static void
insert(struct pool *pool, struct vec *edits, struct str name, struct str value)
{
	struct field_edit *e = vec_push(pool, edits, sizeof(*e));

	*e = (struct field_edit){ .op = FIELD_INSERT, .name = name, .value = value };
}

enum rc
seal_plan(const struct seal *s, const struct seal_in *in, struct vec *edits, struct str *why)
{
	struct auth_arc chain = *in->chain;
	struct raw_mail mail;
	struct sign_in sign = { .key = s->key, .mail = &mail, .body = in->body, .now = in->now };
	struct sign_set set;
	enum rc rc;

	if (!s->key || (s->conf->seal == ARC_MODIFIED && !in->modified))
		return RC_NONE;
	*why = s->cut ? STR("header over the limit") : STR("the digest of the body is not known");
	if (s->cut || !in->body)
		return RC_TEMP;
	/* Nobody asked DNS: where there are no sets, there is nothing to ask. */
	if (!s->has_sets && chain.result == AUTH_UNKNOWN)
		chain.result = AUTH_NONE;
	delivered(s, in, edits, &mail);
	sign.domain = s->conf->domain;
	sign.selector = s->conf->selector;
	sign.names = sign_names(s->pool, &mail, covered);
	rc = sign_arc(s->pool, &sign, &chain, in->results, &set);
	*why = rc == RC_NONE ? STR("the chain so far takes no more seals") : STR("the key cannot be used");
	if (rc != RC_OK)
		return rc;
	insert(s->pool, edits, STR("ARC-Authentication-Results"), set.aar);
	insert(s->pool, edits, STR("ARC-Message-Signature"), set.ams);
	insert(s->pool, edits, STR("ARC-Seal"), set.seal);
	return RC_OK;
}
