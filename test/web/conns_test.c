/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "web/conns.h"

#include <sys/socket.h>
#include <unistd.h>

#include "test.h"

static bool
is_open(int fd)
{
	char c;

	return recv(fd, &c, 1, MSG_DONTWAIT | MSG_PEEK) < 0;
}

int
main(void)
{
	struct conns *c = conns_new(64);
	int a[2], b[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, a) != 0 || socketpair(AF_UNIX, SOCK_STREAM, 0, b) != 0)
		return 1;
	conns_begin(c, a[0], 1000);
	conns_begin(c, b[0], 5000);
	conns_begin(c, 9999, 1);
	conns_begin(c, -1, 1);
	test_int((int64_t)conns_reap(c, 6000, 5000), 0, "none is over its time");
	test_int((int64_t)conns_reap(c, 6001, 5000), 1, "one is");
	test_ok(!is_open(a[1]) && is_open(b[1]), "it is ended, the other is not");
	test_int((int64_t)conns_reap(c, 7000, 5000), 0, "once");
	conns_begin(c, b[0], 20000);
	test_int((int64_t)conns_reap(c, 24000, 5000), 0, "a new request has its own time");
	conns_end(c, b[0]);
	test_int((int64_t)conns_reap(c, 90000, 5000), 0, "one that has gone is left alone");
	test_ok(is_open(b[1]), "whoever has its number now");
	for (int i = 0; i < 2; i++) {
		close(a[i]);
		close(b[i]);
	}
	conns_free(&c);
	return test_done();
}
