/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "scanner.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fdio.h"
#include "conf/limits_opts.h"
#include "gate/control_client.h"
#include "gate/jtext.h"
#include "gate/local.h"
#include "gate/result_json.h"
#include "gate/settings.h"
#include "notice.h"

enum { TICK_MS = 200, CONNECT_GRACE_MS = 20000 };

/* An answer that waits for its turn; the place of question i is i % SCANNER_AHEAD. */
struct answer {
	struct buf json;
	bool ready;
};

struct scanner {
	struct scanner_setup setup;
	struct local *local;		/* NULL: sekimorid is asked */
	struct str control_path;
	int64_t message_max, scan_ms;
	/* one run */
	const struct files *files;
	pthread_mutex_t lock;		/* guards what follows */
	pthread_cond_t moved;
	size_t next, done;		/* next question to take; answers given out */
	bool stop;
	bool abandoned;			/* threads are still at work: free nothing they use */
	struct answer answers[SCANNER_AHEAD];
};

static volatile sig_atomic_t caught;

static void
on_signal(int sig)
{
	caught = sig;
}

int
scanner_signal(void)
{
	return caught;
}

/* ---- one message ---- */

static void
answer_error(struct buf *out, const char *path, const char *why)
{
	struct json_object *o = json_object_new_object();

	jtext_add_str(o, "file", str_of(path));
	jtext_add_str(o, "error", str_of(why));
	jtext_write(o, out);
}

/* Wait for bytes, so that a silent pipe does not outlive a signal. */
static bool
wait_readable(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	while (!caught && poll(&p, 1, TICK_MS) == 0)
		;
	return !caught;
}

/* Copy the message into a sealed memory file: it cannot change while it is read. One byte
 * more than message_max is enough to know that it is too large. */
static enum rc
fill(struct spool *spool, int fd, const char **why)
{
	enum { CHUNK = 64 * 1024 };
	char chunk[CHUNK];

	while (wait_readable(fd) && spool->size < spool->max) {
		uint64_t left = spool->max - spool->size;
		ssize_t n = read(fd, chunk, left < CHUNK ? (size_t)left : CHUNK);

		if (n == 0)
			break;
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			*why = strerror(errno);
			return RC_TEMP;
		}
		spool_raw(spool, (struct str){ chunk, (size_t)n });
	}
	*why = "no memory for a copy";
	return spool_finish(spool);
}

static enum rc
load(const char *path, struct spool *spool, const char **why)
{
	bool is_stdin = strcmp(path, "-") == 0;
	int fd = is_stdin ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	enum rc rc;

	if (fd < 0) {
		*why = strerror(errno);
		return RC_NONE;
	}
	rc = fill(spool, fd, why);
	close(fd);
	return rc;
}

static void
scan_locally(struct scanner *s, const char *path, const struct spool *spool, struct buf *out)
{
	struct pool *pool = pool_new(0);
	struct result result = { .ms = 0 };
	int64_t start = clock_mono_us();

	local_scan(s->local, &s->setup.session, spool, pool, &result);
	result_json(&(struct result_json){ .file = str_of(path), .result = &result,
	    .us = clock_mono_us() - start, .explain = s->setup.explain }, out);
	pool_free(&pool);
}

/* A connection that idled too long was closed by the gate: try once on a fresh one. */
static void
scan_remotely(struct scanner *s, int *sock, const char *path, const struct spool *spool, struct buf *out)
{
	struct control_request req = { .verb = CONTROL_SCAN, .file = str_of(path),
	    .session = s->setup.session, .explain = s->setup.explain };

	for (int i = 0; i < 2; i++) {
		int64_t deadline = clock_mono_ms() + 2 * s->scan_ms + CONNECT_GRACE_MS;

		if (*sock < 0 && control_connect(s->control_path, sock) != RC_OK)
			break;
		if (control_call(*sock, &req, spool->fd, deadline, out) == RC_OK)
			return;
		buf_reset(out);
		fdio_close(sock);
	}
	answer_error(out, path, "sekimorid went away");
}

static void
scan_one(struct scanner *s, int *sock, const char *path, struct buf *out)
{
	struct spool spool;
	const char *why = "";

	/* Always in memory: a sealed file can be handed to another process, a disk file not. */
	spool_init(&spool, (uint64_t)s->message_max + 1, (uint64_t)s->message_max + 1, STR_NONE);
	if (load(path, &spool, &why) != RC_OK) {
		answer_error(out, path, why);
		spool_close(&spool);
		return;
	}
	if (spool.size > (uint64_t)s->message_max)
		spool.error = RC_LIMIT;		/* the pipeline says so in the report */
	if (s->local)
		scan_locally(s, path, &spool, out);
	else
		scan_remotely(s, sock, path, &spool, out);
	spool_close(&spool);
}

