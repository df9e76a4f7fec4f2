/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "base/ascii.h"
#include "base/utf8.h"
#include "base/uts46.h"
#include "link/url_in.h"

enum { PARTS = 4, PIECES = 8 };

/* URL Standard 3.1: what no host has; '%' and controls only in a domain. */
static bool
is_forbidden(unsigned char c, bool domain)
{
	switch (c) {
	case '\0': case '\t': case '\n': case '\r': case ' ': case '#': case '/': case ':': case '<': case '>':
	case '?': case '@': case '[': case '\\': case ']': case '^': case '|':
		return true;
	case '%': case 0x7f:
		return domain;
	}
	return domain && c < 0x20;
}

static bool
has_forbidden(struct str s, bool domain)
{
	for (size_t i = 0; i < s.n; i++)
		if (is_forbidden((unsigned char)s.p[i], domain))
			return true;
	return false;
}

/* ---- IPv4 ---- */

/* URL Standard 3.5, "IPv4 number parser": "0x" is zero, a leading zero means octal. */
static bool
number(struct str s, uint64_t *out)
{
	unsigned base = 10;
	uint64_t v = 0;

	if (s.n == 0)
		return false;
	if (str_starts_nocase(s, STR("0x"))) {
		base = 16;
		s = str_from(s, 2);
	} else if (s.n >= 2 && s.p[0] == '0') {
		base = 8;
		s = str_from(s, 1);
	}
	for (size_t i = 0; i < s.n; i++) {
		int d = ascii_hex((unsigned char)s.p[i]);

		if (d < 0 || (unsigned)d >= base)
			return false;
		v = v > UINT32_MAX ? v : v * base + (unsigned)d;
	}
	*out = v;
	return true;
}

static struct str
without_last_dot(struct str host)
{
	if (host.n && host.p[host.n - 1] == '.')
		host.n--;
	return host;
}

/* Does the host end in a number, so that it must be an address? */
static bool
ends_in_number(struct str host)
{
	size_t dot;
	uint64_t v;
	bool digits = true;

	host = without_last_dot(host);
	dot = str_rchr(host, '.');
	if (dot != STR_NPOS)
		host = str_from(host, dot + 1);
	for (size_t i = 0; i < host.n; i++)
		digits = digits && ascii_is_digit((unsigned char)host.p[i]);
	return (digits && host.n) || number(host, &v);
}

static enum rc
host_v4(struct pool *pool, struct str in, struct url *out)
{
	uint64_t v[PARTS], ip = 0;
	struct str rest = without_last_dot(in), piece;
	size_t n = 0;

	while (str_next(&rest, '.', &piece)) {
		if (n == PARTS || !number(piece, &v[n]))
			return RC_BAD;
		n++;
	}
	for (size_t i = 0; i + 1 < n; i++) {
		if (v[i] > 255)
			return RC_BAD;
		ip |= v[i] << (8 * (3 - i));
	}
	if (n == 0 || v[n - 1] >= (uint64_t)1 << (8 * (5 - n)))
		return RC_BAD;
	ip |= v[n - 1];
	out->host = pool_printf(pool, "%u.%u.%u.%u", (unsigned)(ip >> 24), (unsigned)(ip >> 16 & 255),
	    (unsigned)(ip >> 8 & 255), (unsigned)(ip & 255));
	out->host_kind = URL_IPV4;
	if (!str_eq(out->host, without_last_dot(in)))
		out->tricks |= URL_NUMERIC_HOST;
	return RC_OK;
}

/* ---- IPv6 ---- */

struct v6 {
	unsigned piece[PIECES];
	size_t n;
	size_t gap;		/* index of "::", PIECES when there is none */
};

/* The dotted end of "::ffff:192.0.2.1". */
static bool
v6_dotted(struct v6 *a, struct str s)
{
	struct str part;
	uint64_t v;
	size_t n = 0;

	if (a->n > PIECES - 2)
		return false;
	if (s.n && s.p[s.n - 1] == '.')
		return false;
	while (str_next(&s, '.', &part)) {
		if (n == PARTS || part.n > 3 || (part.n > 1 && part.p[0] == '0') || !str_to_u64(part, &v) || v > 255)
			return false;
		a->piece[a->n + n / 2] = a->piece[a->n + n / 2] * 256 + (unsigned)v;
		n++;
	}
	a->n += 2;
	return n == PARTS;
}

/* Up to four hexadecimal digits at s[*at]. */
static unsigned
v6_piece(struct str s, size_t *at)
{
	unsigned v = 0;

	for (size_t n = 0; n < 4 && *at < s.n && ascii_hex((unsigned char)s.p[*at]) >= 0; n++)
		v = v * 16 + (unsigned)ascii_hex((unsigned char)s.p[(*at)++]);
	return v;
}

static bool
v6_read(struct v6 *a, struct str s)
{
	size_t at = 0;

	if (s.n && s.p[0] == ':') {
		if (!str_starts(s, STR("::")))
			return false;
		at = 2;
		a->gap = 0;
	}
	while (at < s.n) {
		size_t start = at;
		unsigned v;

		if (a->n == PIECES)
			return false;
		if (s.p[at] == ':') {
			if (a->gap != PIECES)
				return false;
			a->gap = a->n;
			at++;
			continue;
		}
		v = v6_piece(s, &at);
		if (at < s.n && s.p[at] == '.')
			return at > start && v6_dotted(a, str_from(s, start)) &&
			    (a->gap == PIECES ? a->n == PIECES : a->n < PIECES);
		if (at == start || (at < s.n && s.p[at] != ':') || (at < s.n && at + 1 == s.n))
			return false;
		a->piece[a->n++] = v;
		at += at < s.n;
	}
	return a->gap == PIECES ? a->n == PIECES : a->n < PIECES;
}

