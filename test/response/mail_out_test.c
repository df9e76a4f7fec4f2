/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Our own messages, read back as anybody reads them. */
#include "response/mail_out.h"

#include "message/addr.h"
#include "message/header.h"
#include "message/mime.h"
#include "test.h"

static struct pool *pool;
static struct limits limits;
static const struct limits *lim = &limits;

static const struct {
	const char *name, *subject, *from_name, *text, *html;
	const char *want_subject, *want_name;	/* NULL: the same */
} cases[] = {
	{ "plain", "Held mail", "Mail gateway", "one\ntwo\n", "<p>one</p>\n", NULL, NULL },
	{ "Japanese", "\xe9\x9a\x94\xe9\x9b\xa2\xe3\x83\xa1\xe3\x83\xbc\xe3\x83\xab\xe3\x81\xae\xe3\x81\x8a\xe7\x9f\xa5\xe3\x82\x89\xe3\x81\x9b \xe9\x9a\x94\xe9\x9b\xa2\xe3\x83\xa1\xe3\x83\xbc\xe3\x83\xab\xe3\x81\xae\xe3\x81\x8a\xe7\x9f\xa5\xe3\x82\x89\xe3\x81\x9b",
	  "\xe9\x96\xa2\xe5\xae\x88", "\xe9\x9a\x94\xe9\x9b\xa2\xe3\x83\xa1\xe3\x83\xbc\xe3\x83\xab\n\xe3\x81\x82\n", "<p>\xe3\x81\x82</p>", NULL, NULL },
	{ "fields within texts", "a\r\nBcc: <x@y.example>\r\n\r\nbody", "b\r\nX: y", "x\n", "x\n",
	  "a\xef\xbf\xbd\xef\xbf\xbd" "Bcc: <x@y.example>\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" "body", "b\xef\xbf\xbd\xef\xbf\xbdX: y" },
	{ "syntax within a name", "=?utf-8?B?QUJD?=", "x\" <evil@example.org>, \"y\\", "=41\n", "&lt;\n", NULL, NULL },
	{ "no UTF-8", "\xff\xfe x", "\x80", "\xff\n", "x\n", "\xef\xbf\xbd\xef\xbf\xbd x", "\xef\xbf\xbd" },
	{ "lines of dots, From, and blanks at their end", "s", "n", ".\n..\nFrom me\n a \n\t\n--=_0\n", ".", NULL, NULL },
	{ "empty", "", "", "", "", NULL, NULL },
};

static struct str
content(struct message *m, size_t part)
{
	struct buf space;
	struct str out = STR_NONE;

	buf_init(&space, 1 << 20);
	if (part < m->n_parts && mime_decode(m, lim, &m->parts[part], 0, &space, &out) == RC_OK)
		out = pool_str(pool, out);
	buf_clear(&space);
	return out;
}

/* Line ends as they were put in. */
static struct str
with_lf(struct str in)
{
	char *p = pool_alloc(pool, in.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < in.n; i++)
		if (in.p[i] != '\r' || i + 1 == in.n || in.p[i + 1] != '\n')
			p[n++] = in.p[i];
	return (struct str){ p, n };
}

/* A text without line end at its end may get one. */
static void
same_text(struct str got, const char *want, const char *name)
{
	struct str text = with_lf(got);

	if (text.n == strlen(want) + 1 && text.p[text.n - 1] == '\n')
		text.n--;
	test_str(text, str_of(want), name);
}

static void
lines(struct str raw, const char *name)
{
	struct str line;
	size_t longest = 0, bare = 0, high = 0;

	while (str_next(&raw, '\n', &line)) {
		bare += line.n && line.p[line.n - 1] != '\r';
		longest = line.n > longest ? line.n : longest;
		for (size_t i = 0; i < line.n; i++)
			high += (unsigned char)line.p[i] >= 0x80;
	}
	test_ok(longest <= 79 && high == 0 && bare == 0, name);
}

