/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* covers: lib/link/find_text.c lib/link/text_span.c lib/link/tld.c */
#include "link/find_text.h"

#include "base/buf.h"
#include "link/tld.h"
#include "test.h"

static struct pool *pool;

/* "url" or "-url" (defanged), with a '~' in front when it had no scheme. */
static void
one(void *arg, const struct text_place *p)
{
	struct buf *out = arg;

	if (out->n)
		buf_addc(out, ' ');
	if (p->defanged)
		buf_addc(out, '-');
	if (p->no_scheme)
		buf_addc(out, '~');
	buf_add(out, p->url);
}

struct row {
	const char *name;
	struct str in, want;
};

static void
run(const struct text_how *how, const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct buf out;

		buf_init(&out, 1 << 20);
		find_text_each(pool, how, rows[i].in, one, &out);
		test_str(buf_str(&out), rows[i].want, rows[i].name);
		buf_clear(&out);
		pool_clear(pool);
	}
}

#define RUN(how, rows) run(how, rows, sizeof(rows) / sizeof(rows[0]))

static void
with_scheme(void)
{
	static const struct row rows[] = {
		{ "empty", STR(""), STR("") },
		{ "words", STR("no link: here. Or there"), STR("") },
		{ "simple", STR("see http://a.example/b?c=d#e now"), STR("http://a.example/b?c=d#e") },
		{ "any host", STR("http://localhost:8080/ and HTTPS://192.0.2.1"), STR("http://localhost:8080/ HTTPS://192.0.2.1") },
		{ "address with brackets", STR("http://[::1]:80/x"), STR("http://[::1]:80/x") },
		{ "user", STR("http://www.bank.example@bad.test/"), STR("http://www.bank.example@bad.test/") },
		{ "other schemes", STR("ftp://a/b file:///c gopher://d"), STR("ftp://a/b file:///c") },
		{ "glued to a word", STR("xhttps://a.b"), STR("https://a.b") },
		{ "full stop", STR("Go to http://a.b/c."), STR("http://a.b/c") },
		{ "all closing marks", STR("http://a.b/c?!;:,.'"), STR("http://a.b/c") },
		{ "brackets around", STR("(http://a.b/c) [http://a.b/d] {http://a.b/e}"),
		    STR("http://a.b/c http://a.b/d http://a.b/e") },
		{ "brackets inside", STR("http://a.b/c_(d) http://a.b/(e"), STR("http://a.b/c_(d) http://a.b/(e") },
		{ "quotes", STR("\"http://a.b/c\" 'http://a.b/d'"), STR("http://a.b/c http://a.b/d") },
		{ "stars around", STR("*http://a.b/c* _http://a.b/d_ http://a.b/e_"), STR("http://a.b/c http://a.b/d http://a.b/e_") },
		{ "two in a row", STR("http://a.b,http://c.d"), STR("http://a.b,http://c.d") },
		{ "line end", STR("http://a.b/\r\nhttp://c.d/"), STR("http://a.b/ http://c.d/") },
		{ "backslashes", STR("http:\\\\a.b\\c"), STR("http:\\\\a.b\\c") },
		{ "one slash", STR("http:/a.b/c"), STR("http:/a.b/c") },
		{ "no slash", STR("http:a.b"), STR("") },
		{ "no host", STR("http:// and http://"), STR("") },
		{ "markup", STR("<a href=\"http://a.b/c\">http://a.b/d</a>"), STR("http://a.b/c http://a.b/d") },
		{ "soft hyphen and zero width stay for the parser", STR("http://a\xe2\x80\x8b.b/c"), STR("http://a\xe2\x80\x8b.b/c") },
	};

	RUN(NULL, rows);
}

static void
without_scheme(void)
{
	static const struct row rows[] = {
		{ "www", STR("see www.a.example/b."), STR("~http://www.a.example/b") },
		{ "www and any name", STR("www.bad.sekimori.test today"), STR("~http://www.bad.sekimori.test") },
		{ "www alone", STR("www. and www.. x"), STR("") },
		{ "bare", STR("see example.com for more"), STR("~http://example.com") },
		{ "bare, path", STR("example.co.jp/x?y, then"), STR("~http://example.co.jp/x?y") },
		{ "bare, port", STR("example.com:8080/x and example.com: no"), STR("~http://example.com:8080/x ~http://example.com") },
		{ "bare, full stop", STR("It is example.com."), STR("~http://example.com") },
		{ "bare, next sentence", STR("It is example.com.Next one"), STR("~http://example.com") },
		{ "no such top", STR("bad.sekimori or a.txt, b.c/d"), STR("") },
		{ "mail address", STR("me@example.com, example.com@x"), STR("") },
		{ "sentence", STR("done.So we go.In fact"), STR("") },
		{ "files", STR("README.md, run.sh and a.zip"), STR("") },
		{ "a file name with a path is none", STR("/etc/example.com C:\\example.com"), STR("") },
		{ "a host like a file", STR("archive.zip/login"), STR("~http://archive.zip/login") },
		{ "numbers", STR("1.5 and 192.0.2.1 or 10.com"), STR("~http://10.com") },
		{ "abbreviations", STR("e.g. i.e. U.S. a.m."), STR("") },
		{ "call", STR("os.system.is(x) foo.rs()"), STR("") },
		{ "many labels", STR("a.b.c.d.example.com"), STR("~http://a.b.c.d.example.com") },
		{ "dots", STR("wait...example.com... so"), STR("") },
		{ "upper case", STR("EXAMPLE.COM"), STR("~http://EXAMPLE.COM") },
	};

	RUN(NULL, rows);
}

