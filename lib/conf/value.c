/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "conf/value.h"

#include <string.h>

#include "base/ascii.h"
#include "base/vec.h"
#include "conf/suggest.h"

struct unit {
	const char *name;
	int64_t factor;
};

/* Largest first: value_format_number takes the first that divides. */
static const struct unit sizes[] = {
	{ "G", 1024LL * 1024 * 1024 }, { "M", 1024 * 1024 }, { "k", 1024 }, { "", 1 }, { NULL, 0 }
};
static const struct unit times[] = {
	{ "d", 86400000 }, { "h", 3600000 }, { "m", 60000 }, { "s", 1000 }, { "ms", 1 }, { NULL, 0 }
};
static const struct {
	const char *word;
	bool value;
} bools[] = {
	{ "yes", true }, { "no", false }, { "true", true }, { "false", false }, { "on", true }, { "off", false }
};

const char *
value_type_name(enum opt_type type)
{
	switch (type) {
	case OPT_BOOL: return "yes or no";
	case OPT_INT: return "number";
	case OPT_SIZE: return "size";
	case OPT_MSEC: return "time";
	case OPT_SCORE: return "points";
	case OPT_ENUM: return "word";
	case OPT_TEXT: return "text";
	case OPT_PATH: return "path";
	case OPT_LIST: return "list";
	case OPT_CUSTOM: return "value";
	}
	return "?";
}

/* Digits, then one of the units. */
static bool
with_unit(struct str text, const struct unit *units, int64_t *out)
{
	size_t digits = 0;
	uint64_t n;
	struct str unit;

	while (digits < text.n && ascii_is_digit((unsigned char)text.p[digits]))
		digits++;
	unit = str_trim(str_from(text, digits));
	if (!str_to_u64(str_upto(text, digits), &n) || n > INT64_MAX)
		return false;
	for (; units->name; units++)
		if (str_eq_nocase(unit, str_of(units->name)))
			return !__builtin_mul_overflow((int64_t)n, units->factor, out);
	return n == 0 && unit.n == 0 ? (*out = 0, true) : false;
}

bool
value_score(struct str text, int64_t *out)
{
	bool minus = str_starts(text, STR("-"));
	struct str whole = str_from(text, minus), tenth = STR("0");
	size_t dot = str_chr(whole, '.');
	uint64_t a, b;

	if (dot != STR_NPOS) {
		tenth = str_from(whole, dot + 1);
		whole = str_upto(whole, dot);
	}
	if (!str_to_u64(whole, &a) || !str_to_u64(tenth, &b) || tenth.n != 1 || a > INT32_MAX / 10)
		return false;
	*out = (int64_t)(a * 10 + b) * (minus ? -1 : 1);
	return true;
}

static bool
plain_number(struct str text, int64_t *out)
{
	bool minus = str_starts(text, STR("-"));
	uint64_t n;

	if (!str_to_u64(str_from(text, minus), &n) || n > INT64_MAX)
		return false;
	*out = minus ? -(int64_t)n : (int64_t)n;
	return true;
}

void
value_format_number(enum opt_type type, int64_t v, struct buf *out)
{
	const struct unit *u = type == OPT_SIZE ? sizes : times;

	if (type == OPT_SCORE) {
		buf_printf(out, "%s%lld.%lld", v < 0 ? "-" : "", (long long)(v < 0 ? -v : v) / 10,
		    (long long)(v < 0 ? -v : v) % 10);
	} else if (v == 0 || (type != OPT_SIZE && type != OPT_MSEC)) {
		buf_printf(out, "%lld", (long long)v);
	} else {
		while (v % u->factor)
			u++;
		buf_printf(out, "%lld%s", (long long)(v / u->factor), u->name);
	}
}

static bool
read_number(enum opt_type type, struct str text, int64_t *out)
{
	if (type == OPT_SIZE)
		return with_unit(text, sizes, out);
	if (type == OPT_MSEC)
		return with_unit(text, times, out);
	if (type == OPT_SCORE)
		return value_score(text, out);
	return plain_number(text, out);
}