static void
read_back(size_t i)
{
	struct mail_out m = { .from = STR("gate@mx.example"), .to = STR("anna@example.com"), .subject = str_of(cases[i].subject),
	    .from_name = str_of(cases[i].from_name), .text = str_of(cases[i].text), .html = str_of(cases[i].html),
	    .language = "ja", .time_s = 1672653600 };
	const char *subject = cases[i].want_subject ? cases[i].want_subject : cases[i].subject;
	const char *from_name = cases[i].want_name ? cases[i].want_name : cases[i].from_name;
	struct message *got;
	struct addr_list from;
	uint64_t defects = 0;
	struct buf raw;

	buf_init(&raw, 1 << 20);
	test_int(mail_out_put(&m, &raw), RC_OK, cases[i].name);
	lines(buf_str(&raw), "short lines of ASCII");
	got = mime_parse(pool, lim, pool_str(pool, buf_str(&raw)));
	buf_clear(&raw);
	test_int((int64_t)got->defects, 0, "nothing is wrong with it");
	if (!test_int((int64_t)got->n_parts, 3, "three parts"))
		return;
	test_str(got->parts[0].type, STR("multipart/alternative"), "of which one is to be shown");
	test_str(got->parts[1].type, STR("text/plain"), "the text");
	test_str(got->parts[2].type, STR("text/html"), "and better, HTML");
	same_text(content(got, 1), i == 4 ? "\xff\n" : cases[i].text, "text");
	same_text(content(got, 2), cases[i].html, "HTML");
	test_str(header_text(pool, lim, mime_find(&got->parts[0], STR("Subject"))->value, &defects), str_of(subject), "subject");
	from = addr_parse(pool, lim, mime_find(&got->parts[0], STR("From"))->value, &defects);
	if (test_int((int64_t)from.n, 1, "one author")) {
		test_str(from.item[0].text, STR("gate@mx.example"), "address");
		test_str(from.item[0].name, str_of(from_name), "name");
	}
	test_ok(!mime_find(&got->parts[0], STR("Bcc")) && !mime_find(&got->parts[0], STR("X")), "no field but ours");
	test_str(header_unfold(pool, mime_find(&got->parts[0], STR("Date"))->value), STR("Mon, 2 Jan 2023 10:00:00 +0000"), "date");
	test_str(header_unfold(pool, mime_find(&got->parts[0], STR("Auto-Submitted"))->value), STR("auto-generated"), "by a machine");
}

static void
addresses(void)
{
	static const struct {
		const char *address;
		bool want;
	} rows[] = {
		{ "a@b.example", true }, { "a+b=c@b.example", true }, { "", false }, { "a", false }, { "@b", false },
		{ "a@", false }, { "a@b@c", false }, { "a b@c", false }, { "a@b\r\nX: y", false }, { "a<b>@c", false },
		{ "\"a\"@c", false }, { "\xc3\xa4@c", false },
	};
	struct mail_out m = { .from = STR("a@b.example"), .to = STR("x\r\n@c") };
	struct buf raw;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		test_int(mail_out_can(str_of(rows[i].address)), rows[i].want, rows[i].address[0] ? "address" : "none");
	buf_init(&raw, 65536);
	test_int(mail_out_put(&m, &raw), RC_BAD, "to nobody who can be written to");
	buf_clear(&raw);
	buf_init(&raw, 300);
	m.to = STR("c@d.example");
	test_int(mail_out_put(&m, &raw), RC_LIMIT, "more than there is room for");
	buf_clear(&raw);
}

static void
two(void)
{
	struct mail_out m = { .from = STR("a@b.example"), .to = STR("c@d.example"), .text = STR("x"), .html = STR("y") };
	struct buf one, other;

	buf_init(&one, 65536);
	buf_init(&other, 65536);
	test_ok(mail_out_put(&m, &one) == RC_OK && mail_out_put(&m, &other) == RC_OK, "two");
	test_ok(!str_eq(buf_str(&one), buf_str(&other)), "have ids of their own");
	buf_clear(&one);
	buf_clear(&other);
}

int
main(void)
{
	limits_default(&limits);
	pool = pool_new(0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		read_back(i);
	addresses();
	two();
	pool_free(&pool);
	return test_done();
}
