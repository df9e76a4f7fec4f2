/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "check/link_targets.h"

#include "base/clock.h"
#include "gate/settings.h"
#include "test.h"

enum { TEXT = 65536, HOSTS = 5000 };

struct fixture {
	struct pool *pool;
	struct limits lim;
	struct conf *conf;
	struct links *links;
	struct report report;
};

static bool
set_up(struct fixture *f, const char *options)
{
	struct buf why;
	bool good;

	buf_init(&why, TEXT);
	f->pool = pool_new(0);
	limits_default(&f->lim);
	report_init(&f->report, f->pool, &f->lim);
	f->links = links_new(f->pool, &f->lim, NULL);
	good = conf_parse(str_of(options), "test", settings, (struct conf_base){ .key = NULL }, &f->conf, &why) == RC_OK;
	if (!good)
		printf("# %s\n", buf_cstr(&why));
	buf_clear(&why);
	return good;
}

static void
tear_down(struct fixture *f)
{
	conf_put(&f->conf);
	pool_free(&f->pool);
}

static void
add(struct fixture *f, struct link_found found, const char *url)
{
	found.url = str_of(url);
	(void)links_add(f->links, &found);
	f->report.links = *links_all(f->links);
}

/* Hosts in order, "!" in front of those that are asked about, "=" of those that are trusted. */
static void
order(const struct link_targets *t, struct buf *out)
{
	for (size_t i = 0; i < t->n_hosts; i++)
		buf_printf(out, "%s%s%.*s/%zu", i ? " " : "", t->host[i].trusted ? "=" : t->host[i].asked ? "!" : "",
		    STR_ARG(t->host[i].name), t->host[i].n);
}

static void
most_suspicious_first(void)
{
	const struct link_found href = { .where = LINK_IN_HREF }, picture = { .where = LINK_IN_SRC, .loads = true },
	    leave = { .where = LINK_IN_HEADER, .unsubscribe = true }, qr = { .where = LINK_IN_QR },
	    form = { .where = LINK_IN_ACTION, .form = true }, secret = { .where = LINK_IN_ACTION, .form = true, .asks_secret = true },
	    words = { .where = LINK_IN_HREF, .text = STR("www.example.org") },
	    brand = { .where = LINK_IN_HREF, .text = STR("www.amazon.co.jp") },
	    harmless = { .where = LINK_IN_TEXT, .tricks = URL_DEFANGED };
	struct fixture f;
	struct buf got;

	buf_init(&got, TEXT);
	if (!test_ok(set_up(&f, "links.internal = corp.example\nlinks.allow = friend.example\nlinks.judged = 12\n"
	    "check.link.protected = corp.co.jp\n"), "options"))
		return;
	add(&f, picture, "https://img.example/a.png");
	add(&f, leave, "https://leave.example/u");
	add(&f, href, "https://www.corp.example/");
	add(&f, href, "https://plain.example/");
	add(&f, href, "https://bit.ly/x");
	add(&f, href, "http://198.51.100.7/");
	add(&f, words, "https://words.example/");
	add(&f, qr, "https://qr.example/");
	add(&f, form, "https://form.example/");
	add(&f, brand, "https://brand.example/");
	add(&f, secret, "https://secret.example/");
	add(&f, href, "https://www.corp.co.jp.top.example/");
	add(&f, href, "https://h%69des.example/");
	add(&f, href, "https://friend.example/");
	add(&f, harmless, "https://defanged.example/");
	add(&f, picture, "https://plain.example/b.png");
	add(&f, href, "https://plain.example/");
	order(link_targets_new(f.pool, f.conf, &f.report), &got);
	test_str(buf_str(&got), STR("!hides.example/1 !www.corp.co.jp.top.example/1 !secret.example/1 !brand.example/1 "
	    "!form.example/1 !qr.example/1 !words.example/1 !198.51.100.7/1 !bit.ly/1 !plain.example/2 !leave.example/1 "
	    "!img.example/1 =www.corp.example/1 =friend.example/1"), "order");
	tear_down(&f);
	buf_clear(&got);
}

static void
one_limit(void)
{
	struct link_targets *t;
	const struct link_target *one;
	struct fixture f;
	struct buf got;

	buf_init(&got, TEXT);
	if (!test_ok(set_up(&f, "links.internal = corp.example\nlinks.judged = 2\n"), "options"))
		return;
	add(&f, (struct link_found){ .where = LINK_IN_SRC, .loads = true }, "https://img.example/a.png");
	add(&f, (struct link_found){ .where = LINK_IN_HREF }, "https://www.corp.example/");
	add(&f, (struct link_found){ .where = LINK_IN_HREF }, "http://b.example/");
	add(&f, (struct link_found){ .where = LINK_IN_HREF }, "http://[2001:db8::1]/1");
	add(&f, (struct link_found){ .where = LINK_IN_HREF }, "http://[2001:db8::1]/2");
	t = link_targets_new(f.pool, f.conf, &f.report);
	order(t, &got);
	test_str(buf_str(&got), STR("!2001:db8::1/2 !b.example/1 img.example/1 =www.corp.example/1"), "trusted ones cost nothing");
	test_int((int64_t)t->left, 1, "one is left");
	one = link_targets_find(t, STR("[2001:db8::1]"), STR("http://[2001:db8::1]/2"));
	test_ok(one && one->of->asked && one->opinion.verdict == LINK_UNJUDGED, "a link is found");
	one = link_targets_find(t, STR("www.corp.example"), STR("https://www.corp.example/"));
	test_ok(one && one->opinion.verdict == LINK_TRUSTED, "a trusted one");
	if (one) {
		link_target_worse(&t->target[one - t->target], LINK_BAD, STR("test"));
		test_str(one->opinion.why, STR("test"), "what a check knows counts");
		link_target_worse(&t->target[one - t->target], LINK_SUSPICIOUS, STR("other"));
		test_ok(one->opinion.verdict == LINK_BAD, "when it is worse");
	}
	test_ok(!link_targets_find(t, STR("b.example"), STR("http://b.example/x")), "one that is not there");
	test_ok(!link_targets_find(NULL, STR("b.example"), STR("http://b.example/")), "or nothing at all");
	tear_down(&f);
	buf_clear(&got);
}

static void
crowd(void)
{
	int64_t start;
	struct fixture f;
	struct link_targets *t;
	char url[60];

	if (!test_ok(set_up(&f, "dns.enable = no\n"), "options"))
		return;
	for (int i = 0; i < HOSTS; i++) {
		snprintf(url, sizeof(url), "https://www.host%d.example/x", i);
		add(&f, (struct link_found){ .where = LINK_IN_HREF }, url);
	}
	start = clock_mono_ms();
	t = link_targets_new(f.pool, f.conf, &f.report);
	printf("# %d hosts: %lld ms\n", HOSTS, (long long)(clock_mono_ms() - start));
	test_int((int64_t)(t->n_hosts - t->left), 50, "so many and no more");
	tear_down(&f);
}

int
main(void)
{
	most_suspicious_first();
	one_limit();
	crowd();
	return test_done();
}
