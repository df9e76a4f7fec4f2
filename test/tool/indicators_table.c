/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* indicators_table PATH: the table of feeds with the lines of stdin, see test/jobs/feed_kit.h. */
#include <stdio.h>
#include <unistd.h>

#include "base/fdio.h"
#include "jobs/feed_kit.h"

int
main(int argc, char **argv)
{
	struct buf lines;
	char piece[4096];
	ssize_t n;
	bool good;

	if (argc != 2)
		return 64;
	buf_init(&lines, 1 << 20);
	while ((n = read(STDIN_FILENO, piece, sizeof(piece))) > 0)
		buf_add(&lines, (struct str){ piece, (size_t)n });
	good = kit_table(argv[1], buf_str(&lines));
	buf_clear(&lines);
	return good ? 0 : 1;
}
