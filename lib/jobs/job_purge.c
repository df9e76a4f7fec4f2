/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Forget what was kept long enough: mail of the quarantine, its messages, whole weeks of the ledger. Also
 * messages that no record names: what a crash left between the message and its record. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "jobs/jobs.h"
#include "jobs/keeping.h"
#include "response/response.h"
#include "store/ledger_opts.h"

/* YOUNG_MS: so long a message may wait for its record; that of a spill longer, see is_spilled. */
enum { ENTRIES = 100000, YOUNG_MS = 3600 * 1000 };

struct body {
	char key[BODIES_KEY + 1];
	int64_t time_ms;
	uint64_t bytes;
};

struct purge {
	const struct job_run *run;
	const struct purge_conf *conf;
	struct response r;
	struct pool *pool;
	struct vec entries;		/* struct entry: id, number, time of its state; newest message first */
	struct vec bodies;		/* struct body, by key */
	uint64_t bytes;			/* of all bodies */
	int64_t now_ms;
	size_t expired, removed;
};

static bool
collect_entry(void *arg, const struct entry *e)
{
	struct purge *p = arg;
	struct entry *copy = vec_push(p->pool, &p->entries, sizeof(*copy));

	*copy = (struct entry){ .number = e->number, .rcpt = { .state = e->rcpt.state, .changed_ms = e->rcpt.changed_ms } };
	copy->record.id = pool_str(p->pool, e->record.id);
	copy->record.body = pool_str(p->pool, e->record.body);
	return p->entries.n < ENTRIES;
}

static bool
collect_body(void *arg, struct str key, int64_t wall_ms, uint64_t bytes)
{
	struct purge *p = arg;
	struct body *b = vec_push(p->pool, &p->bodies, sizeof(*b));

	*b = (struct body){ .time_ms = wall_ms, .bytes = bytes };
	snprintf(b->key, sizeof(b->key), "%.*s", STR_ARG(str_upto(key, BODIES_KEY)));
	p->bytes += bytes;
	return true;
}

/* ---- entries ---- */

static enum rc
expire(struct purge *p, const struct entry *e, struct str why)
{
	const struct records_step step = { .id = e->record.id, .number = e->number, .from = 1u << e->rcpt.state,
	    .changed_ms = e->rcpt.changed_ms, .to = ENTRY_EXPIRED,
	    .event = { .kind = STR("expired"), .who = STR("job purge"), .detail = why } };
	size_t moved;
	enum rc rc = records_move(p->r.records, &step, &moved);

	p->expired += rc == RC_OK;
	return rc == RC_NONE ? RC_OK : rc;	/* somebody released it meanwhile */
}

/* The end of a hold is the job holds' business. */
static enum rc
expire_old(struct purge *p)
{
	struct entries_query q = { .states = 1 << ENTRY_HELD | 1 << ENTRY_ORIGINAL,
	    .kinds = ((1u << QUARANTINE_KINDS) - 1) & ~(1u << QUARANTINE_HOLD), .expired_by_ms = p->now_ms, .max = ENTRIES };
	enum rc rc = records_entries(p->r.records, &q, collect_entry, p);
	const struct entry *e = p->entries.items;

	for (size_t i = 0; rc == RC_OK && i < p->entries.n; i++)
		rc = expire(p, &e[i], STR_NONE);
	p->entries.n = 0;
	return rc;
}

static int
by_key(const void *a, const void *b)
{
	return strcmp(((const struct body *)a)->key, ((const struct body *)b)->key);
}

static uint64_t
bytes_of(const struct purge *p, struct str key)
{
	struct body want;
	const struct body *b;

	snprintf(want.key, sizeof(want.key), "%.*s", STR_ARG(str_upto(key, BODIES_KEY)));
	b = p->bodies.n ? bsearch(&want, p->bodies.items, p->bodies.n, sizeof(want), by_key) : NULL;
	return b ? b->bytes : 0;
}

