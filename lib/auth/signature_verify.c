/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "auth/signature.h"

enum { KEYS_TRIED = 4 };	/* records of one name; more than one is a mistake, but it occurs */

size_t
signature_names(const struct signature *sig, struct str name)
{
	struct str rest = sig->names, word;
	size_t n = 0;

	while (str_next(&rest, ':', &word))
		n += str_eq_nocase(str_trim(word), name);
	return n;
}

/* The lowest field of that name that is not taken yet. */
static const struct raw_field *
take(const struct raw_mail *m, struct str name, bool *taken)
{
	uint64_t key = raw_mail_key(name);

	for (size_t i = m->n; name.n && i-- > 0; ) {
		if (m->field[i].key != key || taken[i] || !raw_mail_is(&m->field[i], name))
			continue;
		taken[i] = true;
		return &m->field[i];
	}
	return NULL;
}

size_t
signature_fields(struct pool *pool, const struct raw_mail *m, const struct signature *sig,
    const struct raw_field *out[SIGNATURE_NAMES])
{
	bool *taken = pool_alloc(pool, m->n + 1);
	struct str rest = sig->names, word;
	size_t n = 0;

	for (size_t i = 0; i < m->n; i++)
		taken[i] = &m->field[i] == sig->field;
	while (n < SIGNATURE_NAMES && str_next(&rest, ':', &word)) {
		out[n] = take(m, str_trim(word), taken);
		n += out[n] != NULL;
	}
	return n;
}

void
signature_digest(const struct raw_mail *m, const struct signature *sig, const struct raw_field *const *field,
    size_t n, unsigned char out[HASH_SHA256_BYTES])
{
	size_t most = 3 * sig->field->raw.n + 16;
	struct buf b;

	/* The canonical form is longer by the CR of files and by a line end that is missing. */
	for (size_t i = 0; i < n; i++)
		most += 2 * field[i]->raw.n + 4;
	buf_init(&b, most);
	for (size_t i = 0; i < n; i++)
		canon_field(&b, sig->header, field[i]->raw, m->lf);
	canon_signature(&b, sig->header, sig->field->raw, sig->b_text, m->lf);
	hash_sha256(buf_str(&b), out);
	buf_clear(&b);
}

static size_t
count_fields(const struct raw_field *const *field, size_t n, struct str name)
{
	size_t found = 0;

	for (size_t i = 0; i < n; i++)
		found += raw_mail_is(field[i], name);
	return found;
}

static size_t
count_in(const struct raw_mail *m, struct str name)
{
	uint64_t key = raw_mail_key(name);
	size_t found = 0;

	for (size_t i = 0; i < m->n; i++)
		found += m->field[i].key == key && raw_mail_is(&m->field[i], name);
	return found;
}

struct str
signature_replaced(const struct raw_mail *m, const struct raw_field *const *field, size_t n)
{
	static const struct str single[] = {
		STR("from"), STR("subject"), STR("content-type"), STR("content-transfer-encoding"), STR("reply-to"),
	};

	for (size_t i = 0; i < sizeof(single) / sizeof(single[0]); i++) {
		size_t covered = count_fields(field, n, single[i]);

		if (covered && count_in(m, single[i]) > covered)
			return single[i];
	}
	return STR_NONE;
}

static const struct auth_key *
find_key(const struct auth_keys *keys, struct str name)
{
	for (size_t i = 0; i < keys->n; i++)
		if (str_eq(keys->item[i].name, name))
			return &keys->item[i];
	return NULL;
}

/* RFC 8301 3.2: RSA keys below 1024 bits prove nothing. */
static enum auth_result
verify_with(const struct signature *sig, const struct pubkey *key, const unsigned char *digest,
    uint32_t bits_min, struct str *why)
{
	if (key->type == PUBKEY_RSA && key->bits < bits_min) {
		*why = STR("key too short");
		return AUTH_POLICY;
	}
	if (pubkey_verify(key, digest, (struct str){ (const char *)sig->b, sig->n_b }))
		return AUTH_PASS;
	*why = STR("signature does not match");
	return AUTH_FAIL;
}

enum auth_result
signature_verify(struct pool *pool, const struct signature *sig, const struct auth_keys *keys,
    const unsigned char digest[HASH_SHA256_BYTES], uint32_t bits_min, struct pubkey *key, struct str *why)
{
	struct str name = pubkey_name(pool, sig->selector, sig->domain);
	const struct auth_key *k = find_key(keys, name);
	enum auth_result result = AUTH_PERMERROR, first = AUTH_UNKNOWN;
	struct str first_why = STR_NONE;

	*key = (struct pubkey){ .pkey = NULL };
	*why = STR("d= and s= are no name in DNS");
	if (name.n == 0)
		return AUTH_PERMERROR;
	*why = k && k->state == AUTH_KEY_NONE ? STR("no key") : STR("no answer for the key");
	if (!k || k->state != AUTH_KEY_FOUND)
		return k && k->state == AUTH_KEY_NONE ? AUTH_PERMERROR : AUTH_TEMPERROR;
	*why = STR("no key");
	for (size_t i = 0; i < k->n && i < KEYS_TRIED; i++) {
		result = pubkey_read(pool, k->text[i], sig->type, key, why);
		if (result == AUTH_PASS)
			result = verify_with(sig, key, digest, bits_min, why);
		if (result == AUTH_PASS)
			return AUTH_PASS;
		/* Of several records, one that is a key says more than one that is not. */
		if (first == AUTH_UNKNOWN || first == AUTH_PERMERROR) {
			first = result;
			first_why = *why;
		}
	}
	if (first == AUTH_UNKNOWN)
		return result;
	*why = first_why;
	return first;
}
