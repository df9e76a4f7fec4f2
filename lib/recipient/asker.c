/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* A thread is started when there is work and none is idle, and ends after IDLE_MS without work: the
 * connection goes with it. A job belongs to its waiters and to the thread that does it; the last
 * one frees it. */
#include "recipient/asker.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "recipient/answers.h"

enum { IDLE_MS = 60000, NAME = 200, STACK = 512 * 1024 };

struct job {
	struct job *next;
	char *question;
	size_t n;
	unsigned holders;
	bool taken, done;
	enum rc rc;
};

struct asker {
	pthread_mutex_t lock;
	pthread_cond_t work, answered;
	unsigned holders;		/* users and threads */
	bool closed;			/* no users are left */
	struct asker_ops ops;
	void *arg;
	struct asker_conf conf;
	struct log_ctx lc;
	char name[NAME];
	struct job *jobs;		/* waiting and at work, oldest first */
	size_t n_jobs, n_waiting;
	unsigned threads, idle;
	struct answers *answers;
	unsigned failures;		/* in a row */
	int64_t alone_until_ms;
	struct asker_status counts;
};

static void
wait_until(pthread_cond_t *cond, pthread_mutex_t *lock, int64_t deadline_ms)
{
	struct timespec t = { deadline_ms / 1000, deadline_ms % 1000 * 1000000L };

	pthread_cond_timedwait(cond, lock, &t);
}

static void
cond_init(pthread_cond_t *cond)
{
	pthread_condattr_t attr;

	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(cond, &attr);
	pthread_condattr_destroy(&attr);
}

struct asker *
asker_new(const char *name, const struct asker_ops *ops, void *arg, const struct asker_conf *conf, struct log_ctx lc)
{
	struct asker *a = calloc(1, sizeof(*a));

	if (!a)
		abort();
	pthread_mutex_init(&a->lock, NULL);
	cond_init(&a->work);
	cond_init(&a->answered);
	a->holders = 1;
	a->ops = *ops;
	a->arg = arg;
	a->conf = *conf;
	a->lc = lc;
	for (size_t i = 0; name[i] && i + 1 < NAME; i++)
		a->name[i] = name[i];
	a->answers = answers_new((size_t)conf->cache);
	return a;
}

static void
destroy(struct asker *a)
{
	a->ops.done(a->arg);
	answers_free(&a->answers);
	pthread_cond_destroy(&a->work);
	pthread_cond_destroy(&a->answered);
	pthread_mutex_destroy(&a->lock);
	free(a);
}

struct asker *
asker_get(struct asker *a)
{
	pthread_mutex_lock(&a->lock);
	a->holders++;
	pthread_mutex_unlock(&a->lock);
	return a;
}

/* Unlocks. Of those who are left when only threads are, each goes by itself. */
static void
let_go(struct asker *a)
{
	bool last = --a->holders == 0;

	if (a->holders == a->threads) {
		a->closed = true;
		pthread_cond_broadcast(&a->work);
	}
	pthread_mutex_unlock(&a->lock);
	if (last)
		destroy(a);
}

void
asker_put(struct asker **at)
{
	struct asker *a = *at;

	*at = NULL;
	if (!a)
		return;
	pthread_mutex_lock(&a->lock);
	let_go(a);
}

/* ---- jobs ---- */

static void
job_put(struct asker *a, struct job *j)
{
	struct job **at = &a->jobs;

	if (--j->holders)
		return;
	while (*at != j)
		at = &(*at)->next;
	*at = j->next;
	a->n_jobs--;
	if (!j->taken)
		a->n_waiting--;
	free(j->question);
	free(j);
}

static struct job *
job_find(struct asker *a, struct str question)
{
	for (struct job *j = a->jobs; j; j = j->next)
		if (!j->done && str_eq((struct str){ j->question, j->n }, question))
			return j;
	return NULL;
}

static struct job *
job_add(struct asker *a, struct str question)
{
	struct job *j = calloc(1, sizeof(*j)), **at = &a->jobs;

	if (!j)
		abort();
	j->question = malloc(question.n + 1);
	if (!j->question)
		abort();
	memcpy(j->question, question.p, question.n);
	j->question[question.n] = '\0';
	j->n = question.n;
	while (*at)
		at = &(*at)->next;
	*at = j;
	a->n_jobs++;
	a->n_waiting++;
	return j;
}

static struct job *
job_take(struct asker *a)
{
	for (struct job *j = a->jobs; j; j = j->next) {
		if (j->taken)
			continue;
		j->taken = true;
		j->holders++;
		a->n_waiting--;
		return j;
	}
	return NULL;
}

/* ---- answers ---- */

