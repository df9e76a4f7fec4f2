/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* s3_liar.h - a server that says it speaks S3, as bad as asked for
 *
 * Input    requests of a client
 * Units    milliseconds
 * Limits   LIAR_ANSWERS answers are given, one for each connection; the last one again and again
 * Memory   the caller's; answers are borrowed
 * Errors   liar_start: false, no socket or no thread
 * Threads  one of its own
 * Source   RFC 9112
 */
#ifndef TEST_STORE_S3_LIAR_H
#define TEST_STORE_S3_LIAR_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fdio.h"

enum { LIAR_ANSWERS = 4, LIAR_REQUEST = 1024 * 1024 };

struct liar {
	const char *answers[LIAR_ANSWERS];	/* whole; NULL: silence */
	_Atomic int asked;
	_Atomic bool stopping;
	int listener;
	uint16_t port;
	pthread_t thread;
};

/* Until head and body are there. */
static void
liar_listen(int fd, char *request)
{
	size_t n = 0, want = LIAR_REQUEST;
	ssize_t got;

	while (n < want && (got = read(fd, request + n, LIAR_REQUEST - 1 - n)) > 0) {
		const char *end, *length;

		n += (size_t)got;
		request[n] = '\0';
		end = strstr(request, "\r\n\r\n");
		length = strcasestr(request, "\r\ncontent-length:");
		if (end)
			want = (size_t)(end + 4 - request) + (length && length < end ? strtoul(length + 17, NULL, 10) : 0);
	}
}

static void *
liar_serve(void *arg)
{
	struct liar *l = arg;
	char *request = malloc(LIAR_REQUEST);

	while (request && !atomic_load(&l->stopping)) {
		struct pollfd p = { .fd = l->listener, .events = POLLIN };
		const char *say;
		int fd, n;

		if (poll(&p, 1, 20) <= 0 || (fd = accept(l->listener, NULL, NULL)) < 0)
			continue;
		n = atomic_fetch_add(&l->asked, 1);
		say = l->answers[n < LIAR_ANSWERS ? n : LIAR_ANSWERS - 1];
		if (say) {
			liar_listen(fd, request);
			if (fdio_write_all(fd, str_of(say)) != RC_OK)
				perror("liar");
		} else {
			p.fd = fd;
			while (!atomic_load(&l->stopping) && poll(&p, 1, 20) >= 0 && read(fd, request, LIAR_REQUEST) != 0)
				continue;
		}
		close(fd);
	}
	free(request);
	return NULL;
}

static bool
liar_start(struct liar *l)
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof(sin);

	l->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (l->listener < 0 || bind(l->listener, (struct sockaddr *)&sin, n) != 0 || listen(l->listener, 16) != 0 ||
	    getsockname(l->listener, (struct sockaddr *)&sin, &n) != 0)
		return false;
	l->port = ntohs(sin.sin_port);
	return pthread_create(&l->thread, NULL, liar_serve, l) == 0;
}

static void
liar_stop(struct liar *l)
{
	atomic_store(&l->stopping, true);
	pthread_join(l->thread, NULL);
	close(l->listener);
}

#endif
