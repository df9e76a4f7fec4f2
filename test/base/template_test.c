/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "base/template.h"

#include "test.h"

static void
puts_values(void)
{
	static const struct template_value values[] = {
		{ "a", { "1", 1 } }, { "b", { "<&\"'>", 5 } }, { "none", { NULL, 0 } }, { "nl", { "x\ny\x7f", 4 } },
		{ .name = NULL }
	};
	static const struct {
		const char *in, *want;
	} cases[] = {
		{ "plain", "plain" },
		{ "", "" },
		{ "<{{a}}>", "<1>" },
		{ "{{ a }}", "1" },
		{ "{{b}}", "&lt;&amp;&quot;&#39;&gt;" },
		{ "{{nl}}", "x\xef\xbf\xbdy\xef\xbf\xbd" },
		{ "{{unknown}}|{{none}}", "|" },
		{ "{{#a}}yes{{/a}}{{#none}}no{{/none}}", "yes" },
		{ "{{^a}}no{{/a}}{{^none}}yes{{/none}}", "yes" },
		{ "{{#a}}x{{#none}}y{{#a}}z{{/a}}{{/none}}w{{/a}}", "xw" },
		{ "{{#none}}{{^none}}x{{/none}}{{/none}}y", "y" },
		{ "{{#none}}{{a}}{{/none}}", "" },
		{ "a {{ open", "a {{ open" },
		{ "a }} close", "a }} close" },
		{ "{{{a}}}", "}" },
	};
	struct buf out;

	buf_init(&out, 1000);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		buf_reset(&out);
		template_put(str_of(cases[i].in), values, &out);
		test_str(buf_str(&out), str_of(cases[i].want), cases[i].in);
	}
	buf_clear(&out);
}

/* A value is never read as a mark. */
static void
values_stay_values(void)
{
	static const struct template_value values[] = { { "a", { "{{b}}{{#c}}", 11 } }, { "b", { "secret", 6 } }, { .name = NULL } };
	struct buf out;

	buf_init(&out, 1000);
	template_put(STR("[{{a}}]"), values, &out);
	test_str(buf_str(&out), STR("[{{b}}{{#c}}]"), "marks in a value");
	buf_clear(&out);
}

static void
tries(void)
{
	static const struct {
		const char *in, *why;
	} cases[] = {
		{ "{{#a}}{{^b}}{{/b}}{{/a}}{{c}}", NULL },
		{ "\n{{#a}}", "line 2: a section is not ended" },
		{ "x\n\n{{/a}}", "line 3: ends a section that is not open" },
		{ "{{#a}}{{#b}}{{/a}}{{/b}}", "line 1: ends a section that is not open" },
		{ "{{}}", "line 1: a mark without a name" },
		{ "{{#a}}{{#a}}{{#a}}{{#a}}{{#a}}{{#a}}{{#a}}{{#a}}{{#a}}", "line 1: too many sections in each other" },
	};
	struct buf why;

	buf_init(&why, 1000);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		buf_reset(&why);
		test_int(template_try(str_of(cases[i].in), &why), cases[i].why ? RC_BAD : RC_OK, cases[i].in);
		test_str(buf_str(&why), str_of(cases[i].why), "says why");
	}
	buf_clear(&why);
}

int
main(void)
{
	puts_values();
	values_stay_values();
	tries();
	return test_done();
}
