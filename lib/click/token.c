/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "click/token.h"

#include <assert.h>

#include "base/rd.h"
#include "click/sealed.h"

/* What is sealed, behind version (1 byte) and key ID (2, big-endian), which are authenticated as well:
 *
 *   u8  flags       1: doubtful
 *   u40 expiry      little-endian
 *   u8  n, n bytes  message
 *   u16 n, n bytes  recipient
 *   rest            URL
 */
enum { DOUBTFUL = 1, EXPIRY_BYTES = 5, CHARS_MIN = (SEALED_HEAD + SEALED_TAG + 9 + 8) / 3 * 4 };

bool
token_looks(struct str token)
{
	return token.n >= CHARS_MIN && token.n <= TOKEN_CHARS && sealed_looks(token, TOKEN_VERSION);
}

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
	struct buf plain;
	enum rc rc;

	if (t->url.n > TOKEN_URL || t->message.n > TOKEN_MESSAGE || t->rcpt.n > TOKEN_RCPT)
		return RC_LIMIT;
	if (!token_url_fits(t->url) || t->expiry_s < 0 || t->expiry_s >> (8 * EXPIRY_BYTES))
		return RC_BAD;
	buf_init(&plain, TOKEN_PLAIN);
	put_plain(&plain, t);
	assert(!plain.full);
	rc = sealed_make(ring, TOKEN_VERSION, buf_str(&plain), out);
	buf_clear(&plain);
	return rc;
}

enum rc
token_read(const struct keyring *ring, struct pool *pool, struct str token, int64_t now_s, struct click_token *out)
{
	struct sealed sealed;
	enum rc rc;

	*out = (struct click_token){ .version = 0 };
	if (!token_looks(token))
		return RC_BAD;
	rc = sealed_read(ring, pool, token, &sealed);
	if (rc == RC_OK && !get_plain(sealed.plain, out))
		rc = RC_BAD;
	if (rc == RC_BAD) {
		*out = (struct click_token){ .version = 0 };
		return rc;
	}
	out->version = sealed.version;
	out->key_id = sealed.key_id;
	if (rc != RC_OK)
		return rc;
	return now_s > out->expiry_s ? RC_LIMIT : RC_OK;
}
