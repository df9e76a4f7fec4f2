/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* verb_checks.c - which checks there are; what one looks at, finds and can be told */
#include <stdio.h>
#include <sysexits.h>

#include "check/check.h"
#include "base/jtext.h"
#include "notice.h"
#include "verb.h"

enum { JSON };
static const struct args_opt opts[] = {
	[JSON] = { 'j', "json", NULL, "One JSON object a check." },
	{ .name = NULL }
};

static size_t
count_findings(const struct check *c)
{
	size_t n = 0;

	while (c->found && c->found[n].name)
		n++;
	return n;
}

static void
row(const struct check *c)
{
	printf("%-18s %-8s %-7s %3zu  %s\n", c->name, phase_name(c->phase), place_name(c->place),
	    count_findings(c), c->title);
}

static void
points(char out[16], const struct finding_def *f)
{
	if (f->varies)
		snprintf(out, 16, "varies");
	else
		snprintf(out, 16, "%d.%d", f->score / 10, f->score % 10);
}

static void
details(const struct check *c)
{
	printf("%s - %s\n", c->name, c->title);
	printf("  phase  %s\n  place  %s\n  source %s\n", phase_name(c->phase), place_name(c->place), c->source);
	if (count_findings(c))
		puts("\nFindings");
	for (const struct finding_def *f = c->found; f && f->name; f++) {
		char score[16];

		points(score, f);
		printf("  %-28s %-10s %6s  %s\n", f->name, f->varies ? "varies" : class_name(f->class), score, f->help);
	}
	if (c->opts)
		puts("\nOptions");
	for (const struct opt *o = c->opts ? c->opts->opts : NULL; o && o->name; o++)
		printf("  %s%s = %s\n      %s\n", c->opts->prefix, o->name, o->def, o->help);
}

static struct json_object *
findings_json(const struct check *c)
{
	struct json_object *list = jtext_array(0);

	for (const struct finding_def *f = c->found; f && f->name; f++) {
		struct json_object *o = jtext_object();

		jtext_add_str(o, "name", str_of(f->name));
		jtext_add_str(o, "class", str_of(class_name(f->class)));
		json_object_object_add(o, "score", jtext_tenths(f->score));
		jtext_add_bool(o, "varies", f->varies);
		jtext_add_str(o, "help", str_of(f->help));
		json_object_array_add(list, o);
	}
	return list;
}

static void
as_json(const struct check *c)
{
	struct json_object *o = jtext_object();
	struct buf out;

	jtext_add_str(o, "name", str_of(c->name));
	jtext_add_str(o, "title", str_of(c->title));
	jtext_add_str(o, "source", str_of(c->source));
	jtext_add_str(o, "phase", str_of(phase_name(c->phase)));
	jtext_add_str(o, "place", str_of(place_name(c->place)));
	json_object_object_add(o, "findings", findings_json(c));
	buf_init(&out, 1024 * 1024);
	jtext_write(o, &out);
	puts(buf_cstr(&out));
	buf_clear(&out);
}

static int
show(const char *name, bool json)
{
	const struct check *c = check_find(str_of(name));

	if (!c) {
		notice("no check is called %s; sekimorictl checks lists them", name);
		return EX_DATAERR;
	}
	if (json)
		as_json(c);
	else
		details(c);
	return 0;
}

static void
show_all(bool json)
{
	if (!json)
		printf("%-18s %-8s %-7s %s  %s\n", "CHECK", "PHASE", "PLACE", "FIND", "WHAT");
	for (const struct check *const *c = checks; *c; c++) {
		if (json)
			as_json(*c);
		else
			row(*c);
	}
}

static int
run(struct args *a)
{
	const char *value, *names[64];
	size_t n = 0;
	bool json = false;
	int i, status = 0;

	while ((i = args_next(a, &value)) != ARGS_END) {
		switch (i) {
		case JSON: json = true; break;
		case ARGS_WORD:
			if (n == sizeof(names) / sizeof(names[0]))
				return args_usage(a, "too many names");
			names[n++] = value;
			break;
		case ARGS_BAD: return EX_USAGE;
		}
	}
	if (n == 0)
		show_all(json);
	for (size_t k = 0; k < n; k++)
		status = show(names[k], json) ? EX_DATAERR : status;
	return status;
}

const struct verb verb_checks = {
	.name = "checks", .words = "[NAME...]", .opts = opts, .run = run,
	.help = "List the checks, or show what one finds and its options.",
};
