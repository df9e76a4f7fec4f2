/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "test.h"

#include "auth/taglist.h"
#include "base/buf.h"

static const struct {
	const char *name;
	struct str in, want;		/* want: "name=<value>..." of each, empty: no list */
} cases[] = {
	{ "one", STR("a=b"), STR("a=<b>") },
	{ "two", STR("a=b;c=d"), STR("a=<b>c=<d>") },
	{ "the last semicolon", STR("a=b;c=d;"), STR("a=<b>c=<d>") },
	{ "white space everywhere", STR(" a = b ;\r\n\tc\t=\td ;  "), STR("a=<b>c=<d>") },
	{ "an empty value", STR("p=; v=1"), STR("p=<>v=<1>") },
	{ "white space inside", STR("b=x y\r\n z"), STR("b=<x y\r\n z>") },
	{ "an equals sign in the value", STR("b=ab=="), STR("b=<ab==>") },
	{ "digits and '_' in a name", STR("a1_b=c"), STR("a1_b=<c>") },
	{ "bytes over 127", STR("d=\xc3\xa9.example"), STR("d=<\xc3\xa9.example>") },
	{ "case matters", STR("a=1;A=2"), STR("a=<1>A=<2>") },
	{ "nothing", STR(""), STR("") },
	{ "white space only", STR("  "), STR("") },
	{ "a semicolon only", STR(";"), STR("") },
	{ "two semicolons", STR("a=b;;c=d"), STR("") },
	{ "two semicolons at the end", STR("a=b;;"), STR("") },
	{ "a name without a value", STR("a=b;c"), STR("") },
	{ "a value without a name", STR("a=b;=d"), STR("") },
	{ "a name that begins with a digit", STR("1a=b"), STR("") },
	{ "a name with a space", STR("a b=c"), STR("") },
	{ "twice the same", STR("a=b;a=b"), STR("") },
	{ "a NUL", STR("a=b\0c"), STR("") },
	{ "a control", STR("a=b\x01"), STR("") },
};

static void
limits(void)
{
	char text[TAGLIST_BYTES + 2], many[TAGLIST_TAGS * 8 + 16];
	struct taglist l;
	size_t n = 0;

	memset(text, 'a', sizeof(text));
	text[1] = '=';
	test_ok(taglist_parse((struct str){ text, TAGLIST_BYTES }, &l), "as long as may be");
	test_ok(!taglist_parse((struct str){ text, TAGLIST_BYTES + 1 }, &l), "too long");
	for (size_t i = 0; i < TAGLIST_TAGS; i++)
		n += (size_t)snprintf(many + n, sizeof(many) - n, "a%zu=1;", i);
	test_ok(taglist_parse((struct str){ many, n }, &l) && l.n == TAGLIST_TAGS, "as many tags as may be");
	n += (size_t)snprintf(many + n, sizeof(many) - n, "b=1;");
	test_ok(!taglist_parse((struct str){ many, n }, &l), "too many tags");
}

int
main(void)
{
	struct taglist l;
	struct str v;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buf got;

		buf_init(&got, 1000);
		if (taglist_parse(cases[i].in, &l))
			for (size_t t = 0; t < l.n; t++)
				buf_printf(&got, "%.*s=<%.*s>", STR_ARG(l.tag[t].name), STR_ARG(l.tag[t].value));
		test_str(buf_str(&got), cases[i].want, cases[i].name);
		buf_clear(&got);
	}
	test_ok(taglist_parse(STR("a=1; b = x y ;c=3"), &l), "a list");
	test_ok(taglist_get(&l, STR("b"), &v) && str_eq(v, STR("x y")), "a tag of it");
	test_str(l.tag[1].raw, STR(" x y "), "all that stands between '=' and ';'");
	test_ok(!taglist_get(&l, STR("B"), &v), "another tag");
	limits();
	return test_done();
}
