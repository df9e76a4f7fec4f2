/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* STATE_DIR/bodies/XX/KEY.zst: XX are the last two characters of the key, which are random. A file is written under
 * a name of its own, synced, renamed, and its folder synced: it is there as a whole or not at all. zstd's checksum
 * of the content tells a damaged one. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fdio.h"
#include "store/bodies_ops.h"
#include "store/bodies_pack.h"

enum { FILE_MODE = 0600, DIR_MODE = 0700, NAME = BODIES_KEY + 32, OLD_MS = 3600 * 1000 };

static const char ending[] = ".zst", unfinished[] = ".part";

struct files {
	struct bodies_conf conf;
	struct log_ctx lc;
	char dir[PATH_MAX];
	_Atomic uint64_t bytes;		/* of all, as far as max_bytes is set */
	_Atomic uint64_t turn;		/* of names for what is being written */
};

static bool
has_ending(const char *name, const char *end)
{
	return str_ends_nocase(str_of(name), str_of(end));
}

/* Call fn for each file of all folders. */
static void
walk(const struct files *f, bool (*fn)(void *arg, int dir, const char *name, const struct stat *), void *arg)
{
	DIR *top = opendir(f->dir), *sub;
	const struct dirent *e, *file;
	bool more = true;

	while (top && more && (e = readdir(top))) {
		int fd = e->d_name[0] == '.' ? -1 :
		    openat(dirfd(top), e->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);

		sub = fd >= 0 ? fdopendir(fd) : NULL;
		while (sub && more && (file = readdir(sub))) {
			struct stat st;

			if (file->d_name[0] != '.' && fstatat(fd, file->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
			    S_ISREG(st.st_mode))
				more = fn(arg, fd, file->d_name, &st);
		}
		if (sub)
			closedir(sub);
		else if (fd >= 0)
			close(fd);
	}
	if (top)
		closedir(top);
}

/* What a crash left half written, and how much there is. A tool may be writing now: it is young. */
static bool
tidy(void *arg, int dir, const char *name, const struct stat *st)
{
	struct files *f = arg;

	if (has_ending(name, unfinished) && clock_wall_ms() - st->st_mtim.tv_sec * 1000 > OLD_MS)
		unlinkat(dir, name, 0);
	else if (f->conf.max_bytes)
		atomic_fetch_add(&f->bytes, (uint64_t)st->st_size);
	return true;
}

static enum rc
open_files(const struct bodies_conf *conf, struct str state_dir, struct log_ctx lc, void **out, struct buf *why)
{
	struct files *f = calloc(1, sizeof(*f));

	if (!f)
		abort();
	f->conf = *conf;
	f->lc = lc;
	if ((size_t)snprintf(f->dir, sizeof(f->dir), "%.*s/bodies", STR_ARG(state_dir)) >= sizeof(f->dir) - NAME ||
	    (mkdir(f->dir, DIR_MODE) != 0 && errno != EEXIST)) {
		buf_printf(why, "%s: %s", f->dir, strerror(errno));
		free(f);
		return RC_TEMP;
	}
	walk(f, tidy, f);
	*out = f;
	return RC_OK;
}

static void
close_files(void *store)
{
	free(store);
}

/* ---- writing ---- */

/* The folder of all of them may have been moved away while this runs. */
static bool
make_folder(const struct files *f, const char *path)
{
	if (mkdir(path, DIR_MODE) == 0 || errno == EEXIST)
		return true;
	return errno == ENOENT && mkdir(f->dir, DIR_MODE) == 0 && mkdir(path, DIR_MODE) == 0;
}

/* The folder of a key; made when it is not there. */
static int
folder(const struct files *f, const char *key, bool make)
{
	char path[PATH_MAX];
	int fd;

	if ((size_t)snprintf(path, sizeof(path), "%s/%s", f->dir, key + strlen(key) - 2) >= sizeof(path))
		return -1;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (fd >= 0 || !make || errno != ENOENT)
		return fd;
	if (!make_folder(f, path))
		return -1;
	fd = open(f->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0 && fsync(fd) != 0)
		fdio_close(&fd);
	if (fd < 0)
		return -1;
	close(fd);
	return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
}

static bool
has_room(const struct files *f, uint64_t size)
{
	struct statvfs fs;

	if (f->conf.max_bytes && atomic_load(&f->bytes) >= (uint64_t)f->conf.max_bytes)
		return false;
	if (f->conf.min_free == 0)
		return true;
	return statvfs(f->dir, &fs) == 0 && (uint64_t)fs.f_bavail * fs.f_frsize >= (uint64_t)f->conf.min_free + size;
}

/* rename(2) is the moment from which on it is there. */
static enum rc
put_in(struct files *f, int dir, const char *key, int from, uint64_t size, int64_t deadline_ms)
{
	char name[NAME], part[NAME];
	struct stat st = { .st_size = 0 };
	enum rc rc = RC_TEMP;
	int fd;

	snprintf(name, sizeof(name), "%s%s", key, ending);
	snprintf(part, sizeof(part), "%s-%x-%llx%s", key, (unsigned)getpid(),
	    (unsigned long long)atomic_fetch_add(&f->turn, 1), unfinished);
	fd = openat(dir, part, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, FILE_MODE);
	if (fd >= 0)
		rc = bodies_pack(from, size, (int)f->conf.level, fd, deadline_ms);
	if (rc == RC_OK && fsync(fd) != 0)
		rc = RC_TEMP;
	if (rc == RC_OK && (fstat(fd, &st) != 0 || renameat(dir, part, dir, name) != 0 || fsync(dir) != 0))
		rc = RC_TEMP;
	if (fd >= 0 && rc != RC_OK) {
		unlinkat(dir, part, 0);
		unlinkat(dir, name, 0);
	}
	fdio_close(&fd);
	if (rc == RC_OK)
		atomic_fetch_add(&f->bytes, (uint64_t)st.st_size);
	return rc;
}

static enum rc
put(void *store, const char *key, int from, uint64_t size, int64_t deadline_ms)
{
	struct files *f = store;
	enum rc rc = RC_TEMP;
	int dir;

	if (!has_room(f, size)) {
		log_put(f->lc, LOG_LEVEL_ERR, "bodies", LOG_CSTR("error", "nearly full: nothing more is taken"));
		return RC_TEMP;
	}
	dir = folder(f, key, true);
	if (dir >= 0)
		rc = put_in(f, dir, key, from, size, deadline_ms);
	if (rc != RC_OK)
		log_put(f->lc, LOG_LEVEL_ERR, "bodies", LOG_CSTR("key", key), LOG_CSTR("error", strerror(errno)));
	fdio_close(&dir);
	return rc;
}

/* ---- reading ---- */

static int
open_key(const struct files *f, const char *key)
{
	int dir = folder(f, key, false), fd = -1;
	char name[NAME];

	snprintf(name, sizeof(name), "%s%s", key, ending);
	if (dir >= 0)
		fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	fdio_close(&dir);
	return fd;
}

static enum rc
get(void *store, const char *key, int *fd, uint64_t *size)
{
	int from = open_key(store, key);
	struct str packed;
	enum rc rc;

	if (from < 0)
		return errno == ENOENT ? RC_NONE : RC_TEMP;
	rc = fdio_map(from, &packed);
	fdio_close(&from);
	if (rc != RC_OK)
		return rc;
	rc = bodies_unpack(packed, fd, size);
	fdio_unmap(&packed);
	return rc;
}

static enum rc
delete(void *store, const char *key)
{
	struct files *f = store;
	int dir = folder(f, key, false);
	char name[NAME];
	struct stat st;
	enum rc rc = RC_NONE;

	if (dir < 0)
		return errno == ENOENT ? RC_NONE : RC_TEMP;
	snprintf(name, sizeof(name), "%s%s", key, ending);
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0) {
		rc = unlinkat(dir, name, 0) == 0 ? RC_OK : RC_TEMP;
		if (rc == RC_OK && atomic_load(&f->bytes) >= (uint64_t)st.st_size)
			atomic_fetch_sub(&f->bytes, (uint64_t)st.st_size);
	}
	fdio_close(&dir);
	return rc;
}

struct listing {
	bool (*each)(void *, struct str, int64_t, uint64_t);
	void *arg;
};

static bool
list_one(void *arg, int dir, const char *name, const struct stat *st)
{
	struct listing *l = arg;
	struct str key = str_of(name);

	(void)dir;
	if (!has_ending(name, ending))
		return true;
	return l->each(l->arg, str_upto(key, key.n - (sizeof(ending) - 1)), (int64_t)st->st_mtim.tv_sec * 1000,
	    (uint64_t)st->st_size);
}

static enum rc
list(void *store, bool (*each)(void *, struct str, int64_t, uint64_t), void *arg)
{
	struct listing l = { each, arg };

	walk(store, list_one, &l);
	return RC_OK;
}

const struct bodies_ops bodies_files = {
	.name = "files", .open = open_files, .close = close_files, .put = put, .get = get, .delete = delete, .each = list,
};
