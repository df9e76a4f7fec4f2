/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/ascii.h"
#include "base/fdio.h"
#include "recipient/read.h"

enum { WHERE = 4200 };

enum form { FORM_LIST, FORM_MAP, FORM_ALIASES };

struct reader {
	const char *path;
	struct keys *keys;
	struct buf *why;
	struct buf logical;	/* a line with those that continue it */
	size_t line, first;	/* now; where the logical line began */
	unsigned errors;
	enum form form;
	enum rc rc;
};

bool
read_add(struct keys *k, struct str key, struct str value, const char *where, struct buf *why, enum rc *rc)
{
	switch (keys_add(k, key, value)) {
	case RC_LIMIT:
		buf_printf(why, "%s: more entries than recipients.entries_max\n", where);
		*rc = RC_BAD;
		return false;
	case RC_BAD:
		buf_printf(why, "%s: this is no key: it is empty, too long or has control characters\n", where);
		*rc = RC_BAD;
		return true;
	case RC_OK: case RC_NONE: case RC_TEMP:
		break;
	}
	return true;
}

static void
complain(struct reader *r, const char *reason)
{
	r->rc = RC_BAD;
	if (r->errors++ < READ_ERRORS)
		buf_printf(r->why, "%s:%zu: %s\n", r->path, r->first, reason);
}

/* Key in quotes: from Postfix 3.2 on it may have blanks. */
static bool
quoted_key(struct str line, struct str *key, struct str *rest)
{
	size_t end = str_chr(str_from(line, 1), '"');

	if (end == STR_NPOS)
		return false;
	*key = str_sub(line, 1, end);
	*rest = str_from(line, end + 2);
	return true;
}

static void
split(struct str line, enum form form, struct str *key, struct str *rest)
{
	size_t n = 0;

	if (line.n && line.p[0] == '"' && quoted_key(line, key, rest))
		return;
	while (n < line.n && (form == FORM_ALIASES ? line.p[n] != ':' : !ascii_is_space((unsigned char)line.p[n])))
		n++;
	*key = str_upto(line, n);
	*rest = str_from(line, n);
}

static void
take(struct reader *r)
{
	struct str line = str_trim(buf_str(&r->logical)), key = STR_NONE, rest = STR_NONE;
	char where[WHERE];

	if (line.n == 0)
		return;
	split(line, r->form, &key, &rest);
	key = str_trim(key);
	if (r->form == FORM_ALIASES) {
		rest = str_trim(rest);
		if (rest.n == 0 || rest.p[0] != ':') {
			complain(r, "an alias is written `name: where to`");
			return;
		}
		rest = str_from(rest, 1);
	}
	rest = str_trim(rest);
	if (r->form == FORM_LIST && rest.n) {
		complain(r, "one address a line; a table with values is `texthash:`");
	} else if (r->form == FORM_MAP && !rest.n) {
		complain(r, "a key without value; a plain list is `file:`");
	} else if (r->form == FORM_MAP && key.n > 1 && key.p[key.n - 1] == ':') {
		complain(r, "a key that ends in a colon: aliases(5) are `aliases:`");
	} else {
		snprintf(where, sizeof(where), "%s:%zu", r->path, r->first);
		if (!read_add(r->keys, key, rest, where, r->why, &r->rc))
			r->errors = READ_ERRORS;
	}
}

/* A line that begins with white space goes on with the one before; comments do not end it. */
static void
read_lines(struct reader *r, struct str text)
{
	struct str line;

	while (r->errors < READ_ERRORS && str_next(&text, '\n', &line)) {
		struct str word = str_trim(line);

		r->line++;
		if (word.n == 0 || word.p[0] == '#')
			continue;
		if (!ascii_is_wsp((unsigned char)line.p[0])) {
			take(r);
			buf_reset(&r->logical);
			r->first = r->line;
		} else if (r->logical.n == 0) {
			r->first = r->line;
			complain(r, "begins with white space, but there is no line before it");
			continue;
		}
		buf_addc(&r->logical, ' ');
		buf_add(&r->logical, word);
	}
	if (r->errors < READ_ERRORS)
		take(r);
}

static enum rc
read_text(const char *path, enum form form, struct keys *keys, struct buf *why)
{
	struct reader r = { .path = path, .keys = keys, .why = why, .form = form, .rc = RC_OK };
	struct buf text;
	enum rc rc;

	buf_init(&text, READ_FILE);
	buf_init(&r.logical, READ_FILE);
	rc = fdio_read_file(path, &text);
	if (rc == RC_OK && !text.full)
		read_lines(&r, buf_str(&text));
	else
		buf_printf(why, "%s: %s\n", path, rc == RC_NONE ? "no such file" : "cannot be read, or is too large");
	buf_clear(&text);
	buf_clear(&r.logical);
	return rc == RC_OK ? r.rc : RC_BAD;
}

enum rc
read_list(const char *path, struct keys *keys, struct buf *why)
{
	return read_text(path, FORM_LIST, keys, why);
}

enum rc
read_texthash(const char *path, struct keys *keys, struct buf *why)
{
	return read_text(path, FORM_MAP, keys, why);
}

enum rc
read_aliases(const char *path, struct keys *keys, struct buf *why)
{
	return read_text(path, FORM_ALIASES, keys, why);
}
