/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "recipient/table.h"

#include <limits.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "recipient/keys.h"
#include "recipient/read.h"
#include "recipient/server.h"

enum { QUESTION = RECIPIENT_KEYS * (RECIPIENT_ADDRESS + 2), TRIES = 3 };

struct type {
	const char *name, *suffix;
	enum rc (*read)(const char *path, struct keys *, struct buf *why);		/* either */
	enum rc (*server)(const char *path, struct server *out, struct buf *why);	/* or */
};

static const struct type types[] = {
	{ "file", "", read_list, NULL },
	{ "texthash", "", read_texthash, NULL },
	{ "aliases", "", read_aliases, NULL },
	{ "cdb", ".cdb", read_cdb, NULL },
	{ "lmdb", ".lmdb", read_lmdb, NULL },
	{ "hash", ".db", read_db, NULL },
	{ "btree", ".db", read_db, NULL },
	{ "sqlite", "", NULL, server_sqlite },
	{ "ldap", "", NULL, server_ldap },
};

enum { TYPES = sizeof(types) / sizeof(*types) };

/* What tells one state of a file from another. */
struct print {
	dev_t dev;
	ino_t ino;
	off_t size;
	struct timespec mtime;
	bool there;
};

struct table {
	atomic_uint holders;
	struct pool *pool;
	struct str word;
	const char *path;		/* NULL: words */
	struct print print;
	struct keys *keys;		/* one of the two */
	struct asker *asker;
};

void
table_types(struct buf *out)
{
	for (size_t i = 0; i < TYPES; i++)
		buf_printf(out, "%s%s", i ? ", " : "", types[i].name);
}

static struct print
look(const char *path)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return (struct print){ .there = false };
	return (struct print){ st.st_dev, st.st_ino, st.st_size, st.st_mtim, true };
}

static bool
same(const struct print *a, const struct print *b)
{
	return a->there == b->there && a->dev == b->dev && a->ino == b->ino && a->size == b->size &&
	    a->mtime.tv_sec == b->mtime.tv_sec && a->mtime.tv_nsec == b->mtime.tv_nsec;
}

/* A file that changes while it is read is read again. */
static enum rc
read_keys(struct table *t, const struct type *type, const struct table_conf *conf, struct buf *why)
{
	enum rc rc = RC_TEMP;
	size_t mark = why->n;

	for (int i = 0; i < TRIES; i++) {
		struct print after;

		why->n = mark;
		t->keys = keys_new((size_t)conf->entries_max);
		t->print = look(t->path);
		rc = type->read(t->path, t->keys, why);
		after = look(t->path);
		if (same(&t->print, &after))
			break;
		keys_free(&t->keys);
	}
	if (!t->keys && rc == RC_OK) {
		buf_printf(why, "%s: changes all the time\n", t->path);
		rc = RC_TEMP;
	}
	return rc == RC_OK ? RC_OK : RC_BAD;
}

static enum rc
open_server(struct table *t, const struct type *type, const struct table_conf *conf, struct buf *why)
{
	struct server s;
	enum rc rc;

	t->print = look(t->path);
	rc = type->server(t->path, &s, why);
	if (rc == RC_OK)
		t->asker = asker_new(t->word.p, s.ops, s.arg, &conf->asker, conf->lc);
	return rc;
}

static struct table *
new_table(struct str word)
{
	struct pool *pool = pool_new(0);
	struct table *t = pool_alloc(pool, sizeof(*t));

	atomic_init(&t->holders, 1);
	t->pool = pool;
	t->word = pool_str(pool, word);
	return t;
}

static const struct type *
find_type(struct str word, struct str *name)
{
	size_t colon = str_chr(word, ':');

	*name = colon == STR_NPOS ? STR_NONE : str_from(word, colon + 1);
	for (size_t i = 0; i < TYPES && colon != STR_NPOS; i++)
		if (str_eq(str_upto(word, colon), str_of(types[i].name)))
			return &types[i];
	return NULL;
}

bool
table_is_word(struct str word, struct str *name)
{
	return find_type(word, name) && name->n > 0;
}

enum rc
table_open(struct str word, const struct table_conf *conf, struct table **out, struct buf *why)
{
	struct str name;
	const struct type *type = find_type(word, &name);
	struct table *t;
	enum rc rc;

	if (!type || !name.n || name.n >= PATH_MAX) {
		buf_printf(why, "'%.*s' is not TYPE:FILE with one of the types ", STR_ARG(str_upto(word, 200)));
		table_types(why);
		buf_addc(why, '\n');
		return RC_BAD;
	}
	t = new_table(word);
	t->path = pool_printf(t->pool, "%.*s%s", STR_ARG(name), type->suffix).p;
	rc = type->read ? read_keys(t, type, conf, why) : open_server(t, type, conf, why);
	if (rc == RC_OK)
		*out = t;
	else
		table_put(&t);
	return rc;
}

struct table *
table_of_words(const struct str *item, size_t n)
{
	struct table *t = new_table(STR("recipients.domains"));
	enum rc ignored = RC_OK;

	t->keys = keys_new(n);
	for (size_t i = 0; i < n; i++)
		if (keys_add(t->keys, item[i], STR_NONE) != RC_OK)
			ignored = RC_BAD;	/* of a length that no domain has */
	(void)ignored;
	return t;
}

struct table *
table_get(struct table *t)
{
	atomic_fetch_add(&t->holders, 1);
	return t;
}

void
table_put(struct table **at)
{
	struct table *t = *at;
	struct pool *pool;

	*at = NULL;
	if (!t || atomic_fetch_sub(&t->holders, 1) != 1)
		return;
	keys_free(&t->keys);
	asker_put(&t->asker);
	pool = t->pool;
	pool_free(&pool);
}

struct str
table_word(const struct table *t)
{
	return t->word;
}

bool
table_changed(const struct table *t)
{
	struct print now;

	if (!t->path)
		return false;
	now = look(t->path);
	return now.there && !same(&now, &t->print);
}

static enum rc
ask(struct table *t, const struct recipient_keys *k, int64_t deadline_ms)
{
	struct buf question;
	enum rc rc;

	buf_init(&question, QUESTION);
	for (size_t i = 0; i < k->n; i++) {
		buf_add(&question, k->key[i]);
		buf_addc(&question, '\n');
	}
	rc = asker_ask(t->asker, buf_str(&question), deadline_ms);
	buf_clear(&question);
	return rc;
}

enum rc
table_find(struct table *t, const struct recipient_keys *k, int64_t deadline_ms, struct str *value)
{
	struct str found = STR_NONE;

	if (value)
		*value = STR_NONE;
	if (!t->keys)
		return ask(t, k, deadline_ms);
	for (size_t i = 0; i < k->n; i++) {
		if (!keys_find(t->keys, k->key[i], &found))
			continue;
		if (value)
			*value = found;
		return RC_OK;
	}
	return RC_NONE;
}
