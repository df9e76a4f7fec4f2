/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Services of test/net/reputation.h on loopback: what they say, what they should never say, and when they are left alone.
 * covers: lib/check/link_service.c lib/check/link_service_rows.c lib/check/link_service_opts.c lib/check/link_answers.c
 * covers: lib/check/check_link_service.c lib/net/fetch.c test/net/reputation.c */
#include "test.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/replace.h"
#include "check/check.h"
#include "check/link_judge.h"
#include "check/link_service.h"
#include "check/link_targets.h"
#include "check/services.h"
#include "gate/settings.h"
#include "net/web.h"

static const struct conf_base none = { .key = NULL };
static char key_file[] = "/tmp/link_service.XXXXXX";
static struct web *web;
static struct pool *pool;
static char lines[65536];
static pthread_mutex_t lines_lock = PTHREAD_MUTEX_INITIALIZER;

static void
keep_line(void *arg, enum log_level level, const char *line, size_t n)
{
	size_t at;

	(void)arg, (void)level;
	pthread_mutex_lock(&lines_lock);
	at = strlen(lines);
	snprintf(lines + at, sizeof(lines) - at, "%.*s\n", (int)n, line);
	pthread_mutex_unlock(&lines_lock);
}

static const struct log test_log = { .write = keep_line, .level = LOG_LEVEL_INFO };
static const struct log_ctx lc = { &test_log, "-" };

static bool
was_logged(const char *what)
{
	bool found;

	pthread_mutex_lock(&lines_lock);
	found = strstr(lines, what) != NULL;
	pthread_mutex_unlock(&lines_lock);
	return found;
}

static struct conf *
conf_of(const char *more)
{
	struct conf *conf = NULL;
	struct buf why;
	unsigned port = web_port(web);
	const char *own = strstr(more, "phishtank_url") ? "" : pool_printf(pool, "link_service.phishtank_url = http://127.0.0.1:%u/phishtank\n", port).p;
	struct str text = pool_printf(pool, "dns.enable = no\ndnsbl.files =\nlink_service.urlhaus_key_file = %s\n"
	    "link_service.virustotal_key_file = %s\nlink_service.phishtank_key_file = %s\n%s%s"
	    "link_service.urlhaus_url = http://127.0.0.1:%u/urlhaus/\n"
	    "link_service.virustotal_url = http://127.0.0.1:%u/virustotal\nlinks.internal = corp.example\nlinks.allow = friend.example\n%s",
	    key_file, key_file, key_file, own, strstr(more, "allow_private") ? "" : "http.allow_private = yes\n", port, port, more);

	buf_init(&why, 65536);
	if (!test_int(conf_parse(text, "t", settings, none, &conf, &why), RC_OK, "configuration"))
		test_show("errors", buf_str(&why));
	buf_clear(&why);
	return conf;
}

static struct link_services *
open_with(const char *more)
{
	struct conf *conf = conf_of(more);
	struct link_services *s = NULL;
	struct buf why;

	buf_init(&why, 65536);
	pthread_mutex_lock(&lines_lock);
	lines[0] = '\0';
	pthread_mutex_unlock(&lines_lock);
	if (!test_int(link_services_open(conf, lc, &s, &why), RC_OK, "open"))
		test_show("why", buf_str(&why));
	buf_clear(&why);
	conf_put(&conf);
	return s;
}

static struct url
url_of(const char *text)
{
	struct url u = { .href = STR_NONE };

	if (url_parse(pool, str_of(text), NULL, &u) != RC_OK)
		test_ok(false, text);
	return u;
}

/* What the first service in use says. */
static struct link_said
ask(struct link_services *s, const char *text)
{
	struct url u = url_of(text);
	struct link_said said[LINK_SERVICES] = { { .heard = LINK_NOT_ASKED } };

	(void)link_services_want(s, pool, &u, LINK_SERVICES);
	(void)link_services_get(s, pool, &u, said);
	return said[0];
}

static struct link_service_status
status_of(struct link_services *s)
{
	struct link_service_status st[LINK_SERVICES] = { { .state = "none" } };

	(void)link_services_status(s, st);
	return st[0];
}

/* ---- answers ---- */

