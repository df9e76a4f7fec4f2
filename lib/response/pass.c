/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "response/pass.h"

#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

#include "auth/raw_mail.h"
#include "base/ascii.h"
#include "base/clock.h"
#include "base/fdio.h"
#include "base/rd.h"
#include "click/sealed.h"

/* What is sealed:
 *
 *   u8  kind
 *   u8  n, n bytes   record
 *   u16 number       little-endian, as the following
 *   u48 claim
 *   u40 expiry
 *   12, 32, 32, 32   nonce, body, head, envelope
 */
enum { NUMBER_BYTES = 2, CLAIM_BYTES = 6, EXPIRY_BYTES = 5, LEAST = 2 + NUMBER_BYTES + CLAIM_BYTES + EXPIRY_BYTES,
       PLAIN = LEAST + PASS_ID + PASS_NONCE + 3 * HASH_SHA256_BYTES, LINE = 60, HEAD_BYTES = 1024 * 1024 };

static const char *const kinds[] = {
	[PASS_RELEASE] = "release", [PASS_COPY] = "copy", [PASS_HOLD_END] = "hold_end", [PASS_NOTICE] = "notice",
};

const char *pass_kind_name(enum pass_kind kind) { return kinds[kind]; }

/* ---- what a pass holds for ---- */

static bool
is_bound(struct str name)
{
	static const char *const fields[] = { PASS_FIELDS };

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		struct str f = str_of(fields[i]);

		if (f.p[f.n - 1] == '*' ? str_starts_nocase(name, str_upto(f, f.n - 1)) : str_eq_nocase(name, f))
			return true;
	}
	return false;
}

void
pass_bind_content(struct pool *pool, struct str message, struct pass *out)
{
	static const struct limits lim = { .header_fields = 10000, .header_bytes = HEAD_BYTES };
	struct raw_mail mail;
	struct buf head;
	uint64_t length;

	raw_mail_open(pool, &lim, message, &mail);
	buf_init(&head, 2 * HEAD_BYTES);
	for (size_t i = 0; i < mail.n; i++)
		if (is_bound(mail.field[i].name))
			canon_field(&head, CANON_RELAXED, mail.field[i].raw, mail.lf);
	hash_sha256(buf_str(&head), out->head);
	buf_clear(&head);
	/* A header without end: nothing of it may change. */
	if (mail.cut)
		hash_sha256(message, out->body);
	else
		memcpy(out->body, raw_mail_digest(&mail, CANON_RELAXED, &length), sizeof(out->body));
}

