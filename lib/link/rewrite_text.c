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
