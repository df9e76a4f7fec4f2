/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "click/keyring.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/base64.h"
#include "base/clock.h"
#include "base/fdio.h"

enum { FILE_BYTES = 16 * 1024, FILE_MODE = 0600, DIR_MODE = 0700 };
static const char *const names[KEYRING_USES] = {
	[KEYRING_CLICK] = "click", [KEYRING_PASS] = "pass", [KEYRING_LEDGER] = "ledger",
	[KEYRING_DIGEST] = "digest",
};
enum { NEW_NAME = 32 };

struct keys {
	struct keyring_key key[KEYRING_KEYS];
	size_t n;
};

/* What tells one edition of the file from the next. */
struct edition {
	ino_t ino;
	struct timespec changed;
	off_t size;
};

struct keyring {
	char path[PATH_MAX];
	pthread_mutex_t lock;		/* of all below */
	struct keys keys;
	struct edition edition;
	int64_t looked_ms;
};

void
keyring_wipe(struct keyring_key *k)
{
	OPENSSL_cleanse(k, sizeof(*k));
}

/* ---- the file ---- */

/* "3 1770000000 BASE64" */
static bool
read_line(struct str line, struct keyring_key *k)
{
	struct str rest = line, id, created;
	uint64_t v[2];
	size_t n;

	if (!str_next(&rest, ' ', &id) || !str_next(&rest, ' ', &created))
		return false;
	if (!str_to_u64(id, &v[0]) || !str_to_u64(created, &v[1]) || v[0] == 0 || v[0] > KEYRING_ID_MAX ||
	    v[1] > INT64_MAX)
		return false;
	k->id = (unsigned)v[0];
	k->created_s = (int64_t)v[1];
	return base64_get(rest, k->bytes, sizeof(k->bytes), &n) && n == sizeof(k->bytes);
}

static enum rc
read_keys(struct str text, const char *path, struct keys *out, struct buf *why)
{
	struct str line;
	size_t at = 0;

	out->n = 0;
	while (str_next(&text, '\n', &line)) {
		at++;
		if (line.n == 0)
			continue;
		if (out->n == KEYRING_KEYS || !read_line(line, &out->key[out->n])) {
			buf_printf(why, "%s:%zu: %s", path, at, out->n == KEYRING_KEYS ? "too many keys" : "no key");
			return RC_BAD;
		}
		if (out->n && out->key[out->n - 1].id >= out->key[out->n].id) {
			buf_printf(why, "%s:%zu: IDs must rise", path, at);
			return RC_BAD;
		}
		out->n++;
	}
	if (out->n == 0)
		buf_printf(why, "%s: no keys in it", path);
	return out->n ? RC_OK : RC_BAD;
}

/* Whoever can read it can make links that we follow; whoever can write it, too. */
static enum rc
is_ours(int fd, const char *path, struct stat *st, struct buf *why)
{
	if (fstat(fd, st) != 0) {
		buf_printf(why, "%s: %s", path, strerror(errno));
		return RC_TEMP;
	}
	if (!S_ISREG(st->st_mode))
		buf_printf(why, "%s: not a file", path);
	else if (st->st_mode & 077)
		buf_printf(why, "%s: others may read or write it; chmod 0600", path);
	else if (st->st_uid != geteuid() && st->st_uid != 0 && geteuid() != 0)
		buf_printf(why, "%s: belongs to somebody else", path);
	else
		return RC_OK;
	return RC_BAD;
}

static enum rc
load(const char *path, struct keys *out, struct edition *edition, struct buf *why)
{
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	struct buf text;
	enum rc rc;

	if (fd < 0) {
		rc = errno == ENOENT ? RC_NONE : errno == ELOOP || errno == EACCES ? RC_BAD : RC_TEMP;
		buf_printf(why, "%s: %s", path, errno == ELOOP ? "a symbolic link" : strerror(errno));
		return rc;
	}
	buf_init(&text, FILE_BYTES);
	rc = is_ours(fd, path, &st, why);
	if (rc == RC_OK && fdio_read_all(fd, &text) != RC_OK) {
		buf_printf(why, "%s: cannot be read, or is too large", path);
		rc = RC_TEMP;
	}
	if (rc == RC_OK)
		rc = read_keys(buf_str(&text), path, out, why);
	if (rc == RC_OK)
		*edition = (struct edition){ st.st_ino, st.st_mtim, st.st_size };
	if (text.p)
		OPENSSL_cleanse(text.p, text.n);
	buf_clear(&text);
	close(fd);
	return rc;
}

