/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* smtp_sink PORT FOLDER: an SMTP server that keeps what it gets, byte for byte.
 *
 * Each message becomes FOLDER/NNNNNN.eml (the data, dots unstuffed, line ends as they came) and
 * FOLDER/NNNNNN.env (MAIL FROM and RCPT TO lines). The .env appears last, complete. One poll loop,
 * PIPELINING and 8BITMIME; listens on 127.0.0.1 only. Ends at SIGTERM. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fdio.h"
#include "base/str.h"

enum { CLIENTS = 256, INPUT = 64 * 1024 * 1024, PATH_BYTES = 4096, CHUNK = 65536 };

struct client {
	int fd;			/* -1: free */
	bool data;
	struct buf in, envelope;
	struct buf message;
};

static struct client clients[CLIENTS];
static const char *folder;
static unsigned long stored;
static volatile sig_atomic_t stop;

static void
on_term(int sig)
{
	(void)sig;
	stop = 1;
}

static void
reply(struct client *c, const char *text)
{
	if (fdio_write_all(c->fd, str_of(text)) != RC_OK)
		errno = 0;	/* its EOF comes next */
}

static void
drop(struct client *c)
{
	fdio_close(&c->fd);
	buf_clear(&c->in);
	buf_clear(&c->envelope);
	buf_clear(&c->message);
	c->data = false;
}

static bool
save(const char *suffix, struct str bytes)
{
	char temp[PATH_BYTES], path[PATH_BYTES];
	int fd;
	bool ok;

	snprintf(temp, sizeof(temp), "%s/.%06lu%s", folder, stored, suffix);
	snprintf(path, sizeof(path), "%s/%06lu%s", folder, stored, suffix);
	fd = open(temp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	ok = fd >= 0 && fdio_write_all(fd, bytes) == RC_OK;
	fdio_close(&fd);
	return ok && rename(temp, path) == 0;
}

/* Data up to <CRLF>.<CRLF>, without the dots that were put before dots (RFC 5321 4.5.2). */
static void
unstuff(struct str data, struct buf *out)
{
	while (data.n) {
		size_t end = str_find(data, STR("\r\n"));
		struct str line = end == STR_NPOS ? data : str_upto(data, end + 2);

		data = str_from(data, line.n);
		buf_add(out, line.n && line.p[0] == '.' ? str_from(line, 1) : line);
	}
}

static void
finish(struct client *c, struct str data)
{
	stored++;
	buf_reset(&c->message);
	unstuff(data, &c->message);
	reply(c, save(".eml", buf_str(&c->message)) && save(".env", buf_str(&c->envelope)) ?
	    "250 2.0.0 kept\r\n" : "451 4.3.0 disk\r\n");
	buf_reset(&c->envelope);
	buf_reset(&c->message);
	c->data = false;
}

static void
command(struct client *c, struct str line)
{
	if (str_starts_nocase(line, STR("EHLO"))) {
		reply(c, "250-sink\r\n250-PIPELINING\r\n250 8BITMIME\r\n");
	} else if (str_starts_nocase(line, STR("MAIL")) || str_starts_nocase(line, STR("RCPT"))) {
		buf_add(&c->envelope, line);
		buf_addc(&c->envelope, '\n');
		reply(c, "250 2.1.0 ok\r\n");
	} else if (str_starts_nocase(line, STR("DATA"))) {
		c->data = true;
		reply(c, "354 go on\r\n");
	} else if (str_starts_nocase(line, STR("QUIT"))) {
		reply(c, "221 2.0.0 bye\r\n");
		drop(c);
	} else {
		if (str_starts_nocase(line, STR("RSET")))
			buf_reset(&c->envelope);
		reply(c, "250 2.0.0 ok\r\n");
	}
}

/* Where the data ends, or STR_NPOS. `seen`: how much was looked at before. */
static size_t
data_end(struct str in, size_t seen)
{
	size_t from = seen > 4 ? seen - 4 : 0, at;

	if (str_starts(in, STR(".\r\n")))
		return 0;
	at = str_find(str_from(in, from), STR("\r\n.\r\n"));
	return at == STR_NPOS ? STR_NPOS : from + at + 2;
}

static void
consume(struct client *c, size_t seen)
{
	struct str in = buf_str(&c->in), rest;
	struct buf left;
	size_t at;

	while (c->fd >= 0 && in.n) {
		at = c->data ? data_end(in, seen) : str_find(in, STR("\r\n"));
		if (at == STR_NPOS)
			break;
		rest = str_from(in, at + (c->data ? 3 : 2));
		if (c->data)
			finish(c, str_upto(in, at));
		else
			command(c, str_upto(in, at));
		in = rest;
		seen = 0;
	}
	if (c->fd < 0 || in.n == c->in.n)
		return;
	buf_init(&left, INPUT);
	buf_add(&left, in);
	buf_clear(&c->in);
	c->in = left;
}

static void
readable(struct client *c)
{
	size_t seen = c->in.n;
	char *room = buf_room(&c->in, CHUNK);
	ssize_t n = room ? read(c->fd, room, CHUNK) : -1;

	if (n <= 0) {
		drop(c);
		return;
	}
	c->in.n += (size_t)n;
	consume(c, seen);
}

static void
take(int listener)
{
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

	for (size_t i = 0; fd >= 0 && i < CLIENTS; i++) {
		struct client *c = &clients[i];

		if (c->fd >= 0)
			continue;
		c->fd = fd;
		buf_init(&c->in, INPUT);
		buf_init(&c->envelope, INPUT);
		buf_init(&c->message, INPUT);
		reply(c, "220 sink ESMTP\r\n");
		return;
	}
	fdio_close(&fd);
}

static int
open_listener(const char *port)
{
	struct sockaddr_in sa = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	uint64_t n;

	if (!str_to_u64(str_of(port), &n))
		return -1;
	sa.sin_port = htons((uint16_t)n);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&sa, sizeof(sa)) != 0 || listen(fd, CLIENTS) != 0)
		return -1;
	return fd;
}

int
main(int argc, char **argv)
{
	struct pollfd p[CLIENTS + 1];
	int listener;

	if (argc != 3) {
		fprintf(stderr, "usage: smtp_sink port folder\n");
		return 2;
	}
	folder = argv[2];
	listener = open_listener(argv[1]);
	if (listener < 0) {
		perror("smtp_sink");
		return 1;
	}
	signal(SIGPIPE, SIG_IGN);
	signal(SIGTERM, on_term);
	for (size_t i = 0; i < CLIENTS; i++)
		clients[i].fd = -1;
	while (!stop) {
		p[CLIENTS] = (struct pollfd){ .fd = listener, .events = POLLIN };
		for (size_t i = 0; i < CLIENTS; i++)
			p[i] = (struct pollfd){ .fd = clients[i].fd, .events = POLLIN };
		if (poll(p, CLIENTS + 1, 1000) <= 0)
			continue;
		for (size_t i = 0; i < CLIENTS; i++)
			if (p[i].revents && clients[i].fd >= 0)
				readable(&clients[i]);
		if (p[CLIENTS].revents)
			take(listener);
	}
	return 0;
}
