/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "net/smtp_send.h"

#include <curl/curl.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/ascii.h"
#include "base/clock.h"
#include "base/fdio.h"
#include "net/smtp_probe.h"
#include "net/smtp_reply.h"

/* LINE: a command with an address of 500 bytes and its parameters (RFC 5321 4.5.3.1.4 with some room). */
enum { CHUNK = 32768, LINE = 1024, SERVER = 512, HELO_BYTES = 256, PERMANENT = 500, GOES_ON = 354 };

struct talk {
	const struct smtp_mail *mail;
	CURL *curl;
	int64_t by_ms;
	struct buf *reply;
	char error[CURL_ERROR_SIZE];
	char last[SMTP_LINE];		/* line that libcurl heard */
	bool size, eight, utf8;		/* extensions */
	bool broken;			/* the connection is of no use any more */
	struct smtp_reply heard;
	size_t chatter;
	char in[2048];
	size_t at, n;			/* of it, what was not looked at */
	char out[CHUNK];
	size_t out_n;
};

static void
say(struct talk *t, struct str what)
{
	buf_reset(t->reply);
	for (size_t i = 0; i < what.n && t->reply->n + 1 < SMTP_SEND_REPLY; i++)
		buf_addc(t->reply, ascii_is_print((unsigned char)what.p[i]) ? what.p[i] : ' ');
}

/* ---- bytes ---- */

static bool
wait_for(struct talk *t, short events)
{
	curl_socket_t fd;
	struct pollfd p = { .events = events };
	int n;

	if (curl_easy_getinfo(t->curl, CURLINFO_ACTIVESOCKET, &fd) != CURLE_OK || fd == CURL_SOCKET_BAD)
		return false;
	p.fd = fd;
	do
		n = poll(&p, 1, clock_left_ms(t->by_ms));
	while (n < 0 && errno == EINTR);
	return n > 0;
}

static bool
lost(struct talk *t, const char *why)
{
	t->broken = true;
	say(t, str_of(clock_left_ms(t->by_ms) == 0 ? "no answer in time" : why));
	return false;
}

static bool
put(struct talk *t, struct str bytes)
{
	while (bytes.n) {
		size_t n = 0;
		CURLcode code = curl_easy_send(t->curl, bytes.p, bytes.n, &n);

		if (code == CURLE_OK)
			bytes = str_from(bytes, n);
		else if (code != CURLE_AGAIN || !wait_for(t, POLLOUT))
			return lost(t, "the connection broke");
	}
	return true;
}

static bool
more(struct talk *t)
{
	for (;;) {
		CURLcode code = curl_easy_recv(t->curl, t->in, sizeof(t->in), &t->n);

		t->at = 0;
		if (code == CURLE_OK && t->n > 0)
			break;
		t->n = 0;
		if (code != CURLE_AGAIN || !wait_for(t, POLLIN))
			return lost(t, "the server hung up");
	}
	t->chatter += t->n;
	return t->chatter <= SMTP_CHATTER || lost(t, "the server says too much");
}

/* The next reply's code; 0: there is none. */
static int
hear(struct talk *t)
{
	smtp_reply_init(&t->heard);
	while (t->heard.state == SMTP_MORE) {
		if (t->at == t->n && !more(t))
			return 0;
		t->at += smtp_reply_feed(&t->heard, (struct str){ t->in + t->at, t->n - t->at });
	}
	if (t->heard.state == SMTP_GARBAGE) {
		(void)lost(t, "what the server says is no SMTP");
		return 0;
	}
	say(t, (struct str){ t->heard.line, t->heard.n });
	return t->heard.code;
}

static int
command(struct talk *t, const char *line)
{
	return put(t, str_of(line)) ? hear(t) : 0;
}

static enum rc
refused(int code)
{
	return code >= PERMANENT ? RC_BAD : RC_TEMP;
}

/* ---- connection ---- */

/* libcurl shows what the server answers until we take over. After STARTTLS nothing counts that was said before. */
static size_t
on_line(char *p, size_t size, size_t n, void *arg)
{
	struct talk *t = arg;
	struct str line = str_trim((struct str){ p, size * n }), word;

	snprintf(t->last, sizeof(t->last), "%.*s", STR_ARG(str_upto(line, sizeof(t->last) - 1)));
	if (str_starts(line, STR("220")))
		t->size = t->eight = t->utf8 = false;
	if (!str_starts(line, STR("250")) || line.n <= 4)
		return size * n;
	line = str_from(line, 4);
	word = str_upto(line, str_chr(line, ' ') == STR_NPOS ? line.n : str_chr(line, ' '));
	t->size |= str_eq_nocase(word, STR("SIZE"));
	t->eight |= str_eq_nocase(word, STR("8BITMIME"));
	t->utf8 |= str_eq_nocase(word, STR("SMTPUTF8"));
	return size * n;
}

