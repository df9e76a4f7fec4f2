/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* pg_server.h - a PostgreSQL server of a test's own, in a folder of its own, reached by its socket there
 *
 * Input    Debian's packages below /usr/lib/postgresql
 * Units    none
 * Limits   PG_SERVER_TRIES times PG_SERVER_US to start
 * Memory   none
 * Errors   false
 * Threads  one
 * Source   initdb(1), postgres(1). It does not run as root: what root does here is done as postgres
 */
#ifndef TEST_PG_SERVER_H
#define TEST_PG_SERVER_H

#include <glob.h>
#include <libpq-fe.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PG_SERVER_TRIES = 100, PG_SERVER_US = 50000, PG_SERVER_PATH = 256 };

struct pg_server {
	char dir[64], bin[PG_SERVER_PATH], conninfo[PG_SERVER_PATH];
	pid_t pid;
	bool durable;			/* waits for the disk; tests need not */
};

__attribute__((unused)) static bool
pg_server_run(const char *format, const char *a, const char *b)
{
	char command[1024];

	snprintf(command, sizeof(command), format, a, b);
	return system(command) == 0;
}

/* PostgreSQL does not run as root. */
__attribute__((unused)) static const char *
pg_server_user(void)
{
	return getuid() == 0 ? "setpriv --reuid=postgres --regid=postgres --clear-groups " : "";
}

__attribute__((unused)) static bool
pg_server_installed(struct pg_server *s)
{
	glob_t found;

	if (glob("/usr/lib/postgresql/*/bin/postgres", 0, NULL, &found) != 0)
		return false;
	snprintf(s->bin, sizeof(s->bin), "%s", found.gl_pathv[found.gl_pathc - 1]);
	*strrchr(s->bin, '/') = '\0';
	globfree(&found);
	return true;
}

__attribute__((unused)) static bool
pg_server_init(struct pg_server *s)
{
	char command[1024];

	snprintf(s->dir, sizeof(s->dir), "/tmp/records_pg.XXXXXX");
	if (!mkdtemp(s->dir) || chmod(s->dir, 0755) != 0)
		return false;
	if (getuid() == 0 && !pg_server_run("chown postgres '%s'%s", s->dir, ""))
		return false;
	snprintf(s->conninfo, sizeof(s->conninfo), "host=%s user=gate dbname=postgres", s->dir);
	snprintf(command, sizeof(command), "cd '%s' && %s'%s/initdb' -D '%s/db' -U gate -A trust -N -E UTF8 --locale=C >/dev/null",
	    s->dir, pg_server_user(), s->bin, s->dir);
	return system(command) == 0;
}

__attribute__((unused)) static bool
pg_server_answers(const struct pg_server *s)
{
	for (int i = 0; i < PG_SERVER_TRIES; i++) {
		if (PQping(s->conninfo) == PQPING_OK)
			return true;
		usleep(PG_SERVER_US);
	}
	return false;
}

__attribute__((unused)) static bool
pg_server_start(struct pg_server *s)
{
	char command[1024];

	snprintf(command, sizeof(command), "cd '%s' && exec %s'%s/postgres' -D '%s/db' -k '%s' -c listen_addresses= -c fsync=%s"
	    " -c max_connections=30 -c shared_buffers=%s >>'%s/log' 2>&1", s->dir, pg_server_user(), s->bin, s->dir, s->dir,
	    s->durable ? "on" : "off", s->durable ? "512MB" : "16MB", s->dir);
	s->pid = fork();
	if (s->pid == 0) {
		execl("/bin/sh", "sh", "-c", command, (char *)NULL);
		_exit(127);
	}
	return pg_server_answers(s);
}

__attribute__((unused)) static void
pg_server_stop(struct pg_server *s)
{
	kill(s->pid, SIGQUIT);
	waitpid(s->pid, NULL, 0);
}

#endif
