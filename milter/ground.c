/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "milter/ground.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fdio.h"
#include "gate/milter_spec.h"
#include "gate/settings.h"
#include "worker/workers.h"

enum { NAME_BYTES = 64, SPACE = 16384, CONTROL_MODE = 0600 };

enum rc
ground_user(const struct gate_conf *gc, struct ground *g, struct buf *why)
{
	char space[SPACE];
	struct passwd pw, *found = NULL;

	g->uid = geteuid();
	g->gid = getegid();
	if (gc->user.n == 0 || g->uid != 0)
		return RC_OK;
	if (gc->user.n < sizeof(g->user))
		memcpy(g->user, gc->user.p, gc->user.n);
	if (getpwnam_r(g->user, &pw, space, sizeof(space), &found) != 0 || !found) {
		buf_printf(why, "user: no such user: %.*s", STR_ARG(gc->user));
		return RC_BAD;
	}
	g->change = pw.pw_uid != 0;
	g->uid = pw.pw_uid;
	g->gid = pw.pw_gid;
	g->n_groups = GROUND_GROUPS;
	if (getgrouplist(g->user, pw.pw_gid, g->groups, &g->n_groups) < 0)
		g->n_groups = GROUND_GROUPS;
	return RC_OK;
}

static enum rc
find_group(const struct gate_conf *gc, gid_t *gid, struct buf *why)
{
	char name[NAME_BYTES], space[SPACE];
	struct group gr, *found = NULL;

	*gid = (gid_t)-1;
	if (gc->milter_socket_group.n == 0)
		return RC_OK;
	snprintf(name, sizeof(name), "%.*s", STR_ARG(gc->milter_socket_group));
	if (getgrnam_r(name, &gr, space, sizeof(space), &found) != 0 || !found) {
		buf_printf(why, "milter_socket_group: no such group: %s", name);
		return RC_BAD;
	}
	*gid = gr.gr_gid;
	return RC_OK;
}

/* Make a folder and those above it. What is there already is left as it is. */
static enum rc
make_folder(struct str path, mode_t mode, uid_t uid, gid_t gid, struct buf *why)
{
	char p[PATH_MAX];

	if (path.n == 0)
		return RC_OK;
	if (path.n >= sizeof(p)) {
		buf_printf(why, "%.80s...: path too long", path.p);
		return RC_BAD;
	}
	memcpy(p, path.p, path.n);
	p[path.n] = '\0';
	for (size_t i = 1; i <= path.n; i++) {
		bool last = i == path.n;

		if (p[i] != '/' && !last)
			continue;
		p[i] = '\0';
		if (mkdir(p, last ? mode : 0755) == 0) {
			if (last && lchown(p, uid, gid) != 0)
				break;
		} else if (errno != EEXIST && errno != EISDIR) {
			break;
		}
		if (last)
			return RC_OK;
		p[i] = '/';
	}
	buf_printf(why, "%s: %s", p, strerror(errno));
	return RC_TEMP;
}

static enum rc
make_folders(const struct conf *conf, const struct ground *g, struct buf *why)
{
	const struct gate_conf *gc = conf_values(conf, &gate_table);
	const struct worker_conf *wc = conf_values(conf, &worker_table);
	enum rc rc = make_folder(gc->run_dir, 0755, geteuid(), getegid(), why);

	if (rc == RC_OK)
		rc = make_folder(gc->state_dir, 0750, g->uid, g->gid, why);
	if (rc == RC_OK)
		rc = make_folder(gc->spool_dir, 0700, g->uid, g->gid, why);
	if (rc == RC_OK)
		rc = make_folder(wc->tmp_dir, 0700, g->uid, g->gid, why);
	return rc;
}

/* The lock lives as long as the descriptor: a killed master leaves no stale one. */
static enum rc
take_lock(const struct gate_conf *gc, int *out, struct buf *why)
{
	char path[PATH_MAX], pid[32];
	int fd;

	snprintf(path, sizeof(path), "%.*s/sekimorid.lock", STR_ARG(gc->run_dir));
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (fd < 0) {
		buf_printf(why, "%s: %s", path, strerror(errno));
		return RC_TEMP;
	}
	if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		buf_printf(why, "%s: another sekimorid runs with this run_dir", path);
		close(fd);
		return RC_LIMIT;
	}
	snprintf(pid, sizeof(pid), "%ld\n", (long)getpid());
	if (ftruncate(fd, 0) != 0 || fdio_write_all(fd, str_of(pid)) != RC_OK) {
		buf_printf(why, "%s: %s", path, strerror(errno));
		close(fd);
		return RC_TEMP;
	}
	*out = fd;
	return RC_OK;
}

static enum rc
open_sockets(const struct gate_conf *gc, struct ground *g, gid_t group, struct buf *why)
{
	struct milter_spec_owner mta = { (mode_t)gc->milter_socket_mode, g->uid,
	    group != (gid_t)-1 ? group : g->gid };
	struct milter_spec_owner own = { CONTROL_MODE, g->uid, g->gid };
	struct milter_spec spec;
	enum rc rc = milter_spec_parse(gc->milter_socket, &spec, why);

	if (rc == RC_OK)
		rc = milter_spec_listen(&spec, &mta, &g->milter, why);
	if (rc != RC_OK || gc->control_socket.n == 0)
		return rc;
	rc = milter_spec_parse(gc->control_socket, &spec, why);
	return rc == RC_OK ? milter_spec_listen(&spec, &own, &g->control, why) : rc;
}

enum rc
ground_open(const struct conf *conf, struct ground *g, struct buf *why)
{
	const struct gate_conf *gc = conf_values(conf, &gate_table);
	gid_t group;
	enum rc rc;

	*g = (struct ground){ .lock = -1, .milter = -1, .control = -1 };
	rc = ground_user(gc, g, why);
	if (rc == RC_OK)
		rc = find_group(gc, &group, why);
	if (rc == RC_OK)
		rc = make_folders(conf, g, why);
	if (rc == RC_OK)
		rc = take_lock(gc, &g->lock, why);
	return rc == RC_OK ? open_sockets(gc, g, group, why) : rc;
}

static void
remove_name(struct str text)
{
	struct milter_spec spec;
	struct buf why;
	char path[PATH_MAX];

	buf_init(&why, 256);
	if (milter_spec_parse(text, &spec, &why) == RC_OK && spec.family == SPEC_UNIX) {
		snprintf(path, sizeof(path), "%.*s", STR_ARG(spec.path));
		unlink(path);
	}
	buf_clear(&why);
}

void
ground_close_sockets(const struct conf *conf, struct ground *g)
{
	const struct gate_conf *gc = conf_values(conf, &gate_table);

	if (g->milter >= 0)
		remove_name(gc->milter_socket);
	if (g->control >= 0)
		remove_name(gc->control_socket);
	fdio_close(&g->milter);
	fdio_close(&g->control);
}

enum rc
ground_become(const struct ground *g)
{
	if (!g->change)
		return RC_OK;
	if (setgroups((size_t)g->n_groups, g->groups) != 0 || setgid(g->gid) != 0 || setuid(g->uid) != 0)
		return RC_TEMP;
	return setuid(0) == 0 ? RC_TEMP : RC_OK;	/* it must not be possible to go back */
}

int
ground_signals(int more)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGUSR1);
	if (more)
		sigaddset(&set, more);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}
