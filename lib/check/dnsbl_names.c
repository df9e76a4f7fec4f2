/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "check/dnsbl_names.h"

#include <arpa/inet.h>

#include "base/ascii.h"
#include "base/hash.h"

enum { BASE32_CHARS = (HASH_SHA256_BYTES * 8 + 4) / 5, MAILBOX_MAX = 320 };	/* RFC 5321 4.5.3.1 */

static struct str
in_zone(struct pool *pool, const struct dnsbl_list *l, struct str what)
{
	return pool_printf(pool, "%.*s.%.*s", STR_ARG(what), STR_ARG(l->zone));
}

/* ---- addresses ---- */

/* Networks that are no stranger's: no list has them, and the list need not learn of them. */
static const struct {
	unsigned char net[4];
	int bits;
} nobody4[] = {
	{ { 0 }, 8 }, { { 10 }, 8 }, { { 100, 64 }, 10 }, { { 127 }, 8 }, { { 169, 254 }, 16 },
	{ { 172, 16 }, 12 }, { { 192, 168 }, 16 }, { { 224 }, 3 }
};

static bool
is_public4(const unsigned char a[4])
{
	for (size_t i = 0; i < sizeof(nobody4) / sizeof(nobody4[0]); i++) {
		uint32_t addr = 0, net = 0, mask = ~(uint32_t)0 << (32 - nobody4[i].bits);

		for (int k = 0; k < 4; k++) {
			addr = addr << 8 | a[k];
			net = net << 8 | nobody4[i].net[k];
		}
		if ((addr & mask) == (net & mask))
			return false;
	}
	return true;
}

/* Global unicast is 2000::/3 (RFC 4291 2.4); the rest is local, multicast or not in use. */
static size_t
address_names(struct pool *pool, const struct dnsbl_list *l, struct str addr, struct str *out)
{
	static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };
	char text[INET6_ADDRSTRLEN];
	unsigned char a[16];
	bool four, six;

	if (addr.n == 0 || addr.n >= sizeof(text))
		return 0;
	memcpy(text, addr.p, addr.n);
	text[addr.n] = '\0';
	four = inet_pton(AF_INET, text, a) == 1;
	six = !four && inet_pton(AF_INET6, text, a) == 1;
	if (six && memcmp(a, mapped, sizeof(mapped)) == 0) {
		memmove(a, a + sizeof(mapped), 4);
		four = true;
		six = false;
	}
	if ((four && l->ipv4 && is_public4(a)) || (six && l->ipv6 && a[0] >> 5 == 1)) {
		out[0] = in_zone(pool, l, dns_reverse(pool, addr, false));
		return 1;
	}
	return 0;
}

/* ---- domains ---- */

static bool
is_domain(struct str s)
{
	bool letter = false;		/* in the last label: else it is an address */

	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c == '.')
			letter = false;
		else if (!ascii_is_alnum(c) && c != '-' && c != '_')
			return false;
		letter |= ascii_is_alpha(c);
	}
	return letter && s.n <= DNS_NAME && str_chr(s, '.') != STR_NPOS;
}

static size_t
domain_names(struct pool *pool, const struct dnsbl_list *l, struct str domain, struct str *out)
{
	if (domain.n && domain.p[domain.n - 1] == '.')
		domain.n--;
	if (!is_domain(domain))
		return 0;
	domain = pool_lower(pool, domain);
	if (l->suffixes)
		domain = suffixes_registered(l->suffixes, domain);
	if (domain.n == 0)
		return 0;
	out[0] = in_zone(pool, l, domain);
	return 1;
}

/* ---- hashes ---- */

static size_t
mailbox_names(struct pool *pool, const struct dnsbl_list *l, struct str mailbox, struct str *out)
{
	unsigned char digest[HASH_SHA1_BYTES];
	struct buf hex;

	if (mailbox.n > MAILBOX_MAX || str_rchr(mailbox, '@') == STR_NPOS || str_rchr(mailbox, '@') == 0)
		return 0;
	hash_sha1(pool_lower(pool, mailbox), digest);
	buf_init(&hex, 2 * sizeof(digest) + 1);
	for (size_t i = 0; i < sizeof(digest); i++)
		buf_printf(&hex, "%02x", digest[i]);
	out[0] = in_zone(pool, l, buf_str(&hex));
	buf_clear(&hex);
	return 1;
}

static size_t
file_names(struct pool *pool, const struct dnsbl_list *l, struct str digest, struct str *out)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz234567";
	char text[BASE32_CHARS];

	if (digest.n != HASH_SHA256_BYTES)
		return 0;
	for (size_t i = 0; i < BASE32_CHARS; i++) {
		unsigned value = 0;

		for (size_t bit = i * 5; bit < i * 5 + 5; bit++) {
			unsigned byte = bit / 8 < digest.n ? (unsigned char)digest.p[bit / 8] : 0;

			value = value << 1 | (byte >> (7 - bit % 8) & 1);
		}
		text[i] = letters[value];
	}
	out[0] = in_zone(pool, l, (struct str){ text, sizeof(text) });
	return 1;
}

size_t
dnsbl_names(struct pool *pool, const struct dnsbl_list *l, const struct dnsbl_item *item, struct str out[DNSBL_NAMES])
{
	struct str what = item->what;

	if (!(l->uses & item->uses) || l->uses & item->before)
		return 0;
	switch (l->kind) {
	case DNSBL_KIND_IP: return address_names(pool, l, what, out);
	case DNSBL_KIND_DOMAIN: return domain_names(pool, l, what, out);
	case DNSBL_KIND_ADDRESS: return mailbox_names(pool, l, what, out);
	case DNSBL_KIND_FILE: return file_names(pool, l, what, out);
	case DNSBL_KIND_N: return 0;
	}
	return 0;
}

struct str
dnsbl_test_name(struct pool *pool, const struct dnsbl_list *l, struct str entry)
{
	struct str reversed = l->kind == DNSBL_KIND_IP ? dns_reverse(pool, entry, false) : STR_NONE;

	return in_zone(pool, l, reversed.n ? reversed : entry);
}
