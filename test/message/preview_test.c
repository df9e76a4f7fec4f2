/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* covers: lib/message/preview.c lib/message/preview_html.c lib/message/preview_write.c */
#include "message/preview.h"

#include "base/base64.h"
#include "base/hash.h"
#include "base/utf8.h"
#include "message/mail.h"
#include "test.h"

static struct limits lim;

/* The body of the page of a message. */
static void
page_of(struct str mail, struct buf *page)
{
	struct pool *pool = pool_new(0);

	preview_page(pool, &lim, mime_parse(pool, &lim, mail), page);
	pool_free(&pool);
}

static struct str
body_of(const struct buf *page)
{
	struct str s = buf_str(page);
	size_t from = str_find(s, STR("<hr>\n")), to = str_find(s, STR("</body>"));

	return from == STR_NPOS || to == STR_NPOS ? STR_NONE : str_sub(s, from + 5, to - from - 5);
}

/* A browser takes the style of the page when its sum is that which the page names; and no other. */
static void
style(void)
{
	unsigned char digest[HASH_SHA256_BYTES];
	struct str all, sum;
	struct buf page, text;
	size_t from, to;

	buf_init(&page, 1 << 20);
	buf_init(&text, 100);
	page_of(STR("Subject: x\r\n\r\n</style><style>*{x:y}</style>"), &page);
	all = buf_str(&page);
	from = str_find(all, STR("<style>")) + 7;
	to = str_find(all, STR("</style>"));
	test_ok(from < to && to != STR_NPOS, "a page has its style");
	hash_sha256(str_sub(all, from, to - from), digest);
	base64_put(&text, (struct str){ (const char *)digest, sizeof(digest) });
	from = str_find(all, STR("'sha256-")) + 8;
	sum = str_sub(all, from, buf_str(&text).n);
	test_str(sum, buf_str(&text), "by its SHA-256");
	test_ok(str_find(str_from(all, to + 1), STR("<style")) == STR_NPOS, "a mail brings none");
	buf_clear(&text);
	buf_clear(&page);
}

#define HTML "Content-Type: text/html; charset=utf-8\r\n\r\n"
#define END "<hr>\n"

