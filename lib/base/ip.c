/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "base/ip.h"

#include <arpa/inet.h>

static bool
parse(int family, struct str s, unsigned bits, struct ip *out)
{
	char text[IP_TEXT];
	struct ip ip = { .bits = bits };

	if (s.n == 0 || s.n >= sizeof(text) || memchr(s.p, '\0', s.n))
		return false;
	memcpy(text, s.p, s.n);
	text[s.n] = '\0';
	if (inet_pton(family, text, ip.b) != 1)
		return false;
	*out = ip;
	return true;
}

bool
ip_parse_v4(struct str s, struct ip *out)
{
	return parse(AF_INET, s, 32, out);
}

bool
ip_parse_v6(struct str s, struct ip *out)
{
	return parse(AF_INET6, s, 128, out);
}

/* RFC 4291 2.5.5.2 */
static bool
is_mapped(const struct ip *ip)
{
	static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };

	return memcmp(ip->b, mapped, sizeof(mapped)) == 0;
}

bool
ip_parse(struct str s, struct ip *out)
{
	struct ip ip;

	if (ip_parse_v4(s, out))
		return true;
	if (!ip_parse_v6(s, &ip))
		return false;
	*out = is_mapped(&ip) ? ip_of_bytes(ip.b + 12, 32) : ip;
	return true;
}

bool
ip_net_parse(struct str s, struct ip_net *out)
{
	size_t slash = str_chr(s, '/');
	struct ip_net net;
	uint64_t prefix;

	if (!ip_parse_v4(str_upto(s, slash), &net.ip) && !ip_parse_v6(str_upto(s, slash), &net.ip))
		return false;
	prefix = net.ip.bits;
	if (slash != STR_NPOS && (!str_to_u64(str_from(s, slash + 1), &prefix) || prefix > net.ip.bits))
		return false;
	if (net.ip.bits == 128 && is_mapped(&net.ip) && prefix >= 96) {
		net.ip = ip_of_bytes(net.ip.b + 12, 32);
		prefix -= 96;
	}
	net.prefix = (unsigned)prefix;
	*out = net;
	return true;
}

struct ip
ip_of_bytes(const unsigned char *b, unsigned bits)
{
	struct ip ip = { .bits = bits };

	memcpy(ip.b, b, bits / 8);
	return ip;
}

bool
ip_eq(const struct ip *a, const struct ip *b)
{
	return a->bits == b->bits && memcmp(a->b, b->b, a->bits / 8) == 0;
}

bool
ip_in(const struct ip *ip, const struct ip_net *net)
{
	size_t whole = net->prefix / 8;
	unsigned mask = 0xff00u >> net->prefix % 8;

	if (ip->bits != net->ip.bits || memcmp(ip->b, net->ip.b, whole) != 0)
		return false;
	return net->prefix % 8 == 0 || ((ip->b[whole] ^ net->ip.b[whole]) & mask & 0xff) == 0;
}

struct str
ip_text(struct pool *pool, const struct ip *ip)
{
	char text[INET6_ADDRSTRLEN] = "";

	inet_ntop(ip->bits == 32 ? AF_INET : AF_INET6, ip->b, text, sizeof(text));
	return pool_str(pool, str_of(text));
}
