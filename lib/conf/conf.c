/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Reading takes six steps, each over everything, so that all errors come out at once:
 *   1 lay out a struct for each table, every option holds its default text
 *   2 read the operator's lines and bind them to their options
 *   3 read the base (preset) and bind its lines to what is still free
 *   4 expand $keys and turn the texts into values
 *   5 let each table take in the files that its values name
 *   6 let each table look at its struct as a whole */
#include "conf/conf.h"

#include <assert.h>
#include <glob.h>
#include <stdlib.h>

#include "base/ascii.h"
#include "conf/snapshot.h"
#include "conf/section.h"
#include "conf/suggest.h"
#include "conf/value.h"

struct build {
	struct conf *conf;
	struct conf_errors errors;
	const char *name;		/* of the operator's text, for errors without a line */
	struct conf_base base;
};

static size_t
count_tables(const struct opt_table *const *tables)
{
	size_t n = 0;

	while (tables[n])
		n++;
	return n;
}

static size_t
count_opts(const struct opt_table *t)
{
	size_t n = 0;

	while (t->opts[n].name)
		n++;
	return n;
}

static void
lay_out(struct conf *c)
{
	size_t n_tables = count_tables(c->tables), n = 0;

	for (size_t t = 0; t < n_tables; t++)
		n += count_opts(c->tables[t]);
	c->values = pool_alloc(c->pool, n_tables * sizeof(*c->values));
	c->items = pool_alloc(c->pool, n * sizeof(*c->items));
	for (size_t t = 0; t < n_tables; t++) {
		const struct opt_table *table = c->tables[t];

		c->values[t] = pool_alloc(c->pool, table->size);
		for (const struct opt *o = table->opts; o->name; o++)
			c->items[c->n_items++] = (struct conf_item){
				.key = pool_printf(c->pool, "%s%s", table->prefix, o->name),
				.table = table, .opt = o, .text = str_of(o->def),
				.field = (char *)c->values[t] + o->offset,
			};
	}
}

struct conf_item *
conf_find(const struct conf *c, struct str key)
{
	for (size_t i = 0; i < c->n_items; i++)
		if (str_eq(c->items[i].key, key))
			return &c->items[i];
	return NULL;
}

static void
use_defaults(struct conf *c, const struct conf_default *d)
{
	for (; d && d->key; d++) {
		struct conf_item *item = conf_find(c, str_of(d->key));

		if (item)
			item->text = pool_str(c->pool, str_of(d->value));
	}
}

static struct str
name_of_item(const void *arg, size_t i)
{
	const struct conf *c = arg;

	return i < c->n_items ? c->items[i].key : STR_NONE;
}

static void
bind_line(struct build *b, const struct conf_line *line, bool from_base)
{
	struct conf_item *item = conf_find(b->conf, line->key);

	if (!item) {
		section_unknown(&b->errors, line, (struct section_names){ name_of_item, b->conf });
	} else if (from_base && b->base.key && str_eq(line->key, str_of(b->base.key))) {
		conf_errorf(&b->errors, line->file, line->line, line->key, "not possible here");
	} else if (item->file && item->from_base == from_base) {
		conf_errorf(&b->errors, line->file, line->line, line->key, "set already at %s:%zu", item->file,
		    item->line);
	} else if (!item->file) {
		item->text = line->value;
		item->file = line->file;
		item->line = line->line;
		item->from_base = from_base;
	}
}

static void
bind_all(struct build *b, const struct source *s, bool from_base)
{
	const struct conf_line *lines = s->lines.items;

	for (size_t i = 0; i < s->lines.n; i++)
		bind_line(b, &lines[i], from_base);
}

static bool
is_base_name(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!ascii_is_alnum((unsigned char)s.p[i]) && s.p[i] != '_' && s.p[i] != '-')
			return false;
	return s.n > 0;
}

/* Where an error about this option belongs. */
static void
item_error(struct build *b, const struct conf_item *item, struct str why)
{
	conf_error(&b->errors, item->file ? item->file : b->name, item->line, item->key, why);
}

