/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Mail whose hold is over goes to the mail server again: the gate looks at it with what it knows now, and does not
 * hold it again. Releases that somebody began and nobody ended go back to where they were. */
#include "base/clock.h"
#include "jobs/jobs.h"
#include "jobs/keeping.h"
#include "response/release.h"
#include "store/ledger_opts.h"

enum { AT_ONCE = 10000 };

struct holds {
	struct pool *pool;
	struct vec due;			/* struct entry, id and number */
	int64_t now_ms, retry_ms;
};

static bool
collect(void *arg, const struct entry *e)
{
	struct holds *h = arg;
	struct entry *copy;

	/* One that the server did not take a moment ago has time. */
	if (e->rcpt.changed_ms > e->rcpt.expires_ms && e->rcpt.changed_ms > h->now_ms - h->retry_ms)
		return true;
	copy = vec_push(h->pool, &h->due, sizeof(*copy));
	*copy = (struct entry){ .number = e->number };
	copy->record.id = pool_str(h->pool, e->record.id);
	return true;
}

/* How many recipients of a record are kept in one way or another: when all of them are due they go together. */
static size_t
kept(const struct response *r, struct pool *pool, struct str id)
{
	struct record rec;
	size_t n = 0;

	if (records_get(r->records, pool, id, &rec, NULL) != RC_OK)
		return 0;
	for (size_t i = 0; i < rec.n_rcpts; i++)
		n += rec.rcpts[i].state == ENTRY_HELD || rec.rcpts[i].state == ENTRY_ORIGINAL;
	return n;
}

static enum rc
end_hold(const struct response *r, struct str id, size_t number, struct buf *why)
{
	const struct release_order o = { .id = id, .number = number, .who = STR("job holds"), .look_again = true };
	enum rc rc;

	buf_reset(why);
	rc = release_entry(r, &o, why);
	if (rc == RC_NONE || rc == RC_BAD)
		return RC_OK;	/* done by somebody, or noted at the entry: the others go on */
	return rc;
}

/* Oldest last: those of one record stand together. A server that is down ends it for now. */
static enum rc
end_all(const struct response *r, const struct holds *h, int64_t until_ms, struct buf *why)
{
	const struct entry *e = h->due.items;
	enum rc rc = RC_OK;

	for (size_t i = 0, n; rc == RC_OK && i < h->due.n && clock_mono_ms() < until_ms; i += n) {
		for (n = 1; i + n < h->due.n && str_eq(e[i + n].record.id, e[i].record.id); n++)
			continue;
		if (n == kept(r, h->pool, e[i].record.id))
			rc = end_hold(r, e[i].record.id, 0, why);
		else
			for (size_t j = i; rc == RC_OK && j < i + n; j++)
				rc = end_hold(r, e[j].record.id, e[j].number, why);
	}
	return rc;
}

static enum rc
run(const struct job_run *jr, const void *conf)
{
	const struct holds_conf *hc = conf;
	const struct ledger_conf *lc = conf_values(jr->conf, &ledger_table);
	struct holds h = { .now_ms = clock_wall_ms(), .retry_ms = hc->retry_ms };
	struct entries_query q = { .states = 1 << ENTRY_HELD, .kinds = 1 << QUARANTINE_HOLD, .expired_by_ms = h.now_ms,
	    .max = AT_ONCE };
	int64_t until_ms = clock_mono_ms() + hc->deadline_ms / 2;
	struct response r;
	size_t stale = 0;
	enum rc rc;

	if (!lc->enable)
		return RC_OK;
	rc = response_open(jr->conf, str_of(jr->state_dir), jr->lc, &r, jr->why);
	if (rc != RC_OK)
		return rc;
	h.pool = pool_new(0);
	rc = release_stale(&r, h.now_ms, &stale);
	if (rc == RC_OK)
		rc = records_entries(r.records, &q, collect, &h);
	if (rc != RC_OK)
		buf_adds(jr->why, "the ledger does not answer");
	else
		rc = end_all(&r, &h, until_ms, jr->why);
	if (stale)
		log_put(jr->lc, LOG_LEVEL_WARNING, "holds", LOG_NUM("stale_releases", stale));
	pool_free(&h.pool);
	response_close(&r);
	return rc;
}

static int64_t interval(const void *conf) { return ((const struct holds_conf *)conf)->interval_ms; }
static int64_t deadline(const void *conf) { return ((const struct holds_conf *)conf)->deadline_ms; }

const struct job job_holds = {
	.name = "holds",
	.help = "Give mail whose hold is over to the mail server, to be looked at again; undo releases that nobody ended.",
	.opts = &holds_table,
	.interval_ms = interval,
	.deadline_ms = deadline,
	.run = run,
};
