/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Records in files of SQLite, one a week: see week.h. */
#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "store/records_ops.h"
#include "store/week.h"

/* WEEKS: files that are looked at, more than nineteen years. KEEP_PAGES: so large the WAL becomes before the keeper takes
 * it over: pages that many commits wrote are then taken over once. WAL_PAGES: when the writer itself takes the rest over,
 * so that the WAL begins anew. INDEX_MS: nobody's record waits longer for the index. */
enum { WEEKS = 1000, DIR_MODE = 0700, KEEP_PAGES = 4096, WAL_PAGES = 16384, INDEX_MS = 60000 };

struct sqlite {
	char dir[PATH_MAX];
	int wait_ms;
	enum records_use use;
	struct log_ctx lc;
	struct week cur;		/* of the writer */
	atomic_int pages;		/* of its WAL */
	int64_t indexed_ms;		/* keeper: when the index was brought up to date as a whole */
	pthread_mutex_t lock;
	char recent[WEEK_NAME];		/* under the lock: what the writer writes to */
	bool told;			/* writer: that a file is of a newer version */
};

/* ---- files ---- */

struct weeks {
	char name[WEEKS][WEEK_NAME];
	size_t n;
};

static int
newest_first(const void *a, const void *b)
{
	return strcmp(b, a);
}

static void
list_weeks(const struct sqlite *s, struct weeks *out)
{
	DIR *d = opendir(s->dir);
	const struct dirent *e;

	out->n = 0;
	while (d && (e = readdir(d)) && out->n < WEEKS) {
		struct str name = str_of(e->d_name);

		if (!str_ends_nocase(name, STR(".db")) || !week_is_name(str_upto(name, name.n - 3)))
			continue;
		snprintf(out->name[out->n++], WEEK_NAME, "%.*s", (int)(name.n - 3), name.p);
	}
	if (d)
		closedir(d);
	qsort(out->name, out->n, WEEK_NAME, newest_first);
}

/* The newest file is the one that every process brings to its own version first. */
static bool
is_newer(const struct sqlite *s, struct buf *why)
{
	struct weeks *weeks = calloc(1, sizeof(*weeks));
	struct week w;
	bool newer;

	if (!weeks)
		abort();
	list_weeks(s, weeks);
	newer = weeks->n > 0 && week_open(&w, s->dir, weeks->name[0], DB_READ, s->wait_ms) == RC_BAD;
	if (weeks->n > 0)
		week_close(&w);
	if (newer)
		buf_printf(why, "%s/%s.db: a newer sekimori made this file; this one knows version %d and older", s->dir,
		    weeks->name[0], WEEK_VERSION);
	free(weeks);
	return newer;
}

