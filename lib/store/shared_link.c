/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* The breaker. UP: calls take a connection, or open one, within their deadline. The first failure
 * makes it DOWN: all idle connections are closed, the generation counts up so that what is still
 * under way cannot make it DOWN again later, and the keeper's thread probes after retry_ms; with
 * Sentinels and an error that a failover explains, once at once. */
#include "store/shared_link.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"

enum { PROBE_MS = 1000 };		/* a probe has at least this long: no mail waits for it */

struct shared_link {
	struct shared_target target;
	int64_t deadline_ms, retry_ms;
	struct log_ctx lc;
	pthread_t keeper;
	pthread_mutex_t lock;		/* all below */
	pthread_cond_t wake;		/* the keeper: state changed, or stop */
	pthread_cond_t freed;		/* a connection may be opened, or the first probe ended */
	bool up, stop, probed, said;
	uint64_t generation;
	int64_t probe_at, asked_at;	/* monotonic: when to probe; when it was last done out of turn */
	struct shared_addr addr;
	struct shared_login login;
	struct shared_conn *idle[SHARED_IDLE];
	size_t n_idle, n_open;
	char why[SHARED_WHY];
};

static void
close_idle(struct shared_link *s)
{
	while (s->n_idle) {
		shared_conn_close(&s->idle[--s->n_idle]);
		s->n_open--;
	}
	pthread_cond_broadcast(&s->freed);
}

/* One line for each change. */
static void
say(struct shared_link *s)
{
	if (s->up)
		log_put(s->lc, LOG_LEVEL_INFO, "counters", LOG_CSTR("state", "redis"),
		    LOG_CSTR("server", s->addr.text));
	else
		log_put(s->lc, LOG_LEVEL_ERR, "counters", LOG_CSTR("state", "memory"),
		    LOG_CSTR("error", "Redis does not serve; this node counts for itself"),
		    LOG_CSTR("reason", s->why));
}

static void
set_why(struct shared_link *s, struct str why)
{
	(void)snprintf(s->why, sizeof(s->why), "%.*s", STR_ARG(str_upto(why, SHARED_WHY - 1)));
}

static void
went_up(struct shared_link *s, const struct shared_addr *addr, const struct shared_login *login, struct shared_conn *conn)
{
	s->addr = *addr;
	s->login = *login;
	s->up = s->said = true;
	s->generation++;
	s->why[0] = '\0';
	s->idle[s->n_idle++] = conn;
	s->n_open++;
	say(s);
}

/* What failed fast may be answered by another server already; what was late would be so again. */
static bool
is_late(struct str why)
{
	return str_find(why, STR("deadline")) != STR_NPOS;
}

static void
went_down(struct shared_link *s, struct str why, uint64_t generation)
{
	int64_t now = clock_mono_ms();

	pthread_mutex_lock(&s->lock);
	if (s->up && generation == s->generation) {
		s->up = false;
		s->generation++;
		s->probe_at = now + s->retry_ms;
		if (s->target.n_sentinels && !is_late(why) && now - s->asked_at >= s->retry_ms)
			s->probe_at = s->asked_at = now;
		set_why(s, why);
		close_idle(s);
		say(s);
		pthread_cond_signal(&s->wake);
	}
	pthread_mutex_unlock(&s->lock);
}

static void
wait_until(pthread_cond_t *cond, pthread_mutex_t *lock, int64_t mono_ms)
{
	struct timespec ts = { mono_ms / 1000, mono_ms % 1000 * 1000000 };

	(void)pthread_cond_timedwait(cond, lock, &ts);
}

/* Called with the lock, which it gives up meanwhile. */
static void
probe(struct shared_link *s)
{
	int64_t wait_ms = s->deadline_ms > PROBE_MS ? s->deadline_ms : PROBE_MS;
	struct shared_login login = s->login;
	struct shared_conn *conn = NULL;
	struct shared_addr addr;
	struct buf why;
	enum rc rc;

	pthread_mutex_unlock(&s->lock);
	buf_init(&why, 1024);
	rc = shared_probe(&s->target, &login, wait_ms, &addr, &conn, &why);
	pthread_mutex_lock(&s->lock);
	if (rc == RC_OK) {
		went_up(s, &addr, &login, conn);
	} else {
		s->probe_at = clock_mono_ms() + s->retry_ms;
		set_why(s, buf_str(&why));
		if (!s->said)
			say(s);
		s->said = true;
	}
	s->probed = true;
	pthread_cond_broadcast(&s->freed);
	buf_clear(&why);
}

static void *
keep(void *arg)
{
	struct shared_link *s = arg;

	pthread_mutex_lock(&s->lock);
	while (!s->stop) {
		if (s->up)
			pthread_cond_wait(&s->wake, &s->lock);
		else if (clock_mono_ms() < s->probe_at)
			wait_until(&s->wake, &s->lock, s->probe_at);
		else
			probe(s);
	}
	pthread_mutex_unlock(&s->lock);
	return NULL;
}

