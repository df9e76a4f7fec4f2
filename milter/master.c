/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "milter/master.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fdio.h"
#include "gate/settings.h"
#include "milter/logsink.h"
#include "milter/notify.h"

/* TICK_MS: how late a timer may be. STOP_ROOM_MS: what the gate needs beyond drain_ms. CLOSE_MS: how
 * long it may take connections after it was told to stop. */
enum { TICK_MS = 250, STOP_ROOM_MS = 3000, CLOSE_MS = 1000, ERRORS_BYTES = 64 * 1024 };

int64_t
backoff_next(struct backoff *b)
{
	int64_t now = clock_mono_ms();

	if (b->started == 0 || now - b->started > STEADY_MS)
		b->wait_ms = 0;
	else
		b->wait_ms = b->wait_ms ? b->wait_ms * 2 : BACKOFF_FIRST_MS;
	if (b->wait_ms > BACKOFF_MAX_MS)
		b->wait_ms = BACKOFF_MAX_MS;
	b->started = now + b->wait_ms;
	return b->started;
}

bool
master_asks(struct master *m, struct pulse *pulse, pid_t pid, const char *whom)
{
	const struct gate_conf *gc = conf_values(m->conf, &gate_table);
	enum pulse_news news = m->stopping ? PULSE_WELL : pulse_look(pulse, gc->hang_ms, clock_mono_ms());

	if (news == PULSE_HUNG) {
		log_put(m->lc, LOG_LEVEL_ERR, whom, LOG_CSTR("error", "hangs, is killed"), LOG_NUM("pid", pid));
		kill(pid, SIGKILL);	/* its death comes as a signal, as any other */
	}
	return news == PULSE_ASK;
}

/* Only before the first set serves: afterwards we carry on with what we have. */
void
master_fatal(struct master *m, int status, struct str text)
{
	const struct gate_conf *gc = conf_values(m->conf, &gate_table);

	log_lines(m->lc, LOG_LEVEL_ERR, "start", "error", text);
	if (gc->log_to != 0)		/* who sits at the terminal must see it, too */
		fprintf(stderr, "sekimorid: cannot start: %.*s\n", STR_ARG(text));
	m->exit_status = status;
}

void
master_up(struct master *m)
{
	notify_ready("serving");
	if (m->ready_fd < 0)
		return;
	if (write(m->ready_fd, "", 1) < 0)
		errno = 0;		/* who waited has gone: nothing to tell then */
	fdio_close(&m->ready_fd);
}

static void
stop(struct master *m)
{
	const struct gate_conf *gc = conf_values(m->conf, &gate_table);

	if (m->stopping)
		return;
	log_put(m->lc, LOG_LEVEL_INFO, "stopping", LOG_NUM("pid", getpid()));
	notify_stopping();
	m->stopping = true;
	m->stop_by = clock_mono_ms() + gc->drain_ms + STOP_ROOM_MS;
	m->close_by = clock_mono_ms() + CLOSE_MS;
	clerk_stop(m);
	keeper_stop(m);
}

static void
reap(struct master *m)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		if (!keeper_dead(m, pid, status) && !clerk_dead(m, pid, status) && !sets_dead(m, pid, status))
			log_put(m->lc, LOG_LEVEL_DEBUG, "child", LOG_NUM("pid", pid));
}

static void
on_signal(struct master *m, int fd)
{
	struct signalfd_siginfo si;

	if (read(fd, &si, sizeof(si)) != (ssize_t)sizeof(si))
		return;
	if (si.ssi_signo == SIGTERM || si.ssi_signo == SIGINT)
		stop(m);
	else if (si.ssi_signo == SIGUSR1 || si.ssi_signo == SIGHUP)
		reload_ask(m, 0, "signal");
	reap(m);
}

static void
tick(struct master *m)
{
	sets_tick(m);
	keeper_tick(m);
	clerk_tick(m);
	reload_look(m);
	if (m->stopping && clock_mono_ms() >= m->close_by)
		ground_close_sockets(m->started, &m->ground);
	if (m->stopping && clock_mono_ms() >= m->stop_by) {
		log_put(m->lc, LOG_LEVEL_WARNING, "stopping", LOG_CSTR("error", "the gate is late and is killed"));
		m->exit_status = EX_OK;
	}
}

