/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "link/rewrite.h"

#include "base/hash.h"

static const struct {
	const char *name, *help;
} actions[REWRITE_N] = {
	[REWRITE_LEAVE] = { "leave", "The link stays as it is." },
	[REWRITE_DEFANG] = { "defang", "It is no link any more, but people can read where it led: hxxp://bad[.]example/." },
	[REWRITE_TEXT] = { "text", "links.text stands in place of the link and its words." },
	[REWRITE_UNLINK] = { "unlink", "It is no link any more; its words stay." },
	[REWRITE_TO] = { "rewrite", "The link leads to the click gate, which judges it again when it is followed." },
};

const char *
rewrite_name(enum rewrite_action a)
{
	return actions[a].name;
}

const char *
rewrite_help(enum rewrite_action a)
{
	return actions[a].help;
}

bool
rewrite_is_pgp(struct str text)
{
	return str_find(text, STR("-----BEGIN PGP ")) != STR_NPOS;
}

/* --- defanged URLs --- */

static struct str
tame_scheme(struct str scheme)
{
	static const struct { const char *name, *tame; } known[] = {
		{ "http", "hxxp" }, { "https", "hxxps" }, { "ftp", "fxp" },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (str_eq_nocase(scheme, str_of(known[i].name)))
			return str_of(known[i].tame);
	return scheme;
}

struct str
rewrite_defang(struct pool *pool, struct str url)
{
	size_t colon = str_chr(url, ':'), at;
	struct str rest = colon == STR_NPOS ? STR_NONE : str_from(url, colon + 1), out;
	bool host = str_starts(rest, STR("//"));
	struct buf b;

	if (!host)
		return pool_printf(pool, "%.*s[:][...]", STR_ARG(str_upto(url, colon == STR_NPOS ? 0 : colon)));
	buf_init(&b, 3 * url.n + 16);
	buf_add(&b, tame_scheme(str_upto(url, colon)));
	buf_adds(&b, "://");
	rest = str_from(rest, 2);
	for (at = 0; at < rest.n && rest.p[at] != '/' && rest.p[at] != '?' && rest.p[at] != '#'; at++)
		buf_add(&b, rest.p[at] == '.' ? STR("[.]") : str_sub(rest, at, 1));
	/* Dots of the rest as well where something looks like a host: "/?u=www.bad.example". */
	for (; at < rest.n; at++)
		buf_add(&b, rest.p[at] == '.' ? STR("[.]") : rest.p[at] == ':' ? STR("[:]") : str_sub(rest, at, 1));
	out = pool_str(pool, buf_str(&b));
	buf_clear(&b);
	return out;
}

/* --- the table --- */

struct rewrite_table {
	const struct rewrite_row *row;
	uint32_t *slots;		/* index + 1, 0 is free; at most half of them are taken */
	size_t n_slots;			/* power of two */
};

static size_t
slot_of(const struct rewrite_table *t, struct str url)
{
	uint64_t key = hash_key(url, t->n_slots);
	size_t at = (size_t)(key ^ key >> 32) & (t->n_slots - 1);

	while (t->slots[at] && !str_eq(t->row[t->slots[at] - 1].url, url))
		at = (at + 1) & (t->n_slots - 1);
	return at;
}

struct rewrite_table *
rewrite_table_new(struct pool *pool, const struct rewrite_row *row, size_t n)
{
	struct rewrite_table *t = pool_alloc(pool, sizeof(*t));

	*t = (struct rewrite_table){ .row = row, .n_slots = 16 };
	while (t->n_slots < 2 * n)
		t->n_slots *= 2;
	t->slots = pool_alloc(pool, t->n_slots * sizeof(*t->slots));
	for (size_t i = 0; i < n; i++)
		t->slots[slot_of(t, row[i].url)] = (uint32_t)i + 1;
	return t;
}

const struct rewrite_row *
rewrite_table_find(const struct rewrite_table *t, struct str url)
{
	uint32_t i = t->slots[slot_of(t, url)];

	return i ? &t->row[i - 1] : NULL;
}
