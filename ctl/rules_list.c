/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* rules_list.c - the rules in force, or those that would be */
#include <stdio.h>
#include <sysexits.h>

#include "ask.h"
#include "conf/limits_opts.h"
#include "conf_file.h"
#include "engine/engine.h"
#include "facts.h"
#include "base/jtext.h"
#include "notice.h"
#include "rules.h"

enum { PATIENCE_MS = 10000, TEXT_BYTES = 64 * 1024 * 1024 };

/* Most time first, then most hits, then by name. */
static int
by_cost(const void *a, const void *b)
{
	const struct json_object *x = *(struct json_object *const *)a, *y = *(struct json_object *const *)b;
	int64_t t = facts_num(y, "us") - facts_num(x, "us"), h = facts_num(y, "hits") - facts_num(x, "hits");

	if (t)
		return t < 0 ? -1 : 1;
	if (h)
		return h < 0 ? -1 : 1;
	return str_cmp(facts_str(x, "rule"), facts_str(y, "rule"));
}

static void
put_rule(const struct json_object *r, bool live, struct buf *out)
{
	size_t from = out->n;

	facts_show(r, "rule", out);
	while (out->n - from < 36 && !out->full)
		buf_addc(out, ' ');
	buf_printf(out, " %-10.*s %6.*s ", STR_ARG(facts_str(r, "class")), STR_ARG(facts_text(r, "score")));
	if (live)
		buf_printf(out, "%8lld %10.3f  ", (long long)facts_num(r, "hits"),
		    (double)facts_num(r, "us") / 1000);
	facts_show(r, "file", out);
	buf_addc(out, '\n');
}

static void
show(struct json_object *o, bool live)
{
	struct json_object *list = facts_object(o, "rules");
	struct buf out;

	if (list)
		json_object_array_sort(list, by_cost);
	printf("%-36s %-10s %6s %s%s\n", "RULE", "CLASS", "SCORE", live ? "    HITS         ms  " : "", "FILE");
	buf_init(&out, TEXT_BYTES);
	for (size_t i = 0; i < facts_count(o, "rules"); i++)
		put_rule(facts_at(o, "rules", i), live, &out);
	fwrite(buf_cstr(&out), 1, out.n, stdout);
	buf_clear(&out);
}

static void
show_json(struct json_object *o)
{
	for (size_t i = 0; i < facts_count(o, "rules"); i++) {
		struct buf line;

		buf_init(&line, TEXT_BYTES);
		jtext_write(json_object_get(facts_at(o, "rules", i)), &line);
		puts(buf_cstr(&line));
		buf_clear(&line);
	}
}

/* Load the rule files here: they are the operator's, no mail is near. */
static int
load(const struct conf *conf, struct json_object **out)
{
	const struct engine_conf *ec = conf_values(conf, &engine_table);
	const struct limits *lim = conf_values(conf, &limits_table);
	const struct yara_rule_stat *rules;
	struct yara *yara = NULL;
	struct pool *pool;
	struct buf errors, text;
	size_t n;
	enum rc rc;

	buf_init(&errors, CONF_FILE_ERRORS);
	rc = yara_open(ec->yara_rules, ec->yara_modules, notice_log(LOG_LEVEL_ERR), &yara, &errors);
	notice_lines(buf_str(&errors));
	buf_clear(&errors);
	if (rc != RC_OK || yara_start(yara, lim) != RC_OK) {
		yara_close(&yara);
		return EX_CONFIG;
	}
	pool = pool_new(0);
	buf_init(&text, TEXT_BYTES);
	n = yara_stats(yara, pool, &rules);
	control_put_rules(&text, rules, n);
	*out = facts_parse(buf_str(&text));
	buf_clear(&text);
	pool_free(&pool);
	yara_close(&yara);
	return 0;
}

/* Where a rule stands in an index of "file rule". */
static void
key_of(const struct json_object *rule, struct buf *key)
{
	buf_reset(key);
	buf_add(key, facts_str(rule, "file"));
	buf_addc(key, '\n');
	buf_add(key, facts_str(rule, "rule"));
}

/* Rules nobody has counted yet, because no message came since the last reload. */
static void
add_missing(struct json_object *live, const struct json_object *files)
{
	struct json_object *index = jtext_object(), *list = facts_object(live, "rules");
	struct buf key;

	buf_init(&key, CONF_FILE_ERRORS);
	for (size_t i = 0; i < facts_count(live, "rules"); i++) {
		key_of(facts_at(live, "rules", i), &key);
		json_object_object_add(index, buf_cstr(&key), NULL);
	}
	for (size_t i = 0; i < facts_count(files, "rules"); i++) {
		struct json_object *rule = facts_at(files, "rules", i);

		key_of(rule, &key);
		if (!json_object_object_get_ex(index, buf_cstr(&key), NULL))
			json_object_array_add(list, json_object_get(rule));
	}
	buf_clear(&key);
	json_object_put(index);
}

int
rules_list(const struct rules_order *order)
{
	struct json_object *live = NULL, *files = NULL;
	struct conf *conf;
	int status = conf_file_open(order->config, &conf), asked;

	if (status != 0)
		return status;
	asked = ask(conf, CONTROL_RULES, PATIENCE_MS, true, &live);
	if (asked == EX_UNAVAILABLE)
		notice("no sekimorid runs: these are the rules it would load");
	status = asked == 0 || asked == EX_UNAVAILABLE ? load(conf, &files) : asked;
	if (asked == 0 && status == 0)
		add_missing(live, files);
	if (status == 0 && order->json)
		show_json(asked == 0 ? live : files);
	else if (status == 0)
		show(asked == 0 ? live : files, asked == 0);
	json_object_put(live);
	json_object_put(files);
	conf_put(&conf);
	return status;
}
