/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "base/base64.h"

#include "base/ascii.h"

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void
base64_put(struct buf *out, struct str in)
{
	for (size_t i = 0; i < in.n; i += 3) {
		uint32_t v = 0;

		for (size_t j = 0; j < 3; j++)
			v = v << 8 | (i + j < in.n ? (unsigned char)in.p[i + j] : 0);
		buf_addc(out, digits[v >> 18 & 63]);
		buf_addc(out, digits[v >> 12 & 63]);
		buf_addc(out, i + 1 < in.n ? digits[v >> 6 & 63] : '=');
		buf_addc(out, i + 2 < in.n ? digits[v & 63] : '=');
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
	if (c == '+')
		return 62;
	return c == '/' ? 63 : -1;
}

/* Bits that are left over must be zero, and the padding as long as the digits ask for. Keys
 * without any padding are published, so that it may be missing as a whole. */
static bool
ends_well(size_t count, size_t pads, uint32_t bits)
{
	size_t over = count % 4;

	if (over == 1 || (pads && (count + pads) % 4 != 0) || pads > 2)
		return false;
	return (bits & (over == 2 ? 0xfu : over == 3 ? 0x3u : 0)) == 0;
}

bool
base64_get(struct str in, unsigned char *out, size_t room, size_t *n)
{
	uint32_t bits = 0;
	size_t count = 0, pads = 0;

	*n = 0;
	for (size_t i = 0; i < in.n; i++) {
		unsigned char c = (unsigned char)in.p[i];
		int v = value_of(c);

		if (ascii_is_space(c))
			continue;
		if (c == '=') {
			pads++;
			continue;
		}
		if (v < 0 || pads)
			return false;
		bits = bits << 6 | (uint32_t)v;
		if (++count % 4 == 1)
			continue;
		if (*n == room)
			return false;
		out[(*n)++] = (unsigned char)(bits >> (6 - 2 * ((count - 1) % 4)));
	}
	return ends_well(count, pads, bits);
}
