/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "message/header.h"
#include "message/mail.h"
#include "test.h"

/* "type|name=value|name=value" */
static struct str
describe(struct pool *pool, struct str in, uint64_t *defects)
{
	struct limits lim = mail_limits();
	const struct mime_param *p;
	struct buf out;
	struct str s;
	size_t n;

	buf_init(&out, 65536);
	*defects = 0;
	buf_add(&out, header_params(pool, &lim, in, &p, &n, defects));
	for (size_t i = 0; i < n; i++) {
		buf_addc(&out, '|');
		buf_add(&out, p[i].name);
		buf_addc(&out, '=');
		buf_add(&out, p[i].value);
	}
	s = pool_str(pool, buf_str(&out));
	buf_clear(&out);
	return s;
}

#define BAD DEFECT_BIT(BAD_PARAMETER)

static const struct {
	const char *name;
	struct str in, want;
	uint64_t defects;
} cases[] = {
	{ "type only", STR("Text/Plain"), STR("text/plain"), 0 },
	{ "one parameter", STR("text/plain; charset=utf-8"), STR("text/plain|charset=utf-8"), 0 },
	{ "name in capitals", STR("a/b; CharSet=X"), STR("a/b|charset=X"), 0 },
	{ "quoted", STR("a/b; x=\"c d;e\""), STR("a/b|x=c d;e"), 0 },
	{ "empty quotes", STR("a/b; x=\"\""), STR("a/b|x="), 0 },
	{ "escapes, both readings", STR("a/b; x=\"c\\\"d\""), STR("a/b|x=c\"d|x=c\\\"d"), 0 },
	{ "trailing semicolon", STR("a/b; x=c;"), STR("a/b|x=c"), 0 },
	{ "semicolons in a row", STR("a/b;;; x=c"), STR("a/b|x=c"), 0 },
	{ "no white space", STR("a/b;x=c;y=d"), STR("a/b|x=c|y=d"), 0 },
	{ "folds", STR("a/b;\r\n\tx=c;\r\n y=\"d\r\n e\""), STR("a/b|x=c|y=d e"), 0 },
	{ "comment behind the type", STR("a/b (c); x=d"), STR("a/b|x=d"), 0 },
	{ "comment in the type", STR("a(c)/b; x=d"), STR("a/b|x=d"), BAD },
	{ "comment behind a value", STR("a/b; x=d (c)"), STR("a/b|x=d|x=d (c)"), 0 },
	{ "comment glued to a value", STR("a/b; x=d(c)"), STR("a/b|x=d|x=d(c)"), 0 },
	{ "comment before the equals sign", STR("a/b; x(c)=d"), STR("a/b|x=d"), 0 },
	{ "comment behind it", STR("a/b; x=(c)d"), STR("a/b|x=d"), 0 },
	{ "nested comment with a quote", STR("a/b; (c (\\) \") d) x=e"), STR("a/b|x=e"), 0 },
	{ "white space around the equals sign", STR("a/b; x \t = \r\n c"), STR("a/b|x=c"), 0 },
	{ "spaces in an unquoted value", STR("a/b; name=c d.txt"), STR("a/b|name=c d.txt|name=c"), 0 },
	{ "semicolon in an unquoted value", STR("a/b; name=c 1;.bat"),
	    STR("a/b|name=c 1|name=c|name=c 1;.bat"), BAD },
	{ "missing semicolon behind the type", STR("a/b x=c"), STR("a/b|x=c"), BAD },
	{ "missing semicolon between parameters", STR("a/b; x=c y=d"), STR("a/b|x=c|y=d"), 0 },
	{ "missing semicolon behind quotes", STR("a/b; x=\"c\" y=d"), STR("a/b|x=c|y=d"), 0 },
	{ "text glued to quotes", STR("a/b; x=\"c\"d"), STR("a/b|x=c|x=cd"), BAD },
	{ "quotes without end", STR("a/b; x=\"c; y=d"), STR("a/b|x=c; y=d|x=c"), BAD },
	{ "single quotes", STR("a/b; x='c'"), STR("a/b|x='c'|x=c"), 0 },
	{ "twice", STR("a/b; x=c; x=d"), STR("a/b|x=c|x=d"), 0 },
	{ "twice the same", STR("a/b; x=c; x=c"), STR("a/b|x=c"), 0 },
	{ "no value", STR("a/b; x; y=d"), STR("a/b|y=d"), 0 },
	{ "white space in the type", STR("a / b; x=c"), STR("a/b|x=c"), BAD },
	{ "quoted type", STR("\"a/b\"; x=c"), STR("a/b|x=c"), BAD },
	{ "quotes inside a type", STR("multi\"\"part/mixed; x=c"), STR("multipart/mixed|x=c"), BAD },
	{ "NUL in a value", STR("a/b; x=\"c\0d\""), STR("a/b|x=c\0d"), 0 },
	{ "encoded word in quotes", STR("a/b; name=\"=?utf-8?B?44GC?=.txt\""),
	    STR("a/b|name=\xe3\x81\x82.txt|name==?utf-8?B?44GC?=.txt"), 0 },
	{ "Latin-1 bytes", STR("a/b; name=\"\xe9\""), STR("a/b|name=\xc3\xa9"), 0 },
	{ "a boundary stays bytes", STR("a/b; boundary=\"\xe9\""), STR("a/b|boundary=\xe9"), 0 },
	{ "2231: extended", STR("a/b; name*=utf-8'en'%e3%81%82.txt"),
	    STR("a/b|name=\xe3\x81\x82.txt|name=utf-8'en'%e3%81%82.txt"), 0 },
	{ "2231: Latin-1", STR("a/b; name*=iso-8859-1''%E9"), STR("a/b|name=\xc3\xa9|name=iso-8859-1''%E9"), 0 },
	{ "2231: pieces", STR("a/b; name*0=\"run.b\"; name*1=at"), STR("a/b|name=run.bat"), 0 },
	{ "2231: pieces out of order", STR("a/b; name*1=at; name*0=\"run.b\""),
	    STR("a/b|name=run.bat|name=atrun.b"), 0 },
	{ "2231: mixed pieces", STR("a/b; name*0*=utf-8''r%75n; name*1=\".%41\""),
	    STR("a/b|name=run.%41|name=utf-8''r%75n.%41"), 0 },
	{ "2231: a gap", STR("a/b; name*0=a; name*2=c"), STR("a/b|name=ac|name=a"), BAD },
	{ "2231: starts at one", STR("a/b; name*1=a; name*2=c"), STR("a/b|name=ac"), BAD },
	{ "2231: a number twice", STR("a/b; name*0=a; name*0=b; name*1=c"),
	    STR("a/b|name=ac|name=bc"), BAD },
	{ "2231 before plain", STR("a/b; name=x; name*=utf-8''y"),
	    STR("a/b|name=y|name=utf-8''y|name=x"), 0 },
	{ "2231: character cut between pieces", STR("a/b; name*0*=utf-8''%e3%81; name*1*=%82"),
	    STR("a/b|name=\xe3\x81\x82|name=utf-8''%e3%81%82"), 0 },
	{ "2231: NUL", STR("a/b; name*=utf-8''a%00b"), STR("a/b|name=a\0b|name=utf-8''a%00b"), 0 },
	{ "2231: no charset", STR("a/b; name*=%41"), STR("a/b|name=A|name=%41"), 0 },
	{ "empty", STR(""), STR(""), 0 },
};

