/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "policy/groups.h"

#include <string.h>

#include "base/ascii.h"
#include "base/vec.h"
#include "conf/suggest.h"
#include "policy/group_test.h"

static const char *const flows[FLOW_N] = {
	[FLOW_NONE] = "CONTINUE", [FLOW_BLOCKED] = "BLOCKED", [FLOW_THROTTLED] = "THROTTLED",
	[FLOW_ACCEPTED] = "ACCEPTED", [FLOW_TRUSTED] = "TRUSTED",
};

/* Errors quote what the operator wrote, but not pages of it. */
enum { QUOTE = 80 };

struct reader {
	struct pool *pool;
	const char *file;
	struct conf_errors *errors;
	const struct group_kind *kind;
	struct vec groups;		/* struct group */
	size_t line;			/* at which the group began */
	struct vec tests;		/* struct group_test, of the group at work */
	bool bad;			/* it has an error: it is not kept */
};

bool
groups_describe(size_t i, const char **name, const char **value, const char **help)
{
	const struct group_cond *c = &group_conds[i];

	if (!c->name)
		return false;
	*name = c->name;
	*value = c->value;
	*help = c->help;
	return true;
}

static void
error(struct reader *r, struct str key, struct buf *why)
{
	conf_error(r->errors, r->file, r->line, str_upto(key, QUOTE), buf_str(why));
	buf_clear(why);
	r->bad = true;
}

static struct str
cut_word(struct str *rest)
{
	size_t n = 0;
	struct str word;

	*rest = str_trim(*rest);
	while (n < rest->n && !ascii_is_space((unsigned char)rest->p[n]))
		n++;
	word = str_upto(*rest, n);
	*rest = str_from(*rest, n);
	return word;
}

static bool
is_group_name(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!ascii_is_alnum((unsigned char)s.p[i]) && s.p[i] != '_' && s.p[i] != '-')
			return false;
	return s.n > 0 && s.n <= GROUP_NAME;
}

static bool
flow_policy(void *arg, struct str word, struct group *g, struct buf *why)
{
	struct pool *pool = arg;
	struct suggest near;

	suggest_init(&near, pool_lower(pool, word));
	for (int f = 0; f < FLOW_N; f++) {
		if (str_eq_nocase(word, str_of(flows[f]))) {
			g->flow = (enum flow)f;
			g->word = flows[f];
			g->goes_on = f == FLOW_NONE;
			return true;
		}
		suggest_try(&near, pool_lower(pool, str_of(flows[f])));
	}
	if (word.n)
		buf_printf(why, "'%.*s' is no policy; it must be", STR_ARG(str_upto(word, QUOTE)));
	else
		buf_adds(why, "a policy is missing:");
	buf_adds(why, " BLOCKED, THROTTLED, ACCEPTED, TRUSTED or CONTINUE");
	suggest_write(&near, why);
	return false;
}

static const struct group_cond *
find_cond(struct reader *r, struct str name, struct str word)
{
	struct suggest near;
	struct buf why;

	suggest_init(&near, word);
	for (const struct group_cond *c = r->kind->conds; c->name; c++) {
		if (str_eq_nocase(word, str_of(c->name)))
			return c;
		suggest_try(&near, str_of(c->name));
	}
	buf_init(&why, 1024);
	buf_printf(&why, "'%.*s' is no condition", STR_ARG(str_upto(word, QUOTE)));
	suggest_write(&near, &why);
	error(r, name, &why);
	return NULL;
}

static void
add_values(struct reader *r, const struct group_cond *cond, struct str values, struct vec *out)
{
	struct str key = str_of(cond->name), word;
	struct buf why;

	buf_init(&why, 1024);
	while (str_next(&values, ',', &word)) {
		struct group_value v = { .low = 0 };

		if (out->n >= GROUPS_VALUES) {
			buf_printf(&why, "more than %d values: so many belong into a feed", GROUPS_VALUES);
			error(r, key, &why);
			return;
		}
		if (cond->parse(word, &v)) {
			if (r->kind->value && !r->kind->value(r->kind->arg, cond, &v, &why)) {
				error(r, key, &why);
				continue;
			}
			*(struct group_value *)vec_push(r->pool, out, sizeof(v)) = v;
			continue;
		}
		buf_printf(&why, "'%.*s' is not %s", STR_ARG(str_upto(word, QUOTE)), cond->value);
		error(r, key, &why);
	}
}

/* "network=192.0.2.0/24,198.51.100.7" */
static void
add_test(struct reader *r, struct str name, struct str word)
{
	size_t eq = str_chr(word, '=');
	const struct group_cond *cond = find_cond(r, name, str_upto(word, eq));
	const struct group_test *tests = r->tests.items;
	struct vec values = { .n = 0 };
	struct buf why;

	if (!cond)
		return;
	buf_init(&why, 1024);
	for (size_t i = 0; i < r->tests.n; i++) {
		if (tests[i].cond == cond) {
			buf_adds(&why, "twice in one line; several values are separated by commas, without blanks");
			error(r, str_of(cond->name), &why);
			return;
		}
	}
	if (eq == STR_NPOS || eq + 1 == word.n) {
		buf_printf(&why, "needs a value: %s=%s", cond->name, cond->value);
		error(r, str_of(cond->name), &why);
		return;
	}
	add_values(r, cond, str_from(word, eq + 1), &values);
	*(struct group_test *)vec_push(r->pool, &r->tests, sizeof(struct group_test)) =
	    (struct group_test){ cond, values.items, values.n };
}