static void
answers(void)
{
	static const struct {
		const char *name, *option, *url;
		enum link_heard want;
		enum class class;
		int score;
		const char *found;
	} cases[] = {
		{ "URLhaus", "urlhaus = url", "http://a.example/listed", LINK_HIT, CLASS_MALWARE, 100, "malware_download" },
		{ "URLhaus, not listed", "urlhaus = url", "http://a.example/x", LINK_NO_HIT, 0, 0, "" },
		{ "URLhaus, gone", "urlhaus = url", "http://a.example/offline", LINK_NO_ANSWER, 0, 0, "" },
		{ "URLhaus, a host", "urlhaus = host", "http://listed.example/x", LINK_HIT, CLASS_REPUTATION, 30, "malware_download" },
		{ "URLhaus, a host that was", "urlhaus = host", "http://offline.example/x", LINK_NO_ANSWER, 0, 0, "" },
		{ "URLhaus, the host, not the path", "urlhaus = host", "http://a.example/listed", LINK_NO_HIT, 0, 0, "" },
		{ "PhishTank", "phishtank = url", "http://a.example/listed", LINK_HIT, CLASS_PHISHING, 100, "phishing" },
		{ "PhishTank, not listed", "phishtank = url", "http://a.example/", LINK_NO_HIT, 0, 0, "" },
		{ "PhishTank, only reported", "phishtank = url", "http://a.example/unverified", LINK_NO_ANSWER, 0, 0, "" },
		{ "VirusTotal", "virustotal = url", "http://a.example/listed", LINK_HIT, CLASS_PHISHING, 70, "8_of_88" },
		{ "VirusTotal, fine", "virustotal = url", "http://a.example/", LINK_NO_HIT, 0, 0, "" },
		{ "VirusTotal, one engine", "virustotal = url", "http://a.example/few", LINK_NO_ANSWER, 0, 0, "" },
		{ "VirusTotal, never seen", "virustotal = url", "http://a.example/unseen", LINK_NO_ANSWER, 0, 0, "" },
		{ "VirusTotal, a host", "virustotal = host", "http://listed.example/", LINK_HIT, CLASS_REPUTATION, 40, "8_of_88" },
		{ "VirusTotal, an address", "virustotal = host", "http://198.51.100.7/", LINK_NO_HIT, 0, 0, "" },
		{ "over the limit", "urlhaus = url", "http://a.example/busy", LINK_NO_ANSWER, 0, 0, "" },
		{ "over the limit, PhishTank", "phishtank = url", "http://a.example/sold", LINK_NO_ANSWER, 0, 0, "" },
		{ "the server is broken", "urlhaus = url", "http://a.example/broken", LINK_NO_ANSWER, 0, 0, "" },
		{ "half an answer", "urlhaus = url", "http://a.example/garbled", LINK_NO_ANSWER, 0, 0, "" },
		{ "nested without end", "urlhaus = url", "http://a.example/deep", LINK_NO_ANSWER, 0, 0, "" },
		{ "other JSON", "urlhaus = url", "http://a.example/other", LINK_NO_ANSWER, 0, 0, "" },
		{ "other JSON, PhishTank", "phishtank = url", "http://a.example/other", LINK_NO_ANSWER, 0, 0, "" },
		{ "other JSON, VirusTotal", "virustotal = url", "http://a.example/other", LINK_NO_ANSWER, 0, 0, "" },
		{ "a page", "phishtank = url", "http://a.example/page", LINK_NO_ANSWER, 0, 0, "" },
		{ "a redirect to a hit", "urlhaus = url", "http://a.example/moved", LINK_NO_ANSWER, 0, 0, "" },
		{ "a huge answer", "urlhaus = url", "http://a.example/huge", LINK_NO_ANSWER, 0, 0, "" },
		{ "no answer", "urlhaus = url", "http://a.example/hang", LINK_NO_ANSWER, 0, 0, "" },
		{ "the key is not known", "urlhaus = url", "http://a.example/stranger", LINK_NO_ANSWER, 0, 0, "" },
		{ "nobody listens", "phishtank = url\nlink_service.phishtank_url = http://127.0.0.1:9", "http://a.example/listed", LINK_NO_ANSWER, 0, 0, "" },
		{ "private addresses are left out", "urlhaus = url\nhttp.allow_private = no", "http://a.example/listed", LINK_NO_ANSWER, 0, 0, "" },
		{ "internal", "urlhaus = url", "http://www.corp.example/listed", LINK_NOT_ASKED, 0, 0, "" },
		{ "allowed", "urlhaus = url", "http://friend.example/listed", LINK_NOT_ASKED, 0, 0, "" },
		{ "private", "urlhaus = url", "http://192.168.1.1/listed", LINK_NOT_ASKED, 0, 0, "" },
		{ "private, in numbers", "urlhaus = url", "http://0x7f000001/listed", LINK_NOT_ASKED, 0, 0, "" },
		{ "a name without dots", "urlhaus = url", "http://intranet/listed", LINK_NOT_ASKED, 0, 0, "" },
		{ "no web link", "urlhaus = url", "ftp://a.example/listed", LINK_NOT_ASKED, 0, 0, "" },
		{ "off", "per_message = 1", "http://a.example/listed", LINK_NOT_ASKED, 0, 0, "" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct link_services *s = open_with(pool_printf(pool,
		    "link_service.wait_ms = 500ms\nlink_service.%s\n", cases[i].option).p);
		struct link_said said = ask(s, cases[i].url);

		test_int(said.heard, cases[i].want, cases[i].name);
		if (said.heard == LINK_HIT) {
			test_int(said.class, cases[i].class, "its class");
			test_int(said.score, cases[i].score, "its points");
			test_str(said.found, str_of(cases[i].found), "what it found");
		}
		link_services_close(&s);
	}
}

/* What leaves this machine. */
static void
told(void)
{
	static const struct { const char *name, *option, *url, *want, *not; } cases[] = {
		{ "neither user nor fragment nor query", "urlhaus = url", "https://bob:pw@A.example:8443/p/%41?to=bob#bob",
		    "\r\n\r\nurl=https%3A%2F%2Fa.example%3A8443%2Fp%2F%2541", "bob" },
		{ "the query when told so", "urlhaus = url\nlink_service.query = yes", "https://a.example/p?to=bob#frag", "%3Fto%3Dbob", "frag" },
		{ "the host", "urlhaus = host", "https://a.example/secret", "\r\n\r\nhost=a.example", "secret" },
		{ "the key in a header", "urlhaus = url", "https://a.example/", "Auth-Key: k3y-of-test", NULL },
		{ "the key of VirusTotal", "virustotal = url", "https://a.example/", "x-apikey: k3y-of-test", NULL },
		{ "base64url without padding", "virustotal = url", "https://a.example/", "GET /virustotal/urls/aHR0cHM6Ly9hLmV4YW1wbGUv HTTP", NULL },
		{ "SHA-256", "virustotal = hash", "https://a.example/", NULL, NULL },
		{ "a domain", "virustotal = host", "https://a.example/x", "GET /virustotal/domains/a.example HTTP", NULL },
		{ "an address", "virustotal = host", "http://[2001:db9::1]/x", "GET /virustotal/ip_addresses/2001:db9::1 HTTP", NULL },
		{ "the key in the form", "phishtank = url", "https://a.example/", "&format=json&app_key=k3y-of-test", NULL },
		{ "who asks", "phishtank = url", "https://a.example/", "User-Agent: phishtank/sekimori", NULL },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct link_services *s = open_with(pool_printf(pool, "link_service.%s\n", cases[i].option).p);
		const char *want = cases[i].want, *last;

		(void)ask(s, cases[i].url);
		last = web_last(web);
		if (!want) {
			unsigned char digest[HASH_SHA256_BYTES];
			char hex[HASH_SHA256_HEX + 1];

			hash_sha256(str_of(cases[i].url), digest);
			hash_hex(digest, hex);
			want = pool_printf(pool, "GET /virustotal/urls/%s HTTP", hex).p;
		}
		if (!test_ok(strstr(last, want) != NULL && (!cases[i].not || !strstr(last, cases[i].not)), cases[i].name))
			test_show("sent", str_of(last));
		link_services_close(&s);
	}
}

/* ---- time ---- */

static void
kept(void)
{
	struct link_services *s = open_with("link_service.urlhaus = url\nlink_service.hit_ms = 60s\nlink_service.no_hit_ms = 1s\n");
	int before;

	test_int(ask(s, "http://a.example/listed?1").heard, LINK_HIT, "a hit");
	test_int(ask(s, "http://a.example/fine").heard, LINK_NO_HIT, "no hit");
	before = web_count(web);
	test_int(ask(s, "http://a.example/listed?2").heard, LINK_HIT, "the same page");
	test_int(ask(s, "http://a.example/fine#x").heard, LINK_NO_HIT, "is known");
	test_int(web_count(web), before, "and nobody is asked");
	usleep(1100 * 1000);
	test_int(ask(s, "http://a.example/fine").heard, LINK_NO_HIT, "no hit, later");
	test_int(web_count(web), before + 1, "is asked again");
	test_int(ask(s, "http://a.example/listed").heard, LINK_HIT, "a hit");
	test_int(web_count(web), before + 1, "is still believed");
	test_int((int64_t)status_of(s).kept, 3, "the status says so");
	link_services_close(&s);
}

/* Mail waits once, and no longer than it may; what comes later is kept. */
static void
deadline(void)
{
	struct link_services *s = open_with("link_service.urlhaus = url\n"
	    "link_service.wait_ms = 300ms\nlink_service.timeout_ms = 10s\n");
	struct url u[10];
	struct link_said said[LINK_SERVICES];
	int64_t start = clock_mono_ms(), took;

	for (int i = 0; i < 10; i++) {
		u[i] = url_of(pool_printf(pool, "http://a.example/hang%d", i).p);
		(void)link_services_want(s, pool, &u[i], 1);
	}
	test_ok(clock_mono_ms() - start < 200, "asking waits for nothing");
	for (int i = 0; i < 10; i++) {
		said[0].heard = LINK_HIT;
		test_int((int64_t)link_services_get(s, pool, &u[i], said), 1, "one service");
		test_int(said[0].heard, LINK_NO_ANSWER, "that says nothing");
	}
	took = clock_mono_ms() - start;
	test_ok(took >= 280 && took < 900, "all together wait once");
	test_str(str_of(status_of(s).state), STR("silent"), "who is silent is left alone");
	start = clock_mono_ms();
	test_int(ask(s, "http://a.example/listed").heard, LINK_NO_ANSWER, "then nothing is asked");
	test_int(ask(s, "http://a.example/hang1").heard, LINK_NO_ANSWER, "not again, either");
	test_ok(clock_mono_ms() - start < 100, "nor waited for");
	test_ok(was_logged("link_service service=urlhaus state=silent"), "the log says it");
	start = clock_mono_ms();
	link_services_close(&s);
	test_ok(clock_mono_ms() - start < 1000, "closing waits for nothing");
}

static void
breaker(void)
{
	struct link_services *s = open_with("link_service.urlhaus = url\nlink_service.break_ms = 600ms\n");
	int before;

	web_mood(web, "broken");
	for (int i = 0; i < 5; i++)
		(void)ask(s, pool_printf(pool, "http://a.example/%d", i).p);
	test_str(str_of(status_of(s).state), STR("silent"), "five failures open it");
	test_ok(status_of(s).again_ms > 0, "for a time");
	before = web_count(web);
	test_int(ask(s, "http://a.example/6").heard, LINK_NO_ANSWER, "nothing is judged");
	test_int(web_count(web), before, "or asked");
	usleep(650 * 1000);
	test_int(ask(s, "http://a.example/7").heard, LINK_NO_ANSWER, "then one question");
	test_int(web_count(web), before + 1, "is asked");
	(void)ask(s, "http://a.example/8");
	test_int(web_count(web), before + 1, "and no second one");
	web_mood(web, "");
	usleep(650 * 1000);
	test_int(ask(s, "http://a.example/9").heard, LINK_NO_HIT, "an answer");
	test_str(str_of(status_of(s).state), STR("ok"), "closes it");
	test_ok(was_logged("link_service service=urlhaus state=ok"), "the log says it");
	test_int(ask(s, "http://a.example/6").heard, LINK_NO_HIT, "what was not asked is");
	link_services_close(&s);
}

static void
refusals(void)
{
	static const struct { const char *mood, *state; } cases[] = { { "busy", "quota" }, { "stranger", "refused" } };

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct link_services *s = open_with("link_service.urlhaus = url\n");
		struct conf *conf = conf_of("link_service.urlhaus = url\n");
		struct buf why;
		int before;

		buf_init(&why, 4096);
		web_mood(web, cases[i].mood);
		(void)ask(s, "http://a.example/1");
		test_str(str_of(status_of(s).state), str_of(cases[i].state), cases[i].mood);
		test_ok(was_logged(cases[i].state), "the log says it");
		before = web_count(web);
		(void)ask(s, "http://a.example/2");
		test_int(web_count(web), before, "and it is left alone");
		web_mood(web, "");
		test_int(link_services_reload(s, conf, &why), RC_OK, "after a reload");
		test_int(ask(s, "http://a.example/3").heard, LINK_NO_HIT, "it is tried again");
		test_ok(!was_logged("k3y"), "no key is in the log");
		conf_put(&conf);
		link_services_close(&s);
	}
}

