/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "net/smtp_stub.h"

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"

enum { TEXT = 4096, FLOOD = 1000000, STEP_MS = 20 };

struct smtp_stub {
	pthread_mutex_t lock;
	pthread_t thread;
	int listener;
	unsigned port, connections;
	bool stop;
	char script[TEXT], heard[TEXT], shown[TEXT];
	struct buf mail, coming, shown_mail;	/* the last one, the one that comes */
	unsigned taken;
	bool in_data;
	SSL_CTX *tls;			/* what it has to speak TLS with */
	SSL *ssl;			/* of the connection, once it does */
};

/* The value of a word of the script; false: it is not there. */
static bool
word(const char *script, const char *name, struct str *value)
{
	struct str rest = str_of(script), one;

	while (str_next(&rest, ';', &one)) {
		size_t eq = str_chr(one, '=');

		if (str_eq(str_upto(one, eq), str_of(name))) {
			*value = eq == STR_NPOS ? STR_NONE : str_from(one, eq + 1);
			return true;
		}
	}
	return false;
}

static bool
is_over(struct smtp_stub *s)
{
	bool stop;

	pthread_mutex_lock(&s->lock);
	stop = s->stop;
	pthread_mutex_unlock(&s->lock);
	return stop;
}

static bool
put_piece(struct smtp_stub *s, int fd, const char *p, size_t n)
{
	return s->ssl ? SSL_write(s->ssl, p, (int)n) == (int)n : send(fd, p, n, MSG_NOSIGNAL) == (ssize_t)n;
}

static ssize_t
get_piece(struct smtp_stub *s, int fd, char *p, size_t room)
{
	return s->ssl ? SSL_read(s->ssl, p, (int)room) : recv(fd, p, room, 0);
}

static bool
put(struct smtp_stub *s, int fd, struct str text, long drip)
{
	for (size_t at = 0; at < text.n;) {
		size_t n = drip ? 1 : text.n - at;

		if (is_over(s) || !put_piece(s, fd, text.p + at, n))
			return false;
		at += n;
		if (drip)
			usleep((useconds_t)drip * 1000);
	}
	return true;
}

/* False: the connection is over. */
static bool
answer(struct smtp_stub *s, const char *script, int fd, const char *what, const char *usual)
{
	struct str text, drip = STR_NONE;
	char line[TEXT];

	if (!word(script, what, &text))
		text = str_of(usual);
	if (str_eq(text, STR("!")))
		return false;
	if (!text.n)
		return true;
	(void)word(script, "drip", &drip);
	snprintf(line, sizeof(line), "%.*s\r\n", STR_ARG(text));
	return put(s, fd, str_of(line), drip.n ? strtol(drip.p, NULL, 10) : 0);
}

static bool
greet(struct smtp_stub *s, const char *script, int fd)
{
	struct str none;

	if (word(script, "flood", &none)) {
		for (int i = 0; i < FLOOD; i++)
			if (!put(s, fd, STR("220-and so on\r\n"), 0))
				return false;
	}
	return answer(s, script, fd, "greet", "220 stub");
}

/* What it can. */
static bool
offer(struct smtp_stub *s, const char *script, int fd)
{
	bool more, utf8, bare = !s->ssl;
	char text[TEXT] = "250-stub\r\n";
	struct str value;
	size_t n;

	more = word(script, "more", &value);
	n = strlen(text);
	if (more)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "250-%.*s\r\n", STR_ARG(value));
	if (bare && word(script, "bare", &value))
		n += (size_t)snprintf(text + n, sizeof(text) - n, "250-%.*s\r\n", STR_ARG(value));
	if (bare && word(script, "starttls", &value))
		n += (size_t)snprintf(text + n, sizeof(text) - n, "250-STARTTLS\r\n");
	utf8 = more || word(script, "utf8", &value);
	snprintf(text + n, sizeof(text) - n, "250 %s", utf8 ? "SMTPUTF8" : "HELP");
	return answer(s, script, fd, "ehlo", text);
}

/* Its answer, and then the handshake unless it refuses. */
static bool
start_tls(struct smtp_stub *s, const char *script, int fd)
{
	struct str text;

	if (!answer(s, script, fd, "starttls", "454 4.7.0 not now"))
		return false;
	if (!word(script, "starttls", &text) || !str_starts(text, STR("220")))
		return true;
	s->ssl = SSL_new(s->tls);
	return s->ssl && SSL_set_fd(s->ssl, fd) == 1 && SSL_accept(s->ssl) == 1;
}

static bool
obey(struct smtp_stub *s, const char *script, int fd, struct str line)
{
	struct str only, none;

	if (str_starts_nocase(line, STR("EHLO")))
		return offer(s, script, fd);
	if (str_starts_nocase(line, STR("STARTTLS")))
		return start_tls(s, script, fd);
	if (str_starts_nocase(line, STR("HELO")))
		return answer(s, script, fd, "helo", "250 stub");
	if (str_starts_nocase(line, STR("MAIL")))
		return answer(s, script, fd, "mail", "250 2.1.0 ok");
	if (str_starts_nocase(line, STR("QUIT")))
		return false;
	if (str_starts_nocase(line, STR("DATA"))) {
		s->in_data = !word(script, "data", &none) || str_starts(none, STR("354"));
		buf_reset(&s->coming);
		return answer(s, script, fd, "data", "354 go on");
	}
	if (word(script, "only", &only) && str_find_nocase(line, only) == STR_NPOS)
		return answer(s, "", fd, "", "550 5.1.1 unknown");
	return answer(s, script, fd, "rcpt", "250 2.1.5 ok");
}

