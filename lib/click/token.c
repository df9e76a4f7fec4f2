/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "click/token.h"

#include <assert.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include "base/ascii.h"
#include "base/rd.h"

/* What is sealed, behind version (1 byte) and key ID (2, big-endian), which are authenticated as well:
 *
 *   u8  flags       1: doubtful
 *   u40 expiry      little-endian
 *   u8  n, n bytes  message
 *   u16 n, n bytes  recipient
 *   rest            URL
 */
enum { DOUBTFUL = 1, EXPIRY_BYTES = 5, CHARS_MIN = (TOKEN_HEAD + TOKEN_TAG + 9 + 8) / 3 * 4 };

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/* ---- base64url ---- */

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

bool
token_looks(struct str token)
{
	if (token.n < CHARS_MIN || token.n > TOKEN_CHARS)
		return false;
	for (size_t i = 0; i < token.n; i++)
		if (value_of((unsigned char)token.p[i]) < 0)
			return false;
	return (value_of((unsigned char)token.p[0]) << 2 | value_of((unsigned char)token.p[1]) >> 4) == TOKEN_VERSION;
}

/* ---- AES-SIV ---- */

/* n bytes of `in` to out; tag: written when sealing, expected when opening. */
static bool
siv(const struct keyring_key *k, bool seal, const unsigned char head[TOKEN_HEAD], struct str in, unsigned char *out,
    unsigned char tag[TOKEN_TAG])
{
	EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, "AES-256-SIV", NULL);
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int n = 0;
	bool ok = cipher && ctx && EVP_CipherInit_ex(ctx, cipher, NULL, k->bytes, NULL, seal) == 1;

	if (ok && !seal)
		ok = EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, TOKEN_TAG, tag) == 1;
	ok = ok && EVP_CipherUpdate(ctx, NULL, &n, head, TOKEN_HEAD) == 1 &&
	    EVP_CipherUpdate(ctx, out, &n, (const unsigned char *)in.p, (int)in.n) == 1 && (size_t)n == in.n &&
	    EVP_CipherFinal_ex(ctx, out + n, &n) == 1;
	if (ok && seal)
		ok = EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, TOKEN_TAG, tag) == 1;
	EVP_CIPHER_CTX_free(ctx);
	EVP_CIPHER_free(cipher);
	ERR_clear_error();
	return ok;
}

/* ---- tokens ---- */

bool
token_url_fits(struct str url)
{
	size_t scheme = str_starts(url, STR("https://")) ? 8 : str_starts(url, STR("http://")) ? 7 : 0;

	if (scheme == 0 || url.n <= scheme || url.n > TOKEN_URL || url.p[scheme] == '/')
		return false;
	for (size_t i = 0; i < url.n; i++)
		if ((unsigned char)url.p[i] <= 0x20 || (unsigned char)url.p[i] >= 0x7f)
			return false;
	return true;
}

static void
put_le(struct buf *out, uint64_t v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		buf_addc(out, (char)(v >> (8 * i)));
}

static void
put_plain(struct buf *out, const struct click_token *t)
{
	buf_addc(out, t->doubtful ? DOUBTFUL : 0);
	put_le(out, (uint64_t)t->expiry_s, EXPIRY_BYTES);
	put_le(out, t->message.n, 1);
	buf_add(out, t->message);
	put_le(out, t->rcpt.n, 2);
	buf_add(out, t->rcpt);
	buf_add(out, t->url);
}

static bool
get_plain(struct str in, struct click_token *t)
{
	struct rd r = { .in = in };
	uint8_t flags = rd_u8(&r);

	t->doubtful = flags & DOUBTFUL;
	t->expiry_s = (int64_t)rd_le(&r, EXPIRY_BYTES);
	t->message = rd_bytes(&r, rd_u8(&r));
	t->rcpt = rd_bytes(&r, rd_u16(&r));
	t->url = rd_bytes(&r, rd_left(&r));
	return !r.err && (flags & ~DOUBTFUL) == 0 && token_url_fits(t->url);
}

enum rc
token_make(const struct keyring *ring, const struct click_token *t, struct buf *out)
{
	unsigned char bytes[TOKEN_HEAD + TOKEN_TAG + TOKEN_PLAIN];
	struct keyring_key key;
	struct buf plain;
	enum rc rc;

	if (t->url.n > TOKEN_URL || t->message.n > TOKEN_MESSAGE || t->rcpt.n > TOKEN_RCPT)
		return RC_LIMIT;
	if (!token_url_fits(t->url) || t->expiry_s < 0 || t->expiry_s >> (8 * EXPIRY_BYTES))
		return RC_BAD;
	rc = keyring_newest(ring, &key);
	if (rc != RC_OK)
		return rc;
	bytes[0] = TOKEN_VERSION;
	bytes[1] = (unsigned char)(key.id >> 8);
	bytes[2] = (unsigned char)key.id;
	buf_init(&plain, TOKEN_PLAIN);
	put_plain(&plain, t);
	assert(!plain.full);
	if (siv(&key, true, bytes, buf_str(&plain), bytes + TOKEN_HEAD + TOKEN_TAG, bytes + TOKEN_HEAD))
		put_base64url(out, bytes, TOKEN_HEAD + TOKEN_TAG + plain.n);
	else
		rc = RC_TEMP;
	buf_clear(&plain);
	keyring_wipe(&key);
	return rc == RC_OK && out->full ? RC_LIMIT : rc;
}

enum rc
token_read(const struct keyring *ring, struct pool *pool, struct str token, int64_t now_s, struct click_token *out)
{
	unsigned char *bytes, *plain;
	struct keyring_key key;
	size_t n;
	bool ok;

	*out = (struct click_token){ .version = 0 };
	if (!token_looks(token))
		return RC_BAD;
	bytes = pool_alloc(pool, token.n);
	if (!get_base64url(token, bytes, &n) || n <= TOKEN_HEAD + TOKEN_TAG)
		return RC_BAD;
	out->version = bytes[0];
	out->key_id = (unsigned)bytes[1] << 8 | bytes[2];
	if (keyring_find(ring, out->key_id, &key) != RC_OK)
		return RC_NONE;
	n -= TOKEN_HEAD + TOKEN_TAG;
	plain = pool_alloc(pool, n + TOKEN_TAG);
	ok = siv(&key, false, bytes, (struct str){ (const char *)bytes + TOKEN_HEAD + TOKEN_TAG, n }, plain,
	    bytes + TOKEN_HEAD);
	keyring_wipe(&key);
	if (!ok || !get_plain((struct str){ (const char *)plain, n }, out)) {
		*out = (struct click_token){ .version = 0 };
		return RC_BAD;
	}
	return now_s > out->expiry_s ? RC_LIMIT : RC_OK;
}