static const char *
number_form(enum opt_type type)
{
	switch (type) {
	case OPT_SIZE: return "a size such as 500k, 25M or 1G";
	case OPT_MSEC: return "a time with its unit, such as 500ms, 3s, 2m, 1h or 1d";
	case OPT_SCORE: return "points with at most one decimal, such as 2.5";
	case OPT_INT: case OPT_BOOL: case OPT_ENUM: case OPT_TEXT: case OPT_PATH: case OPT_LIST: case OPT_CUSTOM:
		break;
	}
	return "a whole number";
}

static enum rc
parse_number(const struct opt *o, struct str text, void *field, struct buf *why)
{
	int64_t v;

	if (!read_number(o->type, text, &v)) {
		buf_printf(why, "'%.*s' is not %s", STR_ARG(text), number_form(o->type));
		return RC_BAD;
	}
	if ((o->min || o->max) && (v < o->min || v > o->max)) {
		value_format_number(o->type, v, why);
		buf_adds(why, v < o->min ? " is too small; the least is " : " is too large; the most is ");
		value_format_number(o->type, v < o->min ? o->min : o->max, why);
		return RC_BAD;
	}
	*(int64_t *)field = v;
	return RC_OK;
}

static enum rc
parse_enum(const struct opt *o, struct str text, void *field, struct buf *why)
{
	struct suggest near;

	suggest_init(&near, text);
	for (int i = 0; o->words[i]; i++) {
		if (str_eq_nocase(text, str_of(o->words[i]))) {
			*(int *)field = i;
			return RC_OK;
		}
		suggest_try(&near, str_of(o->words[i]));
	}
	buf_printf(why, "'%.*s' is none of:", STR_ARG(text));
	for (int i = 0; o->words[i]; i++)
		buf_printf(why, "%s %s", i ? "," : "", o->words[i]);
	suggest_write(&near, why);
	return RC_BAD;
}

static enum rc
parse_bool(struct str text, void *field, struct buf *why)
{
	for (size_t i = 0; i < sizeof(bools) / sizeof(*bools); i++) {
		if (str_eq_nocase(text, str_of(bools[i].word))) {
			*(bool *)field = bools[i].value;
			return RC_OK;
		}
	}
	buf_printf(why, "'%.*s' is neither yes nor no", STR_ARG(text));
	return RC_BAD;
}

static bool
is_separator(char c)
{
	return c == ',' || ascii_is_space((unsigned char)c);
}

/* Cut the next word off *rest, its quotes still around it. Between quotes a separator is a
 * character like any other. Empty at the end; false when the last quote does not close. */
static bool
cut_item(struct str *rest, struct str *raw)
{
	bool quoted = false;
	size_t start = 0, i;

	while (start < rest->n && is_separator(rest->p[start]))
		start++;
	for (i = start; i < rest->n && (quoted || !is_separator(rest->p[i])); i++) {
		if (rest->p[i] == '"')
			quoted = !quoted;
		else if (quoted && rest->p[i] == '\\' && i + 1 < rest->n)
			i++;
	}
	*raw = str_sub(*rest, start, i - start);
	*rest = str_from(*rest, i);
	return !quoted;
}

/* The word without its quotes; a backslash is special between quotes only. */
static struct str
unquote(struct pool *pool, struct str raw)
{
	bool quoted = false;
	size_t n = 0;
	char *p;

	if (str_chr(raw, '"') == STR_NPOS)
		return raw;
	p = pool_alloc(pool, raw.n);
	for (size_t i = 0; i < raw.n; i++) {
		if (raw.p[i] == '"') {
			quoted = !quoted;
			continue;
		}
		if (quoted && raw.p[i] == '\\' && i + 1 < raw.n)
			i++;
		p[n++] = raw.p[i];
	}
	return (struct str){ p, n };
}

