/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Does the client's address have a name that leads back to it? The MTA has asked DNS
 * already; this check only reads its answer. It is also the example for new checks. */
#include "check/check.h"

enum { NONE };

static const struct finding_def found[] = {
	[NONE] = { "PTR_NONE", CLASS_REPUTATION, 20, false,
	    "The client's address has no host name, or the name does not lead back to the address." },
	{ .name = NULL }
};

static enum rc
run(const struct scan *scan, const void *conf, struct report *out)
{
	const struct session *s = scan->session;

	(void)conf;
	if (s->client_addr.n == 0 || s->auth_user.n)
		return RC_OK;		/* local submission; our own users call from anywhere */
	/* Postfix says "unknown", Sendmail gives the address in brackets. */
	if (s->client_name.n == 0 || str_eq_nocase(s->client_name, STR("unknown")) || s->client_name.p[0] == '[')
		report_add(out, &found[NONE], REPORT_NO_PART, "ip=%.*s", STR_ARG(s->client_addr));
	return RC_OK;
}

const struct check check_ptr = {
	.name = "ptr",
	.title = "The client's address has a verified host name",
	.source = "RFC 1912 2.1, RFC 8601 2.7.3 (iprev)",
	.phase = PHASE_CONNECT,
	.place = PLACE_GATE,
	.found = found,
	.run = run,
};
