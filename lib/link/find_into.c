/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "link/find_into.h"

#include "link/find_html.h"
#include "link/text_wrap.h"
#include "message/decode.h"

/* --- text --- */

struct into {
	struct links *links;
	size_t part;
	enum link_where where;
	struct str text;
	bool wraps;
	size_t floor;			/* of text_wrap */
};

static void
add_text(void *arg, const struct text_place *p)
{
	struct into *i = arg;
	struct link_found f = { .url = p->url, .part = i->part, .where = i->where,
	    .tricks = (p->defanged ? URL_DEFANGED : 0) | (p->no_scheme ? URL_NO_SCHEME : 0) };

	links_add(i->links, &f);
	if (i->wraps && text_wrap(links_pool(i->links), i->text, p, &i->floor, &f.url))
		links_add(i->links, &f);
}

void
find_text(struct links *links, struct str text, size_t part, const struct text_how *how, enum link_where where)
{
	struct into i = { links, part, where, text, how && how->wraps, 0 };

	find_text_each(links_pool(links), how, text, add_text, &i);
}

/* --- documents --- */

/* A document to look into, and what the links in it hang on. */
struct work {
	struct links *links;
	size_t part;
	struct buf shown;
	struct vec inner;		/* struct str, documents found in this one */
};

/* RFC 2397. False: nothing that is read as text or markup. */
static bool
data_content(struct str url, struct buf *out, bool *markup)
{
	size_t comma = str_chr(url, ',');
	struct str type = str_trim(str_from(str_upto(url, comma), strlen("data:"))), body = str_from(url, comma + 1);
	bool text = type.n == 0 || type.p[0] == ';' || str_starts_nocase(type, STR("text/"));
	uint64_t defects = 0;
	struct buf plain;

	*markup = str_find_nocase(type, STR("html")) != STR_NPOS || str_find_nocase(type, STR("xml")) != STR_NPOS;
	if (comma == STR_NPOS || (!text && !*markup))
		return false;
	if (!str_ends_nocase(type, STR("base64"))) {
		decode_percent(body, out);
		return true;
	}
	buf_init(&plain, body.n + 1);
	decode_percent(body, &plain);
	decode_base64(buf_str(&plain), MIME_LENIENT, out, &defects);
	buf_clear(&plain);
	return true;
}

static void
look_into_data(struct work *w, struct str url)
{
	struct buf content;
	bool markup;

	buf_init(&content, url.n + 1);
	if (data_content(url, &content, &markup)) {
		struct str copy = pool_str(links_pool(w->links), buf_str(&content));

		if (markup)
			*(struct str *)vec_push(links_pool(w->links), &w->inner, sizeof(copy)) = copy;
		else
			find_text(w->links, copy, w->part, NULL, LINK_IN_DATA);
	}
	buf_clear(&content);
}

/* A script as URL: what stands in it. */
static void
look_into_script(struct work *w, struct str url)
{
	static const struct text_how how = { .schemes_only = true };
	struct buf plain;

	buf_init(&plain, url.n + 1);
	decode_percent(url, &plain);
	find_text(w->links, pool_str(links_pool(w->links), buf_str(&plain)), w->part, &how, LINK_IN_SCRIPT);
	buf_clear(&plain);
}

static void
add(struct work *w, const struct html_place *p, const struct url *base)
{
	struct str url = str_trim(p->url);

	if (p->document.n) {
		*(struct str *)vec_push(links_pool(w->links), &w->inner, sizeof(struct str)) = p->document;
		return;
	}
	links_add(w->links, &(struct link_found){ .url = p->url, .base = base, .text = p->text, .part = w->part,
	    .where = p->where, .loads = p->loads, .form = p->form, .asks_secret = p->asks_secret });
	if (str_starts_nocase(url, STR("data:")) && w->inner.n < FIND_DOCUMENTS)
		look_into_data(w, url);
	else if (str_starts_nocase(url, STR("javascript:")) || str_starts_nocase(url, STR("vbscript:")))
		look_into_script(w, url);
}

/* Returns what its links hang on: `base`, or its own one in *own. */
static const struct url *
document(struct work *w, struct str html, const struct url *base, struct url *own)
{
	struct pool *pool = links_pool(w->links);
	const struct limits *lim = links_limits(w->links);
	struct html_places places;

	buf_reset(&w->shown);
	find_html_places(pool, lim, html, &w->shown, &places);
	if (places.cut || w->shown.full)
		links_note_cut(w->links);
	if (places.base.n && url_parse(pool, places.base, base, own) == RC_OK)
		base = own;
	for (size_t i = 0; i < places.all.n; i++)
		add(w, (const struct html_place *)places.all.items + i, base);
	find_text(w->links, buf_str(&w->shown), w->part, NULL, LINK_IN_TEXT);
	return base;
}

void
find_html(struct links *links, struct str html, size_t part, const struct url *base)
{
	struct work w = { .links = links, .part = part };
	struct url own, inner_own;
	struct vec inner;

	buf_init(&w.shown, (size_t)links_limits(links)->text_bytes);
	base = document(&w, html, base, &own);
	inner = w.inner;
	w.inner = (struct vec){ .n = 0 };
	if (inner.n > FIND_DOCUMENTS) {
		inner.n = FIND_DOCUMENTS;
		links_note_cut(links);
	}
	for (size_t i = 0; i < inner.n; i++)
		document(&w, ((const struct str *)inner.items)[i], base, &inner_own);
	buf_clear(&w.shown);
}