static void
remember(struct asker *a, const struct job *j, enum rc rc, struct str why)
{
	int64_t now = clock_mono_ms();

	a->counts.asked++;
	if (rc != RC_TEMP) {
		if (a->failures >= ASKER_FAILURES)
			log_put(a->lc, LOG_LEVEL_INFO, "recipients", LOG_CSTR("server", a->name),
			    LOG_CSTR("state", "answers again"));
		a->failures = 0;
		a->alone_until_ms = 0;
		if (rc != RC_BAD)
			answers_put(a->answers, (struct str){ j->question, j->n }, rc,
			    now + (rc == RC_NONE ? a->conf.negative_ms : a->conf.positive_ms));
		return;
	}
	a->counts.failed++;
	if (++a->failures < ASKER_FAILURES)
		return;
	a->alone_until_ms = now + a->conf.retry_ms;
	if (a->failures == ASKER_FAILURES)
		log_put(a->lc, LOG_LEVEL_ERR, "recipients", LOG_CSTR("server", a->name),
		    LOG_CSTR("state", "left alone"), LOG_NUM("for_ms", a->conf.retry_ms), LOG_STR("error", why));
}

static void
work_on(struct asker *a, struct job *j, void **state)
{
	struct buf why;
	enum rc rc;

	pthread_mutex_unlock(&a->lock);
	buf_init(&why, ASKER_WHY);
	rc = a->ops.ask(a->arg, state, (struct str){ j->question, j->n }, clock_mono_ms() + a->conf.ask_ms, &why);
	pthread_mutex_lock(&a->lock);
	remember(a, j, rc, buf_str(&why));
	if (rc == RC_TEMP)
		log_put(a->lc, LOG_LEVEL_DEBUG, "recipients", LOG_CSTR("server", a->name), LOG_STR("error", buf_str(&why)));
	buf_clear(&why);
	j->rc = rc == RC_BAD ? RC_TEMP : rc;
	j->done = true;
	pthread_cond_broadcast(&a->answered);
	job_put(a, j);
}

static void *
serve(void *arg)
{
	struct asker *a = arg;
	void (*hang_up)(void *);
	void *state = NULL;
	struct job *j;

	pthread_mutex_lock(&a->lock);
	for (;;) {
		int64_t until = clock_mono_ms() + IDLE_MS;

		while (!(j = job_take(a)) && !a->closed && clock_left_ms(until) > 0) {
			a->idle++;
			wait_until(&a->work, &a->lock, until);
			a->idle--;
		}
		if (!j)
			break;
		work_on(a, j, &state);
	}
	/* Its place is free first: who asks now starts another one. */
	hang_up = a->ops.hang_up;
	a->threads--;
	let_go(a);
	if (state)
		hang_up(state);
	return NULL;
}

/* Signals are the business of the threads that were there before. */
static void
start_thread(struct asker *a)
{
	pthread_attr_t attr;
	pthread_t thread;
	sigset_t all, before;

	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attr, STACK);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	if (pthread_create(&thread, &attr, serve, a) == 0) {
		a->threads++;
		a->holders++;
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attr);
}

/* After the pause one question is let through, to see. */
static bool
is_left_alone(const struct asker *a)
{
	if (a->failures < ASKER_FAILURES)
		return false;
	return clock_mono_ms() < a->alone_until_ms || a->n_jobs > 0;
}

static enum rc
ask_now(struct asker *a, struct str question, int64_t deadline_ms)
{
	struct job *j = job_find(a, question);
	enum rc rc;

	if (!j) {
		if (is_left_alone(a) || a->n_jobs >= ASKER_QUEUE)
			return RC_TEMP;
		j = job_add(a, question);
		if (a->idle < a->n_waiting && a->threads < (unsigned)a->conf.threads)
			start_thread(a);
		pthread_cond_signal(&a->work);
	}
	j->holders++;
	while (!j->done && clock_left_ms(deadline_ms) > 0)
		wait_until(&a->answered, &a->lock, deadline_ms);
	rc = j->done ? j->rc : RC_TEMP;
	job_put(a, j);
	return rc;
}

enum rc
asker_ask(struct asker *a, struct str question, int64_t deadline_ms)
{
	enum rc rc, old = RC_TEMP;
	bool known;

	pthread_mutex_lock(&a->lock);
	if (answers_get(a->answers, question, clock_mono_ms(), ASKER_STALE_MS, &rc, &known)) {
		a->counts.cached++;
	} else {
		if (known)
			old = rc;
		rc = ask_now(a, question, deadline_ms);
		/* Whoever was here yesterday is better served than turned away. */
		if (rc == RC_TEMP && known && old == RC_OK)
			rc = RC_OK;
	}
	pthread_mutex_unlock(&a->lock);
	return rc;
}

void
asker_status(struct asker *a, struct asker_status *out)
{
	pthread_mutex_lock(&a->lock);
	*out = a->counts;
	out->left_alone = a->failures >= ASKER_FAILURES;
	pthread_mutex_unlock(&a->lock);
}