/* The service manager hears of us only while the gate answers. */
static void
watchdog(struct master *m, int64_t every_ms, int64_t *next)
{
	int64_t now = clock_mono_ms();

	if (every_ms == 0 || now < *next)
		return;
	if (!m->ready || now - m->gate.answered < 2 * every_ms)
		notify_alive();
	*next = now + every_ms;
}

static void
loop(struct master *m, int signals)
{
	int64_t alive_ms = notify_alive_ms(), alive_at = 0;

	while (m->exit_status < 0) {
		struct pollfd p[3 + SETS] = { { .fd = signals, .events = POLLIN },
		    { .fd = m->gate.pid ? m->gate.link : -1, .events = POLLIN },
		    { .fd = m->clerk.pid ? m->clerk.link : -1, .events = POLLIN } };

		for (size_t i = 0; i < SETS; i++)
			p[3 + i] = (struct pollfd){ .events = POLLIN,
			    .fd = m->sets[i].state == SET_FREE ? -1 : m->sets[i].zygote.supervisor };
		if (poll(p, 3 + SETS, TICK_MS) > 0) {
			for (size_t i = 0; i < SETS; i++)
				if (p[3 + i].revents)
					sets_frame(m, &m->sets[i]);
			if (p[1].revents)
				keeper_frame(m);
			if (p[2].revents)
				clerk_frame(m);
			if (p[0].revents)
				on_signal(m, signals);
		}
		tick(m);
		watchdog(m, alive_ms, &alive_at);
	}
}

/* Leave the starter's terminal; its process ends when the first gate serves. Returns the
 * descriptor to tell it on, or -1 in the foreground. */
static int
go_to_background(void)
{
	int pipefd[2];
	char byte;
	pid_t pid;
	int status;

	if (pipe2(pipefd, O_CLOEXEC) != 0)
		return -1;
	pid = fork();
	if (pid < 0)
		return -1;
	if (pid > 0) {
		close(pipefd[1]);
		if (read(pipefd[0], &byte, 1) == 1)
			_exit(EX_OK);
		_exit(waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status) : EX_SOFTWARE);
	}
	close(pipefd[0]);
	setsid();
	return pipefd[1];
}

static int
run(struct master *m, int signals)
{
	struct buf why;
	enum rc rc;

	buf_init(&why, ERRORS_BYTES);
	m->started = conf_get(m->conf);
	rc = ground_open(m->conf, &m->ground, &why);
	if (rc == RC_OK) {
		m->next = conf_get(m->conf);
		loop(m, signals);
	} else {
		master_fatal(m, rc == RC_BAD ? EX_CONFIG : rc == RC_LIMIT ? EX_UNAVAILABLE : EX_OSERR, buf_str(&why));
	}
	buf_clear(&why);
	child_kill(&m->gate);
	child_kill(&m->clerk);
	sets_end(m);
	ground_close_sockets(m->started, &m->ground);
	if (m->stopping)
		log_put(m->lc, LOG_LEVEL_INFO, "stopped", LOG_NUM("pid", getpid()));
	return m->exit_status;
}

int
master_main(const char *path, bool foreground)
{
	static struct master m;		/* as large as it lives long */
	static struct log log;
	struct buf errors;
	int signals;

	m = (struct master){ .path = path, .exit_status = -1, .ready_fd = -1, .gate = { .link = -1 },
	    .clerk = { .link = -1 },
	    .ground = { .lock = -1, .milter = -1, .control = -1 } };
	buf_init(&m.in, LINK_BODY);
	buf_init(&m.left_out, LINK_BODY);
	buf_init(&errors, ERRORS_BYTES);
	if (settings_load(path, &m.conf, &errors) != RC_OK) {
		fprintf(stderr, "%s", buf_cstr(&errors));
		return EX_CONFIG;
	}
	buf_clear(&errors);
	if (!foreground)
		m.ready_fd = go_to_background();
	signals = ground_signals(SIGCHLD);
	logsink_init(&log, conf_values(m.conf, &gate_table), "sekimorid");
	m.lc = (struct log_ctx){ &log, "-" };
	log_put(m.lc, LOG_LEVEL_INFO, "start", LOG_CSTR("version", SEKIMORI_VERSION), LOG_NUM("pid", getpid()));
	return run(&m, signals);
}
