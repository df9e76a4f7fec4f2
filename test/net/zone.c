/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "net/zone.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fdio.h"
#include "net/zone_data.h"

enum { PACKET = 65535, PORTS_TRIED = 50, UDP_AT_ONCE = 64, RECEIVE = 4 * 1024 * 1024 };

struct asked {
	struct asked *next;
	unsigned type, count;
	char name[];
};

struct delayed {
	struct delayed *next;
	int64_t due_ms;
	struct sockaddr_in to;
	struct buf packet;
};

struct connection {
	int fd;				/* -1: free */
	struct buf in;
};

struct zone {
	pthread_mutex_t lock;		/* of data, mute, asked */
	struct zone_data *data;
	struct asked *asked;
	bool mute;

	pthread_t thread;
	int udp, tcp, stop;
	uint16_t port;
	struct delayed *delayed;
	struct connection conn[ZONE_CONNECTIONS];
};

static void
count(struct zone *z, const struct zone_query *q)
{
	struct asked *a;

	for (a = z->asked; a; a = a->next)
		if (a->type == q->type && str_eq(str_of(a->name), q->name))
			break;
	if (!a) {
		a = calloc(1, sizeof(*a) + q->name.n + 1);
		if (!a)
			abort();
		a->type = q->type;
		if (q->name.n)
			memcpy(a->name, q->name.p, q->name.n);
		a->next = z->asked;
		z->asked = a;
	}
	a->count++;
}

/* Returns how long the answer is to be held back. */
static unsigned
answer(struct zone *z, struct str packet, bool tcp, struct buf *out)
{
	struct pool *pool = pool_new(0);
	struct zone_query q;
	unsigned delay = 0;

	if (zone_query_read(packet, pool, &q)) {
		const struct zone_trouble *t;

		pthread_mutex_lock(&z->lock);
		count(z, &q);
		t = zone_trouble(z->data, &q);
		if (t && t->fault == ZONE_DELAY)
			delay = t->number;
		if (!z->mute)
			zone_answer(z->data, &q, tcp, out);
		pthread_mutex_unlock(&z->lock);
	}
	pool_free(&pool);
	return delay;
}

static void
hold_back(struct zone *z, unsigned ms, const struct sockaddr_in *to, struct str packet)
{
	struct delayed *d = calloc(1, sizeof(*d));

	if (!d)
		abort();
	d->due_ms = clock_mono_ms() + ms;
	d->to = *to;
	buf_init(&d->packet, PACKET);
	buf_add(&d->packet, packet);
	d->next = z->delayed;
	z->delayed = d;
}

static void
send_due(struct zone *z, bool all)
{
	int64_t now = clock_mono_ms();

	for (struct delayed **p = &z->delayed; *p;) {
		struct delayed *d = *p;

		if (!all && d->due_ms > now) {
			p = &d->next;
			continue;
		}
		if (!all)
			sendto(z->udp, d->packet.p, d->packet.n, 0, (struct sockaddr *)&d->to, sizeof(d->to));
		*p = d->next;
		buf_clear(&d->packet);
		free(d);
	}
}

static void
serve_udp(struct zone *z)
{
	char in[4096];
	struct buf out;

	buf_init(&out, PACKET);
	for (int i = 0; i < UDP_AT_ONCE; i++) {
		struct sockaddr_in from;
		socklen_t len = sizeof(from);
		ssize_t n = recvfrom(z->udp, in, sizeof(in), MSG_DONTWAIT, (struct sockaddr *)&from, &len);
		unsigned delay;

		if (n < 0)
			break;
		buf_reset(&out);
		delay = answer(z, (struct str){ in, (size_t)n }, false, &out);
		if (out.n && delay)
			hold_back(z, delay, &from, buf_str(&out));
		else if (out.n)
			sendto(z->udp, out.p, out.n, 0, (struct sockaddr *)&from, len);
	}
	buf_clear(&out);
}

static void
hang_up(struct connection *c)
{
	fdio_close(&c->fd);
	buf_clear(&c->in);
}

/* RFC 1035 4.2.2: two bytes of length before each message. */
static void
serve_tcp(struct zone *z, struct connection *c)
{
	char in[4096];
	ssize_t n = recv(c->fd, in, sizeof(in), MSG_DONTWAIT);
	struct buf out;

	if (n <= 0) {
		hang_up(c);
		return;
	}
	buf_add(&c->in, (struct str){ in, (size_t)n });
	buf_init(&out, PACKET + 2);
	while (c->in.n >= 2) {
		size_t len = (size_t)((unsigned char)c->in.p[0] << 8 | (unsigned char)c->in.p[1]);
		struct str rest = str_from(buf_str(&c->in), len + 2);

		if (c->in.n < len + 2)
			break;
		buf_reset(&out);
		buf_add(&out, STR("\0\0"));
		answer(z, str_sub(buf_str(&c->in), 2, len), true, &out);
		if (out.n > 2) {
			out.p[0] = (char)((out.n - 2) >> 8);
			out.p[1] = (char)(out.n - 2);
			(void)!send(c->fd, out.p, out.n, MSG_NOSIGNAL);
		}
		memmove(c->in.p, rest.p, rest.n);
		c->in.n = rest.n;
	}
	buf_clear(&out);
}

static void
take_connection(struct zone *z)
{
	int fd = accept4(z->tcp, NULL, NULL, SOCK_CLOEXEC);

	for (size_t i = 0; fd >= 0 && i < ZONE_CONNECTIONS; i++) {
		if (z->conn[i].fd >= 0)
			continue;
		z->conn[i].fd = fd;
		buf_init(&z->conn[i].in, PACKET + 2);
		return;
	}
	fdio_close(&fd);
}

