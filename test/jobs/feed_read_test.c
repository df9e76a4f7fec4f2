/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "test.h"

#include "base/fdio.h"
#include "jobs/feed_read.h"
#include "message/mail.h"

enum { TEXT = 65536, CORPUS_MAX = 4 * 1024 * 1024 };

static bool
put(void *arg, const struct indicator *i)
{
	struct pool *pool = pool_new(0);
	char key[INDICATORS_KEY];
	size_t n = i->kind == INDICATOR_IP ? indicators_key_ip(&i->net, key) : indicators_key(i->kind, i->value, key);
	struct str text = n ? indicators_key_text(pool, (struct str){ key, n }) : STR("?");

	buf_printf(arg, "%.*s ", STR_ARG(text));
	pool_free(&pool);
	return true;
}

static void
read_feed(const struct feed *f, struct str text, size_t max, struct feed_reading *r, struct buf *out)
{
	*r = (struct feed_reading){ .feed = f, .pool = pool_new(0), .max = max, .put = put, .arg = out };
	f->format->read(r, text);
	pool_free(&r->pool);
}

#define SHA "275a021bbfb6489e54d471899f7db9d1663fc695ec2fe2a2c4538aabf651fd0f"

static const struct {
	const char *name;
	enum indicator_kind kind;
	int format;			/* 0 plain, 1 csv */
	int64_t column;
	char separator;
	bool any_url;
	const char *text, *want;
	size_t bad;
} cases[] = {
	{ "addresses", INDICATOR_IP, 0, 1, ',', false, "192.0.2.1\n2001:db8::1\r\n198.51.100.0/24\n", "192.0.2.1 2001:db8::1 198.51.100.0/24 ", 0 },
	{ "host bits go", INDICATOR_IP, 0, 1, ',', false, "198.51.100.77/24\n", "198.51.100.0/24 ", 0 },
	{ "comments", INDICATOR_IP, 0, 1, ',', false, "# a\n; b\n\n  \n192.0.2.0/24 ; SBL1\n192.0.2.1 # c\n// d\n", "192.0.2.0/24 192.0.2.1 ", 0 },
	{ "defanged", INDICATOR_IP, 0, 1, ',', false, "192[.]0[.]2[.]1\n192.0.2(.)2\n[2001:db8::1]\n", "192.0.2.1 192.0.2.2 2001:db8::1 ", 0 },
	{ "too wide", INDICATOR_IP, 0, 1, ',', false, "0.0.0.0/0\n10.0.0.0/7\n10.0.0.0/8\n::/0\n2000::/3\n2001::/16\n", "10.0.0.0/8 2001::/16 ", 4 },
	{ "no addresses", INDICATOR_IP, 0, 1, ',', false, "192.0.2\n256.1.1.1\nexample.com\n192.0.2.1/33\n", "", 4 },
	{ "no last line end, a mark in front", INDICATOR_IP, 0, 1, ',', false, "\xef\xbb\xbf" "192.0.2.1", "192.0.2.1 ", 0 },
	{ "domains", INDICATOR_DOMAIN, 0, 1, ',', false, "Bad.Example\n*.wild.example\n.dot.example\nend.example.\n", "bad.example wild.example dot.example end.example ", 0 },
	{ "a hosts file", INDICATOR_DOMAIN, 0, 1, ',', false, "0.0.0.0 a.example\n127.0.0.1\tb.example # x\n", "a.example b.example ", 0 },
	{ "URLs of whole sites", INDICATOR_DOMAIN, 0, 1, ',', false, "hxxps://bad[.]example/\nhttp://u:p@x.example:8080\nhttp://shared.example/page\n", "bad.example x.example ", 1 },
	{ "all URLs", INDICATOR_DOMAIN, 0, 1, ',', true, "hxxp://shared[.]example/page?q#f\n", "shared.example ", 0 },
	{ "other scripts", INDICATOR_DOMAIN, 0, 1, ',', false, "m\xc3\xbcnchen.example\n", "xn--mnchen-3ya.example ", 0 },
	{ "no domains", INDICATOR_DOMAIN, 0, 1, ',', false, "com\nlocalhost\n192.0.2.1\na..b\n-a.example\na@b.example\n\xff\xfe.example\n<script>.example\n", "", 8 },
	{ "digests", INDICATOR_HASH, 0, 1, ',', false, SHA "\n275A021BBFB6489E54D471899F7DB9D1663FC695EC2FE2A2C4538AABF651FD0F  eicar.com\nd41d8cd98f00b204e9800998ecf8427e\n", SHA " " SHA " ", 1 },
	{ "mailboxes", INDICATOR_ADDRESS, 0, 1, ',', false, "Boss@Fraud.example\n<a@b.example>\nmailto:c@d.example\ne[at]f[.]example\n@x.example\ny@\n", "boss@fraud.example a@b.example c@d.example e@f.example ", 2 },
	{ "URLs", INDICATOR_URL, 0, 1, ',', false, "hxxps://Bad[.]example:8443/A/b/?c=d#e\nbad.example/%61//b\nwhole.example\nftp://192.0.2.1/x\nhttp://[::1]/\n",
	  "bad.example/A/b?c=d#e bad.example/a/b whole.example 192.0.2.1/x ::1 ", 0 },
	{ "no URLs", INDICATOR_URL, 0, 1, ',', false, "http://com/\nhttp://a..b/\nboss@fraud.example\nhttp://\nhttp://-/x\nhttp://x y/\n", "", 6 },
	{ "columns", INDICATOR_IP, 1, 2, ',', false, "date,ip,x\n1,192.0.2.1,a\n2,\"192.0.2.2\",b\n3\n", "192.0.2.1 192.0.2.2 ", 1 },
	{ "quotes", INDICATOR_DOMAIN, 1, 2, ',', false, "\"a,b \"\"c\"\"\",x.example\n", "x.example ", 0 },
	{ "tabs", INDICATOR_DOMAIN, 1, 3, '\t', false, "1\t2\tx.example\t4\n", "x.example ", 0 },
	{ "a web page", INDICATOR_IP, 0, 1, ',', false, "<html>\n<body>Sorry</body>\n</html>\n", "", 3 },
};