static void
limits(void)
{
	struct link_services *s = open_with("link_service.urlhaus = url\nlink_service.urlhaus_per_minute = 3\n");
	struct url u = url_of("http://a.example/x");

	test_int((int64_t)link_services_want(s, pool, &u, 0), 0, "no budget, no question");
	for (int i = 0; i < 3; i++)
		test_int(ask(s, pool_printf(pool, "http://a.example/%d", i).p).heard, LINK_NO_HIT, "three a minute");
	test_int(ask(s, "http://a.example/listed").heard, LINK_NO_ANSWER, "the fourth is not judged");
	test_int(ask(s, "http://a.example/1").heard, LINK_NO_HIT, "what is known is");
	test_int((int64_t)status_of(s).over, 1, "the status says so");
	link_services_close(&s);
	s = open_with("link_service.urlhaus = url\nlink_service.urlhaus_per_day = 1\n");
	(void)ask(s, "http://a.example/1");
	test_int(ask(s, "http://a.example/listed").heard, LINK_NO_ANSWER, "one a day");
	test_ok(was_logged("per_day=1"), "the log says it");
	link_services_close(&s);
}

/* ---- the check ---- */

static struct report
checked(struct link_services *s, const char *const *urls, int64_t *took)
{
	struct limits *lim = pool_alloc(pool, sizeof(*lim));
	struct services services = { .lc = lc, .link_services = s };
	struct session session = { .client_addr = STR("192.0.2.1") };
	struct scan scan = { .pool = pool, .lim = lim, .lc = lc, .session = &session, .services = &services };
	struct conf *conf;
	struct report r;

	*lim = (struct limits){ .findings = 100, .links = 1000, .report_bytes = 1024 * 1024 };
	report_init(&r, pool, lim);
	for (; *urls; urls++) {
		struct url u = url_of(*urls);

		*(struct link *)vec_push(pool, &r.links, sizeof(struct link)) = (struct link){ .url = u.href, .outer = u.href,
		    .host = u.host, .tricks = u.tricks, .part = 0 };
	}
	conf = conf_of("");
	scan.links = link_targets_new(pool, conf, &r);
	scan.found = &r;
	*took = clock_mono_ms();
	check_link_service.want(&scan, NULL);
	scan.found = NULL;
	test_int(check_link_service.run(&scan, NULL, &r), RC_OK, "the check");
	*took = clock_mono_ms() - *took;
	conf_put(&conf);
	return r;
}