static void
close_store(void *store)
{
	struct sqlite *s = store;

	week_close(&s->cur);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

static enum rc
open_store(const struct records_conf *conf, struct str state_dir, enum records_use use, struct log_ctx lc, void **out,
    struct buf *why)
{
	struct sqlite *s = calloc(1, sizeof(*s));
	enum rc rc = RC_OK;

	if (!s)
		abort();
	s->use = use;
	s->lc = lc;
	s->wait_ms = (int)conf->deadline_ms;
	pthread_mutex_init(&s->lock, NULL);
	if ((size_t)snprintf(s->dir, sizeof(s->dir), "%.*s/ledger", STR_ARG(state_dir)) >= sizeof(s->dir) - WEEK_NAME ||
	    (use == RECORDS_GATE && mkdir(s->dir, DIR_MODE) != 0 && errno != EEXIST)) {
		buf_printf(why, "%s: %s", s->dir, strerror(errno));
		rc = RC_TEMP;
	} else if (is_newer(s, why)) {
		rc = RC_BAD;
	}
	if (rc != RC_OK) {
		close_store(s);
		return rc;
	}
	*out = s;
	return RC_OK;
}

/* ---- writing ---- */

static int
note_pages(void *arg, sqlite3 *db, const char *name, int pages)
{
	struct sqlite *s = arg;

	(void)db, (void)name;
	atomic_store(&s->pages, pages);
	return SQLITE_OK;
}

/* The package was replaced and somebody used it, before this process was: what comes goes to the spill for the next. */
static enum rc
refuse_newer(struct sqlite *s, const char *name)
{
	if (!s->told)
		log_put(s->lc, LOG_LEVEL_ERR, "ledger", LOG_CSTR("file", name),
		    LOG_CSTR("error", "a newer sekimori made it: restart"));
	s->told = true;
	return RC_TEMP;
}

/* What is written to a file that has another name by now, or none, is found by nobody. */
static bool
was_moved(struct sqlite *s)
{
	int moved = 0;

	if (sqlite3_file_control(s->cur.db, "main", SQLITE_FCNTL_HAS_MOVED, &moved) != SQLITE_OK || !moved)
		return false;
	log_put(s->lc, LOG_LEVEL_ERR, "ledger", LOG_CSTR("file", s->cur.path),
	    LOG_CSTR("error", "was moved or removed: what comes goes to a new one"));
	return true;
}

/* One that is there; a new one only for a record. */
static enum rc
use_week(struct sqlite *s, const char *name, bool make)
{
	enum rc rc;

	if (strcmp(s->cur.name, name) == 0 && !was_moved(s))
		return RC_OK;
	week_close(&s->cur);
	if (make && mkdir(s->dir, DIR_MODE) != 0 && errno != EEXIST)
		return RC_TEMP;
	rc = week_open(&s->cur, s->dir, name, make ? DB_MAKE : DB_WRITE, s->wait_ms);
	if (rc == RC_BAD)
		rc = refuse_newer(s, name);
	if (rc == RC_OK)
		sqlite3_wal_hook(s->cur.db, note_pages, s);
	pthread_mutex_lock(&s->lock);
	snprintf(s->recent, sizeof(s->recent), "%s", rc == RC_OK ? name : "");
	pthread_mutex_unlock(&s->lock);
	return rc;
}

static bool
item_week(const struct records_item *it, char name[WEEK_NAME])
{
	int64_t ms;

	if (!record_id_time(it->record ? it->record->id : it->event->id, &ms))
		return false;
	week_name(ms, name);
	return name[0] != '\0';
}

static enum rc
write_one(struct sqlite *s, struct records_item *it)
{
	enum rc rc = it->record ? week_put(&s->cur, it->record) : week_event(&s->cur, it->event);

	return rc == RC_NONE ? RC_OK : rc;	/* an event of what was forgotten meanwhile */
}

/* Those from `first` on that belong to the same week; they stand or fall together. Returns how many. */
static size_t
write_week(struct sqlite *s, struct records_item *items, size_t n, const char *name)
{
	char other[WEEK_NAME];
	size_t end = 0;
	enum rc rc = use_week(s, name, items[0].record != NULL);

	if (rc == RC_NONE) {		/* an event of a week that was dropped */
		items[0].rc = RC_OK;
		return 1;
	}
	if (rc == RC_OK)
		rc = week_begin(&s->cur);
	for (; end < n && item_week(&items[end], other) && strcmp(other, name) == 0; end++)
		if (rc == RC_OK && (rc = write_one(s, &items[end])) != RC_OK)
			week_back(&s->cur);
	if (rc == RC_OK)
		rc = week_commit(&s->cur);
	for (size_t i = 0; i < end; i++)
		items[i].rc = rc;
	if (rc != RC_OK)
		week_close(&s->cur);	/* a file that was moved away or damaged is opened anew */
	return end;
}

/* The keeper takes most of the WAL over while others write; now and then the writer takes the rest,
 * and the next commit begins the WAL anew. */
static void
look_at_wal(struct sqlite *s)
{
	if (s->cur.db && atomic_load(&s->pages) >= WAL_PAGES)
		week_checkpoint(&s->cur);
}

static void
write_items(void *store, struct records_item *items, size_t n)
{
	struct sqlite *s = store;
	char name[WEEK_NAME];
	size_t at = 0;

	while (at < n) {
		if (item_week(&items[at], name))
			at += write_week(s, items + at, n - at, name);
		else
			items[at++].rc = RC_BAD;
	}
	look_at_wal(s);
}

static void
keep(void *store)
{
	struct sqlite *s = store;
	int64_t now = clock_mono_ms();
	bool all = s->indexed_ms == 0 || now - s->indexed_ms >= INDEX_MS;
	char name[WEEK_NAME];
	struct week w;

	pthread_mutex_lock(&s->lock);
	memcpy(name, s->recent, sizeof(name));
	pthread_mutex_unlock(&s->lock);
	if (name[0] == '\0')
		week_name(clock_wall_ms(), name);
	if (week_open(&w, s->dir, name, DB_WRITE, s->wait_ms) != RC_OK)
		return;
	if (all || atomic_load(&s->pages) >= KEEP_PAGES)
		week_checkpoint(&w);
	if (week_index(&w, all) != RC_OK)
		log_put(s->lc, LOG_LEVEL_WARNING, "ledger", LOG_CSTR("index", name), LOG_CSTR("error", "is not up to date"));
	week_close(&w);
	if (all)
		s->indexed_ms = now;
}

/* ---- reading ---- */

/* Only those weeks that may have something of this time. */
static struct weeks *
weeks_between(const struct sqlite *s, int64_t since_ms, int64_t until_ms, struct str before)
{
	struct weeks *w = calloc(1, sizeof(*w));
	char first[WEEK_NAME] = "", last[WEEK_NAME] = "~";
	size_t n = 0;
	int64_t ms;

	if (!w)
		abort();
	if (since_ms > 0)
		week_name(since_ms, first);
	if (until_ms > 0)
		week_name(until_ms, last);
	if (record_id_time(before, &ms) && (until_ms == 0 || ms < until_ms))
		week_name(ms, last);
	list_weeks(s, w);
	for (size_t i = 0; i < w->n; i++)
		if (strcmp(w->name[i], first) >= 0 && strcmp(w->name[i], last) <= 0)
			memmove(w->name[n++], w->name[i], WEEK_NAME);
	w->n = n;
	return w;
}

static enum rc
open_of(const struct sqlite *s, struct str id, struct week *w)
{
	char name[WEEK_NAME];
	int64_t ms;

	if (!record_id_time(id, &ms))
		return RC_NONE;
	week_name(ms, name);
	return week_open(w, s->dir, name, DB_WRITE, s->wait_ms);
}

static enum rc
get(void *store, struct pool *pool, struct str id, struct record *out, struct vec *events)
{
	struct week w;
	enum rc rc = open_of(store, id, &w);

	if (rc != RC_OK)
		return rc;
	rc = week_get(&w, pool, id, out, events);
	week_close(&w);
	return rc;
}

static enum rc
move(void *store, const struct records_step *step, size_t *moved)
{
	struct week w;
	enum rc rc = open_of(store, step->id, &w);

	*moved = 0;
	if (rc != RC_OK)
		return rc;
	rc = week_move(&w, step, moved);
	week_close(&w);
	return rc;
}

static enum rc
find(void *store, const struct records_query *q, bool (*each)(void *, const struct record *), void *arg)
{
	const struct sqlite *s = store;
	struct weeks *weeks = weeks_between(s, q->since_ms, q->until_ms, q->before);
	enum rc rc = RC_OK;
	size_t n = 0;

	for (size_t i = 0; rc == RC_OK && i < weeks->n; i++) {
		struct week w;

		rc = week_open(&w, s->dir, weeks->name[i], DB_READ, s->wait_ms);
		if (rc == RC_OK)
			rc = week_find(&w, q, each, arg, &n);
		week_close(&w);
	}
	free(weeks);
	return rc == RC_NONE ? RC_OK : rc;
}

static enum rc
entries(void *store, const struct entries_query *q, bool (*each)(void *, const struct entry *), void *arg)
{
	const struct sqlite *s = store;
	struct weeks *weeks = weeks_between(s, q->since_ms, q->until_ms, q->before);
	enum rc rc = RC_OK;
	size_t n = 0;

	for (size_t i = 0; rc == RC_OK && i < weeks->n; i++) {
		struct week w;

		rc = week_open(&w, s->dir, weeks->name[i], DB_READ, s->wait_ms);
		if (rc == RC_OK)
			rc = week_entries(&w, q, each, arg, &n);
		week_close(&w);
	}
	free(weeks);
	return rc == RC_NONE ? RC_OK : rc;
}

static enum rc
sums(void *store, enum records_column column, int64_t since_ms, int64_t until_ms,
    void (*each)(void *, const struct records_sum *), void *arg)
{
	const struct sqlite *s = store;
	struct weeks *weeks = weeks_between(s, since_ms, until_ms, STR_NONE);
	enum rc rc = RC_OK;

	for (size_t i = 0; rc == RC_OK && i < weeks->n; i++) {
		struct week w;

		rc = week_open(&w, s->dir, weeks->name[i], DB_READ, s->wait_ms);
		if (rc == RC_OK)
			rc = week_sums(&w, column, since_ms, until_ms, each, arg);
		week_close(&w);
	}
	free(weeks);
	return rc;
}

/* ---- all of it ---- */

/* The first week that has any of these, oldest first. */
static enum rc
first_of(void *store, struct pool *pool, const struct records_range *range, struct vec *out,
    enum rc (*take)(struct week *, struct pool *, const struct records_range *, struct vec *))
{
	const struct sqlite *s = store;
	struct weeks *weeks = calloc(1, sizeof(*weeks));
	char first[WEEK_NAME] = "", last[WEEK_NAME] = "~";
	size_t had = out->n;
	enum rc rc = RC_OK;
	int64_t ms;

	if (!weeks)
		abort();
	if (record_id_time(range->after, &ms))
		week_name(ms, first);
	if (record_id_time(range->last, &ms))
		week_name(ms, last);
	list_weeks(s, weeks);
	for (size_t i = weeks->n; i > 0 && rc == RC_OK && out->n == had; i--) {
		const char *name = weeks->name[i - 1];
		struct week w;

		if (strcmp(name, first) < 0 || strcmp(name, last) > 0)
			continue;
		rc = week_open(&w, s->dir, name, DB_READ, s->wait_ms);
		if (rc == RC_OK)
			rc = take(&w, pool, range, out);
		week_close(&w);
		if (rc == RC_NONE)
			rc = RC_OK;	/* forgotten meanwhile */
	}
	free(weeks);
	return rc;
}

static enum rc
page(void *store, struct pool *pool, const struct records_range *range, struct vec *out)
{
	return first_of(store, pool, range, out, week_page);
}

static enum rc
lines(void *store, struct pool *pool, const struct records_range *range, struct vec *out)
{
	return first_of(store, pool, range, out, week_lines);
}

/* A gate indexes the week that it writes to; the others are indexed here. */
static enum rc
settle(void *store, size_t *n)
{
	const struct sqlite *s = store;
	struct weeks *weeks = calloc(1, sizeof(*weeks));
	enum rc rc = RC_OK;

	if (!weeks)
		abort();
	list_weeks(s, weeks);
	for (size_t i = 0; i < weeks->n && rc == RC_OK; i++) {
		struct week w;

		rc = week_open(&w, s->dir, weeks->name[i], DB_WRITE, s->wait_ms);
		if (rc == RC_OK) {
			*n += week_waits(&w);
			rc = week_index(&w, true);
			week_checkpoint(&w);
		}
		week_close(&w);
		if (rc == RC_NONE)
			rc = RC_OK;
	}
	free(weeks);
	return rc;
}

/* ---- forgetting ---- */

static bool
holds(const struct sqlite *s, const char *name)
{
	struct week w;
	bool held = true;		/* what cannot be looked at stays */

	if (week_open(&w, s->dir, name, DB_READ, s->wait_ms) == RC_OK)
		held = week_holds(&w);
	week_close(&w);
	return held;
}

static void
drop(const struct sqlite *s, const char *name)
{
	static const char *const endings[] = { "idx-wal", "idx-shm", "idx", "db-wal", "db-shm", "db" };
	char path[PATH_MAX];

	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++)
		if ((size_t)snprintf(path, sizeof(path), "%s/%s.%s", s->dir, name, endings[i]) < sizeof(path))
			unlink(path);
}

static enum rc
purge(void *store, int64_t before_ms, size_t *dropped)
{
	const struct sqlite *s = store;
	struct weeks *weeks = calloc(1, sizeof(*weeks));
	char first[WEEK_NAME];

	if (!weeks)
		abort();
	week_name(before_ms, first);	/* this one has records that stay */
	list_weeks(s, weeks);
	*dropped = 0;
	for (size_t i = 0; i < weeks->n; i++) {
		if (strcmp(weeks->name[i], first) >= 0 || holds(s, weeks->name[i]))
			continue;
		drop(s, weeks->name[i]);
		++*dropped;
	}
	free(weeks);
	return RC_OK;
}

const struct records_ops records_sqlite = {
	.name = "sqlite", .open = open_store, .close = close_store, .write = write_items, .keep = keep, .get = get,
	.find = find, .entries = entries, .move = move, .sums = sums,
	.page = page, .lines = lines, .settle = settle, .purge = purge,
};
