/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "gate/docs.h"

#include "base/ascii.h"
#include "check/check.h"
#include "conf/value.h"
#include "gate/settings.h"
#include "message/defect.h"
#include "policy/action.h"
#include "policy/groups.h"
#include "policy/rcpt_groups.h"
#include "scan/report.h"

/* A byte of running text; quotes would end an argument of a macro. */
static void
add_char(char c, struct buf *out)
{
	switch (c) {
	case '\\': buf_adds(out, "\\e"); break;
	case '"': buf_adds(out, "\\(dq"); break;
	default: buf_addc(out, c);
	}
}

/* One word of running text; at the start of a line it must not look like a request. */
static void
add_word(struct str word, bool starts, struct buf *out)
{
	if (starts && word.n && (word.p[0] == '.' || word.p[0] == '\''))
		buf_adds(out, "\\&");
	for (size_t i = 0; i < word.n; i++)
		add_char(word.p[i], out);
}

/* A sentence begins a line, as mdoc wants it, and no line is longer than LINE. */
void
docs_text(struct str s, struct buf *out)
{
	enum { LINE = 78 };
	struct str word;
	size_t column = 0;
	bool ended = false;

	while (str_next(&s, ' ', &word)) {
		bool starts = column == 0;

		if (!starts && ((ended && word.n && ascii_is_upper((unsigned char)word.p[0])) ||
		    column + 1 + word.n > LINE)) {
			buf_addc(out, '\n');
			column = 0;
			starts = true;
		}
		if (!starts)
			buf_addc(out, ' ');
		add_word(word, starts, out);
		column += word.n + !starts;
		ended = word.n && word.p[word.n - 1] == '.';
	}
	buf_addc(out, '\n');
}

/* One argument of a macro. */
static void
add_arg(struct str s, struct buf *out)
{
	buf_adds(out, " \"");
	for (size_t i = 0; i < s.n; i++)
		add_char(s.p[i], out);
	buf_addc(out, '"');
}

static void
item(const char *macro, struct str word, struct buf *out)
{
	buf_printf(out, ".It %s", macro);
	add_arg(word, out);
}

static void
add_words(const struct opt *o, struct buf *out)
{
	buf_adds(out, "One of\n");
	for (size_t i = 0; o->words[i]; i++)
		buf_printf(out, ".Cm %s%s\n", o->words[i],
		    !o->words[i + 1] ? " ." : !o->words[i + 2] ? " or" : " ,");
}

static void
add_bounds(const struct opt *o, struct buf *out)
{
	if ((o->min == 0 && o->max == 0) || o->type == OPT_TEXT || o->type == OPT_PATH)
		return;
	buf_adds(out, "From ");
	value_format_number(o->type, o->min, out);
	buf_adds(out, " to ");
	value_format_number(o->type, o->max, out);
	buf_adds(out, ".\n");
}

static void
add_default(const struct opt *o, struct buf *out)
{
	if (o->preset) {
		buf_adds(out, "Set by the preset.\n");
	} else if (o->def[0]) {
		buf_adds(out, "Default:\n.Ql");
		add_arg(str_of(o->def), out);
		buf_adds(out, " .\n");
	} else {
		buf_adds(out, "Empty by default.\n");
	}
}

static void
option(const struct opt_table *t, const struct opt *o, struct buf *out)
{
	buf_printf(out, ".It Cm %s%s No = Ar", t->prefix, o->name);
	add_arg(str_of(o->value_help ? o->value_help : value_type_name(o->type)), out);
	buf_addc(out, '\n');
	docs_text(str_of(o->help), out);
	if (o->type == OPT_ENUM)
		add_words(o, out);
	add_bounds(o, out);
	add_default(o, out);
	if (o->restart)
		buf_adds(out, "Changes apply after a restart.\n");
}

static void
write_conf(struct buf *out)
{
	for (size_t t = 0; settings[t]; t++) {
		buf_printf(out, ".Ss %s\n.Bl -tag -width Ds\n", settings[t]->title);
		for (const struct opt *o = settings[t]->opts; o->name; o++)
			option(settings[t], o, out);
		buf_adds(out, ".El\n");
	}
}

static void
write_actions(struct buf *out)
{
	const char *name, *argument, *help;

	buf_adds(out, ".Bl -tag -width quarantine\n");
	for (size_t i = 0; action_describe(i, &name, &argument, &help); i++) {
		if (i == INTERCEPT_N)
			buf_adds(out, ".El\n.Pp\nThe second group:\n.Bl -tag -width quarantine\n");
		buf_printf(out, ".It Cm %s", name);
		if (argument) {
			buf_adds(out, " Ar");
			add_arg(str_of(argument), out);
		}
		buf_addc(out, '\n');
		docs_text(str_of(help), out);
	}
	buf_adds(out, ".El\n");
}

static void
write_classes(struct buf *out)
{
	buf_adds(out, "Classes, the most severe first:\n.Bl -tag -width reputation\n");
	for (int i = 0; i < CLASS_N; i++) {
		item("Cm", str_of(class_name((enum class)i)), out);
		buf_addc(out, '\n');
		docs_text(str_of(class_help((enum class)i)), out);
	}
	buf_adds(out, ".El\n.Pp\nReasons why something is unscanned:\n.Bl -tag -width reputation\n");
	for (int i = 0; i < UNSCANNED_N; i++) {
		item("Cm", str_of(unscanned_name((enum unscanned_why)i)), out);
		buf_addc(out, '\n');
		docs_text(str_of(unscanned_help((enum unscanned_why)i)), out);
	}
	buf_adds(out, ".El\n");
}

