/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* What the gate and the jobs process have in common: how they start, are heard and end. */
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fdio.h"
#include "milter/master.h"

enum { READ_MS = 1000 };

/* In the child. The master has no threads, so any call is safe between fork and exec. */
_Noreturn static void
become(const struct ground *ground, int sock, char *const argv[])
{
	sigset_t none;

	if (dup2(sock, LINK_FD) < 0 || syscall(SYS_close_range, LINK_FD + 1, ~0u, 0) != 0 ||
	    ground_become(ground) != RC_OK)
		_exit(EX_OSERR);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execv("/proc/self/exe", argv);
	_exit(EX_OSERR);
}

bool
child_start(const struct master *m, struct keeper *k, char *const argv[])
{
	int pair[2];

	if (fdio_pair(pair) != RC_OK)
		return false;
	k->pid = fork();
	if (k->pid == 0)
		become(&m->ground, pair[1], argv);
	close(pair[1]);
	k->link = pair[0];
	if (k->pid < 0) {
		k->pid = 0;
		fdio_close(&k->link);
		return false;
	}
	k->start_at = 0;
	k->up = false;
	k->answered = clock_mono_ms();
	pulse_start(&k->pulse, k->answered);
	return true;
}

bool
child_hear(struct master *m, struct keeper *k, struct fdio_frame *f)
{
	if (fdio_recv(k->link, &m->in, f, clock_mono_ms() + READ_MS) != RC_OK) {
		fdio_close(&k->link);		/* its death comes as a signal */
		return false;
	}
	fdio_close_fds(f);
	k->answered = clock_mono_ms();
	pulse_answer(&k->pulse, k->answered);
	return true;
}

bool
child_dead(struct keeper *k, pid_t pid)
{
	if (k->pid == 0 || pid != k->pid)
		return false;
	k->pid = 0;
	k->up = false;
	fdio_close(&k->link);
	return true;
}

void
child_again(const struct master *m, struct keeper *k, const char *whom, int status)
{
	k->start_at = backoff_next(&k->backoff);
	log_put(m->lc, LOG_LEVEL_ERR, whom, LOG_CSTR("error", "died"), LOG_NUM("status", status),
	    LOG_NUM("next_try_ms", k->start_at > clock_mono_ms() ? k->start_at - clock_mono_ms() : 0));
}

void
child_kill(struct keeper *k)
{
	if (k->pid == 0)
		return;
	kill(k->pid, SIGKILL);
	waitpid(k->pid, NULL, 0);
	k->pid = 0;
}
