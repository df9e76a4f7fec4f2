/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "store/counters.h"

#include <assert.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "store/memory.h"
#include "store/shared.h"
#include "store/snapshot.h"

enum { WHY_MAX = 1024 };

struct counters {
	struct log_ctx lc;
	struct memory *memory;
	struct shared *shared;		/* NULL: memory alone */
	char path[PATH_MAX];		/* of the snapshot; empty: none */
	int64_t snapshot_ms;
	pthread_t writer;
	pthread_mutex_t lock;		/* of the writer: stop */
	pthread_cond_t wake;
	bool stop;
	pthread_mutex_t saving;		/* one at a time */
	bool failing;			/* the log has it already */
	atomic_int_least64_t written_at;	/* monotonic; -1: not yet */
	atomic_uint_least64_t calls, fallbacks;
};

/* A damaged file is kept for whoever wants to know, out of the way of the next one. */
static void
set_aside(struct counters *c, struct str why)
{
	char to[PATH_MAX];
	int n = snprintf(to, sizeof(to), "%s.damaged", c->path);
	bool moved = n > 0 && (size_t)n < sizeof(to) && rename(c->path, to) == 0;

	log_put(c->lc, LOG_LEVEL_ERR, "counters", LOG_CSTR("error", "the snapshot is damaged; counting begins anew"),
	    LOG_CSTR("file", moved ? to : c->path), LOG_STR("reason", why));
}

static void
load(struct counters *c)
{
	struct buf why;
	enum rc rc;

	buf_init(&why, WHY_MAX);
	rc = snapshot_read(c->memory, c->path, clock_wall_ms(), &why);
	if (rc == RC_BAD)
		set_aside(c, buf_str(&why));
	else if (rc == RC_OK)
		log_put(c->lc, LOG_LEVEL_INFO, "counters", LOG_CSTR("loaded", c->path),
		    LOG_NUM("entries", memory_entries(c->memory)));
	else if (rc != RC_NONE)
		log_put(c->lc, LOG_LEVEL_WARNING, "counters", LOG_CSTR("error", "the snapshot cannot be read"),
		    LOG_STR("reason", buf_str(&why)));
	buf_clear(&why);
}

void
counters_save(struct counters *c)
{
	struct buf why;
	enum rc rc;

	if (!c || !c->path[0])
		return;
	pthread_mutex_lock(&c->saving);
	buf_init(&why, WHY_MAX);
	rc = snapshot_write(c->memory, c->path, clock_wall_ms(), &why);
	if (rc == RC_OK)
		atomic_store(&c->written_at, clock_mono_ms());
	else if (!c->failing)
		log_put(c->lc, LOG_LEVEL_ERR, "counters", LOG_CSTR("error", "the snapshot cannot be written"),
		    LOG_STR("reason", buf_str(&why)));
	c->failing = rc != RC_OK;
	buf_clear(&why);
	pthread_mutex_unlock(&c->saving);
}

/* Wait until `at` or the end; true: go on. With the lock. */
static bool
pause_until(struct counters *c, int64_t at)
{
	struct timespec ts = { at / 1000, at % 1000 * 1000000 };

	while (!c->stop && clock_left_ms(at) > 0)
		(void)pthread_cond_timedwait(&c->wake, &c->lock, &ts);
	return !c->stop;
}

static void *
write_now_and_then(void *arg)
{
	struct counters *c = arg;

	pthread_mutex_lock(&c->lock);
	while (pause_until(c, clock_mono_ms() + c->snapshot_ms)) {
		pthread_mutex_unlock(&c->lock);
		counters_save(c);
		pthread_mutex_lock(&c->lock);
	}
	pthread_mutex_unlock(&c->lock);
	return NULL;
}