static void *
run(void *arg)
{
	struct zone *z = arg;
	struct pollfd fds[3 + ZONE_CONNECTIONS];

	for (;;) {
		fds[0] = (struct pollfd){ .fd = z->stop, .events = POLLIN };
		fds[1] = (struct pollfd){ .fd = z->udp, .events = POLLIN };
		fds[2] = (struct pollfd){ .fd = z->tcp, .events = POLLIN };
		for (size_t i = 0; i < ZONE_CONNECTIONS; i++)
			fds[3 + i] = (struct pollfd){ .fd = z->conn[i].fd, .events = POLLIN };
		if (poll(fds, 3 + ZONE_CONNECTIONS, z->delayed ? 2 : -1) < 0 && errno != EINTR)
			break;
		if (fds[0].revents)
			break;
		if (fds[1].revents)
			serve_udp(z);
		for (size_t i = 0; i < ZONE_CONNECTIONS; i++)
			if (z->conn[i].fd >= 0 && fds[3 + i].revents)
				serve_tcp(z, &z->conn[i]);
		if (fds[2].revents)
			take_connection(z);
		send_due(z, false);
	}
	return NULL;
}

/* ---- life ---- */

static int
bound(int type, uint16_t port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0), on = 1;

	if (fd < 0)
		return -1;
	if (type == SOCK_STREAM)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	else
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &(int){ RECEIVE }, sizeof(int));
	if (bind(fd, (struct sockaddr *)&a, sizeof(a)) != 0 || (type == SOCK_STREAM && listen(fd, 32) != 0))
		fdio_close(&fd);
	return fd;
}

/* The same port twice: what is free for UDP may be taken for TCP. */
static bool
listen_both(struct zone *z, uint16_t port)
{
	for (int i = 0; i < PORTS_TRIED; i++) {
		struct sockaddr_in a;
		socklen_t len = sizeof(a);

		z->udp = bound(SOCK_DGRAM, port);
		if (z->udp < 0)
			return false;
		if (getsockname(z->udp, (struct sockaddr *)&a, &len) == 0)
			z->port = ntohs(a.sin_port);
		z->tcp = bound(SOCK_STREAM, z->port);
		if (z->tcp >= 0)
			return true;
		fdio_close(&z->udp);
		if (port)
			return false;
	}
	return false;
}

enum rc
zone_new(const char *text, uint16_t port, struct zone **out, struct buf *why)
{
	struct zone *z = calloc(1, sizeof(*z));
	enum rc rc = RC_BAD;

	if (!z)
		abort();
	pthread_mutex_init(&z->lock, NULL);
	z->udp = z->tcp = -1;
	z->stop = eventfd(0, EFD_CLOEXEC);
	for (size_t i = 0; i < ZONE_CONNECTIONS; i++)
		z->conn[i].fd = -1;
	if (zone_load(z, text, why) == RC_OK) {
		if (!listen_both(z, port))
			buf_printf(why, "127.0.0.1 port %u is taken\n", port);
		else if (pthread_create(&z->thread, NULL, run, z) == 0)
			rc = RC_OK;
	}
	if (rc == RC_OK) {
		*out = z;
		return rc;
	}
	zone_data_free(&z->data);
	fdio_close(&z->udp);
	fdio_close(&z->tcp);
	fdio_close(&z->stop);
	free(z);
	return rc;
}

void
zone_free(struct zone **p)
{
	struct zone *z = *p;

	if (!z)
		return;
	(void)!write(z->stop, &(uint64_t){ 1 }, sizeof(uint64_t));
	pthread_join(z->thread, NULL);
	send_due(z, true);
	for (size_t i = 0; i < ZONE_CONNECTIONS; i++)
		hang_up(&z->conn[i]);
	for (struct asked *a = z->asked, *next; a; a = next) {
		next = a->next;
		free(a);
	}
	zone_data_free(&z->data);
	fdio_close(&z->udp);
	fdio_close(&z->tcp);
	fdio_close(&z->stop);
	pthread_mutex_destroy(&z->lock);
	free(z);
	*p = NULL;
}

uint16_t
zone_port(const struct zone *z)
{
	return z->port;
}

void
zone_forward(const struct zone *z, char out[32])
{
	snprintf(out, 32, "127.0.0.1@%u", z->port);
}

enum rc
zone_load(struct zone *z, const char *text, struct buf *why)
{
	struct zone_data *next, *old;

	if (zone_data_read(str_of(text), &next, why) != RC_OK)
		return RC_BAD;
	pthread_mutex_lock(&z->lock);
	old = z->data;
	z->data = next;
	pthread_mutex_unlock(&z->lock);
	zone_data_free(&old);
	return RC_OK;
}

void
zone_mute(struct zone *z, bool mute)
{
	pthread_mutex_lock(&z->lock);
	z->mute = mute;
	pthread_mutex_unlock(&z->lock);
}

unsigned
zone_asked(struct zone *z, const char *name, const char *type)
{
	unsigned n = 0, number = type ? zone_type(str_of(type)) : 0;

	pthread_mutex_lock(&z->lock);
	for (const struct asked *a = z->asked; a; a = a->next)
		if ((!name || str_eq_nocase(str_of(a->name), str_of(name))) && (!type || a->type == number))
			n += a->count;
	pthread_mutex_unlock(&z->lock);
	return n;
}
