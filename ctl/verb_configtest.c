/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* verb_configtest.c - is the configuration right? Every error at once */
#include <stdio.h>
#include <sysexits.h>

#include "conf_file.h"
#include "gate/local.h"
#include "history/geo.h"
#include "notice.h"
#include "policy/policy.h"
#include "verb.h"

enum { CONFIG, ENGINES };
static const struct args_opt opts[] = {
	[CONFIG] = ARGS_CONF,
	[ENGINES] = { 0, "engines", NULL, "Also load every signature and rule and pass the canary, in a sandbox." },
	{ .name = NULL }
};

static void
summary(const struct conf *conf)
{
	const struct policy_conf *p = conf_values(conf, &policy_table);

	printf("ok: preset %.*s, mode %s\n", STR_ARG(p->preset), p->mode == POLICY_OBSERVE ? "observe" : "enforce");
}

/* sekimorid starts without them, and takes them when they come. */
static void
try_geo(const struct conf *conf)
{
	struct buf why;
	struct str rest, line;

	buf_init(&why, CONF_FILE_ERRORS);
	if (geo_try(conf_values(conf, &geo_table), &why) != RC_OK) {
		rest = buf_str(&why);
		while (str_next(&rest, '\n', &line))
			if (line.n)
				notice("warning: %.*s: of addresses in it no system and country is known", STR_ARG(line));
	}
	buf_clear(&why);
}

static int
try_engines(const struct conf *conf)
{
	struct local *local = NULL;
	struct buf errors;
	enum rc rc;

	buf_init(&errors, CONF_FILE_ERRORS);
	rc = local_open(conf, notice_log(LOG_LEVEL_WARNING), &local, &errors);
	if (rc == RC_OK)
		puts("ok: the engines load, and find their canary");
	else
		notice_lines(buf_str(&errors));
	buf_clear(&errors);
	local_close(&local);
	return rc == RC_OK ? 0 : rc == RC_BAD ? EX_CONFIG : EX_TEMPFAIL;
}

static int
run(struct args *a)
{
	const char *value, *path = NULL;
	struct conf *conf;
	bool engines = false;
	int i, status;

	while ((i = args_next(a, &value)) != ARGS_END) {
		switch (i) {
		case CONFIG: path = value; break;
		case ENGINES: engines = true; break;
		case ARGS_WORD: return args_usage(a, "takes no words; the file comes with -c");
		case ARGS_BAD: return EX_USAGE;
		}
	}
	status = conf_file_open(path, &conf);
	if (status != 0)
		return status;
	summary(conf);
	conf_file_warn_official(conf);
	try_geo(conf);
	if (engines)
		status = try_engines(conf);
	conf_put(&conf);
	return status;
}

const struct verb verb_configtest = {
	.name = "configtest", .words = "", .opts = opts, .run = run,
	.help = "Check the configuration; every error as file:line: key: reason.",
};