/* A name stands for one policy, and nothing comes behind a line for everybody. */
static void
check_order(struct reader *r, const struct group *g)
{
	const struct group *all = r->groups.items;
	struct buf why;

	buf_init(&why, 1024);
	for (size_t i = 0; i < r->groups.n && !r->bad; i++) {
		if (str_eq_nocase(all[i].name, g->name) && strcmp(all[i].word, g->word) != 0) {
			buf_printf(&why, "is %s, but %s at line %zu", g->word, all[i].word, all[i].line);
			error(r, g->name, &why);
		} else if (all[i].n_tests == 0 && !all[i].goes_on) {
			buf_printf(&why, "is never reached: %.*s at line %zu takes everybody", STR_ARG(all[i].name),
			    all[i].line);
			error(r, g->name, &why);
		}
	}
}

static void
take_group(struct reader *r, struct str text)
{
	struct group g = { .name = cut_word(&text), .word = "", .line = r->line };
	struct buf why;

	if (g.name.n == 0)
		return;
	r->bad = false;
	r->tests = (struct vec){ .n = 0 };
	buf_init(&why, 1024);
	if (!is_group_name(g.name)) {
		buf_printf(&why, "is no name: up to %d letters, digits, '-' and '_'", GROUP_NAME);
		error(r, g.name, &why);
	}
	if (!r->kind->policy(r->kind->arg, cut_word(&text), &g, &why))
		error(r, g.name, &why);
	for (struct str word = cut_word(&text); word.n; word = cut_word(&text))
		add_test(r, g.name, word);
	g.tests = r->tests.items;
	g.n_tests = r->tests.n;
	check_order(r, &g);
	if (!r->bad)
		*(struct group *)vec_push(r->pool, &r->groups, sizeof(g)) = g;
}

/* Put the lines that begin with white space behind the one they continue. */
void
groups_read(struct pool *pool, const char *file, struct str text, struct conf_errors *errors,
    const struct group_kind *kind, struct groups *out)
{
	struct reader r = { .pool = pool, .file = file, .errors = errors, .kind = kind };
	struct buf open;
	struct str line;
	size_t number = 0;

	text = pool_str(pool, text);
	buf_init(&open, text.n + 1);
	while (str_next(&text, '\n', &line)) {
		bool continues = line.n && ascii_is_wsp((unsigned char)line.p[0]);
		struct str bare = str_trim(line);

		if (++number > GROUPS_LINES) {
			conf_errorf(errors, file, number, STR_NONE, "more than %d lines", GROUPS_LINES);
			break;
		}
		if (bare.n == 0 || bare.p[0] == '#')
			continue;
		if (!continues) {
			take_group(&r, pool_str(pool, buf_str(&open)));
			buf_reset(&open);
			r.line = number;
		} else if (open.n == 0) {
			conf_errorf(errors, file, number, STR_NONE, "continues no line");
			continue;
		}
		buf_addc(&open, ' ');
		buf_add(&open, bare);
	}
	take_group(&r, pool_str(pool, buf_str(&open)));
	buf_clear(&open);
	*out = (struct groups){ r.groups.items, r.groups.n };
}

void
groups_parse(struct pool *pool, const char *file, struct str text, struct conf_errors *errors, struct groups *out)
{
	groups_read(pool, file, text, errors, &(struct group_kind){ group_conds, flow_policy, NULL, pool }, out);
}

/* Yes, no, or nobody could say. */
enum answer { NO, OPEN, YES };

static enum answer
holds(const struct group_test *t, const struct group_facts *f)
{
	if (f->open)
		*f->open = false;
	for (size_t i = 0; i < t->n; i++)
		if (t->cond->holds(f, &t->values[i]))
			return YES;
	return f->open && *f->open ? OPEN : NO;
}

/* What costs nothing first: where that says no, nobody is asked. */
static enum answer
matches(const struct group *g, const struct group_facts *f)
{
	enum answer all = YES;

	for (int asking = 0; asking < 2; asking++) {
		for (size_t i = 0; i < g->n_tests; i++) {
			enum answer one = g->tests[i].cond->asks == asking ? holds(&g->tests[i], f) : YES;

			if (one == NO)
				return NO;
			if (one == OPEN)
				all = OPEN;
		}
	}
	return all;
}

const struct group *
groups_first(const struct groups *groups, const struct group_facts *f, bool *open)
{
	*open = false;
	for (size_t i = 0; i < groups->n; i++) {
		enum answer is = groups->item[i].goes_on ? NO : matches(&groups->item[i], f);

		if (is == NO)
			continue;
		*open = is == OPEN;
		return &groups->item[i];
	}
	return NULL;
}

const struct group *
groups_match(const struct groups *groups, const struct group_facts *facts)
{
	struct group_facts f = *facts;
	bool open;

	f.has_ip = ip_parse(f.session->client_addr, &f.ip);
	f.open = NULL;
	return groups_first(groups, &f, &open);
}
