/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* milter_load [-m] [-b PERCENT] [-i IDLE] SOCKET CONNECTIONS RESULTS FILE...: be the MTA for each
 * message, one connection per message as one SMTP session would be, and print one line of
 * key=value figures. RESULTS gets `file answer` per message, for comparing filters; - for none.
 *   -b PERCENT  so many come from 198.51.100.66, the others from 250 others
 *   -m          end after the answer to MAIL: what a connection costs that brings no message
 *   -i IDLE     so many connections say HELO before, stay open, and say MAIL after the rest: idle=N
 *               of them were answered */
#include <arpa/inet.h>
#include <libmilter/mfdef.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/fdio.h"

enum { THREADS = 600, CLIENTS = 250, IDLE_MAX = 10000, IDLE_BUF = 65536, CHUNK = 65535, PACKET_MAX = 4 << 20, PATIENCE_S = 120 };

struct job {
	const char *path;
	int64_t us;
	char answer;		/* 'c' delivered, 'r' refused, 'd', 't', 'q'uarantined, '!' protocol error */
};

static struct {
	const char *socket;
	struct job *jobs;
	size_t n;
	atomic_size_t next;
	size_t bad;		/* per cent */
	bool mail_only;
} bench;

/* One milter connection: what was negotiated and the last answer. */
struct link {
	int fd;
	uint32_t steps;
	bool quarantined;
	struct buf out;
	struct buf in;
};

static int
dial(const char *spec)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	struct sockaddr_in in = { .sin_family = AF_INET };
	struct timeval patience = { PATIENCE_S, 0 };
	const char *at = strrchr(spec, ':');
	int fd, rc;

	if (strncmp(spec, "unix:", 5) == 0) {
		snprintf(un.sun_path, sizeof(un.sun_path), "%s", spec + 5);
		fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
		rc = connect(fd, (struct sockaddr *)&un, sizeof(un));
	} else {
		in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		in.sin_port = htons((uint16_t)strtoul(at ? at + 1 : spec, NULL, 10));
		fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		rc = connect(fd, (struct sockaddr *)&in, sizeof(in));
	}
	if (rc != 0) {
		close(fd);
		return -1;
	}
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	return fd;
}

static void
put_u32(struct buf *b, uint32_t v)
{
	uint32_t be = htonl(v);

	buf_add(b, (struct str){ (const char *)&be, 4 });
}

/* Queue one packet; it goes out with the next question that waits for an answer. */
static void
packet(struct link *l, char command, struct str body)
{
	put_u32(&l->out, (uint32_t)body.n + 1);
	buf_addc(&l->out, command);
	buf_add(&l->out, body);
}

static bool
flush_out(struct link *l)
{
	bool ok = fdio_write_all(l->fd, buf_str(&l->out)) == RC_OK;

	buf_reset(&l->out);
	return ok;
}

static bool
take(int fd, char *p, size_t n)
{
	while (n) {
		ssize_t r = read(fd, p, n);

		if (r <= 0)
			return false;
		p += r;
		n -= (size_t)r;
	}
	return true;
}

/* The next packet of the filter: its code, the body in l->in. '!' on any trouble. */
static char
receive(struct link *l)
{
	uint32_t be, n;
	char code, *at;

	if (!take(l->fd, (char *)&be, 4) || (n = ntohl(be)) == 0 || n > PACKET_MAX || !take(l->fd, &code, 1))
		return '!';
	buf_reset(&l->in);
	at = buf_room(&l->in, n - 1);
	if (!at || !take(l->fd, at, n - 1))
		return '!';
	l->in.n = n - 1;
	return code;
}

