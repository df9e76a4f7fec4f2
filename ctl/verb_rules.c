/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* verb_rules.c - lint YARA rules, try them on mail, list those in force */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "rules.h"
#include "verb.h"

enum { JSON, CONFIG };
static const struct args_opt opts[] = {
	[JSON] = { 'j', "json", NULL, "list, test: JSON, one object a line." },
	[CONFIG] = ARGS_CONF,
	{ .name = NULL }
};

/* The ways of `rules WAY`. */
static const struct {
	const char *name;
	int (*run)(const struct rules_order *);
	bool wants_files;
} ways[] = {
	{ "lint", rules_lint, true },
	{ "test", rules_test, true },
	{ "list", rules_list, false },
};
enum { WAYS = sizeof(ways) / sizeof(ways[0]) };

static int
dispatch(struct args *a, const char *way, const struct rules_order *order)
{
	for (size_t i = 0; i < WAYS; i++) {
		if (strcmp(ways[i].name, way) != 0)
			continue;
		if (ways[i].wants_files && order->files.n == 0 && order->files.errors == 0)
			return args_usage(a, "which files?");
		return ways[i].run(order);
	}
	return args_usage(a, "lint, test or list?");
}

static int
run(struct args *a)
{
	struct rules_order order = { .config = NULL };
	const char *value, *way = NULL;
	int i, status = 0;

	while (status == 0 && (i = args_next(a, &value)) != ARGS_END) {
		switch (i) {
		case JSON: order.json = true; break;
		case CONFIG: order.config = value; break;
		case ARGS_WORD:
			if (way)
				files_add(&order.files, value);
			else
				way = value;
			break;
		case ARGS_BAD: status = EX_USAGE; break;
		}
	}
	if (status == 0)
		status = way ? dispatch(a, way, &order) : args_usage(a, "lint, test or list?");
	files_clear(&order.files);
	return status;
}

const struct verb verb_rules = {
	.name = "rules", .words = "lint FILE... | test RULES... MAIL... | list", .opts = opts, .run = run,
	.help = "Check YARA rules, try them on mail, or list those in force with hits and time.",
};
