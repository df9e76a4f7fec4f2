/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "store/records.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "store/records_ops.h"
#include "store/records_spill.h"

/* RETRY_MS: a store that is down is tried again so often. BATCH: records of one commit. GATHER_MS: between two commits,
 * so that under load one serves several; a message that comes alone does not wait for others. */
enum { RETRY_MS = 1000, BATCH = 512, GATHER_MS = 4, NS_PER_MS = 1000000, MS_PER_S = 1000, US_PER_MS = 1000,
       NS_PER_US = 1000 };

static const struct records_ops *const backends[RECORDS_BACKENDS] = { [RECORDS_SQLITE] = &records_sqlite,
    [RECORDS_POSTGRESQL] = &records_pg };

/* Somebody who waits for a commit: on the caller's stack, in the list until the writer takes it. */
struct waiting {
	struct records_item item;
	struct waiting *next;
	bool taken, done;
};

struct records {
	const struct records_ops *ops;
	void *store;
	enum records_use use;
	struct log_ctx lc;
	struct spill spill;
	pthread_t writer, keeper;
	pthread_mutex_t lock;		/* of all below */
	pthread_cond_t come, done, stopped;
	struct waiting *first, **last;
	size_t n;
	bool stop, down;
	uint64_t put;
	int64_t commit_us;
};

/* ---- the writer ---- */

static void
say(struct records *r, bool down)
{
	if (down != r->down)
		log_put(r->lc, down ? LOG_LEVEL_ERR : LOG_LEVEL_INFO, "ledger", LOG_CSTR("store", r->ops->name),
		    LOG_CSTR("state", down ? "down: records go to the spill" : "well again"));
}

static bool
failed(const struct records_item *items, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (items[i].rc == RC_TEMP)
			return true;
	return false;
}

/* What waited longest first: what the spill has, then these. While the store is down it is not asked for
 * each of them. */
static void
write_out(struct records *r, struct records_item *items, size_t n, int64_t *retry_ms)
{
	int64_t start = clock_mono_us();
	bool down = false;

	for (size_t i = 0; i < n; i++)
		items[i].rc = RC_TEMP;
	if (atomic_load(&r->spill.waiting) > 0)
		down = clock_mono_ms() < *retry_ms || spill_replay(&r->spill, r->ops, r->store) != RC_OK;
	if (!down && n > 0) {
		r->ops->write(r->store, items, n);
		spill_refuse(&r->spill, items, n);
		down = failed(items, n);
	}
	if (down && clock_mono_ms() >= *retry_ms)
		*retry_ms = clock_mono_ms() + RETRY_MS;
	spill_add(&r->spill, items, n);
	pthread_mutex_lock(&r->lock);
	say(r, down);
	r->down = down;
	if (n > 0)
		r->commit_us = clock_mono_us() - start;
	r->put += n;
	pthread_mutex_unlock(&r->lock);
}

/* Under the lock: everybody who waits, up to BATCH. */
static size_t
take_all(struct records *r, struct records_item *items, struct waiting **who)
{
	size_t n = 0;

	while (r->first && n < BATCH) {
		struct waiting *w = r->first;

		r->first = w->next;
		w->taken = true;
		items[n] = w->item;
		who[n++] = w;
	}
	if (!r->first)
		r->last = &r->first;
	r->n -= n;
	return n;
}

static void
wait_until(pthread_cond_t *cond, pthread_mutex_t *lock, int64_t deadline_ms)
{
	struct timespec ts = { .tv_sec = deadline_ms / MS_PER_S, .tv_nsec = deadline_ms % MS_PER_S * NS_PER_MS };

	pthread_cond_timedwait(cond, lock, &ts);
}

/* Without the lock: the next commit comes no sooner. */
static void
gather(int64_t last_us)
{
	int64_t left = last_us + GATHER_MS * US_PER_MS - clock_mono_us();

	if (left > 0)
		nanosleep(&(struct timespec){ 0, left * NS_PER_US }, NULL);
}

