/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "recipient/edition.h"

#include "recipient/server.h"

static struct opt_list
copy_list(struct pool *pool, struct opt_list in)
{
	struct str *item = pool_alloc(pool, (in.n + 1) * sizeof(*item));

	for (size_t i = 0; i < in.n; i++)
		item[i] = pool_lower(pool, in.item[i]);
	return (struct opt_list){ item, in.n };
}

/* File names keep their case. */
static struct opt_list
copy_words(struct pool *pool, struct opt_list in)
{
	struct str *item = pool_alloc(pool, (in.n + 1) * sizeof(*item));

	for (size_t i = 0; i < in.n; i++)
		item[i] = str_chr(in.item[i], ':') == STR_NPOS ? pool_lower(pool, in.item[i]) : pool_str(pool, in.item[i]);
	return (struct opt_list){ item, in.n };
}

static void
copy_conf(struct pool *pool, const struct recipients_conf *c, struct recipients_conf *out)
{
	*out = *c;
	out->domains = copy_words(pool, c->domains);
	out->maps = copy_words(pool, c->maps);
	out->groups = copy_words(pool, c->groups);
	out->local_domains = copy_list(pool, c->local_domains);
	out->callahead = copy_list(pool, c->callahead);
	out->always = copy_list(pool, c->always);
	out->delimiter = pool_str(pool, c->delimiter);
	out->helo = pool_str(pool, c->helo);
}

struct edition_conf *
edition_conf_new(const struct recipients_conf *c)
{
	struct pool *pool = pool_new(0);
	struct edition_conf *out = pool_alloc(pool, sizeof(*out));

	out->pool = pool;
	copy_conf(pool, c, &out->conf);
	return out;
}

void
edition_conf_free(struct edition_conf **at)
{
	struct pool *pool = *at ? (*at)->pool : NULL;

	*at = NULL;
	pool_free(&pool);
}

static struct asker_conf
asker_conf(const struct recipients_conf *c)
{
	return (struct asker_conf){ .threads = c->threads, .ask_ms = c->deadline_ms, .positive_ms = c->positive_ms,
	    .negative_ms = c->negative_ms, .cache = c->cache, .retry_ms = c->retry_ms };
}

/* Do askers and tables of the one serve the other? */
static bool
alike(const struct recipients_conf *a, const struct recipients_conf *b)
{
	return a->threads == b->threads && a->deadline_ms == b->deadline_ms && a->positive_ms == b->positive_ms &&
	    a->negative_ms == b->negative_ms && a->cache == b->cache && a->retry_ms == b->retry_ms &&
	    a->catchall_ms == b->catchall_ms && a->entries_max == b->entries_max && str_eq(a->helo, b->helo);
}

static struct table *
from_before(const struct edition *old, struct str word)
{
	const struct tables *lists[] = { &old->domains, &old->maps, &old->groups };

	for (size_t k = 0; k < 3; k++)
		for (size_t i = 0; i < lists[k]->n; i++)
			if (str_eq(table_word(lists[k]->item[i]), word) && !table_changed(lists[k]->item[i]))
				return table_get(lists[k]->item[i]);
	return NULL;
}

struct maker {
	struct edition *e;
	const struct edition *old;	/* what can be shared, or NULL */
	struct table_conf conf;
	struct buf *why;
	bool bad;
};

static void
add_table(struct maker *m, struct tables *t, const char *key, struct str word)
{
	struct table *table = m->old ? from_before(m->old, word) : NULL;
	struct buf why;
	struct str rest, line;

	buf_init(&why, 65536);
	if (table || table_open(word, &m->conf, &table, &why) == RC_OK) {
		t->item[t->n++] = table;
	} else {
		m->bad = true;
		for (rest = buf_str(&why); str_next(&rest, '\n', &line);)
			buf_printf(m->why, "%s: %.*s\n", key, STR_ARG(line));
	}
	buf_clear(&why);
}

/* Domains written as they are become one table, before all others. */
static void
add_domains(struct maker *m, struct tables *t, const struct opt_list *words, const char *key)
{
	struct str *plain = pool_alloc(m->e->pool, (words->n + 1) * sizeof(*plain));
	size_t n = 0;

	t->item = pool_alloc(m->e->pool, (words->n + 1) * sizeof(struct table *));
	for (size_t i = 0; i < words->n; i++)
		if (str_chr(words->item[i], ':') == STR_NPOS)
			plain[n++] = words->item[i];
	if (n)
		t->item[t->n++] = table_of_words(plain, n);
	for (size_t i = 0; i < words->n; i++)
		if (str_chr(words->item[i], ':') != STR_NPOS)
			add_table(m, t, key, words->item[i]);
}

