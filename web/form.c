/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "web/form.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <stdio.h>

#include "base/hash.h"

enum { SECRET_BYTES = 16, SECRET_HEX = 2 * SECRET_BYTES, NAME_BYTES = 40, CODE_BYTES = 100 };

/* Each link has a cookie of its own, so that two tabs do not disturb each other. */
static void
cookie_name(struct str token, bool https, char out[NAME_BYTES])
{
	unsigned char digest[HASH_SHA256_BYTES];

	hash_sha256(token, digest);
	snprintf(out, NAME_BYTES, "%ssekimori-%02x%02x%02x%02x", https ? "__Host-" : "", digest[0], digest[1], digest[2],
	    digest[3]);
}

/* "EXPIRY-CODE" over secret, link and expiry. */
static bool
make_code(const struct keyring *ring, struct str secret, struct str token, int64_t expiry_s, char out[CODE_BYTES])
{
	static const char label[] = "sekimori-web form 1";
	unsigned char key[HASH_SHA256_BYTES], code[HASH_SHA256_BYTES];
	char hex[HASH_SHA256_HEX + 1];
	struct keyring_key k;
	struct buf text;
	bool good;

	if (keyring_newest(ring, &k) != RC_OK)
		return false;
	buf_init(&text, 65536);
	buf_printf(&text, "%lld\n%.*s\n", (long long)expiry_s, STR_ARG(secret));
	buf_add(&text, token);
	good = HMAC(EVP_sha256(), k.bytes, sizeof(k.bytes), (const unsigned char *)label, sizeof(label) - 1, key, NULL) &&
	    HMAC(EVP_sha256(), key, sizeof(key), (const unsigned char *)text.p, text.n, code, NULL) && !text.full;
	hash_hex(code, hex);
	snprintf(out, CODE_BYTES, "%llx-%s", (long long)expiry_s, hex);
	OPENSSL_cleanse(key, sizeof(key));
	keyring_wipe(&k);
	buf_clear(&text);
	return good;
}

enum rc
form_make(const struct keyring *ring, struct pool *pool, struct str token, int64_t now_s, bool https, struct form *out)
{
	unsigned char secret[SECRET_BYTES];
	char hex[SECRET_HEX + 1], name[NAME_BYTES], code[CODE_BYTES];

	if (RAND_bytes(secret, sizeof(secret)) != 1)
		return RC_TEMP;
	for (size_t i = 0; i < sizeof(secret); i++)
		snprintf(hex + 2 * i, 3, "%02x", secret[i]);
	if (!make_code(ring, str_of(hex), token, now_s + FORM_LIFE_S, code))
		return RC_TEMP;
	cookie_name(token, https, name);
	out->code = pool_str(pool, str_of(code));
	out->cookie = pool_printf(pool, "%s=%s; Path=/; Max-Age=%d; HttpOnly; SameSite=Strict%s", name, hex, FORM_LIFE_S,
	    https ? "; Secure" : "");
	return RC_OK;
}

static struct str
find_cookie(struct str cookies, const char *name)
{
	struct str item, key;

	while (str_next(&cookies, ';', &item)) {
		item = str_trim(item);
		if (str_next(&item, '=', &key) && str_eq(key, str_of(name)))
			return item;
	}
	return STR_NONE;
}

struct str
form_field(struct str body, struct str name)
{
	struct str item, key;

	while (str_next(&body, '&', &item))
		if (str_next(&item, '=', &key) && str_eq(key, name))
			return item;
	return STR_NONE;
}

static bool
read_hex(struct str s, int64_t *out)
{
	uint64_t v = 0;

	if (s.n == 0 || s.n > 12)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		const char *digits = "0123456789abcdef", *at = s.p[i] ? strchr(digits, s.p[i]) : NULL;

		if (!at)
			return false;
		v = v << 4 | (uint64_t)(at - digits);
	}
	*out = (int64_t)v;
	return true;
}

static bool
good_with(const struct keyring *ring, struct str token, int64_t expiry_s, struct str code, struct str secret)
{
	char want[CODE_BYTES];

	return secret.n == SECRET_HEX && make_code(ring, secret, token, expiry_s, want) && code.n == strlen(want) &&
	    CRYPTO_memcmp(code.p, want, code.n) == 0;
}

bool
form_good(const struct keyring *ring, struct str token, int64_t now_s, struct str body, struct str cookies)
{
	struct str code = form_field(body, STR("form"));
	char name[NAME_BYTES];
	int64_t expiry_s;
	bool good = false;

	if (!read_hex(str_upto(code, str_chr(code, '-')), &expiry_s) || now_s > expiry_s || expiry_s > now_s + FORM_LIFE_S)
		return false;
	for (int https = 0; https < 2 && !good; https++) {
		cookie_name(token, https, name);
		good = good_with(ring, token, expiry_s, code, find_cookie(cookies, name));
	}
	return good;
}
