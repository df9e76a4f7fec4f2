/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Fetch the feeds that are due; when one has changed, make the table of all of them anew. What is
 * fetched is read here and nowhere else: the gate only sees the table. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fdio.h"
#include "jobs/feed_keep.h"
#include "jobs/feed_read.h"
#include "jobs/jobs.h"

/* RETRY_MS: a feed that failed is tried again so soon. SHRINK_MIN: smaller feeds may change as they like. */
enum { RETRY_MS = 5 * 60 * 1000, SHRINK_MIN = 20, WHY = 256, VALUE_POOL = 0 };

struct feeds_run {
	const struct job_run *run;
	const struct feeds_conf *conf;
	const struct http_conf *http;
	struct pool *pool, *values;
	struct feeds feeds;
	struct feed_state state[FEEDS];
	struct indicators_build *build;
	uint16_t source;		/* that is being added */
	bool failed;
	bool full;
};

static void
note_error(struct feeds_run *r, const struct feed *f, struct feed_state *s, struct str error)
{
	char text[FEED_ERROR];

	snprintf(text, sizeof(text), "%.*s", STR_ARG(str_upto(error, sizeof(text) - 1)));
	for (char *p = text; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			*p = ' ';
	if (strcmp(text, s->error) != 0)	/* the same again is no news */
		log_put(r->run->lc, LOG_LEVEL_WARNING, "feed", LOG_STR("name", f->name), LOG_CSTR("error", text),
		    LOG_CSTR("kept", s->checked_ms ? "what it had before" : "nothing"));
	memcpy(s->error, text, sizeof(text));
}

/* ---- fetching ---- */

static bool
is_due(const struct feed *f, const struct feed_state *s, int64_t now)
{
	int64_t wait = f->refresh_ms;

	if (feed_is_local(f) || s->tried_ms > now)
		return true;
	if (*s->error && wait > RETRY_MS)
		wait = RETRY_MS;
	return now - s->tried_ms >= wait;
}

static bool
count_only(void *arg, const struct indicator *i)
{
	(void)arg;
	(void)i;
	return true;
}

static struct feed_reading
read_text(struct feeds_run *r, const struct feed *f, struct str text, bool (*put)(void *, const struct indicator *))
{
	struct feed_reading reading = { .feed = f, .pool = r->values, .max = (size_t)r->conf->max_entries, .put = put,
	    .arg = r };

	f->format->read(&reading, text);
	return reading;
}

/* A feed that lost more than half of what it had is more likely broken than right. */
static bool
has_shrunk(const struct feed *f, const struct feed_state *s, size_t entries)
{
	return !f->shrinks && s->entries >= SHRINK_MIN && entries < (size_t)s->entries / 2;
}

static void
take_new(struct feeds_run *r, const struct feed *f, struct feed_state *s, const struct http_answer *a)
{
	struct feed_reading got = read_text(r, f, buf_str(&a->body), count_only);
	struct buf why;

	buf_init(&why, WHY);
	if (has_shrunk(f, s, got.good)) {
		buf_printf(&why, "SHRUNK from %lld to %zu entries, refused; see may_shrink",
		    (long long)s->entries, got.good);
	} else if (got.good == 0 && got.bad > 0) {
		buf_printf(&why, "none of %zu lines has a value, the first is line %zu", got.bad, got.first_bad);
	} else if (feed_keep_text(r->run->state_dir, f, buf_str(&a->body)) != RC_OK) {
		buf_printf(&why, "cannot be written: %s", strerror(errno));
	} else {
		memcpy(s->etag, a->etag, sizeof(s->etag));
		memcpy(s->modified, a->modified, sizeof(s->modified));
		s->changed_ms = s->checked_ms = s->tried_ms;
		s->entries = (int64_t)got.good;
		s->bad = (int64_t)got.bad;
		s->error[0] = '\0';
		log_put(r->run->lc, LOG_LEVEL_INFO, "feed", LOG_STR("name", f->name), LOG_NUM("entries", got.good),
		    LOG_NUM("bad_lines", got.bad), LOG_NUM("first_bad", got.first_bad));
	}
	if (why.n)
		note_error(r, f, s, buf_str(&why));
	buf_clear(&why);
}

static void
fetch(struct feeds_run *r, const struct feed *f, struct feed_state *s)
{
	struct http_request rq = { .url = f->source, .etag = str_of(s->etag), .modified = str_of(s->modified),
	    .header = f->header, .max_bytes = f->max_bytes };
	struct buf secret, why;
	struct http_answer a;
	enum rc rc;

	buf_init(&why, WHY);
	buf_init(&secret, 0);
	if (f->header.n && http_secret(pool_cstr(r->pool, f->secret_file), &secret, &why) != RC_OK) {
		note_error(r, f, s, buf_str(&why));
	} else {
		rq.secret = buf_str(&secret);
		rc = http_get(r->http, &rq, &a, &why);
		if (rc == RC_OK) {
			take_new(r, f, s, &a);
		} else if (rc == RC_NONE) {
			/* A file is looked at all the time: that is no reason to write its state as often. */
			if (!feed_is_local(f) || s->tried_ms - s->checked_ms >= f->refresh_ms)
				s->checked_ms = s->tried_ms;
			s->error[0] = '\0';
		} else {
			note_error(r, f, s, buf_str(&why));
		}
		buf_clear(&a.body);
	}
	if (secret.n)
		explicit_bzero(secret.p, secret.n);
	buf_clear(&secret);
	buf_clear(&why);
}

/* Said once when it begins, and once when it is over. */
static void
look_at_age(struct feeds_run *r, const struct feed *f, struct feed_state *s, int64_t now)
{
	bool stale = now - s->checked_ms > f->stale_ms;

	if (stale && !s->stale)
		log_put(r->run->lc, LOG_LEVEL_ERR, "feed", LOG_STR("name", f->name), LOG_CSTR("error", "STALE"),
		    LOG_NUM("minutes", s->checked_ms ? (now - s->checked_ms) / 60000 : 0), LOG_CSTR("last_error", s->error));
	else if (!stale && s->stale)
		log_put(r->run->lc, LOG_LEVEL_INFO, "feed", LOG_STR("name", f->name), LOG_CSTR("state", "no longer stale"));
	s->stale = stale;
}

static bool
same_state(const struct feed_state *a, const struct feed_state *b)
{
	return strcmp(a->etag, b->etag) == 0 && strcmp(a->modified, b->modified) == 0 && a->source == b->source &&
	    a->tried_ms == b->tried_ms && a->checked_ms == b->checked_ms && a->changed_ms == b->changed_ms &&
	    a->entries == b->entries && a->bad == b->bad && a->stale == b->stale && strcmp(a->error, b->error) == 0;
}

static void
refresh(struct feeds_run *r, const struct feed *f, struct feed_state *s)
{
	int64_t now = clock_wall_ms();
	struct feed_state before;

	feed_keep_load(r->run->state_dir, f, s);
	before = *s;
	if (is_due(f, s, now)) {
		s->tried_ms = now;
		fetch(r, f, s);
	} else if (s->stale || now - s->checked_ms <= f->stale_ms) {
		return;
	}
	look_at_age(r, f, s, now);
	if (feed_is_local(f))
		before.tried_ms = s->tried_ms;
	if (!same_state(&before, s) && feed_keep_save(r->run->state_dir, f, s) != RC_OK) {
		r->failed = true;
		buf_printf(r->run->why, "feeds: state cannot be written: %s", strerror(errno));
	}
}

/* ---- the table ---- */

static bool
is_current(const struct feeds_run *r, const struct indicators_table *t)
{
	uint32_t n = 0;

	for (size_t i = 0; i < r->feeds.list.n; i++) {
		const struct feed *f = feed_at(&r->feeds, i);
		uint64_t stamp = feed_keep_stamp(r->run->state_dir, f, &r->state[i]);

		if (stamp == 0)
			continue;		/* was never there */
		if (n == t->head->n_sources || t->sources[n].stamp != stamp || !str_eq(str_of(t->sources[n].name), f->name))
			return false;
		n++;
	}
	return n == t->head->n_sources;
}

static bool
put(void *arg, const struct indicator *i)
{
	struct feeds_run *r = arg;
	struct indicator mine = *i;

	mine.first_ms = clock_wall_ms();
	r->full = indicators_build_add(r->build, r->source, &mine) == RC_LIMIT;
	return !r->full;
}

static void
add_feed(struct feeds_run *r, const struct feed *f, const struct feed_state *s)
{
	struct indicators_source row = { .stamp = feed_keep_stamp(r->run->state_dir, f, s), .score = (int32_t)f->score,
	    .allow = f->allow, .expires_ms = f->expire_ms ? s->checked_ms + f->expire_ms : 0 };
	char path[FEED_PATH];
	struct buf text;

	if (row.stamp == 0)
		return;
	snprintf(row.name, sizeof(row.name), "%.*s", STR_ARG(f->name));
	feed_keep_path(r->run->state_dir, f, "text", path);
	buf_init(&text, (size_t)f->max_bytes);
	if (fdio_read_file(path, &text) == RC_OK && indicators_build_source(r->build, &row, &r->source) == RC_OK)
		read_text(r, f, buf_str(&text), put);
	buf_clear(&text);
	if (r->full)
		log_put(r->run->lc, LOG_LEVEL_ERR, "feed", LOG_STR("name", f->name),
		    LOG_CSTR("error", "more entries than feeds.max_entries: the rest is left out"));
	r->full = false;
}

static enum rc
make_table(struct feeds_run *r, const char *path, const struct indicators_table *before)
{
	int64_t start = clock_mono_ms();
	size_t entries = 0;
	enum rc rc;

	r->build = indicators_build_new((size_t)r->conf->max_entries);
	for (size_t i = 0; i < r->feeds.list.n; i++)
		add_feed(r, feed_at(&r->feeds, i), &r->state[i]);
	rc = indicators_build_write(r->build, path, before, &entries);
	indicators_build_free(&r->build);
	if (rc == RC_OK)
		log_put(r->run->lc, LOG_LEVEL_INFO, "feeds", LOG_NUM("entries", entries),
		    LOG_NUM("ms", clock_mono_ms() - start));
	else
		buf_printf(r->run->why, "%s cannot be written: %s", path, strerror(errno));
	return rc;
}

/* A table that is missing, damaged or of another version is made anew. */
static enum rc
update_table(struct feeds_run *r, const char *path)
{
	struct indicators_table before;
	struct str map = STR_NONE;
	bool good = false;
	struct buf why;
	enum rc rc = RC_OK;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	buf_init(&why, WHY);
	if (fd >= 0 && fdio_map(fd, &map) == RC_OK)
		good = indicators_file_open(map, &before, &why) == RC_OK;
	if (!good || !is_current(r, &before))
		rc = make_table(r, path, good ? &before : NULL);
	fdio_unmap(&map);
	fdio_close(&fd);
	buf_clear(&why);
	return rc;
}

static enum rc
all_feeds(struct feeds_run *r, const char *table)
{
	struct buf errors;
	enum rc rc;

	buf_init(&errors, 64 * 1024);
	rc = feeds_read(r->pool, pool_cstr(r->pool, r->conf->file), &r->feeds, &errors);
	if (rc != RC_OK) {
		log_lines(r->run->lc, LOG_LEVEL_ERR, "feeds", "error", buf_str(&errors));
		buf_printf(r->run->why, "%.*s is wrong, the table from before serves on", STR_ARG(r->conf->file));
	}
	buf_clear(&errors);
	if (rc != RC_OK)
		return rc;
	for (size_t i = 0; i < r->feeds.list.n; i++)
		refresh(r, feed_at(&r->feeds, i), &r->state[i]);
	rc = update_table(r, table);
	return r->failed ? RC_TEMP : rc;
}

static enum rc
run(const struct job_run *jr, const void *conf)
{
	struct feeds_run *r;
	char dir[FEED_PATH], table[FEED_PATH];
	struct pool *pool;
	enum rc rc;

	snprintf(dir, sizeof(dir), "%s/feeds", jr->state_dir);
	snprintf(table, sizeof(table), "%s/" INDICATORS_FILE, jr->state_dir);
	if (((const struct feeds_conf *)conf)->file.n == 0)
		return unlink(table) == 0 || errno == ENOENT ? RC_OK : RC_TEMP;
	if (mkdir(dir, 0750) != 0 && errno != EEXIST) {
		buf_printf(jr->why, "%s: %s", dir, strerror(errno));
		return RC_TEMP;
	}
	pool = pool_new(0);
	r = pool_alloc(pool, sizeof(*r));
	r->run = jr;
	r->conf = conf;
	r->http = conf_values(jr->conf, &http_table);
	r->pool = pool;
	r->values = pool_new(VALUE_POOL);
	rc = all_feeds(r, table);
	pool_free(&r->values);
	pool_free(&pool);
	return rc;
}

static int64_t interval(const void *conf) { return ((const struct feeds_conf *)conf)->interval_ms; }
static int64_t deadline(const void *conf) { return ((const struct feeds_conf *)conf)->deadline_ms; }

const struct job job_feeds = {
	.name = "feeds",
	.help = "Fetch lists of bad and good addresses, domains, mailboxes and files, and make one table of them.",
	.opts = &feeds_table,
	.interval_ms = interval,
	.deadline_ms = deadline,
	.run = run,
};
