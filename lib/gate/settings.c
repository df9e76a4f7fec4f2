/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "gate/settings.h"

#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "auth/arc_opts.h"
#include "auth/auth_opts.h"
#include "base/vec.h"
#include "check/check.h"
#include "check/dnsbl.h"
#include "check/dnsbl_lists.h"
#include "check/link_service.h"
#include "check/services.h"
#include "click/click_opts.h"
#include "conf/limits_opts.h"
#include "engine/engine.h"
#include "gate/dmarc_rows.h"
#include "gate/ledger.h"
#include "gate/links.h"
#include "history/history.h"
#include "jobs/feeds.h"
#include "jobs/jobs.h"
#include "jobs/keeping.h"
#include "net/dns.h"
#include "net/http.h"
#include "policy/flow.h"
#include "policy/group_test.h"
#include "policy/groups.h"
#include "policy/links_opts.h"
#include "policy/policy.h"
#include "policy/quarantine.h"
#include "policy/rcpt_groups.h"
#include "recipient/recipients.h"
#include "response/digest_opts.h"
#include "response/response.h"
#include "store/bodies.h"
#include "store/counters.h"
#include "store/records.h"
#include "worker/workers.h"

#ifndef SEKIMORI_RULES_DIR
#define SEKIMORI_RULES_DIR "/usr/local/share/sekimori/rules"
#endif

const struct opt_table *const settings[] = {
	&gate_table,
	&policy_table,
	&senders_table,
	&flow_table,
	&links_table,
	&rcpt_groups_table,
	&quarantine_table,
	&ledger_table,
	&records_table,
	&bodies_table,
	&release_table,
	&check_table,
	&engine_table,
	&worker_table,
	&limits_table,
	&dns_table,
	&auth_table,
	&dmarc_rows_table,
	&arc_table,
	&counters_table,
	&dnsbl_table,
	&link_service_table,
	&history_table,
	&geo_table,
	&recipients_table,
	&http_table,
	&feeds_table,
	&holds_table,
	&purge_table,
	&digest_table,
	&click_table,
#define CHECK(name)
#define CHECK_WITH_OPTIONS(name) &check_##name##_options,
#include "check/checks.list"
#undef CHECK
#undef CHECK_WITH_OPTIONS
	NULL
};

/* Programs that were not installed lie somewhere below a folder `build` of the tree. */
static bool
tree_rules(struct buf *out)
{
	char self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self));
	struct str path = { self, n > 0 ? (size_t)n : 0 };
	size_t at, mark;

	while ((at = str_rchr(path, '/')) != STR_NPOS) {
		path = str_upto(path, at);
		if (!str_ends_nocase(path, STR("/build")))
			continue;
		buf_reset(out);
		buf_add(out, str_upto(path, path.n - (sizeof("/build") - 1)));
		buf_adds(out, "/rules");
		mark = out->n;
		buf_adds(out, "/presets/recommended.conf");
		if (!out->full && access(buf_cstr(out), R_OK) == 0) {
			out->n = mark;
			out->p[mark] = '\0';
			return true;
		}
	}
	return false;
}

void
settings_rules_dir(struct buf *out)
{
	if (tree_rules(out))
		return;
	buf_reset(out);
	buf_adds(out, SEKIMORI_RULES_DIR);
}

/* The rules folder that the operator's own lines ask for, if they can be read at all. */
static void
chosen_rules_dir(const char *path, struct buf *dir)
{
	struct conf *conf;
	struct buf errors;
	const struct gate_conf *gate;

	buf_init(&errors, 0);
	settings_rules_dir(dir);
	if (path && conf_load(path, settings, (struct conf_base){ .key = NULL }, &conf, &errors) == RC_OK) {
		gate = conf_values(conf, &gate_table);
		if (gate->rules_dir.n) {
			buf_reset(dir);
			buf_add(dir, gate->rules_dir);
		}
		conf_put(&conf);
	}
	buf_clear(&errors);
}

static bool
is_in_use(const struct dnsbl_lists *lists, struct str name)
{
	for (size_t i = 0; i < lists->list.n; i++)
		if (str_eq_nocase(dnsbl_list_at(lists, i)->name, name))
			return true;
	return false;
}

static void
try_group(const struct senders_conf *c, const struct group *g, const struct dnsbl_lists *lists, struct buf *errors)
{
	for (size_t t = 0; t < g->n_tests; t++) {
		const struct group_test *test = &g->tests[t];

		if (strcmp(test->cond->name, "list") != 0)
			continue;
		for (size_t i = 0; i < test->n; i++)
			if (!is_in_use(lists, test->values[i].text))
				buf_printf(errors, "%.*s:%zu: list: '%.*s' is no DNS list in use, see dnsbl.enable\n",
				    STR_ARG(c->file), g->line, STR_ARG(test->values[i].text));
	}
}