/* The answer that ends a step; modifications and progress on the way are only noted. */
static char
answer(struct link *l)
{
	for (;;) {
		char code = receive(l);

		switch (code) {
		case SMFIR_ADDHEADER: case SMFIR_CHGHEADER: case SMFIR_INSHEADER: case SMFIR_REPLBODY:
		case SMFIR_ADDRCPT: case SMFIR_DELRCPT: case SMFIR_CHGFROM: case SMFIR_PROGRESS:
			break;
		case SMFIR_QUARANTINE:
			l->quarantined = true;
			break;
		case SMFIR_REPLYCODE:
			return l->in.n && l->in.p[0] == '4' ? SMFIR_TEMPFAIL : SMFIR_REJECT;
		default:
			return code;
		}
	}
}

/* One step: `not` is the flag that leaves it out, `mute` the one that leaves out its answer. */
static char
step(struct link *l, char command, struct str body, uint32_t not, uint32_t mute)
{
	if (l->steps & not)
		return SMFIR_CONTINUE;
	packet(l, command, body);
	if (l->steps & mute)
		return SMFIR_CONTINUE;
	return flush_out(l) ? answer(l) : '!';
}

static bool
negotiate(struct link *l)
{
	struct buf b;
	uint32_t steps;
	bool ok;

	buf_init(&b, 64);
	put_u32(&b, SMFI_PROT_VERSION);
	put_u32(&b, SMFI_CURR_ACTS);
	put_u32(&b, 0x1fffff);
	packet(l, SMFIC_OPTNEG, buf_str(&b));
	buf_clear(&b);
	ok = flush_out(l) && receive(l) == SMFIC_OPTNEG && l->in.n >= 12;
	if (ok) {
		memcpy(&steps, l->in.p + 8, 4);
		l->steps = ntohl(steps);
	}
	return ok;
}

/* Up to HELO. */
static char
greet(struct link *l, size_t number, bool bad)
{
	static const char macros[] = "Cj\0mx.example.com\0{daemon_name}\0mx\0";
	static const char peer[] = "client.example.org\0" "4\x30\x39";	/* name, IPv4, port */
	char from[sizeof(peer) + 16];
	int n;
	char a;

	memcpy(from, peer, sizeof(peer) - 1);
	n = snprintf(from + sizeof(peer) - 1, 16, bad ? "198.51.100.66" : "192.0.2.%u", (unsigned)(1 + number % CLIENTS));

	packet(l, SMFIC_MACRO, (struct str){ macros, sizeof(macros) - 1 });
	a = step(l, SMFIC_CONNECT, (struct str){ from, sizeof(peer) + (size_t)n }, SMFIP_NOCONNECT, SMFIP_NR_CONN);
	if (a == SMFIR_CONTINUE)
		a = step(l, SMFIC_HELO, (struct str){ "client.example.org", 19 }, SMFIP_NOHELO, SMFIP_NR_HELO);
	return a;
}

static char
envelope(struct link *l)
{
	static const char queue[] = "Ti\0" "4ZqBench01\0";
	char a = step(l, SMFIC_MAIL, (struct str){ "<sender@example.org>", 21 }, SMFIP_NOMAIL, SMFIP_NR_MAIL);

	if (bench.mail_only)
		return a;
	if (a == SMFIR_CONTINUE)
		a = step(l, SMFIC_RCPT, (struct str){ "<user@example.com>", 19 }, SMFIP_NORCPT, SMFIP_NR_RCPT);
	packet(l, SMFIC_MACRO, (struct str){ queue, sizeof(queue) - 1 });
	if (a == SMFIR_CONTINUE)
		a = step(l, SMFIC_DATA, STR_NONE, SMFIP_NODATA, SMFIP_NR_DATA);
	return a;
}

