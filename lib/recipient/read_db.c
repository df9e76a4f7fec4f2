/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include <cdb.h>
#include <db.h>
#include <errno.h>
#include <fcntl.h>
#include <lmdb.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fdio.h"
#include "recipient/read.h"

/* LOCK_MS: how long a writer is waited for. */
enum { LOCK_MS = 2000, LOCK_STEP_US = 20000 };

static enum rc
cannot(const char *path, const char *why_not, struct buf *why)
{
	buf_printf(why, "%s: %s\n", path, why_not);
	return RC_BAD;
}

/* Open it under the lock that postmap takes while it writes. */
static enum rc
open_locked(const char *path, int *fd, struct buf *why)
{
	struct flock lock = { .l_type = F_RDLCK, .l_whence = SEEK_SET };
	int64_t deadline = clock_mono_ms() + LOCK_MS;

	*fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (*fd < 0)
		return cannot(path, errno == ENOENT ? "no such file: has postmap made it?" : "cannot be opened", why);
	while (fcntl(*fd, F_SETLK, &lock) != 0) {
		if ((errno != EAGAIN && errno != EACCES) || clock_left_ms(deadline) == 0) {
			fdio_close(fd);
			buf_printf(why, "%s: is being written\n", path);
			return RC_TEMP;
		}
		usleep(LOCK_STEP_US);
	}
	return RC_OK;
}

/* ---- cdb ---- */

static enum rc
read_cdb_from(int fd, const char *path, struct keys *keys, struct buf *why)
{
	struct cdb db;
	unsigned at;
	enum rc rc = RC_OK;
	int got;

	if (cdb_init(&db, fd) != 0)
		return cannot(path, "is no cdb file", why);
	cdb_seqinit(&at, &db);
	while ((got = cdb_seqnext(&at, &db)) > 0) {
		const char *key = cdb_getkey(&db), *value = cdb_getdata(&db);

		if (!key || !value) {
			got = -1;
			break;
		}
		if (!read_add(keys, (struct str){ key, cdb_keylen(&db) },
		    (struct str){ value, cdb_datalen(&db) }, path, why, &rc))
			break;
	}
	if (got < 0)
		rc = cannot(path, "is damaged", why);
	cdb_free(&db);
	return rc;
}

enum rc
read_cdb(const char *path, struct keys *keys, struct buf *why)
{
	int fd;
	enum rc rc = open_locked(path, &fd, why);

	if (rc == RC_OK)
		rc = read_cdb_from(fd, path, keys, why);
	fdio_close(&fd);
	return rc;
}

/* ---- lmdb ---- */

static enum rc
walk_lmdb(MDB_txn *txn, const char *path, struct keys *keys, struct buf *why)
{
	MDB_cursor *cursor;
	MDB_val key, value;
	MDB_dbi dbi;
	enum rc rc = RC_OK;
	int e = mdb_dbi_open(txn, NULL, 0, &dbi);

	if (e == 0)
		e = mdb_cursor_open(txn, dbi, &cursor);
	if (e != 0)
		return cannot(path, mdb_strerror(e), why);
	while ((e = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) == 0)
		if (!read_add(keys, (struct str){ key.mv_data, key.mv_size },
		    (struct str){ value.mv_data, value.mv_size }, path, why, &rc))
			break;
	mdb_cursor_close(cursor);
	return e == 0 || e == MDB_NOTFOUND ? rc : cannot(path, mdb_strerror(e), why);
}

enum rc
read_lmdb(const char *path, struct keys *keys, struct buf *why)
{
	MDB_env *env = NULL;
	MDB_txn *txn = NULL;
	int fd, e;
	enum rc rc = open_locked(path, &fd, why);

	if (rc != RC_OK)
		return rc;
	e = mdb_env_create(&env);
	if (e == 0)
		e = mdb_env_open(env, path, MDB_RDONLY | MDB_NOSUBDIR | MDB_NOLOCK, 0);
	if (e == 0)
		e = mdb_txn_begin(env, NULL, MDB_RDONLY, &txn);
	rc = e == 0 ? walk_lmdb(txn, path, keys, why) : cannot(path, mdb_strerror(e), why);
	if (txn)
		mdb_txn_abort(txn);
	if (env)
		mdb_env_close(env);
	fdio_close(&fd);
	return rc;
}

/* ---- Berkeley DB ---- */

static void
say_nothing(const DB_ENV *env, const char *prefix, const char *text)
{
	(void)env;
	(void)prefix;
	(void)text;
}

static enum rc
walk_db(DB *db, const char *path, struct keys *keys, struct buf *why)
{
	DBC *cursor;
	DBT key = { .flags = 0 }, value = { .flags = 0 };
	enum rc rc = RC_OK;
	int e = db->cursor(db, NULL, &cursor, 0);

	if (e != 0)
		return cannot(path, db_strerror(e), why);
	while ((e = cursor->get(cursor, &key, &value, DB_NEXT)) == 0)
		if (!read_add(keys, (struct str){ key.data, key.size }, (struct str){ value.data, value.size },
		    path, why, &rc))
			break;
	cursor->close(cursor);
	return e == 0 || e == DB_NOTFOUND ? rc : cannot(path, db_strerror(e), why);
}

enum rc
read_db(const char *path, struct keys *keys, struct buf *why)
{
	DB *db = NULL;
	int fd, e;
	enum rc rc = open_locked(path, &fd, why);

	if (rc != RC_OK)
		return rc;
	e = db_create(&db, NULL, 0);
	if (e == 0) {
		db->set_errcall(db, say_nothing);
		e = db->open(db, NULL, path, NULL, DB_UNKNOWN, DB_RDONLY, 0);
	}
	rc = e == 0 ? walk_db(db, path, keys, why) : cannot(path, db_strerror(e), why);
	if (db)
		db->close(db, 0);
	fdio_close(&fd);
	return rc;
}