/* ---- a keyring ---- */

static enum rc
file_path(struct keyring_place at, char out[PATH_MAX], struct buf *why)
{
	int n = snprintf(out, PATH_MAX, "%.*s/keys/%s", STR_ARG(at.state_dir), names[at.use]);

	if (n > 0 && n < PATH_MAX - 16)
		return RC_OK;
	buf_adds(why, "state_dir: path too long");
	return RC_BAD;
}

enum rc
keyring_open(struct keyring_place at, struct keyring **out, struct buf *why)
{
	struct keyring *r = calloc(1, sizeof(*r));
	enum rc rc;

	if (!r)
		abort();	/* out of memory */
	rc = file_path(at, r->path, why);
	if (rc == RC_OK)
		rc = load(r->path, &r->keys, &r->edition, why);
	if (rc != RC_OK) {
		OPENSSL_cleanse(r, sizeof(*r));
		free(r);
		return rc;
	}
	pthread_mutex_init(&r->lock, NULL);
	r->looked_ms = clock_mono_ms();
	*out = r;
	return RC_OK;
}

enum rc
keyring_ensure(struct keyring_place at, int64_t now_s, struct keyring **out, struct buf *why)
{
	unsigned id;
	size_t gone;
	enum rc rc = keyring_open(at, out, why);

	if (rc != RC_NONE)
		return rc;
	buf_reset(why);
	rc = keyring_rotate(at, now_s, INT64_MAX, &id, &gone, why);
	return rc == RC_OK ? keyring_open(at, out, why) : rc;
}

void
keyring_close(struct keyring **at)
{
	struct keyring *r = *at;

	if (!r)
		return;
	pthread_mutex_destroy(&r->lock);
	OPENSSL_cleanse(r, sizeof(*r));
	free(r);
	*at = NULL;
}

/* Under the lock. What is wrong with the new file, `sekimorictl keys list` says. */
static void
look(struct keyring *r)
{
	struct stat st;
	struct keys keys;
	struct edition edition;
	struct buf why;
	int64_t now = clock_mono_ms();

	if (now - r->looked_ms < KEYRING_LOOK_MS)
		return;
	r->looked_ms = now;
	if (stat(r->path, &st) != 0 || (st.st_ino == r->edition.ino && st.st_size == r->edition.size &&
	    st.st_mtim.tv_sec == r->edition.changed.tv_sec && st.st_mtim.tv_nsec == r->edition.changed.tv_nsec))
		return;
	buf_init(&why, PATH_MAX);
	if (load(r->path, &keys, &edition, &why) == RC_OK) {
		r->keys = keys;
		r->edition = edition;
	}
	OPENSSL_cleanse(&keys, sizeof(keys));
	buf_clear(&why);
}

/* The lock and the look are no change that a caller could see. */
static struct keyring *
hold(const struct keyring *ring)
{
	struct keyring *r = (struct keyring *)(uintptr_t)ring;

	pthread_mutex_lock(&r->lock);
	look(r);
	return r;
}

enum rc
keyring_newest(const struct keyring *ring, struct keyring_key *out)
{
	struct keyring *r = hold(ring);

	*out = r->keys.key[r->keys.n - 1];	/* never empty once open */
	pthread_mutex_unlock(&r->lock);
	return RC_OK;
}

enum rc
keyring_find(const struct keyring *ring, unsigned id, struct keyring_key *out)
{
	struct keyring *r = hold(ring);
	enum rc rc = RC_NONE;

	for (size_t i = 0; i < r->keys.n && rc != RC_OK; i++)
		if (r->keys.key[i].id == id) {
			*out = r->keys.key[i];
			rc = RC_OK;
		}
	pthread_mutex_unlock(&r->lock);
	return rc;
}

size_t
keyring_list(const struct keyring *ring, struct keyring_key out[KEYRING_KEYS])
{
	struct keyring *r = hold(ring);
	size_t n = r->keys.n;

	for (size_t i = 0; i < n; i++)
		out[i] = (struct keyring_key){ .id = r->keys.key[i].id, .created_s = r->keys.key[i].created_s };
	pthread_mutex_unlock(&r->lock);
	return n;
}

/* ---- rotation ---- */

