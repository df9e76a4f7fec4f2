/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "web/conns.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>

struct conns {
	pthread_mutex_t lock;
	size_t max;
	int64_t from_ms[];		/* by descriptor; 0: none */
};

struct conns *
conns_new(size_t max)
{
	struct conns *c = calloc(1, sizeof(*c) + max * sizeof(c->from_ms[0]));

	if (!c)
		abort();	/* out of memory */
	c->max = max;
	pthread_mutex_init(&c->lock, NULL);
	return c;
}

void
conns_free(struct conns **c)
{
	if (*c)
		pthread_mutex_destroy(&(*c)->lock);
	free(*c);
	*c = NULL;
}

static void
set(struct conns *c, int fd, int64_t value)
{
	if (fd < 0 || (size_t)fd >= c->max)
		return;
	pthread_mutex_lock(&c->lock);
	c->from_ms[fd] = value;
	pthread_mutex_unlock(&c->lock);
}

void
conns_begin(struct conns *c, int fd, int64_t now_ms)
{
	set(c, fd, now_ms ? now_ms : 1);
}

void
conns_end(struct conns *c, int fd)
{
	set(c, fd, 0);
}

size_t
conns_reap(struct conns *c, int64_t now_ms, int64_t age_ms)
{
	size_t n = 0;

	pthread_mutex_lock(&c->lock);
	for (size_t fd = 0; fd < c->max; fd++)
		if (c->from_ms[fd] && now_ms - c->from_ms[fd] > age_ms) {
			shutdown((int)fd, SHUT_RDWR);
			c->from_ms[fd] = 0;
			n++;
		}
	pthread_mutex_unlock(&c->lock);
	return n;
}
