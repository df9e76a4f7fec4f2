/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* smtp_send [options] PORT FILE...: send messages to 127.0.0.1:PORT and print what the server says.
 *
 *   -f FROM, -r RCPT	sender; recipient, may come more than once
 *   -e NAME		the name said in EHLO
 *   -X ATTRIBUTES	speak for another client first: "ADDR=192.0.2.1 NAME=mail.example.org"
 *   -v			a line `rcpt ADDRESS CODE TEXT` for each recipient
 *   -j N		connections at once; files are dealt out to them
 *   -n N		send the whole list N times
 *   -x HEADER		"Name: " to which a number is added, so that each message is known by it
 *   -k			several messages over one connection, RSET between them
 *   -p			pipelining: envelope commands in one write
 *   -s			summary only
 *   -w SEC		how long to wait for an answer (default 300)
 * One line for each message, `FILE NUMBER STAGE CODE TEXT`: STAGE is where it was decided (connect,
 * mail, rcpt, data, end), "lost" when no answer came. Files are sent as they are, with dots
 * stuffed; a bare LF stays one. Exit 0 always; who calls counts the lines. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/fdio.h"
#include "base/str.h"

enum { RCPTS = 1100, FILE_BYTES = 512 * 1024 * 1024, REPLY_BYTES = 65536, CODES = 600 };

static const char *from = "sender@example.org", *helo = "client.example.org", *xclient, *mark;
static const char *rcpts[RCPTS];
static size_t n_rcpts;
static char **files;
static size_t n_files, total;
static int wait_ms = 300000;
static bool keep, pipelined, quiet, verbose;
static uint16_t port;
static _Atomic size_t next;
static _Atomic size_t count[CODES];	/* by reply code; 0: lost */
static pthread_mutex_t out = PTHREAD_MUTEX_INITIALIZER;

struct conn {
	int fd;
	struct buf in;		/* bytes that came after the last reply */
	char text[512];		/* last reply's first line */
};

