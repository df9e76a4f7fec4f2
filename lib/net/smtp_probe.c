/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "net/smtp_probe.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fdio.h"
#include "net/smtp_reply.h"

/* ADDRESSES of a host that are tried; PATH_BYTES: RFC 5321 4.5.3.1.3 with some room. */
enum { ADDRESSES = 4, PATH_BYTES = 500, CHUNK = 2048, SHOW = 200 };

struct talk {
	int fd;
	int64_t deadline;
	size_t total;
	char in[CHUNK];
	size_t at, n;			/* what of it was not looked at */
	struct smtp_reply reply;
	struct buf *why;
};

static bool
fail(struct talk *t, const char *what)
{
	buf_reset(t->why);
	buf_adds(t->why, what);
	return false;
}

static bool
wait_for(struct talk *t, short events)
{
	struct pollfd p = { .fd = t->fd, .events = events };
	int n;

	do
		n = poll(&p, 1, clock_left_ms(t->deadline));
	while (n < 0 && errno == EINTR);
	return n > 0 || fail(t, "no answer in time");
}

/* ---- connection ---- */

static bool
connect_one(struct talk *t, const struct addrinfo *a)
{
	int e = 0;
	socklen_t n = sizeof(e);

	t->fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, a->ai_protocol);
	if (t->fd < 0)
		return fail(t, "no socket");
	if (connect(t->fd, a->ai_addr, a->ai_addrlen) == 0)
		return true;
	if (errno != EINPROGRESS)
		return fail(t, "cannot be reached");
	if (!wait_for(t, POLLOUT))
		return false;
	if (getsockopt(t->fd, SOL_SOCKET, SO_ERROR, &e, &n) != 0 || e != 0)
		return fail(t, "cannot be reached");
	return true;
}

/* All addresses share the deadline, so that one that is silent leaves something for the next. */
static bool
connect_any(struct talk *t, const struct smtp_probe *p)
{
	struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM }, *list, *a;
	int64_t deadline = t->deadline;
	int left = 0, e = getaddrinfo(p->host, p->port, &hints, &list);
	bool ok = false;

	if (e != 0)
		return fail(t, gai_strerror(e));
	for (a = list; a && left < ADDRESSES; a = a->ai_next)
		left++;
	for (a = list; a && left > 0 && !ok; a = a->ai_next, left--) {
		int64_t now = clock_mono_ms();

		t->deadline = now + (deadline > now ? (deadline - now) / left : 0);
		ok = connect_one(t, a);
		if (!ok)
			fdio_close(&t->fd);
	}
	t->deadline = deadline;
	freeaddrinfo(list);
	return ok;
}

/* ---- dialogue ---- */

static bool
fill(struct talk *t)
{
	ssize_t n;

	do {
		if (!wait_for(t, POLLIN))
			return false;
		n = recv(t->fd, t->in, sizeof(t->in), 0);
	} while (n < 0 && (errno == EAGAIN || errno == EINTR));
	if (n <= 0)
		return fail(t, "the connection was closed");
	t->at = 0;
	t->n = (size_t)n;
	t->total += (size_t)n;
	return t->total <= SMTP_CHATTER || fail(t, "it says too much");
}

static bool
hear(struct talk *t)
{
	smtp_reply_init(&t->reply);
	while (t->reply.state == SMTP_MORE) {
		size_t used;

		if (t->at == t->n && !fill(t))
			return false;
		used = smtp_reply_feed(&t->reply, (struct str){ t->in + t->at, t->n - t->at });
		t->at += used;
	}
	return t->reply.state == SMTP_WHOLE || fail(t, "what it says is no SMTP");
}

static bool
say(struct talk *t, const char *verb, struct str arg, const char *end)
{
	struct buf line;
	size_t at = 0;
	bool ok = true;

	buf_init(&line, PATH_BYTES + 100);
	buf_adds(&line, verb);
	buf_add(&line, arg);
	buf_adds(&line, end);
	while (ok && at < line.n) {
		ssize_t n = send(t->fd, line.p + at, line.n - at, MSG_NOSIGNAL);

		if (n > 0)
			at += (size_t)n;
		else if (errno == EAGAIN)
			ok = wait_for(t, POLLOUT);
		else if (errno != EINTR)
			ok = fail(t, "the connection was closed");
	}
	buf_clear(&line);
	return ok && hear(t);
}

static bool
good(struct talk *t, const char *after)
{
	if (t->reply.code / 100 == 2)
		return true;
	buf_reset(t->why);
	buf_printf(t->why, "%s: %.*s", after, STR_ARG(str_upto((struct str){ t->reply.line, t->reply.n }, SHOW)));
	return false;
}

static bool
is_ascii(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] >= 0x80)
			return false;
	return true;
}

static bool
begin(struct talk *t, const struct smtp_probe *p)
{
	bool utf8 = !is_ascii(p->address);

	if (!hear(t) || !good(t, "greeting") || !say(t, "EHLO ", p->helo, "\r\n"))
		return false;
	/* RFC 5321 3.2: who does not know EHLO knows HELO. */
	if (t->reply.code / 100 == 5 && !say(t, "HELO ", p->helo, "\r\n"))
		return false;
	if (!good(t, "HELO"))
		return false;
	if (utf8 && !t->reply.smtputf8)
		return fail(t, "it does not know SMTPUTF8");
	return say(t, "MAIL FROM:<>", STR_NONE, utf8 ? " SMTPUTF8\r\n" : "\r\n") && good(t, "MAIL FROM:<>");
}

/* Does this refusal say that there is no such mailbox? Others are about us, or about now. */
static bool
is_unknown(const struct smtp_reply *r)
{
	if (r->class == 5)
		return (r->subject == 1 && (r->detail <= 3 || r->detail == 6 || r->detail == 10)) ||
		    (r->subject == 2 && r->detail == 1);
	return r->code == 550 || r->code == 551 || r->code == 553;
}

static enum probe
recipient(struct talk *t, struct str address)
{
	if (!say(t, "RCPT TO:<", address, ">\r\n"))
		return PROBE_NO_ANSWER;
	if (good(t, "RCPT TO"))
		return PROBE_YES;
	return t->reply.code / 100 == 5 && is_unknown(&t->reply) ? PROBE_NO : PROBE_UNCLEAR;
}

bool
smtp_probe_can(struct str a)
{
	bool quoted = false;

	if (a.n == 0 || a.n > PATH_BYTES - 20)
		return false;
	for (size_t i = 0; i < a.n; i++) {
		unsigned char c = (unsigned char)a.p[i];

		if (c < 0x20 || c == 0x7f)
			return false;
		if (c == '"')
			quoted = !quoted;
		else if (quoted && c == '\\')
			i++;
		else if (!quoted && (c == ' ' || c == '<' || c == '>'))
			return false;
	}
	return !quoted;
}

enum probe
smtp_probe(const struct smtp_probe *p, struct buf *why)
{
	struct talk t = { .fd = -1, .deadline = p->deadline_ms, .why = why };
	enum probe answer = PROBE_NO_ANSWER;

	if (!smtp_probe_can(p->address) || (p->nobody.n && !smtp_probe_can(p->nobody)))
		fail(&t, "this address cannot be asked about");
	else if (connect_any(&t, p) && begin(&t, p)) {
		answer = recipient(&t, p->address);
		if (answer == PROBE_YES && p->nobody.n && recipient(&t, p->nobody) == PROBE_YES)
			answer = PROBE_ANY;
		/* Its answer is not waited for. */
		(void)!send(t.fd, "QUIT\r\n", 6, MSG_NOSIGNAL);
	}
	fdio_close(&t.fd);
	return answer;
}
