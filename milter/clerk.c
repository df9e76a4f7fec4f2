/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* The jobs process as a child of the master: mail never waits for it. */
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fdio.h"
#include "gate/settings.h"
#include "milter/master.h"

enum { READ_MS = 1000 };

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

/* In the child. The master has no threads, so any call is safe between fork and exec. */
_Noreturn static void
become_clerk(const struct master *m, int sock)
{
	static char name[] = "sekimorid-jobs", arg[] = JOBS_ARG;
	char *const argv[] = { name, arg, NULL };
	sigset_t none;

	if (dup2(sock, LINK_FD) < 0 || syscall(SYS_close_range, LINK_FD + 1, ~0u, 0) != 0 ||
	    ground_become(&m->ground) != RC_OK)
		_exit(EX_OSERR);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execv("/proc/self/exe", argv);
	_exit(EX_OSERR);
}

static void
start(struct master *m)
{
	struct keeper *k = &m->clerk;
	int pair[2], conf;

	k->start_at = backoff_next(&k->backoff);
	if (conf_pass(m->conf, &conf) != RC_OK)
		return;
	if (fdio_pair(pair) == RC_OK) {
		k->pid = fork();
		if (k->pid == 0)
			become_clerk(m, pair[1]);
		close(pair[1]);
		k->link = pair[0];
		k->pid = k->pid < 0 ? 0 : k->pid;
	}
	if (k->pid) {
		k->answered = clock_mono_ms();
		pulse_start(&k->pulse, k->answered);
		say(m, LINK_START, &conf);
	} else {
		fdio_close(&k->link);
	}
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

	if (fdio_recv(k->link, &m->in, &f, clock_mono_ms() + READ_MS) != RC_OK) {
		fdio_close(&k->link);		/* its death comes as a signal */
		return;
	}
	fdio_close_fds(&f);
	k->answered = clock_mono_ms();
	pulse_answer(&k->pulse, k->answered);
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
	struct keeper *k = &m->clerk;

	if (k->pid == 0 || pid != k->pid)
		return false;
	k->pid = 0;
	fdio_close(&k->link);
	if (m->stopping)
		return true;
	k->start_at = backoff_next(&k->backoff);
	log_put(m->lc, LOG_LEVEL_ERR, "jobs", LOG_CSTR("error", "died"), LOG_NUM("status", status),
	    LOG_NUM("next_try_ms", k->start_at > clock_mono_ms() ? k->start_at - clock_mono_ms() : 0));
	return true;
}

void
clerk_stop(struct master *m)
{
	say(m, LINK_STOP, NULL);
}

void
clerk_kill(struct master *m)
{
	if (m->clerk.pid == 0)
		return;
	kill(m->clerk.pid, SIGKILL);
	waitpid(m->clerk.pid, NULL, 0);
	m->clerk.pid = 0;
}
