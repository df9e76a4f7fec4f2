/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "base/log.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/ascii.h"

/* A line under construction; what does not fit is cut. */
struct line {
	char text[LOG_LINE_MAX];
	size_t n;
};

static void
put(struct line *l, const char *p, size_t n)
{
	if (n > sizeof(l->text) - l->n)
		n = sizeof(l->text) - l->n;
	memcpy(l->text + l->n, p, n);
	l->n += n;
}

static void
puts_(struct line *l, const char *s)
{
	put(l, s, strlen(s));
}

/* Control bytes, quotes and backslashes as \xNN or \u00NN: one event stays one line. */
static void
put_escaped(struct line *l, struct str s, const char *escape)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		char hex[8];

		if (c >= 0x20 && c != 0x7f && c != '"' && c != '\\') {
			put(l, (const char *)&c, 1);
			continue;
		}
		put(l, hex, (size_t)snprintf(hex, sizeof(hex), "%s%02x", escape, c));
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
	put_head(&l, lc, level, event);
	for (; fields->key; fields++) {
		/* A JSON line is never cut in the middle: it would not parse. */
		if (l.n > sizeof(l.text) - (LOG_VALUE_MAX * 6 + 64))
			break;
		put_field(&l, fields, lc.log->format);
	}
	if (lc.log->format == LOG_FORMAT_JSON)
		puts_(&l, "}");
	lc.log->write(lc.log->arg, level, l.text, l.n);
}