static void
findings(void)
{
	static const char *const mixed[] = { "http://a.example/listed?to=1", "http://a.example/listed?to=2", "http://b.example/hang",
		"http://c.example/fine", "http://www.corp.example/listed", NULL };
	static const char *const many[] = { "http://a.example/1", "http://a.example/2", "http://a.example/3", "http://x@b.example/listed", NULL };
	struct link_services *s = open_with("link_service.urlhaus = url\nlink_service.wait_ms = 400ms\n");
	int64_t took;
	struct report r = checked(s, mixed, &took);

	test_int((int64_t)r.findings.n, 2, "two findings");
	test_str(report_finding(&r, 0)->evidence, STR("service=urlhaus found=malware_download host=a.example"), "the page, once");
	test_str(report_finding(&r, 1)->evidence, STR("service=urlhaus links=1 not judged"), "the one without an answer");
	test_ok(took < 1000, "in time");
	link_services_close(&s);
	s = open_with("link_service.urlhaus = url\nlink_service.per_message = 2\n");
	r = checked(s, many, &took);
	test_int((int64_t)r.findings.n, 2, "more links than questions");
	test_str(str_of(report_finding(&r, 0)->def->name), STR("LINK_SERVICE"), "what hides is asked about first");
	test_str(str_of(report_finding(&r, 1)->def->name), STR("LINK_SERVICE_LEFT"), "the rest is said to be left");
	link_services_close(&s);
	s = open_with("");
	r = checked(s, mixed, &took);
	test_int((int64_t)r.findings.n, 0, "off: nothing");
	link_services_close(&s);
}