static int
dial(void)
{
	struct sockaddr_in sa = { .sin_family = AF_INET, .sin_port = htons(port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd >= 0 && connect(fd, (struct sockaddr *)&sa, sizeof(sa)) == 0)
		return fd;
	fdio_close(&fd);
	return -1;
}

static bool
read_line(struct conn *c, struct buf *line)
{
	int64_t deadline = clock_mono_ms() + wait_ms;
	size_t at;

	while ((at = str_find(buf_str(&c->in), STR("\r\n"))) == STR_NPOS) {
		struct pollfd p = { .fd = c->fd, .events = POLLIN };
		char *room = buf_room(&c->in, 4096);
		ssize_t n;

		if (!room || poll(&p, 1, clock_left_ms(deadline)) <= 0)
			return false;
		n = read(c->fd, room, 4096);
		if (n <= 0)
			return false;
		c->in.n += (size_t)n;
	}
	buf_reset(line);
	buf_add(line, str_upto(buf_str(&c->in), at));
	memmove(c->in.p, c->in.p + at + 2, c->in.n - at - 2);
	c->in.n -= at + 2;
	return true;
}

/* A reply of one or more lines; its code, 0 when the server went away. */
static int
reply(struct conn *c)
{
	struct buf line;
	int code = 0;

	buf_init(&line, REPLY_BYTES);
	while (read_line(c, &line)) {
		uint64_t v = 0;

		if (line.n < 3 || !str_to_u64(str_upto(buf_str(&line), 3), &v))
			break;
		snprintf(c->text, sizeof(c->text), "%s", buf_cstr(&line) + (line.n > 4 ? 4 : line.n));
		if (line.n > 3 && line.p[3] == '-')
			continue;
		code = (int)v;
		break;
	}
	buf_clear(&line);
	return code;
}

static int
say(struct conn *c, const char *verb, const char *arg, const char *end)
{
	struct buf b;
	enum rc rc;

	buf_init(&b, REPLY_BYTES);
	buf_printf(&b, "%s%s%s\r\n", verb, arg, end);
	rc = fdio_write_all(c->fd, buf_str(&b));
	buf_clear(&b);
	return rc == RC_OK ? reply(c) : 0;
}

static bool
greet(struct conn *c, int *code, const char **stage)
{
	*stage = "connect";
	c->fd = dial();
	buf_init(&c->in, REPLY_BYTES);
	*code = 0;
	if (c->fd < 0)
		return false;
	*code = reply(c);
	if (*code == 220 && xclient)
		*code = say(c, "XCLIENT ", xclient, "");
	if (*code == 220)
		*code = say(c, "EHLO ", helo, "");
	return *code == 250;
}

/* Recipients that were taken; the last refusal stays in *code. */
static size_t
envelope(struct conn *c, int *code, const char **stage)
{
	size_t taken = 0;

	*stage = "mail";
	*code = say(c, "MAIL FROM:<", from, ">");
	if (*code != 250)
		return 0;
	*stage = "rcpt";
	for (size_t i = 0; i < n_rcpts && *code; i++) {
		*code = say(c, "RCPT TO:<", rcpts[i], ">");
		taken += *code == 250;
		if (verbose)
			printf("rcpt %s %d %s\n", rcpts[i], *code, c->text);
	}
	return taken;
}

static size_t
envelope_at_once(struct conn *c, int *code, const char **stage)
{
	struct buf b;
	size_t taken = 0;

	buf_init(&b, REPLY_BYTES * 4);
	buf_printf(&b, "MAIL FROM:<%s>\r\n", from);
	for (size_t i = 0; i < n_rcpts; i++)
		buf_printf(&b, "RCPT TO:<%s>\r\n", rcpts[i]);
	*stage = "mail";
	*code = fdio_write_all(c->fd, buf_str(&b)) == RC_OK ? reply(c) : 0;
	buf_clear(&b);
	for (size_t i = 0; i < n_rcpts && *code; i++) {
		*stage = "rcpt";
		*code = reply(c);
		taken += *code == 250;
	}
	return taken;
}

static void
stuff(struct str text, struct buf *b)
{
	while (text.n) {
		size_t lf = str_chr(text, '\n');
		struct str line = lf == STR_NPOS ? text : str_upto(text, lf + 1);

		if (line.p[0] == '.')
			buf_addc(b, '.');
		buf_add(b, line);
		text = str_from(text, line.n);
	}
	if (b->n < 2 || b->p[b->n - 2] != '\r' || b->p[b->n - 1] != '\n')
		buf_adds(b, "\r\n");
	buf_adds(b, ".\r\n");
}

static int
content(struct conn *c, const char *file, size_t number)
{
	struct buf text, b;
	int code = 0;

	buf_init(&text, FILE_BYTES);
	buf_init(&b, FILE_BYTES);
	if (fdio_read_file(file, &text) == RC_OK) {
		if (mark)
			buf_printf(&b, "%s%zu\r\n", mark, number);
		stuff(buf_str(&text), &b);
		if (fdio_write_all(c->fd, buf_str(&b)) == RC_OK)
			code = reply(c);
	}
	buf_clear(&text);
	buf_clear(&b);
	return code;
}

static void
tell(const char *file, size_t number, const char *stage, int code, const char *text)
{
	atomic_fetch_add(&count[code < CODES ? code : 0], 1);
	if (quiet)
		return;
	pthread_mutex_lock(&out);
	printf("%s %zu %s %d %s\n", file, number, code ? stage : "lost", code, code ? text : stage);
	fflush(stdout);
	pthread_mutex_unlock(&out);
}

static void
send_one(struct conn *c, size_t number)
{
	const char *file = files[number % n_files], *stage = "connect";
	int code = 250;
	size_t taken = 0;

	if (c->fd >= 0 || greet(c, &code, &stage))
		taken = pipelined ? envelope_at_once(c, &code, &stage) : envelope(c, &code, &stage);
	if (taken) {
		stage = "data";
		code = say(c, "DATA", "", "");
		if (code == 354) {
			stage = "end";
			code = content(c, file, number);
		}
	}
	tell(file, number, stage, code, c->text);
	if (keep && code && (taken || say(c, "RSET", "", "") == 250))
		return;
	if (c->fd >= 0 && code)
		say(c, "QUIT", "", "");
	fdio_close(&c->fd);
	buf_clear(&c->in);
}

static void *
run(void *arg)
{
	struct conn c = { .fd = -1 };
	size_t number;

	while ((number = atomic_fetch_add(&next, 1)) < total)
		send_one(&c, number);
	fdio_close(&c.fd);
	return arg;
}

static int
usage(void)
{
	fprintf(stderr, "usage: smtp_send [-kpsv] [-e name] [-X attributes] [-f from] [-r rcpt] [-j n] [-n n] [-x header] [-w sec] "
	    "port file...\n");
	return 2;
}

int
main(int argc, char **argv)
{
	pthread_t thread[256];
	size_t jobs = 1, times = 1;
	int c;

	while ((c = getopt(argc, argv, "f:r:j:n:x:w:e:X:kpsv")) != -1) {
		switch (c) {
		case 'f': from = optarg; break;
		case 'r': rcpts[n_rcpts < RCPTS - 1 ? n_rcpts++ : n_rcpts] = optarg; break;
		case 'j': jobs = strtoul(optarg, NULL, 10); break;
		case 'n': times = strtoul(optarg, NULL, 10); break;
		case 'x': mark = optarg; break;
		case 'w': wait_ms = 1000 * (int)strtol(optarg, NULL, 10); break;
		case 'e': helo = optarg; break;
		case 'X': xclient = optarg; break;
		case 'v': verbose = true; break;
		case 'k': keep = true; break;
		case 'p': pipelined = true; break;
		case 's': quiet = true; break;
		default: return usage();
		}
	}
	if (optind + 2 > argc || jobs == 0 || jobs > 256)
		return usage();
	if (n_rcpts == 0)
		rcpts[n_rcpts++] = "rcpt@example.com";
	port = (uint16_t)strtoul(argv[optind], NULL, 10);
	files = argv + optind + 1;
	n_files = (size_t)(argc - optind - 1);
	total = n_files * times;
	signal(SIGPIPE, SIG_IGN);
	for (size_t i = 0; i < jobs; i++)
		if (pthread_create(&thread[i], NULL, run, NULL) != 0)
			return 1;
	for (size_t i = 0; i < jobs; i++)
		pthread_join(thread[i], NULL);
	if (quiet)
		for (int i = 0; i < CODES; i++)
			if (atomic_load(&count[i]))
				printf("%d %zu\n", i, atomic_load(&count[i]));
	return 0;
}