/* The pieces behind "::" move to the end. */
static void
v6_spread(struct v6 *a)
{
	size_t behind;

	if (a->gap == PIECES)
		return;
	behind = a->n - a->gap;
	for (size_t i = 0; i < behind; i++)
		a->piece[PIECES - 1 - i] = a->piece[a->n - 1 - i];
	for (size_t i = a->gap; i < PIECES - behind; i++)
		a->piece[i] = 0;
}

/* URL Standard 3.6: "::" for the first longest run of zeros, of two at least. */
static size_t
v6_longest(const struct v6 *a, size_t *n)
{
	size_t best = PIECES;

	*n = 1;
	for (size_t i = 0; i < PIECES; i++) {
		size_t run = 0;

		while (i + run < PIECES && a->piece[i + run] == 0)
			run++;
		if (run > *n) {
			*n = run;
			best = i;
		}
		i += run;
	}
	return best;
}

static enum rc
host_v6(struct pool *pool, struct str in, struct url *out)
{
	struct v6 a = { .gap = PIECES };
	struct buf text;
	size_t zeros, at;

	if (!v6_read(&a, in))
		return RC_BAD;
	v6_spread(&a);
	at = v6_longest(&a, &zeros);
	buf_init(&text, 64);
	buf_addc(&text, '[');
	for (size_t i = 0; i < PIECES;) {
		if (i == at) {
			buf_adds(&text, i ? ":" : "::");
			i += zeros;
			continue;
		}
		buf_printf(&text, "%x%s", a.piece[i], i + 1 < PIECES ? ":" : "");
		i++;
	}
	buf_addc(&text, ']');
	out->host = pool_str(pool, buf_str(&text));
	out->host_kind = URL_IPV6;
	buf_clear(&text);
	if (str_starts(out->host, STR("[::ffff:")) && a.piece[5] == 0xffff)
		out->tricks |= URL_MAPPED_ADDRESS;
	return RC_OK;
}

/* ---- domains ---- */

static struct str
percent_decode(struct pool *pool, struct str s)
{
	char *out = pool_alloc(pool, s.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++) {
		int hi, lo;

		if (s.p[i] == '%' && i + 2 < s.n && (hi = ascii_hex((unsigned char)s.p[i + 1])) >= 0 &&
		    (lo = ascii_hex((unsigned char)s.p[i + 2])) >= 0) {
			out[n++] = (char)(hi << 4 | lo);
			i += 2;
			continue;
		}
		out[n++] = s.p[i];
	}
	return (struct str){ out, n };
}

/* UTS 46 ignores these; in a host nobody sees them. */
static bool
is_unseen(uint32_t cp)
{
	return cp == 0xad || cp == 0x34f || (cp >= 0x180b && cp <= 0x180f) || (cp >= 0x200b && cp <= 0x200d) ||
	    (cp >= 0x2060 && cp <= 0x2064) || (cp >= 0x206a && cp <= 0x206f) || (cp >= 0xfe00 && cp <= 0xfe0f) ||
	    cp == 0xfeff || cp == 0x115f || cp == 0x1160 || cp == 0x3164 || cp == 0xffa0;
}

/* Who writes "example.com" in full-width letters, or with a word joiner inside, hides it from filters. */
static uint32_t
disguise(struct str host, struct str ascii)
{
	bool idn = str_find(ascii, STR("xn--")) != STR_NPOS, strange = false;
	uint32_t tricks = 0;

	for (size_t at = utf8_ascii_run(host, 0); at < host.n;) {
		uint32_t cp = utf8_next(host, &at);
		bool joiner = cp == 0x200c || cp == 0x200d;

		if (is_unseen(cp) && !(joiner && idn))
			tricks |= URL_ZERO_WIDTH;
		else if (cp >= 0x80)
			strange = true;
	}
	if (strange && !idn)
		tricks |= URL_FULLWIDTH;
	return tricks;
}

static enum rc
host_domain(struct pool *pool, struct str raw, struct url *out)
{
	struct str host = raw, ascii;

	if (str_chr(raw, '%') != STR_NPOS) {
		host = percent_decode(pool, raw);
		if (host.n != raw.n)
			out->tricks |= URL_PERCENT_HOST;
		if (!utf8_is_valid(host)) {
			host = url_sloppy(pool, host);
			out->tricks |= URL_BAD_UTF8;
		}
	}
	ascii = uts46_ascii(pool, host);
	if (ascii.n == 0 || has_forbidden(ascii, true))
		return RC_BAD;
	if (utf8_ascii_run(host, 0) < host.n)
		out->tricks |= disguise(host, ascii);
	if (ends_in_number(ascii))
		return host_v4(pool, ascii, out);
	out->host = ascii;
	out->host_kind = URL_DOMAIN;
	if (str_find(ascii, STR("xn--")) != STR_NPOS && uts46_mixed(uts46_unicode(pool, ascii)))
		out->tricks |= URL_MIXED_SCRIPT;
	return RC_OK;
}

enum rc
url_host(struct pool *pool, struct str raw, bool special, struct url *out)
{
	struct buf text;

	if (raw.n && raw.p[0] == '[') {
		if (raw.p[raw.n - 1] != ']' || raw.n < 2)
			return RC_BAD;
		return host_v6(pool, str_sub(raw, 1, raw.n - 2), out);
	}
	if (special)
		return host_domain(pool, raw, out);
	if (has_forbidden(raw, false))
		return RC_BAD;
	buf_init(&text, raw.n * 3 + 1);
	url_encode(&text, URL_SET_CONTROL, raw);
	out->host = pool_str(pool, buf_str(&text));
	out->host_kind = URL_OPAQUE;
	buf_clear(&text);
	return RC_OK;
}
