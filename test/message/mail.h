/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* mail.h - what the tests of lib/message share: limits, the corpus, files
 *
 * Input    SEKIMORI_CORPUS names the folder of the packs (default ../shared/corpus)
 * Units    none
 * Limits   none
 * Memory   a set is unpacked into a folder of its own under TMPDIR, removed at the end
 * Errors   corpus_open returns false when the pack is not there: the test skips, saying so
 * Threads  one
 * Source   none
 */
#ifndef TEST_MESSAGE_MAIL_H
#define TEST_MESSAGE_MAIL_H

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/pool.h"
#include "message/defect.h"
#include "message/mime.h"

#define TEST_USED __attribute__((unused))

/* The defaults of conf/limits_opts.c, so that these tests stand on lib/message alone. */
TEST_USED static struct limits
mail_limits(void)
{
	return (struct limits){
		.mime_depth = 50, .mime_parts = 2000, .header_bytes = 256 << 10, .header_fields = 2000,
		.params = 100, .name_bytes = 1024, .addresses = 5000, .comment_nest = 50,
		.decoded_bytes = 200 << 20,
	};
}

TEST_USED static double
mail_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

TEST_USED static bool
mail_read(const char *path, struct buf *out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got;
	char *at;

	buf_reset(out);
	while (fd >= 0 && (at = buf_room(out, 65536)) && (got = read(fd, at, 65536)) > 0)
		out->n += (size_t)got;
	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

struct corpus {
	char folder[128];
};

/* Unpack SEKIMORI_CORPUS/pack. */
TEST_USED static bool
corpus_open(struct corpus *c, const char *pack)
{
	const char *from = getenv("SEKIMORI_CORPUS"), *tmp = getenv("TMPDIR");
	char command[2048], path[512];

	snprintf(c->folder, sizeof(c->folder), "%.90s/sekimori-corpus-XXXXXX", tmp ? tmp : "/tmp");
	snprintf(path, sizeof(path), "%.400s/%.100s", from ? from : "../shared/corpus", pack);
	if (access(path, R_OK) != 0 || !mkdtemp(c->folder))
		return false;
	snprintf(command, sizeof(command), "tar %s -xf '%s' -C '%s'", strstr(pack, ".zst") ? "--zstd" : "-J",
	    path, c->folder);
	return system(command) == 0;
}

TEST_USED static int
corpus_unlink(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st, (void)flag, (void)ftw;
	return remove(path);
}

TEST_USED static void
corpus_close(struct corpus *c)
{
	nftw(c->folder, corpus_unlink, 16, FTW_DEPTH | FTW_PHYS);
}

/* Every regular file below the folder, in no order: each(path) for all of them. */
static void (*corpus_visit)(const char *path);

TEST_USED static int
corpus_file(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)ftw;
	if (flag == FTW_F && st->st_size > 0)
		corpus_visit(path);
	return 0;
}

TEST_USED static void
corpus_each(struct corpus *c, void (*each)(const char *path))
{
	corpus_visit = each;
	nftw(c->folder, corpus_file, 16, FTW_PHYS);
}

/* Is `what` in some view of some part? */
TEST_USED static bool
mail_exposes(struct message *m, const struct limits *lim, struct str what)
{
	bool found = false;

	for (size_t i = 0; i < m->n_parts && !found; i++)
		for (size_t v = 0; v < m->parts[i].n_views && !found; v++) {
			struct buf space;
			struct str out;

			buf_init(&space, 64 << 20);
			if (mime_decode(m, lim, &m->parts[i], v, &space, &out) == RC_OK || out.n)
				found = str_find(out, what) != STR_NPOS;
			buf_clear(&space);
		}
	return found;
}

TEST_USED static void
mail_defects(uint64_t defects, struct buf *out)
{
	for (int d = 0; d < DEFECT_N; d++)
		if (defects >> d & 1)
			buf_printf(out, " %s", defect_name((enum defect)d));
}

#endif
