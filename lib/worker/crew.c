/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "worker/crew.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fdio.h"

enum {
	BYTES_PER_MS = 1024,	/* a message lets those pass that come within a second per MB of it */
	STATUS_MS = 500		/* how long the one who lost a worker waits to hear why */
};

void
crew_poke(struct workers *ws)
{
	uint64_t one = 1;

	if (write(ws->wake, &one, sizeof(one)) < 0)
		errno = 0;	/* the counter is full: it wakes up anyway */
}

bool
crew_in_vain(const struct workers *ws)
{
	return ws->stopping || (ws->hopeless && !ws->current);
}

void
crew_wake_all(struct workers *ws)
{
	for (struct waiter *w = ws->waiters; w; w = w->next)
		pthread_cond_signal(&w->wake);
}

/* Small messages first, but everybody's turn comes: the head start of a small message is
 * bounded, so that after it has passed even the largest is the oldest. */
static int64_t
key_of(const struct workers *ws, uint64_t size)
{
	uint64_t wait = size / BYTES_PER_MS, most = (uint64_t)ws->lim->scan_ms / 8;

	return clock_mono_ms() + (int64_t)(wait < most ? wait : most);
}

static void
queue_add(struct workers *ws, struct waiter *w)
{
	struct waiter **at = &ws->waiters;

	while (*at && (*at)->key <= w->key)
		at = &(*at)->next;
	w->next = *at;
	*at = w;
	ws->n_waiting++;
}

static void
queue_del(struct workers *ws, struct waiter *w)
{
	for (struct waiter **at = &ws->waiters; *at; at = &(*at)->next) {
		if (*at == w) {
			*at = w->next;
			ws->n_waiting--;
			return;
		}
	}
}

static void
set_state(struct crew_link *l, enum link_state state)
{
	struct generation *g = l->of;

	g->n_starting -= l->state == LINK_STARTING;
	g->n_idle -= l->state == LINK_IDLE;
	g->n_busy -= l->state == LINK_BUSY;
	l->state = state;
	g->n_starting += state == LINK_STARTING;
	g->n_idle += state == LINK_IDLE;
	g->n_busy += state == LINK_BUSY;
}

void
crew_drop(struct workers *ws, struct crew_link *l, bool kill)
{
	fdio_close(&l->sock);
	set_state(l, LINK_DEAD);
	l->kill |= kill && !l->gone;
	crew_poke(ws);
}

void
crew_offer(struct workers *ws, struct crew_link *l)
{
	struct waiter *w = ws->waiters;

	if (ws->stopping || l->gone || l->of != ws->current) {
		crew_drop(ws, l, false);
		return;
	}
	if (l->state == LINK_STARTING)
		l->up_us = clock_mono_us();
	while (w && w->after_us >= l->up_us)
		w = w->next;
	if (!w) {
		set_state(l, LINK_IDLE);
		return;
	}
	queue_del(ws, w);
	set_state(l, LINK_BUSY);
	w->link = l;
	pthread_cond_signal(&w->wake);
}

static size_t
busy_elsewhere(const struct workers *ws)
{
	size_t n = 0;

	for (const struct generation *g = ws->generations; g; g = g->next)
		if (g != ws->current)
			n += g->n_busy;
	return n;
}

/* Enough for all who work and wait, and one more that is ready for the next. */
size_t
crew_wanted(const struct workers *ws)
{
	const struct generation *g = ws->current;
	size_t have, want, most = (size_t)ws->opts.count, elsewhere;

	if (!g)
		return 0;
	elsewhere = busy_elsewhere(ws);
	most = most > elsewhere ? most - elsewhere : 0;
	have = g->n_asked + g->n_starting + g->n_idle + g->n_busy;
	want = g->n_busy + ws->n_waiting + 1;
	want = want < most ? want : most;
	return want > have ? want - have : 0;
}

/* Every worker is taken and the waiting room is full. */
static bool
is_crowded(const struct workers *ws)
{
	size_t busy = busy_elsewhere(ws) + (ws->current ? ws->current->n_busy : 0);
	size_t most = (size_t)ws->opts.count, free_places = most > busy ? most - busy : 0;

	return ws->n_waiting >= free_places + (size_t)ws->opts.queue_max;
}

/* The same ones first: their memory is warm, and the others may stay untouched. */
static struct crew_link *
take_idle(struct workers *ws, int64_t after_us)
{
	struct crew_link *l;

	if (!ws->current || ws->current->n_idle == 0)
		return NULL;
	for (l = ws->current->links; l && (l->state != LINK_IDLE || l->up_us <= after_us); l = l->next)
		continue;
	if (l)
		set_state(l, LINK_BUSY);
	return l;
}

