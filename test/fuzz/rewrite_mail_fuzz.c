/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Any message. The first byte chooses what is done with its links: all led to a gate or left, or one of all actions
 * for each. What comes out is the same message but for the bodies that were said to change; people see the same words
 * where links were only led elsewhere; what should be no link any more is none; doing it again changes nothing. */
#include "link/rewrite_kit.h"

#include <assert.h>

#include "base/hash.h"
#include "link/find_header.h"
#include "test.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum { INPUT = 32768, ROWS = 2000, FIELDS = 200 };

static struct limits lim;

struct links_of {
	struct pool *pool;
	struct vec urls;		/* struct str, canonical */
};

static void
put(struct links_of *l, struct str url, struct str base)
{
	struct str key;

	if (l->urls.n < ROWS && rewrite_canonical(l->pool, url, base, &key) && !str_starts(key, STR(KIT_GATE)) &&
	    !str_eq(key, STR("about:blank")))
		*(struct str *)vec_push(l->pool, &l->urls, sizeof(key)) = key;
}

static void
on_text(void *arg, const struct text_place *t)
{
	if (!t->defanged)
		put(arg, t->url, STR_NONE);
}

static struct str
base_of(struct pool *pool, struct message *m, size_t i, const struct html_places *places)
{
	struct url base;

	if (places->base.n)
		return places->base;
	return find_header_base(pool, m, i, &base) ? base.href : STR_NONE;
}

/* Of the parts that are rewritten, in their order. */
static void
links_of(struct pool *pool, struct message *m, bool texts, struct links_of *out)
{
	*out = (struct links_of){ .pool = pool };
	for (size_t i = 0; i < m->n_parts; i++) {
		struct html_places places;
		const struct html_place *p;
		struct str text;

		if (!kit_is_read(&m->parts[i]) || edit_may(m, i) == EDIT_SEALED)
			continue;
		text = kit_utf8(pool, &lim, m, i);
		if (rewrite_is_pgp(text))
			continue;
		if (texts)
			find_text_each(pool, NULL, text, on_text, out);
		if (!str_eq(m->parts[i].type, STR("text/html")))
			continue;
		find_html_places(pool, &lim, text, NULL, &places);
		p = places.all.items;
		for (size_t k = 0; k < places.all.n; k++)
			put(out, p[k].url, base_of(pool, m, i, &places));
	}
}

/* One action for a URL, wherever it stands. */
static enum rewrite_action
action_for(struct str url, unsigned char how)
{
	uint64_t h = hash_key(url, how);

	if (how % 2 == 0)
		return h % 4 == 0 ? REWRITE_LEAVE : REWRITE_TO;
	return (enum rewrite_action)(h % REWRITE_N);
}

static struct rewrite_row *
rows_for(struct pool *pool, const struct links_of *l, unsigned char how)
{
	struct rewrite_row *r = pool_alloc(pool, (l->urls.n + 1) * sizeof(*r));
	const struct str *url = l->urls.items;

	for (size_t i = 0; i < l->urls.n; i++)
		r[i] = (struct rewrite_row){ url[i], action_for(url[i], how), STR(KIT_GATE) };
	return r;
}

static bool
is_rewritten(const struct mime_part *p)
{
	return kit_is_read(p) || (p->kind == MIME_LEAF && (str_eq(p->type, STR("application/xhtml+xml")) ||
	    str_eq(p->type, STR("text/x-amp-html"))));
}

static bool
stays_as_part(struct message *a, struct message *b, size_t i)
{
	const struct mime_part *x = &a->parts[i], *y = &b->parts[i];

	if (x->kind != y->kind || !str_eq(x->type, y->type) || !str_eq(x->id, y->id))
		return false;
	if (x->kind != MIME_LEAF || x->alternative || x->source || y->source)
		return true;
	return is_rewritten(x) || str_eq(mime_raw(a, x), mime_raw(b, y));
}

