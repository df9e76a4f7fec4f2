/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "gate/links.h"

#include "click/folder.h"
#include "click/token.h"
#include "conf/limits_opts.h"
#include "gate/settings.h"
#include "test.h"

enum { NOW_S = 1770000000 };

#define CLICK "https://go.example/l"

static struct keyring *ring;
static struct pool *pool;
static struct limits lim;

/* By the host: bad., odd., clean.; others are not judged. */
static enum link_verdict
judge(void *arg, const struct links_link *l)
{
	(void)arg;
	if (str_starts(l->host, STR("bad.")))
		return LINK_BAD;
	if (str_starts(l->host, STR("odd.")))
		return LINK_SUSPICIOUS;
	return str_starts(l->host, STR("clean.")) ? LINK_CLEAN : LINK_UNJUDGED;
}

static struct conf *
config(const char *lines)
{
	struct conf *conf = NULL;
	struct buf errors;

	buf_init(&errors, 10000);
	if (conf_parse(str_of(lines), "t", settings, (struct conf_base){ .key = NULL }, &conf, &errors) != RC_OK) {
		printf("# %s\n", buf_cstr(&errors));
		abort();
	}
	buf_clear(&errors);
	return conf;
}

static bool unsubscribe;	/* the link of the next plan is one of List-Unsubscribe */
static enum link_where place = LINK_IN_HREF;

static struct links_plan
plan(const char *lines, struct session session, struct str url, struct str host)
{
	struct conf *conf = config(lines);
	struct links_in in = { .conf = conf, .session = &session, .keys = ring, .judge = judge, .id = STR("id-1"),
	    .now_s = NOW_S };
	struct report r;
	struct links_plan out;
	struct link link = { .url = url, .outer = url, .host = host, .where = place,
		.unsubscribe = unsubscribe };

	report_init(&r, pool, &lim);
	for (int i = 0; i < 2; i++)
		memcpy(vec_push(pool, &r.links, sizeof(link)), &link, sizeof(link));
	in.report = &r;
	links_plan(pool, &in, &out);
	conf_put(&conf);
	return out;
}

static const struct session incoming = { .client_addr = STR("192.0.2.1") };

static const struct { const char *name, *lines, *url, *host; enum rewrite_action want; } cases[] = {
	{ "bad links go by default", "", "http://bad.example/", "bad.example", REWRITE_UNLINK },
	{ "the others stay", "", "http://x.example/", "x.example", REWRITE_LEAVE },
	{ "by verdict", "links.suspicious = defang", "http://odd.example/", "odd.example", REWRITE_DEFANG },
	{ "clean", "links.clean = text", "http://clean.example/", "clean.example", REWRITE_TEXT },
	{ "not judged", "links.unjudged = rewrite\nclick.url = " CLICK, "http://x.example/", "x.example", REWRITE_TO },
	{ "our own domain", "links.internal = x.example\nlinks.unjudged = text", "http://www.x.example/", "www.x.example",
	    REWRITE_LEAVE },
	{ "only below it", "links.internal = x.example\nlinks.unjudged = text", "http://yx.example/", "yx.example", REWRITE_TEXT },
	{ "allowed", "links.allow = y.example, x.example\nlinks.unjudged = text", "http://x.example/", "x.example", REWRITE_LEAVE },
	{ "allowed before it is judged", "links.allow = bad.example", "http://bad.example/", "bad.example", REWRITE_LEAVE },
	{ "what the click gate cannot lead to", "links.unjudged = rewrite\nclick.url = " CLICK, "ftp://x.example/", "x.example",
	    REWRITE_LEAVE },
};

static void
actions(void)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct links_plan p = plan(cases[i].lines, incoming, str_of(cases[i].url), str_of(cases[i].host));

		test_ok(cases[i].want == REWRITE_LEAVE ? p.n == 0 : p.n == 1 && p.rows[0].action == cases[i].want, cases[i].name);
	}
}

#define REWRITES "links.unjudged = rewrite\nclick.url = " CLICK

static struct str
token_of(struct str url)
{
	return str_starts(url, STR(CLICK "/")) ? str_from(url, strlen(CLICK "/")) : STR_NONE;
}

