/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* The supervisor's side: start the same program again, in a fresh address space, with nothing
 * inherited but the configuration (descriptor 3), the supervisor's socket (4) and stderr. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fdio.h"
#include "worker/wire.h"
#include "worker/zygote.h"
#include "worker/zygote_fds.h"

enum { SEND_MS = 5000, GROUPS_MAX = 256, PW_BYTES = 16384, SPARE_FD = 64 };

/* Whom the new process shall be. */
struct identity {
	bool change;
	uid_t uid;
	gid_t gid, groups[GROUPS_MAX];
	size_t n_groups;
};

static enum rc
look_up(const char *user, struct identity *id)
{
	char space[PW_BYTES];
	struct passwd pw, *found = NULL;
	int n = GROUPS_MAX;

	if (getpwnam_r(user, &pw, space, sizeof(space), &found) != 0 || !found)
		return RC_BAD;
	id->change = pw.pw_uid != geteuid();
	id->uid = pw.pw_uid;
	id->gid = pw.pw_gid;
	if (getgrouplist(user, pw.pw_gid, id->groups, &n) < 0)
		n = 1;		/* more groups than anybody needs: the first ones serve */
	id->n_groups = (size_t)n;
	return RC_OK;
}

static int
become(const struct identity *id)
{
	if (!id->change)
		return 0;
	return setgroups(id->n_groups, id->groups) != 0 || setgid(id->gid) != 0 || setuid(id->uid) != 0;
}

/* Between fork and exec: only calls that are safe in a copy of a threaded process. */
_Noreturn static void
turn_into_zygote(int conf_fd, int sock, const struct identity *id)
{
	char name[] = "sekimori-zygote", arg[] = ZYGOTE_ARG;
	char *const argv[] = { name, arg, NULL };
	/* First away from the numbers that dup2 is going to use. */
	int conf = fcntl(conf_fd, F_DUPFD, SPARE_FD), peer = fcntl(sock, F_DUPFD, SPARE_FD);
	int null = open("/dev/null", O_RDWR);
	sigset_t none;

	if (conf < 0 || peer < 0 || null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0 ||
	    dup2(conf, ZYGOTE_CONF_FD) < 0 || dup2(peer, ZYGOTE_SUPERVISOR_FD) < 0 ||
	    syscall(SYS_close_range, ZYGOTE_SUPERVISOR_FD + 1, ~0u, 0) != 0 || become(id) != 0)
		_exit(127);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execv("/proc/self/exe", argv);
	_exit(127);
}

static enum rc
start(const struct conf *conf, const struct identity *id, struct zygote *out)
{
	int pair[2], conf_fd;

	if (conf_pass(conf, &conf_fd) != RC_OK)
		return RC_TEMP;
	if (fdio_pair(pair) != RC_OK) {
		close(conf_fd);
		return RC_TEMP;
	}
	out->pid = fork();
	if (out->pid == 0)
		turn_into_zygote(conf_fd, pair[1], id);
	close(conf_fd);
	close(pair[1]);
	out->supervisor = pair[0];
	if (out->pid > 0)
		return RC_OK;
	fdio_close(&out->supervisor);
	return RC_TEMP;
}

enum rc
zygote_start(const struct conf *conf, struct zygote *out)
{
	struct identity same = { .change = false };

	return start(conf, &same, out);
}

enum rc
zygote_start_as(const struct conf *conf, const char *user, struct zygote *out)
{
	struct identity id = { .change = false };

	if (look_up(user, &id) != RC_OK)
		return RC_BAD;
	return start(conf, &id, out);
}

enum rc
zygote_client(const struct zygote *z, int *channel)
{
	struct fdio_frame f = { .tag = WIRE_CLIENT, .n_fds = 1 };
	int pair[2];

	if (fdio_pair(pair) != RC_OK)
		return RC_TEMP;
	f.fds[0] = pair[1];
	if (fdio_send(z->supervisor, &f, clock_mono_ms() + SEND_MS) != RC_OK) {
		close(pair[0]);
		close(pair[1]);
		return RC_TEMP;
	}
	close(pair[1]);
	*channel = pair[0];
	return RC_OK;
}
