/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fdio.h"

static int64_t
soon(void)
{
	return clock_mono_ms() + 5000;
}

static void
frames(void)
{
	int pair[2], fd = -1;
	struct fdio_frame in, out = { .tag = 7, .body = STR("a\0b") };
	struct buf b, content;
	bool right;

	buf_init(&b, 100);
	buf_init(&content, 100);
	test_ok(fdio_pair(pair) == RC_OK && fdio_memfd("test", STR("inside"), &fd) == RC_OK, "a pair, a memory file");
	out.fds[0] = out.fds[1] = fd;
	out.n_fds = 2;
	test_int(fdio_send(pair[0], &out, soon()), RC_OK, "sent");
	test_int(fdio_send(pair[0], &(struct fdio_frame){ .tag = 8 }, soon()), RC_OK, "an empty one behind it");
	right = fdio_recv(pair[1], &b, &in, soon()) == RC_OK && in.tag == 7 && in.n_fds == 2;
	test_ok(right, "tag and descriptors arrive");
	test_str(in.body, STR("a\0b"), "the body too");
	test_ok(fdio_read_all(in.fds[1], &content) == RC_OK && str_eq(buf_str(&content), STR("inside")),
	    "the descriptor is the file");
	test_ok(fcntl(in.fds[0], F_GETFD) & FD_CLOEXEC, "received descriptors close on exec");
	fdio_close_fds(&in);
	test_ok(fdio_recv(pair[1], &b, &in, soon()) == RC_OK && in.tag == 8 && in.n_fds == 0 && in.body.n == 0,
	    "the second frame has nothing of the first");
	fdio_close(&pair[0]);
	test_int(fdio_recv(pair[1], &b, &in, soon()), RC_NONE, "the peer closed between frames");
	fdio_close(&pair[1]);
	fdio_close(&fd);
	buf_clear(&b);
	buf_clear(&content);
}

static void
hostile(void)
{
	static const struct {
		const char *name;
		struct str bytes;
		enum rc want;
	} cases[] = {
		{ "half a head", { "\x01\0\0", 3 }, RC_TEMP },
		{ "half a body", { "\x05\0\0\0\x01\0\0\0ab", 10 }, RC_TEMP },
		{ "a body over the maximum", { "\xff\xff\xff\xff\x01\0\0\0ab", 10 }, RC_LIMIT },
		{ "nothing", { "", 0 }, RC_NONE },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct fdio_frame in;
		struct buf b;
		int pair[2];

		buf_init(&b, 64);
		if (fdio_pair(pair) != RC_OK || fdio_write_all(pair[0], cases[i].bytes) != RC_OK)
			continue;
		fdio_close(&pair[0]);
		test_int(fdio_recv(pair[1], &b, &in, soon()), cases[i].want, cases[i].name);
		fdio_close(&pair[1]);
		buf_clear(&b);
	}
}

static void
deadlines(void)
{
	int pair[2];
	struct fdio_frame in;
	struct buf b;
	int64_t start = clock_mono_ms();

	buf_init(&b, 64);
	test_int(fdio_pair(pair), RC_OK, "a pair");
	test_int(fdio_recv(pair[1], &b, &in, start + 30), RC_TEMP, "nothing comes in time");
	test_ok(clock_mono_ms() - start >= 30 && clock_mono_ms() - start < 3000, "and that takes the time");
	test_int(clock_left_ms(start), 0, "a deadline in the past leaves nothing");
	fdio_close(&pair[0]);
	fdio_close(&pair[1]);
	test_int(pair[1], -1, "closed descriptors are -1");
	buf_clear(&b);
}

static void *
send_large(void *sock)
{
	static char large[1 << 20];
	struct fdio_frame out = { .tag = 1, .body = { large, sizeof(large) } };

	memset(large, 'x', sizeof(large));
	return (void *)(intptr_t)fdio_send(*(int *)sock, &out, soon());
}

/* More than the socket holds at once, in many pieces. */
static void
large_frame(void)
{
	int pair[2];
	struct fdio_frame in;
	struct buf b;
	pthread_t sender;
	void *sent = NULL;

	buf_init(&b, 2 << 20);
	test_int(fdio_pair(pair), RC_OK, "a pair");
	pthread_create(&sender, NULL, send_large, &pair[0]);
	test_int(fdio_recv(pair[1], &b, &in, soon()), RC_OK, "a megabyte arrives");
	pthread_join(sender, &sent);
	test_ok(sent == (void *)(intptr_t)RC_OK && in.body.n == 1 << 20 && in.body.p[(1 << 20) - 1] == 'x', "all of it");
	fdio_close(&pair[0]);
	fdio_close(&pair[1]);
	buf_clear(&b);
}

static void
files(void)
{
	struct buf b;
	struct str map;
	int fd = -1;

	buf_init(&b, 4);
	test_int(fdio_memfd("test", STR("12345"), &fd), RC_OK, "a memory file");
	test_ok(fdio_read_all(fd, &b) == RC_LIMIT && b.full, "a file over the maximum");
	test_int(fdio_seal(fd), RC_OK, "sealed");
	test_ok(write(fd, "x", 1) < 0 && errno == EPERM, "no writing then");
	test_ok(ftruncate(fd, 0) < 0, "nor shrinking: a map of it is safe");
	test_ok(fdio_map(fd, &map) == RC_OK && str_eq(map, STR("12345")), "mapped");
	fdio_unmap(&map);
	test_ok(map.n == 0, "unmapped");
	fdio_close(&fd);
	buf_clear(&b);
	buf_init(&b, 5);
	test_ok(fdio_memfd("test", STR("12345"), &fd) == RC_OK && fdio_read_all(fd, &b) == RC_OK && !b.full,
	    "a file of exactly the maximum");
	fdio_close(&fd);
	test_int(fdio_read_file("/nonexistent/file", &b), RC_NONE, "no such file");
	test_int(fdio_read_file("/", &b), RC_TEMP, "a folder is no file");
	buf_clear(&b);
}

int
main(void)
{
	frames();
	hostile();
	deadlines();
	large_frame();
	files();
	return test_done();
}
