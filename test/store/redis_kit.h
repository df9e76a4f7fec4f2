/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* redis_kit.h - real Redis servers and Sentinels for tests, in a folder of their own
 *
 * Input    none
 * Units    milliseconds
 * Limits   KIT_SERVERS at once
 * Memory   static in the test program
 * Errors   false: no redis-server here, or it did not come up
 * Threads  one
 * Source   redis-server of Debian; each is stopped by its pid
 */
#ifndef TEST_STORE_REDIS_KIT_H
#define TEST_STORE_REDIS_KIT_H

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "store/shared_conn.h"

enum { KIT_SERVERS = 8, KIT_WAIT_MS = 20000 };

struct redis {
	pid_t pid;
	int port;
	char dir[100];
	char address[120];		/* host:port */
	char local[120];		/* unix:/path */
};

static char kit_dir[] = "/tmp/sekimori-redis-XXXXXX";

__attribute__((unused)) static bool
kit_open(void)
{
	return mkdtemp(kit_dir) && access("/usr/bin/redis-server", X_OK) == 0;
}

__attribute__((unused)) static void
kit_close(void)
{
	char command[200];
	pid_t pid = fork();

	if (pid == 0) {
		(void)snprintf(command, sizeof(command), "%s", kit_dir);
		execlp("rm", "rm", "-rf", command, (char *)NULL);
		_exit(1);
	}
	waitpid(pid, NULL, 0);
}

static int
free_port(void)
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof(sin);
	int fd = socket(AF_INET, SOCK_STREAM, 0), port = 0;

	if (bind(fd, (struct sockaddr *)&sin, n) == 0 && getsockname(fd, (struct sockaddr *)&sin, &n) == 0)
		port = ntohs(sin.sin_port);
	close(fd);
	return port;
}

/* One command of words, NULL at the end; the first 500 bytes of the answer as text, arrays as their
 * first items. */
__attribute__((unused)) static const char *
redis_say(const struct redis *r, char answer[500], ...)
{
	struct str words[20];
	struct shared_place place;
	struct shared_addrs addr;
	struct shared_conn *c = NULL;
	redisReply *reply = NULL;
	struct buf why;
	va_list ap;
	size_t n = 0;
	const char *w;

	va_start(ap, answer);
	while (n < 20 && (w = va_arg(ap, const char *)) != NULL)
		words[n++] = str_of(w);
	va_end(ap);
	buf_init(&why, 500);
	answer[0] = '\0';
	if (shared_place_parse(str_of(r->address), &place, &why) == RC_OK &&
	    shared_resolve(&place, &addr, &why) == RC_OK &&
	    shared_conn_open(&addr.item[0], NULL, clock_mono_ms() + 2000, &c, &why) == RC_OK &&
	    shared_conn_ask(c, words, n, clock_mono_ms() + 5000, &reply, &why) == RC_OK) {
		const redisReply *first = shared_reply_item(reply, 0);
		struct str text = shared_reply_text(first ? first : reply);

		if (reply->type == REDIS_REPLY_INTEGER)
			(void)snprintf(answer, 500, "%lld", reply->integer);
		else
			(void)snprintf(answer, 500, "%.*s", STR_ARG(str_upto(text, 499)));
		shared_reply_free(&reply);
	}
	shared_conn_close(&c);
	buf_clear(&why);
	return answer;
}

/* Start it again, or for the first time, with further words of configuration. */
static bool
redis_run(struct redis *r, bool sentinel, const char *conf)
{
	char path[200], answer[500];
	int64_t deadline = clock_mono_ms() + KIT_WAIT_MS;
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/redis.conf", r->dir);
	f = fopen(path, "w");
	if (!f)
		return false;
	(void)fprintf(f, "port %d\nbind 127.0.0.1\nunixsocket %s/sock\ndir %s\nsave \"\"\nappendonly no\n"
	    "daemonize no\nlogfile %s/log\n%s\n", r->port, r->dir, r->dir, r->dir, conf);
	(void)fclose(f);
	r->pid = fork();
	if (r->pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		execl("/usr/bin/redis-server", "redis-server", path, sentinel ? "--sentinel" : (char *)NULL, (char *)NULL);
		_exit(127);
	}
	while (clock_left_ms(deadline) > 0) {
		redis_say(r, answer, "PING", (char *)NULL);
		if (strcmp(answer, "PONG") == 0 || str_starts(str_of(answer), STR("NOAUTH")))
			return true;
		usleep(20000);
	}
	return false;
}

__attribute__((unused)) static bool
redis_start(struct redis *r, const char *name, bool sentinel, const char *conf)
{
	*r = (struct redis){ .port = free_port() };
	(void)snprintf(r->dir, sizeof(r->dir), "%s/%s", kit_dir, name);
	(void)snprintf(r->address, sizeof(r->address), "127.0.0.1:%d", r->port);
	(void)snprintf(r->local, sizeof(r->local), "unix:%s/sock", r->dir);
	return mkdir(r->dir, 0700) == 0 && redis_run(r, sentinel, conf);
}

__attribute__((unused)) static void
redis_stop(struct redis *r)
{
	if (r->pid > 0) {
		kill(r->pid, SIGKILL);
		waitpid(r->pid, NULL, 0);
	}
	r->pid = 0;
}

#endif
