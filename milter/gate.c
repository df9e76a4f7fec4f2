/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "milter/gate.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fdio.h"
#include "click/click_opts.h"
#include "conf/limits_opts.h"
#include "gate/control.h"
#include "gate/dmarc_rows.h"
#include "gate/ledger.h"
#include "gate/refusals.h"
#include "gate/settings.h"
#include "milter/gate_ops.h"
#include "milter/link.h"
#include "milter/logsink.h"
#include "milter/milter.h"
#include "milter/thread.h"

/* START_MS: the master's first frame. GRACE_MS: what libmilter needs to write its last answers once
 * our callbacks have returned. FDS_PER_SESSION: the MTA, the spool twice, a worker. */
enum { START_MS = 30000, GRACE_MS = 200, STEP_MS = 20, FDS_PER_SESSION = 4,
       FDS_OTHER = 256 };

static void
raise_descriptors(struct gate *g, const struct conf *conf)
{
	const struct gate_conf *gc = conf_values(conf, &gate_table);
	rlim_t want = (rlim_t)gc->sessions_max * FDS_PER_SESSION + FDS_OTHER;
	struct rlimit lim;

	want += want / 3;		/* a quarter of all is the resolver's, net/dns_unbound.c */
	if (getrlimit(RLIMIT_NOFILE, &lim) != 0 || lim.rlim_cur >= want)
		return;
	lim.rlim_cur = want < lim.rlim_max ? want : lim.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &lim) != 0 || lim.rlim_cur < want)
		log_put(g->lc, LOG_LEVEL_WARNING, "descriptors", LOG_NUM("have", lim.rlim_cur),
		    LOG_NUM("sessions_max_needs", want));
}

/* Without it mail goes on, only references cannot be explained. */
static void
keep_refusals(struct gate *g)
{
	const struct gate_conf *gc = conf_values(g->conf, &gate_table);
	struct pool *pool = pool_new(0);

	if (gc->refusals_max && gc->state_dir.n &&
	    journal_open(refusals_path(pool, gc->state_dir), (uint64_t)gc->refusals_max, g->lc, &g->refusals) != RC_OK)
		log_put(g->lc, LOG_LEVEL_WARNING, "journal", LOG_CSTR("error", "no thread for refusals.jsonl"));
	pool_free(&pool);
}

/* Nor is mail held up when there is nothing to report to domain owners. */
static void
keep_dmarc_rows(struct gate *g)
{
	const struct gate_conf *gc = conf_values(g->conf, &gate_table);

	if (dmarc_rows_open(conf_values(g->conf, &dmarc_rows_table), gc->state_dir, g->lc, &g->dmarc_rows) != RC_OK)
		log_put(g->lc, LOG_LEVEL_WARNING, "journal", LOG_CSTR("error", "no thread for the rows of DMARC reports"));
}

/* Without keys links stay as they are, which the policy that wants them rewritten is told of. */
static void
keep_click_keys(struct gate *g, const struct conf *conf)
{
	const struct gate_conf *gc = conf_values(conf, &gate_table);
	const struct click_conf *cc = conf_values(conf, &click_table);
	struct keyring *keys = NULL;
	struct buf why;

	if (cc->url.n == 0 || atomic_load(&g->click_keys))
		return;
	buf_init(&why, 4096);
	if (keyring_ensure(keyring_of(gc->state_dir, KEYRING_CLICK), clock_wall_ms() / 1000, &keys, &why) == RC_OK)
		atomic_store(&g->click_keys, keys);
	else
		log_put(g->lc, LOG_LEVEL_ERR, "keys", LOG_STR("error", buf_str(&why)), LOG_CSTR("links", "not rewritten"));
	buf_clear(&why);
}

static void
take_conf(struct gate_process *p, int fd)
{
	struct conf *conf;
	struct buf why;

	buf_init(&why, 4096);
	if (conf_take(fd, settings, &conf, &why) == RC_OK) {
		workers_set(p->gate.workers, conf, conf_values(conf, &limits_table));
		services_reload(&p->services, conf);
		keep_click_keys(&p->gate, conf);
		pipeline_swap(&p->gate, conf);
		raise_descriptors(&p->gate, conf);
	} else {
		log_put(p->gate.lc, LOG_LEVEL_ERR, "configuration", LOG_STR("error", buf_str(&why)));
	}
	buf_clear(&why);
}

/* The answer also says that nobody sits on the locks that every message needs. */
static void
say_alive(struct gate_process *p)
{
	struct conf *conf = pipeline_conf(&p->gate);
	struct workers_status status;

	conf_put(&conf);
	workers_status(p->gate.workers, &status);
	gate_ops_say(p, LINK_PONG, STR_NONE);
}

static void
on_frame(struct gate_process *p, struct fdio_frame *f)
{
	switch ((enum link_tag)f->tag) {
	case LINK_CONF:
		if (f->n_fds == 1)
			take_conf(p, f->fds[0]);
		break;
	case LINK_ENGINES:
		gate_ops_engines(p, f->body);	/* first: who serves is known */
		if (f->n_fds == 1)
			workers_use(p->gate.workers, f->fds[0]);
		f->n_fds = 0;		/* taken */
		break;
	case LINK_SUSPEND:
		workers_use(p->gate.workers, -1);
		break;
	case LINK_HOPELESS:
		workers_give_up(p->gate.workers);
		break;
	case LINK_PING:
		say_alive(p);
		break;
	case LINK_STOP:
		milter_stop();
		break;
	case LINK_RELOADED:
		gate_ops_reloaded(p, f->body);
		break;
	case LINK_START:
	case LINK_UP:
	case LINK_PONG:
	case LINK_CLOSED:
	case LINK_RELOAD:
		break;
	}
	fdio_close_fds(f);
}

