/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Sets of engines: one zygote each. A new one is loaded beside the old one, which serves until the
 * new one has proved itself, and then drains. */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <sysexits.h>

#include "base/clock.h"
#include "base/fdio.h"
#include "engine/engine.h"
#include "engine/files.h"
#include "milter/master.h"
#include "milter/notify.h"
#include "worker/wire.h"
#include "worker/workers.h"

/* DRAIN_MS: two scans of one message (it is tried twice) with room. */
enum { DRAIN_MS = 10 * 60 * 1000, READ_MS = 1000, END_MS = 2000 };

struct set *
sets_serving(struct master *m)
{
	for (size_t i = 0; i < SETS; i++)
		if (m->sets[i].state == SET_SERVING)
			return &m->sets[i];
	return NULL;
}

static struct set *
in_state(struct master *m, int state)
{
	for (size_t i = 0; i < SETS; i++)
		if ((int)m->sets[i].state == state)
			return &m->sets[i];
	return NULL;
}

static void
forget(struct set *s)
{
	fdio_close(&s->zygote.supervisor);
	conf_put(&s->conf);
	buf_clear(&s->info);
	s->state = SET_FREE;
}

/* Closing the supervisor's socket ends a zygote and its workers; the signal is for one that hangs. */
static void
end(struct set *s)
{
	kill(s->zygote.pid, SIGKILL);
	fdio_close(&s->zygote.supervisor);
	s->state = SET_DRAINING;
	s->deadline = INT64_MAX;
}

void
sets_fingerprint(const struct conf *conf, char out[PRINT_BYTES])
{
	struct pool *pool = pool_new(0);
	struct str print = engine_fingerprint(conf, pool);
	struct opt_list named = conf_file_names(conf, pool);
	const struct file *files;
	size_t n = files_find(pool, named, (const char *const[]){ NULL }, &files);

	snprintf(out, PRINT_BYTES, "%.*s-%.*s", STR_ARG(print), STR_ARG(files_fingerprint(pool, files, n)));
	pool_free(&pool);
}

static void
try_later(struct master *m, struct conf *conf)
{
	m->next = conf;
	m->load_at = backoff_next(&m->backoff);
	log_put(m->lc, LOG_LEVEL_WARNING, "engines",
	    LOG_NUM("next_try_ms", m->load_at > clock_mono_ms() ? m->load_at - clock_mono_ms() : 0));
}

/* A set could not be had. What serves goes on serving; without one we try again. */
static void
failed(struct master *m, struct str text)
{
	if (!m->ready) {
		master_fatal(m, EX_UNAVAILABLE, text);
		return;
	}
	log_lines(m->lc, LOG_LEVEL_ERR, "engines", "error", text);
	if (m->reloading)
		reload_done(m, RC_BAD, text);
	if (sets_serving(m) || m->stopping)
		return;
	/* What was wrong will be wrong at the next try: whoever waits for it holds up an MTA in vain. */
	m->hopeless = true;
	keeper_say(m, LINK_HOPELESS, STR_NONE, NULL, 0);
	if (!m->next)
		try_later(m, conf_get(m->conf));
}

/* No new messages; it leaves with its last client. */
static void
drain(struct set *s)
{
	struct fdio_frame f = { .tag = WIRE_DRAIN };

	s->state = SET_DRAINING;
	s->deadline = clock_mono_ms() + DRAIN_MS;
	if (fdio_send(s->zygote.supervisor, &f, clock_mono_ms() + LINK_SEND_MS) != RC_OK)
		kill(s->zygote.pid, SIGKILL);
}

/* low_memory_reload: the old engines go first, and the next wait until they have gone. */
static bool
room_is_free(struct master *m)
{
	const struct worker_conf *wc = conf_values(m->next, &worker_table);
	struct set *old = sets_serving(m);

	if (!wc->low_memory_reload)
		return true;
	if (old) {
		keeper_say(m, LINK_SUSPEND, STR_NONE, NULL, 0);
		drain(old);
	}
	return in_state(m, SET_DRAINING) == NULL;
}

static void
load(struct master *m, struct set *s)
{
	const struct worker_conf *wc = conf_values(m->next, &worker_table);
	enum rc rc;

	buf_reset(&m->left_out);
	*s = (struct set){ .state = SET_LOADING, .conf = m->next, .zygote = { .supervisor = -1 } };
	m->next = NULL;
	buf_init(&s->info, LINK_BODY);
	sets_fingerprint(s->conf, s->print);
	memcpy(m->tried, s->print, PRINT_BYTES);
	s->deadline = clock_mono_ms() + wc->load_ms;
	rc = m->ground.change ? zygote_start_as(s->conf, m->ground.user, &s->zygote) :
	    zygote_start(s->conf, &s->zygote);
	if (rc == RC_OK)
		return;
	forget(s);
	failed(m, STR("the zygote cannot be started"));
}

/* Only what was ready once: while it loads, a zygote answers nobody. */
static void
ask(struct master *m, struct set *s)
{
	struct fdio_frame f = { .tag = WIRE_PING };

	if ((s->state != SET_SERVING && s->state != SET_DRAINING) ||
	    !master_asks(m, &s->pulse, s->zygote.pid, "zygote"))
		return;
	/* One that has just gone: its death comes as a signal. */
	if (fdio_send(s->zygote.supervisor, &f, clock_mono_ms() + LINK_SEND_MS) != RC_OK)
		fdio_close(&s->zygote.supervisor);
}