static const struct {
	const char *name, *html, *want;
} forms[] = {
	{ "paragraphs", "<p>one<p>two<div>three</div>four", "<p>one</p>\n<p>two</p>\n<p>three</p>\n<p>four</p>\n" },
	{ "a list", "<ul><li>a<li>b</ul>c", "<ul><li>a</li></ul>\n<ul><li>b</li></ul>\n<p>c</p>\n" },
	{ "a table", "<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "<p>a | b</p>\n<p>c</p>\n" },
	{ "a heading", "<h1>a</h1>b", "<h3>a</h3>\n<p>b</p>\n" },
	{ "a quotation", "<blockquote>a</blockquote>b", "<blockquote>a</blockquote>\n<p>b</p>\n" },
	{ "white space", " a \n  b ", "<p>a b</p>\n" },
	{ "a link", "<a href='https://bad.example/?a=1&amp;b=\"'>bank</a> x",
	    "<p>bank [https://bad.example/?a=1&amp;b=&quot;] x</p>\n" },
	{ "a link without an end", "<a href=//a.example>x<a href=b>y", "<p>x [//a.example] y [b]</p>\n" },
	{ "a form", "<form action=http://a.example/><input name=x onfocus=alert(1)>Go</form>",
	    "<p>[form to http://a.example/] Go</p>\n" },
	{ "script", "a<script>alert(1)</script>b", "<p>ab</p>\n" },
	{ "script without an end", "a<script>alert(1)", "<p>a</p>\n" },
	{ "script within script", "<scr<script>ipt>alert(1)</script>b", "<p>ipt&gt;alert(1)b</p>\n" },
	{ "onerror", "<img src=x onerror=alert(1)>", "<p>[picture]</p>\n" },
	{ "alt that breaks out", "<img alt='\"><script>x</script>'>", "<p>[picture: &quot;&gt;&lt;script&gt;x&lt;/script&gt;]</p>\n" },
	{ "javascript:", "<a href=javascript:alert(1)>x</a>", "<p>x [javascript:alert(1)]</p>\n" },
	{ "data:", "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
	    "<p>x [data:text/html,&lt;script&gt;alert(1)&lt;/script&gt;]</p>\n" },
	{ "svg", "<svg onload=alert(1)><a xlink:href=javascript:x>t</a></svg>z", "<p>tz</p>\n" },
	{ "style", "<style>*{background:url(//a.example)}</style><p style='x:y'>a", "<p>a</p>\n" },
	{ "base and meta", "<base href=//a.example><meta http-equiv=refresh content='0;url=//a.example'>a", "<p>a</p>\n" },
	{ "frames", "<iframe srcdoc='<script>x</script>'>in</iframe><object data=x></object><embed src=y>a", "<p>a</p>\n" },
	{ "references", "&lt;script&gt;alert(1)&lt;/script&gt;", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>\n" },
	{ "references to references", "&amp;lt;b&amp;gt;", "<p>&amp;lt;b&amp;gt;</p>\n" },
	{ "mutation: noscript", "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">a", "<p>a</p>\n" },
	{ "mutation: textarea", "<textarea></textarea><img src=x onerror=y></textarea>a", "<p>[picture]</p>\n<p>a</p>\n" },
	{ "mutation: math", "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img onerror=x'>b",
	    "<p>[picture] b</p>\n" },
	{ "a comment that does not end", "a<!-- <script>x</script>", "<p>a</p>\n" },
	{ "a comment's end", "a<!--><img onerror=x>-->b", "<p>a [picture] --&gt;b</p>\n" },
	{ "a tag that does not end", "a<img src=x onerror=alert(1) ", "<p>a [picture]</p>\n" },
	{ "a NUL", "a<scr\0ipt>", "<p>a</p>\n" },
	{ "plaintext", "a<plaintext></plaintext><script>x", "<p>a</p>\n<p>&lt;/plaintext&gt;&lt;script&gt;x</p>\n" },
	{ "xmp", "<xmp><b>x</xmp>", "<p>&lt;b&gt;x</p>\n" },
	{ "title", "<title>no</title>a", "<p>a</p>\n" },
	{ "template", "<template><p>hidden</p></template>a", "<p>a</p>\n" },
	{ "turned around", "a\xe2\x80\xae" "b", "<p>a\xef\xbf\xbd" "b</p>\n" },
	{ "no UTF-8", "a\xff\xc0\x80", NULL },
	{ "pre", "<pre>a\n  b</pre>", "<pre>a\n  b</pre>\n" },
};

static void
form(size_t i)
{
	struct buf mail, page;

	buf_init(&mail, 100000);
	buf_adds(&mail, HTML);
	buf_adds(&mail, forms[i].html);
	page_of(buf_str(&mail), &page);
	if (forms[i].want) {
		buf_reset(&mail);
		buf_printf(&mail, "%s" END, forms[i].want);
		test_str(body_of(&page), buf_str(&mail), forms[i].name);
	}
	test_ok(preview_is_inert(buf_str(&page)), "harmless");
	buf_clear(&mail);
	buf_clear(&page);
}

static const struct {
	const char *name, *mail, *has;
	bool not;
} mails[] = {
	{ "a header for people", "From: =?utf-8?Q?J=C3=BCrgen?= <j@a.example>\r\nSubject: =?iso-2022-jp?B?GyRCRnxLXBsoQg==?=\r\n\r\nx",
	    "<p>From: J\xc3\xbcrgen &lt;j@a.example&gt;</p>\n<p>Subject: \xe6\x97\xa5\xe6\x9c\xac</p>\n", false },
	{ "ISO-2022-JP", "Content-Type: text/plain; charset=iso-2022-jp\r\n\r\n\x1b$BF|K\\\x1b(B", "<pre>\xe6\x97\xa5\xe6\x9c\xac</pre>", false },
	{ "Shift_JIS", "Content-Type: text/html; charset=shift_jis\r\n\r\n<b>\x93\xfa\x96{</b>", "<p>\xe6\x97\xa5\xe6\x9c\xac</p>", false },
	{ "UTF-7", "Content-Type: text/html; charset=utf-7\r\n\r\n+ADw-script+AD4-alert(1)+ADw-/script+AD4-x", "<script>", true },
	{ "plain text", "\r\n<b>a</b> &amp; 'x'\r\n  y", "<pre>&lt;b&gt;a&lt;/b&gt; &amp;amp; &#39;x&#39;\n  y</pre>", false },
	{ "of two forms HTML", "Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\n\r\nplain\r\n--b\r\n" HTML "<p>rich\r\n--b--\r\n",
	    "<p>rich</p>", false },
	{ "and not the plain one", "Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\n\r\nplain\r\n--b\r\n" HTML
	    "<p>rich\r\n--b--\r\n", "plain", true },
	{ "attachments", "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nx\r\n--b\r\n"
	    "Content-Type: application/pdf; name=\"<a>.pdf\"\r\n"
	    "Content-Transfer-Encoding: base64\r\n\r\nYWJj\r\n--b--\r\n", "<ul><li>&lt;a&gt;.pdf, application/pdf, 3 bytes</li></ul>", false },
	{ "pictures are numbers", "Content-Type: multipart/related; boundary=b\r\n\r\n--b\r\n" HTML "<img src='cid:x@y' alt=logo><img src=http://t.example/1>"
	    "\r\n--b\r\nContent-Type: image/png\r\nContent-ID: <x@y>\r\n\r\nabc\r\n--b--\r\n", "<p>[picture 1: logo] [picture]</p>", false },
	{ "and listed", "Content-Type: image/png\r\n\r\nabc", "<ul><li>picture 1: (no name), image/png, 3 bytes</li></ul>", false },
	{ "a message inside", "Content-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\nhello", "<p>Subject: inner</p>", false },
	{ "two senders", "From: a@a.example\r\nFrom: b@b.example\r\n\r\n", "<p>From: a@a.example</p>\n<p>From: b@b.example</p>", false },
};

static void
shown(size_t i)
{
	struct buf page;

	page_of(str_of(mails[i].mail), &page);
	test_ok((str_find(buf_str(&page), str_of(mails[i].has)) == STR_NPOS) == mails[i].not, mails[i].name);
	if ((str_find(buf_str(&page), str_of(mails[i].has)) == STR_NPOS) != mails[i].not)
		test_show("page", buf_str(&page));
	test_ok(preview_is_inert(buf_str(&page)), "harmless");
	buf_clear(&page);
}

/* Each of these is a page that somebody else wrote. */
static void
forged(void)
{
	static const char *const tags[] = { "<script>x</script>", "<p onclick=x>", "<img src=x>", "<P>", "<", "<p", "</body>",
	    "\xff" };
	struct buf page, other;
	struct str s;

	page_of(STR("\r\nMARK"), &page);
	s = buf_str(&page);
	test_ok(preview_is_inert(s), "ours");
	for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++) {
		size_t at = str_find(s, STR("MARK"));

		buf_init(&other, 10000);
		buf_add(&other, str_upto(s, at));
		buf_adds(&other, tags[i]);
		buf_add(&other, str_from(s, at));
		test_ok(!preview_is_inert(buf_str(&other)), tags[i]);
		buf_clear(&other);
	}
	test_ok(!preview_is_inert(str_from(s, 1)), "without its beginning");
	test_ok(!preview_is_inert(str_upto(s, s.n - 1)), "without its end");
	test_ok(!preview_is_inert(STR_NONE), "nothing");
	buf_clear(&page);
}

static void
large(void)
{
	struct buf mail, page;

	buf_init(&mail, 20 << 20);
	buf_adds(&mail, HTML);
	while (mail.n < 10 << 20)
		buf_adds(&mail, "<li>&lt;&lt;&lt;&lt;<blockquote>");
	page_of(buf_str(&mail), &page);
	test_ok(page.n <= PREVIEW_BYTES && page.n > PREVIEW_BYTES - 2 * 1024 && !page.full, "no page is larger");
	test_ok(str_find(buf_str(&page), STR("This is not all of it")) != STR_NPOS, "it says so");
	test_ok(preview_is_inert(buf_str(&page)), "and is whole");
	buf_clear(&mail);
	buf_clear(&page);
}

static size_t seen, bad;

static void
one_of_corpus(const char *path)
{
	struct buf raw, page;

	buf_init(&raw, 64 << 20);
	if (mail_read(path, &raw)) {
		page_of(buf_str(&raw), &page);
		seen++;
		if (!preview_is_inert(buf_str(&page))) {
			bad++;
			test_show("path", str_of(path));
		}
		buf_clear(&page);
	}
	buf_clear(&raw);
}

static void
whole_corpus(const char *pack)
{
	struct corpus c;

	if (!corpus_open(&c, pack)) {
		test_skip(pack, "SEKIMORI_CORPUS does not have it");
		return;
	}
	seen = bad = 0;
	corpus_each(&c, one_of_corpus);
	corpus_close(&c);
	test_ok(seen > 10 && bad == 0, pack);
	printf("# %zu mails\n", seen);
}

int
main(void)
{
	lim = mail_limits();
	lim.html_tags = 1000000;
	lim.html_attrs = 1000;
	lim.text_bytes = 1 << 20;
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		form(i);
	for (size_t i = 0; i < sizeof(mails) / sizeof(mails[0]); i++)
		shown(i);
	style();
	forged();
	large();
	whole_corpus("mime-evasion.tar.zst");
	whole_corpus("mail-phishing_pot.tar.zst");
	whole_corpus("mail-spamassassin.tar.zst");
	whole_corpus("mail-csdmc2010.tar.zst");
	whole_corpus("evasion.tar.xz");
	return test_done();
}