static int
compare(const void *a, const void *b)
{
	return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

/* An MTA may say the recipients in another order; letters it does not change. */
void
pass_bind_envelope(struct pool *pool, struct str from, const struct str *rcpts, size_t n, struct pass *out)
{
	struct str *sorted = pool_alloc(pool, (n + 1) * sizeof(*sorted));
	struct buf text;

	for (size_t i = 0; i < n; i++)
		sorted[i] = pool_lower(pool, rcpts[i]);
	qsort(sorted, n, sizeof(*sorted), compare);
	buf_init(&text, SIZE_MAX);
	buf_add(&text, pool_lower(pool, from));
	for (size_t i = 0; i < n; i++) {
		if (i > 0 && str_eq(sorted[i], sorted[i - 1]))
			continue;
		buf_addc(&text, '\0');		/* no address has one */
		buf_add(&text, sorted[i]);
	}
	hash_sha256(buf_str(&text), out->envelope);
	buf_clear(&text);
}

const char *
pass_differs(const struct pass *a, const struct pass *b)
{
	if (memcmp(a->envelope, b->envelope, sizeof(a->envelope)) != 0)
		return "it is for another sender or other recipients";
	if (memcmp(a->head, b->head, sizeof(a->head)) != 0)
		return "it is for a mail with another subject or type";
	if (memcmp(a->body, b->body, sizeof(a->body)) != 0)
		return "it is for another body";
	return NULL;
}

/* ---- sealing ---- */

static void
put_le(struct buf *out, uint64_t v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		buf_addc(out, (char)(v >> (8 * i)));
}

static struct str
bytes_of(const unsigned char *p, size_t n)
{
	return (struct str){ (const char *)p, n };
}

static void
put_plain(struct buf *out, const struct pass *p)
{
	buf_addc(out, (char)p->kind);
	put_le(out, p->id.n, 1);
	buf_add(out, p->id);
	put_le(out, p->number, NUMBER_BYTES);
	put_le(out, (uint64_t)p->claim_ms, CLAIM_BYTES);
	put_le(out, (uint64_t)p->expiry_s, EXPIRY_BYTES);
	buf_add(out, bytes_of(p->nonce, sizeof(p->nonce)));
	buf_add(out, bytes_of(p->body, sizeof(p->body)));
	buf_add(out, bytes_of(p->head, sizeof(p->head)));
	buf_add(out, bytes_of(p->envelope, sizeof(p->envelope)));
}

static void
get_bytes(struct rd *r, unsigned char *out, size_t n)
{
	struct str s = rd_bytes(r, n);

	if (s.n == n)
		memcpy(out, s.p, n);
}

static bool
get_plain(struct str in, struct pass *p)
{
	struct rd r = { .in = in };
	uint8_t kind = rd_u8(&r);

	p->id = rd_bytes(&r, rd_u8(&r));
	p->number = rd_u16(&r);
	p->claim_ms = (int64_t)rd_le(&r, CLAIM_BYTES);
	p->expiry_s = (int64_t)rd_le(&r, EXPIRY_BYTES);
	get_bytes(&r, p->nonce, sizeof(p->nonce));
	get_bytes(&r, p->body, sizeof(p->body));
	get_bytes(&r, p->head, sizeof(p->head));
	get_bytes(&r, p->envelope, sizeof(p->envelope));
	p->kind = (enum pass_kind)kind;
	return !r.err && rd_left(&r) == 0 && kind < PASS_KINDS && p->id.n <= PASS_ID;
}

static void
put_folded(struct buf *out, struct str text)
{
	const char *lead = " ";

	buf_adds(out, PASS_FIELD ":");
	for (; text.n; text = str_from(text, LINE)) {
		buf_adds(out, lead);
		buf_add(out, str_upto(text, LINE));
		lead = "\r\n ";
	}
}

static enum rc
seal(const struct keyring *ring, const struct pass *p, struct buf *out)
{
	struct buf plain, text;
	enum rc rc;

	buf_init(&plain, PLAIN);
	buf_init(&text, PASS_CHARS);
	put_plain(&plain, p);
	rc = plain.full ? RC_LIMIT : sealed_make(ring, PASS_VERSION, buf_str(&plain), &text);
	if (rc == RC_OK)
		put_folded(out, buf_str(&text));
	buf_clear(&plain);
	buf_clear(&text);
	return rc == RC_OK && out->full ? RC_LIMIT : rc;
}

enum rc
pass_make(const struct keyring *ring, struct pool *pool, const struct smtp_mail *mail, const struct pass *what,
    struct buf *out)
{
	struct pass p = *what;
	struct str whole;

	if (p.id.n > PASS_ID || RAND_bytes(p.nonce, sizeof(p.nonce)) != 1 || fdio_map(mail->fd, &whole) != RC_OK)
		return RC_TEMP;
	pass_bind_content(pool, str_upto(whole, (size_t)mail->size), &p);
	fdio_unmap(&whole);
	pass_bind_envelope(pool, mail->from, mail->rcpts, mail->n_rcpts, &p);
	if (p.claim_ms == 0)
		p.claim_ms = clock_wall_ms();
	return seal(ring, &p, out);
}

enum rc
pass_read(const struct keyring *ring, struct pool *pool, struct str value, int64_t now_s, struct pass *out)
{
	char text[PASS_CHARS];
	struct sealed sealed;
	size_t n = 0;
	enum rc rc;

	*out = (struct pass){ .kind = PASS_KINDS };
	for (size_t i = 0; i < value.n; i++) {
		if (ascii_is_space((unsigned char)value.p[i]))
			continue;
		if (n == sizeof(text))
			return RC_BAD;
		text[n++] = value.p[i];
	}
	if (!sealed_looks((struct str){ text, n }, PASS_VERSION))
		return RC_BAD;
	rc = sealed_read(ring, pool, (struct str){ text, n }, &sealed);
	if (rc != RC_OK)
		return rc;
	if (!get_plain(sealed.plain, out))
		return RC_BAD;
	return now_s > out->expiry_s ? RC_LIMIT : RC_OK;
}