static void *
write_all(void *arg)
{
	struct records *r = arg;
	struct records_item *items = calloc(BATCH, sizeof(*items));
	struct waiting **who = calloc(BATCH, sizeof(struct waiting *));
	int64_t retry_ms = 0, last_us = 0;

	if (!items || !who)
		abort();
	pthread_mutex_lock(&r->lock);
	while (!r->stop || r->first) {
		size_t n;

		if (!r->first)
			wait_until(&r->come, &r->lock, clock_mono_ms() + RETRY_MS);
		if (r->first) {
			pthread_mutex_unlock(&r->lock);
			gather(last_us);
			pthread_mutex_lock(&r->lock);
		}
		n = take_all(r, items, who);
		if (n == 0 && atomic_load(&r->spill.waiting) == 0)
			continue;
		pthread_mutex_unlock(&r->lock);
		write_out(r, items, n, &retry_ms);
		last_us = clock_mono_us();
		pthread_mutex_lock(&r->lock);
		for (size_t i = 0; i < n; i++) {
			who[i]->item.rc = items[i].rc;
			who[i]->done = true;
		}
		pthread_cond_broadcast(&r->done);
	}
	pthread_mutex_unlock(&r->lock);
	free(who);
	free(items);
	return NULL;
}

/* Index and log of the store: nobody waits for it. */
static void *
keep_all(void *arg)
{
	struct records *r = arg;

	pthread_mutex_lock(&r->lock);
	while (!r->stop) {
		pthread_mutex_unlock(&r->lock);
		r->ops->keep(r->store);
		pthread_mutex_lock(&r->lock);
		if (!r->stop)
			wait_until(&r->stopped, &r->lock, clock_mono_ms() + RECORDS_KEEP_MS);
	}
	pthread_mutex_unlock(&r->lock);
	return NULL;
}

/* ---- open and close ---- */

static void
init_cond(pthread_cond_t *cond)
{
	pthread_condattr_t mono;

	pthread_condattr_init(&mono);
	pthread_condattr_setclock(&mono, CLOCK_MONOTONIC);
	pthread_cond_init(cond, &mono);
	pthread_condattr_destroy(&mono);
}

static enum rc
start_threads(struct records *r)
{
	sigset_t all, before;
	int e;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	e = pthread_create(&r->writer, NULL, write_all, r);
	if (e == 0 && r->ops->keep && pthread_create(&r->keeper, NULL, keep_all, r) != 0)
		abort();		/* out of memory */
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return e == 0 ? RC_OK : RC_TEMP;
}

enum rc
records_open(const struct records_conf *conf, struct str state_dir, enum records_use use, struct log_ctx lc,
    struct records **out, struct buf *why)
{
	struct records *r = calloc(1, sizeof(*r));
	enum rc rc;

	if (!r)
		abort();
	r->ops = backends[conf->backend];
	r->use = use;
	r->lc = lc;
	r->last = &r->first;
	rc = r->ops->open(conf, state_dir, use, lc, &r->store, why);
	if (rc != RC_OK) {
		free(r);
		return rc;
	}
	pthread_mutex_init(&r->lock, NULL);
	init_cond(&r->come);
	init_cond(&r->done);
	init_cond(&r->stopped);
	spill_init(&r->spill, state_dir, lc);
	if (use == RECORDS_GATE && start_threads(r) != RC_OK) {
		buf_adds(why, "no thread for the ledger");
		r->use = RECORDS_TOOL;
		records_close(&r);
		return RC_TEMP;
	}
	*out = r;
	return RC_OK;
}

void
records_close(struct records **at)
{
	struct records *r = *at;

	if (!r)
		return;
	if (r->use == RECORDS_GATE) {
		pthread_mutex_lock(&r->lock);
		r->stop = true;
		pthread_cond_broadcast(&r->come);
		pthread_cond_broadcast(&r->stopped);
		pthread_mutex_unlock(&r->lock);
		pthread_join(r->writer, NULL);
		if (r->ops->keep)
			pthread_join(r->keeper, NULL);
	}
	r->ops->close(r->store);
	pthread_cond_destroy(&r->come);
	pthread_cond_destroy(&r->done);
	pthread_cond_destroy(&r->stopped);
	pthread_mutex_destroy(&r->lock);
	free(r);
	*at = NULL;
}

/* ---- putting ---- */

/* Under the lock: nobody has begun with it, it was never there. */
static void
withdraw(struct records *r, struct waiting *w)
{
	struct waiting **at = &r->first;

	while (*at != w)
		at = &(*at)->next;
	*at = w->next;
	if (r->last == &w->next)
		r->last = at;
	r->n--;
}

