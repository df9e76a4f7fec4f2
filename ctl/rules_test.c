/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* rules_test.c - which rule hits which part of which mail, on what strings */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "conf/value.h"
#include "conf_file.h"
#include "facts.h"
#include "gate/local.h"
#include "notice.h"
#include "rules.h"
#include "scanner.h"
#include "signals.h"

enum { EXIT_NONE = 1, EXIT_ERROR = 2, LIST_BYTES = 256 * 1024, LINE_BYTES = 64 * 1024 };

struct trial {
	bool json;
	size_t hits, mails, errors;
};

/* "mail: part RULE: description; strings" */
static void
put_hit(const char *path, const struct json_object *f)
{
	struct buf line;

	buf_init(&line, LINE_BYTES);
	notice_escape(str_of(path), &line);
	buf_adds(&line, ": ");
	if (facts_str(f, "part").n)
		facts_show(f, "part", &line);
	else
		buf_adds(&line, "message");
	buf_addc(&line, ' ');
	facts_show(f, "evidence", &line);
	puts(buf_cstr(&line));
	buf_clear(&line);
}

static void
each(void *arg, const char *path, struct str json)
{
	struct trial *t = arg;
	struct json_object *o = facts_parse(json);
	struct str why = facts_str(o, "error");

	t->mails++;
	if (t->json && o)
		printf("%.*s\n", STR_ARG(json));
	if (!o || why.n || facts_bool(o, "failed")) {
		notice("%s: %.*s", path, STR_ARG(why.n ? why : STR("no worker could look at it")));
		t->errors++;
	}
	for (size_t i = 0; i < facts_count(o, "findings"); i++) {
		const struct json_object *f = facts_at(o, "findings", i);

		if (!str_eq(facts_str(f, "name"), STR("YARA")))
			continue;
		t->hits++;
		if (!t->json)
			put_hit(path, f);
	}
	json_object_put(o);
}

/* One more word for a list; in a value $$ stands for one $. */
static void
add_path(struct str path, struct buf *list)
{
	struct buf quoted;
	struct str word;

	buf_init(&quoted, 2 * PATH_MAX + 2);
	value_quote(path, &quoted);
	word = buf_str(&quoted);
	if (list->n)
		buf_adds(list, ", ");
	for (size_t i = 0; i < word.n; i++) {
		if (word.p[i] == '$')
			buf_addc(list, '$');
		buf_addc(list, word.p[i]);
	}
	buf_clear(&quoted);
}

/* No line of a configuration can hold it, not even between quotes. */
static bool
has_control(struct str path)
{
	for (size_t i = 0; i < path.n; i++)
		if ((unsigned char)path.p[i] < 0x20 || path.p[i] == 0x7f)
			return true;
	return false;
}

/* The rule files as the value of engine.yara_rules. */
static bool
list_rules(const struct files *files, struct buf *list)
{
	for (size_t i = 0; i < files->n; i++) {
		char full[PATH_MAX];

		if (!rules_is_file(files->path[i]))
			continue;
		if (!realpath(files->path[i], full)) {
			notice("%s: cannot be read", files->path[i]);
			return false;
		}
		if (has_control(str_of(full))) {
			notice("%s: the path of a rule file can have no control character", full);
			return false;
		}
		add_path(str_of(full), list);
	}
	if (list->n == 0)
		notice("no rule file among them (*.yar, *.yara)");
	return list->n > 0 && !list->full;
}

static void
list_mails(const struct files *files, struct files *mails)
{
	for (size_t i = 0; i < files->n; i++)
		if (!rules_is_file(files->path[i]))
			files_add(mails, files->path[i]);
}

static int
try_on(const struct conf *conf, const struct rules_order *order)
{
	struct trial t = { .json = order->json };
	struct files mails = { .n = 0 };
	struct scanner *s;

	list_mails(&order->files, &mails);
	if (mails.n == 0) {
		notice("no mail among them");
		return EXIT_ERROR;
	}
	if (scanner_open(&(struct judge_setup){ .conf = conf, .local = true, .explain = true }, 0, &s) != RC_OK) {
		files_clear(&mails);
		return EXIT_ERROR;
	}
	if (!scanner_run(s, &mails, &(struct scanner_sink){ .each = each, .arg = &t }))
		t.errors++;
	scanner_close(&s);
	files_clear(&mails);
	signals_die();
	if (!order->json)
		printf("%zu hits in %zu messages\n", t.hits, t.mails);
	return t.errors || order->files.errors ? EXIT_ERROR : t.hits ? 0 : EXIT_NONE;
}

int
rules_test(const struct rules_order *order)
{
	struct conf *conf = NULL, *own = NULL;
	struct buf list, errors;
	int status = EXIT_ERROR;

	buf_init(&list, LIST_BYTES);
	buf_init(&errors, CONF_FILE_ERRORS);
	if (list_rules(&order->files, &list) && conf_file_open(order->config, &conf) == 0) {
		const struct local_override over[] = { { "engine.clamav", "no" }, { "engine.yara", "yes" },
			{ "engine.yara_rules", buf_cstr(&list) }, { NULL, NULL } };

		if (local_conf(conf, over, &own, &errors) == RC_OK)
			status = try_on(own, order);
		notice_lines(buf_str(&errors));
	}
	if (conf)
		conf_put(&conf);
	if (own)
		conf_put(&own);
	buf_clear(&list);
	buf_clear(&errors);
	return status;
}
