/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "scanner.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/fdio.h"
#include "notice.h"
#include "signals.h"
#include "worker/workers.h"

enum { TICK_MS = 200, ANSWER_BYTES = 256 * 1024 * 1024 };

/* An answer that waits for its turn; the place of question i is i % SCANNER_AHEAD. */
struct answer {
	struct buf json;
	bool ready;
};

struct scanner {
	struct judge *judge;
	size_t threads;
	/* one run */
	const struct files *files;
	pthread_mutex_t lock;		/* guards what follows */
	pthread_cond_t moved;
	size_t next, done;		/* next question to take; answers given out */
	bool stop;
	bool abandoned;			/* threads are still at work: free nothing they use */
	struct answer answers[SCANNER_AHEAD];
};

/* The next question, when its answer has a place to wait in. */
static bool
take_question(struct scanner *s, size_t *i)
{
	bool got = false;

	pthread_mutex_lock(&s->lock);
	while (!s->stop && s->next < s->files->n && s->next >= s->done + SCANNER_AHEAD)
		pthread_cond_wait(&s->moved, &s->lock);
	if (!s->stop && s->next < s->files->n) {
		*i = s->next++;
		got = true;
	}
	pthread_mutex_unlock(&s->lock);
	return got;
}

static void *
thread_main(void *arg)
{
	struct scanner *s = arg;
	int sock = -1;
	size_t i;

	while (take_question(s, &i)) {
		struct answer *a = &s->answers[i % SCANNER_AHEAD];

		judge_message(s->judge, &sock, s->files->path[i], &a->json);
		pthread_mutex_lock(&s->lock);
		a->ready = true;
		pthread_cond_broadcast(&s->moved);
		pthread_mutex_unlock(&s->lock);
	}
	fdio_close(&sock);
	return NULL;
}

static void
wait_tick(struct scanner *s)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_nsec += (long)TICK_MS * 1000000;
	if (t.tv_nsec >= 1000000000) {
		t.tv_nsec -= 1000000000;
		t.tv_sec++;
	}
	pthread_cond_timedwait(&s->moved, &s->lock, &t);
}

/* Wait for answer i; false when a signal came first. The lock is held. */
static bool
wait_answer(struct scanner *s, size_t i, const struct scanner_sink *sink)
{
	while (!s->answers[i % SCANNER_AHEAD].ready && !signals_caught()) {
		wait_tick(s);
		if (sink->tick)
			sink->tick(sink->arg);
	}
	return !signals_caught();
}

static void
give_out(struct scanner *s, const struct scanner_sink *sink)
{
	for (size_t i = 0; i < s->files->n; i++) {
		struct answer *a = &s->answers[i % SCANNER_AHEAD];

		pthread_mutex_lock(&s->lock);
		if (!wait_answer(s, i, sink)) {
			s->stop = true;
			pthread_cond_broadcast(&s->moved);
			pthread_mutex_unlock(&s->lock);
			return;
		}
		pthread_mutex_unlock(&s->lock);
		sink->each(sink->arg, s->files->path[i], buf_str(&a->json));
		pthread_mutex_lock(&s->lock);
		buf_reset(&a->json);
		a->ready = false;
		s->done = i + 1;
		pthread_cond_broadcast(&s->moved);
		pthread_mutex_unlock(&s->lock);
	}
}

/* Only the caller's thread takes signals. */
static size_t
start_threads(struct scanner *s, pthread_t *threads)
{
	size_t n = 0;
	sigset_t all, before;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	while (n < s->threads && n < s->files->n && pthread_create(&threads[n], NULL, thread_main, s) == 0)
		n++;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return n;
}

bool
scanner_run(struct scanner *s, const struct files *files, const struct scanner_sink *sink)
{
	pthread_t threads[SCANNER_THREADS];
	size_t n;

	s->files = files;
	s->next = s->done = 0;
	n = start_threads(s, threads);
	if (n > 0)
		give_out(s, sink);
	else if (files->n > 0)
		notice("no thread can be started");
	/* After a signal the threads may be waiting for a minute yet: the process ends first. */
	s->abandoned = signals_caught() != 0;
	for (size_t i = 0; i < n && !s->abandoned; i++)
		pthread_join(threads[i], NULL);
	return !s->abandoned && s->done == files->n;
}

static size_t
default_threads(const struct conf *conf)
{
	const struct worker_conf *wc = conf_values(conf, &worker_table);
	long n = wc->count ? (long)wc->count : sysconf(_SC_NPROCESSORS_ONLN);

	return n < 1 ? 1 : n > SCANNER_THREADS ? SCANNER_THREADS : (size_t)n;
}

static void
init_sync(struct scanner *s)
{
	pthread_condattr_t attr;

	pthread_mutex_init(&s->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&s->moved, &attr);
	pthread_condattr_destroy(&attr);
}

enum rc
scanner_open(const struct judge_setup *setup, size_t threads, struct scanner **out)
{
	struct scanner *s = calloc(1, sizeof(*s));

	if (!s)
		abort();	/* out of memory */
	s->threads = threads ? threads : default_threads(setup->conf);
	for (size_t i = 0; i < SCANNER_AHEAD; i++)
		buf_init(&s->answers[i].json, ANSWER_BYTES);
	init_sync(s);
	signals_watch();
	if (judge_open(setup, &s->judge) != RC_OK) {
		scanner_close(&s);
		return RC_BAD;
	}
	*out = s;
	return RC_OK;
}

void
scanner_close(struct scanner **ps)
{
	struct scanner *s = *ps;

	if (!s)
		return;
	*ps = NULL;
	if (s->abandoned) {
		judge_abort(s->judge);
		return;
	}
	judge_close(&s->judge);
	for (size_t i = 0; i < SCANNER_AHEAD; i++)
		buf_clear(&s->answers[i].json);
	pthread_mutex_destroy(&s->lock);
	pthread_cond_destroy(&s->moved);
	free(s);
}
