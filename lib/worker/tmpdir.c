/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Removal works without recursion and without a limit on depth: a directory inside the folder
 * is emptied by moving its own directories up to the folder, where they are met again. */
#include "worker/tmpdir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* Only what make_own can have made is ever removed: this and six letters of mkdtemp(3). */
static const char prefix[] = "sekimori-workers.";
enum { NAME = 64, PASSES = 1000000, MKDTEMP_LETTERS = 6 };

static bool
is_dots(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static DIR *
open_dir(int at, const char *name)
{
	int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *d;

	if (fd < 0 && errno == EACCES && fchmodat(at, name, 0700, 0) == 0)
		fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return NULL;
	fchmod(fd, 0700);	/* a directory without w lets nothing be removed from it */
	d = fdopendir(fd);
	if (!d)
		close(fd);
	return d;
}

/* Move `name` out of `from` into `to` under a name that is free there. */
static bool
move_up(int from, const char *name, int to, uint64_t *counter)
{
	for (int tries = 0; tries < PASSES; tries++) {
		char fresh[NAME];

		snprintf(fresh, sizeof(fresh), "up-%llu", (unsigned long long)(*counter)++);
		if (renameat(from, name, to, fresh) == 0)
			return true;
		if (errno != EEXIST && errno != ENOTEMPTY && errno != ENOTDIR)
			return false;
	}
	return false;
}

/* Take everything out of the directory `name` of `top`, then the directory itself. */
static bool
remove_dir(int top, const char *name, uint64_t *counter)
{
	DIR *d;
	const struct dirent *e;
	bool ok = true;

	if (unlinkat(top, name, AT_REMOVEDIR) == 0)
		return true;
	d = open_dir(top, name);
	if (!d)
		return false;
	while (ok && (e = readdir(d))) {
		if (is_dots(e->d_name) || unlinkat(dirfd(d), e->d_name, 0) == 0 || errno == ENOENT)
			continue;
		ok = move_up(dirfd(d), e->d_name, top, counter);
	}
	closedir(d);
	return ok && unlinkat(top, name, AT_REMOVEDIR) == 0;
}

/* One look through the folder; *left says whether anything was there. */
static bool
remove_entries(DIR *d, uint64_t *counter, bool *left)
{
	const struct dirent *e;

	*left = false;
	rewinddir(d);
	while ((e = readdir(d))) {
		if (is_dots(e->d_name))
			continue;
		*left = true;
		if (unlinkat(dirfd(d), e->d_name, 0) != 0 && errno != ENOENT &&
		    !remove_dir(dirfd(d), e->d_name, counter))
			return false;
	}
	return true;
}

static enum rc
remove_tree(int at, const char *name)
{
	DIR *d = open_dir(at, name);
	uint64_t counter = 0;
	bool ok = true, left = true;

	if (!d)
		return errno == ENOENT ? RC_NONE : RC_TEMP;
	for (int pass = 0; ok && left && pass < PASSES; pass++)
		ok = remove_entries(d, &counter, &left);
	closedir(d);
	return ok && unlinkat(at, name, AT_REMOVEDIR) == 0 ? RC_OK : RC_TEMP;
}

static bool
is_ours(const char *name)
{
	size_t n = sizeof(prefix) - 1;

	return strncmp(name, prefix, n) == 0 && strlen(name) == n + MKDTEMP_LETTERS;
}

/* A folder of ours whose zygote has gone: nobody holds its lock any more. */
static bool
is_stale(int at, const char *name)
{
	int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;
	bool stale;

	if (fd < 0)
		return false;
	stale = fstat(fd, &st) == 0 && st.st_uid == geteuid() && flock(fd, LOCK_EX | LOCK_NB) == 0;
	close(fd);
	return stale;
}

static void
remove_stale(const char *parent)
{
	DIR *d = opendir(parent);
	const struct dirent *e;

	if (!d)
		return;
	while ((e = readdir(d))) {
		if (is_ours(e->d_name) && is_stale(dirfd(d), e->d_name) &&
		    remove_tree(dirfd(d), e->d_name) != RC_OK)
			continue;	/* the next start tries again */
	}
	closedir(d);
}

static void
say(struct buf *why, const char *what, const char *path)
{
	buf_printf(why, "worker.tmp_dir: cannot %s %s: %s", what, path, strerror(errno));
}

/* The lock of an existing folder; RC_NONE when another zygote, cleaning up, removed the folder
 * between its making and its locking. */
static enum rc
lock(struct tmpdir *t)
{
	struct stat st;

	t->fd = open(t->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (t->fd < 0)
		return RC_NONE;
	if (flock(t->fd, LOCK_EX | LOCK_NB) == 0 && fstat(t->fd, &st) == 0 && st.st_nlink > 0)
		return RC_OK;
	close(t->fd);
	t->fd = -1;
	return RC_NONE;
}

static enum rc
make_own(struct tmpdir *t, struct str parent, struct buf *why)
{
	enum { TRIES = 10 };
	struct str base = parent.n ? parent : STR("/tmp");

	for (int i = 0; i < TRIES; i++) {
		if (base.n + sizeof(prefix) + NAME > sizeof(t->path)) {
			buf_adds(why, "worker.tmp_dir: the path is too long");
			return RC_TEMP;
		}
		snprintf(t->path, sizeof(t->path), "%.*s/%sXXXXXX", STR_ARG(base), prefix);
		if (!mkdtemp(t->path)) {
			say(why, "make", t->path);
			return RC_TEMP;
		}
		if (lock(t) == RC_OK)
			return RC_OK;
	}
	say(why, "lock", t->path);
	return RC_TEMP;
}

enum rc
tmpdir_open(struct tmpdir *t, struct str parent, struct buf *why)
{
	char base[PATH_MAX / 2];

	t->fd = -1;
	if (parent.n >= sizeof(base)) {
		buf_adds(why, "worker.tmp_dir: the path is too long");
		return RC_TEMP;
	}
	snprintf(base, sizeof(base), "%.*s", STR_ARG(parent.n ? parent : STR("/tmp")));
	if (mkdir(base, 0700) != 0 && errno != EEXIST) {
		say(why, "make", base);
		return RC_TEMP;
	}
	remove_stale(base);
	return make_own(t, parent, why);
}

void
tmpdir_close(struct tmpdir *t)
{
	if (t->fd < 0)
		return;
	if (remove_tree(AT_FDCWD, t->path) == RC_TEMP)
		errno = 0;	/* what could not be removed is stale for the next zygote */
	close(t->fd);
	t->fd = -1;
}

enum rc
tmpdir_make(struct tmpdir *t, struct str parent, uint32_t number, char path[PATH_MAX], struct buf *why)
{
	for (int i = 0; i < 2; i++) {
		snprintf(path, PATH_MAX, "%s/w-%u", t->path, number);
		if (mkdir(path, 0700) == 0)
			return RC_OK;
		if (errno != ENOENT)
			break;
		/* Somebody cleaned the parent up under us. */
		close(t->fd);
		if (tmpdir_open(t, parent, why) != RC_OK)
			return RC_TEMP;
	}
	say(why, "make", path);
	return RC_TEMP;
}

enum rc
tmpdir_remove(const struct tmpdir *t, uint32_t number)
{
	char name[NAME];

	snprintf(name, sizeof(name), "w-%u", number);
	return remove_tree(t->fd, name);
}
