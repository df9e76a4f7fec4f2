/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "link/qr_rs.h"

#include <stdbool.h>
#include <string.h>

enum { FIELD = 255, POLYNOMIAL = 0x11d };

struct field {
	unsigned char exp[2 * FIELD], log[FIELD + 1];
};

static void
make_field(struct field *f)
{
	unsigned v = 1;

	for (unsigned i = 0; i < FIELD; i++) {
		f->exp[i] = f->exp[i + FIELD] = (unsigned char)v;
		f->log[v] = (unsigned char)i;
		v <<= 1;
		if (v > FIELD)
			v ^= POLYNOMIAL;
	}
	f->log[0] = 0;
}

static unsigned char
mul(const struct field *f, unsigned char a, unsigned char b)
{
	return a && b ? f->exp[f->log[a] + f->log[b]] : 0;
}

static unsigned char
divide(const struct field *f, unsigned char a, unsigned char b)
{
	return a ? f->exp[f->log[a] + FIELD - f->log[b]] : 0;
}

/* The polynomial of `n` coefficients, lowest first, at root number `power`. */
static unsigned char
value_at(const struct field *f, const unsigned char *poly, size_t n, unsigned power)
{
	unsigned char v = 0, x = f->exp[power % FIELD];

	for (size_t i = n; i > 0; i--)
		v = mul(f, v, x) ^ poly[i - 1];
	return v;
}

static bool
syndromes(const struct field *f, const unsigned char *block, size_t n, size_t check, unsigned char *s)
{
	bool clean = true;

	for (size_t i = 0; i < check; i++) {
		s[i] = 0;
		for (size_t k = 0; k < n; k++)
			s[i] = mul(f, s[i], f->exp[i]) ^ block[k];
		clean &= s[i] == 0;
	}
	return clean;
}

/* Berlekamp-Massey: the shortest register that makes the syndromes. Returns its length. */
static size_t
locator(const struct field *f, const unsigned char *s, size_t check, unsigned char *c)
{
	unsigned char b[RS_CHECK + 1] = { 1 }, last = 1, t[RS_CHECK + 1];
	size_t len = 0, gap = 1;

	memset(c, 0, RS_CHECK + 1);
	c[0] = 1;
	for (size_t n = 0; n < check; n++, gap++) {
		unsigned char d = s[n], factor;

		for (size_t i = 1; i <= len; i++)
			d ^= mul(f, c[i], s[n - i]);
		if (d == 0)
			continue;
		memcpy(t, c, sizeof(t));
		factor = divide(f, d, last);
		for (size_t i = gap; i <= check; i++)
			c[i] ^= mul(f, factor, b[i - gap]);
		if (2 * len > n)
			continue;
		len = n + 1 - len;
		memcpy(b, t, sizeof(b));
		last = d;
		gap = 0;
	}
	return len;
}

/* Forney: how wrong the byte is whose locator is root number `power`. */
static unsigned char
magnitude(const struct field *f, const unsigned char *s, size_t check, const unsigned char *c, unsigned power)
{
	unsigned inverse = (FIELD - power % FIELD) % FIELD;
	unsigned char omega[RS_CHECK], odd[RS_CHECK + 1] = { 0 }, below;

	for (size_t i = 0; i < check; i++) {
		omega[i] = 0;
		for (size_t k = 0; k <= i; k++)
			omega[i] ^= mul(f, s[i - k], c[k]);
	}
	for (size_t i = 1; i <= check; i += 2)
		odd[i - 1] = c[i];
	below = value_at(f, odd, check, inverse);
	return below ? mul(f, f->exp[power % FIELD], divide(f, value_at(f, omega, check, inverse), below)) : 0;
}

enum rc
qr_rs_mend(unsigned char *block, size_t n, size_t check)
{
	struct field f;
	unsigned char s[RS_CHECK], c[RS_CHECK + 1];
	size_t errors, found = 0;

	if (n > RS_BLOCK || check > RS_CHECK || check >= n)
		return RC_BAD;
	make_field(&f);
	if (syndromes(&f, block, n, check, s))
		return RC_OK;
	errors = locator(&f, s, check, c);
	if (errors > check / 2)
		return RC_BAD;
	for (size_t i = 0; i < n && found <= errors; i++) {
		unsigned power = (unsigned)(n - 1 - i);

		if (value_at(&f, c, check + 1, FIELD - power) != 0)
			continue;
		found++;
		block[i] ^= magnitude(&f, s, check, c, power);
	}
	return found == errors && syndromes(&f, block, n, check, s) ? RC_OK : RC_BAD;
}