/* "smtp://host:port/name": what stands in the path is said in EHLO. */
static bool
make_url(const struct smtp_mail *m, char *out, size_t room)
{
	char helo[HELO_BYTES] = "";
	struct buf url;
	bool fits;

	for (size_t i = 0; i < m->server.n; i++)
		if (!ascii_is_alnum((unsigned char)m->server.p[i]) && !strchr(".-_:[]%", m->server.p[i]))
			return false;
	if (m->server.n == 0 || m->server.n > SERVER || m->helo.n >= sizeof(helo))
		return false;
	if (m->helo.n)
		snprintf(helo, sizeof(helo), "%.*s", STR_ARG(m->helo));
	else if (gethostname(helo, sizeof(helo) - 1) != 0)
		snprintf(helo, sizeof(helo), "localhost");
	buf_init(&url, room - 1);
	buf_printf(&url, "smtp://%.*s/", STR_ARG(m->server));
	for (const char *h = helo; *h; h++)
		buf_printf(&url, ascii_is_alnum((unsigned char)*h) ? "%c" : "%%%02X", (unsigned char)*h);
	fits = !url.full;
	snprintf(out, room, "%s", buf_cstr(&url));
	buf_clear(&url);
	return fits;
}

static void
set_up(struct talk *t, const char *url)
{
	CURL *c = t->curl;
	char ca[4096];
	static const long tls[] = { [SMTP_TLS_NO] = CURLUSESSL_NONE, [SMTP_TLS_TRY] = CURLUSESSL_TRY,
	    [SMTP_TLS_MUST] = CURLUSESSL_ALL };
	bool strict = t->mail->tls == SMTP_TLS_MUST;

	curl_easy_setopt(c, CURLOPT_URL, url);
	curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "smtp");
	curl_easy_setopt(c, CURLOPT_CONNECT_ONLY, 1L);
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_PROXY, "");
	curl_easy_setopt(c, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	curl_easy_setopt(c, CURLOPT_ERRORBUFFER, t->error);
	curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, (long)clock_left_ms(t->by_ms) + 1);
	curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, (long)clock_left_ms(t->by_ms) + 1);
	curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, on_line);
	curl_easy_setopt(c, CURLOPT_HEADERDATA, t);
	curl_easy_setopt(c, CURLOPT_USE_SSL, tls[t->mail->tls]);
	curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, strict ? 1L : 0L);
	curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, strict ? 2L : 0L);
	snprintf(ca, sizeof(ca), "%.*s", STR_ARG(str_upto(t->mail->ca_file, sizeof(ca) - 1)));
	if (*ca)
		curl_easy_setopt(c, CURLOPT_CAINFO, ca);
}

static enum rc
open_talk(struct talk *t)
{
	char url[2 * SERVER + 3 * HELO_BYTES];
	CURLcode code;
	long status = 0;

	if (!make_url(t->mail, url, sizeof(url))) {
		say(t, STR("no server that can be connected to: host:port?"));
		return RC_BAD;
	}
	set_up(t, url);
	code = curl_easy_perform(t->curl);
	if (code == CURLE_OK)
		return RC_OK;
	t->broken = true;
	curl_easy_getinfo(t->curl, CURLINFO_RESPONSE_CODE, &status);
	say(t, str_of(status >= 400 && *t->last ? t->last : *t->error ? t->error : curl_easy_strerror(code)));
	/* A greeting of 5xx is about this server now, not about the mail. */
	return RC_TEMP;
}

/* ---- envelope ---- */

static bool
is_ascii(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] >= 0x80)
			return false;
	return true;
}

static bool
can_say(const struct smtp_mail *m)
{
	if (m->from.n && !smtp_probe_can(m->from))
		return false;
	for (size_t i = 0; i < m->n_rcpts; i++)
		if (!smtp_probe_can(m->rcpts[i]))
			return false;
	return m->n_rcpts > 0;
}

static bool
wants_utf8(const struct smtp_mail *m)
{
	bool plain = is_ascii(m->from);

	for (size_t i = 0; i < m->n_rcpts; i++)
		plain &= is_ascii(m->rcpts[i]);
	return !plain;
}

