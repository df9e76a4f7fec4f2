/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* The one thread that talks to zygotes: asks for workers ahead of need, hears of their deaths, has
 * late ones killed. Callers never wait for it while there is an idle worker. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fdio.h"
#include "worker/crew.h"
#include "worker/wire_io.h"

/* START_LEAST_MS: a worker has a quarter of limit.scan_ms to get ready, half of what who waits for it
 * has, but not less than this. */
enum { START_LEAST_MS = 5000, FRAME_MS = 2000, DELAY_FIRST_MS = 100, DELAY_MOST_MS = 5000, NEWS_BYTES = 65 * 1024 * 1024 };

/* What one poll looks at: the channel of a generation, or a worker that starts. */
struct watched {
	struct generation *g;
	struct crew_link *l;			/* NULL: the channel */
};

struct foreman {
	struct workers *ws;
	struct pollfd *fds;		/* [0] is ws->wake */
	struct watched *watched;
	size_t n, cap;
	struct buf in;
};

static void
watch(struct foreman *f, int fd, struct generation *g, struct crew_link *l)
{
	if (f->n == f->cap) {
		f->cap = f->cap ? 2 * f->cap : 16;
		f->fds = realloc(f->fds, f->cap * sizeof(*f->fds));
		f->watched = realloc(f->watched, f->cap * sizeof(*f->watched));
		if (!f->fds || !f->watched)
			abort();	/* out of memory */
	}
	f->fds[f->n] = (struct pollfd){ .fd = fd, .events = POLLIN };
	f->watched[f->n++] = (struct watched){ g, l };
}

static void
watch_all(struct foreman *f)
{
	f->n = 0;
	watch(f, f->ws->wake, NULL, NULL);
	for (struct generation *g = f->ws->generations; g; g = g->next) {
		if (g->dead)
			continue;
		watch(f, g->channel, g, NULL);
		for (struct crew_link *l = g->links; l; l = l->next)
			if (l->state == LINK_STARTING)
				watch(f, l->sock, g, l);
	}
}

/* Workers that cannot start: ask less and less often. */
static void
back_off(struct generation *g)
{
	g->delay_ms = g->delay_ms ? 2 * g->delay_ms : DELAY_FIRST_MS;
	if (g->delay_ms > DELAY_MOST_MS)
		g->delay_ms = DELAY_MOST_MS;
	g->retry_ms = clock_mono_ms() + g->delay_ms;
}

static int64_t
start_ms(const struct workers *ws)
{
	int64_t ms = ws->lim->scan_ms / 4;

	return ms > START_LEAST_MS ? ms : START_LEAST_MS;
}

static void
add_link(struct workers *ws, struct generation *g, struct fdio_frame *f)
{
	struct rd r = { .in = f->body };
	struct crew_link *l = calloc(1, sizeof(*l)), **end = &g->links;

	if (!l)
		abort();	/* out of memory */
	l->number = rd_u32(&r);
	l->pid = rd_u32(&r);
	l->sock = f->fds[0];
	f->n_fds = 0;
	l->of = g;
	l->state = LINK_STARTING;
	l->up_by = clock_mono_ms() + start_ms(ws);
	while (*end)
		end = &(*end)->next;
	*end = l;
	g->n_starting++;
	g->n_asked -= g->n_asked > 0;
	if (g != ws->current || ws->stopping)
		crew_drop(ws, l, false);
}

static void
bury_link(struct workers *ws, struct generation *g, struct str body)
{
	struct rd r = { .in = body };
	uint32_t number = rd_u32(&r);
	int status = (int)rd_u32(&r);

	for (struct crew_link *l = g->links; l; l = l->next) {
		if (l->number != number || r.err)
			continue;
		l->gone = true;
		l->status = status;
		if (l->state == LINK_IDLE)
			crew_drop(ws, l, false);
		if (l->state == LINK_STARTING) {
			crew_drop(ws, l, false);
			back_off(g);
		}
	}
	pthread_cond_broadcast(&ws->news);
}

static void
refused(struct workers *ws, struct generation *g, struct str why)
{
	g->n_asked -= g->n_asked > 0;
	back_off(g);
	log_put(ws->lc, LOG_LEVEL_ERR, "worker-refused", LOG_STR("why", why));
}

