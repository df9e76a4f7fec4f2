/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* covers: lib/link/find_html.c lib/link/find_html_attr.c lib/link/find_css.c */
#include "link/find_html.h"

#include "base/clock.h"
#include "conf/limits_opts.h"
#include "link/find_css.h"
#include "test.h"

static struct limits lim;
static struct pool *pool;

/* All places in one line: where=url, its flags, its words. */
static void
dump(const struct html_places *p, struct buf *out)
{
	const struct html_place *all = p->all.items;

	for (size_t i = 0; i < p->all.n; i++) {
		if (i)
			buf_addc(out, ' ');
		buf_printf(out, "%s=", link_where_name(all[i].where));
		buf_add(out, all[i].url);
		if (all[i].loads)
			buf_addc(out, '!');
		if (all[i].form)
			buf_addc(out, '?');
		if (all[i].asks_secret)
			buf_addc(out, '*');
		if (all[i].anchor) {
			buf_addc(out, '[');
			buf_add(out, all[i].text);
			buf_addc(out, ']');
		}
		if (all[i].document.n) {
			buf_addc(out, '{');
			buf_add(out, all[i].document);
			buf_addc(out, '}');
		}
	}
}

static void
find(struct str in, struct buf *out)
{
	struct html_places p;

	find_html_places(pool, &lim, in, NULL, &p);
	dump(&p, out);
	pool_clear(pool);
}

struct row {
	const char *name;
	struct str in, want;
};

static void
run(const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct buf out;

		buf_init(&out, 1 << 20);
		find(rows[i].in, &out);
		test_str(buf_str(&out), rows[i].want, rows[i].name);
		buf_clear(&out);
	}
}

#define RUN(rows) run(rows, sizeof(rows) / sizeof(rows[0]))

static void
attributes(void)
{
	static const struct row rows[] = {
		{ "nothing", STR("<p>http://a/</p>"), STR("") },
		{ "anchor", STR("<a href=\"http://a/\">go</a>"), STR("href=http://a/[go]") },
		{ "no quotes, slash, upper case", STR("<A/HREF=http://a/x>go</A>"), STR("href=http://a/x[go]") },
		{ "form feeds", STR("<a\fhref\f=\f'http://a/'\f>"), STR("href=http://a/[]") },
		{ "the first of two counts", STR("<a href=x href=y>"), STR("href=x[]") },
		{ "an empty one is none", STR("<a href=\"\" class=x>"), STR("") },
		{ "only white space is none", STR("<a href=\" \t\">"), STR("") },
		{ "references", STR("<a href=\"&#104;ttp&colon;//a&sol;&#x62;?x=1&amp;y&copy=2\">"),
		    STR("href=http://a/b?x=1&y&copy=2[]") },
		{ "image, map", STR("<img src=a background=b><area href=c>"), STR("src=a! background=b! href=c") },
		{ "film", STR("<video poster=a src=b><source srcset=c>"), STR("poster=a! src=b! srcset=c!") },
		{ "object", STR("<object data=a codebase=b><param value='http://c'><embed src=d>"),
		    STR("data=a! data=b! data=http://c src=d!") },
		{ "a value that is no link", STR("<option value=one><input value='1:2'>"), STR("") },
		{ "style sheet", STR("<link href=a rel=stylesheet>"), STR("href=a!") },
		{ "frames", STR("<iframe src=a></iframe><frame src=b longdesc=c>"), STR("src=a! src=b! href=c") },
		{ "ping", STR("<a ping=' a  b ' href=c>"), STR("href=a href=b href=c[]") },
		{ "srcset", STR("<img srcset='a 1x, b,c 2w,, d(,x) , e'>"),
		    STR("srcset=a! srcset=b,c! srcset=d(,x)! srcset=e!") },
		{ "old Outlook", STR("<img dynsrc=a lowsrc=b><table background=c><td background=d>"),
		    STR("src=a! src=b! background=c! background=d!") },
		{ "AMP", STR("<form action-xhr=a on=\"submit:AMP.navigateTo(url='https://b/')\">"),
		    STR("action=a? script=https://b/") },
		{ "event", STR("<p onclick=\"location='http://a/b'\">"), STR("script=http://a/b") },
		{ "srcdoc", STR("<iframe srcdoc='&lt;a href=x&gt;'>"), STR("data=about:srcdoc!{<a href=x>}") },
		{ "svg", STR("<svg><a xlink:href=a>t</a><image xlink:href=b /><use href=c /></svg>"),
		    STR("xlink=a[t] xlink=b! href=c!") },
		{ "svg, animated", STR("<svg><a><set attributeName=href to=http://a/ /></a></svg>"), STR("xlink=http://a/") },
		{ "vml", STR("<v:roundrect href=a><v:fill src=b>"), STR("href=a src=b!") },
		{ "base", STR("<base href=http://a/><a href=b>"), STR("base=http://a/ href=b[]") },
		{ "an unknown element", STR("<x-y href=a>"), STR("href=a") },
		{ "an end tag has none", STR("</a href=x>"), STR("") },
	};

	RUN(rows);
}