void
sets_tick(struct master *m)
{
	int64_t now = clock_mono_ms();
	struct set *free_set;

	for (size_t i = 0; i < SETS; i++) {
		struct set *s = &m->sets[i];

		if (s->state == SET_LOADING && now >= s->deadline) {
			end(s);
			failed(m, STR("not loaded within worker.load_ms"));
		} else if (s->state == SET_DRAINING && now >= s->deadline) {
			end(s);
		}
		ask(m, s);
	}
	if (!m->next || now < m->load_at || m->stopping || in_state(m, SET_LOADING) || !room_is_free(m))
		return;
	free_set = in_state(m, SET_FREE);
	if (free_set)
		load(m, free_set);
}

/* What the operator should know of a set that serves all the same. */
static void
say_what_is_missing(struct master *m, const struct set *s)
{
	const struct engine_conf *ec = conf_values(s->conf, &engine_table);
	struct pool *pool = pool_new(0);
	struct wire_info info;

	if (wire_get_info(pool, buf_str(&s->info), &info) != RC_OK)
		info = (struct wire_info){ .engine.clamav_official = true };
	if (ec->clamav && ec->clamav_official && !info.engine.clamav_official)
		log_put(m->lc, LOG_LEVEL_WARNING, "engines", LOG_CSTR("warning", "NO OFFICIAL CLAMAV DATABASE: "
		    "only own signatures are in force; let freshclam fetch it, or set engine.clamav_official = no"));
	if (info.missing.n)
		log_put(m->lc, LOG_LEVEL_WARNING, "sandbox", LOG_STR("missing", info.missing));
	pool_free(&pool);
}

static void
ready(struct master *m, struct set *s, struct str info)
{
	struct set *old = sets_serving(m);
	bool changed = s->conf != m->conf;

	buf_add(&s->info, info);
	if (old)
		old->state = SET_DRAINING;	/* before the hand-over: there is one that serves */
	s->state = SET_SERVING;
	pulse_start(&s->pulse, clock_mono_ms());
	if (changed) {
		conf_put(&m->conf);
		m->conf = conf_get(s->conf);
	}
	m->backoff.started = clock_mono_ms();
	m->ready = true;
	m->hopeless = false;
	keeper_hand_over(m, changed);
	if (changed)
		clerk_conf(m);
	if (old)
		drain(old);
	log_put(m->lc, LOG_LEVEL_INFO, "engines", LOG_CSTR("state", "serving"),
	    LOG_NUM("zygote", s->zygote.pid));
	say_what_is_missing(m, s);
	if (m->reloading)
		reload_done(m, RC_OK, buf_str(&m->left_out));
	else if (m->gate.up)
		notify_ready("serving");	/* a later try after a reload that failed */
}

/* Everything that the zygote has said so far. */
void
sets_frame(struct master *m, struct set *s)
{
	struct pollfd p = { .fd = s->zygote.supervisor, .events = POLLIN };

	while (s->zygote.supervisor >= 0 && poll(&p, 1, 0) > 0) {
		struct fdio_frame f;

		if (fdio_recv(s->zygote.supervisor, &m->in, &f, clock_mono_ms() + READ_MS) != RC_OK) {
			fdio_close(&s->zygote.supervisor);	/* its death comes as a signal */
			return;
		}
		fdio_close_fds(&f);
		if (f.tag == WIRE_READY && s->state == SET_LOADING) {
			ready(m, s, f.body);
		} else if (f.tag == WIRE_FAILED && s->state == SET_LOADING) {
			s->state = SET_DRAINING;
			s->deadline = clock_mono_ms() + END_MS;
			failed(m, f.body);
		} else if (f.tag == WIRE_PONG) {
			pulse_answer(&s->pulse, clock_mono_ms());
		} else if (f.tag == WIRE_WARNING) {
			log_lines(m->lc, LOG_LEVEL_WARNING, "engines", "warning", f.body);
			if (s->state == SET_LOADING)
				buf_add(&m->left_out, f.body);
		}
	}
}

bool
sets_dead(struct master *m, pid_t pid, int status)
{
	for (size_t i = 0; i < SETS; i++) {
		struct set *s = &m->sets[i];
		struct conf *conf;
		int was;

		if (s->state == SET_FREE || s->zygote.pid != pid)
			continue;
		sets_frame(m, s);
		was = (int)s->state;
		conf = conf_get(s->conf);
		forget(s);
		if (was == SET_LOADING)
			failed(m, STR("the zygote died while it loaded"));
		if (was == SET_SERVING && !m->stopping) {
			log_put(m->lc, LOG_LEVEL_ERR, "zygote", LOG_CSTR("error", "died"), LOG_NUM("status", status));
			if (!m->next && !in_state(m, SET_LOADING))
				try_later(m, conf_get(conf));
		}
		conf_put(&conf);
		return true;
	}
	return false;
}

void
sets_end(struct master *m)
{
	int64_t by = clock_mono_ms() + END_MS;

	for (size_t i = 0; i < SETS; i++)
		if (m->sets[i].state != SET_FREE)
			fdio_close(&m->sets[i].zygote.supervisor);
	for (size_t i = 0; i < SETS; i++) {
		struct set *s = &m->sets[i];

		while (s->state != SET_FREE && waitpid(s->zygote.pid, NULL, WNOHANG) == 0) {
			if (clock_mono_ms() > by)
				kill(s->zygote.pid, SIGKILL);
			poll(NULL, 0, 10);
		}
	}
}
