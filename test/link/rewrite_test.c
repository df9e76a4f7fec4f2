/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* covers: lib/link/rewrite.c lib/link/rewrite_html.c lib/link/rewrite_text.c */
#include "link/rewrite.h"

#include "conf/limits_opts.h"
#include "test.h"

#define GATE "https://go.example/TOKEN"

static struct limits lim;

/* What the first letter of the host says: b(ad) unlink, t(ext), d(efang), r(ewrite). Else nothing. */
static const struct rewrite_row *
by_host(void *arg, struct str url, struct str base)
{
	static const struct { const char *start; enum rewrite_action action; } rules[] = {
		{ "http://b", REWRITE_UNLINK }, { "http://t", REWRITE_TEXT }, { "http://d", REWRITE_DEFANG },
		{ "http://r", REWRITE_TO }, { "http://www.r", REWRITE_TO }, { "javascript:", REWRITE_UNLINK }, { "http://l", REWRITE_LEAVE },
	};
	struct rewrite_row *row = arg;

	if (url.n && url.p[0] == '/' && base.n)
		url = base;
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (str_starts(url, str_of(rules[i].start))) {
			*row = (struct rewrite_row){ url, rules[i].action, STR(GATE) };
			return row;
		}
	return NULL;
}

static const struct row {
	const char *name;
	struct str in, want;
} html[] = {
	{ "nothing to do", STR("<a href=\"http://x/\">x</a>"), STR("<a href=\"http://x/\">x</a>") },
	{ "rewritten", STR("<a class=\"c\" href=\"http://r/?a=1&amp;b\" id=i>see</a>"),
	    STR("<a class=\"c\" href=\"" GATE "\" id=i>see</a>") },
	{ "without quotes", STR("<a href=http://r/>see</a>"), STR("<a href=" GATE ">see</a>") },
	{ "single quotes, upper case, line ends", STR("<A\r\nHREF = 'http://r/'\r\n>see</A>"),
	    STR("<A\r\nHREF = '" GATE "'\r\n>see</A>") },
	{ "unlinked", STR("<a class=c href=\"http://b/\" id=i>see</a>"), STR("<a class=c  id=i>see</a>") },
	{ "unlinked, no blanks around", STR("<a title=\"x\"href=\"http://b/\"id=i>see</a>"), STR("<a title=\"x\"id=i>see</a>") },
	{ "unlinked, a second one would count", STR("<a href=http://b/ HREF=http://b/2>see</a>"),
	    STR("<a href=\"about:blank\" HREF=http://b/2>see</a>") },
	{ "text", STR("x<a href=\"http://t/\"><b>see</b> this</a>y"), STR("x[a &lt;link&gt; was here]y") },
	{ "text, an anchor without end", STR("<a href=\"http://t/\">see<p>more"), STR("<a >see<p>more") },
	{ "defanged", STR("<a href=\"http://d.example/x.y\">see</a>."), STR("<a >see</a> [hxxp://d[.]example/x[.]y].") },
	{ "a link within another that goes", STR("<a href=http://t/><img src=http://b/x></a>"), STR("[a &lt;link&gt; was here]") },
	{ "picture: only what is bad", STR("<img src=http://r/x><img alt=a src=http://b/x>"), STR("<img src=http://r/x><img alt=a >") },
	{ "form", STR("<form action=http://r/><form action=http://b/ method=post>"), STR("<form action=http://r/><form  method=post>") },
	{ "style", STR("<p style=\"color:red;background:url(http://b/x)\">"), STR("<p style=\"color:red;background:url(about:blank)\">") },
	{ "style sheet", STR("<style>p{background:url('http://b/x')}</style>"), STR("<style>p{background:url('about:blank')}</style>") },
	{ "several pictures in one attribute", STR("<img srcset=\"http://b/1 1x, http://b/2 2x\">"), STR("<img >") },
	{ "relative, hangs on a base", STR("<base href=http://r/><a href=/x>see</a>"), STR("<base href=http://r/><a href=" GATE ">see</a>") },
	{ "relative, hangs on nothing", STR("<a href=/x>see</a>"), STR("<a href=/x>see</a>") },
	{ "conditional comment", STR("<!--[if mso]><a href=\"http://r/\">x</a><![endif]-->"),
	    STR("<!--[if mso]><a href=\"" GATE "\">x</a><![endif]-->") },
	{ "document within", STR("<iframe srcdoc=\"&lt;a href=http://b/&gt;x\"></iframe>"), STR("<iframe ></iframe>") },
	{ "document within, not bad", STR("<iframe srcdoc=\"&lt;a href=http://r/&gt;x\"></iframe>"),
	    STR("<iframe srcdoc=\"&lt;a href=http://r/&gt;x\"></iframe>") },
	{ "bare URL", STR("<p>see http://r/?a=1&amp;b now"), STR("<p>see <a href=\"" GATE "\">http://r/?a=1&amp;b</a> now") },
	{ "bare URL between references", STR("&quot;http://r.example/x&quot;&nbsp;http://r.example/&amp;]&#46;"),
	    STR("&quot;<a href=\"" GATE "\">http://r.example/x</a>&quot;&nbsp;<a href=\"" GATE
	    "\">http://r.example/&amp;</a>]&#46;") },
	{ "bare URL inside a link", STR("<a href=http://x/>http://r/</a>"), STR("<a href=http://x/>http://r/</a>") },
	{ "bare URL inside an anchor that is none", STR("<a name=x>http://r.example/</a>"),
	    STR("<a name=x><a href=\"" GATE "\">http://r.example/</a></a>") },
	{ "bare bad URL", STR("<a href=http://b/>http://b.example/</a>"), STR("<a >hxxp://b[.]example/</a>") },
	{ "bare URL where no markup goes", STR("<option>http://r.example/</option>"), STR("<option>http://r.example/</option>") },
	{ "title and script keep their words", STR("<title>http://r/</title><textarea>http://r/</textarea>"),
	    STR("<title>http://r/</title><textarea>http://r/</textarea>") },
	{ "PGP", STR("<pre>-----BEGIN PGP SIGNED MESSAGE-----</pre><a href=http://r/>x</a>"),
	    STR("<pre>-----BEGIN PGP SIGNED MESSAGE-----</pre><a href=http://r/>x</a>") },
};