static void
refresh(void)
{
	static const struct row rows[] = {
		{ "usual", STR("<meta http-equiv=refresh content='0;url=http://a/'>"), STR("refresh=http://a/!") },
		{ "content first", STR("<meta content=\"5 ; URL = 'http://a/' x\" http-equiv=\"Refresh\">"),
		    STR("refresh=http://a/!") },
		{ "without url=", STR("<meta http-equiv=refresh content='0,http://a/'>"), STR("refresh=http://a/!") },
		{ "references", STR("<meta http-equiv='r&#101;fresh' content='0;&#117;rl=http://a/?b&amp;c'>"),
		    STR("refresh=http://a/?b&c!") },
		{ "reload only", STR("<meta http-equiv=refresh content=5>"), STR("") },
		{ "other meta", STR("<meta name=description content='0;url=http://a/'>"), STR("") },
	};

	RUN(rows);
}

static void
styles(void)
{
	static const struct row rows[] = {
		{ "attribute", STR("<p style=\"background:url(http://a/)\">"), STR("style=http://a/!") },
		{ "quotes", STR("<p style=\"background:url( 'http://a/)' )\">"), STR("style=http://a/)!") },
		{ "quotes as references", STR("<p style=\"background:url(&quot;http://a/?b&amp;c&quot;)\">"),
		    STR("style=http://a/?b&c!") },
		{ "several", STR("<p style='a:url(b),url(\"c\")'>"), STR("style=b! style=c!") },
		{ "escapes", STR("<p style='a:\\75rl(\\68ttp://a/)'>"), STR("style=http://a/!") },
		{ "the name as references", STR("<p style='a:&#117;rl(b)'>"), STR("style=b!") },
		{ "sheet", STR("<style>@import 'a'; @import url(b); p{c:URL(d)}</style>"),
		    STR("style=a! style=b! style=d!") },
		{ "sheet, no references", STR("<style>@import 'a&amp;b';</style>"), STR("style=a&amp;b!") },
		{ "import, escaped", STR("<style>@\\69mport \"a\";</style>"), STR("style=a!") },
		{ "in svg", STR("<svg><style>p{a:url(b)}</style></svg>url(c)"), STR("style=b!") },
		{ "xml", STR("<?xml-stylesheet href=\"a\"?><svg/>"), STR("style=a!") },
		{ "no url", STR("<p style='a:curly(b) @media x'>"), STR("") },
		{ "never closed", STR("<p style='a:url(b'>"), STR("style=b!") },
	};

	RUN(rows);
}

static void
scripts(void)
{
	static const struct row rows[] = {
		{ "string", STR("<script>window.location='http://a.b/c';</script>"), STR("script=http://a.b/c") },
		{ "escaped", STR("<script>x(\"https:\\/\\/a.b\\x2fc\\u0064\")</script>"), STR("script=https://a.b/cd") },
		{ "no bare hosts", STR("<script>document.write(window.name)</script>"), STR("") },
	};

	RUN(rows);
}

