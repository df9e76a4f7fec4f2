/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* The gate as a child: start it, hand it engines, see that it lives, start it again. */
#include <sysexits.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fdio.h"
#include "base/rd.h"
#include "gate/settings.h"
#include "milter/master.h"
#include "worker/wire.h"

void
keeper_say(struct master *m, enum link_tag tag, struct str body, const int *fds, size_t n_fds)
{
	struct fdio_frame f = { .tag = tag, .body = body, .n_fds = n_fds };

	if (m->gate.pid == 0)
		return;
	for (size_t i = 0; i < n_fds; i++)
		f.fds[i] = fds[i];
	/* A gate that does not read for so long is beyond help; keeper_tick sees its silence. */
	if (fdio_send(m->gate.link, &f, clock_mono_ms() + LINK_SEND_MS) != RC_OK)
		log_put(m->lc, LOG_LEVEL_ERR, "gate", LOG_CSTR("error", "does not listen"));
}

/* A gate without engines answers nothing, so it only starts when there are some. */
static void
start(struct master *m)
{
	static char name[] = "sekimorid-gate", arg[] = GATE_ARG;
	char *const argv[] = { name, arg, NULL };
	struct keeper *k = &m->gate;
	int fds[3] = { -1, m->ground.milter, m->ground.control };

	k->start_at = backoff_next(&k->backoff);
	if (conf_pass(m->conf, &fds[0]) != RC_OK) {
		fdio_close(&fds[0]);
		return;
	}
	if (child_start(m, k, argv)) {
		m->ticket = 0;		/* a new gate counts its questions from the start */
		keeper_say(m, LINK_START, str_of(m->path), fds, m->ground.control >= 0 ? 3 : 2);
		keeper_hand_over(m, false);
		if (m->hopeless)
			keeper_say(m, LINK_HOPELESS, STR_NONE, NULL, 0);
	}
	close(fds[0]);
}

void
keeper_hand_over(struct master *m, bool conf)
{
	struct set *s = sets_serving(m);
	int channel, fd;

	if (m->gate.pid == 0 || !s)
		return;
	if (conf && conf_pass(m->conf, &fd) == RC_OK) {
		keeper_say(m, LINK_CONF, STR_NONE, &fd, 1);
		close(fd);
	}
	if (zygote_client(&s->zygote, &channel) != RC_OK) {
		log_put(m->lc, LOG_LEVEL_ERR, "zygote", LOG_CSTR("error", "no channel"));
		return;
	}
	keeper_say(m, LINK_ENGINES, buf_str(&s->info), &channel, 1);
	close(channel);
}

void
keeper_tick(struct master *m)
{
	struct keeper *k = &m->gate;
	int64_t now = clock_mono_ms();

	if (k->pid == 0) {
		if (!m->stopping && m->ready && now >= k->start_at)
			start(m);
		return;
	}
	if (master_asks(m, &k->pulse, k->pid, "gate"))
		keeper_say(m, LINK_PING, STR_NONE, NULL, 0);
}

static void
asked_to_reload(struct master *m, struct str body)
{
	struct rd r = { .in = body };
	uint32_t ticket = rd_u32(&r);

	if (!r.err)
		reload_ask(m, ticket, "asked by sekimorictl");
}

void
keeper_frame(struct master *m)
{
	struct keeper *k = &m->gate;
	struct fdio_frame f;

	if (!child_hear(m, k, &f))
		return;
	if (f.tag == LINK_UP) {
		k->up = true;
		log_put(m->lc, LOG_LEVEL_INFO, "gate", LOG_CSTR("state", "serving"), LOG_NUM("pid", k->pid));
		master_up(m);
	} else if (f.tag == LINK_CLOSED && m->stopping) {
		ground_close_sockets(m->started, &m->ground);
	} else if (f.tag == LINK_RELOAD) {
		asked_to_reload(m, f.body);
	}
}

bool
keeper_dead(struct master *m, pid_t pid, int status)
{
	if (!child_dead(&m->gate, pid))
		return false;
	if (m->stopping)
		m->exit_status = EX_OK;
	else
		child_again(m, &m->gate, "gate", status);
	return true;
}

void
keeper_stop(struct master *m)
{
	if (m->gate.pid == 0)
		m->exit_status = EX_OK;
	else
		keeper_say(m, LINK_STOP, STR_NONE, NULL, 0);
}
