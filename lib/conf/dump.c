/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "conf/conf.h"

#include "conf/snapshot.h"
#include "conf/value.h"

/* In values that are expanded a single $ is written twice. */
static void
add_escaped(const struct opt *o, struct str text, struct buf *out)
{
	bool twice = o->type == OPT_PATH || o->type == OPT_LIST || o->type == OPT_TEXT;

	for (size_t i = 0; i < text.n; i++) {
		if (twice && text.p[i] == '$')
			buf_addc(out, '$');
		buf_addc(out, text.p[i]);
	}
}

static void
add_value(const struct conf_item *item, struct buf *out)
{
	struct buf text;

	buf_init(&text, CONF_BYTES);
	if (value_format(item->opt, item->field, &text))
		add_escaped(item->opt, buf_str(&text), out);
	else
		buf_add(out, item->text);
	buf_clear(&text);
}

/* Only the text is compared for values that are not known to format; the others are
 * compared as written by value_format, so "60s" equals the default "1m". */
static bool
is_default(const struct conf_item *item)
{
	struct pool *pool;
	struct buf want, got;
	union {
		bool b;
		int i;
		int64_t n;
		struct str s;
		struct opt_list l;
	} field;
	bool same;

	if (!item->file)
		return true;
	if (str_chr(str_of(item->opt->def), '$') != STR_NPOS)
		return false;	/* depends on other keys */
	if (item->opt->type == OPT_CUSTOM)
		return str_eq(item->text, str_of(item->opt->def));
	pool = pool_new(0);
	buf_init(&want, CONF_BYTES);
	buf_init(&got, CONF_BYTES);
	same = value_parse(pool, item->opt, str_of(item->opt->def), &field, &want) == RC_OK &&
	    (value_format(item->opt, &field, &want), value_format(item->opt, item->field, &got)) &&
	    str_eq(buf_str(&want), buf_str(&got));
	buf_clear(&want);
	buf_clear(&got);
	pool_free(&pool);
	return same;
}

static void
add_origin(const struct conf_item *item, struct buf *out)
{
	if (item->file)
		buf_printf(out, "# %s:%zu\n", item->file, item->line);
}

void
conf_dump(const struct conf *c, bool changed_only, bool origin, struct buf *out)
{
	for (size_t i = 0; i < c->n_items; i++) {
		const struct conf_item *item = &c->items[i];

		if (changed_only && is_default(item))
			continue;
		if (origin)
			add_origin(item, out);
		buf_add(out, item->key);
		buf_adds(out, " =");
		if (item->text.n) {
			buf_addc(out, ' ');
			add_value(item, out);
		}
		buf_addc(out, '\n');
	}
}

bool
conf_show(const struct conf *c, struct str key, struct buf *value, struct buf *origin)
{
	const struct conf_item *item = conf_find(c, key);

	if (!item)
		return false;
	add_value(item, value);
	if (item->file)
		buf_printf(origin, "%s:%zu", item->file, item->line);
	return true;
}

void
conf_needs_restart(const struct conf *running, const struct conf *next, struct buf *keys)
{
	struct buf was, is;

	buf_init(&was, CONF_BYTES);
	buf_init(&is, CONF_BYTES);
	for (size_t i = 0; i < next->n_items; i++) {
		const struct conf_item *item = &next->items[i], *old;

		if (!item->opt->restart || !(old = conf_find(running, item->key)))
			continue;
		buf_reset(&was);
		buf_reset(&is);
		add_value(old, &was);
		add_value(item, &is);
		if (str_eq(buf_str(&was), buf_str(&is)))
			continue;
		buf_add(keys, item->key);
		buf_addc(keys, '\n');
	}
	buf_clear(&was);
	buf_clear(&is);
}
