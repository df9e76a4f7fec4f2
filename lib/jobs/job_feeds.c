/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Fetch the feeds that are due, several at a time; when one has changed, make the table of all of them
 * anew. What is fetched is read in processes of their own (errand.h): the gate only sees the table. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "jobs/feed_fetch.h"
#include "jobs/feed_table.h"
#include "jobs/jobs.h"

/* RETRY_MS: a feed that failed is tried again so soon. SHRINK_MIN: smaller feeds may change as they like.
 * AT_ONCE: feeds that are fetched at a time. SETTLE_MS: the table does not wait longer for a slow one. */
enum { RETRY_MS = 5 * 60 * 1000, SHRINK_MIN = 20, WHY = 256, AT_ONCE = 8, SETTLE_MS = 1000, WAIT_MS = 200 };

struct feeds_run {
	const struct job_run *run;
	const struct feeds_conf *conf;
	const struct http_conf *http;
	struct pool *pool;
	struct feeds feeds;
	struct feed_state state[FEEDS], before[FEEDS];
	bool waits[FEEDS];		/* is due, has not begun */
	struct feed_fetch at_work[AT_ONCE];	/* without feed: free */
	const char *table;
	int64_t news_ms;		/* when what the table does not have yet came first; 0: nothing */
	int64_t next_look;		/* both monotonic */
	bool failed;
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

/* A feed that lost more than half of what it had is more likely broken than right. */
static bool
has_shrunk(const struct feed *f, const struct feed_state *s, size_t entries)
{
	return !f->shrinks && s->entries >= SHRINK_MIN && entries < (size_t)s->entries / 2;
}

static void
note_news(struct feeds_run *r)
{
	if (r->news_ms == 0)
		r->news_ms = clock_mono_ms();
}

static void
take_new(struct feeds_run *r, const struct feed *f, struct feed_state *s, const struct feed_news *news, struct str text)
{
	struct buf why;

	buf_init(&why, WHY);
	if (has_shrunk(f, s, (size_t)news->good)) {
		buf_printf(&why, "SHRUNK from %lld to %llu entries, refused; see may_shrink",
		    (long long)s->entries, (unsigned long long)news->good);
	} else if (news->good == 0 && news->bad > 0) {
		buf_printf(&why, "none of %llu lines has a value, the first is line %llu",
		    (unsigned long long)news->bad, (unsigned long long)news->first_bad);
	} else if (feed_keep_text(r->run->state_dir, f, text) != RC_OK) {
		buf_printf(&why, "cannot be written: %s", strerror(errno));
	} else {
		memcpy(s->etag, news->etag, sizeof(s->etag));
		memcpy(s->modified, news->modified, sizeof(s->modified));
		s->changed_ms = s->checked_ms = s->tried_ms;
		s->entries = (int64_t)news->good;
		s->bad = (int64_t)news->bad;
		s->error[0] = '\0';
		note_news(r);
		log_put(r->run->lc, LOG_LEVEL_INFO, "feed", LOG_STR("name", f->name), LOG_NUM("entries", news->good),
		    LOG_NUM("bad_lines", news->bad), LOG_NUM("first_bad", news->first_bad));
	}
	if (why.n)
		note_error(r, f, s, buf_str(&why));
	buf_clear(&why);
}

static void
take(struct feeds_run *r, const struct feed *f, struct feed_state *s, struct feed_fetch *fetch)
{
	struct feed_news news;
	struct str text;

	feed_fetch_end(fetch, &news, &text);
	if (news.rc == RC_OK) {
		take_new(r, f, s, &news, text);
	} else if (news.rc == RC_NONE) {
		/* A file is looked at all the time: that is no reason to write its state as often. */
		if (!feed_is_local(f) || s->tried_ms - s->checked_ms >= f->refresh_ms)
			s->checked_ms = s->tried_ms;
		if (f->expire_ms > 0)
			note_news(r);
		s->error[0] = '\0';
	} else {
		note_error(r, f, s, str_of(news.why));
	}
}

/* Said once when it begins, and once when it is over. */
static void
look_at_age(struct feeds_run *r, const struct feed *f, struct feed_state *s, int64_t now)
{
	bool stale = now - s->checked_ms > f->stale_ms;

	if (stale && !s->stale)
		log_put(r->run->lc, LOG_LEVEL_ERR, "feed", LOG_STR("name", f->name),
		    LOG_CSTR("error", s->checked_ms ? "STALE" : "STALE, was never there"),
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
keep_state(struct feeds_run *r, size_t i)
{
	const struct feed *f = feed_at(&r->feeds, i);
	struct feed_state *s = &r->state[i];

	look_at_age(r, f, s, clock_wall_ms());
	if (feed_is_local(f))
		r->before[i].tried_ms = s->tried_ms;
	if (!same_state(&r->before[i], s) && feed_keep_save(r->run->state_dir, f, s) != RC_OK) {
		if (!r->failed)
			buf_printf(r->run->why, "feeds: state cannot be written: %s", strerror(errno));
		r->failed = true;
	}
	r->before[i] = *s;
}

/* ---- all of them, beside each other ---- */

static struct feed_fetch *
fetch_of(struct feeds_run *r, const struct feed *f)
{
	for (size_t i = 0; i < AT_ONCE; i++)
		if (r->at_work[i].feed == f)
			return &r->at_work[i];
	return NULL;
}

static void
look_what_is_due(struct feeds_run *r)
{
	int64_t now = clock_wall_ms();

	for (size_t i = 0; i < r->feeds.list.n; i++) {
		const struct feed *f = feed_at(&r->feeds, i);

		if (fetch_of(r, f) != NULL)
			continue;
		if (is_due(f, &r->state[i], now))
			r->waits[i] = true;
		else
			keep_state(r, i);	/* it may have become stale */
	}
	r->next_look = clock_mono_ms() + r->conf->interval_ms;
}

static void
begin(struct feeds_run *r, size_t i, struct feed_fetch *fetch)
{
	const struct feed *f = feed_at(&r->feeds, i);

	r->waits[i] = false;
	r->state[i].tried_ms = clock_wall_ms();
	*fetch = (struct feed_fetch){ .feed = f, .state = &r->state[i], .http = r->http,
	    .max_entries = (size_t)r->conf->max_entries };
	if (feed_fetch_start(fetch) == RC_OK)
		return;
	note_error(r, f, &r->state[i], STR("no process for it"));
	keep_state(r, i);
	fetch->feed = NULL;
}

static void
begin_some(struct feeds_run *r)
{
	for (size_t i = 0; i < r->feeds.list.n; i++) {
		struct feed_fetch *unused = r->waits[i] ? fetch_of(r, NULL) : NULL;

		if (unused)
			begin(r, i, unused);
	}
}

/* How many are at work. */
static size_t
end_some(struct feeds_run *r)
{
	size_t left = 0;

	for (size_t i = 0; i < AT_ONCE; i++) {
		struct feed_fetch *fetch = &r->at_work[i];
		size_t at;

		if (!fetch->feed)
			continue;
		if (!errand_ended(&fetch->errand)) {
			left++;
			continue;
		}
		at = (size_t)(fetch->state - r->state);
		take(r, fetch->feed, &r->state[at], fetch);
		feed_fetch_clear(fetch);
		fetch->feed = NULL;
		keep_state(r, at);
	}
	return left;
}

static void
wait_a_while(const struct feeds_run *r)
{
	struct pollfd fds[AT_ONCE];
	nfds_t n = 0;

	for (size_t i = 0; i < AT_ONCE; i++)
		if (r->at_work[i].feed)
			fds[n++] = (struct pollfd){ .fd = r->at_work[i].errand.end, .events = POLLIN };
	poll(fds, n, WAIT_MS);		/* a signal only makes it look sooner */
}

static enum rc
update_table(struct feeds_run *r)
{
	const struct feed_table t = { .state_dir = r->run->state_dir, .path = r->table, .feeds = &r->feeds,
	    .state = r->state, .conf = r->conf };
	int64_t start = clock_mono_ms();
	struct feed_table_news news;
	enum rc rc = feed_table_update(&t, &news, r->run->why);

	r->news_ms = 0;
	if (rc == RC_OK && news.made)
		log_put(r->run->lc, LOG_LEVEL_INFO, "feeds", LOG_NUM("entries", news.entries),
		    LOG_NUM("ms", clock_mono_ms() - start));
	for (size_t i = 0; i < r->feeds.list.n; i++)
		if (news.cut[i])
			log_put(r->run->lc, LOG_LEVEL_ERR, "feed", LOG_STR("name", feed_at(&r->feeds, i)->name),
			    LOG_CSTR("error", "more entries than feeds.max_entries: the rest is left out"));
	return rc;
}

/* Until nothing is at work. One that hangs holds up neither the others, nor the table, nor what becomes
 * due meanwhile; at half of the deadline nothing new begins, so that the run ends by itself. */
static enum rc
fetch_all(struct feeds_run *r)
{
	int64_t until = clock_mono_ms() + r->conf->deadline_ms / 2;
	enum rc rc = RC_OK;

	for (size_t i = 0; i < r->feeds.list.n; i++) {
		feed_keep_load(r->run->state_dir, feed_at(&r->feeds, i), &r->state[i]);
		r->before[i] = r->state[i];
	}
	look_what_is_due(r);
	for (;;) {
		begin_some(r);
		if (end_some(r) == 0 && !memchr(r->waits, true, sizeof(r->waits)))
			break;
		wait_a_while(r);
		if (r->news_ms && clock_mono_ms() - r->news_ms >= SETTLE_MS)
			rc = update_table(r);
		if (clock_mono_ms() >= r->next_look && clock_mono_ms() < until)
			look_what_is_due(r);
	}
	if (rc != RC_OK)
		buf_reset(r->run->why);
	return update_table(r);
}

static enum rc
all_feeds(struct feeds_run *r)
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
	rc = fetch_all(r);
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
	r->table = table;
	rc = all_feeds(r);
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
