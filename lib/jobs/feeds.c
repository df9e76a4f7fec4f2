/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "jobs/feeds.h"

#include "base/ascii.h"
#include "conf/section.h"
#include "conf/value.h"
#include "jobs/feed_read.h"

#define MB (1024LL * 1024)
#define HOUR_MS 3600000LL
#define YEAR_MS (366 * 24 * HOUR_MS)

struct reading {
	struct pool *pool;
	struct conf_errors errors;
	struct vec *list;
	struct feed *at;		/* the feed whose keys are read */
	const struct conf_line *line;
};

static const char *const bool_words[] = { "no", "yes", NULL };
static const char *const use_words[] = { "deny", "allow", NULL };
static const char *const url_words[] = { "root", "host", NULL };
static const char *const separator_words[] = { "comma", "semicolon", "tab", "pipe", NULL };

static void
fail(struct reading *r, struct str reason)
{
	conf_error(&r->errors, r->line->file, r->line->line, r->line->key, reason);
}

static void
fail_word(struct reading *r, const char *what, struct str word)
{
	section_error(&r->errors, r->line, what, word);
}

static int
word_of(struct reading *r, struct str (*name)(const void *, size_t), struct str word)
{
	return section_word(&r->errors, r->line, (struct section_names){ name, NULL }, word);
}

static struct str
name_of_kind(const void *arg, size_t i)
{
	(void)arg;
	return i < INDICATOR_KINDS ? str_of(indicator_kind_name((enum indicator_kind)i)) : STR_NONE;
}

static struct str
name_of_format(const void *arg, size_t i)
{
	(void)arg;
	return str_of(feed_readers[i].name);
}

static struct str
name_of_class(const void *arg, size_t i)
{
	(void)arg;
	return i < CLASS_N ? str_of(class_name((enum class)i)) : STR_NONE;
}

/* A value of the types that options have, so that "12h" and "20M" mean the same here. */
static bool
take_number(struct reading *r, enum opt_type type, int64_t min, int64_t max, struct str v, int64_t *out)
{
	struct opt row = { .name = "", .type = type, .min = min, .max = max };
	struct buf why;
	bool good;

	buf_init(&why, 512);
	good = value_parse(r->pool, &row, v, out, &why) == RC_OK;
	if (!good)
		fail(r, buf_str(&why));
	buf_clear(&why);
	return good;
}

/* ---- keys ---- */

/* It becomes the name of a file, too. */
static bool
is_name(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!ascii_is_alnum((unsigned char)s.p[i]) && s.p[i] != '-' && s.p[i] != '_')
			return false;
	return s.n > 0 && s.n <= FEED_NAME;
}

static void
begin_feed(struct reading *r, struct str name)
{
	const struct feed *all = r->list->items;

	if (!is_name(name))
		fail_word(r, "a name has up to 39 letters, digits, - and _; not", name);
	for (size_t i = 0; i < r->list->n; i++)
		if (str_eq_nocase(all[i].name, name))
			fail_word(r, "there is another feed called", name);
	if (r->list->n == FEEDS) {
		fail(r, STR("more than 200 feeds"));
		return;
	}
	r->at = vec_push(r->pool, r->list, sizeof(*r->at));
	*r->at = (struct feed){ .name = name, .kind = -1, .format = &feed_readers[0], .column = 1, .separator = ',',
	    .class = CLASS_REPUTATION, .score = 100, .confidence = 100, .refresh_ms = HOUR_MS, .max_bytes = 64 * MB,
	    .file = r->line->file, .line = r->line->line, .shrink_word = -1 };
}

static void
take_kind(struct reading *r, struct str v)
{
	r->at->kind = word_of(r, name_of_kind, v);
}

static void
take_format(struct reading *r, struct str v)
{
	int i = word_of(r, name_of_format, v);

	if (i >= 0)
		r->at->format = &feed_readers[i];
}

static void
take_word(struct reading *r, const char *const *words, struct str v, int *out)
{
	int i = section_word(&r->errors, r->line, section_names_of(words), v);

	if (i >= 0)
		*out = i;
}

static void
take_separator(struct reading *r, struct str v)
{
	int i = -1;

	take_word(r, separator_words, v, &i);
	if (i >= 0)
		r->at->separator = ",;\t|"[i];
}

static void
take_source(struct reading *r, struct str v)
{
	if (v.n > 1 && (v.p[0] == '/' || str_starts_nocase(v, STR("http://")) || str_starts_nocase(v, STR("https://")) ||
	    str_starts_nocase(v, STR("file:///"))))
		r->at->source = v;
	else
		fail_word(r, "neither an absolute path nor a URL of https, http or file:", v);
}

static void
take_header(struct reading *r, struct str v)
{
	bool good = v.n > 0 && v.n <= 64;

	for (size_t i = 0; good && i < v.n; i++)
		good = ascii_is_alnum((unsigned char)v.p[i]) || v.p[i] == '-' || v.p[i] == '_';
	if (good)
		r->at->header = v;
	else
		fail_word(r, "not the name of a request header such as X-Auth-Key:", v);
}

static void
take_secret(struct reading *r, struct str v)
{
	if (v.n > 1 && v.p[0] == '/')
		r->at->secret_file = v;
	else
		fail_word(r, "not an absolute path:", v);
}