/* All that is not in a body that is rewritten, without the fields that say how one is encoded. */
static struct str
around(struct pool *pool, const struct message *m)
{
	struct buf out;
	struct str rest, line, all;
	size_t at = 0;

	buf_init(&out, m->raw.n + 1);
	for (size_t i = 0; i < m->n_parts; i++) {
		const struct mime_part *p = &m->parts[i];

		if (p->alternative || p->source || !is_rewritten(p) || p->body < at)
			continue;
		buf_add(&out, str_sub(m->raw, at, p->body - at));
		at = p->end;
	}
	buf_add(&out, str_from(m->raw, at));
	rest = pool_str(pool, buf_str(&out));
	buf_reset(&out);
	while (str_next(&rest, '\n', &line))
		if (!str_starts_nocase(line, STR("Content-Transfer-Encoding:")) &&
		    !str_starts_nocase(line, STR("MIME-Version:")) && str_trim(line).n)
			buf_printf(&out, "%.*s\n", STR_ARG(line));
	all = pool_str(pool, buf_str(&out));
	buf_clear(&out);
	return all;
}

static void
same_words(struct pool *pool, struct message *a, struct message *b, size_t i)
{
	struct buf x, y;
	uint64_t cut = 0;

	buf_init(&x, (size_t)lim.text_bytes);
	buf_init(&y, (size_t)lim.text_bytes);
	html_text(&lim, kit_utf8(pool, &lim, a, i), &x, &cut);
	html_text(&lim, kit_utf8(pool, &lim, b, i), &y, &cut);
	assert(cut || str_eq(buf_str(&x), buf_str(&y)));
	buf_clear(&x);
	buf_clear(&y);
}

static void
check_structure(struct pool *pool, struct str before, struct str after, bool led)
{
	struct message *a = mime_parse(pool, &lim, before), *b = mime_parse(pool, &lim, after);

	assert(a->n_parts == b->n_parts);
	assert(str_eq(around(pool, a), around(pool, b)));
	for (size_t i = 0; i < a->n_parts; i++) {
		assert(stays_as_part(a, b, i));
		if (led && kit_is_read(&a->parts[i]) && str_eq(a->parts[i].type, STR("text/html")))
			same_words(pool, a, b, i);
	}
}

/* Nothing of HTML leads any more where it should not. Only what a row says "leave" or "rewrite" of may. */
static void
check_gone(struct pool *pool, struct str after, const struct rewrite_table *table)
{
	struct links_of l;
	const struct str *url;

	links_of(pool, mime_parse(pool, &lim, after), false, &l);
	url = l.urls.items;
	for (size_t i = 0; i < l.urls.n; i++) {
		const struct rewrite_row *row = rewrite_table_find(table, url[i]);

		assert(!row || row->action == REWRITE_LEAVE || row->action == REWRITE_TO);
	}
}

/* Quoted-printable is three bytes for one, a link's mark in the text goes in at most twice for each of its bytes. */
static void
check_size(struct str before, struct str after, size_t changed)
{
	assert(after.n <= 8 * before.n + changed * 3 * (sizeof(KIT_GATE) + 64) + FIELDS);
}

static void
check(struct pool *pool, struct str mail, unsigned char how)
{
	struct links_of l;
	struct rewrite_row *r;
	struct str once, again;
	size_t changed;
	enum rc rc;

	links_of(pool, mime_parse(pool, &lim, mail), true, &l);
	if (l.urls.n >= ROWS)
		return;
	r = rows_for(pool, &l, how);
	once = kit_rewrite_count(pool, &lim, mail, r, l.urls.n, &rc, &changed);
	if (rc != RC_OK)
		return;
	check_size(mail, once, changed);
	check_structure(pool, mail, once, how % 2 == 0);
	check_gone(pool, once, rewrite_table_new(pool, r, l.urls.n));
	if (how % 2)
		return;
	again = kit_rewrite(pool, &lim, once, r, l.urls.n, &rc);
	assert(rc == RC_OK && str_eq(once, again));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct pool *pool = pool_new(0);

	if (lim.links == 0)
		limits_default(&lim);
	if (n > 1 && n < INPUT)
		check(pool, (struct str){ (const char *)data + 1, n - 1 }, data[0]);
	pool_free(&pool);
	return 0;
}
