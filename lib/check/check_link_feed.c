/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* What feeds say about the hosts of links, each host once. */
#include "check/check.h"
#include "check/feed_find.h"

enum { LINK };
enum { HOSTS = 500 };		/* looked up in one message; the table is in memory */

static const struct finding_def found[] = {
	[LINK] = { "FEED_LINK", CLASS_PHISHING, 100, true,
	    "The host of a link is in a feed; class and points are the feed's." },
	{ .name = NULL }
};

static bool
is_new(const struct str *hosts, size_t n, struct str host)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(hosts[i], host))
			return false;
	return true;
}

static void
look_up(const struct scan *scan, struct report *out, struct str host)
{
	struct str bare = host.p[0] == '[' ? str_sub(host, 1, host.n - 2) : host;
	struct ip ip;

	/* A mapped address is the IPv4 address behind it. */
	if (ip_parse(bare, &ip))
		feed_find_ip(scan, out, "link", ip_text(scan->pool, &ip), &found[LINK]);
	else
		feed_find_domain(scan, out, "link", host, &found[LINK]);
}

static enum rc
run(const struct scan *scan, const void *conf, struct report *out)
{
	struct str *hosts = pool_alloc(scan->pool, HOSTS * sizeof(*hosts));
	size_t n = 0;

	(void)conf;
	for (size_t i = 0; i < out->links.n; i++) {
		const struct link *l = report_link_at(out, i);

		if (l->host.n == 0 || l->tricks & URL_DEFANGED || !is_new(hosts, n, l->host))
			continue;
		if (n == HOSTS)
			return RC_LIMIT;
		hosts[n++] = l->host;
		look_up(scan, out, l->host);
	}
	return RC_OK;
}

const struct check check_link_feed = {
	.name = "link_feed",
	.title = "feeds of the hosts of links",
	.source = "the operator's feeds, sekimori.conf(5)",
	.phase = PHASE_LOOKUP,
	.place = PLACE_GATE,
	.found = found,
	.run = run,
};
