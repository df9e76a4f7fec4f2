/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* sekimori-web: the click gate */
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/clock.h"
#include "click/click_opts.h"
#include "gate/milter_spec.h"
#include "gate/settings.h"
#include "milter/ground.h"
#include "milter/logsink.h"
#include "milter/notify.h"
#include "web/confine.h"
#include "web/server.h"

enum { WHY_BYTES = 64 * 1024, TICK_MS = 1000, SOCKET_MODE = 0660, DESCRIPTORS_SPARE = 256 };

struct program {
	const char *path;		/* of the configuration, or NULL */
	struct log log;
	struct ground ground;
	struct web web;
	struct server *server;
	int fd;				/* listening; -1 once the server has it */
};

static int
fail(struct program *p, enum rc rc, const char *what, const struct buf *why)
{
	log_put(p->web.lc, LOG_LEVEL_ERR, "fatal", LOG_CSTR("where", what), LOG_STR("error", buf_str(why)));
	return rc == RC_BAD ? EX_CONFIG : rc == RC_LIMIT ? EX_UNAVAILABLE : EX_OSERR;
}

static enum rc
open_socket(struct program *p, const struct click_conf *cc, struct buf *why)
{
	struct milter_spec_owner owner = { SOCKET_MODE, p->ground.uid, p->ground.gid };
	struct milter_spec spec;
	enum rc rc = milter_spec_parse(cc->listen, &spec, why);

	if (rc == RC_OK)
		rc = milter_spec_listen(&spec, &owner, &p->fd, why);
	if (rc == RC_OK && fcntl(p->fd, F_SETFL, fcntl(p->fd, F_GETFL) | O_NONBLOCK) != 0)
		rc = RC_TEMP;
	return rc;
}

/* Everything is read and opened that a confined process could not; no thread is started before. */
static enum rc
lock_up(struct program *p, const struct gate_conf *gc, struct buf *why)
{
	char state[PATH_MAX], rules[PATH_MAX], conf[PATH_MAX];
	const char *const reads[] = { rules, conf, NULL };
	struct buf missing;
	enum rc rc;

	snprintf(state, sizeof(state), "%.*s", STR_ARG(gc->state_dir));
	snprintf(rules, sizeof(rules), "%.*s", STR_ARG(gc->rules_dir));
	if (!realpath(p->path ? p->path : SETTINGS_PATH, conf))
		snprintf(conf, sizeof(conf), "%s", SETTINGS_PATH);
	dirname(conf);		/* in place, as the path is absolute */
	buf_init(&missing, 256);
	rc = confine(state, reads, &missing, why);
	if (missing.n)
		log_put(p->web.lc, LOG_LEVEL_WARNING, "confine", LOG_STR("missing", buf_str(&missing)));
	buf_clear(&missing);
	return rc;
}

/* Each step needs those before it. */
static enum rc
set_up(struct program *p, struct buf *why, const char **where)
{
	const struct gate_conf *gc = conf_values(p->web.conf, &gate_table);
	const struct click_conf *cc = conf_values(p->web.conf, &click_table);
	struct web *w = &p->web;
	enum rc rc;

	*where = "user";
	rc = ground_user(gc, &p->ground, why);
	if (rc == RC_OK) {
		*where = "click.listen";
		rc = open_socket(p, cc, why);
	}
	if (rc == RC_OK) {
		*where = "click.templates";
		rc = web_files_open(cc->templates, &w->files, why);
	}
	if (rc == RC_OK) {
		*where = "user";
		rc = ground_become(&p->ground);
	}
	if (rc == RC_OK) {
		*where = "keys";
		rc = keyring_ensure(keyring_of(gc->state_dir, KEYRING_CLICK), clock_wall_ms() / 1000, &w->keys, why);
	}
	if (rc == RC_OK) {
		*where = "confine";
		rc = lock_up(p, gc, why);
	}
	if (rc == RC_OK) {
		*where = "services";
		w->blocked = blocked_open(gc->state_dir);
		rc = judge_open(w->conf, w->lc, &w->judge, why);
	}
	if (rc == RC_OK) {
		*where = "ledger";
		rc = web_ledger_open(w, gc->state_dir, why);
	}
	if (rc == RC_OK) {
		*where = "clicks.jsonl";
		rc = clicklog_open(w->conf, w->lc, &w->record);
	}
	w->burst = burst_new();
	if (rc == RC_OK) {
		*where = "server";
		rc = server_start(w, p->fd, &p->server, why);
	}
	if (rc == RC_OK)
		p->fd = -1;
	return rc;
}

static void
tear_down(struct program *p)
{
	struct web *w = &p->web;

	server_stop(&p->server);
	web_ledger_close(w);
	clicklog_close(&w->record);
	judge_close(&w->judge);
	blocked_close(&w->blocked);
	burst_free(&w->burst);
	keyring_close(&w->keys);
	if (w->files.pool)
		pool_free(&w->files.pool);
	if (p->fd >= 0)
		close(p->fd);
	conf_put(&w->conf);
}

