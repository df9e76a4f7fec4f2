/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "jobs/feed_table.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fdio.h"
#include "jobs/errand.h"
#include "jobs/feed_read.h"
#include "worker/sandbox.h"

/* ENTRY: bytes that one needs at most while the table is made. WAIT_MS: between two looks. */
enum { WHY = FEED_ERROR - 1, ENTRY = 512, WAIT_MS = 1000, FAILED = 3 };
#define ROOM (256LL * 1024 * 1024)

struct making {
	const struct feed_table *t;
	const struct indicators_table *before;
	struct indicators_build *build;
	struct pool *values;
	uint16_t source;		/* that is being added */
	bool full;
	struct feed_table_news news;
};

/* ---- in the child ---- */

static bool
put(void *arg, const struct indicator *i)
{
	struct making *m = arg;
	struct indicator mine = *i;

	mine.first_ms = clock_wall_ms();
	m->full = indicators_build_add(m->build, m->source, &mine) == RC_LIMIT;
	return !m->full;
}

static void
add_feed(struct making *m, size_t i)
{
	const struct feed *f = feed_at(m->t->feeds, i);
	const struct feed_state *s = &m->t->state[i];
	struct indicators_source row = { .stamp = feed_keep_stamp(m->t->state_dir, f, s), .score = (int32_t)f->score,
	    .allow = f->allow, .expires_ms = f->expire_ms ? s->checked_ms + f->expire_ms : 0 };
	struct feed_reading reading = { .feed = f, .pool = m->values, .max = (size_t)m->t->conf->max_entries, .put = put,
	    .arg = m };
	char path[FEED_PATH];
	struct buf text;

	if (row.stamp == 0)
		return;
	snprintf(row.name, sizeof(row.name), "%.*s", STR_ARG(f->name));
	feed_keep_path(m->t->state_dir, f, "text", path);
	buf_init(&text, (size_t)f->max_bytes);
	if (fdio_read_file(path, &text) == RC_OK && indicators_build_source(m->build, &row, &m->source) == RC_OK)
		f->format->read(&reading, buf_str(&text));
	buf_clear(&text);
	m->news.cut[i] = (unsigned char)(m->full || reading.cut);
	m->full = false;
}

static enum rc
close_room(const struct feed_table *t, struct buf *why)
{
	int64_t text = 0;
	char dir[FEED_PATH];
	struct buf missing;
	enum rc rc;

	for (size_t i = 0; i < t->feeds->list.n; i++)
		if (feed_at(t->feeds, i)->max_bytes > text)
			text = feed_at(t->feeds, i)->max_bytes;
	snprintf(dir, sizeof(dir), "%.*s", (int)str_rchr(str_of(t->path), '/'), t->path);
	buf_init(&missing, WHY);
	rc = sandbox_enter(&(struct sandbox){ .tmp_dir = dir, .memory_max = ROOM + 2 * text + ENTRY * t->conf->max_entries,
	    .tmp_max = ROOM + ENTRY * t->conf->max_entries }, &missing, why);
	buf_clear(&missing);
	return rc;
}

static int
make(void *arg, int result)
{
	struct making *m = arg;
	size_t entries = 0;
	struct buf why;
	enum rc rc;

	buf_init(&why, WHY);
	rc = close_room(m->t, &why);
	if (rc == RC_OK) {
		m->build = indicators_build_new((size_t)m->t->conf->max_entries);
		m->values = pool_new(0);
		for (size_t i = 0; i < m->t->feeds->list.n; i++)
			add_feed(m, i);
		rc = indicators_build_write(m->build, m->t->path, m->before, &entries);
		if (rc != RC_OK)
			buf_printf(&why, "%s cannot be written: %s", m->t->path, strerror(errno));
		indicators_build_free(&m->build);
		pool_free(&m->values);
	}
	m->news.made = (unsigned char)(rc == RC_OK);
	m->news.entries = entries;
	if (fdio_write_all(result, (struct str){ (const char *)&m->news, sizeof(m->news) }) != RC_OK ||
	    fdio_write_all(result, buf_str(&why)) != RC_OK)
		return FAILED;
	return 0;
}

/* ---- outside ---- */

static enum rc
take(struct errand *e, struct feed_table_news *news, struct buf *why)
{
	struct str all;
	enum rc rc = errand_result(e, &all, why);

	if (rc != RC_OK)
		return rc;
	if (all.n < sizeof(*news)) {
		buf_adds(why, "the table could not be made");
		return RC_TEMP;
	}
	memcpy(news, all.p, sizeof(*news));
	buf_add(why, str_upto(str_from(all, sizeof(*news)), WHY));
	return news->made ? RC_OK : RC_TEMP;
}

static enum rc
make_anew(struct making *m, struct feed_table_news *news, struct buf *why)
{
	struct errand e;
	enum rc rc = errand_start(&e, make, m, clock_mono_ms() + m->t->conf->deadline_ms);
	struct pollfd fd;

	if (rc != RC_OK) {
		buf_printf(why, "no process: %s", strerror(errno));
		return rc;
	}
	fd = (struct pollfd){ .fd = e.end, .events = POLLIN };
	while (!errand_ended(&e))
		poll(&fd, 1, fd.revents ? 1 : WAIT_MS);		/* a signal only makes it look sooner */
	rc = take(&e, news, why);
	errand_clear(&e);
	return rc;
}

static bool
is_current(const struct feed_table *t, const struct indicators_table *table)
{
	uint32_t n = 0;

	for (size_t i = 0; i < t->feeds->list.n; i++) {
		const struct feed *f = feed_at(t->feeds, i);
		uint64_t stamp = feed_keep_stamp(t->state_dir, f, &t->state[i]);

		if (stamp == 0)
			continue;		/* was never there */
		if (n == table->head->n_sources || table->sources[n].stamp != stamp ||
		    !str_eq(str_of(table->sources[n].name), f->name))
			return false;
		n++;
	}
	return n == table->head->n_sources;
}

enum rc
feed_table_update(const struct feed_table *t, struct feed_table_news *news, struct buf *why)
{
	struct making m = { .t = t };
	struct indicators_table before;
	struct str map = STR_NONE;
	struct buf damage;
	bool good = false;
	enum rc rc = RC_OK;
	int fd = open(t->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	*news = (struct feed_table_news){ .made = false };
	buf_init(&damage, WHY);
	if (fd >= 0 && fdio_map(fd, &map) == RC_OK)
		good = indicators_file_open(map, &before, &damage) == RC_OK;
	m.before = good ? &before : NULL;
	if (!good || !is_current(t, &before))
		rc = make_anew(&m, news, why);
	fdio_unmap(&map);
	fdio_close(&fd);
	buf_clear(&damage);
	return rc;
}