/* A line of a message. What is answered with 2xx was taken, whether the client hears it or not. */
static bool
take(struct smtp_stub *s, const char *script, int fd, struct str line)
{
	struct str end = STR("250");

	if (!str_eq(line, STR("."))) {
		buf_add(&s->coming, str_starts(line, STR(".")) ? str_from(line, 1) : line);
		buf_adds(&s->coming, "\r\n");
		return true;
	}
	s->in_data = false;
	(void)word(script, "end", &end);
	if (str_starts(end, STR("2"))) {
		pthread_mutex_lock(&s->lock);
		buf_reset(&s->mail);
		buf_add(&s->mail, buf_str(&s->coming));
		s->taken++;
		pthread_mutex_unlock(&s->lock);
	}
	return answer(s, script, fd, "end", "250 2.0.0 taken");
}

static void
note(struct smtp_stub *s, struct str line)
{
	size_t n;

	pthread_mutex_lock(&s->lock);
	n = strlen(s->heard);
	if (!str_starts_nocase(line, STR("QUIT")))
		snprintf(s->heard + n, sizeof(s->heard) - n, "%.*s|", STR_ARG(line));
	pthread_mutex_unlock(&s->lock);
}

static void
converse(struct smtp_stub *s, int fd)
{
	char script[TEXT], in[TEXT];
	size_t n = 0, end;
	bool open;

	pthread_mutex_lock(&s->lock);
	memcpy(script, s->script, sizeof(script));
	s->heard[0] = '\0';
	s->connections++;
	s->in_data = false;
	pthread_mutex_unlock(&s->lock);
	open = greet(s, script, fd);
	while (open && !is_over(s)) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		ssize_t got;

		if ((!s->ssl || SSL_pending(s->ssl) == 0) && poll(&p, 1, STEP_MS) == 0)
			continue;
		got = get_piece(s, fd, in + n, sizeof(in) - n);
		if (got <= 0)
			break;
		n += (size_t)got;
		while (open && (end = str_find((struct str){ in, n }, STR("\r\n"))) != STR_NPOS) {
			if (s->in_data) {
				open = take(s, script, fd, (struct str){ in, end });
			} else {
				note(s, (struct str){ in, end });
				open = obey(s, script, fd, (struct str){ in, end });
			}
			n -= end + 2;
			memmove(in, in + end + 2, n);
		}
	}
	SSL_free(s->ssl);
	s->ssl = NULL;
	close(fd);
}

static void *
serve(void *arg)
{
	struct smtp_stub *s = arg;

	while (!is_over(s)) {
		struct pollfd p = { .fd = s->listener, .events = POLLIN };
		int fd;

		if (poll(&p, 1, STEP_MS) <= 0)
			continue;
		fd = accept(s->listener, NULL, NULL);
		if (fd >= 0)
			converse(s, fd);
	}
	return NULL;
}

struct smtp_stub *
smtp_stub_new(const char *script)
{
	struct smtp_stub *s = calloc(1, sizeof(*s));
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof(a);

	if (!s)
		abort();
	pthread_mutex_init(&s->lock, NULL);
	buf_init(&s->mail, SMTP_STUB_MAIL);
	buf_init(&s->coming, SMTP_STUB_MAIL);
	buf_init(&s->shown_mail, SMTP_STUB_MAIL);
	smtp_stub_script(s, script);
	s->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(s->listener, (struct sockaddr *)&a, sizeof(a)) != 0 || listen(s->listener, 64) != 0 ||
	    getsockname(s->listener, (struct sockaddr *)&a, &n) != 0 || pthread_create(&s->thread, NULL, serve, s) != 0)
		abort();
	s->port = ntohs(a.sin_port);
	return s;
}

unsigned
smtp_stub_port(const struct smtp_stub *s)
{
	return s->port;
}

void
smtp_stub_script(struct smtp_stub *s, const char *script)
{
	pthread_mutex_lock(&s->lock);
	snprintf(s->script, sizeof(s->script), "%s", script);
	pthread_mutex_unlock(&s->lock);
}

void
smtp_stub_tls(struct smtp_stub *s, SSL_CTX *ctx)
{
	pthread_mutex_lock(&s->lock);
	SSL_CTX_free(s->tls);
	s->tls = ctx;
	pthread_mutex_unlock(&s->lock);
}

struct str
smtp_stub_heard(struct smtp_stub *s)
{
	pthread_mutex_lock(&s->lock);
	memcpy(s->shown, s->heard, sizeof(s->shown));
	pthread_mutex_unlock(&s->lock);
	return str_of(s->shown);
}

struct str
smtp_stub_mail(struct smtp_stub *s, unsigned *taken)
{
	pthread_mutex_lock(&s->lock);
	buf_reset(&s->shown_mail);
	buf_add(&s->shown_mail, buf_str(&s->mail));
	*taken = s->taken;
	pthread_mutex_unlock(&s->lock);
	return buf_str(&s->shown_mail);
}

unsigned
smtp_stub_connections(struct smtp_stub *s)
{
	unsigned n;

	pthread_mutex_lock(&s->lock);
	n = s->connections;
	pthread_mutex_unlock(&s->lock);
	return n;
}

void
smtp_stub_free(struct smtp_stub **at)
{
	struct smtp_stub *s = *at;

	*at = NULL;
	pthread_mutex_lock(&s->lock);
	s->stop = true;
	pthread_mutex_unlock(&s->lock);
	pthread_join(s->thread, NULL);
	close(s->listener);
	pthread_mutex_destroy(&s->lock);
	SSL_CTX_free(s->tls);
	buf_clear(&s->mail);
	buf_clear(&s->coming);
	buf_clear(&s->shown_mail);
	free(s);
}
