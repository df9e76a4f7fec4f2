/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Links that a mailer cut at column 76 or so: both readings; honest text is not joined. */
#include "link/text_wrap.h"

#include "base/buf.h"
#include "test.h"

static struct pool *pool;

struct seen {
	struct str text;
	struct buf out;
	size_t floor, links, joined;
};

static void
one(void *arg, const struct text_place *p)
{
	struct seen *s = arg;
	struct str url;

	s->links++;
	if (!text_wrap(pool, s->text, p, &s->floor, &url))
		return;
	s->joined++;
	if (s->out.n)
		buf_addc(&s->out, ' ');
	buf_add(&s->out, url);
}

static void
run(struct seen *s, struct str text)
{
	*s = (struct seen){ .text = text };
	buf_init(&s->out, 1 << 20);
	find_text_each(pool, NULL, text, one, s);
}

#define HOST "https://www.a.example/"
#define X40 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define LONG HOST X40

static void
readings(void)
{
	static const struct {
		const char *name, *in, *want;
	} rows[] = {
		{ "a query", LONG "?a=1&b\r\n=2 and\r\n", LONG "?a=1&b=2" },
		{ "LF", LONG "?a=1&b\n=2 and\n", LONG "?a=1&b=2" },
		{ "the host", "See what we have made of your order here, today: https://www.exam\nple.com/login now\n",
		    "https://www.example.com/login" },
		{ "the next line is a link", LONG "/" X40 "a1b2c3\n" LONG "\n", "" },
		{ "over two line ends", LONG "\n" "d4f" X40 X40 "\n" "e5/end.html.\n", LONG "d4f" X40 X40 "e5/end.html" },
		{ "quoted", "> > " LONG "\n> > a/b.html\n", LONG "a/b.html" },
		{ "quoted otherwise", "> > " LONG "\n> a/b.html\n", "" },
		{ "a dot is cut off", HOST X40 ".\nhtml?x=1\n", HOST X40 ".html?x=1" },
		{ "no scheme", "www.a.example.com/" X40 "yyyy\nzz/b.html x\n", "http://www.a.example.com/" X40 "yyyyzz/b.html" },
		{ "the rest of a word", LONG "\nment\n", LONG "ment" },
		{ "a hyphen", LONG "-\nword and more\n", LONG "-word" },
		{ "angle brackets say where it ends", "<" LONG ">\na/b.html\n", "" },
		{ "a sentence", LONG "\nand so on\n", "" },
		{ "a name", LONG "\nThanks\n", "" },
		{ "another link", LONG "\nhttp://b.example/x?y=z\n", "" },
		{ "an address", LONG "\nme@b.example\n", "" },
		{ "an empty line", LONG "\n\na/b.html\n", "" },
		{ "a blank in front", LONG "\n a/b.html\n", "" },
		{ "a ruler", LONG "\n-----------------\n", "" },
		{ "a short line", HOST "x\na/b.html\n", "" },
		{ "a line that nobody cut", LONG "/" X40 X40 "\na/b.html\n", "" },
		{ "the end of the text", LONG, "" },
		{ "the end of the text, line end", LONG "\n", "" },
		{ "defanged", "hxxps://www.a.example/" X40 "\na/b.html\n", "" },
		{ "something behind the link", LONG " !\na/b.html\n", "" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct seen s;

		run(&s, str_of(rows[i].in));
		test_str(buf_str(&s.out), str_of(rows[i].want), rows[i].name);
		buf_clear(&s.out);
		pool_clear(pool);
	}
}

/* Each line begins a link and goes on with the one before: no line is taken twice. */
static void
linear(void)
{
	struct buf b;
	struct seen s;

	buf_init(&b, 16 << 20);
	for (int i = 0; i < 50000; i++)
		buf_adds(&b, "a.example.com/" X40 "xxxxxxxxxxxxx\n");
	run(&s, buf_str(&b));
	test_ok(s.links >= 50000 && s.joined >= 1000, "many lines that go on");
	test_ok(s.out.n + pool_used(pool) <= 8 * b.n, "grow with the text only");
	printf("# %zu links, %zu joined, %zu bytes of %zu, pool %zu\n", s.links, s.joined, s.out.n, b.n, pool_used(pool));
	buf_clear(&s.out);
	buf_clear(&b);
}

int
main(void)
{
	pool = pool_new(0);
	readings();
	linear();
	pool_free(&pool);
	return test_done();
}
