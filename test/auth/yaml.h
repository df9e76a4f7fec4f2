/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* yaml.h - as much of YAML as the published SPF and ARC suites are written in
 *
 * Input    a file of the corpus: documents, block maps and lists, plain, quoted, literal (|) and
 *          folded (>) scalars, lists in brackets, comments. No anchors, tags or maps in braces
 * Units    columns
 * Limits   none: test data
 * Memory   everything lives in `pool`
 * Errors   none: what is not understood becomes a scalar, and the test that reads it fails
 * Threads  none
 * Source   YAML 1.2, chapters 6 to 8
 *
 *	for (struct yaml *doc = yaml_read(pool, text); doc; doc = doc->next)
 *		for (struct yaml *t = yaml_get(doc, "tests")->child; t; t = t->next)
 *			puts(t->key), yaml_text(yaml_get(t, "message"))
 */
#ifndef TEST_AUTH_YAML_H
#define TEST_AUTH_YAML_H

#include "base/ascii.h"
#include "base/buf.h"
#include "base/pool.h"
#include "base/vec.h"

struct yaml {
	enum { YAML_SCALAR, YAML_MAP, YAML_LIST } kind;
	struct str key;			/* in a map */
	struct str text;		/* of a scalar */
	struct yaml *child, *next;
};

struct yaml_line {
	size_t indent;
	struct str text;		/* without indent and line end */
	bool blank;			/* nothing, or a comment */
};

struct yaml_in {
	struct pool *pool;
	struct yaml_line *line;
	size_t n, at;
};

enum { YAML_SCALAR_MAX = 1024 * 1024 };

static inline struct yaml *yaml_node(struct yaml_in *, size_t indent);

__attribute__((unused)) static struct yaml *
yaml_get(const struct yaml *map, const char *key)
{
	for (struct yaml *c = map ? map->child : NULL; c; c = c->next)
		if (str_eq(c->key, str_of(key)))
			return c;
	return NULL;
}

__attribute__((unused)) static struct str
yaml_text(const struct yaml *n)
{
	return n ? n->text : STR_NONE;
}

static inline void
yaml_skip_blank(struct yaml_in *in)
{
	while (in->at < in->n && in->line[in->at].blank)
		in->at++;
}

static inline bool
yaml_is_item(struct str s)
{
	return str_eq(s, STR("-")) || str_starts(s, STR("- "));
}

/* Behind a quoted string that begins at s[0], or STR_NPOS when it does not end in s. */
static inline size_t
yaml_quote_end(struct str s)
{
	for (size_t i = 1; i < s.n; i++) {
		if (s.p[0] == '"' && s.p[i] == '\\')
			i++;
		else if (s.p[0] == '\'' && s.p[i] == '\'' && i + 1 < s.n && s.p[i + 1] == '\'')
			i++;
		else if (s.p[i] == s.p[0])
			return i + 1;
	}
	return STR_NPOS;
}

/* Length of "key" in "key: rest" or "key:", else STR_NPOS. */
static inline size_t
yaml_key_length(struct str s)
{
	size_t i = s.n && (s.p[0] == '"' || s.p[0] == '\'') ? yaml_quote_end(s) : 0;

	if (i == STR_NPOS || (s.n && s.p[0] == '['))
		return STR_NPOS;
	for (; i < s.n; i++)
		if (s.p[i] == ':' && (i + 1 == s.n || ascii_is_wsp((unsigned char)s.p[i + 1])))
			return i;
	return STR_NPOS;
}

static inline struct str
yaml_uncomment(struct str s)
{
	size_t hash = str_find(s, STR(" #"));

	return str_trim(hash == STR_NPOS ? s : str_upto(s, hash));
}

/* The inside of quotes; a line end in it was made one space before. */
static inline struct str
yaml_unquote(struct pool *pool, struct str s)
{
	char *out = pool_cstr(pool, s);
	size_t n = 0;

	for (size_t i = 1; i + 1 < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (s.p[0] == '"' && c == '\\') {
			c = (unsigned char)s.p[++i];
			if (c == 'x' && i + 2 < s.n) {
				c = (unsigned char)(ascii_hex((unsigned char)s.p[i + 1]) << 4 |
				    ascii_hex((unsigned char)s.p[i + 2]));
				i += 2;
			} else {
				c = c == 'n' ? '\n' : c == 'r' ? '\r' : c == 't' ? '\t' : c == '0' ? '\0' : c;
			}
		} else if (s.p[0] == '\'' && c == '\'') {
			i++;
		}
		out[n++] = (char)c;
	}
	return (struct str){ out, n };
}

