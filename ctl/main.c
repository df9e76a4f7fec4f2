/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* main.c - sekimorictl: find the verb, run it */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "gate/settings.h"
#include "verb.h"
#include "worker/zygote.h"

const struct verb *const verbs[] = {
#define VERB(name) &verb_##name,
#include "verbs.list"
#undef VERB
	NULL
};

const struct verb *
verb_find(const char *name)
{
	for (const struct verb *const *v = verbs; *v; v++)
		if (strcmp((*v)->name, name) == 0)
			return *v;
	return NULL;
}

static int
unknown_verb(const char *name)
{
	const char *best = NULL;
	unsigned near = 3;

	for (const struct verb *const *v = verbs; *v; v++) {
		unsigned d = args_distance(name, (*v)->name);

		if (d < near) {
			near = d;
			best = (*v)->name;
		}
	}
	fputs("sekimorictl: unknown verb", stderr);
	if (best)
		fprintf(stderr, ", did you mean %s?", best);
	fputs("\nTry: sekimorictl help\n", stderr);
	return EX_USAGE;
}

/* -h and --help mean the same behind every verb. */
static bool
asks_help(char *const *argv)
{
	for (; *argv && strcmp(*argv, "--") != 0; argv++)
		if (strcmp(*argv, "--help") == 0 || strcmp(*argv, "-h") == 0)
			return true;
	return false;
}

static int
run(const struct verb *v, char *const *argv)
{
	struct args a = { .verb = v->name, .opts = v->opts, .argv = argv };
	int status = v->run(&a);

	return status == EX_USAGE && v->wrong_words ? v->wrong_words : status;
}

int
main(int argc, char **argv)
{
	const struct verb *v;

	if (argc > 1 && strcmp(argv[1], ZYGOTE_ARG) == 0)
		return zygote_main(settings, NULL);
	signal(SIGPIPE, SIG_IGN);
	if (argc < 2) {
		run(&verb_help, argv + argc);
		return EX_USAGE;
	}
	if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0)
		return run(&verb_version, argv + 2);
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
		return run(&verb_help, argv + 2);
	v = verb_find(argv[1]);
	if (!v)
		return unknown_verb(argv[1]);
	if (asks_help(argv + 2))
		return run(&verb_help, (char *[]){ argv[1], NULL });
	return run(v, argv + 2);
}
