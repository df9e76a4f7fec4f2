/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "link/find_text.h"
#include "link/rewrite.h"

struct text {
	struct pool *pool;
	struct str in;
	const struct rewrite_how *how;
	struct vec *out;
	struct rewrite_done *done;
};

static bool
is_ascii(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] >= 0x80)
			return false;
	return true;
}

static struct str
words(const struct rewrite_how *how)
{
	return how->ascii && !is_ascii(how->words) ? STR("[...]") : how->words;
}

/* Would a client take what follows for a part of the new link? "www.a.example's" ends at the quote as
 * a host does, a path does not. RFC 3986, appendix C: brackets say where it ends. */
static bool
needs_brackets(struct str text, size_t start, size_t end)
{
	size_t at = end;

	if (start > 0 && text.p[start - 1] == '<')
		return end == text.n || text.p[end] != '>';	/* "<www.a.example/ b>" ended at the blank */

	while (at < text.n && str_chr(STR(".,;:!?)"), text.p[at]) != STR_NPOS)
		at++;		/* behind a link no client takes these for its own */
	return at < text.n && (unsigned char)text.p[at] > ' ' && str_chr(STR(">\"<"), text.p[at]) == STR_NPOS;
}

static void
on_link(void *arg, const struct text_place *p)
{
	struct text *t = arg;
	const struct rewrite_row *row = p->defanged ? NULL : t->how->find(t->how->arg, p->url, STR_NONE);
	struct edit_range r = { (size_t)(p->raw.p - t->in.p), p->raw.n, STR_NONE };

	if (!row)
		return;
	switch (row->action) {
	case REWRITE_LEAVE:
	case REWRITE_N:
		return;
	case REWRITE_DEFANG:
	case REWRITE_UNLINK:
		r.with = rewrite_defang(t->pool, row->url);
		break;
	case REWRITE_TEXT:
		r.with = words(t->how);
		break;
	case REWRITE_TO:
		r.with = row->with;
		if (needs_brackets(t->in, r.at, r.at + r.n) && !str_eq(str_sub(t->in, r.at, r.n), row->with))
			r.with = pool_printf(t->pool, "<%.*s>", STR_ARG(row->with));
		break;
	}
	*(struct edit_range *)vec_push(t->pool, t->out, sizeof(r)) = r;
	t->done->changed++;
}

void
rewrite_text(struct pool *pool, struct str text, const struct rewrite_how *how, struct vec *out, struct rewrite_done *done)
{
	struct text t = { .pool = pool, .in = text, .how = how, .out = out, .done = done };
	struct text_how as = { .joins_lines = how->joins_lines };

	*out = (struct vec){ .n = 0 };
	*done = (struct rewrite_done){ .changed = 0 };
	if (!rewrite_is_pgp(text))
		find_text_each(pool, &as, text, on_link, &t);
}
