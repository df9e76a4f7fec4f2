/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "gate/own_links.h"

#include "click/folder.h"
#include "click/token.h"
#include "conf/limits_opts.h"
#include "gate/settings.h"
#include "test.h"

enum { NOW_S = 1770000000 };

#define CLICK "https://go.example/l"
#define SAFE "https://eur01.safelinks.protection.outlook.com/?url="

static struct keyring *ring;
static struct pool *pool;
static struct conf *conf;
static struct own_links own;

static struct str
sealed_at(struct str url, int64_t expiry_s)
{
	struct click_token t = { .expiry_s = expiry_s, .message = STR("id"), .url = url };
	struct buf b;
	struct str out;

	buf_init(&b, 32768);
	buf_adds(&b, CLICK "/");
	if (token_make(ring, &t, &b) != RC_OK)
		abort();
	out = pool_str(pool, buf_str(&b));
	buf_clear(&b);
	return out;
}

static struct str
sealed(const char *url)
{
	return sealed_at(str_of(url), NOW_S + 1000);
}

/* As another vendor's gateway wraps it. */
static struct str
safe(struct str url)
{
	struct str out = STR(SAFE);

	for (size_t i = 0; i < url.n; i++)
		out = pool_printf(pool, url.p[i] == ':' || url.p[i] == '/' ? "%.*s%%%02X" : "%.*s%c", STR_ARG(out), url.p[i]);
	return pool_printf(pool, "%.*s&data=05", STR_ARG(out));
}

static void
expect(const char *name, struct str url, const char *want)
{
	struct str was;
	bool ours = own_links_read(&own, url, &was);

	test_str(ours ? was : STR("not ours"), str_of(want), name);
}

static void
test_read(void)
{
	struct str other = sealed("http://x.example/"), none = sealed("http://x.example/a?b#c");
	struct own_links closed;
	struct str was;

	expect("one of ours", sealed("http://x.example/a?b#c"), "http://x.example/a?b#c");
	expect("its preview", pool_printf(pool, "%.*s+", STR_ARG(other)), "http://x.example/");
	expect("too old", sealed_at(STR("http://x.example/"), NOW_S - 1), "http://x.example/");
	expect("sealed twice", sealed_at(other, NOW_S + 9), "http://x.example/");
	expect("behind another vendor's", safe(other), "http://x.example/");
	expect("which was sealed again", sealed_at(safe(other), NOW_S + 9), "http://x.example/");
	expect("what was wrapped before it was ours", sealed_at(safe(STR("http://x.example/")), NOW_S + 9),
	    SAFE "http%3A%2F%2Fx.example%2F&data=05");
	expect("another vendor's", safe(STR("http://x.example/")), "not ours");
	expect("another host", STR("http://x.example/"), "not ours");
	expect("forged", pool_printf(pool, "%.*sAA", STR_ARG(other)), "not ours");
	expect("garbage", STR(CLICK "/AQECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4v"), "not ours");
	own_links_init(&closed, pool, conf, NULL, NOW_S);
	test_ok(!own_links_read(&closed, none, &was), "without keys nothing is ours");
}

static void
put(struct report *r, struct str url, struct str outer, const char *host, const char *text)
{
	*(struct link *)vec_push(pool, &r->links, sizeof(struct link)) =
	    (struct link){ .url = url, .outer = outer, .host = str_of(host), .text = str_of(text), .wraps = !str_eq(url, outer) };
}

static void
test_open(void)
{
	struct limits lim;
	struct scan scan = { .pool = pool, .lim = &lim, .phase = PHASE_LOOKUP, .ours = own.prefix };
	struct str like = sealed("https://paypa1.com/x"), bad = sealed("http://bad.example/"), wrapped = safe(bad);
	struct report r;
	const struct link *l;

	limits_default(&lim);
	report_init(&r, pool, &lim);
	put(&r, STR("https://www.example.org/"), STR("https://www.example.org/"), "www.example.org", "x");
	put(&r, like, like, "go.example", "www.paypal.com");
	put(&r, bad, wrapped, "go.example", "x");
	test_int((long long)own_links_open(&own, &scan, conf, &r), 2, "two are ours");
	l = report_link_at(&r, 0);
	test_str(l->url, STR("https://www.example.org/"), "the other stays");
	l = report_link_at(&r, 1);
	test_str(l->host, STR("paypa1.com"), "the host behind ours");
	test_str(l->outer, like, "what stands there stays");
	test_str(l->wrappers, STR("sekimori"), "who wrapped it");
	l = report_link_at(&r, 2);
	test_str(l->url, STR("http://bad.example/"), "the URL behind both");
	test_int((long long)r.findings.n, 2, "check_link looked at what is behind");
	if (r.findings.n == 2) {
		test_str(str_of(report_finding(&r, 0)->def->name), STR("LINK_LOOKALIKE"), "its host");
		test_str(str_of(report_finding(&r, 1)->def->name), STR("LINK_TEXT_BRAND"), "its words");
	}
	test_int((long long)own_links_open(&own, &scan, conf, &r), 2, "once more is the same");
	test_int((long long)r.findings.n, 2, "and counts nothing twice");
}

int
main(void)
{
	struct buf why;

	buf_init(&why, 1000);
	pool = pool_new(0);
	if (keyring_ensure(keyring_of(folder_make(), KEYRING_CLICK), NOW_S, &ring, &why) != RC_OK ||
	    conf_parse(STR("click.url = " CLICK), "t", settings, (struct conf_base){ .key = NULL }, &conf, &why) != RC_OK)
		abort();
	own_links_init(&own, pool, conf, ring, NOW_S);
	test_read();
	test_open();
	conf_put(&conf);
	keyring_close(&ring);
	pool_free(&pool);
	buf_clear(&why);
	return test_done();
}
