/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "gate/spool.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/fdio.h"

/* PENDING_MAX: what is collected before a write; one libmilter chunk fits (65535 bytes).
 * COPY_STEP: how much moves at once from memory to disk. */
enum { PENDING_MAX = 128 * 1024, COPY_STEP = 64 * 1024, PATH_BYTES = 4096 };

void
spool_init(struct spool *s, uint64_t memory_max, uint64_t max, struct str dir)
{
	*s = (struct spool){ .fd = -1, .reader = -1, .memory_max = memory_max, .max = max, .dir = dir };
	buf_init(&s->pending, PENDING_MAX);
}

static void
fail(struct spool *s, enum rc rc)
{
	if (s->error == RC_OK)
		s->error = rc;
	buf_clear(&s->pending);
}

/* A file without a name: gone with its last descriptor, whatever happens to us. Opened a
 * second time for reading only, so that who is handed it cannot change the message. */
static int
open_on_disk(struct spool *s)
{
	char path[PATH_BYTES];
	int n = snprintf(path, sizeof(path), "%.*s/spool.XXXXXX", STR_ARG(s->dir));
	int fd;

	if (s->dir.n == 0 || n < 0 || (size_t)n >= sizeof(path))
		return -1;
	fd = mkostemp(path, O_CLOEXEC);
	if (fd < 0)
		return -1;
	s->reader = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	unlink(path);
	if (s->reader < 0)
		fdio_close(&fd);
	return fd;
}

static enum rc
copy_file(int from, int to)
{
	char *space = malloc(COPY_STEP);
	off_t off = 0;
	ssize_t n = -1;

	while (space && (n = pread(from, space, COPY_STEP, off)) > 0) {
		if (fdio_write_all(to, (struct str){ space, (size_t)n }) != RC_OK) {
			n = -1;
			break;
		}
		off += n;
	}
	free(space);
	return n == 0 ? RC_OK : RC_TEMP;
}

static enum rc
move_to_disk(struct spool *s)
{
	int fd = open_on_disk(s);

	if (fd < 0)
		return RC_TEMP;
	if (s->fd >= 0 && copy_file(s->fd, fd) != RC_OK) {
		fdio_close(&fd);
		return RC_TEMP;
	}
	fdio_close(&s->fd);
	s->fd = fd;
	s->on_disk = true;
	return RC_OK;
}

static void
flush(struct spool *s)
{
	if (s->error != RC_OK)
		return;
	if (s->size > s->memory_max && !s->on_disk && move_to_disk(s) != RC_OK)
		fail(s, RC_TEMP);
	else if (s->fd < 0 && fdio_memfd("message", STR_NONE, &s->fd) != RC_OK)
		fail(s, RC_TEMP);
	else if (fdio_write_all(s->fd, buf_str(&s->pending)) != RC_OK)
		fail(s, RC_TEMP);
	else
		buf_reset(&s->pending);
}

/* Take bytes; over the limit nothing is kept any more, only counted. */
static void
take(struct spool *s, struct str bytes)
{
	s->size += bytes.n;
	if (s->size > s->max)
		fail(s, RC_LIMIT);
	while (bytes.n && s->error == RC_OK) {
		struct str step = str_upto(bytes, PENDING_MAX - s->pending.n);

		buf_add(&s->pending, step);
		bytes = str_from(bytes, step.n);
		if (s->pending.n == PENDING_MAX)
			flush(s);
	}
}

/* Folds come as LF, as CRLF from a careful MTA: on the wire both were CRLF. A CR alone is data. */
static void
take_value(struct spool *s, struct str v)
{
	while (v.n) {
		size_t lf = str_chr(v, '\n');

		if (lf == STR_NPOS) {
			take(s, v);
			return;
		}
		take(s, str_upto(v, lf && v.p[lf - 1] == '\r' ? lf - 1 : lf));
		take(s, STR("\r\n"));
		v = str_from(v, lf + 1);
	}
}

void
spool_header(struct spool *s, struct str name, struct str value)
{
	take(s, name);
	take(s, STR(":"));
	take_value(s, value);
	take(s, STR("\r\n"));
}

void
spool_eoh(struct spool *s)
{
	if (s->body_off || s->raw)
		return;
	take(s, STR("\r\n"));
	s->body_off = s->size;
}

void
spool_body(struct spool *s, struct str chunk)
{
	spool_eoh(s);
	take(s, chunk);
}

void
spool_raw(struct spool *s, struct str chunk)
{
	s->raw = true;
	take(s, chunk);
}

enum rc
spool_finish(struct spool *s)
{
	spool_eoh(s);
	flush(s);
	if (s->error != RC_OK)
		return s->error;
	if (s->on_disk) {
		fdio_close(&s->fd);
		s->fd = s->reader;
		s->reader = -1;
	} else if (fdio_seal(s->fd) != RC_OK) {
		fail(s, RC_TEMP);
	}
	if (s->error == RC_OK && lseek(s->fd, 0, SEEK_SET) != 0)
		fail(s, RC_TEMP);
	return s->error;
}

void
spool_close(struct spool *s)
{
	fdio_close(&s->fd);
	fdio_close(&s->reader);
	buf_clear(&s->pending);
	s->size = s->body_off = 0;
}
