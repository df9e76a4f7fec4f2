/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* [MS-OXRTFCP]: LZ77 over a ring of 4096 bytes that starts with a known text. */
#include <string.h>

#include "base/rd.h"
#include "message/defect.h"
#include "message/tnef.h"

enum {
	RING = 4096,
	HEADER = 16,
	GROWTH = 9		/* a reference of two bytes gives at most 17, with a control bit each */
};

/* 2.1.3.1: what the ring holds at the start. */
#define DICTIONARY STR("{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}" \
	"{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor MS Sans SerifSymbolArialTimes New RomanCourier" \
	"{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx")

struct lz {
	char ring[RING];
	size_t at;		/* next place in the ring */
	char *out;
	size_t n, max;
};

static void
put(struct lz *z, char c)
{
	z->ring[z->at] = c;
	z->at = (z->at + 1) % RING;
	if (z->n < z->max)
		z->out[z->n++] = c;
}

/* One reference: 12 bits of place, 4 of length. False at the end mark, its own place. */
static bool
copy(struct lz *z, struct rd *r)
{
	unsigned high = rd_u8(r), low = rd_u8(r);
	size_t from = high << 4 | low >> 4, n = (low & 15) + 2;

	if (r->err || from == z->at)
		return false;
	for (size_t i = 0; i < n; i++)
		put(z, z->ring[(from + i) % RING]);
	return true;
}

static void
decompress(struct lz *z, struct rd *r)
{
	while (!r->err && z->n < z->max) {
		unsigned control = rd_u8(r);

		for (int bit = 0; bit < 8 && !r->err; bit++, control >>= 1) {
			if (control & 1) {
				if (!copy(z, r))
					return;
			} else {
				char c = (char)rd_u8(r);

				if (!r->err)
					put(z, c);
			}
		}
	}
}

struct str
tnef_rtf(struct pool *pool, struct str in, size_t max, uint64_t *defects)
{
	struct rd r = { .in = in };
	struct lz z = { .at = 0 };
	struct str dictionary = DICTIONARY, kind;
	size_t raw;

	rd_u32(&r);
	raw = rd_u32(&r);
	kind = rd_bytes(&r, 4);
	rd_u32(&r);
	if (str_eq(kind, STR("MELA")) && !r.err)
		return str_sub(in, HEADER, raw);
	z.max = raw < in.n * GROWTH ? raw : in.n * GROWTH;
	z.out = str_eq(kind, STR("LZFu")) && !r.err && z.max <= max ? pool_try(pool, z.max) : NULL;
	if (!z.out) {
		*defects |= DEFECT_BIT(TNEF_BAD);
		return STR_NONE;
	}
	memcpy(z.ring, dictionary.p, dictionary.n);
	z.at = dictionary.n;
	decompress(&z, &r);
	if (z.n < raw)
		*defects |= DEFECT_BIT(TNEF_BAD);
	return (struct str){ z.out, z.n };
}