/* Name the bases that exist: the folder is the list. */
static void
no_such_base(struct build *b, const struct conf_item *item)
{
	struct suggest near;
	struct buf why;
	glob_t found = { 0 };

	buf_init(&why, 4096);
	buf_printf(&why, "no '%.*s.conf' in %s", STR_ARG(item->text), b->base.dir ? b->base.dir : "(no folder)");
	suggest_init(&near, item->text);
	if (b->base.dir &&
	    glob(pool_printf(b->conf->pool, "%s/*.conf", b->base.dir).p, 0, NULL, &found) == 0) {
		buf_adds(&why, ", which has:");
		for (size_t i = 0; i < found.gl_pathc; i++) {
			struct str path = pool_str(b->conf->pool, str_of(found.gl_pathv[i]));
			struct str name = str_from(path, str_rchr(path, '/') + 1);

			name = str_upto(name, name.n - sizeof(".conf") + 1);
			buf_adds(&why, i ? ", " : " ");
			buf_add(&why, name);
			suggest_try(&near, name);
		}
	}
	suggest_write(&near, &why);
	globfree(&found);
	item_error(b, item, buf_str(&why));
	buf_clear(&why);
}

static void
read_base(struct build *b)
{
	struct source s = { .pool = b->conf->pool, .errors = &b->errors, .includes = false };
	struct conf_item *item = b->base.key ? conf_find(b->conf, str_of(b->base.key)) : NULL;
	struct str path;

	if (!item)
		return;
	path = pool_printf(s.pool, "%s/%.*s.conf", b->base.dir ? b->base.dir : "", STR_ARG(item->text));
	if (!is_base_name(item->text) || !b->base.dir || source_file(&s, path.p) == RC_NONE)
		no_such_base(b, item);
	else
		bind_all(b, &s, true);
}

static bool
is_expanded(enum opt_type type)
{
	return type == OPT_PATH || type == OPT_LIST || type == OPT_TEXT;
}

/* Cut the name behind a $ off *rest: letters, digits, '_' and inner dots. */
static struct str
variable_name(struct str *rest)
{
	size_t n = 0;
	struct str name;

	while (n < rest->n && (ascii_is_alnum((unsigned char)rest->p[n]) || rest->p[n] == '_' ||
	    (rest->p[n] == '.' && n + 1 < rest->n && ascii_is_alpha((unsigned char)rest->p[n + 1]))))
		n++;
	name = str_upto(*rest, n);
	*rest = str_from(*rest, n);
	return name;
}

/* A path stays one word of the list it is put into, whatever its characters. */
static void
splice(const struct conf_item *into, const struct conf_item *other, bool quoted, struct buf *out)
{
	if (into->opt->type == OPT_LIST && quoted)
		value_escape(other->text, out);
	else if (into->opt->type == OPT_LIST && other->opt->type == OPT_PATH)
		value_quote(other->text, out);
	else
		buf_add(out, other->text);
}

static void
expand_one(struct build *b, struct conf_item *item, struct str *rest, bool quoted, struct buf *out)
{
	struct str name = variable_name(rest);
	const struct conf_item *other = conf_find(b->conf, name);
	struct str why;

	if (name.n == 0 && str_starts(*rest, STR("$"))) {
		*rest = str_from(*rest, 1);
		buf_addc(out, '$');
		return;
	}
	if (other && is_expanded(other->opt->type) && str_chr(other->text, '$') == STR_NPOS) {
		splice(item, other, quoted, out);
		return;
	}
	why = pool_printf(b->conf->pool, other ? "$%.*s cannot be used in a value" : "$%.*s is no key",
	    STR_ARG(name));
	item_error(b, item, why);
}

/* What the lines say of these keys was read, and is not meant. */
static void
use_fixed(struct build *b)
{
	for (const struct conf_default *d = b->base.fixed; d && d->key; d++) {
		struct conf_item *item = conf_find(b->conf, str_of(d->key));

		if (item)
			item->text = pool_str(b->conf->pool, str_of(d->value));
	}
}

/* A value may name other values, but not ones that do so themselves. */
static struct str
expand(struct build *b, struct conf_item *item)
{
	struct str rest = item->text, out;
	struct buf text;
	bool quoted = false;
	size_t at;

	if (!is_expanded(item->opt->type) || str_chr(rest, '$') == STR_NPOS)
		return item->text;
	buf_init(&text, CONF_BYTES);
	while ((at = str_chr(rest, '$')) != STR_NPOS) {
		buf_add(&text, str_upto(rest, at));
		quoted = value_in_quotes(str_upto(rest, at), quoted);
		rest = str_from(rest, at + 1);
		expand_one(b, item, &rest, quoted, &text);
	}
	buf_add(&text, rest);
	if (text.full || source_has_comment(buf_str(&text)))
		item_error(b, item, STR("too long, or holds a comment, with the values of its $keys"));
	out = pool_str(b->conf->pool, buf_str(&text));
	buf_clear(&text);
	return out;
}