static void
lose_generation(struct workers *ws, struct generation *g)
{
	g->dead = true;
	if (!g->retired && !ws->stopping)
		log_put(ws->lc, LOG_LEVEL_ERR, "zygote-lost", LOG_NUM("generation", g->id));
	crew_end_generation(ws, g);
}

/* One frame of a zygote. Received without the lock, applied with it. */
static void
hear_zygote(struct foreman *f, struct generation *g)
{
	struct workers *ws = f->ws;
	struct fdio_frame frame;
	enum rc rc = fdio_recv(g->channel, &f->in, &frame, clock_mono_ms() + FRAME_MS);

	pthread_mutex_lock(&ws->lock);
	if (rc != RC_OK)
		lose_generation(ws, g);
	else if (frame.tag == WIRE_WORKER && frame.n_fds == 1)
		add_link(ws, g, &frame);
	else if (frame.tag == WIRE_GONE)
		bury_link(ws, g, frame.body);
	else if (frame.tag == WIRE_REFUSED)
		refused(ws, g, frame.body);
	else
		lose_generation(ws, g);
	pthread_mutex_unlock(&ws->lock);
	fdio_close_fds(&frame);
}

/* The first words of a worker: accounts, then UP or what is wrong. */
static void
heard(struct workers *ws, struct crew_link *l, enum rc rc, const struct fdio_frame *frame)
{
	const struct yara_rule_stat *stats;
	struct pool *pool = pool_new(0);
	size_t n;

	if (l->state != LINK_STARTING) {
		pool_free(&pool);
		return;		/* dropped meanwhile */
	}
	if (rc == RC_OK && frame->tag == WIRE_STATS &&
	    wire_get_stats(pool, frame->body, &stats, &n) == RC_OK) {
		accounts_add(ws->accounts, stats, n, l->of->id);
	} else if (rc == RC_OK && frame->tag == WIRE_UP) {
		l->of->delay_ms = 0;
		crew_offer(ws, l);
	} else {
		log_put(ws->lc, LOG_LEVEL_ERR, "worker-failed", LOG_NUM("worker", l->number),
		    LOG_STR("why", rc == RC_OK ? frame->body : STR("it ended at its start")));
		back_off(l->of);
		crew_drop(ws, l, true);
	}
	pool_free(&pool);
}

static void
hear_worker(struct foreman *f, struct crew_link *l)
{
	struct workers *ws = f->ws;
	struct fdio_frame frame = { .n_fds = 0 };
	enum rc rc = RC_TEMP;
	int sock;

	/* workers_use may drop it at any time: a socket of our own stays open for the frame. */
	pthread_mutex_lock(&ws->lock);
	sock = l->state == LINK_STARTING ? fcntl(l->sock, F_DUPFD_CLOEXEC, 0) : -1;
	pthread_mutex_unlock(&ws->lock);
	if (sock < 0)
		return;
	rc = fdio_recv(sock, &f->in, &frame, clock_mono_ms() + FRAME_MS);
	close(sock);
	pthread_mutex_lock(&ws->lock);
	heard(ws, l, rc, &frame);
	pthread_mutex_unlock(&ws->lock);
	fdio_close_fds(&frame);
}

/* What is over: links whose worker is gone, generations that nobody works with any more. */
static void
free_links(struct generation *g, bool all)
{
	for (struct crew_link **at = &g->links; *at;) {
		struct crew_link *l = *at;

		if (l->state != LINK_DEAD || (!l->gone && !all)) {
			at = &l->next;
			continue;
		}
		*at = l->next;
		free(l);
	}
}

static void
collect(struct workers *ws)
{
	for (struct generation **at = &ws->generations; *at;) {
		struct generation *g = *at;
		bool over = (g->retired || g->dead) && g->n_busy == 0;

		free_links(g, over || g->dead);
		if (!over) {
			at = &g->next;
			continue;
		}
		*at = g->next;
		fdio_close(&g->channel);
		free(g);
	}
}

static bool
say(struct generation *g, enum wire_tag tag, const uint32_t *number)
{
	struct fdio_frame f = { .tag = tag };
	struct buf body;
	enum rc rc;

	buf_init(&body, sizeof(*number));
	if (number)
		wire_io_u32(&body, *number);
	f.body = buf_str(&body);
	rc = fdio_send(g->channel, &f, clock_mono_ms() + FRAME_MS);
	buf_clear(&body);
	return rc == RC_OK;
}

