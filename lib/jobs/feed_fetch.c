/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "jobs/feed_fetch.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/ascii.h"
#include "base/clock.h"
#include "base/fdio.h"
#include "jobs/feed_read.h"
#include "worker/sandbox.h"

/* ROOM: for libraries. COPIES: a buffer that grows, and what a compressed transfer needs. */
enum { WHY = FEED_ERROR - 1, COPIES = 4, SLACK = 65536 };
#define ROOM (256LL * 1024 * 1024)

/* ---- in the child ---- */

static enum rc
close_room(const struct feed_fetch *f, struct buf *why)
{
	const struct sandbox box = { .memory_max = ROOM + COPIES * f->feed->max_bytes,
	    .tmp_max = f->feed->max_bytes + SLACK };
	struct pool *pool = pool_new(0);
	const char *reads[SANDBOX_READS];
	struct buf missing;
	size_t n = 0;
	enum rc rc;

	buf_init(&missing, WHY);
	if (f->http->ca_file.n)
		reads[n++] = pool_cstr(pool, f->http->ca_file);
	if (feed_is_local(f->feed))
		reads[n++] = pool_cstr(pool, str_starts(f->feed->source, STR("/")) ? f->feed->source :
		    str_from(f->feed->source, strlen("file://")));
	rc = sandbox_ask(&box, reads, n, &missing, why);
	buf_clear(&missing);
	pool_free(&pool);
	return rc;
}

static bool
count_only(void *arg, const struct indicator *i)
{
	(void)arg;
	(void)i;
	return true;
}

static void
count(const struct feed_fetch *f, struct str text, struct feed_news *news)
{
	struct feed_reading reading = { .feed = f->feed, .pool = pool_new(0), .max = f->max_entries, .put = count_only };

	f->feed->format->read(&reading, text);
	pool_free(&reading.pool);
	news->good = reading.good;
	news->bad = reading.bad;
	news->first_bad = reading.first_bad;
}

static void
get(const struct feed_fetch *f, struct http_answer *a, struct feed_news *news, struct buf *why)
{
	struct http_request rq = { .url = f->feed->source, .etag = str_of(f->state->etag),
	    .modified = str_of(f->state->modified), .header = f->feed->header, .max_bytes = f->feed->max_bytes };
	struct pool *pool = pool_new(0);
	struct buf secret;

	buf_init(&secret, 0);
	news->rc = RC_OK;
	if (f->feed->header.n)
		news->rc = http_secret(pool_cstr(pool, f->feed->secret_file), &secret, why);
	if (news->rc == RC_OK)
		news->rc = close_room(f, why);
	if (news->rc == RC_OK) {
		rq.secret = buf_str(&secret);
		news->rc = http_get(f->http, &rq, a, why);
	}
	if (secret.n)
		explicit_bzero(secret.p, secret.n);
	buf_clear(&secret);
	pool_free(&pool);
}

/* The news, then the text. */
static int
run(void *arg, int result)
{
	const struct feed_fetch *f = arg;
	struct feed_news news = { .good = 0 };
	struct http_answer a = { .status = 0 };
	struct buf why;
	int status;

	buf_init(&why, WHY);
	buf_init(&a.body, 0);
	get(f, &a, &news, &why);
	if (news.rc == RC_OK) {
		memcpy(news.etag, a.etag, sizeof(news.etag));
		memcpy(news.modified, a.modified, sizeof(news.modified));
		count(f, buf_str(&a.body), &news);
	}
	memcpy(news.why, buf_cstr(&why), why.n);
	status = fdio_write_all(result, (struct str){ (const char *)&news, sizeof(news) }) == RC_OK &&
	    (news.rc != RC_OK || fdio_write_all(result, buf_str(&a.body)) == RC_OK) ? 0 : 1;
	buf_clear(&a.body);
	buf_clear(&why);
	return status;
}

/* ---- outside ---- */

enum rc
feed_fetch_start(struct feed_fetch *f)
{
	return errand_start(&f->errand, run, f, clock_mono_ms() + f->http->total_ms + FETCH_READ_MS);
}

/* It ends, and is text. */
static void
make_text(char *s, size_t room)
{
	s[room - 1] = '\0';
	for (; *s; s++)
		if (!ascii_is_print((unsigned char)*s))
			*s = ' ';
}

void
feed_fetch_end(struct feed_fetch *f, struct feed_news *news, struct str *text)
{
	struct str all = STR_NONE;
	struct buf why;

	*news = (struct feed_news){ .rc = RC_TEMP };
	*text = STR_NONE;
	buf_init(&why, WHY);
	if (errand_result(&f->errand, &all, &why) == RC_OK && all.n >= sizeof(*news)) {
		memcpy(news, all.p, sizeof(*news));
		*text = str_from(all, sizeof(*news));
	} else {
		memcpy(news->why, buf_cstr(&why), why.n);
	}
	make_text(news->etag, sizeof(news->etag));
	make_text(news->modified, sizeof(news->modified));
	make_text(news->why, sizeof(news->why));
	buf_clear(&why);
}

void
feed_fetch_clear(struct feed_fetch *f)
{
	errand_clear(&f->errand);
}