static enum rc
wait_for_writer(struct records *r, struct waiting *w, int64_t deadline_ms)
{
	pthread_mutex_lock(&r->lock);
	if (r->n >= RECORDS_QUEUE) {
		pthread_mutex_unlock(&r->lock);
		return RC_TEMP;
	}
	*r->last = w;
	r->last = &w->next;
	r->n++;
	pthread_cond_signal(&r->come);
	while (!w->done && (w->taken || clock_mono_ms() < deadline_ms))
		if (w->taken)
			pthread_cond_wait(&r->done, &r->lock);
		else
			wait_until(&r->done, &r->lock, deadline_ms);
	if (!w->done) {
		withdraw(r, w);
		w->item.rc = RC_TEMP;
	}
	pthread_mutex_unlock(&r->lock);
	return w->item.rc;
}

static enum rc
put(struct records *r, const struct records_item *item, int64_t deadline_ms)
{
	struct waiting w = { .item = *item };

	w.item.rc = RC_TEMP;
	if (r->use == RECORDS_GATE)
		return wait_for_writer(r, &w, deadline_ms);
	pthread_mutex_lock(&r->lock);
	r->ops->write(r->store, &w.item, 1);
	pthread_mutex_unlock(&r->lock);
	return w.item.rc;
}

enum rc
records_put(struct records *r, const struct record *record, int64_t deadline_ms)
{
	struct pool *pool = pool_new(0);
	struct record fit = *record;
	enum rc rc;

	record_fit(pool, &fit);
	rc = put(r, &(struct records_item){ .record = &fit }, deadline_ms);
	pool_free(&pool);
	return rc;
}

enum rc
records_event(struct records *r, const struct record_event *event, int64_t deadline_ms)
{
	struct pool *pool = pool_new(0);
	struct record_event fit = *event;
	enum rc rc;

	record_event_fit(pool, &fit);
	rc = put(r, &(struct records_item){ .event = &fit }, deadline_ms);
	pool_free(&pool);
	return rc;
}

/* ---- the rest is the store's ---- */

enum rc
records_get(struct records *r, struct pool *pool, struct str id, struct record *out, struct vec *events)
{
	return r->ops->get(r->store, pool, id, out, events);
}

enum rc
records_find(struct records *r, const struct records_query *q, bool (*each)(void *, const struct record *), void *arg)
{
	return r->ops->find(r->store, q, each, arg);
}

enum rc
records_entries(struct records *r, const struct entries_query *q, bool (*each)(void *, const struct entry *), void *arg)
{
	return r->ops->entries(r->store, q, each, arg);
}

enum rc
records_move(struct records *r, const struct records_step *step, size_t *moved)
{
	struct records_step s = *step;

	s.event.id = step->id;
	if (s.event.time_ms == 0)
		s.event.time_ms = clock_wall_ms();
	return r->ops->move(r->store, &s, moved);
}

enum rc
records_sums(struct records *r, enum records_column column, int64_t since_ms, int64_t until_ms,
    void (*each)(void *, const struct records_sum *), void *arg)
{
	return r->ops->sums(r->store, column, since_ms, until_ms, each, arg);
}

enum rc
records_page(struct records *r, struct pool *pool, const struct records_range *range, struct vec *out)
{
	return r->ops->page(r->store, pool, range, out);
}

enum rc
records_lines(struct records *r, struct pool *pool, const struct records_range *range, struct vec *out)
{
	return r->ops->lines(r->store, pool, range, out);
}

void
records_write(struct records *r, struct records_item *items, size_t n)
{
	assert(r->use == RECORDS_TOOL);
	pthread_mutex_lock(&r->lock);
	r->ops->write(r->store, items, n);
	pthread_mutex_unlock(&r->lock);
}

enum rc
records_settle(struct records *r, size_t *n)
{
	*n = 0;
	return r->ops->settle(r->store, n);
}

enum rc
records_purge(struct records *r, int64_t before_ms, size_t *weeks)
{
	return r->ops->purge(r->store, before_ms, weeks);
}

void
records_status(const struct records *r, struct records_status *out)
{
	struct records *at = (struct records *)(uintptr_t)r;

	pthread_mutex_lock(&at->lock);
	*out = (struct records_status){ .put = r->put, .spilled = atomic_load(&r->spill.waiting),
	    .refused = atomic_load(&r->spill.refused), .waiting = r->n,
	    .commit_us = r->commit_us, .down = r->down };
	pthread_mutex_unlock(&at->lock);
}
