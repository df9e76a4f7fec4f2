/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* verb_help.c - the verbs, and the options of one */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "verb.h"
#include "ways.h"

static void
all(void)
{
	puts("sekimorictl VERB [OPTION...] [WORD...]\n");
	for (const struct verb *const *v = verbs; *v; v++)
		printf("  %-12s %s\n", (*v)->name, (*v)->help);
	puts("\nMore of one: sekimorictl help VERB, or sekimorictl(8)");
}

static void
one(const struct verb *v)
{
	bool any = v->opts[0].name != NULL;

	printf("sekimorictl %s%s%s%s\n\n%s\n", v->name, any ? " [OPTION...]" : "", v->words[0] ? " " : "", v->words,
	    v->help);
	for (const struct args_opt *o = v->opts; o->name; o++) {
		char left[64];
		const char *eq = o->value ? " " : "";

		if (o->letter)
			snprintf(left, sizeof(left), "-%c, --%s%s%s", o->letter, o->name, eq, o->value ? o->value : "");
		else
			snprintf(left, sizeof(left), "    --%s%s%s", o->name, eq, o->value ? o->value : "");
		printf("%s  %-26s %s\n", o == v->opts ? "\n" : "", left, o->help);
	}
}

/* "verb=word word". */
static void
complete_words(const struct verb *v)
{
	if (!v->ways && !v->choice)
		return;
	printf("%s=", v->name);
	for (const struct way *w = v->ways; w && w->name; w++)
		printf(" %s", w->name);
	for (size_t i = 0; v->choice && v->choice(i); i++)
		printf(" %s", v->choice(i));
	putchar('\n');
}

/* "verb --option=value value", and the same for its letter. */
static void
complete_values(const struct verb *v)
{
	for (int o = 0; v->value && v->opts[o].name; o++) {
		if (!v->value(o, 0))
			continue;
		for (int form = v->opts[o].letter ? 0 : 1; form < 2; form++) {
			if (form == 0)
				printf("%s -%c=", v->name, v->opts[o].letter);
			else
				printf("%s --%s=", v->name, v->opts[o].name);
			for (int i = 0; v->value(o, i); i++)
				printf(" %s", v->value(o, i));
			putchar('\n');
		}
	}
}

/* For bash: "verb: --option --other=", and what its words and values may be: contrib/completion/sekimorictl.bash. */
static void
complete(void)
{
	for (const struct verb *const *v = verbs; *v; v++) {
		printf("%s:", (*v)->name);
		for (const struct args_opt *o = (*v)->opts; o->name; o++)
			printf(" --%s%s", o->name, o->value ? "=" : "");
		putchar('\n');
		complete_words(*v);
		complete_values(*v);
	}
}

enum { COMPLETION };
static const struct args_opt opts[] = {
	[COMPLETION] = { 0, "completion", NULL, "Print verbs and options for the shell's completion." },
	{ .name = NULL }
};

static int
run(struct args *a)
{
	const struct verb *v;
	const char *value;
	int i, shown = 0;

	while ((i = args_next(a, &value)) != ARGS_END) {
		if (i == ARGS_BAD)
			return EX_USAGE;
		if (i == COMPLETION) {
			complete();
			return 0;
		}
		v = verb_find(value);
		if (!v)
			return args_usage(a, "no such verb");
		one(v);
		shown++;
	}
	if (!shown)
		all();
	return 0;
}

const struct verb verb_help = {
	.name = "help", .words = "[VERB...]", .opts = opts, .run = run,
	.help = "Show the verbs, or the options of one.",
};
