/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "gate/local.h"

#include <fts.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fdio.h"
#include "conf/limits_opts.h"
#include "gate/offline.h"
#include "gate/settings.h"
#include "worker/zygote.h"

enum { FRAME_BYTES = 1024 * 1024, CONF_TEXT = 4 * CONF_BYTES, LEAVE_MS = 3000,
       PW_BYTES = 16384, USER_BYTES = 64 };

struct local {
	struct conf *conf;
	struct zygote zygote;
	struct gate gate;
	char tmp[64];			/* own folder for the workers' folders; "" when not made */
};

/* Is `line` the start of `key = ...`? */
static bool
is_key(struct str line, struct str key)
{
	return str_starts(line, key) && str_starts(str_trim(str_from(line, key.n)), STR("="));
}

static bool
overridden(struct str line, const struct local_override *over)
{
	for (; over->key; over++)
		if (is_key(line, str_of(over->key)))
			return true;
	return false;
}

/* Copy the dump without the lines that are to change, continuations included. */
static void
keep_others(struct str text, const struct local_override *over, struct buf *out)
{
	struct str line;
	bool skip = false;

	while (str_next(&text, '\n', &line)) {
		bool continued = line.n && (line.p[0] == ' ' || line.p[0] == '\t');

		if (!continued)
			skip = overridden(line, over);
		if (skip)
			continue;
		buf_add(out, line);
		buf_addc(out, '\n');
	}
}

enum rc
local_conf(const struct conf *conf, const struct local_override *over, struct conf **out, struct buf *errors)
{
	struct buf dump, text;
	enum rc rc;

	buf_init(&dump, CONF_TEXT);
	buf_init(&text, CONF_TEXT);
	conf_dump(conf, false, false, &dump);
	keep_others(buf_str(&dump), over, &text);
	for (; over->key; over++)
		buf_printf(&text, "%s = %s\n", over->key, over->value);
	/* The dump holds every key: no base is needed to complete it. */
	rc = conf_parse(buf_str(&text), "(own)", settings, (struct conf_base){ .files = true }, out, errors);
	buf_clear(&dump);
	buf_clear(&text);
	return rc;
}

/* A folder of our own: the service's belongs to the service, and need not exist. */
static enum rc
make_tmp(struct local *l, struct buf *errors)
{
	const char *base = getenv("TMPDIR");

	if (!base || base[0] != '/' || strlen(base) > 32)
		base = "/tmp";
	snprintf(l->tmp, sizeof(l->tmp), "%s/sekimorictl.XXXXXX", base);
	if (mkdtemp(l->tmp))
		return RC_OK;
	buf_printf(errors, "%s: cannot make a folder there\n", base);
	l->tmp[0] = '\0';
	return RC_TEMP;
}

static void
wipe(const char *dir)
{
	char *const roots[] = { (char *)(uintptr_t)dir, NULL };
	FTS *walk = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR | FTS_XDEV, NULL);
	FTSENT *e;

	if (!walk)
		return;
	while ((e = fts_read(walk))) {
		if (e->fts_info == FTS_DP || e->fts_info == FTS_DNR)
			rmdir(e->fts_accpath);
		else if (e->fts_info != FTS_D)
			unlink(e->fts_accpath);
	}
	fts_close(walk);
}

/* Root does not read mail: be the user of the service where there is one. */
static enum rc
start_zygote(struct local *l, const char *user)
{
	char space[PW_BYTES];
	struct passwd pw, *found = NULL;

	if (geteuid() != 0 || !user[0] || getpwnam_r(user, &pw, space, sizeof(space), &found) != 0 || !found)
		return zygote_start(l->conf, &l->zygote);
	if (chown(l->tmp, pw.pw_uid, pw.pw_gid) != 0)
		return RC_TEMP;
	return zygote_start_as(l->conf, user, &l->zygote);
}

