/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "worker/workers.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fdio.h"
#include "engine/picture_show.h"
#include "message/preview.h"
#include "worker/crew.h"

enum { TRIES = 2, JOB_BYTES = 32 * 1024 * 1024 };

void
workers_set(struct workers *ws, const struct conf *conf, const struct limits *lim)
{
	const struct worker_conf *opts = conf_values(conf, &worker_table);
	struct limits *copy;
	long cores = sysconf(_SC_NPROCESSORS_ONLN);

	pthread_mutex_lock(&ws->lock);
	copy = pool_alloc(ws->pool, sizeof(*copy));
	*copy = *lim;
	ws->lim = copy;
	ws->opts = *opts;
	ws->opts.tmp_dir = STR_NONE;	/* the zygote's business, and the snapshot's memory */
	if (ws->opts.count == 0)
		ws->opts.count = cores > 0 ? cores : 1;
	pthread_mutex_unlock(&ws->lock);
	crew_poke(ws);
}

static void
start_foreman(struct workers *ws)
{
	sigset_t all, before;

	/* Signals are the program's main thread's business. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	if (pthread_create(&ws->foreman, NULL, foreman_main, ws) != 0)
		abort();	/* no thread at start: as out of memory */
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

struct workers *
workers_new(const struct conf *conf, const struct limits *lim, struct log_ctx lc)
{
	struct workers *ws = calloc(1, sizeof(*ws));
	pthread_condattr_t attr;

	if (!ws)
		abort();	/* out of memory */
	ws->lc = lc;
	ws->pool = pool_new(0);
	ws->accounts = accounts_new();
	ws->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (ws->wake < 0)
		abort();	/* no descriptors at start: as out of memory */
	pthread_mutex_init(&ws->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&ws->news, &attr);
	pthread_condattr_destroy(&attr);
	workers_set(ws, conf, lim);
	start_foreman(ws);
	return ws;
}

static void
free_generations(struct workers *ws)
{
	while (ws->generations) {
		struct generation *g = ws->generations;

		ws->generations = g->next;
		while (g->links) {
			struct crew_link *l = g->links;

			g->links = l->next;
			fdio_close(&l->sock);
			free(l);
		}
		fdio_close(&g->channel);
		free(g);
	}
}

void
workers_free(struct workers **wsp)
{
	struct workers *ws = *wsp;

	if (!ws)
		return;
	pthread_mutex_lock(&ws->lock);
	ws->stopping = true;
	crew_wake_all(ws);
	pthread_cond_broadcast(&ws->news);
	pthread_mutex_unlock(&ws->lock);
	crew_poke(ws);
	pthread_join(ws->foreman, NULL);
	free_generations(ws);
	fdio_close(&ws->wake);
	accounts_free(&ws->accounts);
	pool_free(&ws->pool);
	pthread_cond_destroy(&ws->news);
	pthread_mutex_destroy(&ws->lock);
	free(ws);
	*wsp = NULL;
}

void
workers_use(struct workers *ws, int channel)
{
	struct generation *g = NULL, *old;

	if (channel >= 0) {
		g = calloc(1, sizeof(*g));
		if (!g)
			abort();	/* out of memory */
		g->channel = channel;
	}
	pthread_mutex_lock(&ws->lock);
	old = ws->current;
	if (old) {
		old->retired = true;
		crew_end_generation(ws, old);
	}
	if (g) {
		g->id = ++ws->last_generation;
		g->next = ws->generations;
		ws->generations = ws->current = g;
		ws->hopeless = false;
	}
	pthread_mutex_unlock(&ws->lock);
	crew_poke(ws);
}

void
workers_give_up(struct workers *ws)
{
	pthread_mutex_lock(&ws->lock);
	ws->hopeless = true;
	if (crew_in_vain(ws))
		crew_wake_all(ws);
	pthread_mutex_unlock(&ws->lock);
}

/* Count and log a worker that did not answer; what the caller is told. */
static void
note_loss(struct workers *ws, struct log_ctx lc, uint32_t number, enum crew_end end, int status)
{
	pthread_mutex_lock(&ws->lock);
	if (end == CREW_LATE)
		ws->counts.killed_late++;
	else
		ws->counts.lost++;
	pthread_mutex_unlock(&ws->lock);
	log_put(lc, LOG_LEVEL_WARNING, end == CREW_LATE ? "worker-late" : "worker-lost",
	    LOG_NUM("worker", number),
	    LOG_NUM("signal", status >= 0 && WIFSIGNALED(status) ? WTERMSIG(status) : 0),
	    LOG_NUM("exit", status >= 0 && WIFEXITED(status) ? WEXITSTATUS(status) : 0));
}

/* One kind of job: what to send, and what to make of the answer. */
struct task {
	struct fdio_frame job;
	enum wire_tag want;
	uint64_t size;
	enum rc (*read)(void *arg, struct str body);
	void *arg;
};

static struct str
say_why(struct pool *pool, enum crew_end end, int status)
{
	if (end == CREW_LATE)
		return pool_str(pool, STR("the deadline passed (limit.scan_ms)"));
	if (status >= 0 && WIFSIGNALED(status))
		return pool_printf(pool, "the worker was lost twice, at last by signal %d", WTERMSIG(status));
	return pool_str(pool, STR("the worker was lost twice"));
}

static const struct limits *
limits_now(struct workers *ws)
{
	const struct limits *lim;

	pthread_mutex_lock(&ws->lock);
	lim = ws->lim;
	pthread_mutex_unlock(&ws->lock);
	return lim;
}

/* With one worker: RC_OK, or RC_TEMP with *end. */
static enum rc
attempt(struct workers *ws, struct log_ctx lc, const struct task *t, struct crew_link *l, int64_t until_ms,
    enum crew_end *end, int *status)
{
	uint32_t number = l->number;
	struct buf in;
	struct str body;

	buf_init(&in, (size_t)limits_now(ws)->report_bytes);
	*end = talk(ws, l, &t->job, t->want, until_ms, &in, &body);
	if (*end == CREW_WELL && t->read(t->arg, body) != RC_OK)
		*end = CREW_LOST;	/* an answer that is none */
	buf_clear(&in);
	crew_put(ws, l, *end, status);
	if (*end == CREW_WELL)
		return RC_OK;
	note_loss(ws, lc, number, *end, *status);
	return RC_TEMP;
}

/* Half of the time may pass in the waiting room, so that a scan that begins can end. A message
 * that cost a worker its life gets one more, which was not there before: somebody may have
 * killed them all, and only the death of a fresh one speaks against the message. */
static enum rc
run(struct workers *ws, struct log_ctx lc, const struct task *t, int64_t scan_ms, struct pool *pool,
    struct str *why)
{
	int64_t began = clock_mono_ms();
	struct crew_wish wish = { .size = t->size, .until_ms = began + scan_ms / 2 };
	enum crew_end end = CREW_LOST;
	int status = -1;

	for (int i = 0; i < TRIES && end == CREW_LOST; i++) {
		const char *reason = "";
		struct crew_link *l;
		enum rc rc = crew_take(ws, &wish, &l, &reason);

		if (rc != RC_OK) {
			*why = pool_printf(pool, "%s%s", i > 0 ? "the worker was lost; " : "", reason);
			return rc;
		}
		if (attempt(ws, lc, t, l, began + scan_ms, &end, &status) == RC_OK)
			return RC_OK;
		wish.after_us = clock_mono_us();
		wish.until_ms = began + scan_ms / 4 * 3;
	}
	*why = say_why(pool, end, status);
	return RC_BAD;
}

struct scan_result {
	struct pool *pool;
	const struct limits *lim;
	struct report *out;
};

static enum rc
read_report(void *arg, struct str body)
{
	struct scan_result *r = arg;

	return wire_get_report(r->pool, r->lim, body, r->out);
}

enum rc
workers_scan(struct workers *ws, struct log_ctx lc, const struct wire_job *job, int message_fd, uint64_t size,
    struct pool *pool, struct report *out, struct str *why)
{
	struct scan_result result = { pool, limits_now(ws), out };
	struct task t = { .job = { .tag = WIRE_SCAN, .n_fds = 1 }, .want = WIRE_REPORT, .size = size,
	    .read = read_report, .arg = &result };
	struct buf body;
	enum rc rc;

	report_init(out, pool, result.lim);
	t.job.fds[0] = talk_read_only(message_fd);
	if (t.job.fds[0] < 0) {
		*why = pool_printf(pool, "the message cannot be opened: errno %d", errno);
		return RC_TEMP;
	}
	buf_init(&body, JOB_BYTES);
	wire_put_job(&body, job);
	t.job.body = buf_str(&body);
	rc = run(ws, lc, &t, result.lim->scan_ms, pool, why);
	fdio_close_fds(&t.job);
	buf_clear(&body);
	if (rc == RC_OK) {
		pthread_mutex_lock(&ws->lock);
		ws->counts.scanned++;
		pthread_mutex_unlock(&ws->lock);
	}
	return rc;
}

struct edit_result {
	struct pool *pool;
	int out_fd;
	uint64_t size_max, size;
	struct wire_edited edited;
};

/* The file is sealed before anybody reads it: a worker that kept a way to write loses it here,
 * and one that kept a writable mapping is found out. */
static enum rc
read_edited(void *arg, struct str body)
{
	struct edit_result *r = arg;
	struct stat st;

	if (wire_get_edited(r->pool, body, &r->edited) != RC_OK)
		return RC_BAD;
	if (r->edited.done != RC_OK)
		return ftruncate(r->out_fd, 0) == 0 ? RC_OK : RC_BAD;
	if (fdio_seal(r->out_fd) != RC_OK || fstat(r->out_fd, &st) != 0 || st.st_size < 0)
		return RC_BAD;
	r->size = (uint64_t)st.st_size;
	return r->size <= r->size_max && r->edited.body <= r->size ? RC_OK : RC_BAD;
}

enum rc
workers_edit(struct workers *ws, struct log_ctx lc, int message_fd, uint64_t size, struct workers_edit *edit,
    struct pool *pool, struct str *why)
{
	struct edit_result result = { .pool = pool, .out_fd = edit->out_fd, .size_max = wire_edit_max(size) };
	struct task t = { .job = { .tag = WIRE_EDIT, .n_fds = 2 }, .want = WIRE_EDITED, .size = size,
	    .read = read_edited, .arg = &result };
	struct buf body;
	enum rc rc;

	t.job.fds[0] = talk_read_only(message_fd);
	if (t.job.fds[0] < 0) {
		*why = pool_printf(pool, "the message cannot be opened: errno %d", errno);
		return RC_TEMP;
	}
	t.job.fds[1] = edit->out_fd;
	buf_init(&body, JOB_BYTES);
	wire_put_edit_job(&body, &edit->job);
	t.job.body = buf_str(&body);
	rc = run(ws, lc, &t, limits_now(ws)->scan_ms, pool, why);
	fdio_close(&t.job.fds[0]);
	buf_clear(&body);
	edit->size = result.size;
	edit->body = result.edited.body;
	edit->links = result.edited.links;
	edit->headers = result.edited.headers;
	edit->n_headers = result.edited.n_headers;
	return rc == RC_OK ? result.edited.done : rc;
}

struct preview_result {
	const struct workers_preview *job;
	uint64_t size;
	enum rc done;
};

/* A worker that was taken over writes what it likes: it is shown only if it is harmless. */
static enum rc
check_preview(const struct preview_result *r, struct str content)
{
	bool good = r->job->picture ? str_starts(content, STR("\x89PNG\r\n\x1a\n")) && content.n <= PICTURE_SHOW_BYTES :
	    content.n <= PREVIEW_BYTES && preview_is_inert(content);

	return good ? RC_OK : RC_BAD;
}

static enum rc
read_previewed(void *arg, struct str body)
{
	struct preview_result *r = arg;
	struct str content = STR_NONE;
	enum rc rc;

	if (wire_get_previewed(body, &r->done) != RC_OK)
		return RC_BAD;
	if (r->done != RC_OK)
		return ftruncate(r->job->out_fd, 0) == 0 ? RC_OK : RC_BAD;
	if (fdio_seal(r->job->out_fd) != RC_OK || fdio_map(r->job->out_fd, &content) != RC_OK)
		return RC_BAD;
	rc = check_preview(r, content);
	r->size = content.n;
	fdio_unmap(&content);
	return rc;
}

enum rc
workers_preview(struct workers *ws, struct log_ctx lc, int message_fd, uint64_t size, struct workers_preview *job,
    struct pool *pool, struct str *why)
{
	struct preview_result result = { .job = job };
	struct task t = { .job = { .tag = WIRE_PREVIEW, .n_fds = 2 }, .want = WIRE_PREVIEWED, .size = size,
	    .read = read_previewed, .arg = &result };
	struct buf body;
	enum rc rc;

	t.job.fds[0] = talk_read_only(message_fd);
	if (t.job.fds[0] < 0) {
		*why = pool_printf(pool, "the message cannot be opened: errno %d", errno);
		return RC_TEMP;
	}
	t.job.fds[1] = job->out_fd;
	buf_init(&body, sizeof(job->picture));
	wire_put_preview_job(&body, job->picture);
	t.job.body = buf_str(&body);
	rc = run(ws, lc, &t, limits_now(ws)->scan_ms, pool, why);
	fdio_close(&t.job.fds[0]);
	buf_clear(&body);
	job->size = result.size;
	return rc == RC_OK ? result.done : rc;
}

void
workers_status(struct workers *ws, struct workers_status *out)
{
	pthread_mutex_lock(&ws->lock);
	*out = ws->counts;
	out->waiting = ws->n_waiting;
	out->serving = ws->current && !ws->current->dead;
	for (const struct generation *g = ws->generations; g; g = g->next) {
		out->at_work += g->n_busy;
		out->idle += g->n_idle;
	}
	pthread_mutex_unlock(&ws->lock);
}

size_t
workers_rule_stats(struct workers *ws, struct pool *pool, const struct yara_rule_stat **out)
{
	size_t n;

	pthread_mutex_lock(&ws->lock);
	n = accounts_list(ws->accounts, ws->last_generation, pool, out);
	pthread_mutex_unlock(&ws->lock);
	return n;
}
