/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Requests and what they get, without a socket: every way a click can go. */
#include "base/clock.h"
#include "click/click_opts.h"
#include "click/folder.h"
#include "click/token.h"
#include "gate/settings.h"
#include "jobs/feed_kit.h"
#include "test.h"
#include "web/web.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>

static const char feeds[] =
    "bank domain phishing 10.0 deny bad.example\n"
    "odd domain spam 3.0 deny odd.example\n"
    "nets ip malware 10.0 deny 192.0.2.0/24\n"
    "good domain spam 1.0 allow ok.bad.example\n";

static struct web w;
static struct pool *pool;
static struct str dir;
static struct web_response rs;

static struct conf *
conf_of(const char *more)
{
	struct conf *conf = NULL;
	struct buf text, errors;

	buf_init(&text, 8192);
	buf_init(&errors, 8192);
	buf_printf(&text, "state_dir = %.*s\n%sclick.url = https://links.corp.example/l/\n"
	    "click.contact = it@corp.example\nclick.site = Corp & Co\n%s\n", STR_ARG(dir),
	    strstr(more, "dns.enable") ? "" : "dns.enable = no\ndnsbl.files =\n", more);
	if (conf_parse(buf_str(&text), "test", settings, (struct conf_base){ .key = NULL }, &conf, &errors) != RC_OK)
		printf("# %s\n", buf_cstr(&errors));
	buf_clear(&text);
	buf_clear(&errors);
	return conf;
}

static void
no_log(void *arg, enum log_level level, const char *line, size_t n)
{
	(void)arg, (void)level, (void)line, (void)n;
}

static bool
open_web(void)
{
	static const struct log log = { .write = no_log };
	struct buf why;
	bool good;

	buf_init(&why, 8192);
	w.lc = (struct log_ctx){ &log, "-" };
	w.conf = conf_of("");
	w.burst = burst_new();
	w.blocked = blocked_open(dir);
	pthread_mutex_init(&w.conf_lock, NULL);
	good = w.conf && mkdir(folder_file("feeds"), 0700) == 0 &&
	    kit_table(folder_file("feeds/indicators.db"), str_of(feeds)) &&
	    keyring_ensure(keyring_of(dir, KEYRING_CLICK), clock_wall_ms() / 1000, &w.keys, &why) == RC_OK &&
	    judge_open(w.conf, w.lc, &w.judge, &why) == RC_OK && clicklog_open(w.conf, w.lc, &w.record) == RC_OK &&
	    web_files_open(STR_NONE, &w.files, &why) == RC_OK;
	if (why.n)
		printf("# %s\n", buf_cstr(&why));
	buf_clear(&why);
	return good;
}

static void
close_web(void)
{
	clicklog_close(&w.record);
	judge_close(&w.judge);
	blocked_close(&w.blocked);
	burst_free(&w.burst);
	keyring_close(&w.keys);
	pool_free(&w.files.pool);
	conf_put(&w.conf);
	unlink(folder_file("feeds/indicators.db"));
	rmdir(folder_file("feeds"));
}

static struct str
token_of(const char *url, bool doubtful, int64_t life_s)
{
	struct click_token t = { .expiry_s = clock_wall_ms() / 1000 + life_s, .doubtful = doubtful,
	    .message = STR("queue-1"), .rcpt = STR("anna@corp.example"), .url = str_of(url) };
	struct buf out;
	struct str s;

	buf_init(&out, TOKEN_CHARS);
	if (token_make(w.keys, &t, &out) != RC_OK)
		printf("# no token for %s\n", url);
	s = pool_str(pool, buf_str(&out));
	buf_clear(&out);
	return s;
}

static void
ask(struct web_request rq)
{
	buf_clear(&rs.body);
	rq.pool = pool;
	rq.client = STR("198.51.100.9");
	web_answer(&w, &rq, &rs);
}

static void
get(struct str token, const char *tail)
{
	ask((struct web_request){ .path = pool_printf(pool, "/l/%.*s%s", STR_ARG(token), tail) });
}

static bool
has(const char *text)
{
	if (str_find(buf_str(&rs.body), str_of(text)) != STR_NPOS)
		return true;
	printf("# not in the page: %s\n", text);
	return false;
}

/* ---- verdicts ---- */

