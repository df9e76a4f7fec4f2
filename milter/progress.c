/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "milter/progress.h"

#include <pthread.h>
#include <stddef.h>
#include <time.h>

#include "base/clock.h"
#include "milter/thread.h"

enum { LOOK_EVERY_SEC = 1 };

/* The lock is held while a progress frame is written: five bytes, which always fit into the
 * socket buffer of an MTA that is waiting for them. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct progress *first;

static void *
run(void *arg)
{
	const struct timespec wait = { LOOK_EVERY_SEC, 0 };

	for (;;) {
		int64_t now;

		nanosleep(&wait, NULL);
		pthread_mutex_lock(&lock);
		now = clock_mono_ms();
		for (struct progress *p = first; p; p = p->after) {
			if (now < p->next_ms)
				continue;
			smfi_progress(p->ctx);
			p->next_ms = now + p->every_ms;
		}
		pthread_mutex_unlock(&lock);
	}
	return arg;
}

enum rc
progress_start(void)
{
	return thread_start(run, NULL);
}

void
progress_begin(struct progress *p, SMFICTX *ctx, int64_t every_ms)
{
	*p = (struct progress){ .ctx = ctx, .every_ms = every_ms, .next_ms = clock_mono_ms() + every_ms };
	pthread_mutex_lock(&lock);
	p->after = first;
	if (first)
		first->before = p;
	first = p;
	pthread_mutex_unlock(&lock);
}

void
progress_end(struct progress *p)
{
	pthread_mutex_lock(&lock);
	if (p->before)
		p->before->after = p->after;
	else
		first = p->after;
	if (p->after)
		p->after->before = p->before;
	pthread_mutex_unlock(&lock);
}