struct opt_list
value_list(struct pool *pool, struct str text)
{
	struct vec v = { .n = 0 };
	struct str raw, item;

	for (;;) {
		(void)cut_item(&text, &raw);
		if (!raw.n)
			return (struct opt_list){ v.items, v.n };
		item = unquote(pool, raw);
		if (item.n)
			*(struct str *)vec_push(pool, &v, sizeof(struct str)) = item;
	}
}

bool
value_in_quotes(struct str text, bool quoted)
{
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '"')
			quoted = !quoted;
		else if (quoted && text.p[i] == '\\')
			i++;
	}
	return quoted;
}

void
value_escape(struct str text, struct buf *out)
{
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '"' || text.p[i] == '\\')
			buf_addc(out, '\\');
		buf_addc(out, text.p[i]);
	}
}

void
value_quote(struct str word, struct buf *out)
{
	bool quotes = str_starts(word, STR("#"));

	for (size_t i = 0; i < word.n; i++)
		quotes |= is_separator(word.p[i]) || word.p[i] == '"';
	if (!quotes) {
		buf_add(out, word);
		return;
	}
	buf_addc(out, '"');
	value_escape(word, out);
	buf_addc(out, '"');
}

static enum rc
parse_text(const struct opt *o, struct str text, void *field, struct buf *why)
{
	if (o->type == OPT_PATH && text.n && text.p[0] != '/') {
		buf_printf(why, "'%.*s' is not an absolute path", STR_ARG(text));
		return RC_BAD;
	}
	if (o->max && (text.n < (size_t)o->min || text.n > (size_t)o->max)) {
		if (text.n == 0)
			buf_adds(why, "must not be empty");
		else
			buf_printf(why, "is %zu bytes long; from %lld to %lld are possible", text.n, (long long)o->min,
			    (long long)o->max);
		return RC_BAD;
	}
	*(struct str *)field = text;
	return RC_OK;
}

static enum rc
parse_list(struct pool *pool, struct str text, void *field, struct buf *why)
{
	struct str rest = text, raw;

	do {
		if (!cut_item(&rest, &raw)) {
			buf_printf(why, "a \" is missing behind: %.*s", STR_ARG(raw));
			return RC_BAD;
		}
		if (str_starts(raw, STR("#"))) {
			buf_printf(why, "'%.*s' would be a comment", STR_ARG(raw));
			return RC_BAD;
		}
	} while (raw.n);
	*(struct opt_list *)field = value_list(pool, text);
	return RC_OK;
}

enum rc
value_parse(struct pool *pool, const struct opt *o, struct str text, void *field, struct buf *why)
{
	if (o->parse)
		return o->parse(pool, text, field, why);
	switch (o->type) {
	case OPT_BOOL:
		return parse_bool(text, field, why);
	case OPT_INT: case OPT_SIZE: case OPT_MSEC: case OPT_SCORE:
		return parse_number(o, text, field, why);
	case OPT_ENUM:
		return parse_enum(o, text, field, why);
	case OPT_PATH: case OPT_TEXT:
		return parse_text(o, text, field, why);
	case OPT_LIST:
		return parse_list(pool, text, field, why);
	case OPT_CUSTOM:
		break;		/* has parse */
	}
	return RC_BAD;
}

bool
value_format(const struct opt *o, const void *field, struct buf *out)
{
	const struct opt_list *list;

	switch (o->type) {
	case OPT_BOOL:
		buf_adds(out, *(const bool *)field ? "yes" : "no");
		return true;
	case OPT_INT: case OPT_SIZE: case OPT_MSEC: case OPT_SCORE:
		value_format_number(o->type, *(const int64_t *)field, out);
		return true;
	case OPT_ENUM:
		buf_adds(out, o->words[*(const int *)field]);
		return true;
	case OPT_PATH: case OPT_TEXT:
		buf_add(out, *(const struct str *)field);
		return true;
	case OPT_LIST:
		list = field;
		for (size_t i = 0; i < list->n; i++) {
			buf_adds(out, i ? ", " : "");
			value_quote(list->item[i], out);
		}
		return true;
	case OPT_CUSTOM:
		break;
	}
	return false;
}
