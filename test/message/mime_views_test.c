/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "message/mime.h"

#include "message/mail.h"
#include "test.h"

/* Views as "cte/how+skip:length=name'content'". */
static struct str
describe(struct pool *pool, struct message *m, const struct limits *lim)
{
	static const char *const cte[] = { "id", "qp", "b64", "uu", "yenc" };
	static const char *const how[] = { "", "stop", "A", "resync" };
	struct mime_part *p = &m->parts[0];
	struct buf out, space;
	struct str s;

	buf_init(&out, 65536);
	buf_init(&space, 65536);
	for (size_t v = 0; v < p->n_views; v++) {
		const struct mime_view *view = &p->views[v];

		buf_printf(&out, "%s%s/%s", v ? " " : "", cte[view->cte], how[view->how]);
		if (view->skip)
			buf_printf(&out, "+%zu:%zu", view->skip, view->length);
		if (view->name.n)
			buf_printf(&out, "=%.*s", STR_ARG(view->name));
		if (mime_decode(m, lim, p, v, &space, &s) == RC_LIMIT)
			buf_adds(&out, "CUT");
		buf_addc(&out, '\'');
		buf_add(&out, s);
		buf_addc(&out, '\'');
	}
	s = pool_str(pool, buf_str(&out));
	buf_clear(&out);
	buf_clear(&space);
	return s;
}

#define B64 "Content-Transfer-Encoding: base64\n\n"
#define ALL_FROM (DEFECT_BIT(NO_FROM) | DEFECT_BIT(NO_DATE) | DEFECT_BIT(NO_MIME_VERSION) | DEFECT_BIT(BARE_LF))

static const struct {
	const char *name;
	struct str in, want;
	uint64_t defects;
} cases[] = {
	{ "identity", STR("A: b\n\nhi"), STR("id/'hi'"), 0 },
	{ "clean base64", STR(B64 "aGVsbG8=\n"), STR("b64/'hello'"), 0 },
	{ "clean base64, long", STR(B64
	    "YWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFh\n"
	    "YWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFh\n"),
	    STR("b64/'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'"), 0 },
	{ "junk", STR(B64 "aGV\nsb.G8=\n"), STR("b64/'hello' b64/stop'hel' id/'aGV\nsb.G8=\n'"),
	    DEFECT_BIT(BASE64_JUNK) },
	{ "junk in front", STR(B64 "X-Pad: !\naGVsbG8=\n"),
	    STR("b64/'\x5c\xf6\x9d\x68\x65\x6c\x6c\x6f' b64/stop'' b64/resync'hello' id/'X-Pad: !\naGVsbG8=\n'"),
	    DEFECT_BIT(BASE64_JUNK) },
	{ "padding inside", STR(B64 "aGVs====bG8=\n"), STR("b64/'hello' b64/stop'hel' b64/A'hel\0\0\0lo'"),
	    DEFECT_BIT(BASE64_PADDING) },
	{ "two blocks", STR(B64 "YQ\n\naGVsbG8=\n"), STR("b64/'a\x06\x86V\xc6\xc6' b64/+4:0'hello'"),
	    DEFECT_BIT(BASE64_JUNK) },
	{ "lines that cut groups", STR(B64 "aGVsb\nG8=\n"), STR("b64/'hello'"), DEFECT_BIT(BASE64_JUNK) },
	{ "quoted-printable", STR("Content-Transfer-Encoding: quoted-printable\n\n=68i=\n!"), STR("qp/'hi!'"), 0 },
	{ "uuencode", STR("Content-Transfer-Encoding: x-uuencode\n\nbegin 644 a\n#86)C\n`\nend\n"), STR("uu/'abc'"), 0 },
	{ "uuencode inside text", STR("A: b\n\nhi\nbegin 644 a.txt\n#86)C\n`\nend\nbye\n"),
	    STR("id/'hi\nbegin 644 a.txt\n#86)C\n`\nend\nbye\n' uu/+3:28=a.txt'abc'"), DEFECT_BIT(INLINE_UU) },
	{ "base64 that does not say so", STR("A: b\n\naGVsbG8gd29ybGQgaGVsbG8gd29ybGQgaGVsbG8gd29ybGQgaGVsbG8gd29y\n"
	    "aGVsbG8gd29ybGQgaGVsbG8gd29ybGQgaGVsbG8gd29ybGQgaGVsbG8gd29y\n"),
	    STR("id/'aGVsbG8gd29ybGQgaGVsbG8gd29ybGQgaGVsbG8gd29ybGQgaGVsbG8gd29y\n"
	    "aGVsbG8gd29ybGQgaGVsbG8gd29ybGQgaGVsbG8gd29ybGQgaGVsbG8gd29y\n' b64/'hello world hello world hello "
	    "world hello worhello world hello world hello world hello wor'"), 0 },
	{ "NUL in text", STR("A: b\n\na\0b"), STR("id/'a\0b'"), DEFECT_BIT(NUL_BODY) },
};

static void
views(void)
{
	struct limits lim = mail_limits();

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct pool *pool = pool_new(0);
		struct message *m = mime_parse(pool, &lim, cases[i].in);

		test_str(describe(pool, m, &lim), cases[i].want, cases[i].name);
		if (!test_ok((m->defects & ~ALL_FROM) == cases[i].defects, "its defects")) {
			struct buf names;

			buf_init(&names, 4096);
			mail_defects(m->defects & ~ALL_FROM, &names);
			printf("#  %s\n", buf_cstr(&names));
			buf_clear(&names);
		}
		pool_free(&pool);
	}
}

static void
decoded_limit(void)
{
	struct limits lim = mail_limits();
	struct pool *pool = pool_new(0);
	struct message *m;

	lim.decoded_bytes = 3;
	m = mime_parse(pool, &lim, STR(B64 "aGVsbG8=\n"));
	test_str(describe(pool, m, &lim), STR("b64/CUT'hel'"), "limit.decoded_bytes cuts");
	test_ok(m->defects & DEFECT_BIT(LIMIT_DECODED), "and its defect");
	test_int((int64_t)m->decoded_bytes, 3, "counted");
	pool_free(&pool);
}

int
main(void)
{
	views();
	decoded_limit();
	return test_done();
}
