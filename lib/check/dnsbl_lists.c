/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "check/dnsbl_lists.h"

#include "base/ascii.h"
#include "check/dnsbl_keys.h"
#include "conf/suggest.h"

static bool
is_zone(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (!ascii_is_alnum(c) && c != '-' && c != '_' && c != '.')
			return false;
	}
	return s.n > 0 && s.n <= 180 && str_chr(s, '.') != STR_NPOS;	/* room for what is asked */
}

static struct dnsbl_list *
find_list(const struct vec *lists, struct str name)
{
	struct dnsbl_list *l = lists->items;

	for (size_t i = 0; i < lists->n; i++)
		if (str_eq_nocase(l[i].name, name))
			return &l[i];
	return NULL;
}

/* A list begins: a new one, or in place of one of an earlier file. */
static void
begin_list(struct dnsbl_reading *r)
{
	struct str name = pool_lower(r->pool, r->line->value);
	struct dnsbl_list *l = find_list(&r->lists, name);

	r->at = NULL;
	if (!is_zone(name)) {
		dnsbl_key_error(r, "no name of a zone:", name);
		return;
	}
	if (l && strcmp(l->file, r->line->file) == 0) {
		dnsbl_key_error(r, "twice in this file:", name);
		return;
	}
	if (!l && r->lists.n == DNSBL_LISTS) {
		dnsbl_key_error(r, "more lists than possible at", name);
		return;
	}
	if (!l)
		l = vec_push(r->pool, &r->lists, sizeof(*l));
	*l = (struct dnsbl_list){ .name = name, .zone = name, .kind = DNSBL_KIND_N, .ipv4 = true, .weight = DNSBL_WEIGHT,
	    .file = r->line->file, .line = r->line->line, .test = STR("?"), .test_not = STR("?") };
	r->at = l;
}

static void
take_line(struct dnsbl_reading *r)
{
	if (str_eq(r->line->key, STR("list")))
		begin_list(r);
	else
		dnsbl_key_take(r);
}

static void
list_error(struct dnsbl_reading *r, const struct dnsbl_list *l, const char *what)
{
	conf_errorf(&r->errors, l->file, l->line, STR("list"), "%.*s: %s", STR_ARG(l->name), what);
}

static bool
has_meaning(const struct dnsbl_list *l)
{
	const struct dnsbl_code *c = l->codes.items;

	for (size_t i = 0; i < l->codes.n; i++)
		if (!c[i].blocked)
			return true;
	return false;
}

/* RFC 5782 2.3, 5: every list has an entry to test it, and one that it never has. */
static void
default_tests(struct dnsbl_list *l)
{
	bool ip = l->kind == DNSBL_KIND_IP, domain = l->kind == DNSBL_KIND_DOMAIN;

	if (str_eq(l->test, STR("?")))
		l->test = ip ? STR("127.0.0.2") : domain ? STR("test") : STR_NONE;
	if (str_eq(l->test_not, STR("?")))
		l->test_not = ip ? STR("127.0.0.1") : domain ? STR("invalid") : STR_NONE;
}

static unsigned
uses_of_kind(enum dnsbl_kind kind)
{
	unsigned uses = 0;

	for (int use = 0; use < DNSBL_USES; use++)
		if (dnsbl_kind_of((enum dnsbl_use)use) == kind)
			uses |= DNSBL_AS(use);
	return uses;
}

/* What anybody can write says nothing good about who wrote it. */
static const unsigned proved = DNSBL_AS(DNSBL_CLIENT) | DNSBL_AS(DNSBL_PTR) | DNSBL_AS(DNSBL_DKIM);

static void
finish_uses(struct dnsbl_reading *r, struct dnsbl_list *l)
{
	unsigned fitting = uses_of_kind(l->kind);

	if (l->uses & ~fitting)
		list_error(r, l, "uses that do not fit its kind");
	if (l->allow && (l->uses & ~proved || !(fitting & proved)))
		list_error(r, l, "a list of the good can only be asked about what is proved: client, ptr, dkim");
	if (l->uses == 0)
		l->uses = l->allow ? fitting & proved : fitting;
}

static void
finish_list(struct dnsbl_reading *r, struct dnsbl_list *l)
{
	struct dnsbl_code *c = l->codes.items;

	if (l->kind == DNSBL_KIND_N) {
		list_error(r, l, "no kind");
		return;
	}
	if (!has_meaning(l))
		list_error(r, l, "no code that counts");
	if (l->key && str_find(l->keyed, STR("KEY")) == STR_NPOS)
		list_error(r, l, "keyed_zone must say where the KEY stands");
	finish_uses(r, l);
	default_tests(l);
	for (size_t i = 0; i < l->codes.n; i++) {
		c[i].score = (int)((c[i].score * l->weight + DNSBL_WEIGHT / 2) / DNSBL_WEIGHT);
		if (l->allow)
			c[i].score = -c[i].score;
	}
}

/* ---- options ---- */