static inline struct str
yaml_join(struct pool *pool, struct str a, struct str b)
{
	/* A backslash at the end of a line takes the line end away. */
	if (a.n && a.p[a.n - 1] == '\\')
		return pool_printf(pool, "%.*s%.*s", STR_ARG(str_upto(a, a.n - 1)), STR_ARG(b));
	return pool_printf(pool, "%.*s%s%.*s", STR_ARG(a), a.n ? " " : "", STR_ARG(b));
}

/* "[a, 'b', c]" */
static inline void
yaml_flow(struct pool *pool, struct str s, struct yaml *out)
{
	struct yaml **tail = &out->child;
	struct str rest = str_trim(str_sub(s, 1, s.n >= 2 ? s.n - 2 : 0));

	out->kind = YAML_LIST;
	while (rest.n) {
		bool quoted = rest.p[0] == '"' || rest.p[0] == '\'';
		size_t end = quoted ? yaml_quote_end(rest) : str_chr(rest, ',');
		struct yaml *item = pool_alloc(pool, sizeof(*item));
		struct str word = str_trim(str_upto(rest, end));

		item->text = quoted ? yaml_unquote(pool, word) : word;
		*tail = item;
		tail = &item->next;
		rest = end == STR_NPOS ? STR_NONE : str_trim(str_from(rest, end));
		if (rest.n && rest.p[0] == ',')
			rest = str_trim(str_from(rest, 1));
	}
}

/* | and >: lines that are indented deeper than `indent`. */
static inline struct str
yaml_block(struct yaml_in *in, struct str how, size_t indent)
{
	bool fold = how.p[0] == '>', strip = how.n > 1 && how.p[1] == '-';
	size_t inner = 0;
	struct buf b;
	struct str out;

	buf_init(&b, YAML_SCALAR_MAX);
	for (; in->at < in->n; in->at++) {
		const struct yaml_line *l = &in->line[in->at];

		if (l->text.n == 0) {
			buf_addc(&b, '\n');
			continue;
		}
		if (l->indent <= indent || (inner && l->indent < inner))
			break;
		inner = inner ? inner : l->indent;
		if (fold && b.n && b.p[b.n - 1] != '\n')
			buf_addc(&b, ' ');
		for (size_t i = inner; !fold && i < l->indent; i++)
			buf_addc(&b, ' ');
		buf_add(&b, l->text);
		if (!fold)
			buf_addc(&b, '\n');
	}
	while (b.n && b.p[b.n - 1] == '\n' && (strip || (b.n > 1 && b.p[b.n - 2] == '\n') || b.n == 1))
		b.n--;
	out = pool_str(in->pool, buf_str(&b));
	buf_clear(&b);
	return out;
}

/* A value that begins in the rest of the current line. `indent` is its parent's. */
static inline void
yaml_value(struct yaml_in *in, struct str rest, size_t indent, struct yaml *out)
{
	in->at++;
	if (rest.p[0] == '|' || rest.p[0] == '>') {
		out->text = yaml_block(in, rest, indent);
		return;
	}
	if (rest.p[0] == '"' || rest.p[0] == '\'') {
		while (yaml_quote_end(rest) == STR_NPOS && in->at < in->n)
			rest = yaml_join(in->pool, rest, str_trim(in->line[in->at++].text));
		out->text = yaml_unquote(in->pool, str_upto(rest, yaml_quote_end(rest)));
		return;
	}
	rest = yaml_uncomment(rest);
	if (rest.n && rest.p[0] == '[') {
		while (str_chr(rest, ']') == STR_NPOS && in->at < in->n)
			rest = yaml_join(in->pool, rest, yaml_uncomment(in->line[in->at++].text));
		yaml_flow(in->pool, rest, out);
		return;
	}
	while (in->at < in->n && !in->line[in->at].blank && in->line[in->at].indent > indent)
		rest = yaml_join(in->pool, rest, yaml_uncomment(in->line[in->at++].text));
	out->text = rest;
}

