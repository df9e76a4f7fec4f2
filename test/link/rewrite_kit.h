/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* rewrite_kit.h - rewrite whole messages in tests
 *
 * Input    a message
 * Units    none
 * Limits   KIT_URLS URLs
 * Memory   in the pool
 * Errors   NULL where nothing can be said
 * Threads  one
 * Source   lib/link/rewrite_mail.h
 */
#ifndef TEST_LINK_REWRITE_KIT_H
#define TEST_LINK_REWRITE_KIT_H

#include "link/find_text.h"
#include "link/rewrite_mail.h"
#include "message/charset.h"
#include "message/edit_check.h"
#include "message/html.h"

#define KIT_GATE "https://go.example/T"

struct kit_urls {
	struct pool *pool;
	struct vec all;		/* struct str, canonical, in the order of the message */
	bool html;		/* also of anchors, else of text */
};

static bool
kit_is_web(struct str url)
{
	return str_starts(url, STR("http://")) || str_starts(url, STR("https://"));
}

static void
kit_put(struct kit_urls *u, struct str url, struct str base)
{
	struct str key;

	if (rewrite_canonical(u->pool, url, base, &key) && kit_is_web(key))
		*(struct str *)vec_push(u->pool, &u->all, sizeof(key)) = key;
}

static void
kit_on_text(void *arg, const struct text_place *t)
{
	kit_put(arg, t->url, STR_NONE);
}

/* Content of a part in UTF-8. */
TEST_USED static struct str
kit_utf8(struct pool *pool, const struct limits *lim, struct message *m, size_t i)
{
	struct buf space, utf8;
	struct str content, out = STR_NONE;
	uint64_t defects = 0;

	buf_init(&space, 64 << 20);
	buf_init(&utf8, 192 << 20);
	if (mime_decode(m, lim, &m->parts[i], 0, &space, &content) == RC_OK) {
		if (m->parts[i].charset.n || !charset_is_utf8(content))
			charset_to_utf8(content, m->parts[i].charset, &utf8, &defects);
		else
			buf_add(&utf8, content);
		out = pool_str(pool, buf_str(&utf8));
	}
	buf_clear(&space);
	buf_clear(&utf8);
	return out;
}

static bool
kit_is_read(const struct mime_part *p)
{
	return p->kind == MIME_LEAF && !p->alternative && p->source == 0 && !str_eq(p->disposition, STR("attachment")) &&
	    (str_eq(p->type, STR("text/html")) || str_eq(p->type, STR("text/plain")));
}

/* Every URL that can be followed by a click: of anchors and text. */
TEST_USED static void
kit_urls(struct pool *pool, const struct limits *lim, struct message *m, struct kit_urls *out)
{
	*out = (struct kit_urls){ .pool = pool };
	for (size_t i = 0; i < m->n_parts; i++) {
		struct html_places places;
		struct str text;

		if (!kit_is_read(&m->parts[i]))
			continue;
		text = kit_utf8(pool, lim, m, i);
		if (str_eq(m->parts[i].type, STR("text/html"))) {
			const struct html_place *p;
			struct buf shown;

			buf_init(&shown, 16 << 20);
			find_html_places(pool, lim, text, &shown, &places);
			p = places.all.items;
			for (size_t k = 0; k < places.all.n; k++)
				if (p[k].where == LINK_IN_HREF && !p[k].loads && p[k].raw.n)
					kit_put(out, p[k].url, places.base);
			html_text(lim, text, &shown, &(uint64_t){ 0 });
			find_text_each(pool, NULL, pool_str(pool, buf_str(&shown)), kit_on_text, out);
			buf_clear(&shown);
		} else {
			find_text_each(pool, NULL, text, kit_on_text, out);
		}
	}
}

/* The message after an edit, the same bytes when nothing changed; *changed: places. */
TEST_USED static struct str
kit_rewrite_count(struct pool *pool, const struct limits *lim, struct str mail, const struct rewrite_row *rows, size_t n,
    enum rc *rc, size_t *changed)
{
	struct message *m = mime_parse(pool, lim, mail);
	struct rewrite_mail rm = { rewrite_table_new(pool, rows, n), STR("[gone]"), false, 0 };
	const struct edit_header *headers;
	struct edit e = { .n_strips = 0 };
	struct str out = mail;
	struct vec bodies;
	struct buf b;
	size_t n_headers;

	*rc = rewrite_mail(pool, lim, m, &rm, &bodies);
	*changed = rm.changed;
	if (*rc != RC_OK || bodies.n == 0)
		return out;
	e.bodies = bodies.items;
	e.n_bodies = bodies.n;
	buf_init(&b, 256 << 20);
	*rc = edit_message(pool, m, &e, &b, &headers, &n_headers);
	if (*rc == RC_OK)
		out = edit_whole(pool, m, buf_str(&b), headers, n_headers);
	buf_clear(&b);
	return out;
}

TEST_USED static struct str
kit_rewrite(struct pool *pool, const struct limits *lim, struct str mail, const struct rewrite_row *rows, size_t n,
    enum rc *rc)
{
	size_t changed;

	return kit_rewrite_count(pool, lim, mail, rows, n, rc, &changed);
}

#endif