/* The folder, locked until it is closed; made for whoever owns state_dir, also when root asks. */
static enum rc
open_folder(struct str state_dir, int *out, struct stat *st, struct buf *why)
{
	char path[PATH_MAX];
	int fd;

	snprintf(path, sizeof(path), "%.*s", STR_ARG(state_dir));
	if (stat(path, st) == 0) {
		snprintf(path, sizeof(path), "%.*s/keys", STR_ARG(str_upto(state_dir, PATH_MAX - 16)));
		if (mkdir(path, DIR_MODE) == 0 && geteuid() == 0 && lchown(path, st->st_uid, st->st_gid) != 0)
			rmdir(path);
		fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (fd >= 0 && flock(fd, LOCK_EX) == 0) {
			*out = fd;
			return RC_OK;
		}
		if (fd >= 0)
			close(fd);
	}
	buf_printf(why, "%s: %s", path, strerror(errno));
	return RC_TEMP;
}

static enum rc
write_keys(int dir, const char *name, const struct keys *keys, const struct stat *owner)
{
	char new_name[NEW_NAME];
	int fd;
	struct buf text;
	bool good;

	snprintf(new_name, sizeof(new_name), "%s.new", name);
	fd = openat(dir, new_name, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, FILE_MODE);
	buf_init(&text, FILE_BYTES);
	for (size_t i = 0; i < keys->n; i++) {
		buf_printf(&text, "%u %lld ", keys->key[i].id, (long long)keys->key[i].created_s);
		base64_put(&text, (struct str){ (const char *)keys->key[i].bytes, KEYRING_BYTES });
		buf_addc(&text, '\n');
	}
	good = fd >= 0 && !text.full && fchmod(fd, FILE_MODE) == 0 &&
	    (geteuid() != 0 || fchown(fd, owner->st_uid, owner->st_gid) == 0) &&
	    fdio_write_all(fd, buf_str(&text)) == RC_OK && fsync(fd) == 0;
	if (text.p)
		OPENSSL_cleanse(text.p, text.n);
	buf_clear(&text);
	fdio_close(&fd);
	return good && renameat(dir, new_name, dir, name) == 0 && fsync(dir) == 0 ? RC_OK : RC_TEMP;
}

/* A key seals until the next one is made, and what it sealed last lives keep_s from then. */
static size_t
drop_old(struct keys *keys, int64_t now_s, int64_t keep_s)
{
	size_t gone = 0;

	while (gone + 1 < keys->n && (keys->n - gone == KEYRING_KEYS ||
	    (now_s > keep_s && keys->key[gone + 1].created_s < now_s - keep_s)))
		gone++;
	memmove(keys->key, keys->key + gone, (keys->n - gone) * sizeof(keys->key[0]));
	keys->n -= gone;
	return gone;
}

static enum rc
add_key(struct keys *keys, int64_t now_s, struct buf *why)
{
	struct keyring_key *k = &keys->key[keys->n];

	k->id = keys->n ? keys->key[keys->n - 1].id + 1 : 1;
	k->created_s = now_s;
	if (k->id > KEYRING_ID_MAX) {
		buf_adds(why, "no IDs left for another key");
		return RC_LIMIT;
	}
	if (RAND_priv_bytes(k->bytes, sizeof(k->bytes)) != 1) {
		buf_adds(why, "no random numbers");
		return RC_TEMP;
	}
	keys->n++;
	return RC_OK;
}

enum rc
keyring_rotate(struct keyring_place at, int64_t now_s, int64_t keep_s, unsigned *id, size_t *gone, struct buf *why)
{
	struct keys keys = { .n = 0 };
	struct edition edition;
	struct stat owner;
	char path[PATH_MAX];
	int dir = -1;
	enum rc rc = file_path(at, path, why);

	if (rc == RC_OK)
		rc = open_folder(at.state_dir, &dir, &owner, why);
	if (rc != RC_OK)
		return rc;
	rc = load(path, &keys, &edition, why);
	if (rc == RC_NONE) {
		buf_reset(why);
		rc = RC_OK;
	}
	if (rc == RC_OK) {
		*gone = drop_old(&keys, now_s, keep_s);
		rc = add_key(&keys, now_s, why);
	}
	if (rc == RC_OK && write_keys(dir, names[at.use], &keys, &owner) != RC_OK) {
		buf_printf(why, "%s: %s", path, strerror(errno));
		rc = RC_TEMP;
	}
	if (rc == RC_OK)
		*id = keys.key[keys.n - 1].id;
	OPENSSL_cleanse(&keys, sizeof(keys));
	close(dir);
	return rc;
}
