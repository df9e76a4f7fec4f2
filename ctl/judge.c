/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "judge.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fdio.h"
#include "conf/limits_opts.h"
#include "gate/control_client.h"
#include "base/jtext.h"
#include "gate/local.h"
#include "gate/result_json.h"
#include "gate/settings.h"
#include "notice.h"
#include "signals.h"

enum { TICK_MS = 200, CONNECT_GRACE_MS = 20000 };

struct judge {
	struct judge_setup setup;
	struct local *local;		/* NULL: sekimorid is asked */
	struct str control_path;
	int64_t message_max, scan_ms;
};

static void
answer_error(struct buf *out, const char *path, const char *why)
{
	struct json_object *o = jtext_object();

	jtext_add_str(o, "file", str_of(path));
	jtext_add_str(o, "error", str_of(why));
	jtext_write(o, out);
}

/* Wait for bytes, so that a silent pipe does not outlive a signal. */
static bool
wait_readable(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	while (!signals_caught() && poll(&p, 1, TICK_MS) == 0)
		;
	return !signals_caught();
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
scan_locally(struct judge *j, const char *path, const struct spool *spool, struct buf *out)
{
	struct pool *pool = pool_new(0);
	struct result result = { .ms = 0 };
	int64_t start = clock_mono_us();

	local_scan(j->local, &j->setup.session, spool, pool, &result);
	result_json(&(struct result_json){ .file = str_of(path), .result = &result,
	    .us = clock_mono_us() - start, .explain = j->setup.explain }, out);
	pool_free(&pool);
}

/* A connection that idled too long was closed by the gate: try once on a fresh one. */
static void
scan_remotely(struct judge *j, int *sock, const char *path, const struct spool *spool, struct buf *out)
{
	struct control_request req = { .verb = CONTROL_SCAN, .file = str_of(path),
	    .session = j->setup.session, .explain = j->setup.explain };

	for (int i = 0; i < 2; i++) {
		int64_t deadline = clock_mono_ms() + 2 * j->scan_ms + CONNECT_GRACE_MS;

		if (*sock < 0 && control_connect(j->control_path, sock) != RC_OK)
			break;
		if (control_call(*sock, &req, spool->fd, deadline, out) == RC_OK)
			return;
		buf_reset(out);
		fdio_close(sock);
	}
	answer_error(out, path, "sekimorid went away");
}

void
judge_message(struct judge *j, int *sock, const char *path, struct buf *out)
{
	struct spool spool;
	const char *why = "";

	/* Always in memory: a sealed file can be handed to another process, a disk file not. */
	spool_init(&spool, (uint64_t)j->message_max + 1, (uint64_t)j->message_max + 1, STR_NONE);
	if (load(path, &spool, &why) != RC_OK) {
		answer_error(out, path, why);
		spool_close(&spool);
		return;
	}
	if (spool.size > (uint64_t)j->message_max)
		spool.error = RC_LIMIT;		/* the pipeline says so in the report */
	if (j->local)
		scan_locally(j, path, &spool, out);
	else
		scan_remotely(j, sock, path, &spool, out);
	spool_close(&spool);
}

/* Does somebody answer there who lets us ask? */
static bool
sekimorid_answers(struct judge *j)
{
	struct buf out;
	int sock = -1;
	bool ok = false;

	switch (control_connect(j->control_path, &sock)) {
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
start_local(struct judge *j)
{
	struct buf errors;
	enum rc rc;

	if (isatty(STDERR_FILENO))
		notice(j->setup.local ? "loading the engines" : "no sekimorid to ask: loading the engines");
	buf_init(&errors, NOTICE_BYTES);
	rc = local_open(j->setup.conf, notice_log(LOG_LEVEL_WARNING), &j->local, &errors);
	if (rc != RC_OK)
		notice_lines(buf_str(&errors));
	buf_clear(&errors);
	return rc == RC_OK ? RC_OK : RC_BAD;
}

enum rc
judge_open(const struct judge_setup *setup, struct judge **out)
{
	const struct gate_conf *gc = conf_values(setup->conf, &gate_table);
	const struct limits *lim = conf_values(setup->conf, &limits_table);
	struct judge *j = calloc(1, sizeof(*j));

	if (!j)
		abort();	/* out of memory */
	*j = (struct judge){ .setup = *setup, .control_path = gc->control_socket,
	    .message_max = gc->message_max, .scan_ms = lim->scan_ms };
	if ((setup->local || !sekimorid_answers(j)) && start_local(j) != RC_OK) {
		judge_close(&j);
		return RC_BAD;
	}
	*out = j;
	return RC_OK;
}

void
judge_close(struct judge **pj)
{
	if (!*pj)
		return;
	local_close(&(*pj)->local);
	free(*pj);
	*pj = NULL;
}

void
judge_abort(struct judge *j)
{
	if (j->local)
		local_abort(j->local);
}
