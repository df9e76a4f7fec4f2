/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "jobs/errand.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fdio.h"
#include "worker/sandbox.h"

enum rc
errand_start(struct errand *e, int (*run)(void *arg, int result), void *arg, int64_t by_ms)
{
	int pair[2] = { -1, -1 };

	*e = (struct errand){ .end = -1, .result = -1, .by_ms = by_ms };
	if (fdio_memfd("errand", STR_NONE, &e->result) != RC_OK || pipe2(pair, O_CLOEXEC) != 0) {
		fdio_close(&e->result);
		return RC_TEMP;
	}
	e->pid = fork();
	if (e->pid == 0) {
		const int keep[] = { STDERR_FILENO, e->result, pair[1] };

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		sandbox_close_fds(keep, sizeof(keep) / sizeof(keep[0]));
		_exit(run(arg, e->result));
	}
	close(pair[1]);
	e->end = pair[0];
	if (e->pid > 0)
		return RC_OK;
	e->pid = 0;
	errand_clear(e);
	return RC_TEMP;
}

bool
errand_ended(struct errand *e)
{
	if (e->pid == 0)
		return true;
	if (!e->late && clock_mono_ms() >= e->by_ms) {
		e->late = true;
		kill(e->pid, SIGKILL);
	}
	if (waitpid(e->pid, &e->status, WNOHANG) != e->pid)
		return false;
	e->pid = 0;
	return true;
}

enum rc
errand_result(struct errand *e, struct str *out, struct buf *why)
{
	if (e->late)
		buf_adds(why, "late, was killed");
	else if (WIFSIGNALED(e->status))
		buf_printf(why, "the process that reads it died of signal %d", WTERMSIG(e->status));
	else if (WEXITSTATUS(e->status) != 0)
		buf_printf(why, "the process that reads it failed (%d)", WEXITSTATUS(e->status));
	else if (fdio_map(e->result, &e->map) != RC_OK)
		buf_printf(why, "no result: %s", strerror(errno));
	else {
		*out = e->map;
		return RC_OK;
	}
	return RC_TEMP;
}

void
errand_clear(struct errand *e)
{
	if (e->pid > 0) {
		kill(e->pid, SIGKILL);
		waitpid(e->pid, NULL, 0);
	}
	e->pid = 0;
	fdio_unmap(&e->map);
	fdio_close(&e->end);
	fdio_close(&e->result);
}