static void
verdicts(void)
{
	static const struct {
		const char *url;
		bool doubtful;
		unsigned status;
		const char *shown;
	} cases[] = {
		{ "https://www.example.net/a?b#c", false, 302, "redirect" },
		{ "http://bad.example/", false, 403, "blocked" },
		{ "http://www.bad.example/x", false, 403, "blocked" },
		{ "http://ok.bad.example/x", false, 302, "redirect" },
		{ "http://user:pw@bad.example:8080/", false, 403, "blocked" },
		{ "http://bad.example@www.example.net/", false, 200, "warn" },
		{ "http://me@www.example.net/", false, 302, "redirect" },
		{ "http://www.example.net/@bad.example", false, 302, "redirect" },
		{ "http://www.example.net?@bad.example", false, 302, "redirect" },
		{ "http://192.0.2.7/", false, 403, "blocked" },
		{ "http://[2001:db8::1]:80/", false, 302, "redirect" },
		{ "http://[::ffff:192.0.2.7]/", false, 403, "blocked" },
		{ "http://0xc0.0.2.7/", false, 403, "blocked" },
		{ "http://BAD.example./", false, 403, "blocked" },
		{ "http://b%61d.example/", false, 403, "blocked" },
		{ "http://www.example.net\\@bad.example/", false, 200, "warn" },
		{ "https://odd.example/", false, 200, "warn" },
		{ "https://www.example.net/", true, 200, "warn" },
		{ "https://bad.example/", true, 403, "blocked" },
		{ "https://ok.bad.example/", true, 302, "redirect" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		get(token_of(cases[i].url, cases[i].doubtful, 60), "");
		test_ok(rs.status == cases[i].status && strcmp(rs.shown, cases[i].shown) == 0, cases[i].url);
		test_str(rs.location, cases[i].status == 302 ? str_of(cases[i].url) : STR_NONE, "leads there, or nowhere");
	}
}

static void
pages_show(void)
{
	get(token_of("https://xn--bcher-kva.odd.example/<b>?\"x", false, 60), "");
	test_ok(has("class=\"host\" dir=\"ltr\" translate=\"no\">xn--bcher-kva.odd.example<"), "the host as it is");
	test_ok(has("b\xc3\xbc" "cher.odd.example"), "and as browsers show it");
	test_ok(has("/&lt;b&gt;?&quot;x") && str_find(buf_str(&rs.body), STR("<b>")) == STR_NPOS, "the URL escaped");
	test_ok(has("Corp &amp; Co") && has("it@corp.example") && has("href=\"/l/static/style.css\""), "whose page it is");
	test_ok(has("(odd)") && has("Reference: <code>w"), "who says so, and the reference");
	test_ok(str_starts(rs.cookie, STR("__Host-sekimori-")), "a cookie for the form");
	get(token_of("https://bad.example/", false, 60), "");
	test_ok(str_find(buf_str(&rs.body), STR("<form")) == STR_NPOS && str_find(buf_str(&rs.body), STR("href=\"http")) ==
	    STR_NPOS && rs.cookie.n == 0, "no way on from a page that blocks");
	ask((struct web_request){ .path = pool_printf(pool, "/l/%.*s", STR_ARG(token_of("https://bad.example/", false, 60))),
	    .language = STR("ja,en;q=0.5") });
	test_ok(has("<html lang=\"ja\">") && has("\xe7\x85\xa7\xe4\xbc\x9a\xe7\x95\xaa\xe5\x8f\xb7"), "in Japanese");
}

static void
previews(void)
{
	get(token_of("https://www.example.net/x", false, 60), "+");
	test_ok(rs.status == 200 && strcmp(rs.shown, "preview") == 0 && rs.location.n == 0 && rs.refresh.n == 0, "goes nowhere");
	test_ok(has("https://www.example.net/x") && has("nothing bad is known"), "shows where it leads, and the verdict");
	get(token_of("https://bad.example/x", false, 60), "+");
	test_ok(has("bad.example") && str_find(buf_str(&rs.body), STR("class=\"button\"")) == STR_NPOS,
	    "of a bad one, too, without a way on");
}

/* ---- what is not a link of ours ---- */

static void
strangers(void)
{
	static const char *const paths[] = { "/", "/l", "/l/", "/l/x", "/other", "/l/https://evil.example/", "/l//evil.example",
		"/l/?url=https://evil.example/", "//evil.example/", "/l/static/../../etc/passwd", "/l/static/", "", "/l/+", "/l/\xff\x01",
		"/l/redirect" };
	struct str token = token_of("https://www.example.net/", false, 60), late = token_of("https://odd.example/", false, -1);
	char *bent = pool_cstr(pool, token);

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		ask((struct web_request){ .path = str_of(paths[i]) });
		test_ok(rs.status == 404 && rs.location.n == 0 && rs.refresh.n == 0, paths[i][0] ? "a path of nobody" : "no path");
	}
	ask((struct web_request){ .path = pool_printf(pool, "/%.*s", STR_ARG(token)) });
	test_int(rs.status, 404, "not below the path of click.url");
	bent[token.n / 2] = bent[token.n / 2] == 'A' ? 'B' : 'A';
	get(str_of(bent), "");
	test_ok(rs.status == 404 && rs.location.n == 0, "one character changed");
	get(late, "");
	test_ok(rs.status == 410 && has("odd.example") && rs.location.n == 0, "expired: says so and where it led");
	get(late, "+");
	test_int(rs.status, 410, "no preview of it either");
	get(token, ").");
	test_int(rs.status, 302, "what a mail program took for part of the link");
}