/* Signals are for the program's own threads. */
static void
start_writer(struct counters *c)
{
	pthread_condattr_t mono;
	sigset_t all, before;

	pthread_mutex_init(&c->lock, NULL);
	pthread_condattr_init(&mono);
	pthread_condattr_setclock(&mono, CLOCK_MONOTONIC);
	pthread_cond_init(&c->wake, &mono);
	pthread_condattr_destroy(&mono);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	if (pthread_create(&c->writer, NULL, write_now_and_then, c) != 0)
		abort();
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static void
stop_writer(struct counters *c)
{
	pthread_mutex_lock(&c->lock);
	c->stop = true;
	pthread_cond_signal(&c->wake);
	pthread_mutex_unlock(&c->lock);
	pthread_join(c->writer, NULL);
	pthread_cond_destroy(&c->wake);
	pthread_mutex_destroy(&c->lock);
}

static bool
writes_now_and_then(const struct counters *c)
{
	return c->path[0] && c->snapshot_ms > 0;
}

enum rc
counters_new(const struct counters_conf *conf, struct str dir, struct log_ctx lc, struct counters **out,
    struct buf *why)
{
	struct counters *c = calloc(1, sizeof(*c));
	int n = 0;

	if (!c)
		abort();
	c->lc = lc;
	c->snapshot_ms = conf->snapshot_ms;
	atomic_init(&c->written_at, -1);
	pthread_mutex_init(&c->saving, NULL);
	if (dir.n)
		n = snprintf(c->path, sizeof(c->path), "%.*s/counters", STR_ARG(dir));
	if (n < 0 || (size_t)n >= sizeof(c->path)) {
		buf_adds(why, "the name of the folder is too long");
		free(c);
		return RC_BAD;
	}
	if (conf->backend == COUNTERS_REDIS && shared_new(conf, lc, &c->shared, why) != RC_OK) {
		free(c);
		return RC_BAD;
	}
	c->memory = memory_new(conf->entries_max);
	if (c->path[0])
		load(c);
	if (writes_now_and_then(c))
		start_writer(c);
	*out = c;
	return RC_OK;
}

void
counters_free(struct counters **cp)
{
	struct counters *c = *cp;

	*cp = NULL;
	if (!c)
		return;
	if (writes_now_and_then(c))
		stop_writer(c);
	shared_free(&c->shared);
	counters_save(c);
	pthread_mutex_destroy(&c->saving);
	memory_free(&c->memory);
	free(c);
}

static void
nothing_known(struct counter_op *op)
{
	op->count = 0;
	op->good_now = op->bad_now = 0;
	op->first_ms = op->last_ms = 0;
}

/* What Redis answered is kept here as well, so that this node goes on from there when Redis goes. */
static void
run_shared(struct counters *c, int64_t now_ms, struct counter_op *ops, size_t n)
{
	struct key keys[COUNTER_OPS];
	struct tally stored[COUNTER_OPS];
	bool done[COUNTER_OPS] = { false };

	if (n == 0)
		return;
	for (size_t i = 0; i < n; i++)
		key_make(&keys[i], ops[i].kind, ops[i].name);
	if (shared_run(c->shared, now_ms, keys, ops, n, stored, done) != RC_OK)
		atomic_fetch_add_explicit(&c->fallbacks, 1, memory_order_relaxed);
	for (size_t i = 0; i < n; i++) {
		if (!done[i])
			memory_run(c->memory, &keys[i], &ops[i], now_ms);
		else if (stored[i].last_ms > 0)
			memory_put(c->memory, key_str(&keys[i]), &stored[i]);
	}
}

void
counters_run(struct counters *c, int64_t now_ms, struct counter_op *ops, size_t n)
{
	struct key key;

	assert(n <= COUNTER_OPS);
	if (!c) {
		for (size_t i = 0; i < n; i++)
			nothing_known(&ops[i]);
		return;
	}
	atomic_fetch_add_explicit(&c->calls, 1, memory_order_relaxed);
	if (c->shared) {
		run_shared(c, now_ms, ops, n);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		key_make(&key, ops[i].kind, ops[i].name);
		memory_run(c->memory, &key, &ops[i], now_ms);
	}
}

bool
counters_forget(struct counters *c, const char *kind, struct str name)
{
	struct key key;
	bool was;

	if (!c)
		return false;
	key_make(&key, kind, name);
	was = memory_del(c->memory, &key);
	return (c->shared && shared_del(c->shared, &key)) || was;
}

struct listing {
	const char *kind;
	struct key prefix;
	struct pool *pool;
	struct counter_entry *out;
	size_t n, max;
	int64_t now_ms;
};

static void
list_one(void *arg, struct str key, const struct tally *t)
{
	struct listing *l = arg;
	struct counter_entry *e;
	struct tally copy = *t;

	if (l->n == l->max || !str_starts(key, key_str(&l->prefix)))
		return;
	e = &l->out[l->n++];
	*e = (struct counter_entry){ .name = pool_str(l->pool, str_from(key, l->prefix.n)) };
	e->value = (struct counter_op){ .type = t->type, .kind = l->kind, .name = e->name, .window_ms = t->window_ms };
	tally_run(&copy, &e->value, l->now_ms);
}

static bool
list_more(void *arg, struct str key, const struct tally *t)
{
	struct listing *l = arg;

	list_one(l, key, t);
	return l->n < l->max;
}

static int
by_name(const void *a, const void *b)
{
	return str_cmp(((const struct counter_entry *)a)->name, ((const struct counter_entry *)b)->name);
}

/* In order; SCAN of Redis may name a key twice. */
static size_t
sorted(struct counter_entry *e, size_t n)
{
	size_t kept = 0;

	if (n)
		qsort(e, n, sizeof(*e), by_name);
	for (size_t i = 0; i < n; i++)
		if (kept == 0 || !str_eq(e[kept - 1].name, e[i].name))
			e[kept++] = e[i];
	return kept;
}

size_t
counters_list(struct counters *c, const char *kind, struct pool *pool, struct counter_entry *out, size_t max)
{
	struct listing l = { .kind = kind, .pool = pool, .out = out, .max = max, .now_ms = clock_wall_ms() };

	if (!c)
		return 0;
	key_of_kind(&l.prefix, kind);
	if (c->shared && shared_list(c->shared, &l.prefix, max, list_one, &l) == RC_OK)
		return sorted(out, l.n);
	l.n = 0;
	for (size_t i = 0; i < MEMORY_SHARDS && l.n < max; i++)
		memory_each(c->memory, i, l.now_ms, list_more, &l);
	return sorted(out, l.n);
}

void
counters_status(struct counters *c, struct counters_status *out)
{
	int64_t written;

	*out = (struct counters_status){ .backend = "memory", .snapshot_age_ms = -1 };
	if (!c)
		return;
	if (c->shared) {
		shared_why(c->shared, out->why);
		out->backend = shared_is_up(c->shared) ? "redis" : "redis: down, using memory";
	}
	written = atomic_load(&c->written_at);
	if (written >= 0)
		out->snapshot_age_ms = clock_mono_ms() - written;
	out->entries = memory_entries(c->memory);
	out->evicted = memory_evicted(c->memory);
	out->calls = atomic_load(&c->calls);
	out->fallbacks = atomic_load(&c->fallbacks);
}
