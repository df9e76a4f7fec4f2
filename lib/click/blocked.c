/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "click/blocked.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fdio.h"

enum { FILE_MODE = 0600 };

struct names {
	struct buf text;
	struct str *name;		/* slices of text, sorted */
	size_t n;
};

struct blocked {
	char path[PATH_MAX];
	pthread_mutex_t lock;		/* of all below */
	struct names names;
	struct stat seen;
	int64_t looked_ms;
};

static int
by_name(const void *a, const void *b)
{
	return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

static void
clear(struct names *s)
{
	buf_clear(&s->text);
	free(s->name);
	*s = (struct names){ .n = 0 };
}

static enum rc
load(const char *path, struct names *out)
{
	struct str rest, line;
	enum rc rc;

	*out = (struct names){ .n = 0 };
	buf_init(&out->text, BLOCKED_BYTES);
	rc = fdio_read_file(path, &out->text);
	out->name = calloc(BLOCKED_NAMES, sizeof(*out->name));
	if (!out->name)
		abort();	/* out of memory */
	rest = buf_str(&out->text);
	while (rc == RC_OK && str_next(&rest, '\n', &line)) {
		line = str_trim(line);
		if (line.n && out->n < BLOCKED_NAMES)
			out->name[out->n++] = line;
	}
	qsort(out->name, out->n, sizeof(*out->name), by_name);
	return rc;
}

static bool
has(const struct names *s, struct str name)
{
	return name.n && bsearch(&name, s->name, s->n, sizeof(*s->name), by_name) != NULL;
}

static void
look(struct blocked *b)
{
	struct stat st = { .st_ino = 0 };
	struct names next;
	int64_t now = clock_mono_ms();

	if (b->looked_ms && now - b->looked_ms < BLOCKED_LOOK_MS)
		return;
	b->looked_ms = now ? now : 1;
	if (stat(b->path, &st) != 0 && errno != ENOENT)
		return;
	if (st.st_ino == b->seen.st_ino && st.st_size == b->seen.st_size && st.st_mtim.tv_sec == b->seen.st_mtim.tv_sec &&
	    st.st_mtim.tv_nsec == b->seen.st_mtim.tv_nsec)
		return;
	switch (load(b->path, &next)) {
	case RC_OK:
	case RC_NONE:
		clear(&b->names);
		b->names = next;
		b->seen = st;
		break;
	case RC_TEMP:
	case RC_LIMIT:
	case RC_BAD:
		clear(&next);
		break;
	}
}

struct blocked *
blocked_open(struct str state_dir)
{
	struct blocked *b = calloc(1, sizeof(*b));

	if (!b)
		abort();	/* out of memory */
	snprintf(b->path, sizeof(b->path), "%.*s/" BLOCKED_FILE, STR_ARG(str_upto(state_dir, PATH_MAX - 32)));
	pthread_mutex_init(&b->lock, NULL);
	look(b);
	return b;
}

void
blocked_close(struct blocked **at)
{
	struct blocked *b = *at;

	if (!b)
		return;
	clear(&b->names);
	pthread_mutex_destroy(&b->lock);
	free(b);
	*at = NULL;
}

/* The host and the domains above it. */
static bool
has_host(const struct names *s, struct str host)
{
	size_t dot;

	while (host.n) {
		if (has(s, host))
			return true;
		dot = str_chr(host, '.');
		host = dot == STR_NPOS ? STR_NONE : str_from(host, dot + 1);
	}
	return false;
}

bool
blocked_has(struct blocked *b, struct str message, struct str host, struct str url)
{
	bool found;

	pthread_mutex_lock(&b->lock);
	look(b);
	found = b->names.n && (has(&b->names, message) || has(&b->names, url) || has_host(&b->names, host));
	pthread_mutex_unlock(&b->lock);
	return found;
}

/* ---- changing it ---- */

static enum rc
store(int dir, const struct names *names, struct str add, struct str leave_out, const struct stat *owner)
{
	int fd = openat(dir, BLOCKED_FILE ".new", O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, FILE_MODE);
	struct buf text;
	bool good;

	buf_init(&text, BLOCKED_BYTES);
	for (size_t i = 0; i < names->n; i++) {
		if (leave_out.n && str_eq(names->name[i], leave_out))
			continue;
		buf_add(&text, names->name[i]);
		buf_addc(&text, '\n');
	}
	buf_add(&text, add);
	buf_adds(&text, add.n ? "\n" : "");
	good = fd >= 0 && !text.full && (geteuid() != 0 || fchown(fd, owner->st_uid, owner->st_gid) == 0) &&
	    fdio_write_all(fd, buf_str(&text)) == RC_OK && fsync(fd) == 0;
	buf_clear(&text);
	fdio_close(&fd);
	return good && renameat(dir, BLOCKED_FILE ".new", dir, BLOCKED_FILE) == 0 ? RC_OK : RC_TEMP;
}

static bool
is_name(struct str name)
{
	bool good = name.n > 0 && name.n <= BLOCKED_TEXT;

	for (size_t i = 0; good && i < name.n; i++)
		good = (unsigned char)name.p[i] > 0x20 && name.p[i] != 0x7f;
	return good;
}

static enum rc
change(int dir, const char *path, struct str name, bool add, bool *changed, struct buf *why)
{
	struct names names;
	struct stat owner;
	enum rc rc = load(path, &names);
	bool there = rc == RC_OK && has(&names, name);

	*changed = there != add;
	if (rc == RC_NONE)
		rc = RC_OK;
	if (rc == RC_OK && add && names.n >= BLOCKED_NAMES) {
		buf_printf(why, "%s: holds %d names already", path, BLOCKED_NAMES);
		rc = RC_LIMIT;
	} else if (rc != RC_OK || fstat(dir, &owner) != 0 ||
	    (*changed && store(dir, &names, add ? name : STR_NONE, add ? STR_NONE : name, &owner) != RC_OK)) {
		buf_printf(why, "%s: %s", path, strerror(errno));
		rc = RC_TEMP;
	}
	clear(&names);
	return rc;
}

enum rc
blocked_change(struct str state_dir, struct str name, bool add, bool *changed, struct buf *why)
{
	char path[PATH_MAX];
	int dir;
	enum rc rc;

	if (!is_name(name)) {
		buf_adds(why, "no message, host or URL: empty, too long, or with spaces in it");
		return RC_BAD;
	}
	snprintf(path, sizeof(path), "%.*s", STR_ARG(str_upto(state_dir, PATH_MAX - 32)));
	dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0 || flock(dir, LOCK_EX) != 0) {
		buf_printf(why, "%s: %s", path, strerror(errno));
		fdio_close(&dir);
		return RC_TEMP;
	}
	snprintf(path, sizeof(path), "%.*s/" BLOCKED_FILE, STR_ARG(str_upto(state_dir, PATH_MAX - 32)));
	rc = change(dir, path, name, add, changed, why);
	close(dir);
	return rc;
}
