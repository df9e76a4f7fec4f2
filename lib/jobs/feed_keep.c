/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "jobs/feed_keep.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/hash.h"
#include "base/replace.h"
#include "conf/conf.h"
#include "conf/source.h"
#include "jobs/feed_read.h"

void
feed_keep_path(const char *state_dir, const struct feed *f, const char *suffix, char out[FEED_PATH])
{
	snprintf(out, FEED_PATH, "%s/feeds/%.*s.%s", state_dir, STR_ARG(f->name), suffix);
}

static const struct { struct str key; size_t at; } numbers[] = {
	{ STR("source"), offsetof(struct feed_state, source) }, { STR("tried_ms"), offsetof(struct feed_state, tried_ms) },
	{ STR("checked_ms"), offsetof(struct feed_state, checked_ms) },
	{ STR("changed_ms"), offsetof(struct feed_state, changed_ms) },
	{ STR("entries"), offsetof(struct feed_state, entries) }, { STR("bad"), offsetof(struct feed_state, bad) },
};
enum { NUMBERS = sizeof(numbers) / sizeof(numbers[0]) };

static void
take_text(struct str value, char *out, size_t room)
{
	snprintf(out, room, "%.*s", STR_ARG(value));
}

static void
take(struct feed_state *s, const struct conf_line *l)
{
	uint64_t n;

	for (size_t i = 0; i < NUMBERS; i++)
		if (str_eq(l->key, numbers[i].key) && str_to_u64(l->value, &n) && n <= INT64_MAX)
			memcpy((char *)s + numbers[i].at, &n, sizeof(n));
	if (str_eq(l->key, STR("etag")))
		take_text(l->value, s->etag, sizeof(s->etag));
	else if (str_eq(l->key, STR("modified")))
		take_text(l->value, s->modified, sizeof(s->modified));
	else if (str_eq(l->key, STR("error")))
		take_text(l->value, s->error, sizeof(s->error));
	else if (str_eq(l->key, STR("stale")))
		s->stale = str_eq(l->value, STR("yes"));
}

static int64_t
source_of(const struct feed *f)
{
	return (int64_t)(hash_key(f->source, 0) >> 1);
}

void
feed_keep_load(const char *state_dir, const struct feed *f, struct feed_state *out)
{
	struct pool *pool = pool_new(0);
	struct buf errors;
	struct conf_errors collect = { .out = &errors };
	struct source s = { .pool = pool, .errors = &collect };
	const struct conf_line *lines;
	char path[FEED_PATH], text[FEED_PATH];
	struct stat st;

	*out = (struct feed_state){ .source = 0 };
	buf_init(&errors, 1024);
	feed_keep_path(state_dir, f, "state", path);
	feed_keep_path(state_dir, f, "text", text);
	if (source_file(&s, path) == RC_OK) {
		lines = s.lines.items;
		for (size_t i = 0; i < s.lines.n; i++)
			take(out, &lines[i]);
	}
	/* A text that was there and has gone is fetched at once; one that never was, when it is tried again. */
	if (out->source != source_of(f) || (out->checked_ms && stat(text, &st) != 0))
		*out = (struct feed_state){ .source = source_of(f), .tried_ms = 0 };
	buf_clear(&errors);
	pool_free(&pool);
}

/* What the configuration reader takes for a comment, or for no text, is not kept. */
static void
put_text(struct buf *b, const char *key, const char *value)
{
	if (*value && !source_has_comment(str_of(value)))
		buf_printf(b, "%s = %s\n", key, value);
}

enum rc
feed_keep_save(const char *state_dir, const struct feed *f, const struct feed_state *s)
{
	char path[FEED_PATH];
	struct str piece;
	struct buf b;
	int64_t n;
	enum rc rc;

	buf_init(&b, CONF_BYTES);
	buf_printf(&b, "feed = %.*s\n", STR_ARG(f->name));
	for (size_t i = 0; i < NUMBERS; i++) {
		memcpy(&n, (const char *)s + numbers[i].at, sizeof(n));
		buf_printf(&b, "%.*s = %" PRId64 "\n", STR_ARG(numbers[i].key), n);
	}
	put_text(&b, "etag", s->etag);
	put_text(&b, "modified", s->modified);
	put_text(&b, "stale", s->stale ? "yes" : "no");
	put_text(&b, "error", s->error);
	feed_keep_path(state_dir, f, "state", path);
	piece = buf_str(&b);
	rc = replace_file(path, &piece, 1);
	buf_clear(&b);
	return rc;
}

enum rc
feed_keep_text(const char *state_dir, const struct feed *f, struct str text)
{
	char path[FEED_PATH];

	feed_keep_path(state_dir, f, "text", path);
	return replace_file(path, &text, 1);
}

uint64_t
feed_keep_stamp(const char *state_dir, const struct feed *f, const struct feed_state *s)
{
	char path[FEED_PATH], line[1024];
	struct stat st;
	int n;

	feed_keep_path(state_dir, f, "text", path);
	if (stat(path, &st) != 0)
		return 0;
	n = snprintf(line, sizeof(line), "%d %s %" PRId64 " %d %d %d %" PRId64 " %" PRId64 " %d %" PRId64 " %" PRId64
	    " %" PRIuMAX " %" PRIdMAX ".%ld %" PRIdMAX, f->kind, f->format->name, f->column, f->separator, f->any_url,
	    (int)f->class, f->score, f->confidence, f->allow, f->expire_ms, f->expire_ms ? s->checked_ms : 0,
	    (uintmax_t)st.st_ino, (intmax_t)st.st_mtim.tv_sec, st.st_mtim.tv_nsec, (intmax_t)st.st_size);
	return hash_key((struct str){ line, (size_t)n }, 1);
}
