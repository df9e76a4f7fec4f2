/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* http_server DIR: the server of test/net/web.h on loopback; prints its port, runs until it is killed. */
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "net/web.h"

int
main(int argc, char **argv)
{
	struct web *w;

	signal(SIGPIPE, SIG_IGN);
	w = argc == 2 ? web_new(argv[1]) : NULL;
	if (!w) {
		fprintf(stderr, "usage: http_server DIR\n");
		return 1;
	}
	printf("%u\n", (unsigned)web_port(w));
	fflush(stdout);
	for (;;)
		pause();
}