static void
read_values(struct build *b)
{
	struct conf *c = b->conf;
	struct str *texts = pool_alloc(c->pool, c->n_items * sizeof(*texts));
	struct buf why;

	for (size_t i = 0; i < c->n_items; i++)
		texts[i] = expand(b, &c->items[i]);
	buf_init(&why, 4096);
	for (size_t i = 0; i < c->n_items; i++) {
		struct conf_item *item = &c->items[i];

		item->text = texts[i];
		buf_reset(&why);
		if (value_parse(c->pool, item->opt, item->text, item->field, &why) != RC_OK)
			item_error(b, item, buf_str(&why));
	}
	buf_clear(&why);
}

static void
load_files(struct build *b)
{
	struct conf_files files = { .conf = b->conf, .errors = &b->errors, .name = b->name,
	    .may_read = b->base.files };

	for (size_t i = 0; b->base.given && i < b->base.given->n; i++) {
		const struct conf_file *f = (const struct conf_file *)b->base.given->items + i;

		conf_files_add(&files, f->path, f->text);
	}
	for (size_t t = 0; b->conf->tables[t]; t++)
		if (b->conf->tables[t]->load)
			b->conf->tables[t]->load(&files, b->conf->values[t]);
}

static void
check_tables(struct build *b)
{
	struct buf why;

	buf_init(&why, 4096);
	for (size_t t = 0; b->conf->tables[t]; t++) {
		const struct opt_table *table = b->conf->tables[t];

		buf_reset(&why);
		if (table->check && table->check(b->conf->values[t], &why) != RC_OK)
			conf_error(&b->errors, b->name, 0, STR_NONE, buf_str(&why));
	}
	buf_clear(&why);
}

static enum rc
build(struct build *b, const struct source *s, struct conf **out)
{
	bind_all(b, s, false);
	read_base(b);
	use_fixed(b);
	read_values(b);
	load_files(b);
	if (b->errors.n == 0)
		check_tables(b);
	if (b->errors.n) {
		conf_errors_sort(&b->errors);	/* before the names of files go */
		conf_put(&b->conf);
		return RC_BAD;
	}
	*out = b->conf;
	return RC_OK;
}

static struct conf *
conf_new(const struct opt_table *const *tables, struct conf_base base)
{
	struct pool *pool = pool_new(0);
	struct conf *c = pool_alloc(pool, sizeof(*c));

	c->pool = pool;
	c->tables = tables;
	atomic_init(&c->refs, 1);
	lay_out(c);
	use_defaults(c, base.defaults);
	return c;
}

enum rc
conf_load(const char *path, const struct opt_table *const *tables, struct conf_base base, struct conf **out,
    struct buf *errors)
{
	struct build b = { conf_new(tables, base), { .out = errors }, path ? path : "defaults", base };
	struct source s = { .pool = b.conf->pool, .errors = &b.errors, .includes = true };

	if (path && source_file(&s, path) == RC_NONE)
		conf_errorf(&b.errors, path, 0, STR_NONE, "no such file");
	return build(&b, &s, out);
}

enum rc
conf_parse(struct str text, const char *name, const struct opt_table *const *tables, struct conf_base base,
    struct conf **out, struct buf *errors)
{
	struct build b = { conf_new(tables, base), { .out = errors }, name, base };
	struct source s = { .pool = b.conf->pool, .errors = &b.errors, .includes = false };

	source_text(&s, name, text);
	return build(&b, &s, out);
}

struct conf *
conf_get(struct conf *c)
{
	atomic_fetch_add(&c->refs, 1);
	return c;
}

void
conf_put(struct conf **cp)
{
	struct conf *c = *cp;
	struct pool *pool;

	*cp = NULL;
	if (!c || atomic_fetch_sub(&c->refs, 1) != 1)
		return;
	pool = c->pool;		/* the snapshot itself lies in it */
	pool_free(&pool);
}

const void *
conf_values(const struct conf *c, const struct opt_table *table)
{
	for (size_t t = 0; c->tables[t]; t++)
		if (c->tables[t] == table)
			return c->values[t];
	assert(false && "table of this snapshot");
	return NULL;
}

const char *
conf_suggest(const struct opt_table *const *tables, struct str key, struct buf *space)
{
	struct pool *pool = pool_new(0);
	struct suggest near;

	suggest_init(&near, key);
	for (; *tables; tables++)
		for (const struct opt *o = (*tables)->opts; o->name; o++)
			suggest_try(&near, pool_printf(pool, "%s%s", (*tables)->prefix, o->name));
	buf_reset(space);
	buf_add(space, near.best);
	pool_free(&pool);
	return space->n ? buf_cstr(space) : NULL;
}
