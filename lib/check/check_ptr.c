/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Does the client's address have a name that leads back to it? The MTA has looked already; where
 * it found none we ask why, so that a DNS server in trouble is not held against the client.
 * This is also the example for new checks. */
#include "auth/iprev.h"
#include "check/check.h"

enum { NONE, FAIL };

static const struct finding_def found[] = {
	[NONE] = { "PTR_NONE", CLASS_REPUTATION, 20, false, "The client's address has no host name." },
	[FAIL] = { "PTR_FAIL", CLASS_REPUTATION, 20, false,
	    "The client's address has a host name, but the name does not lead back to the address." },
	{ .name = NULL }
};

/* Local submission has no address; our own users call from anywhere. */
static bool
is_judged(const struct session *s, struct ip *ip)
{
	return s->auth_user.n == 0 && ip_parse(s->client_addr, ip);
}

/* Postfix says "unknown" when there is none, Sendmail gives the address in brackets. */
static bool
has_name(const struct session *s)
{
	return s->client_name.n && !str_eq_nocase(s->client_name, STR("unknown")) && s->client_name.p[0] != '[';
}

static void
want(const struct scan *scan, const void *conf)
{
	struct ip ip;

	(void)conf;
	if (is_judged(scan->session, &ip) && !has_name(scan->session))
		iprev_want(scan->dns, scan->pool, &ip);
}

static enum rc
run(const struct scan *scan, const void *conf, struct report *out)
{
	const struct session *s = scan->session;
	struct auth_iprev iprev = { AUTH_PASS, s->client_name };
	struct ip ip;

	(void)conf;
	if (!is_judged(s, &ip))
		return RC_OK;
	if (!has_name(s))
		iprev = iprev_check(scan->dns, scan->pool, &ip);
	if (scan->auth)
		scan->auth->iprev = iprev;
	/* A relay's Received field need not name the client: that says nothing. */
	if (scan->standing && scan->standing->relay && iprev.result == AUTH_UNKNOWN)
		return RC_OK;
	/* Without resolver of our own the MTA's word is all there is. */
	if (iprev.result == AUTH_PERMERROR || iprev.result == AUTH_UNKNOWN)
		report_add(out, &found[NONE], REPORT_NO_PART, "ip=%.*s", STR_ARG(s->client_addr));
	else if (iprev.result == AUTH_FAIL)
		report_add(out, &found[FAIL], REPORT_NO_PART, "ip=%.*s name=%.*s", STR_ARG(s->client_addr),
		    STR_ARG(str_upto(iprev.name, DNS_NAME)));
	return RC_OK;
}

const struct check check_ptr = {
	.name = "ptr",
	.title = "The client's address has a host name that leads back to it",
	.source = "RFC 1912 2.1, RFC 8601 2.7.3 and 3 (iprev)",
	.phase = PHASE_CONNECT,
	.place = PLACE_GATE,
	.found = found,
	.want = want,
	.run = run,
};
