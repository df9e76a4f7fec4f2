/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "databases.h"

#include <clamav.h>
#include <dirent.h>
#include <stdlib.h>
#include <unistd.h>

#include "engine/engine.h"

struct list {
	struct pool *pool;
	struct database *item;
	size_t n;
};

/* "/var/lib/clamav/daily.cvd" is "daily"; empty when it is no database of ClamAV's own form. */
static struct str
name_of(struct str path)
{
	size_t slash = str_rchr(path, '/');
	struct str file = slash == STR_NPOS ? path : str_from(path, slash + 1);

	if (!str_ends_nocase(file, STR(".cvd")) && !str_ends_nocase(file, STR(".cld")))
		return STR_NONE;
	return str_upto(file, file.n - 4);
}

static void
add(struct list *l, struct str path)
{
	struct database *d = &l->item[l->n];
	struct cl_cvd *head;

	*d = (struct database){ .path = path, .name = name_of(path) };
	if (d->name.n == 0 || access(path.p, R_OK) != 0)
		return;
	head = cl_cvdhead(path.p);
	if (head) {
		d->version = head->version;
		d->signatures = head->sigs;
		d->built_ms = (int64_t)head->stime * 1000;
		cl_cvdfree(head);
	}
	l->n++;
}

static int
by_name(const struct dirent **a, const struct dirent **b)
{
	return str_cmp(str_of((*a)->d_name), str_of((*b)->d_name));
}

static void
add_all(struct list *l, struct str path)
{
	struct dirent **entries;
	int n = scandir(path.p, &entries, NULL, by_name);

	if (n < 0) {
		if (l->n < DATABASES_MAX)
			add(l, path);		/* no folder */
		return;
	}
	for (int i = 0; i < n; i++) {
		if (l->n < DATABASES_MAX)
			add(l, pool_printf(l->pool, "%s/%s", path.p, entries[i]->d_name));
		free(entries[i]);
	}
	free(entries);
}

size_t
databases_list(const struct conf *conf, struct pool *pool, const struct database **out)
{
	const struct engine_conf *ec = conf_values(conf, &engine_table);
	struct list l = { .pool = pool, .item = pool_alloc(pool, DATABASES_MAX * sizeof(*l.item)) };

	for (size_t i = 0; i < ec->clamav_databases.n; i++)
		add_all(&l, pool_str(pool, ec->clamav_databases.item[i]));
	*out = l.item;
	return l.n;
}

bool
databases_official(const struct database *d, size_t n)
{
	bool main_seen = false, daily_seen = false;

	for (size_t i = 0; i < n; i++) {
		main_seen |= str_eq(d[i].name, STR("main"));
		daily_seen |= str_eq(d[i].name, STR("daily"));
	}
	return main_seen && daily_seen;
}