#define KUDASAI "\xe3\x81\x8f\xe3\x81\xa0\xe3\x81\x95\xe3\x81\x84"
#define WO "\xe3\x82\x92"
#define NIHONGO "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e"
#define MARU "\xe3\x80\x82"

static void
japanese(void)
{
	static const struct row rows[] = {
		{ "full stop", STR("http://a.jp/b" MARU), STR("http://a.jp/b") },
		{ "comma", STR("http://a.jp/b\xe3\x80\x81" WO), STR("http://a.jp/b") },
		{ "corner brackets", STR("\xe3\x80\x8chttp://a.jp/b\xe3\x80\x8d"), STR("http://a.jp/b") },
		{ "wide bracket", STR("\xef\xbc\x88http://a.jp/b\xef\xbc\x89"), STR("http://a.jp/b") },
		{ "wide blank", STR("http://a.jp/b\xe3\x80\x80http://a.jp/c"), STR("http://a.jp/b http://a.jp/c") },
		{ "text behind the host", STR("https://example.jp" WO KUDASAI), STR("https://example.jp") },
		{ "text behind the path", STR("https://example.jp/foo" WO KUDASAI), STR("https://example.jp/foo") },
		{ "Japanese path", STR("https://example.jp/wiki/" NIHONGO MARU), STR("https://example.jp/wiki/" NIHONGO) },
		{ "IDN", STR("http://" NIHONGO ".jp/x"), STR("http://" NIHONGO ".jp/x") },
		{ "wide letters", STR("http://\xef\xbd\x82\xef\xbd\x81\xef\xbd\x84\xef\xbc\x8e" "test/"), STR("http://bad.test/") },
		{ "wide dot", STR("http://bad" MARU "test/"), STR("http://bad" MARU "test/") },
		{ "all wide", STR("\xef\xbd\x88\xef\xbd\x94\xef\xbd\x94\xef\xbd\x90\xef\xbc\x9a\xef\xbc\x8f\xef\xbc\x8f" "a.jp/"),
		    STR("http://a.jp/") },
		{ "bare in text", STR("\xe8\xa9\xb3\xe7\xb4\xb0\xe3\x81\xaf" "example.jp\xe3\x81\xbe\xe3\x81\xa7"), STR("~http://example.jp") },
		{ "bare IDN", STR(NIHONGO ".jp/x"), STR("~http://" NIHONGO ".jp/x") },
		{ "bare Latin IDN", STR("b\xc3\xbc" "cher.de"), STR("~http://b\xc3\xbc" "cher.de") },
		{ "sentences", STR(NIHONGO MARU NIHONGO MARU), STR("") },
	};

	RUN(NULL, rows);
}

static void
several_lines(void)
{
	static const struct text_how delsp = { .joins_lines = true };
	static const struct row rows[] = {
		{ "angle brackets", STR("<http://a.b/c\r\n d>"), STR("http://a.b/cd") },
		{ "angle brackets, URL:", STR("<URL:http://a.b/c\n\td>"), STR("http://a.b/cd") },
		{ "closing mark inside angle brackets", STR("<http://a.b/c.>"), STR("http://a.b/c.") },
		{ "words in angle brackets", STR("<http://a.b/c click>"), STR("http://a.b/c") },
		{ "another begins", STR("<http://a.b/c\n<http://a.b/d>"), STR("http://a.b/c http://a.b/d") },
		{ "no brackets", STR("http://a.b/c\nd"), STR("http://a.b/c") },
		{ "a blank ends it", STR("http://a.b/c \nd"), STR("http://a.b/c") },
	};
	static const struct row flowed[] = {
		{ "DelSp joins", STR("http://a.b/c \r\nd e"), STR("http://a.b/cd") },
		{ "DelSp, quoted", STR("> http://a.b/c \r\n> d"), STR("http://a.b/cd") },
		{ "DelSp, three lines", STR("http://a.b/c \nd \ne f"), STR("http://a.b/cde") },
		{ "a hard line end", STR("http://a.b/c\r\nd"), STR("http://a.b/c") },
		{ "nothing behind", STR("http://a.b/c \r\n\r\nd"), STR("http://a.b/c") },
	};

	RUN(NULL, rows);
	RUN(&delsp, flowed);
}

