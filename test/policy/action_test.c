/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "test.h"

#include "policy/action.h"

static void
parse(void)
{
	static const struct { const char *name, *in, *want; } good[] = {
		{ "one word", "reject", "reject" },
		{ "any case", "QuaranTine", "quarantine" },
		{ "modification alone accepts", "strip", "accept, strip" },
		{ "all at once", "tag,strip subject \"[A] \" header \"X-A: b\", header \"X-C: d e\"",
		    "tag, strip, subject \"[A] \", header \"X-A: b\", header \"X-C: d e\"" },
		{ "quotes inside", "tag, subject \"a\\\"b\\\\c\"", "tag, subject \"a\\\"b\\\\c\"" },
		{ "the same header twice", "tag, header \"A: b\", header \"A: b\"", "tag, header \"A: b\"" },
		{ "UTF-8", "tag, subject \"[\xe5\x8d\xb1] \"", "tag, subject \"[\xe5\x8d\xb1] \"" },
	};
	static const struct { const char *name, *in, *want; } bad[] = {
		{ "nothing", "", "names no action" },
		{ "commas only", ", ,", "names no action" },
		{ "unknown", "rejekt", "'rejekt' is no action; did you mean 'reject'?" },
		{ "two intercepts", "tag, reject", "both tag and reject; a line has one of them" },
		{ "subject without text", "tag, subject",
		    "subject needs a text in double quotes of at most 200 bytes: subject \"text\"" },
		{ "open quote", "tag, subject \"abc",
		    "subject needs a text in double quotes of at most 200 bytes: subject \"text\"" },
		{ "empty text", "tag, subject \"\"",
		    "subject needs a text in double quotes of at most 200 bytes: subject \"text\"" },
		{ "two subjects", "tag, subject \"a\", subject \"b\"", "two subjects" },
		{ "header without colon", "tag, header \"X-A\"", "'X-A' is no header field" },
		{ "header with a space in its name", "tag, header \"X A: b\"", "'X A: b' is no header field" },
		{ "header without value", "tag, header \"X-A: \"", "'X-A: ' is no header field" },
		{ "quote alone", "\"x\"", "'\"' is no action" },
	};
	struct pool *pool = pool_new(0);
	struct action_set set;
	struct buf text;

	buf_init(&text, 4096);
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		buf_reset(&text);
		if (action_parse(pool, str_of(good[i].in), &set, &text) == RC_OK)
			action_format(&set, &text);
		test_str(buf_str(&text), str_of(good[i].want), good[i].name);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		buf_reset(&text);
		test_ok(action_parse(pool, str_of(bad[i].in), &set, &text) == RC_BAD, bad[i].name);
		test_str(buf_str(&text), str_of(bad[i].want), bad[i].name);
	}
	buf_clear(&text);
	pool_free(&pool);
}

static void
merge(void)
{
	static const struct { const char *name, *a, *b, *want; } cases[] = {
		{ "strongest wins", "tag", "reject", "reject" },
		{ "also the first", "discard", "reject", "discard" },
		{ "tempfail over hold", "hold", "tempfail", "tempfail" },
		{ "modifications add up", "tag, strip", "quarantine, subject \"x\"", "quarantine, strip, subject \"x\"" },
		{ "the first subject stays", "tag, subject \"a\"", "tag, subject \"b\"", "tag, subject \"a\"" },
		{ "headers of both", "tag, header \"A: 1\"", "tag, header \"B: 2\", header \"A: 1\"",
		    "tag, header \"A: 1\", header \"B: 2\"" },
	};
	struct pool *pool = pool_new(0);
	struct action_set a, b;
	struct buf text;

	buf_init(&text, 4096);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		buf_reset(&text);
		if (action_parse(pool, str_of(cases[i].a), &a, &text) == RC_OK &&
		    action_parse(pool, str_of(cases[i].b), &b, &text) == RC_OK) {
			action_merge(pool, &a, &b);
			action_format(&a, &text);
		}
		test_str(buf_str(&text), str_of(cases[i].want), cases[i].name);
	}
	buf_clear(&text);
	pool_free(&pool);
}

static void
table(void)
{
	const char *name, *argument, *help;
	size_t n = 0;

	for (; action_describe(n, &name, &argument, &help); n++) {
		test_ok(name && help && help[0], "a row has name and help");
		if (n < INTERCEPT_N)
			test_str(str_of(intercept_name((enum intercept)n)), str_of(name), "an intercept is its row");
	}
	test_int((int64_t)n, INTERCEPT_N + 3, "intercepts and three modifications");
}

int
main(void)
{
	parse();
	merge();
	table();
	return test_done();
}
