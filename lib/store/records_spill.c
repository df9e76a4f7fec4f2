/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "store/records_spill.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fdio.h"
#include "store/record_json.h"

enum { FILE_MODE = 0600 };

static uint64_t
count_lines(const char *path)
{
	FILE *f = fopen(path, "re");
	uint64_t n = 0;
	int c;

	while (f && (c = getc_unlocked(f)) != EOF)
		n += c == '\n';
	if (f)
		fclose(f);
	return n;
}

void
spill_init(struct spill *s, struct str state_dir, struct log_ctx lc)
{
	snprintf(s->path, sizeof(s->path), "%.*s/ledger/spill.jsonl", (int)(state_dir.n < PATH_MAX / 2 ? state_dir.n : 0),
	    state_dir.p);
	snprintf(s->refused_path, sizeof(s->refused_path), "%.*s/ledger/refused.jsonl",
	    (int)(state_dir.n < PATH_MAX / 2 ? state_dir.n : 0), state_dir.p);
	s->lc = lc;
	atomic_init(&s->waiting, count_lines(s->path));
	atomic_init(&s->refused, count_lines(s->refused_path));
}

/* The folder's entry of a new file, too, must be on the disk. */
static bool
sync_folder(const char *path)
{
	char dir[PATH_MAX];
	int fd;
	bool ok;

	snprintf(dir, sizeof(dir), "%.*s", (int)(strrchr(path, '/') - path), path);
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ok = fd >= 0 && fsync(fd) == 0;
	fdio_close(&fd);
	return ok;
}

/* A line that a crash cut short, which had no answer, gets its end: the next one must begin where a line begins. */
static enum rc
end_line(int fd, off_t size)
{
	char last;

	if (size == 0)
		return RC_OK;
	if (pread(fd, &last, 1, size - 1) != 1)
		return RC_TEMP;
	return last == '\n' ? RC_OK : fdio_write_all(fd, STR("\n"));
}

/* One that a full disk cut short is taken back. */
static enum rc
append(const struct spill *s, const char *path, struct str lines)
{
	int fd = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, FILE_MODE);
	struct stat st;
	enum rc rc = RC_TEMP;

	if (fd >= 0 && fstat(fd, &st) == 0) {
		rc = end_line(fd, st.st_size);
		if (rc == RC_OK)
			rc = fdio_write_all(fd, lines);
		if (rc == RC_OK && fsync(fd) != 0)
			rc = RC_TEMP;
		if (rc == RC_OK && st.st_size == 0 && !sync_folder(path))
			rc = RC_TEMP;
		if (rc != RC_OK && ftruncate(fd, st.st_size) != 0)
			log_put(s->lc, LOG_LEVEL_ERR, "ledger", LOG_CSTR("file", path),
			    LOG_CSTR("error", strerror(errno)));
	}
	fdio_close(&fd);
	return rc;
}

/* From *at on, until the text is large; *at: those behind. All of them get the same result. Returns how many lines. */
static size_t
add_some(const struct spill *s, const char *path, struct records_item *items, size_t n, enum rc which, size_t *at)
{
	size_t first = *at, lines = 0;
	struct buf text;
	enum rc rc;

	buf_init(&text, SPILL_LINE + SPILL_PIECE);
	for (; *at < n && text.n < SPILL_PIECE; ++*at) {
		if (items[*at].rc != which)
			continue;
		record_json_write(&items[*at], &text);
		lines++;
	}
	rc = text.full ? RC_TEMP : lines ? append(s, path, buf_str(&text)) : RC_OK;
	buf_clear(&text);
	for (size_t i = first; i < *at; i++)
		if (items[i].rc == which)
			items[i].rc = rc;
	return rc == RC_OK ? lines : 0;
}

/* Those with this result; they have RC_OK when they are in the file. Returns how many. */
static size_t
add(const struct spill *s, const char *path, struct records_item *items, size_t n, enum rc which)
{
	size_t at = 0, lines = 0;

	while (at < n)
		lines += add_some(s, path, items, n, which, &at);
	return lines;
}

void
spill_add(struct spill *s, struct records_item *items, size_t n)
{
	atomic_fetch_add(&s->waiting, add(s, s->path, items, n, RC_TEMP));
}

void
spill_refuse(struct spill *s, struct records_item *items, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (items[i].rc == RC_BAD)
			log_put(s->lc, LOG_LEVEL_ERR, "ledger", LOG_CSTR("error", "the store refuses this for good"),
			    LOG_STR("record", items[i].record ? items[i].record->id : items[i].event->id),
			    LOG_CSTR("file", s->refused_path));
	atomic_fetch_add(&s->refused, add(s, s->refused_path, items, n, RC_BAD));
}

/* ---- back ---- */

static bool
write_batch(struct spill *s, const struct records_ops *ops, void *store, struct records_item *items, size_t n)
{
	bool ok = true;

	if (n == 0)
		return true;
	ops->write(store, items, n);
	spill_refuse(s, items, n);
	for (size_t i = 0; i < n; i++)
		ok &= items[i].rc != RC_TEMP;
	if (ok && atomic_load(&s->waiting) >= n)
		atomic_fetch_sub(&s->waiting, n);
	return ok;
}

struct counts {
	uint64_t taken, unread;
};

static enum rc
replay(struct spill *s, const struct records_ops *ops, void *store, FILE *f, struct counts *count)
{
	struct records_item items[SPILL_BATCH];
	struct pool *pool = pool_new(0);
	size_t room = 0, n = 0, bytes = 0;
	char *line = NULL;
	ssize_t got;
	bool ok = true;

	while (ok && (got = getline(&line, &room, f)) > 0) {
		struct str text = { line, (size_t)got };

		/* What a crash cut short had no answer. */
		if (line[got - 1] != '\n' || record_json_read(pool, text, &items[n]) != RC_OK) {
			count->unread++;
			continue;
		}
		count->taken++;
		bytes += text.n;
		if (++n < SPILL_BATCH && bytes < SPILL_PIECE)
			continue;
		ok = write_batch(s, ops, store, items, n);
		pool_clear(pool);
		n = bytes = 0;
	}
	ok = ok && !ferror(f) && write_batch(s, ops, store, items, n);
	free(line);
	pool_free(&pool);
	return ok ? RC_OK : RC_TEMP;
}

enum rc
spill_replay(struct spill *s, const struct records_ops *ops, void *store)
{
	uint64_t before = atomic_load(&s->waiting);
	struct counts count = { .taken = 0 };
	FILE *f = fopen(s->path, "re");
	enum rc rc;

	if (!f) {
		atomic_store(&s->waiting, 0);
		return errno == ENOENT ? RC_OK : RC_TEMP;
	}
	rc = replay(s, ops, store, f, &count);
	fclose(f);
	if (rc == RC_OK && unlink(s->path) != 0)
		rc = RC_TEMP;
	if (rc != RC_OK) {
		atomic_store(&s->waiting, before);	/* all of it is tried again */
		return rc;
	}
	log_put(s->lc, count.unread ? LOG_LEVEL_WARNING : LOG_LEVEL_INFO, "ledger", LOG_CSTR("state", "well again"),
	    LOG_NUM("taken_over", count.taken), LOG_NUM("unreadable", count.unread));
	atomic_store(&s->waiting, 0);
	return RC_OK;
}
