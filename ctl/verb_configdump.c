/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* verb_configdump.c - the values in force, as a configuration that can be read again */
#include <stdio.h>
#include <sysexits.h>

#include "conf_file.h"
#include "notice.h"
#include "verb.h"

enum { CONFIG, CHANGED, ORIGIN };
static const struct args_opt opts[] = {
	[CONFIG] = ARGS_CONF,
	[CHANGED] = { 'n', "changed", NULL, "Only what differs from the default." },
	[ORIGIN] = { 'o', "origin", NULL, "Say above each value which file and line it comes from." },
	{ .name = NULL }
};

static int
dump(const struct conf *conf, bool changed, bool origin)
{
	struct buf text;
	bool ok;

	buf_init(&text, 4 * CONF_BYTES);
	conf_dump(conf, changed, origin, &text);
	ok = fwrite(buf_cstr(&text), 1, text.n, stdout) == text.n && fflush(stdout) == 0;
	buf_clear(&text);
	if (!ok)
		notice("the output cannot be written");
	return ok ? 0 : EX_IOERR;
}

static int
run(struct args *a)
{
	const char *value, *path = NULL;
	struct conf *conf;
	bool changed = false, origin = false;
	int i, status;

	while ((i = args_next(a, &value)) != ARGS_END) {
		switch (i) {
		case CONFIG: path = value; break;
		case CHANGED: changed = true; break;
		case ORIGIN: origin = true; break;
		case ARGS_WORD: return args_usage(a, "takes no words; the file comes with -c");
		case ARGS_BAD: return EX_USAGE;
		}
	}
	status = conf_file_open(path, &conf);
	if (status != 0)
		return status;
	status = dump(conf, changed, origin);
	conf_put(&conf);
	return status;
}

const struct verb verb_configdump = {
	.name = "configdump", .words = "", .opts = opts, .run = run,
	.help = "Print the configuration in force, presets included.",
};
