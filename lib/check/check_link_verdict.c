/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* What is thought of each link, all sources together: policy acts by it (links.bad ...), and what nobody was asked
 * about, or nobody answered for, is said. The last of the checks that look at links. */
#include "check/check.h"
#include "check/link_service.h"
#include "check/link_targets.h"
#include "check/services.h"

enum { UNJUDGED };

static const struct finding_def found[] = {
	[UNJUDGED] = { "LINK_UNJUDGED", CLASS_INFO, 0, false,
	    "Links were not judged: there are more hosts than links.judged, or lists did not answer in time." },
	{ .name = NULL }
};

struct judging {
	struct link_by by;
	struct pool *pool;
	struct link_targets *all;
	size_t asked, silent;
	bool feeds_only;		/* nobody else is there to be asked, so nothing was left out */
};

/* A page that a feed trusts says nothing about the others of its host. */
static void
judge_host(struct judging *j, struct link_host *h)
{
	struct link_target *t = &j->all->target[h->first];
	struct url u;
	bool asked = h->asked || j->feeds_only, known = false;

	for (size_t i = 0; i < h->n; i++) {
		struct link_opinion page = t[i].opinion;

		if (url_parse(j->pool, t[i].url, NULL, &u) != RC_OK)
			continue;
		u.tricks |= t[i].tricks;	/* the canonical form has none left */
		link_judge_page(&j->by, j->pool, &u, &page);
		if (!known && asked && page.verdict != LINK_TRUSTED)
			link_judge_host(&j->by, j->pool, &u, &h->opinion);
		known = known || page.verdict != LINK_TRUSTED;
		t[i].opinion = link_opinion_of(&page, &h->opinion);
	}
	j->asked += h->asked;
	j->silent += h->asked && h->opinion.silent;
}

static void
want(const struct scan *scan, const void *conf)
{
	const struct link_targets *all = scan->links;
	struct link_by by = { .services = scan->services, .dns = scan->dns };

	(void)conf;
	for (size_t i = 0; all && i < all->n_hosts && all->host[i].asked; i++)
		link_judge_want(&by, scan->pool, all->target[all->host[i].first].url);
}

static enum rc
run(const struct scan *scan, const void *conf, struct report *out)
{
	struct judging j = { .pool = scan->pool, .all = scan->links };

	(void)conf;
	if (!scan->links)
		return RC_OK;
	j.by = (struct link_by){ .services = scan->services, .dns = scan->dns };
	j.feeds_only = !scan->dns && !(scan->services && link_services_budget(scan->services->link_services));
	for (size_t i = 0; i < scan->links->n_hosts; i++)
		if (!scan->links->host[i].trusted)
			judge_host(&j, &scan->links->host[i]);
	if (scan->services && scan->dns && scan->links->left + j.silent)
		report_add(out, &found[UNJUDGED], REPORT_NO_PART, "hosts=%zu left=%zu silent=%zu", j.asked - j.silent,
		    scan->links->left, j.silent);
	return RC_OK;
}

const struct check check_link_verdict = {
	.name = "link_verdict",
	.title = "what is thought of each link, by all sources together",
	.source = "lib/check/link_judge.h",
	.phase = PHASE_LOOKUP,
	.place = PLACE_GATE,
	.found = found,
	.want = want,
	.run = run,
};
