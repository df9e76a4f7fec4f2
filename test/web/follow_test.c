/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Redirects of shorteners: never inside, never without end, never to the one at the end. */
#include "web/follow.h"

#include "base/clock.h"
#include "net/web.h"
#include "test.h"

static const struct str hosts[] = { { "127.0.0.1", 9 } };
static struct click_conf cc = { .follow_hosts = { hosts, 1 }, .follow_ms = 1500, .follow_hops = 4 };
static struct http_conf http = { .allow_private = true, .connect_ms = 500, .total_ms = 2000 };
static struct follow_conf conf = { .http = &http, .click = &cc };
static struct pool *pool;
static struct web *web;
static int told;
static struct str stop_at;

static bool
each(void *arg, struct str url)
{
	(void)arg;
	told++;
	return !str_eq(url, stop_at);
}

static enum rc
go(struct str url, struct str *end)
{
	told = 0;
	return follow(&conf, pool, url, each, NULL, end);
}

/* A redirect of our server to a place. */
static struct str
to(struct str place)
{
	return pool_printf(pool, "http://127.0.0.1:%u/to/%.*s", (unsigned)web_port(web), STR_ARG(place));
}

static void
chains(void)
{
	struct str end, last = STR("https://www.example.invalid/x?y"), middle = to(last);
	int before = web_count(web);

	test_int(go(last, &end), RC_NONE, "a host that shortens nothing");
	test_int(web_count(web), before, "is not asked");
	test_int(go(to(last), &end), RC_OK, "one redirect");
	test_str(end, last, "to there");
	test_int(told, 1, "which is judged");
	test_int(web_count(web), before + 1, "one request, and none to the end");
	test_ok(strncmp(web_last(web), "HEAD ", 5) == 0, "by HEAD");
	test_int(go(to(middle), &end), RC_OK, "two");
	test_ok(str_eq(end, last) && told == 2, "each is judged");
	stop_at = middle;
	before = web_count(web);
	test_int(go(to(middle), &end), RC_OK, "one that is bad");
	test_ok(str_eq(end, middle) && web_count(web) == before + 1, "ends it: its server is not asked");
	stop_at = STR_NONE;
}

/* What is a shortener is known, or the operator says it. */
static void
known(void)
{
	struct conf_errors errors = { .n = 0 };
	struct buf text;
	struct str end, own = pool_printf(pool, "http://go.localhost:%u/to/https://www.example.invalid/x", (unsigned)web_port(web));

	buf_init(&text, 1000);
	errors.out = &text;
	test_int(go(own, &end), RC_NONE, "a host that nobody knows");
	conf.known = known_hosts_parse(pool, "", STR("shortener go.localhost\n"), true, &errors);
	test_int(go(own, &end), RC_OK, "one of the operator's list");
	test_str(end, STR("https://www.example.invalid/x"), "leads there");
	conf.known = NULL;
	buf_clear(&text);
}

static void
wrong(void)
{
	struct str end, loop = pool_printf(pool, "http://127.0.0.1:%u/loop", (unsigned)web_port(web));
	struct str slow = pool_printf(pool, "http://127.0.0.1:%u/slow", (unsigned)web_port(web));
	int64_t from = clock_mono_ms();

	test_int(go(loop, &end), RC_LIMIT, "in circles");
	test_int(told, (int)cc.follow_hops, "no further than allowed");
	test_int(go(to(STR("ftp://127.0.0.1/x")), &end), RC_BAD, "to ftp");
	test_int(go(to(STR("file:///etc/passwd")), &end), RC_BAD, "to a file");
	test_int(go(to(STR("javascript:alert(1)")), &end), RC_BAD, "to a script");
	test_int(go(slow, &end), RC_TEMP, "silent");
	test_ok(clock_mono_ms() - from < 5000, "all in time");
	test_int(go(STR("http://127.0.0.1:1/"), &end), RC_TEMP, "nobody there");
}

/* However an address inside is spelled, nothing is connected to. */
static void
inside(void)
{
	static const struct str spelled[] = { { "127.0.0.1", 9 }, { "2130706433", 10 }, { "0x7f.1", 6 }, { "0177.0.0.1", 10 },
		{ "localhost", 9 }, { "[::1]", 5 }, { "[::ffff:127.0.0.1]", 18 }, { "169.254.169.254", 15 }, { "10.0.0.1", 8 },
		{ "[fe80::1]", 9 }, { "[64:ff9b::7f00:1]", 17 }, { "0.0.0.0", 7 } };
	static const struct str read_as[] = { { "127.0.0.1", 9 }, { "localhost", 9 }, { "[::1]", 5 }, { "[::ffff:7f00:1]", 15 },
		{ "169.254.169.254", 15 }, { "10.0.0.1", 8 }, { "[fe80::1]", 9 }, { "[64:ff9b::7f00:1]", 17 }, { "0.0.0.0", 7 } };
	int before = web_count(web);
	struct str end;

	http.allow_private = false;
	cc.follow_hosts = (struct opt_list){ read_as, sizeof(read_as) / sizeof(read_as[0]) };
	for (size_t i = 0; i < sizeof(spelled) / sizeof(spelled[0]); i++) {
		test_int(go(pool_printf(pool, "http://%.*s:%u/to/https://www.example.invalid/", STR_ARG(spelled[i]), (unsigned)web_port(web)),
		    &end), RC_BAD, spelled[i].p);
	}
	test_int(web_count(web), before, "nothing was asked");
}

int
main(void)
{
	pool = pool_new(0);
	web = web_new(NULL);
	if (!test_ok(web != NULL, "a server"))
		return 1;
	chains();
	known();
	wrong();
	inside();
	web_free(&web);
	pool_free(&pool);
	return test_done();
}