/* The master's frames; when the master has gone, nobody would start us again: leave. */
static void *
follow_master(void *arg)
{
	struct gate_process *p = arg;
	struct fdio_frame f;
	struct buf in;
	enum rc rc;

	buf_init(&in, LINK_BODY);
	do {
		rc = fdio_recv(LINK_FD, &in, &f, INT64_MAX);
		if (rc == RC_OK)
			on_frame(p, &f);
	} while (rc == RC_OK || rc == RC_TEMP);
	log_put(p->gate.lc, LOG_LEVEL_ERR, "master", LOG_CSTR("error", "gone"));
	milter_stop();
	return NULL;
}

/* Messages that have ended but are not answered yet: the MTA would send them again. */
static void
drain(struct gate_process *p)
{
	struct conf *conf = pipeline_conf(&p->gate);
	const struct gate_conf *gc = conf_values(conf, &gate_table);
	const struct timespec step = { 0, STEP_MS * 1000000L }, grace = { 0, GRACE_MS * 1000000L };
	int64_t deadline = clock_mono_ms() + gc->drain_ms;
	uint64_t left;

	while ((left = atomic_load(&p->gate.counts.at_end)) > 0 && clock_mono_ms() < deadline)
		nanosleep(&step, NULL);
	nanosleep(&grace, NULL);
	journal_flush(p->gate.refusals, clock_mono_ms() + GRACE_MS);
	journal_flush(p->gate.dmarc_rows, clock_mono_ms() + GRACE_MS);
	log_put(p->gate.lc, left ? LOG_LEVEL_WARNING : LOG_LEVEL_INFO, "stopped", LOG_NUM("unanswered", left));
	conf_put(&conf);
}

static enum rc
start(struct gate_process *p, int *milter, int *control, struct buf *why)
{
	struct fdio_frame f;
	struct buf in;
	enum rc rc;

	buf_init(&in, LINK_BODY);
	rc = fdio_recv(LINK_FD, &in, &f, clock_mono_ms() + START_MS);
	if (rc == RC_OK && (f.tag != LINK_START || f.n_fds < 2))
		rc = RC_BAD;
	if (rc == RC_OK) {
		*milter = f.fds[1];
		*control = f.n_fds > 2 ? f.fds[2] : -1;
		snprintf(p->conf_path, sizeof(p->conf_path), "%.*s", STR_ARG(f.body));
		rc = conf_take(f.fds[0], settings, &p->first, why);
		close(f.fds[0]);
	} else {
		buf_adds(why, "no word from the master");
	}
	buf_clear(&in);
	return rc;
}

static int
serve(struct gate_process *p, int milter, int control)
{
	struct control *door = NULL;

	gate_ops_init(p);
	if (thread_start(follow_master, p) != RC_OK)
		return EX_OSERR;
	if (control >= 0 && control_open(control, &p->ops, p->gate.lc, &door) != RC_OK)
		return EX_OSERR;
	gate_ops_say(p, LINK_UP, STR_NONE);
	if (milter_serve(&p->gate, milter) != RC_OK)
		return EX_UNAVAILABLE;
	gate_ops_say(p, LINK_CLOSED, STR_NONE);
	drain(p);
	return EX_OK;
}

int
gate_main(void)
{
	static struct gate_process p;	/* threads use it until the process ends */
	static struct log log;
	const struct gate_conf *gc;
	int milter, control, status;
	sigset_t all, before;
	struct buf why;
	enum rc rc;

	setpgid(0, 0);			/* a terminal's ^C is the master's business */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGUSR1, SIG_IGN);
	thread_defaults();
	buf_init(&why, 4096);
	if (start(&p, &milter, &control, &why) != RC_OK) {
		fprintf(stderr, "sekimorid gate: %s\n", buf_cstr(&why));
		return EX_CONFIG;
	}
	logsink_init(&log, conf_values(p.first, &gate_table), "sekimorid");
	p.gate.conf = conf_get(p.first);
	p.gate.lc = (struct log_ctx){ &log, "-" };
	gc = conf_values(p.first, &gate_table);
	raise_descriptors(&p.gate, p.first);	/* the resolver takes its share of them */
	/* Libraries start threads here: none may take the signal that libmilter waits for, whose default
	 * action would end the process in the middle of its mail. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = services_open(p.first, gc->state_dir, p.gate.lc, &p.services, &why);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (rc != RC_OK) {
		log_put(p.gate.lc, LOG_LEVEL_ERR, "services", LOG_STR("error", buf_str(&why)));
		return EX_CONFIG;
	}
	p.gate.services = &p.services;
	p.gate.workers = workers_new(p.first, conf_values(p.first, &limits_table), p.gate.lc);
	rc = ledger_open(p.first, gc->state_dir, RECORDS_GATE, p.gate.lc, &p.gate.ledger, &why);
	if (rc != RC_OK) {
		log_put(p.gate.lc, LOG_LEVEL_ERR, "ledger", LOG_STR("error", buf_str(&why)));
		return EX_CANTCREAT;
	}
	buf_clear(&why);
	keep_refusals(&p.gate);
	keep_dmarc_rows(&p.gate);
	keep_click_keys(&p.gate, p.first);
	/* No tidying up: threads may be at work, the end of the process is the end of all. */
	status = serve(&p, milter, control);
	services_save(&p.services);
	_exit(status);
}
