/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "base/log.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/ascii.h"
#include "base/utf8.h"

/* A line under construction; what does not fit is cut. One byte stays for the last '}'. */
struct line {
	char text[LOG_LINE_MAX];
	size_t n;
	bool cut;
};

static void
put(struct line *l, const char *p, size_t n)
{
	size_t room = sizeof(l->text) - 1 - l->n;

	l->cut |= n > room;
	if (n > room)
		n = room;
	memcpy(l->text + l->n, p, n);
	l->n += n;
}

static void
puts_(struct line *l, const char *s)
{
	put(l, s, strlen(s));
}

/* Does a character stand for itself? Not the controls, also those over 127, which some
 * terminals obey, and not what is no UTF-8, which no JSON may hold. */
static bool
is_plain(uint32_t cp)
{
	return cp >= 0x20 && cp != '"' && cp != '\\' && !(cp >= 0x7f && cp < 0xa0) && cp != UTF8_BAD &&
	    cp != 0x2028 && cp != 0x2029;
}

/* All others as \xNN or \u00NN, byte by byte: one event stays one line. */
static void
put_escaped(struct line *l, struct str s, const char *escape)
{
	for (size_t at = 0, start = 0; at < s.n; start = at) {
		bool plain = is_plain(utf8_next(s, &at));
		char hex[8];

		if (plain) {
			put(l, s.p + start, at - start);
			continue;
		}
		for (; start < at; start++)
			put(l, hex, (size_t)snprintf(hex, sizeof(hex), "%s%02x", escape, (unsigned char)s.p[start]));
	}
}

static bool
needs_quotes(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!ascii_is_print((unsigned char)s.p[i]) || strchr(" \"\\=", s.p[i]))
			return true;
	return s.n == 0;
}

static void
put_text(struct line *l, struct str s, enum log_format format)
{
	bool quote = format == LOG_FORMAT_JSON || needs_quotes(s);
	const char *escape = format == LOG_FORMAT_JSON ? "\\u00" : "\\x";

	if (quote)
		put(l, "\"", 1);
	put_escaped(l, str_upto(s, LOG_VALUE_MAX), escape);
	if (s.n > LOG_VALUE_MAX)
		puts_(l, "...");
	if (quote)
		put(l, "\"", 1);
}

static void
put_value(struct line *l, const struct log_field *f, enum log_format format)
{
	char num[32];
	int64_t v = f->number;

	switch (f->kind) {
	case LOG_TEXT:
		put_text(l, f->text, format);
		return;
	case LOG_NUMBER:
		put(l, num, (size_t)snprintf(num, sizeof(num), "%" PRId64, v));
		return;
	case LOG_TENTHS:
		put(l, num, (size_t)snprintf(num, sizeof(num), "%s%" PRId64 ".%" PRId64,
		    v < 0 ? "-" : "", (v < 0 ? -v : v) / 10, (v < 0 ? -v : v) % 10));
		return;
	}
}

static void
put_field(struct line *l, const struct log_field *f, enum log_format format)
{
	puts_(l, format == LOG_FORMAT_JSON ? ",\"" : " ");
	puts_(l, f->key);
	puts_(l, format == LOG_FORMAT_JSON ? "\":" : "=");
	put_value(l, f, format);
}

const char *
log_level_name(enum log_level level)
{
	switch (level) {
	case LOG_LEVEL_ERR: return "err";
	case LOG_LEVEL_WARNING: return "warning";
	case LOG_LEVEL_INFO: return "info";
	case LOG_LEVEL_DEBUG: return "debug";
	}
	return "?";
}

static void
put_head(struct line *l, struct log_ctx lc, enum log_level level, const char *event)
{
	if (lc.log->format == LOG_FORMAT_TEXT) {
		put_escaped(l, str_of(lc.id), "\\x");
		puts_(l, " ");
		puts_(l, event);
		return;
	}
	puts_(l, "{\"id\":");
	put_text(l, str_of(lc.id), LOG_FORMAT_JSON);
	puts_(l, ",\"level\":\"");
	puts_(l, log_level_name(level));
	puts_(l, "\",\"event\":\"");
	puts_(l, event);
	puts_(l, "\"");
}

void
log_event(struct log_ctx lc, enum log_level level, const char *event, const struct log_field *fields)
{
	struct line l;

	if (!lc.log || !lc.log->write || level > lc.log->level)
		return;
	l.n = 0;
	l.cut = false;
	put_head(&l, lc, level, event);
	for (; fields->key; fields++) {
		size_t before = l.n;

		/* A field that does not fit is left out as a whole, the ones behind it may fit:
		 * half a field would be no JSON, and the short ones say most. */
		l.cut = false;
		put_field(&l, fields, lc.log->format);
		if (l.cut)
			l.n = before;
	}
	if (lc.log->format == LOG_FORMAT_JSON)
		l.text[l.n++] = '}';
	lc.log->write(lc.log->arg, level, l.text, l.n);
}

void
log_lines(struct log_ctx lc, enum log_level level, const char *event, const char *key, struct str text)
{
	struct str line;

	for (int i = 0; i < LOG_LINES && str_next(&text, '\n', &line); i++)
		if (line.n)
			log_put(lc, level, event, LOG_STR(key, line));
}
