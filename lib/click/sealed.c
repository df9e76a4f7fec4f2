/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "click/sealed.h"

#include <openssl/err.h>
#include <openssl/evp.h>

#include "base/ascii.h"

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";


static void
put_base64url(struct buf *out, const unsigned char *in, size_t n)
{
	for (size_t i = 0; i < n; i += 3) {
		uint32_t v = (uint32_t)in[i] << 16;

		v |= i + 1 < n ? (uint32_t)in[i + 1] << 8 : 0;
		v |= i + 2 < n ? in[i + 2] : 0;
		buf_addc(out, digits[v >> 18 & 63]);
		buf_addc(out, digits[v >> 12 & 63]);
		if (i + 1 < n)
			buf_addc(out, digits[v >> 6 & 63]);
		if (i + 2 < n)
			buf_addc(out, digits[v & 63]);
	}
}

static int
value_of(unsigned char c)
{
	if (ascii_is_upper(c))
		return c - 'A';
	if (ascii_is_lower(c))
		return c - 'a' + 26;
	if (ascii_is_digit(c))
		return c - '0' + 52;
	return c == '-' ? 62 : c == '_' ? 63 : -1;
}

/* One spelling for each token: bits left over must be zero. */
static bool
get_base64url(struct str in, unsigned char *out, size_t *n)
{
	uint32_t bits = 0;
	unsigned have = 0;

	*n = 0;
	for (size_t i = 0; i < in.n; i++) {
		int v = value_of((unsigned char)in.p[i]);

		if (v < 0)
			return false;
		bits = bits << 6 | (uint32_t)v;
		have += 6;
		if (have >= 8) {
			have -= 8;
			out[(*n)++] = (unsigned char)(bits >> have);
			bits &= (1u << have) - 1;
		}
	}
	return have < 6 && bits == 0;
}

/* ---- AES-SIV ---- */

/* n bytes of `in` to out; tag: written when sealing, expected when opening. */
static bool
siv(const struct keyring_key *k, bool seal, const unsigned char head[SEALED_HEAD], struct str in, unsigned char *out,
    unsigned char tag[SEALED_TAG])
{
	EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, "AES-256-SIV", NULL);
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int n = 0;
	bool ok = cipher && ctx && EVP_CipherInit_ex(ctx, cipher, NULL, k->bytes, NULL, seal) == 1;

	if (ok && !seal)
		ok = EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, SEALED_TAG, tag) == 1;
	ok = ok && EVP_CipherUpdate(ctx, NULL, &n, head, SEALED_HEAD) == 1 &&
	    EVP_CipherUpdate(ctx, out, &n, (const unsigned char *)in.p, (int)in.n) == 1 && (size_t)n == in.n &&
	    EVP_CipherFinal_ex(ctx, out + n, &n) == 1;
	if (ok && seal)
		ok = EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, SEALED_TAG, tag) == 1;
	EVP_CIPHER_CTX_free(ctx);
	EVP_CIPHER_free(cipher);
	ERR_clear_error();
	return ok;
}

/* ---- both ---- */

bool
sealed_looks(struct str text, unsigned version)
{
	if (text.n < SEALED_CHARS(0) || text.n > SEALED_CHARS(SEALED_PLAIN))
		return false;
	for (size_t i = 0; i < text.n; i++)
		if (value_of((unsigned char)text.p[i]) < 0)
			return false;
	return (unsigned)(value_of((unsigned char)text.p[0]) << 2 | value_of((unsigned char)text.p[1]) >> 4) == version;
}

enum rc
sealed_make(const struct keyring *ring, unsigned version, struct str plain, struct buf *out)
{
	unsigned char bytes[SEALED_HEAD + SEALED_TAG + SEALED_PLAIN];
	struct keyring_key key;
	enum rc rc = plain.n > SEALED_PLAIN ? RC_LIMIT : keyring_newest(ring, &key);

	if (rc != RC_OK)
		return rc;
	bytes[0] = (unsigned char)version;
	bytes[1] = (unsigned char)(key.id >> 8);
	bytes[2] = (unsigned char)key.id;
	if (siv(&key, true, bytes, plain, bytes + SEALED_HEAD + SEALED_TAG, bytes + SEALED_HEAD))
		put_base64url(out, bytes, SEALED_HEAD + SEALED_TAG + plain.n);
	else
		rc = RC_TEMP;
	keyring_wipe(&key);
	return rc == RC_OK && out->full ? RC_LIMIT : rc;
}

enum rc
sealed_read(const struct keyring *ring, struct pool *pool, struct str text, struct sealed *out)
{
	unsigned char *bytes, *plain;
	struct keyring_key key;
	size_t n;
	bool ok;

	*out = (struct sealed){ .version = 0 };
	if (text.n < SEALED_CHARS(0) || text.n > SEALED_CHARS(SEALED_PLAIN))
		return RC_BAD;
	bytes = pool_alloc(pool, text.n);
	if (!get_base64url(text, bytes, &n) || n <= SEALED_HEAD + SEALED_TAG)
		return RC_BAD;
	out->version = bytes[0];
	out->key_id = (unsigned)bytes[1] << 8 | bytes[2];
	if (keyring_find(ring, out->key_id, &key) != RC_OK)
		return RC_NONE;
	n -= SEALED_HEAD + SEALED_TAG;
	plain = pool_alloc(pool, n + SEALED_TAG);
	ok = siv(&key, false, bytes, (struct str){ (const char *)bytes + SEALED_HEAD + SEALED_TAG, n }, plain,
	    bytes + SEALED_HEAD);
	keyring_wipe(&key);
	out->plain = (struct str){ (const char *)plain, ok ? n : 0 };
	return ok ? RC_OK : RC_BAD;
}
