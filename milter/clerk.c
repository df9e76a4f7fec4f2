/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* The jobs process as a child of the master: mail never waits for it. */
#include <unistd.h>

#include "base/clock.h"
#include "base/fdio.h"
#include "gate/settings.h"
#include "milter/master.h"

static void
say(struct master *m, enum link_tag tag, const int *fd)
{
	struct fdio_frame f = { .tag = tag, .n_fds = fd ? 1 : 0 };

	if (m->clerk.pid == 0 || m->clerk.link < 0)
		return;
	if (fd)
		f.fds[0] = *fd;
	if (fdio_send(m->clerk.link, &f, clock_mono_ms() + LINK_SEND_MS) != RC_OK)
		fdio_close(&m->clerk.link);	/* without it the process ends itself */
}

static void
start(struct master *m)
{
	static char name[] = "sekimorid-jobs", arg[] = JOBS_ARG;
	char *const argv[] = { name, arg, NULL };
	struct keeper *k = &m->clerk;
	int conf;

	k->start_at = backoff_next(&k->backoff);
	if (conf_pass(m->conf, &conf) != RC_OK)
		return;
	if (child_start(m, k, argv))
		say(m, LINK_START, &conf);
	close(conf);
}

void
clerk_tick(struct master *m)
{
	struct keeper *k = &m->clerk;
	const struct gate_conf *gc = conf_values(m->conf, &gate_table);

	if (k->pid) {
		if (master_asks(m, &k->pulse, k->pid, "jobs"))
			say(m, LINK_PING, NULL);
	} else if (!m->stopping && m->ready && gc->state_dir.n && clock_mono_ms() >= k->start_at) {
		start(m);
	}
}

void
clerk_frame(struct master *m)
{
	struct keeper *k = &m->clerk;
	struct fdio_frame f;

	if (!child_hear(m, k, &f))
		return;
	if (f.tag == LINK_UP)
		log_put(m->lc, LOG_LEVEL_INFO, "jobs", LOG_CSTR("state", "serving"), LOG_NUM("pid", k->pid));
}

void
clerk_conf(struct master *m)
{
	int conf;

	if (m->clerk.pid == 0 || conf_pass(m->conf, &conf) != RC_OK)
		return;
	say(m, LINK_CONF, &conf);
	close(conf);
}

bool
clerk_dead(struct master *m, pid_t pid, int status)
{
	if (!child_dead(&m->clerk, pid))
		return false;
	if (!m->stopping)
		child_again(m, &m->clerk, "jobs", status);
	return true;
}

void
clerk_stop(struct master *m)
{
	say(m, LINK_STOP, NULL);
}