/* "key: value" lines of one indent. */
static inline void
yaml_map(struct yaml_in *in, size_t indent, struct yaml *out)
{
	struct yaml **tail = &out->child;

	out->kind = YAML_MAP;
	for (yaml_skip_blank(in); in->at < in->n; yaml_skip_blank(in)) {
		struct yaml_line *l = &in->line[in->at];
		size_t key = yaml_key_length(l->text);
		struct yaml *c = pool_alloc(in->pool, sizeof(*c));
		struct str rest;

		if (l->indent != indent || key == STR_NPOS || yaml_is_item(l->text))
			return;
		rest = str_trim(str_from(l->text, key + 1));
		if (rest.n && rest.p[0] == '#')
			rest = STR_NONE;
		c->key = str_upto(l->text, key);
		if (c->key.n && (c->key.p[0] == '"' || c->key.p[0] == '\''))
			c->key = yaml_unquote(in->pool, c->key);
		if (rest.n) {
			yaml_value(in, rest, indent, c);
		} else {
			struct yaml *v;

			in->at++;
			yaml_skip_blank(in);
			l = in->at < in->n ? &in->line[in->at] : NULL;
			v = l && (l->indent > indent || (l->indent == indent && yaml_is_item(l->text))) ?
			    yaml_node(in, indent) : NULL;
			if (v) {
				c->kind = v->kind;
				c->text = v->text;
				c->child = v->child;
			}
		}
		*tail = c;
		tail = &c->next;
	}
}

/* "- value" lines of one indent. What follows the dash is read as a line of its own. */
static inline void
yaml_list(struct yaml_in *in, size_t indent, struct yaml *out)
{
	struct yaml **tail = &out->child;

	out->kind = YAML_LIST;
	for (yaml_skip_blank(in); in->at < in->n; yaml_skip_blank(in)) {
		struct yaml_line *l = &in->line[in->at];
		struct str rest = str_from(l->text, 1);
		struct yaml *item;

		if (l->indent != indent || !yaml_is_item(l->text))
			return;
		l->indent++;
		while (rest.n && rest.p[0] == ' ') {
			rest = str_from(rest, 1);
			l->indent++;
		}
		l->text = rest;
		l->blank = rest.n == 0;
		item = yaml_node(in, indent);
		*tail = item;
		tail = &item->next;
	}
}

/* What begins at the current line; the parent's indent is `indent`. */
static inline struct yaml *
yaml_node(struct yaml_in *in, size_t indent)
{
	struct yaml *out = pool_alloc(in->pool, sizeof(*out));
	struct yaml_line *l;

	yaml_skip_blank(in);
	if (in->at == in->n)
		return out;
	l = &in->line[in->at];
	if (yaml_is_item(l->text))
		yaml_list(in, l->indent, out);
	else if (yaml_key_length(l->text) != STR_NPOS)
		yaml_map(in, l->indent, out);
	else
		yaml_value(in, l->text, indent, out);
	return out;
}

static inline void
yaml_take_line(struct pool *pool, struct vec *lines, struct str text)
{
	struct yaml_line *l = vec_push(pool, lines, sizeof(*l));

	while (l->indent < text.n && text.p[l->indent] == ' ')
		l->indent++;
	l->text = str_from(text, l->indent);
	if (l->text.n && l->text.p[l->text.n - 1] == '\r')
		l->text.n--;
	l->blank = str_trim(l->text).n == 0 || l->text.p[0] == '#';
}

/* All documents of a file, as a list. */
__attribute__((unused)) static struct yaml *
yaml_read(struct pool *pool, struct str text)
{
	struct yaml *first = NULL, **tail = &first;
	struct str line;

	while (text.n) {
		struct yaml_in in = { .pool = pool };
		struct vec lines = { .n = 0 };

		while (str_next(&text, '\n', &line) && !str_starts(line, STR("---")))
			yaml_take_line(pool, &lines, line);
		in.line = lines.items;
		in.n = lines.n;
		yaml_skip_blank(&in);
		if (in.at == in.n)
			continue;
		*tail = yaml_node(&in, 0);
		tail = &(*tail)->next;
	}
	return first;
}

#endif
