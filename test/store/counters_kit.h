/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* counters_kit.h - what the tests of counters have in common: a log that is read, short calls, a crowd
 *
 * Input    none
 * Units    milliseconds
 * Limits   64 kB of log lines
 * Memory   static in the test program
 * Errors   none
 * Threads  hear() from any
 * Source   none
 */
#ifndef TEST_STORE_COUNTERS_KIT_H
#define TEST_STORE_COUNTERS_KIT_H

#include <math.h>
#include <pthread.h>

#include "store/counters.h"
#include "store/redis_kit.h"
#include "test.h"

enum { MINUTE = 60000, THREADS = 8, DEADLINE = 300, RETRY = 200 };

static char heard[65536];
static size_t heard_n;
static pthread_mutex_t heard_lock = PTHREAD_MUTEX_INITIALIZER;

__attribute__((unused)) static void
hear(void *arg, enum log_level level, const char *line, size_t n)
{
	(void)arg;
	(void)level;
	pthread_mutex_lock(&heard_lock);
	if (heard_n + n + 2 < sizeof(heard)) {
		memcpy(heard + heard_n, line, n);
		heard_n += n;
		heard[heard_n++] = '\n';
	}
	pthread_mutex_unlock(&heard_lock);
}

/* How often the log said it since the last forget_lines(). */
__attribute__((unused)) static int64_t
lines_with(const char *what)
{
	struct str rest, line;
	int64_t n = 0;

	pthread_mutex_lock(&heard_lock);
	rest = (struct str){ heard, heard_n };
	while (str_next(&rest, '\n', &line))
		n += str_find(line, str_of(what)) != STR_NPOS;
	pthread_mutex_unlock(&heard_lock);
	return n;
}

__attribute__((unused)) static void
forget_lines(void)
{
	pthread_mutex_lock(&heard_lock);
	heard_n = 0;
	pthread_mutex_unlock(&heard_lock);
}

static const struct log test_log = { .write = hear, .level = LOG_LEVEL_INFO, .format = LOG_FORMAT_TEXT };

__attribute__((unused)) static struct counters_conf
conf_of(const char *address)
{
	return (struct counters_conf){
		.backend = address ? COUNTERS_REDIS : COUNTERS_MEMORY, .entries_max = 100000, .snapshot_ms = 0,
		.deadline_ms = DEADLINE, .retry_ms = RETRY, .redis_address = str_of(address),
		.redis_prefix = STR("test:")
	};
}

__attribute__((unused)) static struct counters *
open_with(const struct counters_conf *conf, const char *dir)
{
	struct log_ctx lc = { &test_log, "-" };
	struct counters *c = NULL;
	struct buf why;

	buf_init(&why, 1000);
	if (counters_new(conf, str_of(dir), lc, &c, &why) != RC_OK)
		printf("#   %s\n", buf_cstr(&why));
	buf_clear(&why);
	return c;
}

__attribute__((unused)) static struct counter_op
mark(struct counters *c, const char *name, int64_t add, int64_t now)
{
	struct counter_op op = { .type = COUNT_MARK, .kind = "mark", .name = str_of(name), .window_ms = 60LL * MINUTE, .add = add };

	counters_run(c, now, &op, 1);
	return op;
}

__attribute__((unused)) static int64_t
rate(struct counters *c, const char *name, int64_t add, int64_t now)
{
	struct counter_op op = { .type = COUNT_RATE, .kind = "rate", .name = str_of(name), .window_ms = MINUTE, .add = add };

	counters_run(c, now, &op, 1);
	return op.count;
}

__attribute__((unused)) static bool
is_up(struct counters *c)
{
	struct counters_status st;

	counters_status(c, &st);
	return strcmp(st.backend, "redis") == 0;
}

__attribute__((unused)) static bool
comes(struct counters *c, bool up, int64_t ms)
{
	int64_t deadline = clock_mono_ms() + ms;

	while (is_up(c) != up && clock_left_ms(deadline) > 0)
		usleep(5000);
	return is_up(c) == up;
}

__attribute__((unused)) static bool
near(double got, double want)
{
	/* Redis takes the time that a call takes as well. */
	return fabs(got - want) < 0.01 * (want + 1);
}

struct worker {
	pthread_t thread;
	struct counters *c;
	int rounds;
	int64_t worst_ms;
};

__attribute__((unused)) static void *
work(void *arg)
{
	struct worker *w = arg;
	char own[20];

	(void)snprintf(own, sizeof(own), "%lx", (unsigned long)w->thread);
	for (int i = 0; i < w->rounds; i++) {
		struct counter_op ops[] = {
			{ .type = COUNT_MARK, .kind = "shared", .name = STR("all"), .window_ms = 60LL * MINUTE, .add = 1 },
			{ .type = COUNT_RATE, .kind = "shared/rate", .name = STR("all"), .window_ms = 600LL * MINUTE, .add = 1 },
			{ .type = COUNT_HISTORY, .kind = "history", .name = str_of(own), .window_ms = MINUTE, .good = 1 },
		};
		int64_t start = clock_mono_ms(), took;

		counters_run(w->c, clock_wall_ms(), ops, 3);
		took = clock_mono_ms() - start;
		w->worst_ms = took > w->worst_ms ? took : w->worst_ms;
	}
	return NULL;
}

/* Eight threads at once; the longest call of all. */
__attribute__((unused)) static int64_t
crowd(struct counters *c, int rounds)
{
	struct worker w[THREADS];
	int64_t worst = 0;

	for (size_t i = 0; i < THREADS; i++) {
		w[i] = (struct worker){ .c = c, .rounds = rounds };
		pthread_create(&w[i].thread, NULL, work, &w[i]);
	}
	for (size_t i = 0; i < THREADS; i++) {
		pthread_join(w[i].thread, NULL);
		worst = w[i].worst_ms > worst ? w[i].worst_ms : worst;
	}
	return worst;
}

__attribute__((unused)) static bool
starts(struct redis *r, const char *name, const char *conf)
{
	bool ok = redis_start(r, name, false, conf);

	test_ok(ok, "redis-server starts");
	return ok;
}

#endif