/* From the oldest on, until what is left fits. */
static enum rc
make_room(struct purge *p)
{
	struct entries_query q = { .states = 1 << ENTRY_HELD | 1 << ENTRY_ORIGINAL };
	uint64_t quota = (uint64_t)p->conf->quota, left = p->bytes;
	const struct entry *e;
	enum quarantine_kind kind;
	enum rc rc;

	for (size_t i = 0; i < p->conf->quota_kinds.n; i++)
		if (quarantine_parse(p->conf->quota_kinds.item[i], &kind))
			q.kinds |= 1u << kind;
	if (quota == 0 || left <= quota || q.kinds == 0)
		return RC_OK;
	rc = records_entries(p->r.records, &q, collect_entry, p);
	e = p->entries.items;
	for (size_t i = p->entries.n; rc == RC_OK && i > 0 && left > quota; i--) {
		uint64_t bytes = i < p->entries.n && str_eq(e[i].record.id, e[i - 1].record.id) ? 0 :
		    bytes_of(p, e[i - 1].record.body);

		rc = expire(p, &e[i - 1], STR("the quarantine is over its quota"));
		left -= bytes < left ? bytes : left;
	}
	log_put(p->run->lc, LOG_LEVEL_WARNING, "purge", LOG_NUM("bytes", p->bytes), LOG_NUM("quota", quota),
	    LOG_NUM("left", left), LOG_NUM("entries", p->expired));
	p->entries.n = 0;
	return rc;
}

/* ---- bodies ---- */

/* Records that are not in the store yet: their messages look as if nobody knew them. */
static bool
is_spilled(const struct purge *p)
{
	char path[PATH_MAX];
	struct stat st;

	snprintf(path, sizeof(path), "%s/ledger/spill.jsonl", p->run->state_dir);
	return stat(path, &st) == 0 && st.st_size > 0;
}

static enum rc
remove_bodies(struct purge *p)
{
	const struct body *b = p->bodies.items;
	bool spilled = is_spilled(p);
	enum rc rc = RC_OK;

	for (size_t i = 0; i < p->bodies.n && rc != RC_TEMP; i++) {
		struct pool *pool = pool_new(0);
		struct record rec = { .n_rcpts = 0 };
		bool young = b[i].time_ms > p->now_ms - YOUNG_MS;

		rc = records_get(p->r.records, pool, str_of(b[i].key), &rec, NULL);
		if ((rc == RC_OK && !record_keeps_body(&rec, p->now_ms)) || (rc == RC_NONE && !young && !spilled))
			p->removed += bodies_delete(p->r.bodies, str_of(b[i].key)) == RC_OK;
		pool_free(&pool);
	}
	return rc == RC_TEMP ? rc : RC_OK;
}

/* ---- all ---- */

static enum rc
purge_all(struct purge *p)
{
	const struct ledger_conf *lc = conf_values(p->run->conf, &ledger_table);
	size_t weeks = 0;
	enum rc rc = expire_old(p);

	if (rc == RC_OK)
		rc = bodies_each(p->r.bodies, collect_body, p);
	if (rc == RC_OK && p->bodies.n)
		qsort(p->bodies.items, p->bodies.n, sizeof(struct body), by_key);
	if (rc == RC_OK)
		rc = make_room(p);
	if (rc == RC_OK)
		rc = remove_bodies(p);
	if (rc == RC_OK)
		rc = records_purge(p->r.records, p->now_ms - lc->keep_ms, &weeks);
	if (p->expired || p->removed || weeks)
		log_put(p->run->lc, LOG_LEVEL_INFO, "purge", LOG_NUM("expired", p->expired), LOG_NUM("messages", p->removed),
		    LOG_NUM("weeks", weeks));
	if (rc != RC_OK)
		buf_adds(p->run->why, "the ledger or the messages do not answer");
	return rc;
}

static enum rc
run(const struct job_run *jr, const void *conf)
{
	const struct ledger_conf *lc = conf_values(jr->conf, &ledger_table);
	struct purge p = { .run = jr, .conf = conf, .now_ms = clock_wall_ms() };
	enum rc rc;

	if (!lc->enable)
		return RC_OK;
	rc = response_open(jr->conf, str_of(jr->state_dir), jr->lc, &p.r, jr->why);
	if (rc != RC_OK)
		return rc;
	p.pool = pool_new(0);
	rc = purge_all(&p);
	pool_free(&p.pool);
	response_close(&p.r);
	return rc;
}

static int64_t interval(const void *conf) { return ((const struct purge_conf *)conf)->interval_ms; }
static int64_t deadline(const void *conf) { return ((const struct purge_conf *)conf)->deadline_ms; }

const struct job job_purge = {
	.name = "purge",
	.help = "Delete mail of the quarantine and records that were kept long enough.",
	.opts = &purge_table,
	.interval_ms = interval,
	.deadline_ms = deadline,
	.run = run,
};
