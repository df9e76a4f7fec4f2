/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* /file/NAME    the file, with an ETag of its content; 304 when the client has it
 * /500 /404     that status
 * /slow         nothing for a long time
 * /drip         a byte now and then
 * /large        bytes without end
 * /cut          fewer bytes than it says
 * /to/URL       redirect there;  /loop  to itself
 * /echo         what was asked, as the body
 * /dated        Last-Modified, and 304 when asked with it
 * /urlhaus/ /phishtank/ /virustotal/   the services of reputation.h */
#include "net/web.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fdio.h"
#include "base/hash.h"
#include "net/reputation.h"

enum { FILE_BYTES = 128 * 1024 * 1024, SLOW_MS = 5000, DRIPS = 50, DRIP_MS = 100, PATH = 1024 };

struct web {
	int listener;
	uint16_t port;
	const char *dir;
	pthread_t thread;
	pthread_mutex_t lock;
	char last[WEB_REQUEST], copy[WEB_REQUEST];
	int count;
	char mood[20];
	int open;			/* connections; the last one to go says so */
	pthread_cond_t gone;
	_Atomic bool stopping;
};

static void
say(int fd, struct str s)
{
	if (fdio_write_all(fd, s) != RC_OK)
		return;			/* the client had enough, which is what some tests are about */
}

static void
answer(int fd, const char *status, const char *more, struct str body)
{
	char head[1024];
	int n = snprintf(head, sizeof(head), "HTTP/1.1 %s\r\nContent-Length: %zu\r\nConnection: close\r\n%s\r\n", status,
	    body.n, more);

	say(fd, (struct str){ head, (size_t)n });
	say(fd, body);
}

static void
send_file(const struct web *w, int fd, const char *name, const char *request)
{
	char path[2 * PATH], tag[HASH_SHA256_HEX + 1], more[200];
	unsigned char digest[HASH_SHA256_BYTES];
	struct buf b;

	buf_init(&b, FILE_BYTES);
	snprintf(path, sizeof(path), "%s/%s", w->dir ? w->dir : "/nonexistent", name);
	if (strstr(name, "..") || fdio_read_file(path, &b) != RC_OK) {
		answer(fd, "404 Not Found", "", STR("none"));
	} else {
		hash_sha256(buf_str(&b), digest);
		hash_hex(digest, tag);
		snprintf(more, sizeof(more), "ETag: \"%s\"\r\n", tag);
		if (strstr(request, tag))
			answer(fd, "304 Not Modified", more, STR_NONE);
		else
			answer(fd, "200 OK", more, buf_str(&b));
	}
	buf_clear(&b);
}

static void
wait_a_while(struct web *w, int fd, int ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	while (ms > 0 && !atomic_load(&w->stopping) && poll(&p, 1, 50) == 0)
		ms -= 50;
}

static void
drip(struct web *w, int fd)
{
	say(fd, STR("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"));
	for (int i = 0; i < DRIPS && !atomic_load(&w->stopping); i++) {
		say(fd, STR("x"));
		wait_a_while(w, fd, DRIP_MS);
	}
}

static void
flood(int fd)
{
	static const char line[] = "192.0.2.1\n192.0.2.2\n192.0.2.3\n192.0.2.4\n";

	say(fd, STR("HTTP/1.1 200 OK\r\n\r\n"));
	for (int i = 0; i < 4 * 1024 * 1024; i++)
		if (fdio_write_all(fd, str_of(line)) != RC_OK)
			return;
}

static void
redirect(int fd, const char *to)
{
	char more[PATH + 20];

	snprintf(more, sizeof(more), "Location: %s\r\n", to);
	answer(fd, "302 Found", more, STR("elsewhere"));
}

void
web_mood(struct web *w, const char *word)
{
	pthread_mutex_lock(&w->lock);
	snprintf(w->mood, sizeof(w->mood), "%s", word);
	pthread_mutex_unlock(&w->lock);
}

/* False: it is for none of the services. */
static bool
serve_reputation(struct web *w, int fd, const char *path, const char *request)
{
	const char *body = strstr(request, "\r\n\r\n");
	struct reputation r;
	char mood[sizeof(w->mood)];
	bool theirs;

	pthread_mutex_lock(&w->lock);
	memcpy(mood, w->mood, sizeof(mood));
	pthread_mutex_unlock(&w->lock);
	if (strncmp(path, "/urlhaus/", 9) != 0 && strncmp(path, "/phishtank/", 11) != 0 && strncmp(path, "/virustotal/", 12) != 0)
		return false;
	theirs = reputation_answer(path, body ? body + 4 : "", mood, &r);
	if (theirs && r.hangs)
		wait_a_while(w, fd, SLOW_MS);
	else if (theirs)
		answer(fd, r.status, "", buf_str(&r.body));
	buf_clear(&r.body);
	return theirs;
}

