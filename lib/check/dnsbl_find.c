/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "check/dnsbl_find.h"

#include "check/dnsbl_lists.h"
#include "check/services.h"

bool
dnsbl_is_stranger(const struct session *s)
{
	return s->client_addr.n && s->auth_user.n == 0;
}

static struct dnsbl *
lists(const struct scan *scan)
{
	return scan->services && scan->dns ? scan->services->dnsbl : NULL;
}

void
dnsbl_ask(const struct scan *scan, const struct dnsbl_item *item)
{
	if (lists(scan))
		dnsbl_want(lists(scan), scan->dns, scan->pool, item);
}

/* "from=example.com": the first that it is. */
static struct str
shown(struct pool *pool, const struct dnsbl_item *item)
{
	enum dnsbl_use use = DNSBL_CLIENT;

	while (use < DNSBL_FILE && !(item->uses & DNSBL_AS(use)))
		use++;
	if (use == DNSBL_FILE)
		return STR("file=sha256");
	return pool_printf(pool, "%s=%.*s", dnsbl_use_name(use), STR_ARG(str_upto(item->what, REPORT_EVIDENCE)));
}

/* A sender group may ask for it. */
static void
note_client(const struct scan *scan, const struct dnsbl_item *item, const struct dnsbl_hit *hit)
{
	struct standing *s = scan->standing;

	if (s && item->uses & DNSBL_AS(DNSBL_CLIENT) && s->n_lists < STANDING_LISTS)
		s->lists[s->n_lists++] = pool_str(scan->pool, hit->list);
}

void
dnsbl_find(const struct scan *scan, struct report *out, const struct dnsbl_item *item, size_t part,
    const struct finding_def *bad, const struct finding_def *good)
{
	struct dnsbl_hit hit[DNSBL_HITS];
	size_t n = lists(scan) ? dnsbl_look(lists(scan), scan->dns, scan->pool, item, hit) : 0;

	for (size_t i = 0; i < n; i++) {
		struct str evidence = pool_printf(scan->pool, "list=%.*s label=%.*s code=%.*s %.*s",
		    STR_ARG(hit[i].list), STR_ARG(hit[i].labels), STR_ARG(hit[i].codes), STR_ARG(shown(scan->pool, item)));

		note_client(scan, item, &hit[i]);
		report_add_as(out, hit[i].allow ? good : bad, hit[i].class, hit[i].score, part, evidence);
	}
}
