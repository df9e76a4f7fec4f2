/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/*   u8 known, u32 n, n signatures { u32 result, six strings, u32 bits, u8 flags },
 *   u32 result, u32 sets, u32 oldest pass, u8 sealed fail, u8 open, four strings,
 *   u8 has body, [32 digest]
 */
#include "worker/wire_auth.h"

#include <string.h>

#include "base/ascii.h"
#include "worker/wire.h"
#include "worker/wire_io.h"

enum { TESTING = 1, PARTIAL = 2, OPEN = 4, REPLACED = 8, FLAGS = 15, DKIM_LEAST = 4 + 6 * 4 + 4 + 1 };

/* Tags of mail may hold anything: folds and white space become one space, other bytes '?'. */
static void
put_text(struct buf *b, struct str s, size_t most)
{
	size_t head = b->n;

	wire_io_u32(b, 0);
	for (size_t i = 0; i < s.n && b->n - head - 4 < most && !b->full; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (!ascii_is_space(c))
			buf_addc(b, ascii_is_print(c) ? (char)c : '?');
		else if (b->n > head + 4 && b->p[b->n - 1] != ' ')
			buf_addc(b, ' ');
	}
	for (size_t i = 0; i < 4 && !b->full; i++)
		b->p[head + i] = (char)(unsigned char)((b->n - head - 4) >> (8 * i));
}

static struct str
get_text(struct rd *r, size_t most)
{
	struct str s = wire_io_get_str(r);

	r->err |= s.n > most;
	for (size_t i = 0; i < s.n && !r->err; i++)
		r->err |= !ascii_is_print((unsigned char)s.p[i]) ||
		    (s.p[i] == ' ' && (i == 0 || s.p[i - 1] == ' '));
	return s;
}

static void
put_dkim(struct buf *b, const struct auth_dkim *d)
{
	wire_io_u32(b, d->result);
	put_text(b, d->domain, WIRE_AUTH_TEXT);
	put_text(b, d->selector, WIRE_AUTH_TEXT);
	put_text(b, d->identity, WIRE_AUTH_TEXT);
	put_text(b, d->algorithm, WIRE_AUTH_TEXT);
	put_text(b, d->b8, WIRE_AUTH_TEXT);
	put_text(b, d->why, WIRE_AUTH_TEXT);
	wire_io_u32(b, d->bits);
	wire_io_u8(b, (d->testing ? TESTING : 0u) | (d->partial ? PARTIAL : 0u) | (d->subject_open ? OPEN : 0u) |
	    (d->replaced ? REPLACED : 0u));
}

static void
get_dkim(struct rd *r, struct auth_dkim *d)
{
	unsigned flags;

	d->result = (enum auth_result)wire_io_get_below(r, AUTH_RESULT_N);
	d->domain = get_text(r, WIRE_AUTH_TEXT);
	d->selector = get_text(r, WIRE_AUTH_TEXT);
	d->identity = get_text(r, WIRE_AUTH_TEXT);
	d->algorithm = get_text(r, WIRE_AUTH_TEXT);
	d->b8 = get_text(r, WIRE_AUTH_TEXT);
	d->why = get_text(r, WIRE_AUTH_TEXT);
	d->bits = rd_u32(r);
	flags = rd_u8(r);
	r->err |= flags > FLAGS;
	d->testing = flags & TESTING;
	d->partial = flags & PARTIAL;
	d->subject_open = flags & OPEN;
	d->replaced = flags & REPLACED;
}

void
wire_auth_put(struct buf *b, const struct report_auth *a)
{
	wire_io_u8(b, a->known);
	wire_io_u32(b, a->n_dkim);
	for (size_t i = 0; i < a->n_dkim; i++)
		put_dkim(b, &a->dkim[i]);
	wire_io_u32(b, a->arc.result);
	wire_io_u32(b, a->arc.sets);
	wire_io_u32(b, a->arc.oldest_pass);
	wire_io_u8(b, a->arc.sealed_fail);
	wire_io_u8(b, a->arc.open);
	put_text(b, a->arc.domain, WIRE_AUTH_TEXT);
	put_text(b, a->arc.selector, WIRE_AUTH_TEXT);
	put_text(b, a->arc.authres, WIRE_AUTH_RESULTS);
	put_text(b, a->arc.why, WIRE_AUTH_TEXT);
	wire_io_u8(b, a->has_body);
	if (a->has_body)
		buf_add(b, (struct str){ (const char *)a->body, HASH_SHA256_BYTES });
}

void
wire_auth_get(struct rd *r, struct pool *pool, struct report_auth *a)
{
	struct auth_dkim *d;
	struct str digest;

	*a = (struct report_auth){ .known = wire_io_get_bool(r) };
	a->n_dkim = wire_io_count(r, AUTH_SIGNATURES, DKIM_LEAST);
	a->dkim = d = pool_alloc(pool, a->n_dkim * sizeof(*d));
	for (size_t i = 0; i < a->n_dkim && !r->err; i++)
		get_dkim(r, &d[i]);
	a->arc.result = (enum auth_result)wire_io_get_below(r, AUTH_RESULT_N);
	a->arc.sets = wire_io_get_below(r, AUTH_ARC_SETS + 1);
	a->arc.oldest_pass = wire_io_get_below(r, AUTH_ARC_SETS + 1);
	a->arc.sealed_fail = wire_io_get_bool(r);
	a->arc.open = wire_io_get_bool(r);
	a->arc.domain = get_text(r, WIRE_AUTH_TEXT);
	a->arc.selector = get_text(r, WIRE_AUTH_TEXT);
	a->arc.authres = get_text(r, WIRE_AUTH_RESULTS);
	a->arc.why = get_text(r, WIRE_AUTH_TEXT);
	a->has_body = wire_io_get_bool(r);
	digest = rd_bytes(r, a->has_body ? HASH_SHA256_BYTES : 0);
	if (digest.n)
		memcpy(a->body, digest.p, digest.n);
}