static const struct row text[] = {
	{ "nothing to do", STR("see http://x.example/ now"), STR("see http://x.example/ now") },
	{ "rewritten", STR("see http://r.example/?a=1, now"), STR("see " GATE ", now") },
	{ "what follows is none of it", STR("www.r.example's http://r.example/\n"), STR("<" GATE ">'s " GATE "\n") },
	{ "a line goes on within brackets", STR("<www.r.example/a \nb>"), STR("<<" GATE "> \nb>") },
	{ "between brackets", STR("see <http://r.example/a> now"), STR("see <" GATE "> now") },
	{ "unlinked", STR("see http://b.example/a.b\r\n"), STR("see hxxp://b[.]example/a[.]b\r\n") },
	{ "defanged", STR("see http://d.example:8/?u=http://www.x.example"),
	    STR("see hxxp://d[.]example:8/?u=http[:]//www[.]x[.]example") },
	{ "text", STR("see http://t.example/ now"), STR("see [a <link> was here] now") },
	{ "defanged already", STR("see hxxp://b[.]example/ now"), STR("see hxxp://b[.]example/ now") },
	{ "mail address", STR("mailto:a@r.example a@r.example"), STR("mailto:a@r.example a@r.example") },
	{ "PGP", STR("-----BEGIN PGP SIGNED MESSAGE-----\n\nhttp://r.example/\n"),
	    STR("-----BEGIN PGP SIGNED MESSAGE-----\n\nhttp://r.example/\n") },
};

static void
run(const struct row *rows, size_t n, bool is_html)
{
	for (size_t i = 0; i < n; i++) {
		struct pool *pool = pool_new(0);
		struct rewrite_row row;
		struct rewrite_how how = { .find = by_host, .arg = &row, .words = STR("[a <link> was here]") };
		struct rewrite_done done;
		struct vec ranges;
		struct buf out;

		buf_init(&out, 1 << 20);
		if (is_html)
			rewrite_html(pool, &lim, rows[i].in, &how, &ranges, &done);
		else
			rewrite_text(pool, rows[i].in, &how, &ranges, &done);
		test_ok(edit_ranges_fit(&ranges, rows[i].in.n) && done.missed == 0, rows[i].name);
		edit_ranges_apply(rows[i].in, &ranges, &out);
		test_str(buf_str(&out), rows[i].want, "as wanted");
		buf_clear(&out);
		pool_free(&pool);
	}
}

static void
others(void)
{
	struct pool *pool = pool_new(0);
	struct rewrite_row row[200];
	struct rewrite_how how = { .find = by_host, .arg = &row[0], .words = STR("\xe6\x97\xa5"), .ascii = true };
	struct rewrite_table *t;
	struct rewrite_done done;
	struct vec ranges;
	size_t bad = 0;

	rewrite_text(pool, STR("http://t.example/"), &how, &ranges, &done);
	test_str(((struct edit_range *)ranges.items)->with, STR("[...]"), "words that the charset may not have");
	rewrite_html(pool, &lim, STR("<a href=http://t/>x</a>"), &how, &ranges, &done);
	test_str(((struct edit_range *)ranges.items)->with, STR("&#26085;"), "in HTML they are references");
	rewrite_html(pool, &lim, STR("<p style=\"background:&#117;rl(http://b/)\">"), &how, &ranges, &done);
	test_int((int64_t)(ranges.n + done.missed), 1, "a URL without bytes of its own takes its attribute with it");
	test_str(rewrite_defang(pool, STR("data:text/html,x")), STR("data[:][...]"), "defanged, no host");
	for (size_t i = 0; i < 200; i++)
		row[i] = (struct rewrite_row){ pool_printf(pool, "http://x/%zu", i % 150), REWRITE_TO, pool_printf(pool, "%zu", i) };
	t = rewrite_table_new(pool, row, 200);
	for (size_t i = 0; i < 150; i++) {
		const struct rewrite_row *r = rewrite_table_find(t, pool_printf(pool, "http://x/%zu", i));

		bad += !r || !str_eq(r->with, pool_printf(pool, "%zu", i < 50 ? i + 150 : i));
	}
	test_int((int64_t)bad, 0, "all rows are found, the last of equal ones");
	test_ok(!rewrite_table_find(t, STR("http://x/")), "what is not there");
	test_ok(!rewrite_table_find(rewrite_table_new(pool, NULL, 0), STR("x")), "an empty table");
	for (int a = 0; a < REWRITE_N; a++)
		test_ok(rewrite_name((enum rewrite_action)a) && rewrite_help((enum rewrite_action)a), "an action has a name");
	pool_free(&pool);
}

int
main(void)
{
	limits_default(&lim);
	run(html, sizeof(html) / sizeof(html[0]), true);
	run(text, sizeof(text) / sizeof(text[0]), false);
	others();
	return test_done();
}
