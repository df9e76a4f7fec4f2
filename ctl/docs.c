/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* docs.c - what the tables of lib/ say, as mdoc(7) for the manual; `make docs` puts it into man/ */
#include "docs.h"

#include <stdio.h>
#include <string.h>

#include "base/ascii.h"
#include "check/check.h"
#include "conf/value.h"
#include "gate/settings.h"
#include "message/defect.h"
#include "policy/action.h"

/* Text as mdoc: no line begins with a control character, one sentence a line. */
static void
sentences(const char *s)
{
	bool start = true;

	for (; *s; s++) {
		if (start && (*s == '.' || *s == '\''))
			fputs("\\&", stdout);
		start = false;
		if (*s == '\\')
			fputs("\\e", stdout);
		else if (*s == ' ' && s[-1] == '.' && ascii_is_upper((unsigned char)s[1]))
			start = putchar('\n') == '\n';
		else
			putchar(*s);
	}
	putchar('\n');
}

/* Text inside a macro line: words that name macros or end a sentence are no macros there. */
static void
literal(const char *s)
{
	fputs("\\&", stdout);
	for (; *s; s++) {
		if (*s == '\\')
			fputs("\\e", stdout);
		else if (*s == '"')
			fputs("\\(dq", stdout);
		else if (*s == ' ')
			fputs("\\ ", stdout);
		else if (*s == '-')
			fputs("\\-", stdout);
		else
			putchar(*s);
	}
}

static void
value_of(const struct opt *o)
{
	fputs("\\ = Ar ", stdout);
	if (o->value_help)
		literal(o->value_help);
	else
		literal(value_type_name(o->type));
}

static void
bounds(const struct opt *o)
{
	struct buf b;

	if (o->min == 0 && o->max == 0)
		return;
	buf_init(&b, 200);
	value_format_number(o->type, o->min, &b);
	buf_adds(&b, " to ");
	value_format_number(o->type, o->max, &b);
	printf("From %s.\n", buf_cstr(&b));
	buf_clear(&b);
}

static void
words(const struct opt *o)
{
	if (o->type != OPT_ENUM)
		return;
	fputs("One of ", stdout);
	for (const char *const *w = o->words; *w; w++)
		printf("%s%s", *w, !w[1] ? ".\n" : !w[2] ? " and " : ", ");
}

static void
option(const char *prefix, const struct opt *o)
{
	fputs(".It Cm ", stdout);
	literal(prefix);
	literal(o->name);
	value_of(o);
	putchar('\n');
	sentences(o->help);
	words(o);
	bounds(o);
	if (o->def && o->def[0]) {
		fputs("Default: ", stdout);
		literal(o->def);
		puts(".");
	}
	if (o->restart)
		puts("Applies after a restart.");
}

static void
docs_conf(void)
{
	for (const struct opt_table *const *t = settings; *t; t++) {
		printf(".Ss %s\n.Bl -tag -width Ds\n", (*t)->title);
		for (const struct opt *o = (*t)->opts; o->name; o++)
			option((*t)->prefix, o);
		puts(".El");
	}
}

static void
docs_actions(void)
{
	const char *name, *argument, *help;

	puts(".Bl -tag -width Ds");
	for (size_t i = 0; action_describe(i, &name, &argument, &help); i++) {
		/* Behind the intercepts come the modifications. */
		if (i == INTERCEPT_N)
			puts(".El\n.Pp\nModifications:\n.Bl -tag -width Ds");
		printf(".It Cm %s", name);
		if (argument) {
			fputs(" Ar ", stdout);
			literal(argument);
		}
		putchar('\n');
		sentences(help);
	}
	puts(".El");
}

static void
docs_classes(void)
{
	puts("Classes, the most severe first:\n.Bl -tag -width reputation");
	for (int i = 0; i < CLASS_N; i++) {
		printf(".It Cm %s\n", class_name((enum class)i));
		sentences(class_help((enum class)i));
	}
	puts(".El\n.Pp\nReasons why something is unscanned:\n.Bl -tag -width reputation");
	for (int i = 0; i < UNSCANNED_N; i++) {
		printf(".It Cm %s\n", unscanned_name((enum unscanned_why)i));
		sentences(unscanned_help((enum unscanned_why)i));
	}
	puts(".El");
}

static void
finding(const struct finding_def *f)
{
	printf(".It Dv %s", f->name);
	if (f->varies)
		puts(" No (class and points of the rule)");
	else
		printf(" No (%s, %d.%d)\n", class_name(f->class), f->score / 10, f->score % 10);
	sentences(f->help);
}

static void
docs_checks(void)
{
	for (const struct check *const *c = checks; *c; c++) {
		printf(".Ss %s\n", (*c)->name);
		sentences((*c)->title);
		printf(".br\nPhase %s, place %s.\nSource: ", phase_name((*c)->phase), place_name((*c)->place));
		sentences((*c)->source);
		if ((*c)->found && (*c)->found[0].name) {
			puts(".Bl -tag -width Ds");
			for (const struct finding_def *f = (*c)->found; f->name; f++)
				finding(f);
			puts(".El");
		}
		if ((*c)->opts) {
			puts(".Pp\nOptions:\n.Bl -tag -width Ds");
			for (const struct opt *o = (*c)->opts->opts; o->name; o++)
				option((*c)->opts->prefix, o);
			puts(".El");
		}
	}
}

static void
docs_defects(void)
{
	puts(".Bl -tag -width Ds");
	for (int i = 0; i < DEFECT_N; i++) {
		bool ambiguous = defect_ambiguous >> i & 1;

		printf(".It Dv %s%s\n", defect_name((enum defect)i), ambiguous ? " No (ambiguous)" : "");
		sentences(defect_help((enum defect)i));
	}
	puts(".El");
}

static const struct {
	const char *name;
	void (*print)(void);
} parts[] = {
	{ "conf", docs_conf }, { "actions", docs_actions }, { "classes", docs_classes },
	{ "checks", docs_checks }, { "defects", docs_defects },
};

bool
docs_print(const char *part)
{
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
		if (strcmp(part, parts[i].name) == 0) {
			parts[i].print();
			return true;
		}
	}
	return false;
}
