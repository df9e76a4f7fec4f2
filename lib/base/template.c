/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "base/template.h"

/* One mark: what it does ('=' value, '#', '^', '/') with which name; `text` is what stands before it. */
struct mark {
	struct str text, name;
	char does;
};

void
template_escape(struct str in, struct buf *out)
{
	for (size_t i = 0; i < in.n; i++) {
		unsigned char c = (unsigned char)in.p[i];

		if (c == '&')
			buf_adds(out, "&amp;");
		else if (c == '<')
			buf_adds(out, "&lt;");
		else if (c == '>')
			buf_adds(out, "&gt;");
		else if (c == '"')
			buf_adds(out, "&quot;");
		else if (c == '\'')
			buf_adds(out, "&#39;");
		else if (c < 0x20 || c == 0x7f)
			buf_adds(out, "\xef\xbf\xbd");
		else
			buf_addc(out, (char)c);
	}
}

/* False: no further mark, m->text is the rest. */
static bool
next_mark(struct str *rest, struct mark *m)
{
	size_t open = str_find(*rest, STR("{{"));
	size_t close = open == STR_NPOS ? STR_NPOS : str_find(str_from(*rest, open), STR("}}"));

	*m = (struct mark){ .text = *rest };
	if (close == STR_NPOS)
		return false;
	m->text = str_upto(*rest, open);
	m->name = str_trim(str_sub(*rest, open + 2, close - 2));
	m->does = '=';
	if (m->name.n && (m->name.p[0] == '#' || m->name.p[0] == '^' || m->name.p[0] == '/')) {
		m->does = m->name.p[0];
		m->name = str_trim(str_from(m->name, 1));
	}
	*rest = str_from(*rest, open + close + 2);
	return true;
}

static struct str
value_of(const struct template_value *values, struct str name)
{
	for (; values->name; values++)
		if (str_eq(str_of(values->name), name))
			return values->value;
	return STR_NONE;
}

static size_t
lines_in(struct str s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		n += s.p[i] == '\n';
	return n;
}

enum rc
template_try(struct str text, struct buf *why)
{
	struct str open[TEMPLATE_NEST], rest = text;
	struct mark m;
	size_t depth = 0;
	const char *wrong = NULL;

	while (!wrong && next_mark(&rest, &m)) {
		if (m.name.n == 0)
			wrong = "a mark without a name";
		else if ((m.does == '#' || m.does == '^') && depth == TEMPLATE_NEST)
			wrong = "too many sections in each other";
		else if (m.does == '#' || m.does == '^')
			open[depth++] = m.name;
		else if (m.does == '/' && (depth == 0 || !str_eq(open[--depth], m.name)))
			wrong = "ends a section that is not open";
	}
	if (!wrong && depth)
		wrong = "a section is not ended";
	if (!wrong)
		return RC_OK;
	buf_printf(why, "line %zu: %s", 1 + lines_in(str_upto(text, text.n - rest.n)), wrong);
	return RC_BAD;
}

void
template_put(struct str text, const struct template_value *values, struct buf *out)
{
	struct mark m;
	size_t depth = 0, hidden = 0;	/* hidden: the depth at which it began to be left out, 0: it is not */

	while (next_mark(&text, &m)) {
		if (!hidden)
			buf_add(out, m.text);
		if (m.does == '#' || m.does == '^') {
			depth++;
			if (!hidden && (value_of(values, m.name).n == 0) == (m.does == '#'))
				hidden = depth;
		} else if (m.does == '/') {
			if (hidden == depth)
				hidden = 0;
			depth -= depth > 0;
		} else if (!hidden) {
			template_escape(value_of(values, m.name), out);
		}
	}
	buf_add(out, m.text);
}