static void
option_error(struct dnsbl_reading *r, const char *option, struct str word, const char *what)
{
	struct suggest near;
	struct buf b;
	const struct dnsbl_list *l = r->lists.items;

	suggest_init(&near, word);
	for (size_t i = 0; i < r->lists.n; i++)
		suggest_try(&near, l[i].name);
	buf_init(&b, 1024);
	buf_printf(&b, "%s '%.*s'", what, STR_ARG(str_upto(word, 80)));
	if (!find_list(&r->lists, word))
		suggest_write(&near, &b);
	conf_error(&r->errors, "configuration", 0, str_of(option), buf_str(&b));
	buf_clear(&b);
}

static void
switch_lists(struct dnsbl_reading *r, const char *option, const struct opt_list *names, bool on)
{
	for (size_t i = 0; i < names->n; i++) {
		struct dnsbl_list *l = find_list(&r->lists, names->item[i]);

		if (l)
			l->on = on;
		else
			option_error(r, option, names->item[i], "unknown list");
	}
}

/* The zone with the operator's key in the place of KEY. */
static void
apply_key(struct dnsbl_reading *r, struct str pair)
{
	size_t eq = str_chr(pair, '=');
	struct dnsbl_list *l = find_list(&r->lists, str_upto(pair, eq));
	struct str key = str_from(pair, eq + 1);
	size_t at;

	if (eq == STR_NPOS || !l || l->key == 0) {	/* errors are logged, so the key is not in them */
		option_error(r, "dnsbl.keys", eq == STR_NPOS ? STR("...") : str_upto(pair, eq),
		    eq == STR_NPOS ? "wanted: LIST=KEY; got" : !l ? "unknown list" : "takes no key:");
		return;
	}
	at = str_find(l->keyed, STR("KEY"));
	if (at == STR_NPOS)
		return;			/* an error of the table, noted there */
	l->zone = pool_printf(r->pool, "%.*s%.*s%.*s", STR_ARG(str_upto(l->keyed, at)), STR_ARG(key),
	    STR_ARG(str_from(l->keyed, at + 3)));
	if (!is_zone(l->zone))
		option_error(r, "dnsbl.keys", l->name, "characters that no name has in the key of");
	l->key = 0;
}

static void
apply_options(struct dnsbl_reading *r, const struct dnsbl_conf *conf)
{
	const struct dnsbl_list *l;

	switch_lists(r, "dnsbl.enable", &conf->enable, true);
	switch_lists(r, "dnsbl.disable", &conf->disable, false);
	for (size_t i = 0; i < conf->keys.n; i++)
		apply_key(r, conf->keys.item[i]);
	l = r->lists.items;
	for (size_t i = 0; i < r->lists.n; i++)
		if (l[i].on && l[i].key == 2)
			option_error(r, "dnsbl.keys", l[i].name, "needed to use");
}

static void
read_file(struct dnsbl_reading *r, struct str path)
{
	struct source s = { .pool = r->pool, .errors = &r->errors, .includes = true };
	const struct conf_line *line;

	if (source_file(&s, pool_cstr(r->pool, path)) == RC_NONE)
		conf_error(&r->errors, pool_cstr(r->pool, path), 0, STR("dnsbl.files"), STR("no such file"));
	r->at = NULL;
	line = s.lines.items;
	for (size_t i = 0; i < s.lines.n; i++) {
		r->line = &line[i];
		take_line(r);
	}
}

enum rc
dnsbl_lists_read(const struct dnsbl_conf *conf, struct dnsbl_lists **out, struct buf *errors)
{
	struct dnsbl_reading r = { .pool = pool_new(0), .errors = { errors, 0 } };
	struct dnsbl_lists *done = pool_alloc(r.pool, sizeof(*done));
	struct dnsbl_list *l;

	for (size_t i = 0; i < conf->files.n; i++)
		read_file(&r, conf->files.item[i]);
	l = r.lists.items;
	for (size_t i = 0; i < r.lists.n; i++)
		finish_list(&r, &l[i]);
	apply_options(&r, conf);
	if (r.errors.n) {
		pool_free(&r.pool);
		return RC_BAD;
	}
	done->pool = r.pool;
	done->known = r.lists.n;
	done->suffixes = suffixes_new();
	for (size_t i = 0; l && i < r.lists.n; i++) {
		l[i].suffixes = l[i].registered ? done->suffixes : NULL;
		if (l[i].on)
			*(struct dnsbl_list *)vec_push(r.pool, &done->list, sizeof(*l)) = l[i];
	}
	*out = done;
	return RC_OK;
}

void
dnsbl_lists_free(struct dnsbl_lists **lists)
{
	struct pool *pool = *lists ? (*lists)->pool : NULL;

	if (pool) {
		suffixes_free(&(*lists)->suffixes);
		pool_free(&pool);
	}
	*lists = NULL;
}

const struct dnsbl_list *
dnsbl_list_at(const struct dnsbl_lists *lists, size_t i)
{
	return (const struct dnsbl_list *)lists->list.items + i;
}
