/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Servers that are none: what they send is bounded, and no call waits longer for them. */
#include <poll.h>
#include <stdatomic.h>

#include "store/counters_kit.h"

/* covers: lib/store/shared_conn.c, lib/store/shared_reply.c */
enum fake { FAKE_COUNTS, FAKE_GARBAGE, FAKE_HUGE, FAKE_DRIP, FAKE_DEEP, FAKE_ENDLESS, FAKE_CLOSE };

struct liar {
	pthread_t thread;
	int fd;
	char address[30];
	enum fake what;
	atomic_int batch;		/* most commands that came before an answer was sent */
	atomic_bool stop;
};

/* How many scripts the bytes ask for. */
static int
scripts_in(struct str s)
{
	size_t at;
	int n = 0;

	while ((at = str_find(s, STR("\r\nEVAL"))) != STR_NPOS) {
		s = str_from(s, at + 6);
		n++;
	}
	return n;
}

static void
tell(int fd, const char *text)
{
	(void)send(fd, text, strlen(text), MSG_NOSIGNAL);
}

static void
answer_mark(int fd)
{
	char text[200];
	long long now = clock_wall_ms();

	(void)snprintf(text, sizeof(text),
	    "*7\r\n$13\r\n%lld\r\n$1\r\n0\r\n$1\r\n0\r\n$13\r\n%lld\r\n$13\r\n%lld\r\n$2\r\n42\r\n$1\r\n0\r\n",
	    now, now, now);
	tell(fd, text);
}

/* The same over and over, after a first line. */
static void
tell_on(const struct liar *l, int fd, const char *first, const char *more, int times, useconds_t pause_us)
{
	tell(fd, first);
	for (int i = 0; i < times && !l->stop; i++) {
		tell(fd, more);
		if (pause_us)
			usleep(pause_us);
	}
}

static bool
answer(const struct liar *l, int fd)
{
	char line[1025];

	memset(line, 'x', sizeof(line) - 1);
	line[sizeof(line) - 1] = '\0';
	switch (l->what) {
	case FAKE_COUNTS:
		answer_mark(fd);
		break;
	case FAKE_GARBAGE:
		tell(fd, "HTTP/1.1 400 Bad Request\r\n\r\n");
		break;
	case FAKE_HUGE:
		tell(fd, "*2147483647\r\n");
		break;
	case FAKE_DRIP:
		tell_on(l, fd, "$1000\r\n", "x", 300, 10000);
		break;
	case FAKE_DEEP:
		tell_on(l, fd, "*1\r\n", "*1\r\n", 100, 0);
		break;
	case FAKE_ENDLESS:
		tell_on(l, fd, "$500000000\r\n", line, 6000, 0);
		break;
	case FAKE_CLOSE:
		return false;
	}
	return true;
}

/* Collect commands until nothing more comes without an answer, then answer them. The first three
 * scripts are the probe's and are answered well. */
static void
lie(struct liar *l, int fd)
{
	char in[200000];
	size_t n = 0;
	int seen = 0, quiet = 0;

	while (!l->stop && quiet < 200) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		ssize_t got;
		int k;

		if (poll(&p, 1, 10) > 0) {
			got = recv(fd, in + n, sizeof(in) - n, 0);
			if (got <= 0)
				return;
			n += (size_t)got;
			quiet = 0;
			continue;
		}
		quiet++;
		k = scripts_in((struct str){ in, n });
		n = 0;
		l->batch = k > l->batch ? k : l->batch;
		for (int i = 0; i < k; i++, seen++) {
			if (seen < 3)
				answer_mark(fd);
			else if (!answer(l, fd))
				return;
		}
	}
}

static void *
lie_to_all(void *arg)
{
	struct liar *l = arg;

	while (!l->stop) {
		struct pollfd p = { .fd = l->fd, .events = POLLIN };
		int fd;

		if (poll(&p, 1, 20) <= 0)
			continue;
		fd = accept(l->fd, NULL, NULL);
		if (fd >= 0) {
			lie(l, fd);
			close(fd);
		}
	}
	return NULL;
}

static bool
liar_start(struct liar *l, enum fake what)
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof(sin);

	*l = (struct liar){ .fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), .what = what };
	if (bind(l->fd, (struct sockaddr *)&sin, n) != 0 || listen(l->fd, 20) != 0 ||
	    getsockname(l->fd, (struct sockaddr *)&sin, &n) != 0)
		return false;
	(void)snprintf(l->address, sizeof(l->address), "127.0.0.1:%d", ntohs(sin.sin_port));
	return pthread_create(&l->thread, NULL, lie_to_all, l) == 0;
}

static void
liars(void)
{
	static const char *const names[] = { "counts", "garbage", "an array without end", "a byte now and then",
	    "arrays in arrays", "a text without end", "closes" };

	for (int what = FAKE_COUNTS; what <= FAKE_CLOSE; what++) {
		struct counters_conf conf;
		struct counter_op ops[COUNTER_OPS];
		struct counters *c;
		struct liar l;
		int64_t start;

		test_ok(liar_start(&l, (enum fake)what), "a server that is none starts");
		conf = conf_of(l.address);
		conf.retry_ms = 60000;
		c = open_with(&conf, "");
		test_ok(comes(c, true, 2000), names[what]);
		for (size_t i = 0; i < COUNTER_OPS; i++)
			ops[i] = (struct counter_op){ .type = COUNT_MARK, .kind = "many", .name = { names[0], i % 6 },
			    .window_ms = MINUTE, .add = 1 };
		start = clock_mono_ms();
		counters_run(c, clock_wall_ms(), ops, COUNTER_OPS);
		test_ok(clock_mono_ms() - start < DEADLINE + 150, "the call ends in time");
		if (what == FAKE_COUNTS) {
			test_int(l.batch, COUNTER_OPS, "all operations of a call go out before an answer comes");
			test_ok(ops[63].count == 42 && is_up(c), "and their answers are taken");
		} else {
			test_ok(ops[0].count == 1 && !is_up(c), "this node counts");
		}
		l.stop = true;
		counters_free(&c);
		pthread_join(l.thread, NULL);
		close(l.fd);
	}
}

int
main(void)
{
	liars();
	return test_done();
}