static void
values(void)
{
	struct buf got;

	buf_init(&got, TEXT);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct feed f = { .kind = (int)cases[i].kind, .format = &feed_readers[cases[i].format], .column = cases[i].column,
		    .separator = cases[i].separator, .any_url = cases[i].any_url };
		struct feed_reading r;

		buf_reset(&got);
		read_feed(&f, str_of(cases[i].text), 100, &r, &got);
		test_str(buf_str(&got), str_of(cases[i].want), cases[i].name);
		test_int((int64_t)r.bad, (int64_t)cases[i].bad, "bad lines");
		test_ok((r.first_bad != 0) == (r.bad != 0), "the first of them");
	}
	buf_clear(&got);
}

static void
limits(void)
{
	struct feed f = { .kind = INDICATOR_IP, .format = &feed_readers[0] };
	struct feed_reading r;
	struct buf text, got;

	buf_init(&text, TEXT);
	buf_init(&got, TEXT);
	for (int i = 0; i < FEED_LINE + 1; i++)
		buf_addc(&text, ' ');
	buf_adds(&text, "192.0.2.1\n192.0.2.2\n192.0.2.3\n192.0.2.4\n");
	read_feed(&f, buf_str(&text), 2, &r, &got);
	test_str(buf_str(&got), STR("192.0.2.2 192.0.2.3 "), "a line that is too long is bad; entries end at the limit");
	test_ok(r.cut && r.bad == 1 && r.first_bad == 1, "and it says so");
	buf_clear(&text);
	buf_clear(&got);
}

/* What a feed of the world looks like: the JPCERT/CC list of phishing URLs, "date,URL,description". */
static void
corpus(void)
{
	struct feed f = { .kind = INDICATOR_DOMAIN, .format = &feed_readers[1], .column = 2, .separator = ',', .any_url = true };
	struct feed_reading r;
	struct buf text, got;
	struct corpus c;
	char path[256];

	if (!corpus_open(&c, "feeds.tar.zst")) {
		test_skip("a month of phishing URLs", "SEKIMORI_CORPUS does not have it");
		return;
	}
	snprintf(path, sizeof(path), "%s/feeds/JPCERTCC+phishurl-list/2024/202412.csv", c.folder);
	buf_init(&text, CORPUS_MAX);
	buf_init(&got, 2 * CORPUS_MAX);
	test_ok(fdio_read_file(path, &text) == RC_OK, "a feed of the world");
	read_feed(&f, buf_str(&text), 100000, &r, &got);
	test_ok(r.good > 2000 && r.bad * 50 < r.good, "a month of phishing URLs");
	printf("#   %zu good, %zu bad, the first in line %zu\n", r.good, r.bad, r.first_bad);
	corpus_close(&c);
	buf_clear(&text);
	buf_clear(&got);
}

int
main(void)
{
	values();
	limits();
	corpus();
	return test_done();
}