/* One header field, folding kept with LF as the MTA passes it on. */
static char
field(struct link *l, struct str lines, bool lead)
{
	size_t colon = str_chr(lines, ':');
	struct str value = str_from(lines, colon == STR_NPOS ? lines.n : colon + 1);
	struct buf b;
	char a;

	if (!lead && value.n && value.p[0] == ' ')
		value = str_from(value, 1);
	buf_init(&b, PACKET_MAX);
	buf_add(&b, str_upto(lines, colon == STR_NPOS ? lines.n : colon));
	buf_addc(&b, '\0');
	for (size_t i = 0; i < value.n; i++)
		if (value.p[i] != '\r')
			buf_addc(&b, value.p[i]);
	buf_addc(&b, '\0');
	a = step(l, SMFIC_HEADER, buf_str(&b), SMFIP_NOHDRS, SMFIP_NOHREPL);
	buf_clear(&b);
	return a;
}

static char
header(struct link *l, struct str mail, struct str *body)
{
	char a = SMFIR_CONTINUE;
	size_t from = 0, at = 0;

	while (a == SMFIR_CONTINUE && at < mail.n) {
		size_t nl = str_chr(str_from(mail, at), '\n');
		size_t end = nl == STR_NPOS ? mail.n : at + nl + 1;
		bool folded = end < mail.n && (mail.p[end] == ' ' || mail.p[end] == '\t');

		if (!folded) {
			struct str lines = str_trim(str_sub(mail, from, end - from));

			if (lines.n == 0)
				break;
			a = field(l, lines, (l->steps & SMFIP_HDR_LEADSPC) != 0);
			from = end;
		}
		at = end;
	}
	*body = str_from(str_from(mail, at), 2);
	if (a == SMFIR_CONTINUE)
		a = step(l, SMFIC_EOH, STR_NONE, SMFIP_NOEOH, SMFIP_NR_EOH);
	return a;
}

static char
content(struct link *l, struct str body)
{
	char a = SMFIR_CONTINUE;

	while (body.n && a == SMFIR_CONTINUE) {
		a = step(l, SMFIC_BODY, str_upto(body, CHUNK), SMFIP_NOBODY, SMFIP_NR_BODY);
		body = str_from(body, CHUNK);
	}
	if (a == SMFIR_SKIP)
		a = SMFIR_CONTINUE;
	return a == SMFIR_CONTINUE ? step(l, SMFIC_BODYEOB, STR_NONE, 0, 0) : a;
}

static char
one_message(struct link *l, struct str mail, size_t i)
{
	struct str body = STR_NONE;
	char a;

	l->fd = dial(bench.socket);
	if (l->fd < 0)
		return '!';
	a = negotiate(l) ? greet(l, i, i * 37 % 100 < bench.bad) : '!';
	if (a == SMFIR_CONTINUE)
		a = envelope(l);
	if (a == SMFIR_CONTINUE && !bench.mail_only)
		a = header(l, mail, &body);
	if (a == SMFIR_CONTINUE && !bench.mail_only)
		a = content(l, body);
	packet(l, SMFIC_QUIT, STR_NONE);
	(void)!flush_out(l);
	close(l->fd);
	if (a == SMFIR_ACCEPT)
		a = SMFIR_CONTINUE;
	return l->quarantined && a == SMFIR_CONTINUE ? 'q' : a;
}

static void *
client(void *arg)
{
	struct buf mail;

	(void)arg;
	buf_init(&mail, 64 << 20);
	for (size_t i; (i = atomic_fetch_add(&bench.next, 1)) < bench.n;) {
		struct link l = { .fd = -1 };
		int64_t start;

		buf_reset(&mail);
		if (fdio_read_file(bench.jobs[i].path, &mail) != RC_OK) {
			bench.jobs[i].answer = '!';
			continue;
		}
		buf_init(&l.out, 64 << 20);
		buf_init(&l.in, PACKET_MAX);
		start = clock_mono_us();
		bench.jobs[i].answer = one_message(&l, buf_str(&mail), i);
		bench.jobs[i].us = clock_mono_us() - start;
		buf_clear(&l.out);
		buf_clear(&l.in);
	}
	buf_clear(&mail);
	return NULL;
}

static int
by_time(const void *a, const void *b)
{
	const struct job *x = a, *y = b;

	return (x->us > y->us) - (x->us < y->us);
}