static void
finding(const struct finding_def *f, struct buf *out)
{
	item("Cm", str_of(f->name), out);
	if (f->varies) {
		buf_adds(out, " Pq class and points vary\n");
	} else {
		buf_printf(out, " Pq Em %s , No ", class_name(f->class));
		value_format_number(OPT_SCORE, f->score, out);
		buf_addc(out, '\n');
	}
	docs_text(str_of(f->help), out);
}

static void
options_of(const struct opt_table *t, struct buf *out)
{
	buf_adds(out, ".br\nOptions:\n");
	if (t->prefix[0])
		buf_printf(out, ".Cm %s*\n", t->prefix);
	for (const struct opt *o = t->opts; !t->prefix[0] && o->name; o++)
		buf_printf(out, ".Cm %s%s\n", o->name, o[1].name ? " ," : "");
	buf_adds(out, "in\n.Xr sekimori.conf 5 .\n");
}

static void
write_checks(struct buf *out)
{
	for (size_t i = 0; checks[i]; i++) {
		const struct check *c = checks[i];

		buf_printf(out, ".Ss %s\n", c->name);
		buf_add(out, str_of(c->title));
		buf_printf(out, ".\n.br\nPhase %s, place %s.\n.br\nSource: ", phase_name(c->phase),
		    place_name(c->place));
		docs_text(str_of(c->source), out);
		if (c->opts)
			options_of(c->opts, out);
		buf_adds(out, ".Bl -tag -width Ds\n");
		for (const struct finding_def *f = c->found; f->name; f++)
			finding(f, out);
		buf_adds(out, ".El\n");
	}
}

static void
write_conditions(bool (*describe)(size_t, const char **, const char **, const char **), struct buf *out)
{
	const char *name, *value, *help;

	buf_adds(out, ".Bl -tag -width Ds\n");
	for (size_t i = 0; describe(i, &name, &value, &help); i++) {
		buf_printf(out, ".It Cm %s No = Ar", name);
		add_arg(str_of(value), out);
		buf_addc(out, '\n');
		docs_text(str_of(help), out);
	}
	buf_adds(out, ".El\n");
}

static void
write_groups(struct buf *out)
{
	write_conditions(groups_describe, out);
}

static void
write_rcpt_groups(struct buf *out)
{
	write_conditions(rcpt_groups_describe, out);
}

static void
write_defects(struct buf *out)
{
	buf_adds(out, ".Bl -tag -width Ds\n");
	for (int i = 0; i < DEFECT_N; i++) {
		item("Cm", str_of(defect_name((enum defect)i)), out);
		buf_adds(out, defect_ambiguous >> i & 1 ? " Pq Em ambiguous\n" : "\n");
		docs_text(str_of(defect_help((enum defect)i)), out);
	}
	buf_adds(out, ".El\n");
}

enum { SAMPLE_COLUMNS = 96 };

/* Help as comment lines, broken between words. */
static void
comment(struct str text, struct buf *out)
{
	struct str word;
	size_t column = SAMPLE_COLUMNS;

	while (str_next(&text, ' ', &word)) {
		if (column + 1 + word.n > SAMPLE_COLUMNS) {
			buf_adds(out, column == SAMPLE_COLUMNS ? "#" : "\n#");
			column = 1;
		}
		buf_addc(out, ' ');
		buf_add(out, word);
		column += 1 + word.n;
	}
	buf_addc(out, '\n');
}

static void
write_sample(struct buf *out)
{
	buf_adds(out, "# Every option with its default. Take the # off what you change.\n"
	    "# Lines of policy come from the preset; what stands here is used without one.\n");
	for (size_t t = 0; settings[t]; t++) {
		buf_printf(out, "\n# --- %s\n", settings[t]->title);
		for (const struct opt *o = settings[t]->opts; o->name; o++) {
			buf_addc(out, '\n');
			comment(str_of(o->help), out);
			buf_printf(out, "#%s%s =%s%s\n", settings[t]->prefix, o->name, o->def[0] ? " " : "", o->def);
		}
	}
}

static const struct {
	const char *name;
	void (*write)(struct buf *);
} parts[] = {
	{ "conf", write_conf },
	{ "actions", write_actions },
	{ "classes", write_classes },
	{ "checks", write_checks },
	{ "defects", write_defects },
	{ "groups", write_groups },
	{ "rcpts", write_rcpt_groups },
	{ "sample", write_sample },
};
enum { PARTS = sizeof(parts) / sizeof(*parts) };

const char *
docs_part(size_t i)
{
	return i < PARTS ? parts[i].name : NULL;
}

bool
docs_write(struct str part, struct buf *out)
{
	for (size_t i = 0; i < PARTS; i++) {
		if (str_eq(part, str_of(parts[i].name))) {
			parts[i].write(out);
			return true;
		}
	}
	return false;
}
