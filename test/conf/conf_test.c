/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* covers: lib/conf/dump.c, lib/conf/pass.c, lib/conf/source.c, lib/conf/suggest.c, lib/conf/value.c */
#include "test.h"

#include <stdlib.h>
#include <unistd.h>

#include "conf/conf.h"

struct sample {
	bool on;
	int64_t count, size, ms, score, twice;
	int colour;
	struct str text, dir, sub, short_text;
	struct opt_list list;
};

static const char *const colours[] = { "red", "green", "blue", NULL };

static enum rc
parse_twice(struct pool *pool, struct str value, void *field, struct buf *why)
{
	uint64_t n;

	(void)pool;
	if (!str_to_u64(value, &n)) {
		buf_adds(why, "no number");
		return RC_BAD;
	}
	*(int64_t *)field = (int64_t)n * 2;
	return RC_OK;
}

#define AT(field) offsetof(struct sample, field)
static const struct opt opts[] = {
	{ .name = "on", .type = OPT_BOOL, .offset = AT(on), .def = "no", .help = "x" },
	{ .name = "count", .type = OPT_INT, .offset = AT(count), .def = "5", .min = -3, .max = 10, .help = "x" },
	{ .name = "size", .type = OPT_SIZE, .offset = AT(size), .def = "4k", .min = 1024, .max = 1 << 30, .help = "x" },
	{ .name = "timeout", .type = OPT_MSEC, .offset = AT(ms), .def = "60s", .min = 100, .max = 3600000, .help = "x" },
	{ .name = "score", .type = OPT_SCORE, .offset = AT(score), .def = "2.5", .help = "x" },
	{ .name = "colour", .restart = true, .type = OPT_ENUM, .offset = AT(colour), .def = "green", .words = colours, .help = "x" },
	{ .name = "text", .type = OPT_TEXT, .offset = AT(text), .def = "", .help = "x" },
	{ .name = "name", .type = OPT_TEXT, .offset = AT(short_text), .def = "x", .min = 1, .max = 3, .help = "x" },
	{ .name = "dir", .restart = true, .type = OPT_PATH, .offset = AT(dir), .def = "/a", .help = "x" },
	{ .name = "sub", .restart = true, .type = OPT_PATH, .offset = AT(sub), .def = "$dir/b", .help = "x" },
	{ .name = "list", .type = OPT_LIST, .offset = AT(list), .def = "a, b", .help = "x" },
	{ .name = "twice", .type = OPT_CUSTOM, .offset = AT(twice), .def = "1", .parse = parse_twice, .help = "x" },
	OPT_END
};

static enum rc
check_sample(const void *values, struct buf *why)
{
	const struct sample *s = values;

	if (s->count == 7 && s->on) {
		buf_adds(why, "count = 7 needs on = no");
		return RC_BAD;
	}
	return RC_OK;
}

struct other {
	int64_t max;
};
static const struct opt other_opts[] = {
	{ .name = "recipients_max", .type = OPT_INT, .offset = 0, .def = "1", .help = "x" },
	OPT_END
};

static const struct opt_table sample_table = { "", "Sample", sizeof(struct sample), opts, check_sample };
static const struct opt_table other_table = { "check.envelope.", "Other", sizeof(struct other), other_opts, NULL };
static const struct opt_table *const tables[] = { &sample_table, &other_table, NULL };
static const struct conf_base no_base = { .key = NULL };

