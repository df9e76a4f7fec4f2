/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* What reputation services say about links, the most suspicious hosts first. */
#include "check/check.h"
#include "check/link_service.h"
#include "check/link_targets.h"
#include "check/services.h"

enum { KNOWN, SILENT, LEFT };
enum { LINKS = 200, SPARED = 8 };

static const struct finding_def found[] = {
	[KNOWN] = { "LINK_SERVICE", CLASS_PHISHING, 100, true,
	    "A reputation service knows a link as bad. URLhaus: malware with 10.0 points, its host reputation with 3.0; "
	    "PhishTank: phishing with 10.0; VirusTotal: phishing with 7.0, its host reputation with 4.0." },
	[SILENT] = { "LINK_SERVICE_SILENT", CLASS_INFO, 0, false,
	    "A reputation service was to be asked about links and gave no answer about some of them, or none in time: "
	    "it has not judged them." },
	[LEFT] = { "LINK_SERVICE_LEFT", CLASS_INFO, 0, false,
	    "The message has more links than reputation services are asked about; the others were not judged." },
	{ .name = NULL }
};

/* One way of asking, and the page it is asked for. */
struct asked {
	struct url url;
	struct str question;
	size_t part;
};

struct items {
	struct link_services *services;
	struct pool *pool;
	struct asked at[LINKS];
	struct str spared[SPARED];	/* to unsubscribe: they name their recipient */
	size_t n, n_spared;
	bool left_out;
};

static bool
is_spared(const struct items *all, struct str url)
{
	for (size_t i = 0; i < all->n_spared; i++)
		if (str_eq(all->spared[i], url))
			return true;
	return false;
}

static void
add(struct items *all, const struct link_target *t)
{
	struct asked a = { .part = t->part };

	if (is_spared(all, t->url) || url_parse(all->pool, t->url, NULL, &a.url) != RC_OK)
		return;
	a.question = link_services_question(all->services, all->pool, &a.url);
	if (a.question.n == 0)
		return;
	for (size_t i = 0; i < all->n; i++)
		if (str_eq(all->at[i].question, a.question))
			return;
	if (all->n == LINKS)
		all->left_out = true;
	else
		all->at[all->n++] = a;
}

/* What is only loaded is not asked about. */
static struct items *
collect(const struct scan *scan, const struct report *r)
{
	struct items *all = pool_alloc(scan->pool, sizeof(*all));
	const struct link_targets *t = scan->links;

	all->services = scan->services->link_services;
	all->pool = scan->pool;
	for (size_t i = 0; i < r->links.n && all->n_spared < SPARED; i++)
		if (report_link_at(r, i)->unsubscribe)
			all->spared[all->n_spared++] = report_link_at(r, i)->url;
	for (size_t i = 0; i < t->n_hosts; i++) {
		const struct link_host *h = &t->host[i];

		if (h->trusted || !h->followed)
			continue;
		all->left_out |= !h->asked;
		for (size_t k = 0; h->asked && k < h->n; k++)
			add(all, &t->target[h->first + k]);
	}
	return all;
}

static bool
is_in_use(const struct scan *scan)
{
	return scan->services && scan->links && link_services_budget(scan->services->link_services);
}

static void
want(const struct scan *scan, const void *conf)
{
	struct items *all;
	size_t left;

	(void)conf;
	if (!is_in_use(scan))
		return;
	all = collect(scan, scan->found);
	left = link_services_budget(all->services);
	for (size_t i = 0; i < all->n; i++)
		left -= link_services_want(all->services, scan->pool, &all->at[i].url, left);
}

/* How often a service said nothing. */
struct silence {
	const char *service[LINK_SERVICES];
	size_t links[LINK_SERVICES];
};

static void
note_silence(struct silence *all, const char *service)
{
	for (size_t i = 0; i < LINK_SERVICES; i++) {
		if (all->service[i] && strcmp(all->service[i], service) != 0)
			continue;
		all->service[i] = service;
		all->links[i]++;
		return;
	}
}

/* True: some service was not asked about it. */
static bool
read_one(struct link_services *s, struct pool *pool, const struct asked *a, struct report *out, struct silence *silence)
{
	struct link_said said[LINK_SERVICES];
	size_t n = link_services_get(s, pool, &a->url, said);
	bool left = false;

	for (size_t i = 0; i < n; i++) {
		switch (said[i].heard) {
		case LINK_HIT:
			report_add_as(out, &found[KNOWN], said[i].class, said[i].score, a->part, pool_printf(pool,
			    "service=%s found=%.*s host=%.*s", said[i].service, STR_ARG(said[i].found),
			    STR_ARG(str_upto(a->url.host, REPORT_EVIDENCE / 2))));
			break;
		case LINK_NO_ANSWER:
			note_silence(silence, said[i].service);
			break;
		case LINK_NOT_ASKED:
			left = true;
			break;
		case LINK_NO_HIT:
			break;
		}
	}
	return left;
}

static enum rc
run(const struct scan *scan, const void *conf, struct report *out)
{
	struct silence silence = { .service = { NULL } };
	struct items *all;
	bool left;

	(void)conf;
	if (!is_in_use(scan))
		return RC_OK;
	all = collect(scan, out);
	left = all->left_out;
	for (size_t i = 0; i < all->n; i++)
		left |= read_one(all->services, scan->pool, &all->at[i], out, &silence);
	for (size_t i = 0; i < LINK_SERVICES && silence.service[i]; i++)
		report_add(out, &found[SILENT], REPORT_NO_PART, "service=%s links=%zu not judged", silence.service[i],
		    silence.links[i]);
	if (left)
		report_add(out, &found[LEFT], REPORT_NO_PART, "questions=%zu", link_services_budget(all->services));
	return RC_OK;
}

const struct check check_link_service = {
	.name = "link_service",
	.title = "reputation services about links",
	.source = "the documents of URLhaus, PhishTank and VirusTotal, see sekimori.conf(5)",
	.phase = PHASE_LOOKUP,
	.place = PLACE_GATE,
	.found = found,
	.want = want,
	.run = run,
};
