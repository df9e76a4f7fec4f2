/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "give_back.h"

#include <stdio.h>
#include <sysexits.h>

#include "base/clock.h"
#include "notice.h"

/* What the verb has open already, and the keys of passes. */
static enum rc
open_response(const struct give_back *g, struct response *r, struct buf *why)
{
	*r = (struct response){ .conf = conf_values(g->m->conf, &release_table), .records = g->m->stores.records,
	    .bodies = g->m->stores.bodies, .state_dir = g->m->state_dir, .lc = notice_log(LOG_LEVEL_ERR) };
	return keyring_ensure(keyring_of(r->state_dir, KEYRING_PASS), clock_wall_ms() / 1000, &r->passes, why);
}

static int
status_of(const struct give_back *g, enum rc rc, const struct buf *why)
{
	if (rc != RC_OK)
		notice("%.*s: %s", STR_ARG(g->word), buf_cstr(why));
	switch (rc) {
	case RC_OK: return EX_OK;
	case RC_NONE: return EX_DATAERR;
	case RC_BAD: return EX_UNAVAILABLE;
	case RC_TEMP:
	case RC_LIMIT: break;
	}
	return EX_TEMPFAIL;
}

static struct release_order
order_of(const struct give_back *g)
{
	return (struct release_order){ .id = g->id, .number = g->number, .to = g->to, .who = memory_who(g->pool),
	    .message = g->message };
}

/* Open, do it, say how it ended. */
static int
act(const struct give_back *g, enum rc (*run)(const struct give_back *, const struct response *, struct buf *why),
    const char *done)
{
	struct response r;
	struct buf why;
	enum rc rc;
	int status;

	buf_init(&why, RELEASE_WHY);
	rc = open_response(g, &r, &why);
	if (rc == RC_OK)
		rc = run(g, &r, &why);
	if (rc == RC_OK)
		printf("%.*s: %s\n", STR_ARG(g->word), done);
	status = status_of(g, rc, &why);
	keyring_close(&r.passes);
	buf_clear(&why);
	return status;
}

static enum rc
release(const struct give_back *g, const struct response *r, struct buf *why)
{
	struct release_order o = order_of(g);

	return release_entry(r, &o, why);
}

static enum rc
report(const struct give_back *g, const struct response *r, struct buf *why)
{
	struct release_order o = order_of(g);

	return release_report(r, &o, g->as, why);
}

static enum rc
delete(const struct give_back *g, const struct response *r, struct buf *why)
{
	struct release_order o = order_of(g);

	return release_delete(r, &o, why);
}

int
give_back_release(const struct give_back *g)
{
	return act(g, release, "released");
}

int
give_back_report(const struct give_back *g)
{
	return act(g, report, g->as == REPORT_MISSED_SPAM ? "reported as missed spam" : "reported as a false positive");
}

int
give_back_delete(const struct give_back *g)
{
	return act(g, delete, "deleted");
}
