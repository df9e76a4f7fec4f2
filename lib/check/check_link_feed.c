/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* What feeds say about links: the page, or its host. The table is in memory, so all of them are looked up. */
#include "check/check.h"
#include "check/feed_find.h"
#include "check/link_targets.h"

enum { LINK };

static const struct finding_def found[] = {
	[LINK] = { "FEED_LINK", CLASS_PHISHING, 100, true,
	    "A link, or its host, is in a feed; class and points are the feed's." },
	{ .name = NULL }
};

static enum rc
run(const struct scan *scan, const void *conf, struct report *out)
{
	const struct link_targets *links = scan->links;

	(void)conf;
	for (size_t i = 0; links && i < links->n_hosts && !links->host[i].trusted; i++) {
		const struct link_target *t = &links->target[links->host[i].first];

		for (size_t k = 0; k < links->host[i].n; k++)
			feed_find_url(scan, out, "link", t[k].part, t[k].url, &found[LINK]);
	}
	return RC_OK;
}

const struct check check_link_feed = {
	.name = "link_feed",
	.title = "feeds of links and their hosts",
	.source = "the operator's feeds, sekimori.conf(5)",
	.phase = PHASE_LOOKUP,
	.place = PLACE_GATE,
	.found = found,
	.run = run,
};
