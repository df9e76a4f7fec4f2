/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "policy/action.h"

#include <string.h>

#include "base/ascii.h"
#include "base/vec.h"
#include "conf/suggest.h"

enum { ACTION_HEADERS = 20 };

/* Every action: intercepts in the order of their strength, then modifications. */
static const struct action {
	const char *name, *argument, *help;
	enum modification modify;	/* 0: an intercept, the row is its number */
} actions[] = {
	[INTERCEPT_ACCEPT] = { "accept", NULL, "Deliver the message as it is.", 0 },
	[INTERCEPT_TAG] = { "tag", NULL, "Deliver it with headers that say what was found.", 0 },
	[INTERCEPT_QUARANTINE] = { "quarantine", NULL,
	    "Keep it away from its recipients until an operator decides. The sender sees it accepted.", 0 },
	[INTERCEPT_HOLD] = { "hold", NULL, "Keep it back for a while and look again later.", 0 },
	[INTERCEPT_TEMPFAIL] = { "tempfail", NULL, "Answer 4xx: the sender's server tries again later.", 0 },
	[INTERCEPT_REJECT] = { "reject", NULL, "Answer 5xx: the sender is told that it was not delivered.", 0 },
	[INTERCEPT_DISCARD] = { "discard", NULL, "Drop it without telling anybody.", 0 },
	{ "strip", NULL,
	    "Replace the parts that were found bad by a short notice, the rest stays byte for byte.", MODIFY_STRIP },
	{ "subject", "\"text\"", "Put the text before the subject.", MODIFY_SUBJECT },
	{ "header", "\"Name: value\"", "Add this header field.", MODIFY_HEADER },
};
enum { ACTIONS = sizeof(actions) / sizeof(*actions) };

const char *
intercept_name(enum intercept i)
{
	return actions[i].name;
}

const char *
intercept_help(enum intercept i)
{
	return actions[i].help;
}

bool
action_describe(size_t i, const char **name, const char **argument, const char **help)
{
	if (i >= ACTIONS)
		return false;
	*name = actions[i].name;
	*argument = actions[i].argument;
	*help = actions[i].help;
	return true;
}

static const struct action *
find(struct str word, struct buf *why)
{
	struct suggest near;

	suggest_init(&near, word);
	for (size_t i = 0; i < ACTIONS; i++) {
		if (str_eq_nocase(word, str_of(actions[i].name)))
			return &actions[i];
		suggest_try(&near, str_of(actions[i].name));
	}
	buf_printf(why, "'%.*s' is no action", STR_ARG(str_upto(word, ACTION_TEXT)));
	suggest_write(&near, why);
	return NULL;
}

static struct str
skip_space(struct str s)
{
	while (s.n && (ascii_is_space((unsigned char)s.p[0]) || s.p[0] == ','))
		s = str_from(s, 1);
	return s;
}

static struct str
cut_word(struct str *rest)
{
	size_t n = 0;
	struct str word;

	while (n < rest->n && !ascii_is_space((unsigned char)rest->p[n]) && rest->p[n] != ',' && rest->p[n] != '"')
		n++;
	if (n == 0 && rest->n)
		n = 1;		/* a quote where a word must stand */
	word = str_upto(*rest, n);
	*rest = str_from(*rest, n);
	return word;
}

/* Cut "text" off *rest; \" and \\ stand for themselves. */
static bool
cut_text(struct pool *pool, struct str *rest, struct str *out)
{
	struct str in = skip_space(*rest);
	char *p = pool_alloc(pool, ACTION_TEXT + 1);
	size_t n = 0, i = 1;

	if (!str_starts(in, STR("\"")))
		return false;
	for (; i < in.n && in.p[i] != '"'; i++) {
		if (in.p[i] == '\\' && i + 1 < in.n)
			i++;
		if (n == ACTION_TEXT || !((unsigned char)in.p[i] >= 0x20 && in.p[i] != 0x7f))
			return false;
		p[n++] = in.p[i];
	}
	if (i >= in.n || n == 0)
		return false;
	*rest = str_from(in, i + 1);
	*out = (struct str){ p, n };
	return true;
}

