/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* linear_bench: hostile content against the finders of links: CPU time of n pieces and of four times as many. Linear is
 * a ratio of 4; a line that says SLOW has a ratio over 8. Limits on tags, attributes and links are taken away where
 * they would end the work early, as here it is the steps that count and not the limits. */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "conf/limits_opts.h"
#include "link/find_into.h"
#include "link/find_pdf.h"
#include "link/qr_drawn.h"
#include "link/rewrite.h"
#include "link/unwrap.h"
#include "link/url_in.h"

enum { ROUNDS = 3, BYTES = 64 << 20, TIMES = 4, RATIO_MAX = 8 };

static struct limits lim;
static struct pool *pool;

/* --- what is run --- */

static void
html(struct str in)
{
	find_html(links_new(pool, &lim, NULL), in, 0, NULL);
}

static void
text(struct str in)
{
	find_text(links_new(pool, &lim, NULL), in, 0, NULL, LINK_IN_TEXT);
}

static void
url(struct str in)
{
	struct url u, inner;
	struct str by;

	if (url_any(pool, str_upto(in, URL_BYTES), NULL, &u) == RC_OK)
		(void)unwrap(pool, NULL, &u, &inner, &by);
}

static const struct rewrite_row *
everything(void *arg, struct str found, struct str base)
{
	static const struct rewrite_row row = { STR("http://a.example/"), REWRITE_TO, STR("https://gate.example/AQABqRZ8") };

	(void)arg, (void)found, (void)base;
	return &row;
}

static void
rewrite(struct str in)
{
	const struct rewrite_how how = { .find = everything, .words = STR("[gone]") };
	struct rewrite_done done;
	struct vec out;

	rewrite_html(pool, &lim, in, &how, &out, &done);
}

static void
pdf(struct str in)
{
	find_pdf(links_new(pool, &lim, NULL), in, 0);
}

static void
nothing(void *arg, struct str found)
{
	(void)arg, (void)found;
}

static bool
not_late(void *arg)
{
	(void)arg;
	return false;
}

static const struct qr_job job = { nothing, not_late, NULL };

static void
drawn_text(struct str in)
{
	(void)qr_drawn_text(in, &job);
}

static void
drawn_html(struct str in)
{
	(void)qr_drawn_html(&lim, in, &job);
}

/* --- what is given --- */

