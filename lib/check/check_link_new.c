/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Domains that no link of this site's mail led to before, or only since a short while. Newsletters, shops and new
 * friends have them as well: it takes company to decide anything. */
#include "base/clock.h"
#include "check/check.h"
#include "check/dnsbl_find.h"
#include "check/link_targets.h"
#include "check/services.h"

#define DAY (24 * 3600 * 1000LL)
#define FIELD(f) offsetof(struct places_conf, f)

enum { NEW };
enum { MINUTE_MS = 60000 };

static const struct finding_def found[] = {
	[NEW] = { "LINK_NEW_HOST", CLASS_PHISHING, 5, false,
	    "A link leads to a domain that no good message had a link to before, or only for a short while." },
	{ .name = NULL }
};

static const struct opt opts[] = {
	{ .name = "young_ms", .type = OPT_MSEC, .offset = FIELD(young_ms),
	  .def = "24h", .max = 366 * DAY,
	  .help = "How long a domain is new after the first message with a link to it. 0: only the first is." },
	{ .name = "warm_up_ms", .type = OPT_MSEC, .offset = FIELD(warm_up_ms),
	  .def = "7d", .max = 366 * DAY,
	  .help = "How long it is learned which domains are known here before any is called new." },
	{ .name = "keep_ms", .type = OPT_MSEC, .offset = FIELD(keep_ms),
	  .def = "180d", .min = 3600000, .max = 10 * 366 * DAY,
	  .help = "How long a domain is remembered after the last message with a link to it. Learned are the domains of up to 63 links that are followed, from messages of others that were accepted and not found bad." },
	OPT_END
};

const struct opt_table check_link_new_options = {
	.prefix = "check.link_new.",
	.title = "Check link_new",
	.size = sizeof(struct places_conf),
	.opts = opts,
};

static void
say(struct pool *pool, const struct places_entry *p, size_t others, size_t part, struct report *out)
{
	struct str age = p->age_ms < 0 ? STR("never seen") : pool_printf(pool, "seen for %lld min",
	    (long long)(p->age_ms / MINUTE_MS));

	report_add(out, &found[NEW], part, "%.*s %.*s others=%zu", STR_ARG(p->domain), STR_ARG(age), others);
}

static enum rc
run(const struct scan *scan, const void *conf, struct report *out)
{
	struct link_targets *links = scan->links;
	struct places_entry place[PLACES];
	size_t n, new;

	if (!links || !scan->services || !scan->services->counters || !dnsbl_is_stranger(scan->session))
		return RC_OK;
	n = link_targets_places(links, place);
	new = n ? places_look(scan->services->counters, conf, clock_wall_ms(), place, n) : 0;
	for (size_t i = 0; i < n && new; i++) {
		if (!place[i].is_new)
			continue;
		say(scan->pool, &place[i], new - 1, link_targets_mark_new(links, place[i].domain), out);
		for (size_t k = i + 1; k < n; k++)
			if (place[k].is_new)
				(void)link_targets_mark_new(links, place[k].domain);
		break;
	}
	return RC_OK;
}

const struct check check_link_new = {
	.name = "link_new",
	.title = "links to domains that were never seen here",
	.source = "own history",
	.phase = PHASE_LOOKUP,
	.place = PLACE_GATE,
	.opts = &check_link_new_options,
	.found = found,
	.run = run,
};
