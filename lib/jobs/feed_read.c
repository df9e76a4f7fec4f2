/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "jobs/feed_read.h"

#include "base/ascii.h"

static void
note_bad(struct feed_reading *r, size_t line)
{
	r->bad++;
	if (r->first_bad == 0)
		r->first_bad = line;
}

/* False: enough. */
static bool
take(struct feed_reading *r, struct str value, size_t line)
{
	struct indicator i;
	bool more = true;

	if (feed_value(r->pool, r->feed, value, &i) != RC_OK) {
		note_bad(r, line);
	} else if (r->good == r->max || !r->put(r->arg, &i)) {
		r->cut = true;
		more = false;
	} else {
		r->good++;
	}
	pool_clear(r->pool);
	return more;
}

/* The next line without its end; false behind the last one. */
static bool
next_line(struct str *text, struct str *line)
{
	if (!str_next(text, '\n', line))
		return false;
	if (line->n && line->p[line->n - 1] == '\r')
		line->n--;
	return true;
}

static struct str
without_bom(struct str text)
{
	return str_starts(text, STR("\xef\xbb\xbf")) ? str_from(text, 3) : text;
}

static bool
is_comment(struct str s)
{
	return s.n == 0 || s.p[0] == '#' || s.p[0] == ';' || str_starts(s, STR("//"));
}

/* The value goes to the first white space; behind it may be a comment or whatever the feed adds.
 * Lines of a hosts file have an address of this machine in front. */
static struct str
first_word(struct str line, bool domain)
{
	struct str word;
	size_t n = 0;

	while (n < line.n && !ascii_is_space((unsigned char)line.p[n]))
		n++;
	word = str_upto(line, n);
	if (domain && (str_eq(word, STR("0.0.0.0")) || str_eq(word, STR("127.0.0.1"))))
		return first_word(str_trim(str_from(line, n)), false);
	n = str_chr(word, '#');
	return domain && n != STR_NPOS && n > 0 && str_find(word, STR("://")) == STR_NPOS ? str_upto(word, n) : word;
}

static void
read_plain(struct feed_reading *r, struct str text)
{
	struct str line;
	size_t number = 0;

	text = without_bom(text);
	while (next_line(&text, &line)) {
		number++;
		if (line.n > FEED_LINE) {
			note_bad(r, number);
			continue;
		}
		line = str_trim(line);
		if (!is_comment(line) && !take(r, first_word(line, r->feed->kind == INDICATOR_DOMAIN), number))
			return;
	}
}

/* ---- CSV, RFC 4180 ---- */

/* Cut the next field off *line; quotes are taken off, "" within them is one. A field does not go on in
 * the next line. */
static struct str
next_field(struct pool *pool, struct str *line, char separator)
{
	char *out = pool_alloc(pool, line->n + 1);
	bool quoted = false;
	size_t i = 0, n = 0;

	for (; i < line->n && (quoted || line->p[i] != separator); i++) {
		if (line->p[i] != '"')
			out[n++] = line->p[i];
		else if (quoted && i + 1 < line->n && line->p[i + 1] == '"')
			out[n++] = line->p[i++];
		else
			quoted = !quoted;
	}
	*line = i < line->n ? str_from(*line, i + 1) : STR_NONE;
	return (struct str){ out, n };
}

static struct str
field_at(struct pool *pool, struct str line, int64_t column, char separator)
{
	struct str field = STR_NONE;

	for (int64_t i = 0; i < column; i++) {
		if (i > 0 && line.n == 0)
			return STR_NONE;
		field = next_field(pool, &line, separator);
	}
	return field;
}

/* A first line that is no value has the names of the columns. */
static void
read_csv(struct feed_reading *r, struct str text)
{
	struct str line;
	size_t number = 0;
	bool first = true;

	text = without_bom(text);
	while (next_line(&text, &line)) {
		number++;
		if (line.n > FEED_LINE) {
			note_bad(r, number);
			continue;
		}
		if (is_comment(str_trim(line)))
			continue;
		if (!take(r, field_at(r->pool, line, r->feed->column, r->feed->separator), number))
			return;
		if (first && r->good == 0)
			r->bad = r->first_bad = 0;
		first = false;
	}
}

const struct feed_reader feed_readers[] = {
	{ .name = "plain", .read = read_plain,
	  .help = "one value a line; # and ; begin comments; what follows white space is left out; a hosts file for domains" },
	{ .name = "csv", .read = read_csv,
	  .help = "the field number `column` of each line" },
	{ .name = NULL }
};
