/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "timers.h"

#include <glob.h>
#include <stdio.h>

#include "base/clock.h"
#include "conf/source.h"
#include "base/jtext.h"
#include "gate/settings.h"
#include "jobs/jobs.h"
#include "notice.h"

enum { MINUTE_MS = 60000, ERRORS = 1024, KEY = 64 };

static bool
read_state(struct pool *pool, const char *path, struct source *s, struct buf *errors)
{
	struct conf_errors *collect = pool_alloc(pool, sizeof(*collect));

	collect->out = errors;
	*s = (struct source){ .pool = pool, .errors = collect };
	return source_file(s, path) == RC_OK;
}

static void
put_age(struct buf *out, const char *what, struct str ms)
{
	uint64_t at;
	int64_t minutes;

	if (!str_to_u64(ms, &at) || at == 0 || at > INT64_MAX)
		return;
	minutes = (clock_wall_ms() - (int64_t)at) / MINUTE_MS;
	if (minutes < 0)
		buf_printf(out, ", %s in %lld min", what, -(long long)minutes);
	else
		buf_printf(out, ", %s %lld min ago", what, (long long)minutes);
}

/* One line for each job or feed; an error that is over is not in the file. */
static void
put_line(const struct conf_line *l, struct buf *out)
{
	static const struct { struct str key; const char *what; } ages[] = {
		{ STR("last_ms"), "last" }, { STR("checked_ms"), "there" }, { STR("changed_ms"), "changed" },
	};

	if (str_eq(l->key, STR("job")) || str_eq(l->key, STR("feed"))) {
		buf_printf(out, "%s%.*s ", out->n && out->p[out->n - 1] != '\n' ? "\n  " : "  ", STR_ARG(l->key));
		notice_escape(l->value, out);
	}
	for (size_t i = 0; i < sizeof(ages) / sizeof(ages[0]); i++)
		if (str_eq(l->key, ages[i].key))
			put_age(out, ages[i].what, l->value);
	if (str_eq(l->key, STR("next_ms"))) {
		uint64_t at;
		int64_t sec = str_to_u64(l->value, &at) ? ((int64_t)at - clock_wall_ms()) / 1000 : 0;

		buf_printf(out, ", next in %lld s", (long long)(sec > 0 ? sec : 0));
	} else if (str_eq(l->key, STR("entries")) || str_eq(l->key, STR("failures")) || str_eq(l->key, STR("bad"))) {
		buf_printf(out, ", %.*s %.*s", STR_ARG(l->key), STR_ARG(l->value));
	} else if (str_eq(l->key, STR("stale")) && str_eq(l->value, STR("yes"))) {
		buf_adds(out, ", *** STALE ***");
	} else if (str_eq(l->key, STR("error"))) {
		buf_adds(out, ": ");
		notice_escape(l->value, out);
	}
}

static void
put_lines(const struct source *s, void *arg)
{
	const struct conf_line *lines = s->lines.items;
	struct buf *out = arg;

	for (size_t i = 0; i < s->lines.n; i++)
		put_line(&lines[i], out);
	if (s->lines.n)
		buf_addc(out, '\n');
}

static void
with_file(struct pool *pool, const char *path, void (*put)(const struct source *, void *), void *arg)
{
	struct source s;
	struct buf errors;

	buf_init(&errors, ERRORS);
	if (read_state(pool, path, &s, &errors))
		put(&s, arg);
	buf_clear(&errors);
}

/* That of the jobs, then those of the feeds. */
static void
with_all(const struct conf *conf, void (*put)(const struct source *, void *), void *arg)
{
	const struct gate_conf *gc = conf_values(conf, &gate_table);
	struct pool *pool = pool_new(0);
	glob_t found = { 0 };

	with_file(pool, pool_printf(pool, "%.*s/" JOBS_STATE, STR_ARG(gc->state_dir)).p, put, arg);
	if (glob(pool_printf(pool, "%.*s/feeds/*.state", STR_ARG(gc->state_dir)).p, 0, NULL, &found) == 0)
		for (size_t i = 0; i < found.gl_pathc && i < TIMERS_FEEDS; i++)
			with_file(pool, found.gl_pathv[i], put, arg);
	globfree(&found);
	pool_free(&pool);
}

void
timers_show(const struct conf *conf, struct buf *out)
{
	buf_adds(out, "jobs\n");
	with_all(conf, put_lines, out);
}

/* ---- for programs ---- */

struct lists {
	struct json_object *jobs, *feeds, *at;
};

static struct json_object *
value_of(const struct conf_line *l)
{
	uint64_t n;

	if (str_eq(l->key, STR("stale")))
		return json_object_new_boolean(str_eq(l->value, STR("yes")));
	if (str_to_u64(l->value, &n) && n <= INT64_MAX && !str_eq(l->key, STR("feed")))
		return json_object_new_int64((int64_t)n);
	return jtext_str(l->value);
}

/* The hash that a feed is known by is nobody's business. The key is copied: the file is gone before the object. */
static void
add_member(struct json_object *o, const struct conf_line *l)
{
	char key[KEY];

	snprintf(key, sizeof(key), "%.*s", STR_ARG(str_upto(l->key, KEY - 1)));
	if (!str_eq(l->key, STR("source")))
		json_object_object_add(o, key, value_of(l));
}

static void
add_lines(const struct source *s, void *arg)
{
	const struct conf_line *lines = s->lines.items;
	struct lists *all = arg;

	for (size_t i = 0; i < s->lines.n; i++) {
		bool job = str_eq(lines[i].key, STR("job"));

		if (job || str_eq(lines[i].key, STR("feed"))) {
			all->at = jtext_object();
			json_object_array_add(job ? all->jobs : all->feeds, all->at);
		}
		if (all->at)
			add_member(all->at, &lines[i]);
	}
	all->at = NULL;
}

void
timers_json(const struct conf *conf, struct json_object *out)
{
	struct lists all = { jtext_array(1), jtext_array(1), NULL };

	with_all(conf, add_lines, &all);
	json_object_object_add(out, "jobs", all.jobs);
	json_object_object_add(out, "feeds", all.feeds);
}