/* Somebody needs a new worker: an idle old one gives its place. */
static void
make_place(struct workers *ws)
{
	struct crew_link *l = take_idle(ws, 0);

	if (l)
		crew_drop(ws, l, false);
}

static enum rc
wait_for_link(struct workers *ws, const struct crew_wish *wish, struct crew_link **out)
{
	struct waiter w = { .key = key_of(ws, wish->size), .after_us = wish->after_us };
	struct timespec until = { wish->until_ms / 1000, wish->until_ms % 1000 * 1000000 };
	pthread_condattr_t attr;
	int rc = 0;

	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&w.wake, &attr);
	pthread_condattr_destroy(&attr);
	if (wish->after_us > 0)
		make_place(ws);
	queue_add(ws, &w);
	crew_poke(ws);
	while (!w.link && !crew_in_vain(ws) && rc != ETIMEDOUT)
		rc = pthread_cond_timedwait(&w.wake, &ws->lock, &until);
	if (!w.link)
		queue_del(ws, &w);
	pthread_cond_destroy(&w.wake);
	*out = w.link;
	return w.link ? RC_OK : RC_TEMP;
}

/* Did it die while it was idle? Its socket says so before anybody else can. */
static bool
is_alive(const struct crew_link *l)
{
	char c;

	return recv(l->sock, &c, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == EAGAIN;
}

static enum rc
take_one(struct workers *ws, const struct crew_wish *wish, struct crew_link **out, const char **why)
{
	enum rc rc = RC_TEMP;

	pthread_mutex_lock(&ws->lock);
	*out = ws->waiters || ws->stopping ? NULL : take_idle(ws, wish->after_us);
	if (*out) {
		rc = RC_OK;
		if (crew_wanted(ws) > 0)
			crew_poke(ws);
	} else if (wish->after_us == 0 && is_crowded(ws)) {
		ws->counts.refused++;
		*why = "too many messages wait for a worker";
		rc = RC_LIMIT;
	} else if (wait_for_link(ws, wish, out) == RC_OK) {
		rc = RC_OK;
	} else {
		*why = ws->stopping ? "stopping" : ws->current ? "no worker became free in time" :
		    "no engines are loaded";
	}
	pthread_mutex_unlock(&ws->lock);
	return rc;
}

enum rc
crew_take(struct workers *ws, const struct crew_wish *wish, struct crew_link **out, const char **why)
{
	enum rc rc;

	while ((rc = take_one(ws, wish, out, why)) == RC_OK) {
		if (is_alive(*out))
			return RC_OK;
		pthread_mutex_lock(&ws->lock);
		crew_drop(ws, *out, true);
		pthread_mutex_unlock(&ws->lock);
	}
	return rc;
}

/* Wait a moment for the zygote's word on how it died. */
static int
status_of(struct workers *ws, const struct crew_link *l)
{
	int64_t until_ms = clock_mono_ms() + STATUS_MS;
	struct timespec until = { until_ms / 1000, until_ms % 1000 * 1000000 };
	int rc = 0;

	while (!l->gone && !l->of->dead && !ws->stopping && rc != ETIMEDOUT)
		rc = pthread_cond_timedwait(&ws->news, &ws->lock, &until);
	return l->gone ? l->status : -1;
}

void
crew_put(struct workers *ws, struct crew_link *l, enum crew_end end, int *status)
{
	pthread_mutex_lock(&ws->lock);
	*status = -1;
	if (end == CREW_LOST) {
		l->kill = true;		/* it may have answered nonsense and still be there */
		crew_poke(ws);
		*status = status_of(ws, l);
	}
	if (end == CREW_WELL && !l->bye) {
		crew_offer(ws, l);
	} else {
		ws->counts.recycled += end == CREW_WELL;
		crew_drop(ws, l, end != CREW_WELL);
	}
	pthread_mutex_unlock(&ws->lock);
}

void
crew_end_generation(struct workers *ws, struct generation *g)
{
	for (struct crew_link *l = g->links; l; l = l->next)
		if (l->state == LINK_IDLE || l->state == LINK_STARTING)
			crew_drop(ws, l, false);
	if (ws->current == g)
		ws->current = NULL;
	if (crew_in_vain(ws))
		crew_wake_all(ws);
	pthread_cond_broadcast(&ws->news);
}