/* RFC 5322 2.2: printable US-ASCII without colon, then a colon. */
static bool
is_header(struct str text)
{
	size_t colon = str_chr(text, ':');

	for (size_t i = 0; i < colon && i < text.n; i++)
		if (!ascii_is_print((unsigned char)text.p[i]) || text.p[i] == ' ')
			return false;
	return colon != STR_NPOS && colon > 0 && str_trim(str_from(text, colon + 1)).n > 0;
}

static bool
add_header(struct pool *pool, struct action_set *set, struct str text)
{
	struct str *headers;

	for (size_t i = 0; i < set->n_headers; i++)
		if (str_eq(set->headers[i], text))
			return true;
	if (set->n_headers == ACTION_HEADERS)
		return false;
	headers = pool_alloc(pool, (set->n_headers + 1) * sizeof(*headers));
	if (set->n_headers)
		memcpy(headers, set->headers, set->n_headers * sizeof(*headers));
	headers[set->n_headers++] = text;
	set->headers = headers;
	return true;
}

static enum rc
take_modification(struct pool *pool, const struct action *a, struct str *rest, struct action_set *out,
    struct buf *why)
{
	struct str text = STR_NONE;

	if (a->argument && !cut_text(pool, rest, &text)) {
		buf_printf(why, "%s needs a text in double quotes of at most %d bytes: %s %s", a->name, ACTION_TEXT,
		    a->name, a->argument);
		return RC_BAD;
	}
	if (a->modify == MODIFY_SUBJECT && (out->modify & MODIFY_SUBJECT)) {
		buf_adds(why, "two subjects");
		return RC_BAD;
	}
	if (a->modify == MODIFY_SUBJECT)
		out->subject = text;
	if (a->modify == MODIFY_HEADER && !is_header(text)) {
		buf_printf(why, "'%.*s' is no header field", STR_ARG(text));
		return RC_BAD;
	}
	if (a->modify == MODIFY_HEADER && !add_header(pool, out, text)) {
		buf_printf(why, "more than %d headers", ACTION_HEADERS);
		return RC_BAD;
	}
	out->modify |= a->modify;
	return RC_OK;
}

enum rc
action_parse(struct pool *pool, struct str text, struct action_set *out, struct buf *why)
{
	const struct action *intercept = NULL, *a;

	*out = (struct action_set){ .intercept = INTERCEPT_ACCEPT };
	for (text = skip_space(text); text.n; text = skip_space(text)) {
		a = find(cut_word(&text), why);
		if (!a)
			return RC_BAD;
		if (a->modify) {
			if (take_modification(pool, a, &text, out, why) != RC_OK)
				return RC_BAD;
			continue;
		}
		if (intercept) {
			buf_printf(why, "both %s and %s; a line has one of them", intercept->name, a->name);
			return RC_BAD;
		}
		intercept = a;
		out->intercept = (enum intercept)(a - actions);
	}
	if (!intercept && !out->modify) {
		buf_adds(why, "names no action");
		return RC_BAD;
	}
	return RC_OK;
}

void
action_merge(struct pool *pool, struct action_set *into, const struct action_set *more)
{
	if (more->intercept > into->intercept)
		into->intercept = more->intercept;
	/* One subject tag is enough: the first line that asked is the more severe one. */
	if ((more->modify & MODIFY_SUBJECT) && !(into->modify & MODIFY_SUBJECT))
		into->subject = more->subject;
	into->modify |= more->modify;
	for (size_t i = 0; i < more->n_headers; i++)
		(void)add_header(pool, into, more->headers[i]);
}

static void
add_quoted(struct str text, struct buf *out)
{
	buf_adds(out, " \"");
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '"' || text.p[i] == '\\')
			buf_addc(out, '\\');
		buf_addc(out, text.p[i]);
	}
	buf_addc(out, '"');
}

void
action_format(const struct action_set *set, struct buf *out)
{
	buf_adds(out, intercept_name(set->intercept));
	if (set->modify & MODIFY_STRIP)
		buf_adds(out, ", strip");
	if (set->modify & MODIFY_SUBJECT) {
		buf_adds(out, ", subject");
		add_quoted(set->subject, out);
	}
	for (size_t i = 0; i < set->n_headers; i++) {
		buf_adds(out, ", header");
		add_quoted(set->headers[i], out);
	}
}