static void
judged(void)
{
	static const struct { const char *url, *want, *why; } cases[] = {
		{ "http://a.example/listed", "bad", "urlhaus" }, { "http://a.example/fine", "clean", "" },
		{ "http://a.example/broken", "unjudged", "" }, { "http://a.example/offline", "unjudged", "" },
	};
	struct services services = { .lc = lc, .link_services = open_with("link_service.urlhaus = url\n") };
	struct link_by by = { .services = &services };
	struct link_opinion o;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct url u = url_of(cases[i].url);

		link_judge(&by, pool, u.href, &o);
		test_str(str_of(link_verdict_name(o.verdict)), STR("unjudged"), "before it was asked");
		link_judge_ask(&by, pool, u.href);
		link_judge(&by, pool, u.href, &o);
		test_str(str_of(link_verdict_name(o.verdict)), str_of(cases[i].want), cases[i].url);
		test_str(o.why, str_of(cases[i].why), "because");
	}
	link_services_close(&services.link_services);
}

/* ---- configuration ---- */

static void
configuration(void)
{
	static const struct { const char *text, *want; } cases[] = {
		{ "link_service.urlhaus = hash\n", "urlhaus cannot be asked by hash" },
		{ "link_service.phishtank = host\n", "phishtank cannot be asked by host" },
		{ "link_service.virustotal = url\n", "set link_service.virustotal_key_file" },
		{ "link_service.phishtank = url\nlink_service.phishtank_url = http://phish.example\n", "must begin with https://" },
		{ "link_service.phishtank = url\nlink_service.phishtank_url = http://127.0.0.1.example/\n", "must begin with https://" },
	};
	struct conf *conf = NULL;
	struct buf why;

	buf_init(&why, 65536);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		buf_reset(&why);
		test_int(conf_parse(str_of(cases[i].text), "t", settings, none, &conf, &why), RC_BAD, cases[i].want);
		if (!test_ok(str_find(buf_str(&why), str_of(cases[i].want)) != STR_NPOS, "says why"))
			test_show("why", buf_str(&why));
	}
	conf = conf_of("link_service.urlhaus = url\n");
	buf_reset(&why);
	conf_dump(conf, false, false, &why);
	test_ok(str_find(buf_str(&why), STR("k3y")) == STR_NPOS, "no key is in a dump");
	chmod(key_file, 0644);
	buf_reset(&why);
	test_int(link_services_try(conf, &why), RC_BAD, "a key that others can read");
	test_ok(str_find(buf_str(&why), STR("urlhaus_key_file")) != STR_NPOS, "is named");
	chmod(key_file, 0600);
	test_int(link_services_try(conf, &why), RC_OK, "and is good when they cannot");
	conf_put(&conf);
	buf_clear(&why);
}

int
main(void)
{
	struct str key = STR("k3y-of-test\n");

	close(mkstemp(key_file));
	pool = pool_new(0);
	web = web_new(NULL);
	if (!test_ok(web && replace_file(key_file, &key, 1) == RC_OK && chmod(key_file, 0600) == 0, "a server and a key"))
		return test_done();
	answers();
	told();
	kept();
	deadline();
	breaker();
	refusals();
	limits();
	findings();
	judged();
	configuration();
	web_free(&web);
	unlink(key_file);
	pool_free(&pool);
	return test_done();
}
