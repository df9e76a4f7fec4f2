/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* verb_reload.c - have sekimorid read its configuration, rules and signatures again, and wait */
#include <stdio.h>
#include <sysexits.h>

#include "ask.h"
#include "conf_file.h"
#include "facts.h"
#include "notice.h"
#include "verb.h"

enum { CONFIG };
static const struct args_opt opts[] = {
	[CONFIG] = { 'c', "config", "FILE", "The configuration that names the control socket." },
	{ .name = NULL }
};

enum { GRACE_MS = 30000 };

static int
outcome(const struct json_object *o)
{
	struct str word = facts_str(o, "reload");

	for (size_t i = 0; i < facts_count(o, "errors"); i++)
		notice_lines(str_of(json_object_get_string(facts_at(o, "errors", i))));
	if (str_eq(word, STR("done"))) {
		bool all = facts_count(o, "errors") == 0;

		puts(all ? "reloaded" : "reloaded, without the files that are named above");
		return all ? 0 : EX_DATAERR;
	}
	if (str_eq(word, STR("refused"))) {
		notice("the new set is refused, the old one serves on");
		return EX_CONFIG;
	}
	notice("not reloaded now, the old set serves on");
	return EX_TEMPFAIL;
}

static int
run(struct args *a)
{
	const char *value, *path = NULL;
	struct json_object *o = NULL;
	struct conf *conf;
	int i, status;

	while ((i = args_next(a, &value)) != ARGS_END) {
		switch (i) {
		case CONFIG: path = value; break;
		case ARGS_WORD: return args_usage(a, "takes no words");
		case ARGS_BAD: return EX_USAGE;
		}
	}
	/* A wrong file ends here with every error: sekimorid would refuse it as well. */
	status = conf_file_open(path, &conf);
	if (status != 0)
		return status;
	/* Old and new engines may have to load one after the other, and messages to end. */
	status = ask(conf, CONTROL_RELOAD,
	    2 * ((const struct worker_conf *)conf_values(conf, &worker_table))->load_ms + GRACE_MS, false, &o);
	if (status == 0)
		status = outcome(o);
	json_object_put(o);
	conf_put(&conf);
	return status;
}

const struct verb verb_reload = {
	.name = "reload", .words = "", .opts = opts, .run = run,
	.help = "Have sekimorid read configuration, rules and signatures again; waits for the outcome.",
};