static void
shown_words(void)
{
	static const struct row rows[] = {
		{ "inside other elements", STR("<a href=x><b>go</b> <i>there</i></a>"), STR("href=x[go there]") },
		{ "picture", STR("<a href=x><img src=y alt=Logo></a>"), STR("href=x[Logo] src=y!") },
		{ "references", STR("<a href=x>a &amp; b</a>"), STR("href=x[a & b]") },
		{ "hidden", STR("<a href=x>pay<span style='font-size: 0'>xx</span>pal<b hidden>no</b></a>"),
		    STR("href=x[paypal]") },
		{ "hidden, nested", STR("<a href=x><p style=display:none>1<p>2</p>3</p>4</a>"), STR("href=x[4]") },
		{ "small is shown", STR("<a href=x><i style='font-size:0.9em;opacity:0.5'>a</i></a>"), STR("href=x[a]") },
		{ "an anchor ends another", STR("<a href=x>1<a href=y>2</a>3"), STR("href=x[1] href=y[2]") },
		{ "never closed", STR("<a href=x>1 2"), STR("href=x[1 2]") },
		{ "no href", STR("<a name=x>1</a>"), STR("") },
		{ "conditional comment", STR("<!--[if mso]><v:rect href=\"a\"><a href=b>1</a><![endif]--><a href=c>2</a>"),
		    STR("href=a href=b[1] href=c[2]") },
		{ "for others than Outlook", STR("<!--[if !mso]><!--><a href=a>1</a><!--<![endif]-->"), STR("href=a[1]") },
		{ "a comment is none", STR("<!-- <a href=a> -->"), STR("") },
	};

	RUN(rows);
}

static void
forms(void)
{
	static const struct row rows[] = {
		{ "search", STR("<form action=a><input name=q></form>"), STR("action=a?") },
		{ "password", STR("<form action=a><input type=password><button formaction=b></form>"),
		    STR("action=a?* formaction=b?*") },
		{ "by its name", STR("<form action=a><input type=text name=user_passwd></form>"), STR("action=a?*") },
		{ "card", STR("<form action=a><input autocomplete=cc-number></form>"), STR("action=a?*") },
		{ "outside", STR("<form action=a></form><input type=password>"), STR("action=a?") },
		{ "the next form", STR("<form action=a><form action=b><input type=password>"),
		    STR("action=a? action=b?*") },
		{ "spinner is no pin", STR("<form action=a><input name=spinner></form>"), STR("action=a?") },
	};

	RUN(rows);
}