/* Signals are for the program's own threads. */
static bool
start_thread(struct shared_link *s)
{
	sigset_t all, before;
	int error;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_create(&s->keeper, NULL, keep, s);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return error == 0;
}

static void
wait_for_first_probe(struct shared_link *s)
{
	int64_t deadline = clock_mono_ms() + s->deadline_ms;

	pthread_mutex_lock(&s->lock);
	while (!s->probed && clock_left_ms(deadline) > 0)
		wait_until(&s->freed, &s->lock, deadline);
	pthread_mutex_unlock(&s->lock);
}

enum rc
shared_link_new(const struct counters_conf *conf, struct log_ctx lc, struct shared_link **out, struct buf *why)
{
	struct shared_link *s = calloc(1, sizeof(*s));
	pthread_condattr_t mono;

	if (!s)
		abort();
	s->lc = lc;
	s->deadline_ms = conf->deadline_ms;
	s->retry_ms = conf->retry_ms;
	s->asked_at = INT64_MIN / 2;
	s->login.user = conf->redis_user;
	s->login.db = conf->redis_db;
	if (shared_target_init(&s->target, conf, why) != RC_OK || shared_password(&s->target, &s->login, why) != RC_OK) {
		free(s);
		return RC_BAD;
	}
	pthread_mutex_init(&s->lock, NULL);
	pthread_condattr_init(&mono);
	pthread_condattr_setclock(&mono, CLOCK_MONOTONIC);
	pthread_cond_init(&s->wake, &mono);
	pthread_cond_init(&s->freed, &mono);
	pthread_condattr_destroy(&mono);
	if (!start_thread(s))
		abort();
	wait_for_first_probe(s);
	*out = s;
	return RC_OK;
}

void
shared_link_free(struct shared_link **sp)
{
	struct shared_link *s = *sp;

	*sp = NULL;
	if (!s)
		return;
	pthread_mutex_lock(&s->lock);
	s->stop = true;
	pthread_cond_signal(&s->wake);
	pthread_mutex_unlock(&s->lock);
	pthread_join(s->keeper, NULL);
	close_idle(s);
	pthread_cond_destroy(&s->wake);
	pthread_cond_destroy(&s->freed);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

/* An idle connection that is still good, or leave to open one: conn stays NULL then. With the lock. */
static bool
take_slot(struct shared_link *s, int64_t deadline, struct shared_lease *out)
{
	while (s->up) {
		while (s->n_idle) {
			out->conn = s->idle[--s->n_idle];
			if (shared_conn_is_idle(out->conn))
				return true;
			shared_conn_close(&out->conn);
			s->n_open--;
		}
		if (s->n_open < SHARED_CONNECTIONS) {
			s->n_open++;
			return true;
		}
		if (clock_left_ms(deadline) == 0)
			return false;
		wait_until(&s->freed, &s->lock, deadline);
	}
	return false;
}

enum rc
shared_link_take(struct shared_link *s, int64_t deadline, struct shared_lease *out, struct buf *why)
{
	struct shared_addr addr;
	struct shared_login login;
	bool ok;

	*out = (struct shared_lease){ .conn = NULL };
	pthread_mutex_lock(&s->lock);
	ok = take_slot(s, deadline, out);
	out->generation = s->generation;
	addr = s->addr;
	login = s->login;
	pthread_mutex_unlock(&s->lock);
	if (!ok)
		return RC_NONE;
	return out->conn ? RC_OK : shared_conn_open(&addr, &login, deadline, &out->conn, why);
}

void
shared_link_give(struct shared_link *s, struct shared_lease *l, const struct buf *failed)
{
	if (failed)
		went_down(s, buf_str(failed), l->generation);
	shared_link_return(s, l, !failed);
}

void
shared_link_return(struct shared_link *s, struct shared_lease *l, bool good)
{
	pthread_mutex_lock(&s->lock);
	if (good && s->up && l->generation == s->generation && s->n_idle < SHARED_IDLE) {
		s->idle[s->n_idle++] = l->conn;
		l->conn = NULL;
	} else {
		s->n_open--;
	}
	pthread_cond_signal(&s->freed);
	pthread_mutex_unlock(&s->lock);
	shared_conn_close(&l->conn);
}

const struct shared_target *
shared_link_target(const struct shared_link *s)
{
	return &s->target;
}

bool
shared_link_is_up(struct shared_link *s)
{
	bool up;

	pthread_mutex_lock(&s->lock);
	up = s->up;
	pthread_mutex_unlock(&s->lock);
	return up;
}

void
shared_link_why(struct shared_link *s, char why[SHARED_WHY])
{
	pthread_mutex_lock(&s->lock);
	memcpy(why, s->why, SHARED_WHY);
	pthread_mutex_unlock(&s->lock);
}