static size_t
count(const char *which)
{
	size_t n = 0;

	for (size_t i = 0; i < bench.n; i++)
		n += strchr(which, bench.jobs[i].answer) != NULL;
	return n;
}

static double
quantile_ms(size_t percent)
{
	return (double)bench.jobs[(bench.n - 1) * percent / 100].us / 1000;
}

static void
results(const char *path)
{
	FILE *f = strcmp(path, "-") == 0 ? NULL : fopen(path, "a");

	for (size_t i = 0; f && i < bench.n; i++)
		fprintf(f, "%s %c\n", bench.jobs[i].path, bench.jobs[i].answer);
	if (f)
		fclose(f);
}

/* ---- connections that do nothing ---- */

static struct link *
idle_open(size_t n)
{
	struct link *all = calloc(n + 1, sizeof(*all));

	for (size_t i = 0; i < n; i++) {
		struct link *l = &all[i];

		buf_init(&l->out, IDLE_BUF);
		buf_init(&l->in, IDLE_BUF);
		l->fd = dial(bench.socket);
		if (l->fd >= 0 && !(negotiate(l) && greet(l, i, false) == SMFIR_CONTINUE && flush_out(l))) {
			close(l->fd);
			l->fd = -1;
		}
	}
	return all;
}

/* How many are still served. */
static size_t
idle_close(struct link *all, size_t n)
{
	size_t served = 0;

	for (size_t i = 0; i < n; i++) {
		struct link *l = &all[i];

		if (l->fd >= 0) {
			served += envelope(l) == SMFIR_CONTINUE;
			close(l->fd);
		}
		buf_clear(&l->out);
		buf_clear(&l->in);
	}
	free(all);
	return served;
}

static size_t
number(const char *text, size_t max)
{
	size_t n = strtoul(text, NULL, 10);

	return n < max ? n : max;
}

int
main(int argc, char **argv)
{
	static pthread_t thread[THREADS];
	size_t threads, idle = 0, served;
	struct link *crowd;
	int64_t start, us;
	int c;

	while ((c = getopt(argc, argv, "b:i:m")) != -1) {
		if (c == 'b')
			bench.bad = number(optarg, 100);
		else if (c == 'm')
			bench.mail_only = true;
		else if (c == 'i')
			idle = number(optarg, IDLE_MAX);
	}
	argc -= optind - 1;
	argv += optind - 1;
	if (argc < 5 || (threads = strtoul(argv[2], NULL, 10)) == 0 || threads > THREADS) {
		fprintf(stderr, "usage: milter_load [-m] [-b percent] [-i idle] unix:PATH|inet:PORT CONNECTIONS RESULTS FILE...\n");
		return 64;
	}
	bench.socket = argv[1];
	bench.n = (size_t)argc - 4;
	bench.jobs = calloc(bench.n, sizeof(*bench.jobs));
	for (size_t i = 0; i < bench.n; i++)
		bench.jobs[i].path = argv[4 + i];
	crowd = idle_open(idle);
	start = clock_mono_us();
	for (size_t i = 0; i < threads; i++)
		pthread_create(&thread[i], NULL, client, NULL);
	for (size_t i = 0; i < threads; i++)
		pthread_join(thread[i], NULL);
	us = clock_mono_us() - start;
	served = idle_close(crowd, idle);
	results(argv[3]);
	qsort(bench.jobs, bench.n, sizeof(*bench.jobs), by_time);
	printf("n=%zu rate=%.1f p50=%.1f p95=%.1f p99=%.1f pass=%zu stopped=%zu tempfail=%zu errors=%zu idle=%zu\n",
	    bench.n,
	    (double)bench.n * 1e6 / (double)us, quantile_ms(50), quantile_ms(95), quantile_ms(99), count("c"),
	    count("rdq"), count("t"), count("!"), served);
	return count("!") != 0;
}
