/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "worker/content.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fdio.h"

static bool
is_sealed(int fd)
{
	int want = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
	int seals = fcntl(fd, F_GET_SEALS);

	return seals >= 0 && (seals & want) == want;
}

/* Make room for n bytes without copying what was there. */
static enum rc
need(struct content *c, size_t n)
{
	if (n <= c->cap)
		return RC_OK;
	free(c->copy);
	c->copy = malloc(n);
	c->cap = c->copy ? n : 0;
	return c->copy ? RC_OK : RC_TEMP;
}

static enum rc
copy(struct content *c, int fd, size_t size)
{
	size_t got = 0;

	if (need(c, size) != RC_OK)
		return RC_TEMP;
	while (got < size) {
		ssize_t n = pread(fd, c->copy + got, size - got, (off_t)got);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return RC_TEMP;		/* shorter than it was a moment ago */
		got += (size_t)n;
	}
	c->bytes = (struct str){ c->copy, size };
	return RC_OK;
}

enum rc
content_open(struct content *c, int fd)
{
	struct stat st;

	c->bytes = c->map = STR_NONE;
	if (fstat(fd, &st) != 0 || st.st_size < 0)
		return RC_TEMP;
	if (st.st_size == 0)
		return RC_OK;
	if (st.st_size <= CONTENT_KEEP || !is_sealed(fd))
		return copy(c, fd, (size_t)st.st_size);
	if (fdio_map(fd, &c->map) != RC_OK)
		return RC_TEMP;
	c->bytes = c->map;
	return RC_OK;
}

void
content_close(struct content *c)
{
	fdio_unmap(&c->map);
	c->bytes = STR_NONE;
	if (c->cap <= CONTENT_KEEP)
		return;
	free(c->copy);
	c->copy = NULL;
	c->cap = 0;
}
