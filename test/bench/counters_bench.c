/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* counters_bench [ADDRESS]: calls and operations a second, in memory or in the Redis at ADDRESS
 * (host:port or unix:/path, which gets keys that begin with "bench/"), for one thread and several.
 * Each call has the operations of a recipient: two rates, a history, a mark. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "store/counters.h"

enum { THREADS_MAX = 8, OPS = 4, NAMES = 100000 };

struct load {
	pthread_t thread;
	struct counters *c;
	unsigned number;
	int64_t calls, until_us, worst_us;
};

static void *
work(void *arg)
{
	struct load *l = arg;
	unsigned at = l->number * 7919;
	char name[40];
	int64_t start = clock_mono_us(), end;

	while (start < l->until_us) {
		int n = snprintf(name, sizeof(name), "192.0.%u.%u", at / 256 % (NAMES / 256), at % 256);
		struct str s = { name, n > 0 ? (size_t)n : 0 };
		struct counter_op ops[OPS] = {
			{ .type = COUNT_RATE, .kind = "rcpt/ip", .name = s, .window_ms = 3600000, .add = 1 },
			{ .type = COUNT_RATE, .kind = "rcpt/from", .name = s, .window_ms = 3600000, .add = 1 },
			{ .type = COUNT_HISTORY, .kind = "history/ip", .name = s, .window_ms = 86400000, .good = 1 },
			{ .type = COUNT_MARK, .kind = "seen", .name = s, .window_ms = 86400000, .add = 1 },
		};

		counters_run(l->c, clock_wall_ms(), ops, OPS);
		end = clock_mono_us();
		l->worst_us = end - start > l->worst_us ? end - start : l->worst_us;
		start = end;
		at = at * 1664525 + 1013904223;
		l->calls++;
	}
	return NULL;
}

static void
measure(struct counters *c, unsigned threads, int64_t sec)
{
	struct load l[THREADS_MAX];
	int64_t calls = 0, worst = 0, until = clock_mono_us() + sec * 1000000;
	struct counters_status st;

	for (unsigned i = 0; i < threads; i++) {
		l[i] = (struct load){ .c = c, .number = i, .until_us = until };
		pthread_create(&l[i].thread, NULL, work, &l[i]);
	}
	for (unsigned i = 0; i < threads; i++) {
		pthread_join(l[i].thread, NULL);
		calls += l[i].calls;
		worst = l[i].worst_us > worst ? l[i].worst_us : worst;
	}
	counters_status(c, &st);
	printf("%-8s %u thread%s %9lld calls/s %10lld operations/s, %6.2f us a call, longest %lld us, %llu entries, "
	    "%llu fallbacks\n", st.backend, threads, threads == 1 ? ", " : "s,", (long long)(calls / sec),
	    (long long)(calls * OPS / sec), (double)sec * 1e6 * threads / (double)calls, (long long)worst,
	    (unsigned long long)st.entries, (unsigned long long)st.fallbacks);
}

int
main(int argc, char **argv)
{
	struct counters_conf conf = { .backend = argc > 1 ? COUNTERS_REDIS : COUNTERS_MEMORY, .entries_max = 500000,
	    .deadline_ms = 1000, .retry_ms = 10000, .redis_address = str_of(argc > 1 ? argv[1] : NULL),
	    .redis_prefix = STR("bench/") };
	struct counters *c;
	struct buf why;

	buf_init(&why, 1000);
	if (counters_new(&conf, STR_NONE, (struct log_ctx){ .id = "-" }, &c, &why) != RC_OK) {
		fprintf(stderr, "%s\n", buf_cstr(&why));
		return 1;
	}
	measure(c, 1, 3);
	measure(c, THREADS_MAX, 3);
	counters_free(&c);
	buf_clear(&why);
	return 0;
}
