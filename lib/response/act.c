/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "response/act.h"

#include "base/rd.h"

/* What is sealed: u40 expiry, u16 number, both little-endian; the id; the person. */
enum { EXPIRY_BYTES = 5 };

enum rc
act_make(const struct keyring *ring, const struct act *a, struct buf *out)
{
	struct buf plain;
	int64_t made_ms;
	enum rc rc;

	if (a->person.n > ACT_PERSON)
		return RC_LIMIT;
	if (!record_id_time(a->id, &made_ms) || a->id.n != RECORD_ID || a->number == 0 || a->expiry_s < 0 ||
	    a->expiry_s >> (8 * EXPIRY_BYTES))
		return RC_BAD;
	buf_init(&plain, ACT_CHARS);
	for (size_t i = 0; i < EXPIRY_BYTES; i++)
		buf_addc(&plain, (char)((uint64_t)a->expiry_s >> (8 * i)));
	buf_addc(&plain, (char)(a->number & 0xff));
	buf_addc(&plain, (char)(a->number >> 8));
	buf_add(&plain, a->id);
	buf_add(&plain, a->person);
	rc = sealed_make(ring, ACT_VERSION, buf_str(&plain), out);
	buf_clear(&plain);
	return rc;
}

enum rc
act_read(const struct keyring *ring, struct pool *pool, struct str token, int64_t now_s, struct act *out)
{
	struct sealed sealed;
	struct rd r = { .off = 0 };
	int64_t made_ms;
	enum rc rc;

	*out = (struct act){ .number = 0 };
	if (token.n > ACT_CHARS || !sealed_looks(token, ACT_VERSION))
		return RC_BAD;
	rc = sealed_read(ring, pool, token, &sealed);
	if (rc != RC_OK)
		return rc;
	r.in = sealed.plain;
	out->expiry_s = (int64_t)rd_le(&r, EXPIRY_BYTES);
	out->number = (uint16_t)rd_le(&r, 2);
	out->id = rd_bytes(&r, RECORD_ID);
	out->person = rd_bytes(&r, rd_left(&r));
	if (r.err || !record_id_time(out->id, &made_ms) || out->number == 0)
		return RC_BAD;
	return now_s > out->expiry_s ? RC_LIMIT : RC_OK;
}
