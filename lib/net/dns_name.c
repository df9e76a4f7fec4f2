/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Names as they are asked and the words of the contract. */
#include <arpa/inet.h>
#include <stdio.h>

#include "base/ascii.h"
#include "net/dns_in.h"

enum { LABEL_MAX = 63, NIBBLES = 32 };

bool
dns_name_key(struct str name, char key[DNS_NAME + 1])
{
	size_t label = 0;

	if (name.n && name.p[name.n - 1] == '.')
		name.n--;
	if (name.n == 0 || name.n > DNS_NAME)
		return false;
	for (size_t i = 0; i < name.n; i++) {
		unsigned char c = (unsigned char)name.p[i];

		if (c == '\0' || (c == '.' && label == 0))
			return false;
		label = c == '.' ? 0 : label + 1;
		if (label > LABEL_MAX)
			return false;
		key[i] = (char)ascii_lower(c);
	}
	key[name.n] = '\0';
	return label > 0;
}

void
dns_name_escape(const char *key, char out[DNS_NAME_ESCAPED])
{
	size_t n = 0;

	for (const char *p = key; *p; p++) {
		unsigned char c = (unsigned char)*p;

		if (ascii_is_alnum(c) || c == '-' || c == '_' || c == '.') {
			out[n++] = (char)c;
		} else {
			out[n++] = '\\';
			out[n++] = (char)('0' + c / 100);
			out[n++] = (char)('0' + c / 10 % 10);
			out[n++] = (char)('0' + c % 10);
		}
	}
	out[n] = '\0';
}

static struct str
reverse6(struct pool *pool, const unsigned char a[16], bool arpa)
{
	static const char hex[] = "0123456789abcdef";
	char text[2 * NIBBLES];

	for (size_t i = 0; i < NIBBLES; i++) {
		unsigned char byte = a[15 - i / 2];

		text[2 * i] = hex[i % 2 ? byte >> 4 : byte & 15];
		text[2 * i + 1] = '.';
	}
	return pool_printf(pool, "%.*s%s", (int)sizeof(text) - 1, text, arpa ? ".ip6.arpa" : "");
}

static struct str
reverse4(struct pool *pool, const unsigned char *a, bool arpa)
{
	return pool_printf(pool, "%u.%u.%u.%u%s", a[3], a[2], a[1], a[0], arpa ? ".in-addr.arpa" : "");
}

struct str
dns_reverse(struct pool *pool, struct str addr, bool arpa)
{
	/* RFC 4291 2.5.5.2: an IPv4 client on an IPv6 socket */
	static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };
	char text[INET6_ADDRSTRLEN];
	unsigned char a[16];

	if (addr.n == 0 || addr.n >= sizeof(text))
		return STR_NONE;
	memcpy(text, addr.p, addr.n);
	text[addr.n] = '\0';
	if (strlen(text) != addr.n)
		return STR_NONE;
	if (inet_pton(AF_INET, text, a) == 1)
		return reverse4(pool, a, arpa);
	if (inet_pton(AF_INET6, text, a) != 1)
		return STR_NONE;
	if (memcmp(a, mapped, sizeof(mapped)) == 0)
		return reverse4(pool, a + sizeof(mapped), arpa);
	return reverse6(pool, a, arpa);
}

const char *
dns_rc_name(enum dns_rc rc)
{
	switch (rc) {
	case DNS_OK: return "OK";
	case DNS_NODATA: return "NODATA";
	case DNS_NXDOMAIN: return "NXDOMAIN";
	case DNS_FAIL: return "FAIL";
	case DNS_TIMEOUT: return "TIMEOUT";
	case DNS_BAD_NAME: return "BAD_NAME";
	case DNS_OFF: return "OFF";
	}
	return "?";
}

const char *
dns_type_name(enum dns_type type)
{
	switch (type) {
	case DNS_A: return "A";
	case DNS_NS: return "NS";
	case DNS_SOA: return "SOA";
	case DNS_PTR: return "PTR";
	case DNS_MX: return "MX";
	case DNS_TXT: return "TXT";
	case DNS_AAAA: return "AAAA";
	}
	return "?";
}