static void
take_class(struct reading *r, struct str v)
{
	int i = word_of(r, name_of_class, v);

	if (i >= 0)
		r->at->class = (enum class)i;
}

static void
take_use(struct reading *r, struct str v)
{
	int i = r->at->allow;

	take_word(r, use_words, v, &i);
	r->at->allow = i == 1;
}

static void
take_urls(struct reading *r, struct str v)
{
	int i = r->at->any_url;

	take_word(r, url_words, v, &i);
	r->at->any_url = i == 1;
}

static void take_shrink(struct reading *r, struct str v) { take_word(r, bool_words, v, &r->at->shrink_word); }
static void take_column(struct reading *r, struct str v) { take_number(r, OPT_INT, 1, FEED_COLUMNS, v, &r->at->column); }
static void take_score(struct reading *r, struct str v) { take_number(r, OPT_SCORE, 0, 1000, v, &r->at->score); }
static void take_confidence(struct reading *r, struct str v) { take_number(r, OPT_INT, 0, 100, v, &r->at->confidence); }
static void take_expire(struct reading *r, struct str v) { take_number(r, OPT_MSEC, 0, YEAR_MS, v, &r->at->expire_ms); }
static void take_refresh(struct reading *r, struct str v) { take_number(r, OPT_MSEC, 1000, YEAR_MS, v, &r->at->refresh_ms); }
static void take_stale(struct reading *r, struct str v) { take_number(r, OPT_MSEC, 1000, YEAR_MS, v, &r->at->stale_ms); }
static void take_bytes(struct reading *r, struct str v) { take_number(r, OPT_SIZE, 1024, 1024 * MB, v, &r->at->max_bytes); }

static const struct {
	struct str key;
	void (*take)(struct reading *, struct str value);
} keys[] = {
	{ STR("feed"), begin_feed },
	{ STR("kind"), take_kind }, { STR("format"), take_format }, { STR("column"), take_column },
	{ STR("separator"), take_separator }, { STR("urls"), take_urls }, { STR("source"), take_source },
	{ STR("header"), take_header }, { STR("secret_file"), take_secret }, { STR("class"), take_class },
	{ STR("score"), take_score }, { STR("confidence"), take_confidence }, { STR("use"), take_use },
	{ STR("may_shrink"), take_shrink }, { STR("expire"), take_expire }, { STR("refresh"), take_refresh },
	{ STR("stale"), take_stale }, { STR("max_bytes"), take_bytes },
};

static struct str
name_of_key(const void *arg, size_t i)
{
	(void)arg;
	return i < sizeof(keys) / sizeof(keys[0]) ? keys[i].key : STR_NONE;
}

/* ---- feeds ---- */

static void
read_line(struct reading *r)
{
	int i = section_key(&r->errors, r->line, (struct section_names){ name_of_key, NULL });

	if (i < 0)
		return;
	if (r->at || keys[i].take == begin_feed)
		keys[i].take(r, r->line->value);
	else
		fail(r, STR("stands before the first line 'feed = NAME'"));
}

bool
feed_is_local(const struct feed *f)
{
	return !str_starts_nocase(f->source, STR("http"));
}

/* What a feed as a whole lacks. A list of the operator's own may become as short as he wants. */
static void
finish(struct reading *r, struct feed *f)
{
	struct str key = STR("feed");

	if (f->kind < 0)
		conf_errorf(&r->errors, f->file, f->line, key, "'%.*s' has no line 'kind'", STR_ARG(f->name));
	if (f->source.n == 0)
		conf_errorf(&r->errors, f->file, f->line, key, "'%.*s' has no line 'source'", STR_ARG(f->name));
	if ((f->header.n == 0) != (f->secret_file.n == 0))
		conf_errorf(&r->errors, f->file, f->line, key, "'%.*s': header and secret_file need each other",
		    STR_ARG(f->name));
	if (f->expire_ms && f->expire_ms <= f->refresh_ms)
		conf_errorf(&r->errors, f->file, f->line, key, "'%.*s' expires before it is refreshed", STR_ARG(f->name));
	if (f->stale_ms == 0)
		f->stale_ms = 3 * f->refresh_ms;
	f->shrinks = f->shrink_word == -1 ? feed_is_local(f) : f->shrink_word == 1;
}

enum rc
feeds_read(struct pool *pool, const char *path, struct feeds *out, struct buf *errors)
{
	struct reading r = { .pool = pool, .errors = { .out = errors }, .list = &out->list };
	struct source s = { .pool = pool, .errors = &r.errors, .includes = true };
	const struct conf_line *lines;
	struct feed *feeds;

	*out = (struct feeds){ .list = { .n = 0 } };
	if (source_file(&s, path) == RC_NONE)
		conf_errorf(&r.errors, path, 0, STR("feeds.file"), "no such file");
	lines = s.lines.items;
	for (size_t i = 0; i < s.lines.n; i++) {
		r.line = &lines[i];
		read_line(&r);
	}
	feeds = out->list.items;
	for (size_t i = 0; i < out->list.n; i++)
		finish(&r, &feeds[i]);
	conf_errors_sort(&r.errors);
	return r.errors.n == 0 ? RC_OK : RC_BAD;
}

const struct feed *
feed_at(const struct feeds *feeds, size_t i)
{
	return (const struct feed *)feeds->list.items + i;
}
