/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "link/find_pdf.h"

#include "conf/limits_opts.h"
#include "test.h"

static const struct {
	const char *name;
	struct str in;
	const char *want;		/* links, each ended by a blank */
} rows[] = {
	{ "/URI", STR("<</S /URI /URI (http://bad.example/a)>>"), "http://bad.example/a " },
	{ "/URI without scheme", STR("/URI(//bad.example/a)"), "" },
	{ "name escaped", STR("<</S/U#52I/#55RI (http://bad.example/a)>>"), "http://bad.example/a " },
	{ "string escaped", STR("/URI (http:\\057/bad\\.exam\\\nple/\\(a\\))"), "http://bad.example/(a) " },
	{ "nested brackets", STR("/URI (http://bad.example/(a)b)"), "http://bad.example/(a)b " },
	{ "hexadecimal", STR("/URI <687474703A2F2F 6261642E6578616D706C652F>"), "http://bad.example/ " },
	{ "UTF-16", STR("/URI (\xfe\xff\0h\0t\0t\0p\0:\0/\0/\0b\0.\0t\0e\0s\0t\0/)"), "http://b.test/ " },
	{ "Launch", STR("<</S/Launch/F(http://bad.example/x.exe)>>"), "http://bad.example/x.exe " },
	{ "GoToR", STR("<</S/GoToR/F<</FS/URL/F(https://bad.example/x.pdf)>>>>"), "https://bad.example/x.pdf " },
	{ "SubmitForm", STR("<</S/SubmitForm/F<</FS/URL/F(https://bad.example/post)>>>>"), "https://bad.example/post " },
	{ "JavaScript", STR("<</S/JavaScript/JS(app.launchURL\\(\"https://bad.example/js\", true\\);)>>"), "https://bad.example/js " },
	{ "two", STR("/URI (http://a.example/) /URI (http://b.example/)"), "http://a.example/ http://b.example/ " },
	{ "behind a string without end", STR("\x80(abc /URI <687474703a2f2f622e746573742f>"), "http://b.test/ " },
	{ "bytes that are none", STR("(\x01http://font.example/)"), "" },
	{ "metadata", STR("(xmlns:x=\"http://ns.adobe.com/xap/1.0/\")"), "" },
	{ "words", STR("(Note: see below)"), "" },
	{ "nothing", STR(""), "" },
	{ "only a bracket", STR("("), "" },
};

static void
check(struct str in, const char *want, const char *name)
{
	struct limits lim;
	struct pool *pool = pool_new(0);
	struct links *l;
	struct buf got;

	limits_default(&lim);
	l = links_new(pool, &lim, NULL);
	buf_init(&got, 1 << 16);
	find_pdf(l, in, 0);
	for (size_t i = 0; i < links_all(l)->n; i++) {
		const struct link *k = (const struct link *)links_all(l)->items + i;

		buf_add(&got, k->url);
		buf_addc(&got, ' ');
		test_ok(k->where == LINK_IN_PDF, "where");
	}
	test_str(buf_str(&got), str_of(want), name);
	buf_clear(&got);
	pool_free(&pool);
}

int
main(void)
{
	struct buf many;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		check(rows[i].in, rows[i].want, rows[i].name);
	/* Brackets without an end: linear, or this takes hours. */
	buf_init(&many, 8 << 20);
	while (many.n < 4 << 20)
		buf_adds(&many, "((((((((((((((((");
	check(buf_str(&many), "", "four million brackets");
	buf_clear(&many);
	return test_done();
}
