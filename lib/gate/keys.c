/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "gate/keys.h"

#include "auth/pubkey.h"
#include "auth/raw_mail.h"
#include "auth/taglist.h"
#include "base/clock.h"
#include "worker/wire.h"

void
keys_init(struct keys *k, struct pool *pool, struct dns_batch *dns, int64_t wait_ms)
{
	*k = (struct keys){ .pool = pool, .dns = dns, .wait_ms = wait_ms };
}

/* Is it a field with a key, and within the limit of its kind? */
static bool
counts(struct keys *k, struct str name)
{
	if (str_eq_nocase(name, STR("DKIM-Signature")))
		return k->n_dkim++ < AUTH_SIGNATURES;
	if (str_eq_nocase(name, STR("ARC-Message-Signature")) || str_eq_nocase(name, STR("ARC-Seal")))
		return k->n_arc++ < 2 * AUTH_ARC_SETS;
	return false;
}

void
keys_seen(struct keys *k, struct str name, struct str value)
{
	struct taglist list;
	struct str selector, domain, full, *slot;

	if (!k->dns || !counts(k, str_trim(name)) || k->names.n == WIRE_KEYS)
		return;
	if (!taglist_parse(value, &list) || !taglist_get(&list, STR("s"), &selector) ||
	    !taglist_get(&list, STR("d"), &domain))
		return;
	full = pubkey_name(k->pool, selector, domain);
	for (size_t i = 0; i < k->names.n; i++)
		if (str_eq(((const struct str *)k->names.items)[i], full))
			return;
	if (full.n == 0)
		return;
	slot = vec_push(k->pool, &k->names, sizeof(*slot));
	*slot = full;
	k->until_ms = clock_mono_ms() + k->wait_ms;
	dns_batch_deadline(k->dns, k->until_ms);
	dns_want(k->dns, DNS_TXT, full);
}

void
keys_of(struct keys *k, const struct limits *lim, struct str message)
{
	struct raw_mail m;

	raw_mail_open(k->pool, lim, message, &m);
	for (size_t i = 0; i < m.n; i++)
		keys_seen(k, m.field[i].name, m.field[i].value);
}

static enum auth_key_state
state_of(enum dns_rc rc)
{
	switch (rc) {
	case DNS_OK:
		return AUTH_KEY_FOUND;
	case DNS_NODATA: case DNS_NXDOMAIN: case DNS_BAD_NAME:
		return AUTH_KEY_NONE;
	case DNS_FAIL: case DNS_TIMEOUT: case DNS_OFF:
		return AUTH_KEY_TEMP;
	}
	return AUTH_KEY_TEMP;
}

static void
answer(struct keys *k, struct str name, struct auth_key *out)
{
	const struct dns_answer *a = dns_get(k->dns, DNS_TXT, name);
	struct str *text;

	*out = (struct auth_key){ .name = name, .state = state_of(a->rc), .n = a->n };
	if (out->n > WIRE_KEY_TEXTS)
		out->n = WIRE_KEY_TEXTS;
	out->text = text = pool_alloc(k->pool, out->n * sizeof(*text));
	for (size_t i = 0; i < out->n; i++)
		text[i] = str_upto(a->records[i].text, PUBKEY_TEXT + 1);	/* too long stays too long */
}

/* Without a resolver every answer is DNS_OFF; then nobody has asked. */
static bool
is_off(const struct keys *k)
{
	const struct str *name = k->names.items;

	return !k->dns || (k->names.n && dns_get(k->dns, DNS_TXT, name[0])->rc == DNS_OFF);
}

bool
keys_wait(const struct keys *k)
{
	const struct str *name = k->names.items;

	for (size_t i = 0; i < k->names.n; i++)
		if (dns_is_open(k->dns, DNS_TXT, name[i]))
			return true;
	return false;
}

const struct auth_keys *
keys_answers(struct keys *k)
{
	struct auth_keys *out;
	struct auth_key *item;

	if (k->dns && k->names.n)
		dns_batch_deadline(k->dns, k->until_ms);
	if (is_off(k))
		return NULL;
	out = pool_alloc(k->pool, sizeof(*out));
	out->item = item = pool_alloc(k->pool, k->names.n * sizeof(*item));
	out->n = k->names.n;
	for (size_t i = 0; i < out->n; i++)
		answer(k, ((const struct str *)k->names.items)[i], &item[i]);
	return out;
}

static bool
was_given(const struct auth_keys *keys, struct str name)
{
	for (size_t i = 0; keys && i < keys->n; i++)
		if (str_eq(keys->item[i].name, name))
			return keys->item[i].state == AUTH_KEY_FOUND && keys->item[i].n > 0;
	return false;
}

void
keys_confirm(struct pool *pool, const struct auth_keys *keys, struct report_auth *a)
{
	struct auth_dkim *d = pool_alloc(pool, a->n_dkim * sizeof(*d));

	for (size_t i = 0; i < a->n_dkim; i++) {
		d[i] = a->dkim[i];
		if (d[i].result == AUTH_PASS && !was_given(keys, pubkey_name(pool, d[i].selector, d[i].domain))) {
			d[i].result = AUTH_NEUTRAL;
			d[i].why = STR("no key was given");
		}
	}
	a->dkim = d;
	if (a->arc.result == AUTH_PASS && !was_given(keys, pubkey_name(pool, a->arc.selector, a->arc.domain))) {
		a->arc.result = AUTH_FAIL;
		a->arc.why = STR("no key was given");
	}
}