static enum rc
envelope(struct talk *t, struct str message)
{
	const struct smtp_mail *m = t->mail;
	bool utf8 = wants_utf8(m);
	char line[LINE], size[40] = "";
	uint64_t bytes = m->size;
	int code;

	if (utf8 && !t->utf8) {
		say(t, STR("an address is not ASCII and the server has no SMTPUTF8"));
		return RC_BAD;
	}
	for (size_t i = 0; i < m->n_head; i++)
		bytes += m->head[i].n + 2;
	if (t->size)
		snprintf(size, sizeof(size), " SIZE=%llu", (unsigned long long)bytes);
	snprintf(line, sizeof(line), "MAIL FROM:<%.*s>%s%s%s\r\n", STR_ARG(m->from), size,
	    t->eight && !is_ascii(message) ? " BODY=8BITMIME" : "", utf8 ? " SMTPUTF8" : "");
	code = command(t, line);
	if (code / 100 != 2)
		return refused(code);
	for (size_t i = 0; i < m->n_rcpts; i++) {
		snprintf(line, sizeof(line), "RCPT TO:<%.*s>\r\n", STR_ARG(m->rcpts[i]));
		code = command(t, line);
		if (code / 100 != 2)
			return refused(code);
	}
	code = command(t, "DATA\r\n");
	if (code == GOES_ON)
		return RC_OK;
	/* 2xx would be no answer to DATA: what follows is anybody's guess. */
	return refused(code);
}

/* ---- message ---- */

static bool
flush(struct talk *t)
{
	bool ok = put(t, (struct str){ t->out, t->out_n });

	t->out_n = 0;
	return ok;
}

static bool
add(struct talk *t, struct str bytes)
{
	while (bytes.n) {
		struct str part = str_upto(bytes, CHUNK - t->out_n);

		if (part.n == 0 && !flush(t))
			return false;
		memcpy(t->out + t->out_n, part.p, part.n);
		t->out_n += part.n;
		bytes = str_from(bytes, part.n);
	}
	return true;
}

/* RFC 5321 4.5.2: a dot at the beginning of a line is doubled. Every line ends with CRLF, so that no server sees
 * the end of the message in another place than we do. */
static bool
add_lines(struct talk *t, struct str text)
{
	while (text.n) {
		size_t end = str_chr(text, '\n');
		struct str line = end == STR_NPOS ? text : str_upto(text, end);

		text = end == STR_NPOS ? STR_NONE : str_from(text, end + 1);
		if (line.n && line.p[line.n - 1] == '\r')
			line.n--;
		if ((str_starts(line, STR(".")) && !add(t, STR("."))) || !add(t, line) || !add(t, STR("\r\n")))
			return false;
	}
	return true;
}

static enum rc
data(struct talk *t, struct str message)
{
	bool sent = true;
	int code;

	for (size_t i = 0; sent && i < t->mail->n_head; i++)
		sent = add_lines(t, t->mail->head[i]);
	if (!sent || !add_lines(t, message) || !flush(t))
		return RC_TEMP;		/* without its end nobody takes a message */
	code = command(t, ".\r\n");
	if (code == 0 && t->mail->unknown)
		*t->mail->unknown = true;
	return code / 100 == 2 ? RC_OK : refused(code);
}

static enum rc
converse(struct talk *t)
{
	struct str whole, message;
	enum rc rc;

	if (!can_say(t->mail)) {
		say(t, STR("an address that cannot be said in SMTP, or none"));
		return RC_BAD;
	}
	if (fdio_map(t->mail->fd, &whole) != RC_OK || whole.n < t->mail->size) {
		say(t, STR("the message cannot be read"));
		return RC_TEMP;
	}
	message = str_upto(whole, (size_t)t->mail->size);
	rc = open_talk(t);
	if (rc == RC_OK)
		rc = envelope(t, message);
	if (rc == RC_OK)
		rc = data(t, message);
	fdio_unmap(&whole);
	/* Politeness; nobody waits for the answer. */
	if (!t->broken)
		(void)curl_easy_send(t->curl, "QUIT\r\n", 6, &t->n);
	return rc;
}

enum rc
smtp_send(const struct smtp_mail *m, int64_t deadline_ms, struct buf *reply)
{
	struct talk *t = calloc(1, sizeof(*t));
	enum rc rc = RC_TEMP;

	if (!t)
		abort();	/* out of memory */
	t->mail = m;
	t->by_ms = deadline_ms;
	t->reply = reply;
	if (m->unknown)
		*m->unknown = false;
	t->curl = curl_easy_init();
	if (t->curl)
		rc = converse(t);
	else
		say(t, STR("libcurl does not start"));
	curl_easy_cleanup(t->curl);
	free(t);
	return rc;
}