/* What is replaced for a rewrite: exactly the URL's own bytes. */
static void
ranges(void)
{
	static const struct {
		const char *name;
		struct str in, raw, attr;
		char quote;
	} rows[] = {
		{ "quoted", STR("<a href=\"x&amp;y\">"), STR("x&amp;y"), STR("href=\"x&amp;y\""), '"' },
		{ "not quoted", STR("<a  href = x>"), STR("x"), STR("href = x"), 0 },
		{ "in a list", STR("<img srcset='x 2x'>"), STR("x"), STR("srcset='x 2x'"), '\'' },
		{ "in a style", STR("<p style=\"a:url(&quot;x&quot;)\">"), STR("x"), STR("style=\"a:url(&quot;x&quot;)\""), '"' },
		{ "in a refresh", STR("<meta http-equiv=refresh content='0;url=x'>"), STR("x"), STR("content='0;url=x'"), '\'' },
		{ "in a comment", STR("<!--[if mso]><a href='x'><![endif]-->"), STR("x"), STR("href='x'"), '\'' },
		{ "hidden by references", STR("<p style='&#117;rl(x)'>"), STR(""), STR("style='&#117;rl(x)'"), '\'' },
		{ "in a sheet", STR("<style>a{b:url(x)}</style>"), STR("x"), STR(""), 0 },
		{ "in a script", STR("<script>'http://x.y'</script>"), STR("http://x.y"), STR(""), 0 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct html_places p;
		const struct html_place *one;

		find_html_places(pool, &lim, rows[i].in, NULL, &p);
		if (!test_int((int64_t)p.all.n, 1, rows[i].name))
			continue;
		one = p.all.items;
		test_str(one->raw, rows[i].raw, rows[i].name);
		test_str(one->attr, rows[i].attr, rows[i].name);
		test_ok(one->quote == rows[i].quote, rows[i].name);
		test_ok(one->raw.n == 0 || (one->raw.p > rows[i].in.p && one->raw.p < rows[i].in.p + rows[i].in.n),
		    "a slice of the document");
		pool_clear(pool);
	}
}

static void
anchor_range(void)
{
	struct str in = STR("1<a href=x>2<b>3</b></a>4<a href=y>5");
	struct html_places p;
	const struct html_place *all;
	struct buf shown;

	buf_init(&shown, 100);
	find_html_places(pool, &lim, in, &shown, &p);
	all = p.all.items;
	test_str(str_sub(in, all[0].inside, all[0].end - all[0].inside), STR("</a>"), "the end tag of an anchor");
	test_str(all[0].tag, STR("<a href=x>"), "and its start tag");
	test_int((int64_t)all[1].end, (int64_t)in.n, "an anchor that is never closed goes to the end");
	test_str(buf_str(&shown), STR("1 4"), "words outside of anchors");
	buf_clear(&shown);
	pool_clear(pool);
}

static void
base_and_limit(void)
{
	struct html_places p;
	struct limits few = lim;

	find_html_places(pool, &lim, STR("<a href=x><base target=y><base href='http://a&sol;'><base href=b>"), NULL, &p);
	test_str(p.base, STR("http://a/"), "the first base with an address counts");
	few.links = 1;
	find_html_places(pool, &few, STR("<img src=a><img src=a><img src=a><img src=a><img src=a><img src=a>"
	    "<img src=a><img src=a>"), NULL, &p);
	test_ok(!p.cut, "as many places as fit");
	find_html_places(pool, &few, STR("<img src=a><img src=a><img src=a><img src=a><img src=a><img src=a>"
	    "<img src=a><img src=a><img src=a>"), NULL, &p);
	test_ok(p.cut && p.all.n == 8, "one more is cut");
	few = lim;
	few.html_tags = 2;
	find_html_places(pool, &few, STR("<p><p><a href=x>"), NULL, &p);
	test_ok(p.cut, "more tags than limit.html_tags");
	pool_clear(pool);
}

/* --- hostile documents --- */

static size_t
times(struct buf *b, const char *head, const char *piece, size_t n, const char *tail)
{
	buf_reset(b);
	buf_adds(b, head);
	for (size_t i = 0; i < n; i++)
		buf_adds(b, piece);
	buf_adds(b, tail);
	return b->n;
}

/* Work is what the finder leaves behind: bytes of the pool. Four times the input may take four times
 * of it and a bit, whatever the machine does at the time. */
static void
linear(void)
{
	static const struct {
		const char *name, *head, *piece, *tail;
		size_t n;
	} rows[] = {
		{ "attributes", "<a ", "href=x ", ">", 100000 },
		{ "other attributes", "<a ", "style=\"a:url(&quot;x&quot;)\" ", ">", 100000 },
		{ "nested elements", "", "<div>", "", 1000000 },
		{ "anchors never closed", "", "<a href=", "", 200000 },
		{ "anchors in anchors", "", "<a href=x>y", "", 200000 },
		{ "hidden elements", "<a href=x>", "<p hidden>", "", 200000 },
		{ "forms in forms", "", "<form action=x><input type=password>", "", 100000 },
		{ "style that is never closed", "<p style=\"", "url('", "\">", 200000 },
		{ "srcset of commas", "<img srcset='", ",(", "'>", 500000 },
		{ "comments never closed", "", "<!--[if mso]>", "", 100000 },
		{ "escapes", "<style>", "\\(", "</style>", 200000 },
		{ "references", "<a href='", "&#", "'>", 500000 },
	};
	struct limits wide = lim;
	struct buf b;

	wide.html_tags = 10000000;
	wide.html_attrs = 1000000;
	wide.links = 1000000;
	buf_init(&b, 64 << 20);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct html_places p;
		size_t used[2];

		for (size_t k = 0; k < 2; k++) {
			struct pool *own = pool_new(0);

			times(&b, rows[i].head, rows[i].piece, rows[i].n / (k ? 1 : 4), rows[i].tail);
			find_html_places(own, &wide, buf_str(&b), NULL, &p);
			used[k] = pool_used(own) + b.n;
			pool_free(&own);
		}
		if (!test_ok(used[1] <= used[0] * 5 && used[1] < b.n * 200, rows[i].name))
			printf("#   %zu bytes for a quarter, %zu for all\n", used[0], used[1]);
	}
	buf_clear(&b);
}

int
main(void)
{
	limits_default(&lim);
	pool = pool_new(0);
	attributes();
	refresh();
	styles();
	scripts();
	shown_words();
	forms();
	ranges();
	anchor_range();
	base_and_limit();
	linear();
	pool_free(&pool);
	return test_done();
}
