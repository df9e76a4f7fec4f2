/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Every content to the finders of links, as what it is. */
#include "engine/look.h"
#include "link/find.h"
#include "link/find_header.h"

static struct str
declared(const struct look *l, size_t part)
{
	return part < l->scan->msg->n_parts ? l->scan->msg->parts[part].type : STR_NONE;
}

static enum find_kind
kind_of(const struct look *l, size_t part)
{
	const struct report_part *p = look_part(l, part);

	return find_kind(p->type, declared(l, part), p->name);
}

void
look_links(struct look *l, struct str content, size_t part)
{
	enum find_kind kind = kind_of(l, part);

	find_content(l->links, kind, content, part);
	if (kind == FIND_HTML || kind == FIND_TEXT)
		look_drawn(l, content, part, kind == FIND_HTML);
}

static bool
is_param(const struct mime_part *p, const char *name, const char *value)
{
	for (size_t i = 0; i < p->n_params; i++)
		if (str_eq(p->params[i].name, str_of(name)))
			return str_eq_nocase(p->params[i].value, str_of(value));
	return false;
}

void
look_text_links(struct look *l, struct str utf8, size_t part, bool html)
{
	const struct mime_part *p = &l->scan->msg->parts[part];
	enum find_kind kind = html ? FIND_HTML : kind_of(l, part);
	struct find_how how = { .part = part };
	struct url base;

	how.flowed = is_param(p, "format", "flowed") && is_param(p, "delsp", "yes");
	if (kind == FIND_HTML && find_header_base(l->scan->pool, l->scan->msg, part, &base))
		how.base = &base;
	find_utf8(l->links, kind == FIND_NOTHING ? FIND_TEXT : kind, utf8, &how);
	look_drawn(l, utf8, part, kind == FIND_HTML);
	/* Clients go by the label: markup in plain text is shown as text. */
	if (kind == FIND_HTML && str_eq(p->type, STR("text/plain")))
		find_utf8(l->links, FIND_TEXT, utf8, &how);
}

void
look_header_links(struct look *l)
{
	for (size_t i = 0; i < l->scan->msg->n_parts; i++)
		find_header(l->links, l->scan->msg, i);
}