/* What is wrong with a text, all of it. */
static void
errors(void)
{
	static const struct { const char *name, *in, *want; } cases[] = {
		{ "no key", "hello\n", "f:1: not a line of the form 'key = value'\n" },
		{ "no space in keys", "\nmy key = 1\n", "f:2: not a line of the form 'key = value'\n" },
		{ "unknown key with suggestion", "tmeout = 3s\n", "f:1: tmeout: unknown key; did you mean 'timeout'?\n" },
		{ "swapped letters", "cuont = 3\n", "f:1: cuont: unknown key; did you mean 'count'?\n" },
		{ "tail of a dotted key", "recipients_max = 3\n",
		    "f:1: recipients_max: unknown key; did you mean 'check.envelope.recipients_max'?\n" },
		{ "nothing near", "abracadabra = 3\n", "f:1: abracadabra: unknown key\n" },
		{ "duplicate", "count = 1\n\ncount = 2\n", "f:3: count: set already at f:1\n" },
		{ "too small", "count = -4\n", "f:1: count: -4 is too small; the least is -3\n" },
		{ "too large with units", "timeout = 2h\n", "f:1: timeout: 2h is too large; the most is 1h\n" },
		{ "size too small", "size = 5\n", "f:1: size: 5 is too small; the least is 1k\n" },
		{ "unit missing", "timeout = 3\n",
		    "f:1: timeout: '3' is not a time with its unit, such as 500ms, 3s, 2m, 1h or 1d\n" },
		{ "number overflow", "count = 99999999999999999999\n",
		    "f:1: count: '99999999999999999999' is not a whole number\n" },
		{ "unit overflow", "size = 9999999999999G\n",
		    "f:1: size: '9999999999999G' is not a size such as 500k, 25M or 1G\n" },
		{ "points", "score = 2.55\n", "f:1: score: '2.55' is not points with at most one decimal, such as 2.5\n" },
		{ "word", "colour = gren\n",
		    "f:1: colour: 'gren' is none of: red, green, blue; did you mean 'green'?\n" },
		{ "bool", "on = maybe\n", "f:1: on: 'maybe' is neither yes nor no\n" },
		{ "path", "dir = a/b\n", "f:1: dir: 'a/b' is not an absolute path\nf: sub: 'a/b/b' is not an absolute path\n" },
		{ "empty text", "name =\n", "f:1: name: must not be empty\n" },
		{ "long text", "name = abcd\n", "f:1: name: is 4 bytes long; from 1 to 3 are possible\n" },
		{ "custom", "twice = a\n", "f:1: twice: no number\n" },
		{ "comment behind", "count = 1 # one\n", "f:1: count: a comment must have a line of its own\n" },
		{ "control character", "text = a\001b\n", "f:1: control character\n" },
		{ "continues nothing", "  a = b\n", "f:1: continues no line\n" },
		{ "no include in text", "include = /etc/passwd\n", "f:1: include: not possible here\n" },
		{ "unknown variable", "sub = $nothing/x\n", "f:1: sub: $nothing is no key\n" },
		{ "variable of another type", "sub = /$count\n", "f:1: sub: $count cannot be used in a value\n" },
		{ "list item as comment", "list = a,#b\n", "f:1: list: '#b' would be a comment\n" },
		{ "quote without end", "list = a, \"b c\n", "f:1: list: a \" is missing behind: \"b c\n" },
		{ "quote without end from a text", "text = \"\nlist = a $text\n", "f:2: list: a \" is missing behind: \"\n" },
		{ "table as a whole", "count = 7\non = yes\n", "f: count = 7 needs on = no\n" },
		{ "all at once", "x\ncount = 11\ntmeout = 1s\non = 2\n",
		    "f:1: not a line of the form 'key = value'\n"
		    "f:2: count: 11 is too large; the most is 10\n"
		    "f:3: tmeout: unknown key; did you mean 'timeout'?\n"
		    "f:4: on: '2' is neither yes nor no\n" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct conf *c = NULL;
		struct buf why;
		enum rc rc;

		buf_init(&why, 1 << 20);
		rc = conf_parse(str_of(cases[i].in), "f", tables, no_base, &c, &why);
		test_ok(rc == RC_BAD && !c, cases[i].name);
		test_str(buf_str(&why), str_of(cases[i].want), cases[i].name);
		conf_put(&c);
		buf_clear(&why);
	}
}

static struct conf *
must_parse(const char *text, struct conf_base base)
{
	struct conf *c = NULL;
	struct buf why;

	buf_init(&why, 1 << 20);
	if (conf_parse(str_of(text), "f", tables, base, &c, &why) != RC_OK)
		test_show("errors", buf_str(&why));
	buf_clear(&why);
	return c;
}

static void
values(void)
{
	struct conf *c = must_parse("# comment\non = yes\r\ncount=-3\nsize = 2 M\ntimeout = 1500ms\nscore = -0.5\n"
	    "colour = BLUE\ntext = a \"# b\" $$5\n  # not the end\n  second line\ndir = /x\nlist = p q,\n\tr\ntwice = 4\n",
	    no_base);
	const struct sample *s;

	if (!test_ok(c != NULL, "a file with everything"))
		return;
	s = conf_values(c, &sample_table);
	test_ok(s->on, "bool");
	test_int(s->count, -3, "int");
	test_int(s->size, 2 << 20, "size");
	test_int(s->ms, 1500, "msec");
	test_int(s->score, -5, "score");
	test_int(s->colour, 2, "enum");
	test_int(s->twice, 8, "custom");
	test_str(s->text, STR("a \"# b\" $5 second line"), "text over two lines");
	test_str(s->sub, STR("/x/b"), "default with a variable");
	test_int((int64_t)s->list.n, 3, "list");
	test_str(s->list.n == 3 ? s->list.item[2] : STR_NONE, STR("r"), "list item");
	test_int(((const struct other *)conf_values(c, &other_table))->max, 1, "default of another table");
	conf_put(&c);
	test_ok(c == NULL, "conf_put clears the pointer");
}

/* Words of lists: as written, what they are (one a line), how a dump writes them. */
static void
lists(void)
{
	static const struct {
		const char *name, *in, *want, *dump;
	} cases[] = {
		{ "space and comma", "list = \"a b,c\" d\n", "a b,c\nd\n", "\"a b,c\", d" },
		{ "quotes within a word", "list = /a/\"b c\"/d\n", "/a/b c/d\n", "\"/a/b c/d\"" },
		{ "escapes between quotes", "list = \"a\\\"b\", \"c\\\\ d\"\n", "a\"b\nc\\ d\n", "\"a\\\"b\", \"c\\\\ d\"" },
		{ "a backslash outside", "list = a\\b \\\"c\"\n", "a\\b\n\\c\n", "a\\b, \\c" },
		{ "an empty word is none", "list = \"\", a\n", "a\n", "a" },
		{ "no comment between quotes", "list = \"#a\" \"b # c\"\n", "#a\nb # c\n", "\"#a\", \"b # c\"" },
		{ "a dollar sign", "list = \"$$5 a\"\n", "$5 a\n", "\"$$5 a\"" },
		{ "a path stays one word", "dir = /x y, z\nlist = p $dir/q\n", "p\n/x y, z/q\n", "p, \"/x y, z/q\"" },
		{ "a path between quotes", "dir = /x \"y\nlist = \"$dir/q r\" s\n", "/x \"y/q r\ns\n",
		    "\"/x \\\"y/q r\", s" },
		{ "the words of a text", "text = a b\nlist = $text \"$text\"\n", "a\nb\na b\n", "a, b, \"a b\"" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct conf *c = must_parse(cases[i].in, no_base);
		const struct sample *s;
		struct buf got, origin;

		if (!test_ok(c != NULL, cases[i].name))
			continue;
		s = conf_values(c, &sample_table);
		buf_init(&got, 1 << 16);
		buf_init(&origin, 1 << 16);
		for (size_t k = 0; k < s->list.n; k++)
			buf_printf(&got, "%.*s\n", STR_ARG(s->list.item[k]));
		test_str(buf_str(&got), str_of(cases[i].want), cases[i].name);
		buf_reset(&got);
		(void)conf_show(c, STR("list"), &got, &origin);
		test_str(buf_str(&got), str_of(cases[i].dump), cases[i].name);
		conf_put(&c);
		buf_clear(&got);
		buf_clear(&origin);
	}
}

static void
dump(void)
{
	static const char want[] = "on = yes\ncount = 5\nsize = 4k\ntimeout = 1m\nscore = 2.5\ncolour = green\n"
	    "text = a $$5\nname = x\ndir = /a\nsub = /a/b\nlist = a, b\ntwice = 1\ncheck.envelope.recipients_max = 1\n";
	struct conf *c = must_parse("on = on\ntimeout = 1m\ntext = a $$5\n", no_base), *again;
	struct buf text, second;

	buf_init(&text, 1 << 20);
	buf_init(&second, 1 << 20);
	conf_dump(c, false, false, &text);
	test_str(buf_str(&text), str_of(want), "dump");
	again = must_parse(buf_cstr(&text), no_base);
	conf_dump(again, false, false, &second);
	test_str(buf_str(&second), str_of(want), "dump of the dump");
	buf_reset(&text);
	conf_dump(c, true, true, &text);
	test_str(buf_str(&text), STR("# f:1\non = yes\n# f:3\ntext = a $$5\n"), "what was changed, with origin");
	buf_reset(&text);
	buf_reset(&second);
	test_ok(conf_show(c, STR("timeout"), &text, &second), "conf_show");
	test_str(buf_str(&text), STR("1m"), "conf_show value");
	test_str(buf_str(&second), STR("f:2"), "conf_show origin");
	test_ok(!conf_show(c, STR("nothing"), &text, &second), "conf_show of an unknown key");
	conf_put(&c);
	conf_put(&again);
	buf_clear(&text);
	buf_clear(&second);
}

static void
write_file(const char *dir, const char *name, const char *text)
{
	char path[200];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	if (!f || fputs(text, f) < 0 || fclose(f) != 0)
		test_ok(false, "cannot write test file");
}

/* Load DIR/main.conf; the errors, with DIR taken out, must be `want`. */
static struct conf *
load(const char *dir, struct conf_base base, const char *want, const char *name)
{
	struct conf *c = NULL;
	struct buf why, bare;
	struct str rest;
	char path[200];
	size_t at;

	snprintf(path, sizeof(path), "%s/main.conf", dir);
	buf_init(&why, 1 << 20);
	buf_init(&bare, 1 << 20);
	(void)!conf_load(path, tables, base, &c, &why);
	rest = buf_str(&why);
	while ((at = str_find(rest, str_of(dir))) != STR_NPOS) {
		buf_add(&bare, str_upto(rest, at));
		buf_adds(&bare, "D");
		rest = str_from(rest, at + strlen(dir));
	}
	buf_add(&bare, rest);
	test_str(buf_str(&bare), str_of(want), name);
	buf_clear(&why);
	buf_clear(&bare);
	return c;
}

static void
files(void)
{
	char dir[] = "/tmp/conf_test.XXXXXX", command[64];
	struct conf_base base = { .key = "text", .dir = dir };
	struct conf *c;

	if (!test_ok(mkdtemp(dir) != NULL, "temp folder"))
		return;
	write_file(dir, "main.conf", "include = part-*.conf\ninclude = none-*.conf\ncount = 2\n");
	write_file(dir, "part-b.conf", "timeout = 2s\n");
	write_file(dir, "part-a.conf", "on = yes\n");
	c = load(dir, no_base, "", "include of a pattern");
	test_ok(c && ((const struct sample *)conf_values(c, &sample_table))->ms == 2000, "value of an included file");
	conf_put(&c);
	write_file(dir, "part-b.conf", "\non = no\n");
	c = load(dir, no_base, "D/part-b.conf:2: on: set already at D/part-a.conf:1\n", "duplicate over two files");
	write_file(dir, "part-b.conf", "include = main.conf\n");
	write_file(dir, "part-a.conf", "");
	write_file(dir, "main.conf", "include = part-b.conf\n");
	c = load(dir, no_base, "D/main.conf:1: include: more than 8 files include each other\n",
	    "a ring of includes ends");
	write_file(dir, "main.conf", "include = gone.conf\n");
	c = load(dir, no_base, "D/main.conf:1: include: no such file: D/gone.conf\n", "include of a missing file");

	write_file(dir, "soft.conf", "count = 9\ncolour = red\n");
	write_file(dir, "main.conf", "text = soft\ncount = 3\n");
	c = load(dir, base, "", "base");
	test_ok(c && ((const struct sample *)conf_values(c, &sample_table))->count == 3, "own line over base");
	test_ok(c && ((const struct sample *)conf_values(c, &sample_table))->colour == 0, "base over default");
	conf_put(&c);
	write_file(dir, "soft.conf", "count = 9\ntext = x\nkount = 1\n");
	c = load(dir, base, "D/soft.conf:2: text: not possible here\n"
	    "D/soft.conf:3: kount: unknown key; did you mean 'count'?\n", "errors inside the base");
	write_file(dir, "main.conf", "\ntext = sofd\n");
	c = load(dir, base, "D/main.conf:2: text: no 'sofd.conf' in D, which has: main, part-a, part-b, soft;"
	    " did you mean 'soft'?\n", "no such base");
	write_file(dir, "main.conf", "\ntext = ../x\n");
	c = load(dir, base, "D/main.conf:2: text: no '../x.conf' in D, which has: main, part-a, part-b, soft\n",
	    "a base is a name, no path");
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	test_ok(system(command) == 0, "temp folder removed");
}

static void
many_errors(void)
{
	struct buf text, why;
	struct conf *c = NULL;
	size_t lines = 0;
	struct str rest, line;

	buf_init(&text, CONF_BYTES);
	buf_init(&why, 1 << 20);
	for (int i = 0; i < 60000; i++)
		buf_printf(&text, "k%d = 1\n", i);
	test_ok(conf_parse(buf_str(&text), "f", tables, no_base, &c, &why) == RC_BAD, "60000 wrong lines");
	for (rest = buf_str(&why); str_next(&rest, '\n', &line); )
		lines++;
	test_int((int64_t)lines, CONF_ERRORS + 1, "errors that are shown");
	test_str(line, STR("more errors are not shown"), "and that there are more");
	buf_clear(&text);
	buf_clear(&why);
}

static void
holders(void)
{
	struct conf *a = must_parse("text = kept\n", no_base), *b = conf_get(a);
	struct conf_default defaults[] = { { "dir", "/own" }, { NULL, NULL } };
	struct conf_base base = { .defaults = defaults };

	conf_put(&a);
	test_str(((const struct sample *)conf_values(b, &sample_table))->text, STR("kept"), "the last holder still reads");
	conf_put(&b);
	a = must_parse("", base);
	test_str(((const struct sample *)conf_values(a, &sample_table))->sub, STR("/own/b"), "default of the program");
	conf_put(&a);
}

static void
needs_restart(void)
{
	static const struct { const char *name, *was, *is, *want; } cases[] = {
		{ "nothing", "", "", "" },
		{ "the same, written out", "", "colour = green\n", "" },
		{ "only what follows a reload", "count = 1\n", "count = 2\ntext = a\n", "" },
		{ "one", "colour = red\n", "colour = blue\ncount = 2\n", "colour\n" },
		{ "and what hangs on it", "", "dir = /other\n", "dir\nsub\n" },
		{ "back to the default", "sub = /x\n", "", "sub\n" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct conf *was = must_parse(cases[i].was, no_base), *is = must_parse(cases[i].is, no_base);
		struct buf keys;

		buf_init(&keys, 4096);
		conf_needs_restart(was, is, &keys);
		test_str(buf_str(&keys), str_of(cases[i].want), cases[i].name);
		buf_clear(&keys);
		conf_put(&was);
		conf_put(&is);
	}
}

/* Values that hold whatever the lines say. */
static void
fixed_values(void)
{
	static const struct conf_default fix[] = { { "dir", "/kept" }, { "colour", "red" }, { "text", "a$$b" }, { NULL, NULL } };
	struct conf_base base = { .fixed = fix };
	struct conf *c = must_parse("dir = /new\ncolour = blue\ncount = 2\n", base);
	const struct sample *s;

	if (!test_ok(c != NULL, "with fixed values"))
		return;
	s = conf_values(c, &sample_table);
	test_str(s->dir, STR("/kept"), "a fixed path");
	test_str(s->sub, STR("/kept/b"), "and what names it");
	test_int(s->colour, 0, "a fixed word");
	test_str(s->text, STR("a$b"), "fixed, though no line speaks of it");
	test_int(s->count, 2, "others are as the lines say");
	conf_put(&c);
}

/* From a process to its child. */
static void
passing(void)
{
	struct conf *c = must_parse("text = a$$b\ncount = 2\n", no_base), *got = NULL;
	struct buf first, second, errors;
	int fd = -1;

	buf_init(&first, 1 << 20);
	buf_init(&second, 1 << 20);
	buf_init(&errors, 1 << 20);
	test_int(conf_pass(c, &fd), RC_OK, "a configuration is passed on");
	test_int(conf_take(fd, tables, &got, &errors), RC_OK, "and taken");
	test_str(buf_str(&errors), STR_NONE, "without errors");
	conf_dump(c, false, false, &first);
	conf_dump(got, false, false, &second);
	test_str(buf_str(&second), buf_str(&first), "it is the same");
	test_ok(ftruncate(fd, 0) == 0 && write(fd, "count = x\n", 10) >= 0, "another text");
	conf_put(&got);
	test_int(conf_take(fd, tables, &got, &errors), RC_BAD, "that is wrong");
	test_ok(errors.n > 0, "is said to be so");
	close(fd);
	buf_reset(&errors);
	test_ok(conf_take(fd, tables, &got, &errors) != RC_OK, "a descriptor that is closed");
	test_str(buf_str(&errors), STR("the configuration cannot be read"), "is said to be so");
	buf_clear(&first);
	buf_clear(&second);
	buf_clear(&errors);
	conf_put(&c);
}

int
main(void)
{
	passing();
	fixed_values();
	needs_restart();
	errors();
	values();
	lists();
	dump();
	files();
	many_errors();
	holders();
	return test_done();
}