static void
values(void)
{
	struct pool *pool = pool_new(0);

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint64_t defects;

		test_str(describe(pool, cases[i].in, &defects), cases[i].want, cases[i].name);
		if (!test_ok(defects == cases[i].defects, "its defects"))
			printf("#   got %" PRIx64 " want %" PRIx64 "\n", defects, cases[i].defects);
	}
	pool_free(&pool);
}

static void
limits(void)
{
	struct limits lim = mail_limits();
	struct pool *pool = pool_new(0);
	const struct mime_param *p;
	uint64_t defects = 0;
	size_t n;

	lim.params = 3;
	header_params(pool, &lim, STR("a/b; a=1; b=2; c=3; d=4"), &p, &n, &defects);
	test_int((int64_t)n, 3, "limit.params");
	test_ok(defects == DEFECT_BIT(LIMIT_PARAMS), "and its defect");
	lim.comment_nest = 2;
	defects = 0;
	header_params(pool, &lim, STR("a/b; (((x))) c=d"), &p, &n, &defects);
	test_int((int64_t)n, 0, "limit.comment_nest");
	test_ok(defects == DEFECT_BIT(LIMIT_PARAMS), "and its defect");
	test_str(header_token(pool, &lim, STR(" \"Base\" (x)64\r\n")), STR("base64"), "header_token");
	pool_free(&pool);
}

int
main(void)
{
	values();
	limits();
	return test_done();
}
