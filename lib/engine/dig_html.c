/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Files that a page carries as base64 text, to be built by its script (HTML smuggling) or
 * shown by data: links. Literals that are joined by "..." + "..." count as one. */
#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/buf.h"
#include "engine/dig.h"
#include "message/decode.h"

enum {
	LITERAL_MIN = 64,	/* digits; shorter text holds no file */
	LITERALS_MAX = 256,	/* of one page */
	GAP_MAX = 64		/* bytes between two literals that are joined */
};

struct state {
	struct dig_site *site;
	struct str in;
	size_t off;
	unsigned n;
	struct buf digits, file;
};

static bool
wants(const struct dig_site *site, const struct dig_content *c)
{
	static const char *const labels[] = { "svg", "javascript", "hta", "wsf", "vbscript", "xml" };

	(void)site;
	if (c->bytes.n < LITERAL_MIN)
		return false;
	if (c->type->group == FILETYPE_HTML)
		return true;
	for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++)
		if (strcmp(c->type->label, labels[i]) == 0)
			return true;
	return false;
}

static void *
open_it(struct dig_site *site, const struct dig_content *c)
{
	struct state *s = calloc(1, sizeof(*s));

	if (!s)
		abort();
	s->site = site;
	s->in = c->bytes;
	buf_init(&s->digits, c->bytes.n + 1);
	buf_init(&s->file, c->bytes.n + 1);
	return s;
}

static void
close_it(void *state)
{
	struct state *s = state;

	buf_clear(&s->digits);
	buf_clear(&s->file);
	free(s);
}

static bool
is_digit(char c)
{
	return ascii_is_alnum((unsigned char)c) || c == '+' || c == '/' || c == '=' || c == '-' || c == '_';
}

static bool
is_quote(char c)
{
	return c == '"' || c == '\'' || c == '`';
}

/* Where base64 may begin: behind a quote, or behind "base64,". */
static bool
is_start(struct str in, size_t at)
{
	return at > 0 && (is_quote(in.p[at - 1]) || in.p[at - 1] == ',');
}

/* Behind `" + "`, line ends allowed: the next literal; else STR_NPOS. */
static size_t
joined_at(struct str in, size_t at)
{
	size_t end = at + GAP_MAX < in.n ? at + GAP_MAX : in.n;
	bool plus = false;

	if (at >= in.n || !is_quote(in.p[at]))
		return STR_NPOS;
	for (at++; at < end; at++) {
		if (is_quote(in.p[at]))
			return plus ? at + 1 : STR_NPOS;
		if (in.p[at] == '+' || in.p[at] == ',')
			plus = true;
		else if (!ascii_is_space((unsigned char)in.p[at]))
			return STR_NPOS;
	}
	return STR_NPOS;
}

/* Collect the literal at *at with all that is joined to it; *at moves behind it. */
static void
collect(struct state *s, size_t *at)
{
	buf_reset(&s->digits);
	while (*at != STR_NPOS) {
		size_t from = *at;

		while (*at < s->in.n && (is_digit(s->in.p[*at]) || s->in.p[*at] == '\r' || s->in.p[*at] == '\n'))
			++*at;
		buf_add(&s->digits, str_sub(s->in, from, *at - from));
		s->off = *at;
		*at = joined_at(s->in, *at);
	}
	*at = s->off;
}

/* The alphabet of RFC 4648 5 becomes that of 4. */
static void
plain_alphabet(struct buf *b)
{
	for (size_t i = 0; i < b->n; i++)
		b->p[i] = b->p[i] == '-' ? '+' : b->p[i] == '_' ? '/' : b->p[i];
}

static enum rc
next(void *state, struct unpack_member *m)
{
	struct state *s = state;
	size_t at = s->off;

	while (at < s->in.n && s->n < LITERALS_MAX) {
		uint64_t defects = 0;

		if (!is_start(s->in, at) || !is_digit(s->in.p[at])) {
			at++;
			continue;
		}
		collect(s, &at);
		if (s->digits.n < LITERAL_MIN)
			continue;
		if (s->site->budget->files <= 0 || s->site->budget->bytes <= 0)
			return RC_LIMIT;
		plain_alphabet(&s->digits);
		buf_reset(&s->file);
		decode_base64(buf_str(&s->digits), MIME_LENIENT, &s->file, &defects);
		s->n++;
		s->site->budget->files--;
		*m = (struct unpack_member){ .content = buf_str(&s->file) };
		m->cut = !unpack_budget_take(s->site->budget, s->file.n);
		return RC_OK;
	}
	return s->n >= LITERALS_MAX ? RC_LIMIT : RC_NONE;
}

const struct dig_kind dig_html = { "html", wants, open_it, next, close_it };