static void
tokens(void)
{
	static const struct str rcpt[] = { STR("anna@x.example"), STR("bob@x.example") };
	struct session s = incoming;
	struct links_plan p, again;
	struct click_token t;
	struct str url = STR("http://x.example/a?b#c");

	s.rcpts = rcpt;
	s.n_rcpts = 1;
	p = plan(REWRITES, s, url, STR("x.example"));
	test_int(token_read(ring, pool, token_of(p.rows[0].with), NOW_S, &t), RC_OK, "a token of ours");
	test_str(t.url, url, "with the URL");
	test_str(t.rcpt, rcpt[0], "the recipient");
	test_str(t.message, STR("id-1"), "and the message");
	test_int(t.expiry_s, NOW_S + 365 * 86400LL, "for as long as is said");
	s.n_rcpts = 2;
	p = plan(REWRITES, s, url, STR("x.example"));
	test_ok(token_read(ring, pool, token_of(p.rows[0].with), NOW_S, &t) == RC_OK && t.rcpt.n == 0, "nobody of two");
	s.n_rcpts = 1;
	p = plan(REWRITES "\nclick.privacy = anonymous", s, url, STR("x.example"));
	test_ok(token_read(ring, pool, token_of(p.rows[0].with), NOW_S, &t) == RC_OK && t.rcpt.n == 0, "nor with privacy");

	again = plan(REWRITES, s, p.rows[0].with, STR("go.example"));
	test_int((int64_t)again.n, 0, "never twice");
	again = plan(REWRITES, s, pool_printf(pool, "%.*s+", STR_ARG(p.rows[0].with)), STR("go.example"));
	test_int((int64_t)again.n, 0, "nor its preview");
	again = plan(REWRITES, s, STR(CLICK "/AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"), STR("go.example"));
	test_int((int64_t)again.n, 1, "one that looks like it and is not ours is rewritten");
	unsubscribe = true;
	test_int((int64_t)plan(REWRITES, s, url, STR("x.example")).n, 0, "what unsubscribes stays");
	test_int((int64_t)plan(REWRITES, s, STR("http://bad.example/"), STR("bad.example")).n, 1, "unless it is bad");
	unsubscribe = false;
	place = LINK_IN_SRC;
	test_int((int64_t)plan(REWRITES, s, url, STR("x.example")).n, 0, "a picture needs no token");
	test_int((int64_t)plan(REWRITES, s, STR("http://bad.example/"), STR("bad.example")).n, 1, "a bad one goes");
	place = LINK_IN_HREF;
	s.auth_user = STR("anna");
	again = plan(REWRITES, s, p.rows[0].with, STR("go.example"));
	test_ok(again.outbound && again.n == 1 && again.rows[0].action == REWRITE_TO, "on the way out ours go");
	test_str(again.rows[0].with, url, "and what they stood for is back");
	test_int((int64_t)plan(REWRITES, s, url, STR("x.example")).n, 0, "other links stay");
	test_int((int64_t)plan("", s, STR("http://bad.example/"), STR("bad.example")).n, 0, "all of them");
}

static void
directions(void)
{
	struct conf *conf = config("links.outbound = 198.51.100.0/24");
	struct session s = incoming;

	test_ok(!links_is_outbound(conf, &s), "from outside");
	s.client_addr = STR("198.51.100.7");
	test_ok(links_is_outbound(conf, &s), "from a machine of ours");
	s.client_addr = STR_NONE;
	test_ok(links_is_outbound(conf, &s), "local");
	conf_put(&conf);
}

static void
configuration(void)
{
	struct conf *conf = config("\nlinks.bad = rewrite\n");
	struct buf errors;

	buf_init(&errors, 10000);
	test_int(links_try(conf, &errors), RC_BAD, "no click gate");
	test_str(buf_str(&errors), STR("t:2: links.bad: rewrite needs a click gate: set click.url\n"), "where");
	conf_put(&conf);
	conf = config(REWRITES);
	test_int(links_try(conf, &errors), RC_OK, "there is one");
	conf_put(&conf);
	buf_clear(&errors);
}

int
main(void)
{
	struct buf why;

	buf_init(&why, 1000);
	limits_default(&lim);
	pool = pool_new(0);
	if (keyring_ensure(keyring_of(folder_make(), KEYRING_CLICK), NOW_S, &ring, &why) != RC_OK)
		abort();
	actions();
	tokens();
	directions();
	configuration();
	keyring_close(&ring);
	pool_free(&pool);
	buf_clear(&why);
	return test_done();
}