/* Read the zygote's frames until it is ready or has failed. */
static enum rc
wait_ready(struct local *l, int64_t deadline_ms, struct log_ctx lc, struct buf *errors)
{
	struct buf in;
	struct fdio_frame f;
	enum rc rc = RC_NONE;

	buf_init(&in, FRAME_BYTES);
	while (rc == RC_NONE) {
		if (fdio_recv(l->zygote.supervisor, &in, &f, deadline_ms) != RC_OK) {
			buf_adds(errors, "the engines did not load in time (worker.load_ms), or their process ended\n");
			rc = RC_TEMP;
			break;
		}
		fdio_close_fds(&f);
		if (f.tag == WIRE_READY) {
			rc = RC_OK;
		} else if (f.tag == WIRE_WARNING) {
			log_lines(lc, LOG_LEVEL_WARNING, "engines", "warning", f.body);
		} else {
			buf_add(errors, f.body);
			rc = RC_BAD;
		}
	}
	buf_clear(&in);
	return rc;
}

/* Wait for the zygote to leave by itself: it wipes its folders then. */
static void
end_zygote(struct local *l)
{
	int64_t deadline = clock_mono_ms() + LEAVE_MS;

	fdio_close(&l->zygote.supervisor);
	if (l->zygote.pid <= 0)
		return;
	while (waitpid(l->zygote.pid, NULL, WNOHANG) == 0) {
		if (clock_left_ms(deadline) == 0) {
			kill(l->zygote.pid, SIGKILL);
			waitpid(l->zygote.pid, NULL, 0);
			break;
		}
		poll(NULL, 0, 10);
	}
	l->zygote.pid = 0;
}

static enum rc
start(struct local *l, struct log_ctx lc, struct buf *errors)
{
	const struct worker_conf *wc = conf_values(l->conf, &worker_table);
	const struct limits *lim = conf_values(l->conf, &limits_table);
	const struct gate_conf *gc = conf_values(l->conf, &gate_table);
	char user[USER_BYTES];
	int channel;
	enum rc rc;

	snprintf(user, sizeof(user), "%.*s", STR_ARG(gc->user));
	if (start_zygote(l, user) != RC_OK) {
		buf_adds(errors, "the process that loads the engines cannot be started\n");
		return RC_TEMP;
	}
	rc = wait_ready(l, clock_mono_ms() + wc->load_ms, lc, errors);
	if (rc != RC_OK)
		return rc;
	if (zygote_client(&l->zygote, &channel) != RC_OK) {
		buf_adds(errors, "the process that loads the engines does not answer\n");
		return RC_TEMP;
	}
	l->gate = (struct gate){ .conf = l->conf, .lc = lc, .workers = workers_new(l->conf, lim, lc) };
	workers_use(l->gate.workers, channel);
	return RC_OK;
}

enum rc
local_open(const struct conf *conf, struct log_ctx lc, struct local **out, struct buf *errors)
{
	struct local *l = calloc(1, sizeof(*l));
	enum rc rc;

	if (!l)
		abort();	/* out of memory */
	l->zygote.supervisor = -1;
	rc = make_tmp(l, errors);
	if (rc == RC_OK)
		rc = local_conf(conf, (const struct local_override[]){ { "worker.tmp_dir", l->tmp }, { NULL, NULL } },
		    &l->conf, errors);
	if (rc == RC_OK)
		rc = start(l, lc, errors);
	if (rc != RC_OK)
		local_close(&l);
	else
		*out = l;
	return rc;
}

void
local_abort(struct local *l)
{
	end_zygote(l);
	if (l->tmp[0])
		wipe(l->tmp);
	l->tmp[0] = '\0';
}

void
local_close(struct local **pl)
{
	struct local *l = *pl;

	if (!l)
		return;
	if (l->gate.workers)
		workers_free(&l->gate.workers);
	local_abort(l);
	if (l->conf)
		conf_put(&l->conf);
	free(l);
	*pl = NULL;
}

const struct conf *
local_snapshot(const struct local *l)
{
	return l->conf;
}

enum rc
local_preview(struct local *l, int fd, uint64_t size, struct workers_preview *job, struct pool *pool, struct str *why)
{
	return workers_preview(l->gate.workers, l->gate.lc, fd, size, job, pool, why);
}

void
local_scan(struct local *l, const struct session *s, const struct spool *spool, struct pool *pool,
    struct result *out)
{
	offline_scan(&l->gate, l->conf, s, spool, pool, l->gate.lc, out);
}