static void
defanged(void)
{
	static const struct row rows[] = {
		{ "scheme", STR("hxxp://a.test/b hXXps://c.test"), STR("-http://a.test/b -https://c.test") },
		{ "stars", STR("h**p://a.test/b"), STR("-http://a.test/b") },
		{ "dots", STR("hxxp://bad[.]sekimori[.]test/x"), STR("-http://bad.sekimori.test/x") },
		{ "real scheme, dots", STR("http://bad[.]example[.]test"), STR("-http://bad.example.test") },
		{ "colon", STR("http[:]//a.test/ https[://]b.test/c"), STR("-http://a.test/ -https://b.test/c") },
		{ "bare", STR("example[.]com and example(dot)org/x"), STR("-~http://example.com -~http://example.org/x") },
		{ "clients follow what stands before a mark", STR("http://evil.com[.]x/ evil.com[.]x"),
		    STR("http://evil.com ~http://evil.com") },
		{ "a mark in the path is none", STR("http://evil.com/a[.]b"), STR("http://evil.com/a[.]b") },
		{ "a mark in the query is none", STR("www.evil.com?a[.]b"), STR("~http://www.evil.com?a[.]b") },
	};

	RUN(NULL, rows);
}

static void
scripts(void)
{
	static const struct text_how how = { .schemes_only = true };
	static const struct row rows[] = {
		{ "strings", STR("a('http://b.com/c'+d,\"http://e.com/\");f.com"), STR("http://b.com/c http://e.com/") },
		{ "statement", STR("start http://a.com/b; x"), STR("http://a.com/b") },
	};

	RUN(&how, rows);
}

static void
raw(void *arg, const struct text_place *p)
{
	*(struct text_place *)arg = *p;
}

static void
ranges(void)
{
	struct text_place p;

	find_text_each(pool, NULL, STR("x <http://a.b/c\n d> y"), raw, &p);
	test_str(p.raw, STR("http://a.b/c\n d"), "what stands in the text goes over the line end");
	find_text_each(pool, NULL, STR("x www.a.com, y"), raw, &p);
	test_str(p.raw, STR("www.a.com"), "what stands in the text has no scheme");
	pool_clear(pool);
}

static void
tops(void)
{
	test_ok(tld_is_real(STR("com")) && tld_is_real(STR("JP")) && tld_is_real(STR("xn--p1ai")) &&
	    tld_is_real(STR("\xd1\x80\xd1\x84")), "top-level domains");
	test_ok(!tld_is_real(STR("sekimori")) && !tld_is_real(STR("")) && !tld_is_real(STR("co.jp")) &&
	    !tld_is_real(STR("\xff")) && !tld_is_real(STR("123")), "others");
	test_ok(tld_is_extension(STR("ZIP")) && !tld_is_extension(STR("com")), "extensions");
}

static void
count(void *arg, const struct text_place *p)
{
	size_t *work = arg;

	*work += 1 + p->raw.n;
}

/* What comes out covers no byte twice, and the pool grows with the input only. */
static void
linear(void)
{
	static const struct {
		const char *name, *piece;
		size_t n;
	} rows[] = {
		{ "dots", "a.", 500000 }, { "marks", "a[.]", 250000 }, { "schemes", "http://", 150000 },
		{ "angles", "<http://a ", 100000 }, { "hosts", "www.a", 200000 }, { "colons", "http:", 200000 },
		{ "wide", NIHONGO MARU, 100000 }, { "wide letters", NIHONGO, 100000 }, { "brackets", "http://a(", 100000 },
		{ "trailing", "http://a.b/....", 60000 }, { "lines", "<http://a\n", 100000 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf b;
		size_t work = 0;

		buf_init(&b, 16 << 20);
		for (size_t k = 0; k < rows[i].n; k++)
			buf_adds(&b, rows[i].piece);
		find_text_each(pool, NULL, buf_str(&b), count, &work);
		if (!test_ok(work <= 2 * b.n && pool_used(pool) <= 8 * b.n, rows[i].name))
			printf("#   %zu of %zu bytes, pool %zu\n", work, b.n, pool_used(pool));
		pool_clear(pool);
		buf_clear(&b);
	}
}

int
main(void)
{
	pool = pool_new(0);
	with_scheme();
	without_scheme();
	japanese();
	several_lines();
	defanged();
	scripts();
	ranges();
	tops();
	linear();
	pool_free(&pool);
	return test_done();
}
