/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "link/find_header.h"

#include "base/ascii.h"
#include "link/find_into.h"
#include "message/header.h"

static const struct {
	const char *name;
	bool unsubscribe;
} fields[] = {
	{ "List-Unsubscribe", true }, { "List-Archive", false }, { "List-Help", false }, { "List-Owner", false },
	{ "List-Post", false }, { "List-Subscribe", false }, { "Archived-At", false },
};

/* Without the white space that folding left in it. */
static struct str
squeeze(struct pool *pool, struct str in)
{
	char *out = pool_alloc(pool, in.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < in.n; i++)
		if (!ascii_is_space((unsigned char)in.p[i]))
			out[n++] = in.p[i];
	return (struct str){ out, n };
}

/* "<url>, <url>", or one URL by itself. */
static void
angled(struct links *links, struct str value, size_t part, bool unsubscribe)
{
	struct link_found f = { .part = part, .where = LINK_IN_HEADER, .unsubscribe = unsubscribe };
	size_t open = str_chr(value, '<');

	if (open == STR_NPOS) {
		f.url = squeeze(links_pool(links), value);
		links_add(links, &f);
	}
	while (open != STR_NPOS) {
		size_t close;

		value = str_from(value, open + 1);
		close = str_chr(value, '>');
		f.url = squeeze(links_pool(links), str_upto(value, close));
		links_add(links, &f);
		value = str_from(value, close);
		open = str_chr(value, '<');
	}
}

static struct str
param(const struct mime_part *p, const char *name)
{
	for (size_t i = 0; i < p->n_params; i++)
		if (str_eq(p->params[i].name, str_of(name)))
			return p->params[i].value;
	return STR_NONE;
}

static void
external(struct links *links, const struct mime_part *p, size_t part)
{
	struct pool *pool = links_pool(links);
	struct link_found f = { .part = part, .where = LINK_IN_EXTERNAL, .loads = true };
	struct str how = param(p, "access-type"), site = param(p, "site");

	f.url = squeeze(pool, param(p, "url"));
	if (f.url.n == 0 && site.n && str_find_nocase(how, STR("ftp")) != STR_NPOS)
		f.url = pool_printf(pool, "ftp://%.*s/%.*s/%.*s", STR_ARG(site), STR_ARG(param(p, "directory")),
		    STR_ARG(param(p, "name")));
	links_add(links, &f);
}

static bool
is_message(const struct message *msg, size_t part)
{
	size_t parent = msg->parts[part].parent;

	return parent == MIME_NO_PART || msg->parts[parent].kind == MIME_MESSAGE;
}

void
find_header(struct links *links, const struct message *msg, size_t part)
{
	const struct mime_part *p = &msg->parts[part];
	uint64_t defects = 0;

	if (str_eq(p->type, STR("message/external-body")))
		external(links, p, part);
	if (!is_message(msg, part))
		return;
	for (size_t i = 0; i < p->n_fields; i++) {
		if (str_eq_nocase(p->fields[i].name, STR("Subject")))
			find_text(links, header_text(links_pool(links), links_limits(links), p->fields[i].value, &defects),
			    part, NULL, LINK_IN_HEADER);
		for (size_t k = 0; k < sizeof(fields) / sizeof(fields[0]); k++)
			if (str_eq_nocase(p->fields[i].name, str_of(fields[k].name)))
				angled(links, p->fields[i].value, part, fields[k].unsubscribe);
	}
}

static bool
base_of(struct pool *pool, const struct mime_part *p, const char *name, struct url *out)
{
	const struct mime_field *f = mime_find(p, str_of(name));
	struct str value = f ? squeeze(pool, f->value) : STR_NONE;

	if (value.n > 1 && value.p[0] == '"' && value.p[value.n - 1] == '"')
		value = str_sub(value, 1, value.n - 2);
	return value.n && url_parse(pool, value, NULL, out) == RC_OK;
}

bool
find_header_base(struct pool *pool, const struct message *msg, size_t part, struct url *out)
{
	for (; part != MIME_NO_PART; part = msg->parts[part].parent) {
		const struct mime_part *p = &msg->parts[part];

		if (base_of(pool, p, "Content-Base", out) || base_of(pool, p, "Content-Location", out))
			return true;
		if (is_message(msg, part))
			return false;
	}
	return false;
}
