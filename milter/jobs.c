/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "milter/jobs.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fdio.h"
#include "gate/settings.h"
#include "jobs/jobs.h"
#include "milter/link.h"
#include "milter/logsink.h"

enum { START_MS = 30000, READ_MS = 1000, TICK_MS = 250, WHY = 4096 };

struct process {
	struct log log;
	struct log_ctx lc;
	struct jobs *jobs;
	struct buf in;
	bool stopping;
};

static void
take_conf(struct process *p, int fd)
{
	struct conf *conf;
	struct buf why;

	buf_init(&why, WHY);
	if (conf_take(fd, settings, &conf, &why) == RC_OK) {
		jobs_conf(p->jobs, conf);
		conf_put(&conf);
	} else {
		log_put(p->lc, LOG_LEVEL_ERR, "configuration", LOG_STR("error", buf_str(&why)));
	}
	buf_clear(&why);
}

static void
say(struct process *p, enum link_tag tag)
{
	struct fdio_frame f = { .tag = tag };

	if (fdio_send(LINK_FD, &f, clock_mono_ms() + LINK_SEND_MS) != RC_OK)
		p->stopping = true;	/* the master has gone: nobody would start us again */
}

static void
on_frame(struct process *p)
{
	struct fdio_frame f;

	if (fdio_recv(LINK_FD, &p->in, &f, clock_mono_ms() + READ_MS) != RC_OK) {
		p->stopping = true;
		return;
	}
	if (f.tag == LINK_CONF && f.n_fds == 1)
		take_conf(p, f.fds[0]);
	else if (f.tag == LINK_PING)
		say(p, LINK_PONG);
	else if (f.tag == LINK_STOP)
		p->stopping = true;
	fdio_close_fds(&f);
}

static enum rc
start(struct process *p, struct conf **conf, struct buf *why)
{
	struct fdio_frame f;
	enum rc rc = fdio_recv(LINK_FD, &p->in, &f, clock_mono_ms() + START_MS);

	if (rc != RC_OK || f.tag != LINK_START || f.n_fds != 1) {
		buf_adds(why, "no word from the master");
		return RC_BAD;
	}
	rc = conf_take(f.fds[0], settings, conf, why);
	fdio_close_fds(&f);
	return rc;
}

static void
serve(struct process *p)
{
	struct pollfd fd = { .fd = LINK_FD, .events = POLLIN };

	say(p, LINK_UP);
	while (!p->stopping) {
		if (poll(&fd, 1, TICK_MS) > 0)
			on_frame(p);
		if (!p->stopping)
			jobs_tick(p->jobs);
	}
}

int
jobs_main(void)
{
	static struct process p;
	const struct gate_conf *gc;
	struct conf *conf = NULL;
	struct pool *pool;
	struct buf why;

	setpgid(0, 0);			/* a terminal's ^C is the master's business */
	signal(SIGPIPE, SIG_IGN);
	buf_init(&p.in, LINK_BODY);
	buf_init(&why, WHY);
	if (start(&p, &conf, &why) != RC_OK) {
		fprintf(stderr, "sekimorid jobs: %s\n", buf_cstr(&why));
		return EX_CONFIG;
	}
	buf_clear(&why);
	gc = conf_values(conf, &gate_table);
	logsink_init(&p.log, gc, "sekimorid");
	p.lc = (struct log_ctx){ &p.log, "-" };
	pool = pool_new(0);
	p.jobs = jobs_new(conf, pool_cstr(pool, gc->state_dir), p.lc);
	serve(&p);
	jobs_free(&p.jobs);
	pool_free(&pool);
	conf_put(&conf);
	return EX_OK;
}