static void
add_tables(struct maker *m, struct tables *t, const struct opt_list *words, const char *key)
{
	t->item = pool_alloc(m->e->pool, (words->n + 1) * sizeof(struct table *));
	for (size_t i = 0; i < words->n; i++)
		add_table(m, t, key, words->item[i]);
}

static size_t
find_hop(const struct edition *e, struct str where)
{
	for (size_t i = 0; i < e->n_hops; i++)
		if (str_eq(e->hops[i].where, where))
			return i;
	return STR_NPOS;
}

/* One asker for a host, whatever is asked: its connections are limited as a whole. */
static size_t
add_hop(struct maker *m, struct str where)
{
	struct edition *e = m->e;
	size_t at = find_hop(e, where), before = m->old ? find_hop(m->old, where) : STR_NPOS;
	struct hop *h = &e->hops[e->n_hops];
	struct server s;

	if (at != STR_NPOS)
		return at;
	h->where = where;
	if (before != STR_NPOS) {
		h->asker = asker_get(m->old->hops[before].asker);
	} else if (server_callahead(where, e->conf.helo, e->conf.catchall_ms, m->conf.lc, &s, m->why) == RC_OK) {
		h->asker = asker_new(pool_cstr(e->pool, where), s.ops, s.arg, &m->conf.asker, m->conf.lc);
	} else {
		m->bad = true;
		return STR_NPOS;
	}
	return e->n_hops++;
}

static void
add_hops(struct maker *m)
{
	struct edition *e = m->e;
	const struct opt_list *words = &e->conf.callahead;

	e->hops = pool_alloc(e->pool, (words->n + 1) * sizeof(*e->hops));
	e->hop_domains = pool_alloc(e->pool, (words->n + 1) * sizeof(*e->hop_domains));
	for (size_t i = 0; i < words->n; i++) {
		struct str w = words->item[i];
		size_t eq = str_chr(w, '='), hop;

		if (eq == STR_NPOS || eq == 0) {
			buf_printf(m->why, "recipients.callahead: '%.*s' is not DOMAIN=HOST\n", STR_ARG(str_upto(w, 100)));
			m->bad = true;
			continue;
		}
		hop = add_hop(m, str_from(w, eq + 1));
		if (hop != STR_NPOS)
			e->hop_domains[e->n_hop_domains++] = (struct hop_domain){ str_upto(w, eq), hop };
	}
}

enum rc
edition_new(const struct recipients_conf *conf, const struct edition *old, struct log_ctx lc, struct edition **out,
    struct buf *why)
{
	struct pool *pool = pool_new(0);
	struct edition *e = pool_alloc(pool, sizeof(*e));
	struct maker m = { .e = e, .why = why };

	atomic_init(&e->holders, 1);
	e->pool = pool;
	copy_conf(pool, conf, &e->conf);
	m.old = old && alike(&old->conf, &e->conf) ? old : NULL;
	m.conf = (struct table_conf){ .entries_max = conf->entries_max, .asker = asker_conf(conf), .lc = lc };
	add_domains(&m, &e->domains, &e->conf.domains, "recipients.domains");
	add_domains(&m, &e->local, &e->conf.local_domains, "recipients.local_domains");
	add_tables(&m, &e->maps, &e->conf.maps, "recipients.maps");
	add_tables(&m, &e->groups, &e->conf.groups, "recipient_groups");
	add_hops(&m);
	if (m.bad)
		edition_put(&e);
	else
		*out = e;
	return m.bad ? RC_BAD : RC_OK;
}

static void
put_tables(struct tables *t)
{
	for (size_t i = 0; i < t->n; i++)
		table_put(&t->item[i]);
}

void
edition_put(struct edition **at)
{
	struct edition *e = *at;
	struct pool *pool;

	*at = NULL;
	if (!e || atomic_fetch_sub(&e->holders, 1) != 1)
		return;
	put_tables(&e->domains);
	put_tables(&e->local);
	put_tables(&e->maps);
	put_tables(&e->groups);
	for (size_t i = 0; i < e->n_hops; i++)
		asker_put(&e->hops[i].asker);
	pool = e->pool;
	pool_free(&pool);
}

bool
edition_changed(const struct edition *e)
{
	const struct tables *lists[] = { &e->domains, &e->maps, &e->local, &e->groups };

	for (size_t k = 0; k < 4; k++)
		for (size_t i = 0; i < lists[k]->n; i++)
			if (table_changed(lists[k]->item[i]))
				return true;
	return false;
}

const struct hop *
edition_hop(const struct edition *e, const struct recipient_keys *domain)
{
	for (size_t k = 0; k <= domain->n; k++) {
		struct str want = k < domain->n ? domain->key[k] : STR("*");

		for (size_t i = 0; i < e->n_hop_domains; i++)
			if (str_eq(e->hop_domains[i].domain, want))
				return &e->hops[e->hop_domains[i].hop];
	}
	return NULL;
}