static void
methods(void)
{
	struct str path = pool_printf(pool, "/l/%.*s", STR_ARG(token_of("https://www.example.net/head", false, 60)));

	ask((struct web_request){ .path = path, .method = WEB_HEAD });
	test_ok(rs.status == 302 && rs.location.n, "HEAD sees what GET would");
	ask((struct web_request){ .path = path, .prefetch = true });
	test_int(rs.status, 302, "prefetch");
	ask((struct web_request){ .path = path, .method = WEB_OTHER });
	test_ok(rs.status == 405 && rs.location.n == 0, "no other method");
	ask((struct web_request){ .path = STR("/l/static/style.css") });
	test_ok(rs.status == 200 && rs.keeps && strcmp(rs.type, "text/css; charset=utf-8") == 0 && has("body {"), "the style");
	ask((struct web_request){ .path = STR("/healthz") });
	test_ok(rs.status == 200 && has("ok"), "health without the path of click.url");
	ask((struct web_request){ .path = STR("/l/healthz") });
	test_int(rs.status, 200, "and with it");
	ask((struct web_request){ .path = STR("/l/static/style.css"), .method = WEB_POST });
	test_int(rs.status, 404, "POST is for links only");
}

/* ---- going on ---- */

static struct str
between(struct str s, struct str from, char to)
{
	size_t at = str_find(s, from);

	s = at == STR_NPOS ? STR_NONE : str_from(s, at + from.n);
	return pool_str(pool, str_upto(s, str_chr(s, to)));
}

static struct web_request
form_of(struct str token)
{
	struct web_request rq = { .method = WEB_POST, .path = pool_printf(pool, "/l/%.*s", STR_ARG(token)) };

	get(token, "");
	rq.body = pool_printf(pool, "form=%.*s", STR_ARG(between(buf_str(&rs.body), STR("name=\"form\" value=\""), '"')));
	rq.cookie = pool_str(pool, str_upto(rs.cookie, str_chr(rs.cookie, ';')));
	rq.fetch_site = STR("same-origin");
	return rq;
}

static void
going_on(void)
{
	struct str token = token_of("https://odd.example/x?y", false, 60);
	struct web_request good = form_of(token), rq = good, other = form_of(token_of("https://odd.example/z", false, 60));

	ask(good);
	test_ok(rs.status == 200 && strcmp(rs.shown, "leave") == 0, "the form leads on");
	test_str(rs.refresh, STR("0;url=https://odd.example/x?y"), "to the link of the token");
	rq.cookie = STR_NONE;
	ask(rq);
	test_ok(rs.status == 403 && rs.refresh.n == 0 && rs.cookie.n, "without cookie: the page again");
	rq = good;
	rq.body = STR("form=1-2");
	ask(rq);
	test_ok(rs.status == 403 && rs.refresh.n == 0, "another code");
	rq = good;
	rq.fetch_site = STR("cross-site");
	ask(rq);
	test_ok(rs.status == 403 && rs.refresh.n == 0, "from another website");
	rq = good;
	rq.body = other.body;
	rq.cookie = other.cookie;
	ask(rq);
	test_ok(rs.status == 403 && rs.refresh.n == 0, "with the form of another link");
	rq = good;
	rq.path = pool_printf(pool, "/l/%.*s", STR_ARG(token_of("https://bad.example/", false, 60)));
	ask(rq);
	test_ok(rs.status == 403 && strcmp(rs.shown, "blocked") == 0 && rs.refresh.n == 0, "never to a bad one");
	web_conf_set(&w, conf_of("click.go_on = no"));
	ask(good);
	test_ok(rs.status == 403 && rs.refresh.n == 0 && str_find(buf_str(&rs.body), STR("<form")) == STR_NPOS,
	    "not where policy forbids");
	web_conf_set(&w, conf_of(""));
}

