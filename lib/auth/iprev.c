/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "auth/iprev.h"

static struct str
reverse_name(struct pool *pool, const struct ip *ip)
{
	return dns_reverse(pool, ip_text(pool, ip), true);
}

static enum dns_type
forward_type(const struct ip *ip)
{
	return ip->bits == 32 ? DNS_A : DNS_AAAA;
}

void
iprev_want(struct dns_batch *dns, struct pool *pool, const struct ip *ip)
{
	dns_want(dns, DNS_PTR, reverse_name(pool, ip));
}

static bool
leads_to(const struct dns_answer *a, const struct ip *ip)
{
	for (size_t i = 0; i < a->n; i++)
		if (memcmp(a->records[i].addr, ip->b, ip->bits / 8) == 0)
			return true;
	return false;
}

static bool
is_unanswered(enum dns_rc rc)
{
	return rc == DNS_FAIL || rc == DNS_TIMEOUT;
}

void
iprev_names(struct dns_batch *dns, struct pool *pool, const struct ip *ip, struct iprev_names *out)
{
	const struct dns_answer *names = dns_get(dns, DNS_PTR, reverse_name(pool, ip));
	size_t n = names->rc != DNS_OK ? 0 : names->n < IPREV_NAMES ? names->n : IPREV_NAMES;

	*out = (struct iprev_names){ .rc = names->rc };
	if (n)
		out->first = names->records[0].text;
	for (size_t i = 0; i < n; i++)
		dns_want(dns, forward_type(ip), names->records[i].text);
	for (size_t i = 0; i < n; i++) {
		const struct dns_answer *a = dns_get(dns, forward_type(ip), names->records[i].text);

		if (a->rc == DNS_OK && leads_to(a, ip))
			out->name[out->n++] = names->records[i].text;
		out->unanswered |= is_unanswered(a->rc);
	}
}

struct auth_iprev
iprev_check(struct dns_batch *dns, struct pool *pool, const struct ip *ip)
{
	struct auth_iprev out = { .result = AUTH_FAIL };
	struct iprev_names names;

	iprev_names(dns, pool, ip, &names);
	out.name = names.n ? names.name[0] : names.first;
	if (names.n)
		out.result = AUTH_PASS;
	else if (names.rc == DNS_OFF)
		out.result = AUTH_UNKNOWN;
	else if (is_unanswered(names.rc) || names.unanswered)
		out.result = AUTH_TEMPERROR;
	else if (names.rc != DNS_OK)
		out.result = AUTH_PERMERROR;
	return out;
}
