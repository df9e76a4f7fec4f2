/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "conf/overlay.h"

#include <string.h>

#include "conf/section.h"
#include "conf/snapshot.h"
#include "conf/value.h"

enum { WHY = 4096 };

struct conf *
overlay_new(struct conf_files *f)
{
	struct conf *main = f->conf, *over = pool_alloc(main->pool, sizeof(*over));
	size_t n = 0;

	while (main->tables[n])
		n++;
	*over = (struct conf){ .pool = main->pool, .tables = main->tables, .items = main->items, .n_items = main->n_items };
	atomic_init(&over->refs, 1);
	over->values = pool_alloc(main->pool, n * sizeof(*over->values));
	memcpy(over->values, main->values, n * sizeof(*over->values));
	return over;
}

static bool
may_set(const struct overlay_keys *keys, const struct conf_item *item)
{
	for (const char *const *e = keys->except; *e; e++)
		if (str_eq(item->key, str_of(*e)))
			return false;
	for (const struct opt_table *const *t = keys->tables; *t; t++)
		if (*t == item->table)
			return true;
	return false;
}

struct names {
	const struct conf *conf;
	const struct overlay_keys *keys;
};

static struct str
name(const void *arg, size_t i)
{
	const struct names *n = arg;

	for (size_t k = 0; k < n->conf->n_items; k++)
		if (may_set(n->keys, &n->conf->items[k]) && i-- == 0)
			return n->conf->items[k].key;
	return STR_NONE;
}

/* The struct of a table, which is the overlay's own from its first line on. */
static char *
own_values(const struct conf *main, struct conf *over, const struct opt_table *table)
{
	size_t t = 0;

	while (over->tables[t] != table)
		t++;
	if (over->values[t] == main->values[t]) {
		over->values[t] = pool_alloc(over->pool, table->size);
		memcpy(over->values[t], main->values[t], table->size);
	}
	return over->values[t];
}

static void
set(struct conf_files *f, struct conf *over, const struct conf_item *item, const struct conf_line *line)
{
	char *values = own_values(f->conf, over, item->table);
	bool text = item->opt->type == OPT_PATH || item->opt->type == OPT_LIST || item->opt->type == OPT_TEXT;
	struct buf why;

	buf_init(&why, WHY);
	if (text && str_chr(line->value, '$') != STR_NPOS)
		conf_errorf(f->errors, line->file, line->line, line->key, "other keys cannot be used here");
	else if (value_parse(over->pool, item->opt, line->value, values + item->opt->offset, &why) != RC_OK)
		conf_error(f->errors, line->file, line->line, line->key, buf_str(&why));
	buf_clear(&why);
}

/* Was the key set in a line before? */
static bool
twice(struct conf_files *f, const struct conf_line *lines, size_t i)
{
	for (size_t k = 0; k < i; k++) {
		if (!str_eq(lines[k].key, lines[i].key))
			continue;
		conf_errorf(f->errors, lines[i].file, lines[i].line, lines[i].key, "set already at %s:%zu", lines[k].file,
		    lines[k].line);
		return true;
	}
	return false;
}

void
overlay_lines(struct conf_files *f, struct conf *over, const struct overlay_keys *keys, const struct source *s)
{
	const struct conf_line *lines = s->lines.items;
	const struct names names = { f->conf, keys };

	for (size_t i = 0; i < s->lines.n; i++) {
		const struct conf_item *item = conf_find(f->conf, lines[i].key);

		if (!item)
			section_unknown(f->errors, &lines[i], (struct section_names){ name, &names });
		else if (!may_set(keys, item))
			conf_errorf(f->errors, lines[i].file, lines[i].line, lines[i].key,
			    "holds for all recipients: it belongs into the main configuration");
		else if (!twice(f, lines, i))
			set(f, over, item, &lines[i]);
	}
}