static void
reload(struct program *p)
{
	struct conf *next = NULL, *running = web_conf_get(&p->web);
	struct buf errors, waits;

	notify_reloading();
	buf_init(&errors, WHY_BYTES);
	buf_init(&waits, WHY_BYTES);
	if (settings_reload(p->path, running, &next, &errors, &waits) == RC_OK) {
		judge_reload(p->web.judge, next);
		web_conf_set(&p->web, next);
		log_put(p->web.lc, LOG_LEVEL_INFO, "reloaded", LOG_NUM("pid", getpid()));
	} else {
		log_lines(p->web.lc, LOG_LEVEL_ERR, "configuration", "error", buf_str(&errors));
	}
	log_lines(p->web.lc, LOG_LEVEL_WARNING, "restart", "needed_for", buf_str(&waits));
	buf_clear(&errors);
	buf_clear(&waits);
	conf_put(&running);
	notify_ready("serving");
}

static void
serve(struct program *p, int signals)
{
	struct pollfd fd = { .fd = signals, .events = POLLIN };
	int64_t alive_ms = notify_alive_ms(), next_ms = 0;
	struct signalfd_siginfo si;
	bool stop = false;

	while (!stop) {
		if (poll(&fd, 1, TICK_MS) > 0 && read(signals, &si, sizeof(si)) == (ssize_t)sizeof(si)) {
			if (si.ssi_signo == SIGHUP || si.ssi_signo == SIGUSR1)
				reload(p);
			else
				stop = true;
		}
		server_tick(p->server);
		if (alive_ms && clock_mono_ms() >= next_ms) {
			notify_alive();
			next_ms = clock_mono_ms() + alive_ms;
		}
	}
}

/* Each connection is a descriptor, and what links are judged by needs some more. */
static void
raise_limit(struct program *p, const struct click_conf *cc)
{
	struct rlimit lim;
	rlim_t want = (rlim_t)cc->connections_max + DESCRIPTORS_SPARE;

	if (getrlimit(RLIMIT_NOFILE, &lim) != 0 || lim.rlim_cur >= want)
		return;
	lim.rlim_cur = lim.rlim_max < want ? lim.rlim_max : want;
	if (setrlimit(RLIMIT_NOFILE, &lim) != 0 || lim.rlim_cur < want)
		log_put(p->web.lc, LOG_LEVEL_WARNING, "descriptors", LOG_NUM("have", lim.rlim_cur), LOG_NUM("want", want));
}

static int
run(struct program *p)
{
	const struct click_conf *cc = conf_values(p->web.conf, &click_table);
	int signals = ground_signals(0), status = EX_OK;
	const char *where = "";
	struct buf why;
	enum rc rc;

	buf_init(&why, WHY_BYTES);
	p->web.lc = (struct log_ctx){ &p->log, "-" };
	pthread_mutex_init(&p->web.conf_lock, NULL);
	raise_limit(p, cc);
	rc = set_up(p, &why, &where);
	if (rc == RC_OK) {
		log_put(p->web.lc, LOG_LEVEL_INFO, "started", LOG_CSTR("version", SEKIMORI_VERSION),
		    LOG_NUM("pid", getpid()), LOG_STR("listen", cc->listen), LOG_STR("url", cc->url));
		notify_ready("serving");
		serve(p, signals);
		notify_stopping();
		log_put(p->web.lc, LOG_LEVEL_INFO, "stopped", LOG_NUM("pid", getpid()), LOG_NUM("served", p->web.served));
	} else {
		status = fail(p, rc, where, &why);
	}
	tear_down(p);
	buf_clear(&why);
	close(signals);
	return status;
}

static int
usage(void)
{
	fprintf(stderr, "usage: sekimori-web [-fV] [-c file]\n");
	return EX_USAGE;
}

int
main(int argc, char **argv)
{
	static struct program p = { .fd = -1 };
	struct buf errors;
	bool background = true;
	int c;

	while ((c = getopt(argc, argv, "c:fV")) != -1) {
		switch (c) {
		case 'c': p.path = optarg; break;
		case 'f': background = false; break;
		case 'V': printf("sekimori-web %s\n", SEKIMORI_VERSION); return EX_OK;
		default: return usage();
		}
	}
	if (optind != argc)
		return usage();
	buf_init(&errors, WHY_BYTES);
	if (settings_load(p.path, &p.web.conf, &errors) != RC_OK) {
		fprintf(stderr, "%s", buf_cstr(&errors));
		return EX_CONFIG;
	}
	buf_clear(&errors);
	if (background && daemon(1, 1) != 0)
		return EX_OSERR;
	logsink_init(&p.log, conf_values(p.web.conf, &gate_table), "sekimori-web");
	return run(&p);
}