/* Once `before`, n times `piece`, once `after`. */
static const struct hostile {
	const char *name;
	void (*run)(struct str);
	size_t n;
	const char *before, *piece, *after;
} rows[] = {
	{ "HTML, 100,000 attributes in a tag", html, 25000, "<a ", "style=a:b ", ">x</a>" },
	{ "HTML, 40,000 scripts in a tag", html, 10000, "<a ", "onx='http://a.example/' ", ">x</a>" },
	{ "HTML, 1,000,000 nested tags", html, 250000, "", "<div>", "" },
	{ "HTML, 1,000,000 nested anchors", html, 250000, "", "<a href=x>", "" },
	{ "HTML, anchors that hide words", html, 50000, "<a href=x>", "<b style='display:none'>x", "" },
	{ "HTML, nested hidden elements", html, 50000, "<a href=x>", "<b hidden>", "" },
	{ "HTML, comments without end", html, 250000, "", "<!-- --!", "" },
	{ "HTML, conditional comments", html, 10000, "", "<!--[if mso]><a href=http://a.example>x<![endif]-->", "" },
	{ "HTML, conditional comments open", html, 100000, "", "<!--[if ", "" },
	{ "HTML, attributes without quote", html, 100000, "", "<a href=\"", "" },
	{ "HTML, quotes in quotes", html, 100000, "<a x='", "\"<a href=", "" },
	{ "HTML, a srcset of many", html, 10000, "<img srcset='", "http://a.example/b.png 2x, ", "'>" },
	{ "HTML, a srcset of brackets", html, 250000, "<img srcset='a ", "(,", "'>" },
	{ "HTML, a ping of many", html, 10000, "<a href=x ping='", "http://a.example/ ", "'>" },
	{ "HTML, many <base>", html, 10000, "", "<base href=http://a.example/><a href=b>", "" },
	{ "HTML, style of url()", html, 10000, "<p style='", "background:url(http://a.example/b);", "'>" },
	{ "HTML, style of '('", html, 250000, "<p style='", "u(", "'>" },
	{ "HTML, style of '@'", html, 250000, "<p style='", "@", "'>" },
	{ "HTML, sheet of @import", html, 10000, "<style>", "@import 'http://a.example/b';", "</style>" },
	{ "HTML, style of references", html, 10000, "<p style='", "&#117;rl&#40;http://a.example/b)", "'>" },
	{ "HTML, style of escapes", html, 2500, "<style>", "\\75 rl(\\68 ttp://a.example)", "</style>" },
	{ "HTML, references in text", html, 250000, "<p>", "&amp;", "" },
	{ "HTML, references in a URL", html, 250000, "<a href='http://a.example/?", "&amp;", "'>" },
	{ "HTML, references that are none", html, 250000, "<p>", "&am", "" },
	{ "HTML, scripts", html, 10000, "<script>", "x='http:\\/\\/a.example\\/';", "</script>" },
	{ "HTML, scripts that hide their end", html, 50000, "<script>", "<!--<script>", "" },
	{ "HTML, forms that ask for secrets", html, 10000, "", "<form action=http://a.example><input type=password>", "" },
	{ "HTML, documents in documents", html, 5000, "", "<iframe srcdoc='&lt;a href=http://a.example&gt;'></iframe>", "" },
	{ "HTML, data: URLs", html, 2500, "", "<a href='data:text/html,<a href=http://a.example>x'>", "" },
	{ "HTML, links that lead on", html, 10000, "", "<a href=http://a.example/?u=http%253a%252f%252fb.example>", "" },
	{ "HTML, '<'", html, 250000, "", "<", "" },
	{ "HTML, CDATA", html, 100000, "<svg>", "<![CDATA[", "" },
	{ "HTML, text of dots", html, 250000, "<p>", "a.", "" },
	{ "text, dots", text, 250000, "", "a.", "" },
	{ "text, hosts", text, 50000, "", "a.example.com,", "" },
	{ "text, one host", text, 250000, "", "com.", "" },
	{ "text, colons", text, 250000, "", "http:", "" },
	{ "text, URLs", text, 50000, "", "http://a.example/b ", "" },
	{ "text, one URL", text, 100000, "", "http://", "" },
	{ "text, brackets", text, 250000, "", "a[.]", "" },
	{ "text, open brackets", text, 250000, "http://a.example/", "(", "" },
	{ "text, angles without end", text, 100000, "", "<http://", "" },
	{ "text, full stops of Japanese", text, 100000, "", "\xe3\x81\x82\xe3\x80\x82", "" },
	{ "text, one word of Japanese", text, 250000, "http://", "\xe3\x81\x82", "" },
	{ "text, bad UTF-8", text, 250000, "", ".\xe3\x81", "" },
	{ "text, closing punctuation", text, 250000, "http://a.example/", "!", "" },
	{ "URL, steps up", url, 2000, "http://a.example/", "b/../", "" },
	{ "URL, '@'", url, 5000, "http://", "a@", "a.example/" },
	{ "URL, labels", url, 2000, "http://", "a.", "example/" },
	{ "URL, percent signs in a host", url, 2000, "http://", "%61", ".example/" },
	{ "URL, an IDN host", url, 300, "http://", "\xc3\xbc", ".example/" },
	{ "URL, tabs", url, 5000, "http://", "a\t", ".example/" },
	{ "URL, wrapped", url, 400, "https://www.google.com/url?q=", "http://www.google.com/url?q=", "http://a.example/" },
	{ "rewrite, anchors", rewrite, 10000, "", "<a href=http://a.example/>x</a>", "" },
	{ "rewrite, anchors without end", rewrite, 10000, "", "<a href=http://a.example/>x", "" },
	{ "rewrite, words", rewrite, 10000, "", "<p>http://a.example/ &amp; http://b.example/</p>", "" },
	{ "rewrite, words of references", rewrite, 50000, "<p>", "a.&#99;om ", "" },
	{ "rewrite, attributes of one name", rewrite, 25000, "<a ", "href=http://a.example/ ", ">" },
	{ "PDF, strings", pdf, 100000, "", "/URI (http://a.example/) ", "" },
	{ "PDF, open brackets", pdf, 250000, "/URI ", "(", "" },
	{ "drawn, lines", drawn_text, 200, "", "# # # # # # # # # # #\n", "" },
	{ "drawn, one line", drawn_text, 250000, "", "# ", "" },
	{ "drawn, tables", drawn_html, 20000, "", "<table><tr><td bgcolor=#000>", "" },
	{ "drawn, rules", drawn_html, 20000, "<style>", ".a{background:#000}", "</style><table><tr><td class=a>" },
};

/* --- measuring --- */

static int64_t
cpu_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static int
by_size(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static int64_t
once(const struct hostile *h, size_t n, struct buf *b)
{
	int64_t start, us;

	buf_reset(b);
	buf_adds(b, h->before);
	for (size_t i = 0; i < n; i++)
		buf_add(b, str_of(h->piece));
	buf_adds(b, h->after);
	start = cpu_us();
	h->run(buf_str(b));
	us = cpu_us() - start;
	pool_clear(pool);
	return us;
}

static int64_t
median(const struct hostile *h, size_t n, struct buf *b)
{
	int64_t us[ROUNDS];

	(void)once(h, n, b);
	for (int i = 0; i < ROUNDS; i++)
		us[i] = once(h, n, b);
	qsort(us, ROUNDS, sizeof(us[0]), by_size);
	return us[ROUNDS / 2];
}

int
main(int argc, char **argv)
{
	struct buf b;
	int slow = 0;

	/* As in a worker: engine/engine.c says why. */
	mallopt(M_MMAP_THRESHOLD, 32 << 20);
	mallopt(M_TRIM_THRESHOLD, 16 << 20);
	limits_default(&lim);
	lim.html_tags = lim.html_attrs = lim.links = 10000000;
	lim.report_bytes = lim.text_bytes = BYTES;
	pool = pool_new(0);
	buf_init(&b, BYTES);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int64_t few, many;
		double ratio;
		bool bad;

		if (argc > 1 && !strstr(rows[i].name, argv[1]))
			continue;
		few = median(&rows[i], rows[i].n, &b);
		many = median(&rows[i], rows[i].n * TIMES, &b);
		ratio = (double)many / (double)(few ? few : 1);
		bad = ratio > RATIO_MAX && many > 1000;
		slow += bad;
		printf("linear: %-34s %8zu: %8.2f ms, %7.1f ns a byte, %5.1f times of a quarter%s\n", rows[i].name, rows[i].n * TIMES,
		    (double)many / 1000, (double)many * 1000 / (double)b.n, ratio, bad ? "  SLOW" : "");
	}
	printf("linear: %d of %zu kinds of hostile content are not\n", slow, sizeof(rows) / sizeof(rows[0]));
	buf_clear(&b);
	pool_free(&pool);
	return 0;
}