/* One kill that somebody asked for; *g is NULL when there is none. */
static uint32_t
next_kill(struct workers *ws, struct generation **found)
{
	*found = NULL;
	for (struct generation *g = ws->generations; g; g = g->next) {
		for (struct crew_link *l = g->links; l; l = l->next) {
			if (!l->kill)
				continue;
			l->kill = false;
			if (g->dead || l->gone)
				continue;
			*found = g;
			return l->number;
		}
	}
	return 0;
}

static void
send_kills(struct workers *ws)
{
	for (;;) {
		struct generation *g;
		uint32_t number;

		pthread_mutex_lock(&ws->lock);
		number = next_kill(ws, &g);
		pthread_mutex_unlock(&ws->lock);
		if (!g)
			return;
		/* A channel that takes nothing ends: the next poll sees it. */
		if (!say(g, WIRE_KILL, &number))
			return;
	}
}

static void
ask_for_workers(struct workers *ws)
{
	struct generation *g;
	size_t n = 0;

	pthread_mutex_lock(&ws->lock);
	g = ws->current;
	if (g && !ws->stopping && clock_mono_ms() >= g->retry_ms) {
		n = crew_wanted(ws);
		g->n_asked += n;
	}
	pthread_mutex_unlock(&ws->lock);
	/* Only this thread frees generations, so that g is there without the lock. */
	while (n-- > 0)
		if (!say(g, WIRE_SPAWN, NULL))
			return;
}

/* A worker that hangs at its start would keep its place for ever. Returns when to look again. */
static int64_t
drop_late_starters(struct workers *ws)
{
	int64_t now = clock_mono_ms(), next = INT64_MAX;

	for (struct generation *g = ws->generations; g; g = g->next) {
		for (struct crew_link *l = g->links; l; l = l->next) {
			if (l->state != LINK_STARTING)
				continue;
			if (now < l->up_by) {
				next = l->up_by < next ? l->up_by : next;
				continue;
			}
			log_put(ws->lc, LOG_LEVEL_ERR, "worker-failed", LOG_NUM("worker", l->number),
			    LOG_CSTR("why", "it was not ready in time"));
			back_off(g);
			crew_drop(ws, l, true);
		}
	}
	return next;
}

/* Sleep until news, until the end of a back-off that somebody waits for, or `until`. */
static int
sleep_ms(const struct workers *ws, int64_t until)
{
	const struct generation *g = ws->current;

	if (g && crew_wanted(ws) > 0 && g->retry_ms > 0 && g->retry_ms < until)
		until = g->retry_ms;
	return until == INT64_MAX ? -1 : clock_left_ms(until) + 1;
}

static bool
one_round(struct foreman *f)
{
	struct workers *ws = f->ws;
	int64_t next;
	bool stopping;
	uint64_t pokes;
	int timeout;

	pthread_mutex_lock(&ws->lock);
	next = drop_late_starters(ws);
	pthread_mutex_unlock(&ws->lock);
	send_kills(ws);
	ask_for_workers(ws);
	pthread_mutex_lock(&ws->lock);
	collect(ws);
	watch_all(f);
	timeout = sleep_ms(ws, next);
	stopping = ws->stopping;
	pthread_mutex_unlock(&ws->lock);
	if (stopping)
		return false;
	if (poll(f->fds, (nfds_t)f->n, timeout) <= 0)
		return true;
	if (f->fds[0].revents && read(ws->wake, &pokes, sizeof(pokes)) < 0)
		errno = 0;	/* somebody's poke was read before */
	for (size_t i = 1; i < f->n; i++) {
		if (!f->fds[i].revents)
			continue;
		if (f->watched[i].l)
			hear_worker(f, f->watched[i].l);
		else
			hear_zygote(f, f->watched[i].g);
	}
	return true;
}

void *
foreman_main(void *arg)
{
	struct foreman f = { .ws = arg };

	buf_init(&f.in, NEWS_BYTES);
	while (one_round(&f))
		continue;
	buf_clear(&f.in);
	free(f.fds);
	free(f.watched);
	return NULL;
}