static void
serve(struct web *w, int fd, char *request)
{
	char path[PATH], *end;

	if (strncmp(request, "GET ", 4) != 0 && strncmp(request, "HEAD ", 5) != 0 && strncmp(request, "POST ", 5) != 0)
		return;
	/* Whoever asks by HEAD does not read the body that comes all the same. */
	snprintf(path, sizeof(path), "%.*s", PATH - 1, strchr(request, ' ') + 1);
	end = strchr(path, ' ');
	if (end)
		*end = '\0';
	if (serve_reputation(w, fd, path, request))
		return;
	if (strncmp(path, "/file/", 6) == 0)
		send_file(w, fd, path + 6, request);
	else if (strcmp(path, "/500") == 0)
		answer(fd, "500 Internal Server Error", "", STR("oops"));
	else if (strcmp(path, "/slow") == 0)
		wait_a_while(w, fd, SLOW_MS);
	else if (strcmp(path, "/drip") == 0)
		drip(w, fd);
	else if (strcmp(path, "/large") == 0)
		flood(fd);
	else if (strcmp(path, "/cut") == 0)
		say(fd, STR("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n192.0.2.1\n"));
	else if (strncmp(path, "/to/", 4) == 0)
		redirect(fd, path + 4);
	else if (strcmp(path, "/loop") == 0)
		redirect(fd, "/loop");
	else if (strcmp(path, "/echo") == 0)
		answer(fd, "200 OK", "", str_of(request));
	else if (strcmp(path, "/dated") == 0)
		answer(fd, strstr(request, "If-Modified-Since: Mon, 02 Jan 2023 10:00:00 GMT") ? "304 Not Modified" : "200 OK",
		    "Last-Modified: Mon, 02 Jan 2023 10:00:00 GMT\r\n", STR("dated"));
	else
		answer(fd, "404 Not Found", "", STR("none"));
}

/* Head and body. */
static bool
is_whole(const char *request, size_t n)
{
	const char *end = strstr(request, "\r\n\r\n"), *length = strcasestr(request, "\r\ncontent-length:");

	if (!end)
		return false;
	return !length || length > end || n >= (size_t)(end + 4 - request) + strtoul(length + 17, NULL, 10);
}

static void
talk(struct web *w, int fd)
{
	char request[WEB_REQUEST];
	size_t n = 0;
	ssize_t got;

	request[0] = '\0';
	while (n < sizeof(request) - 1 && !is_whole(request, n)) {
		struct pollfd p = { .fd = fd, .events = POLLIN };

		if (poll(&p, 1, 2000) <= 0 || (got = read(fd, request + n, sizeof(request) - 1 - n)) <= 0)
			return;
		n += (size_t)got;
		request[n] = '\0';
	}
	pthread_mutex_lock(&w->lock);
	memcpy(w->last, request, n + 1);
	w->count++;
	pthread_mutex_unlock(&w->lock);
	serve(w, fd, request);
}

struct connection {
	struct web *web;
	int fd;
};

static void *
attend(void *arg)
{
	struct connection *c = arg;

	talk(c->web, c->fd);
	shutdown(c->fd, SHUT_RDWR);
	close(c->fd);
	pthread_mutex_lock(&c->web->lock);
	c->web->open--;
	pthread_cond_signal(&c->web->gone);
	pthread_mutex_unlock(&c->web->lock);
	free(c);
	return NULL;
}

static void
start(struct web *w, int fd)
{
	struct connection *c = malloc(sizeof(*c));
	pthread_attr_t detached;
	pthread_t t;
	bool room;

	pthread_mutex_lock(&w->lock);
	room = c && w->open < WEB_AT_ONCE;
	w->open += room;
	pthread_mutex_unlock(&w->lock);
	if (!room) {
		free(c);
		close(fd);
		return;
	}
	*c = (struct connection){ w, fd };
	pthread_attr_init(&detached);
	pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
	if (pthread_create(&t, &detached, attend, c) != 0)
		attend(c);
	pthread_attr_destroy(&detached);
}

static void *
run(void *arg)
{
	struct web *w = arg;

	while (!atomic_load(&w->stopping)) {
		struct pollfd p = { .fd = w->listener, .events = POLLIN };
		int fd;

		if (poll(&p, 1, 50) <= 0)
			continue;
		fd = accept4(w->listener, NULL, NULL, SOCK_CLOEXEC);
		if (fd < 0)
			continue;
		start(w, fd);
	}
	return NULL;
}

struct web *
web_new(const char *dir)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(a);
	struct web *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	w->dir = dir;
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->gone, NULL);
	w->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (w->listener >= 0 && bind(w->listener, (struct sockaddr *)&a, len) == 0 && listen(w->listener, 16) == 0 &&
	    getsockname(w->listener, (struct sockaddr *)&a, &len) == 0) {
		w->port = ntohs(a.sin_port);
		if (pthread_create(&w->thread, NULL, run, w) == 0)
			return w;
	}
	if (w->listener >= 0)
		close(w->listener);
	free(w);
	return NULL;
}

uint16_t
web_port(const struct web *w)
{
	return w->port;
}

const char *
web_last(struct web *w)
{
	pthread_mutex_lock(&w->lock);
	memcpy(w->copy, w->last, sizeof(w->copy));
	pthread_mutex_unlock(&w->lock);
	return w->copy;
}

int
web_count(struct web *w)
{
	int n;

	pthread_mutex_lock(&w->lock);
	n = w->count;
	pthread_mutex_unlock(&w->lock);
	return n;
}

void
web_free(struct web **p)
{
	struct web *w = *p;

	if (!w)
		return;
	atomic_store(&w->stopping, true);
	pthread_join(w->thread, NULL);
	pthread_mutex_lock(&w->lock);
	while (w->open)
		pthread_cond_wait(&w->gone, &w->lock);
	pthread_mutex_unlock(&w->lock);
	pthread_cond_destroy(&w->gone);
	close(w->listener);
	pthread_mutex_destroy(&w->lock);
	free(w);
	*p = NULL;
}
