/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "store/shared_conn.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fdio.h"

enum { CHUNK = 16384, COMMAND_BYTES = 65536, KEEPALIVE_SEC = 20 };

struct shared_conn {
	int fd;
	struct shared_reader reader;
};

static enum rc
failed(struct buf *why, const char *what, int error)
{
	char text[128];

	buf_printf(why, "%s: %s", what, strerror_r(error, text, sizeof(text)));
	return RC_TEMP;
}

static void
late(struct buf *why)
{
	buf_adds(why, "no answer within the deadline");
}

static enum rc
wait_for(int fd, short events, int64_t deadline_ms, struct buf *why)
{
	struct pollfd p = { .fd = fd, .events = events };
	int n;

	do
		n = poll(&p, 1, clock_left_ms(deadline_ms));
	while (n < 0 && errno == EINTR);
	if (n > 0)
		return RC_OK;
	late(why);
	return RC_TEMP;
}

static enum rc
connect_to(const struct shared_addr *addr, int fd, int64_t deadline_ms, struct buf *why)
{
	int error = 0;
	socklen_t n = sizeof(error);

	if (connect(fd, (const struct sockaddr *)&addr->sa, addr->n) == 0)
		return RC_OK;
	if (errno != EINPROGRESS)
		return failed(why, "connect", errno);
	if (wait_for(fd, POLLOUT, deadline_ms, why) != RC_OK)
		return RC_TEMP;
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &n) != 0 || error != 0)
		return failed(why, "connect", error ? error : errno);
	return RC_OK;
}

enum rc
shared_conn_open(const struct shared_addr *addr, const struct shared_login *login, int64_t deadline_ms,
    struct shared_conn **out, struct buf *why)
{
	int fd = socket(addr->sa.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	const int on = 1, idle = KEEPALIVE_SEC, tries = 3;
	struct shared_conn *c;

	if (fd < 0)
		return failed(why, "socket", errno);
	/* A peer whose machine vanished is found out before a call needs it; commands do not wait
	 * for more. Neither exists on unix sockets. */
	(void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	(void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof(idle));
	(void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &idle, sizeof(idle));
	(void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &tries, sizeof(tries));
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (connect_to(addr, fd, deadline_ms, why) != RC_OK) {
		close(fd);
		return RC_TEMP;
	}
	c = calloc(1, sizeof(*c));
	if (!c)
		abort();
	c->fd = fd;
	shared_reader_init(&c->reader);
	if (login && shared_conn_login(c, login, deadline_ms, why) != RC_OK) {
		shared_conn_close(&c);
		return RC_TEMP;
	}
	*out = c;
	return RC_OK;
}

void
shared_conn_close(struct shared_conn **cp)
{
	struct shared_conn *c = *cp;

	*cp = NULL;
	if (!c)
		return;
	fdio_close(&c->fd);
	shared_reader_clear(&c->reader);
	free(c);
}

bool
shared_conn_is_idle(const struct shared_conn *c)
{
	char byte;

	return recv(c->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

enum rc
shared_conn_send(struct shared_conn *c, struct str s, int64_t deadline_ms, struct buf *why)
{
	shared_reader_done(&c->reader);
	while (s.n) {
		ssize_t n = send(c->fd, s.p, s.n, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n >= 0)
			s = str_from(s, (size_t)n);
		else if (errno == EAGAIN && wait_for(c->fd, POLLOUT, deadline_ms, why) != RC_OK)
			return RC_TEMP;
		else if (errno != EAGAIN && errno != EINTR)
			return failed(why, "send", errno);
	}
	return RC_OK;
}

/* Read what there is, waiting for the first byte. */
static enum rc
feed(struct shared_conn *c, int64_t deadline_ms, struct buf *why)
{
	char chunk[CHUNK];
	ssize_t n;

	for (;;) {
		n = recv(c->fd, chunk, sizeof(chunk), MSG_DONTWAIT);
		if (n > 0)
			break;
		if (n == 0) {
			buf_adds(why, "the server closed the connection");
			return RC_TEMP;
		}
		if (errno == EAGAIN && wait_for(c->fd, POLLIN, deadline_ms, why) != RC_OK)
			return RC_TEMP;
		if (errno != EAGAIN && errno != EINTR)
			return failed(why, "recv", errno);
	}
	if (shared_reader_feed(&c->reader, (struct str){ chunk, (size_t)n }) == RC_OK)
		return RC_OK;
	buf_adds(why, "the answer is too long");
	return RC_TEMP;
}

enum rc
shared_conn_reply(struct shared_conn *c, int64_t deadline_ms, redisReply **out, struct buf *why)
{
	for (;;) {
		enum rc rc = shared_reader_next(&c->reader, out);

		if (rc == RC_OK)
			return RC_OK;
		if (rc != RC_NONE) {
			buf_adds(why, "the answer is not the protocol of Redis");
			return RC_TEMP;
		}
		/* Also a server that never stops sending is late some day. */
		if (clock_left_ms(deadline_ms) == 0) {
			late(why);
			return RC_TEMP;
		}
		if (feed(c, deadline_ms, why) != RC_OK)
			return RC_TEMP;
	}
}

enum rc
shared_conn_ask(struct shared_conn *c, const struct str *words, size_t n, int64_t deadline_ms,
    redisReply **out, struct buf *why)
{
	struct buf command;
	enum rc rc;

	buf_init(&command, COMMAND_BYTES);
	shared_put_command(&command, words, n);
	rc = shared_conn_send(c, buf_str(&command), deadline_ms, why);
	buf_clear(&command);
	return rc == RC_OK ? shared_conn_reply(c, deadline_ms, out, why) : rc;
}

/* A command whose only good answer is a status. */
static enum rc
demand(struct shared_conn *c, const struct str *words, size_t n, int64_t deadline_ms, struct buf *why)
{
	redisReply *reply;
	enum rc rc = shared_conn_ask(c, words, n, deadline_ms, &reply, why);

	if (rc != RC_OK)
		return rc;
	if (reply->type != REDIS_REPLY_STATUS) {
		buf_printf(why, "%.*s: %.*s", STR_ARG(words[0]), STR_ARG(str_upto(shared_reply_text(reply), 160)));
		rc = RC_TEMP;
	}
	shared_reply_free(&reply);
	return rc;
}

enum rc
shared_conn_login(struct shared_conn *c, const struct shared_login *login, int64_t deadline_ms, struct buf *why)
{
	char db[24];
	int n = snprintf(db, sizeof(db), "%lld", (long long)login->db);
	struct str select[] = { STR("SELECT"), { db, n > 0 ? (size_t)n : 0 } };
	struct str auth[3] = { STR("AUTH") };
	size_t words = 1;
	enum rc rc = RC_OK;

	if (login->user.n)
		auth[words++] = login->user;
	auth[words++] = str_of(login->password);
	if (login->password[0])
		rc = demand(c, auth, words, deadline_ms, why);
	if (rc == RC_OK && login->db != 0)
		rc = demand(c, select, 2, deadline_ms, why);
	return rc;
}