/* A feed that comes to know a link after its page was shown. */
static void
turned_bad(void)
{
	struct web_request form = form_of(token_of("https://odd.example/later", false, 60));

	if (!kit_table(folder_file("feeds/indicators.db"), STR("late domain phishing 10.0 deny odd.example\n")))
		return;
	nanosleep(&(struct timespec){ 2, 0 }, NULL);
	ask(form);
	test_ok(rs.status == 403 && strcmp(rs.shown, "blocked") == 0, "judged anew when the form comes");
	get(token_of("https://bad.example/", false, 60), "");
	test_int(rs.status, 302, "what the feeds have forgotten is free");
}

/* What the operator found out after delivery. */
static void
blocked_later(void)
{
	struct str token = token_of("https://ok.bad.example/x", false, 60);
	struct buf why;
	bool changed;

	buf_init(&why, 1000);
	test_int(blocked_change(dir, STR("queue-1"), true, &changed, &why), RC_OK, "block a message");
	nanosleep(&(struct timespec){ 1, 100 * 1000000L }, NULL);
	get(token, "");
	test_ok(rs.status == 403 && has("blocked after the message was delivered"), "its links are, even to those that are trusted");
	test_int(blocked_change(dir, STR("queue-1"), false, &changed, &why), RC_OK, "unblock it");
	nanosleep(&(struct timespec){ 1, 100 * 1000000L }, NULL);
	get(token, "");
	test_int(rs.status, 302, "they lead on again");
	buf_clear(&why);
}

/* A DNS server that is there and says nothing. */
static void
silent_dns(void)
{
	struct sockaddr_in sa = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof(sa);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	static const struct {
		const char *option;
		unsigned want;
	} cases[] = { { "warn", 200 }, { "allow", 302 }, { "block", 403 } };
	struct judge *before = w.judge;
	struct buf why;
	FILE *f = fopen(folder_file("other"), "w");

	buf_init(&why, 1000);
	if (!f || fputs("list = dom.test\nkind = domain\nenabled = yes\nuses = link\ncode = 127.0.1.2 spam 5.0 SPAM\n", f) < 0 ||
	    fclose(f) != 0 || bind(fd, (struct sockaddr *)&sa, n) != 0 || getsockname(fd, (struct sockaddr *)&sa, &n) != 0) {
		test_ok(false, "a silent server");
		return;
	}
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int64_t from = clock_mono_ms();
		struct conf *conf = conf_of(pool_cstr(pool, pool_printf(pool, "dns.enable = yes\n"
		    "dns.forward = 127.0.0.1@%u\ndnsbl.files = %s\nclick.judge_ms = 300ms\nclick.unjudged = %s", ntohs(sa.sin_port), folder_file("other"), cases[i].option)));

		web_conf_set(&w, conf);
		if (i == 0 && judge_open(conf, w.lc, &w.judge, &why) != RC_OK)
			break;
		get(token_of("https://www.example.net/silent", false, 60), "");
		test_int(rs.status, cases[i].want, cases[i].option);
		test_ok(clock_mono_ms() - from < 3000, "in time");
		get(token_of("https://bad.example/silent", false, 60), "");
		test_int(rs.status, 403, "what feeds know is blocked all the same");
	}
	judge_close(&w.judge);
	w.judge = before;
	web_conf_set(&w, conf_of(""));
	close(fd);
	buf_clear(&why);
}