/* A group that asks for a list that nobody asks would never match. */
static enum rc
try_groups(const struct conf *conf, struct buf *errors)
{
	const struct senders_conf *c = conf_values(conf, &senders_table);
	struct dnsbl_lists *lists = NULL;
	size_t before = errors->n;
	struct buf said;

	buf_init(&said, CONF_BYTES);
	if (dnsbl_lists_read(conf_values(conf, &dnsbl_table), &lists, &said) == RC_OK)
		for (size_t i = 0; i < c->groups.n; i++)
			if (c->groups.item[i].flow != FLOW_NONE)
				try_group(c, &c->groups.item[i], lists, errors);
	buf_clear(&said);
	dnsbl_lists_free(&lists);
	return errors->n == before ? RC_OK : RC_BAD;
}

/* Mail that is parted must have a place where the part of it that is not delivered is kept, and a way back. */
static enum rc
try_policies(const struct conf *conf, struct buf *errors)
{
	const struct rcpt_groups_conf *c = conf_values(conf, &rcpt_groups_table);
	const struct quarantine_conf *q = conf_values(conf, &quarantine_table);
	const struct ledger_conf *l = conf_values(conf, &ledger_table);
	enum rc rc = RC_OK;

	if (c->groups.n == 0)
		return RC_OK;
	if (!l->enable || q->where != QUARANTINE_STORE) {
		buf_adds(errors, "recipient_groups: needs ledger.enable = yes and quarantine.where = store\n");
		rc = RC_BAD;
	}
	for (size_t i = 0; i < c->groups.n; i++)
		if (c->groups.item[i].policy && links_try(c->groups.item[i].policy->conf, errors) != RC_OK)
			rc = RC_BAD;
	return rc;
}

static enum rc
load(const char *path, const struct conf_default *fixed, struct conf **out, struct buf *errors)
{
	static enum rc (*const whole[])(const struct conf *, struct buf *) = { jobs_try, links_try, ledger_try, try_groups,
	    try_policies };
	struct conf_base base = policy_presets;
	struct conf_default defaults[] = { { "rules_dir", NULL }, { NULL, NULL } };
	struct buf dir, presets;
	enum rc rc;

	if (!path && access(SETTINGS_PATH, F_OK) == 0)
		path = SETTINGS_PATH;
	buf_init(&dir, PATH_MAX);
	buf_init(&presets, PATH_MAX + 16);
	chosen_rules_dir(path, &dir);
	buf_add(&presets, buf_str(&dir));
	buf_adds(&presets, "/presets");
	defaults[0].value = buf_cstr(&dir);
	base.dir = buf_cstr(&presets);
	base.defaults = defaults;
	base.fixed = fixed;
	base.files = true;
	rc = conf_load(path, settings, base, out, errors);
	if (rc == RC_OK) {
		rc = services_try(*out, errors);
		for (size_t i = 0; i < sizeof(whole) / sizeof(whole[0]); i++)
			if (whole[i](*out, errors) != RC_OK)
				rc = RC_BAD;	/* and go on: every mistake is told at once */
		if (rc != RC_OK)
			conf_put(out);
	}
	buf_clear(&dir);
	buf_clear(&presets);
	return rc;
}

enum rc
settings_load(const char *path, struct conf **out, struct buf *errors)
{
	return load(path, NULL, out, errors);
}

/* A list of the keys with the values that they have in `running`. */
static const struct conf_default *
values_of(const struct conf *running, struct str keys, struct pool *pool)
{
	struct vec list = { .n = 0 };
	struct buf value, origin;
	struct conf_default *d;
	struct str key;

	buf_init(&value, CONF_BYTES);
	buf_init(&origin, PATH_MAX);
	while (str_next(&keys, '\n', &key)) {
		buf_reset(&value);
		if (!key.n || !conf_show(running, key, &value, &origin))
			continue;
		d = vec_push(pool, &list, sizeof(*d));
		*d = (struct conf_default){ pool_cstr(pool, key), pool_cstr(pool, buf_str(&value)) };
	}
	buf_clear(&value);
	buf_clear(&origin);
	d = vec_push(pool, &list, sizeof(*d));
	*d = (struct conf_default){ NULL, NULL };
	return list.items;
}

enum rc
settings_reload(const char *path, const struct conf *running, struct conf **out, struct buf *errors,
    struct buf *waits)
{
	struct pool *pool;
	enum rc rc = load(path, NULL, out, errors);

	if (rc == RC_OK)
		conf_needs_restart(running, *out, waits);
	if (rc != RC_OK || waits->n == 0)
		return rc;
	/* Once more, so that values that name others ($run_dir/x) follow what stays in force. */
	conf_put(out);
	pool = pool_new(0);
	rc = load(path, values_of(running, buf_str(waits), pool), out, errors);
	pool_free(&pool);
	return rc;
}