/* ---- many ---- */

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

		scan_one(s, &sock, s->files->path[i], &a->json);
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
	while (!s->answers[i % SCANNER_AHEAD].ready && !caught) {
		wait_tick(s);
		if (sink->tick)
			sink->tick(sink->arg);
	}
	return !caught;
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
	size_t want = s->setup.threads, n = 0;
	sigset_t all, before;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	while (n < want && n < s->files->n && pthread_create(&threads[n], NULL, thread_main, s) == 0)
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
	s->abandoned = caught != 0;
	for (size_t i = 0; i < n && !s->abandoned; i++)
		pthread_join(threads[i], NULL);
	return !s->abandoned && s->done == files->n;
}

/* ---- where to ask ---- */

/* Does somebody answer there who lets us ask? */
static bool
sekimorid_answers(struct scanner *s)
{
	struct buf out;
	int sock = -1;
	bool ok = false;

	switch (control_connect(s->control_path, &sock)) {
	case RC_OK: break;
	case RC_BAD: notice("a sekimorid may be running, but only root and its user can ask it"); return false;
	case RC_NONE: case RC_TEMP: case RC_LIMIT: return false;
	}
	buf_init(&out, CONTROL_ANSWER_BYTES);
	if (control_call(sock, &(struct control_request){ .verb = CONTROL_PING }, -1,
	    clock_mono_ms() + CONNECT_GRACE_MS, &out) == RC_OK)
		ok = str_find(buf_str(&out), STR("\"version\"")) != STR_NPOS;
	buf_clear(&out);
	fdio_close(&sock);
	return ok;
}

static enum rc
start_local(struct scanner *s)
{
	struct buf errors;
	enum rc rc;

	if (isatty(STDERR_FILENO))
		notice(s->setup.local ? "loading the engines" : "no sekimorid to ask: loading the engines");
	buf_init(&errors, NOTICE_BYTES);
	rc = local_open(s->setup.conf, notice_log(LOG_LEVEL_WARNING), &s->local, &errors);
	if (rc != RC_OK)
		notice_lines(buf_str(&errors));
	buf_clear(&errors);
	return rc == RC_OK ? RC_OK : RC_BAD;
}

static size_t
default_threads(const struct conf *conf)
{
	const struct worker_conf *wc = conf_values(conf, &worker_table);
	long n = wc->count ? (long)wc->count : sysconf(_SC_NPROCESSORS_ONLN);

	return n < 1 ? 1 : n > SCANNER_THREADS ? SCANNER_THREADS : (size_t)n;
}

static void
watch_signals(void)
{
	struct sigaction sa = { .sa_handler = on_signal };

	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGHUP, &sa, NULL);
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
scanner_open(const struct scanner_setup *setup, struct scanner **out)
{
	const struct gate_conf *gc = conf_values(setup->conf, &gate_table);
	const struct limits *lim = conf_values(setup->conf, &limits_table);
	struct scanner *s = calloc(1, sizeof(*s));

	if (!s)
		abort();	/* out of memory */
	s->setup = *setup;
	s->control_path = gc->control_socket;
	s->message_max = gc->message_max;
	s->scan_ms = lim->scan_ms;
	if (s->setup.threads == 0)
		s->setup.threads = default_threads(setup->conf);
	for (size_t i = 0; i < SCANNER_AHEAD; i++)
		buf_init(&s->answers[i].json, CONTROL_ANSWER_BYTES);
	init_sync(s);
	watch_signals();
	if ((setup->local || !sekimorid_answers(s)) && start_local(s) != RC_OK) {
		scanner_close(&s);
		return RC_BAD;
	}
	*out = s;
	return RC_OK;
}

bool
scanner_is_local(const struct scanner *s)
{
	return s->local != NULL;
}

void
scanner_close(struct scanner **ps)
{
	struct scanner *s = *ps;

	if (!s)
		return;
	*ps = NULL;
	if (s->abandoned) {
		if (s->local)
			local_abort(s->local);
		return;
	}
	local_close(&s->local);
	for (size_t i = 0; i < SCANNER_AHEAD; i++)
		buf_clear(&s->answers[i].json);
	pthread_mutex_destroy(&s->lock);
	pthread_cond_destroy(&s->moved);
	free(s);
}