static void
bursts(void)
{
	struct str token = token_of("https://www.example.net/burst", false, 60);
	int held = 0;

	web_conf_set(&w, conf_of("click.burst = 5"));
	for (int i = 0; i < 8; i++) {
		get(token, "");
		held += rs.status == 429 && rs.location.n == 0;
	}
	test_int(held, 3, "clicked too often, it is held");
	ask((struct web_request){ .path = pool_printf(pool, "/l/%.*s", STR_ARG(token)), .method = WEB_HEAD });
	test_int(rs.status, 302, "HEAD does not count");
	web_conf_set(&w, conf_of(""));
}

/* ---- records ---- */

static size_t lines;
static struct buf found;

static void
each(void *arg, struct str line)
{
	(void)arg;
	lines++;
	buf_add(&found, line);
}

static size_t
recorded(const char *word)
{
	lines = 0;
	buf_reset(&found);
	journal_find(str_of(folder_file(CLICKLOG_FILE)), str_of(word), each, NULL);
	return lines;
}

static void
records(void)
{
	web_conf_set(&w, conf_of("click.privacy = anonymous"));
	get(token_of("https://www.example.net/anonymous", false, 60), "");
	web_conf_set(&w, conf_of("click.privacy = strict"));
	get(token_of("https://www.example.net/strict", false, 60), "");
	web_conf_set(&w, conf_of(""));
	get(token_of("https://www.example.net/open", false, 60), "");
	clicklog_close(&w.record);
	test_int((int64_t)recorded("example.net/open\""), 1, "a click is recorded");
	test_ok(str_find(buf_str(&found), STR("\"rcpt\":\"anna@corp.example\"")) != STR_NPOS &&
	    str_find(buf_str(&found), STR("\"client\":\"198.51.100.9\"")) != STR_NPOS &&
	    str_find(buf_str(&found), STR("\"shown\":\"redirect\"")) != STR_NPOS &&
	    str_find(buf_str(&found), STR("\"message\":\"queue-1\"")) != STR_NPOS, "who, what, what was shown");
	test_int((int64_t)recorded("example.net/anonymous\""), 1, "anonymous");
	test_ok(str_find(buf_str(&found), STR("anna@")) == STR_NPOS && str_find(buf_str(&found), STR("198.51")) == STR_NPOS,
	    "has neither recipient nor address");
	test_int((int64_t)recorded("example.net/strict"), 0, "strict: nothing");
	test_int((int64_t)recorded("example.net/head"), 0, "neither HEAD nor prefetch is a click");
}

static bool
put_file(const char *name, const char *text)
{
	FILE *out = fopen(folder_file(name), "w");

	return out && fputs(text, out) >= 0 && fclose(out) == 0;
}

static void
files(void)
{
	struct web_files f;
	struct buf why;

	buf_init(&why, 1000);
	if (!put_file("page.html", "own {{title}}\n{{#host}}"))
		return;
	test_int(web_files_open(dir, &f, &why), RC_BAD, "a template that is wrong");
	test_ok(str_find(buf_str(&why), STR("page.html: line 2: a section is not ended")) != STR_NPOS, "says where");
	pool_free(&f.pool);
	if (!put_file("page.html", "own {{title}}") || !put_file("logo.svg", "<svg xmlns=\"http://www.w3.org/2000/svg\"/>"))
		return;
	buf_reset(&why);
	test_int(web_files_open(dir, &f, &why), RC_OK, "one that is not");
	test_str(f.page, STR("own {{title}}"), "is used");
	test_str(f.logo, STR("<svg xmlns=\"http://www.w3.org/2000/svg\"/>"), "so is an own logo");
	test_ok(f.style.n > 100, "with the built-in style");
	pool_free(&f.pool);
	buf_clear(&why);
	unlink(folder_file("page.html"));
	unlink(folder_file("logo.svg"));
}

int
main(void)
{
	pool = pool_new(0);
	buf_init(&found, 100000);
	dir = folder_make();
	if (!test_ok(open_web(), "open"))
		return 1;
	verdicts();
	pages_show();
	previews();
	strangers();
	methods();
	going_on();
	bursts();
	silent_dns();
	blocked_later();
	turned_bad();
	records();
	files();
	close_web();
	buf_clear(&rs.body);
	buf_clear(&found);
	pool_free(&pool);
	return test_done();
}
