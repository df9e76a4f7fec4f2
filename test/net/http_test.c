/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* covers: lib/net/http_transfer.c */
#include "test.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fdio.h"
#include "base/replace.h"
#include "net/http.h"
#include "net/tls.h"
#include "net/web.h"

static char dir[] = "/tmp/http-test.XXXXXX";
static struct web *web;
static struct http_conf conf = { .allow_private = true, .connect_ms = 1000, .total_ms = 1500 };

static void
put(const char *name, const char *text)
{
	char path[200];
	struct str piece = str_of(text);

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	test_ok(replace_file(path, &piece, 1) == RC_OK, "a file is written");
}

static const char *
url(const char *path)
{
	static char text[8][512];
	static int i;

	i = (i + 1) % 8;
	snprintf(text[i], sizeof(text[i]), "http://127.0.0.1:%u%s", (unsigned)web_port(web), path);
	return text[i];
}

static enum rc
get(struct http_request rq, struct http_answer *a, struct buf *why)
{
	buf_reset(why);
	if (rq.max_bytes == 0)
		rq.max_bytes = 100000;
	return http_get(&conf, &rq, a, why);
}

static void
errors(void)
{
	static const struct { const char *name, *path; enum rc want; const char *why; } cases[] = {
		{ "no such page", "/404", RC_BAD, "answers 404" },
		{ "server error", "/500", RC_TEMP, "answers 500" },
		{ "silent", "/slow", RC_TEMP, "" },
		{ "a byte now and then", "/drip", RC_TEMP, "" },
		{ "without end", "/large", RC_LIMIT, "larger than 100000 bytes" },
		{ "cut short", "/cut", RC_TEMP, "" },
		{ "in circles", "/loop", RC_BAD, "redirects" },
		{ "redirected to a file", "/to/file:///etc/passwd", RC_BAD, "" },
		{ "redirected to ftp", "/to/ftp://127.0.0.1/x", RC_BAD, "" },
	};
	struct http_answer a;
	struct buf why;

	buf_init(&why, 1000);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		int64_t start = clock_mono_ms();

		test_int(get((struct http_request){ .url = str_of(url(cases[i].path)) }, &a, &why), cases[i].want, cases[i].name);
		if (!test_ok(why.n > 0 && str_find(buf_str(&why), str_of(cases[i].why)) != STR_NPOS, "and it says why"))
			test_show("got", buf_str(&why));
		test_ok(clock_mono_ms() - start < 4000, "in time");
		buf_clear(&a.body);
	}
	test_int(get((struct http_request){ .url = STR("gopher://127.0.0.1/") }, &a, &why), RC_BAD, "another scheme");
	buf_clear(&a.body);
	buf_clear(&why);
}

static void
changes(void)
{
	struct http_answer a, b;
	struct buf why;

	buf_init(&why, 1000);
	put("list", "192.0.2.1\n");
	test_int(get((struct http_request){ .url = str_of(url("/file/list")) }, &a, &why), RC_OK, "the first time: all of it");
	test_str(buf_str(&a.body), STR("192.0.2.1\n"), "its body");
	test_ok(strstr(web_last(web), "User-Agent: sekimori/") != NULL, "we say who we are");
	test_int(get((struct http_request){ .url = str_of(url("/file/list")), .etag = str_of(a.etag) }, &b, &why), RC_NONE,
	    "the same ETag: not changed");
	buf_clear(&b.body);
	put("list", "192.0.2.2\n");
	test_int(get((struct http_request){ .url = str_of(url("/file/list")), .etag = str_of(a.etag) }, &b, &why), RC_OK,
	    "another content: changed");
	buf_clear(&b.body);
	buf_clear(&a.body);
	test_int(get((struct http_request){ .url = str_of(url("/dated")) }, &a, &why), RC_OK, "a date");
	test_int(get((struct http_request){ .url = str_of(url("/dated")), .modified = str_of(a.modified) }, &b, &why), RC_NONE,
	    "the same date: not changed");
	buf_clear(&a.body);
	buf_clear(&b.body);
	buf_clear(&why);
}

static void
files(void)
{
	char path[200];
	struct http_answer a, b;
	struct buf why;

	buf_init(&why, 1000);
	put("own", "bad.example\n");
	snprintf(path, sizeof(path), "%s/own", dir);
	test_int(get((struct http_request){ .url = str_of(path) }, &a, &why), RC_OK, "a path");
	test_str(buf_str(&a.body), STR("bad.example\n"), "its content");
	test_int(get((struct http_request){ .url = str_of(path), .etag = str_of(a.etag) }, &b, &why), RC_NONE, "not changed");
	buf_clear(&b.body);
	test_int(get((struct http_request){ .url = str_of(path), .max_bytes = 5 }, &b, &why), RC_LIMIT, "too large");
	buf_clear(&b.body);
	test_int(get((struct http_request){ .url = str_of(dir) }, &b, &why), RC_BAD, "a folder");
	buf_clear(&b.body);
	test_int(get((struct http_request){ .url = STR("file:///nonexistent") }, &b, &why), RC_TEMP, "none");
	buf_clear(&b.body);
	buf_clear(&a.body);
	buf_clear(&why);
}

static void
secrets(void)
{
	char path[200], other[300];
	struct web *second = web_new(NULL);
	struct buf secret, why;
	struct http_answer a;

	buf_init(&why, 1000);
	put("key", "s3cret\nand more\n");
	snprintf(path, sizeof(path), "%s/key", dir);
	test_ok(chmod(path, 0644) == 0 && http_secret(path, &secret, &why) == RC_BAD, "others may read it: refused");
	buf_clear(&secret);
	test_ok(chmod(path, 0600) == 0 && http_secret(path, &secret, &why) == RC_OK, "only we may: good");
	test_str(buf_str(&secret), STR("s3cret"), "its first line");
	test_int(get((struct http_request){ .url = str_of(url("/echo")), .header = STR("X-Auth-Key"),
	    .secret = buf_str(&secret) }, &a, &why), RC_OK, "asked with it");
	test_ok(str_find(buf_str(&a.body), STR("X-Auth-Key: s3cret\r\n")) != STR_NPOS, "the server has it");
	buf_clear(&a.body);
	snprintf(other, sizeof(other), "/to/http://127.0.0.1:%u/echo", (unsigned)web_port(second));
	test_int(get((struct http_request){ .url = str_of(url(other)), .header = STR("X-Auth-Key"),
	    .secret = buf_str(&secret) }, &a, &why), RC_OK, "redirected to another server");
	test_ok(str_find(buf_str(&a.body), STR("s3cret")) == STR_NPOS, "which does not get it");
	buf_clear(&a.body);
	buf_clear(&secret);
	buf_clear(&why);
	web_free(&second);
}

static void
inside(void)
{
	static const struct { const char *ip; bool want; } cases[] = {
		{ "127.0.0.1", false }, { "10.1.2.3", false }, { "172.31.0.1", false }, { "172.32.0.1", true },
		{ "192.168.1.1", false }, { "169.254.169.254", false }, { "100.64.0.1", false }, { "0.0.0.0", false },
		{ "224.0.0.1", false }, { "255.255.255.255", false }, { "8.8.8.8", true }, { "::1", false }, { "::", false },
		{ "fe80::1", false }, { "fd00::1", false }, { "ff02::1", false }, { "::ffff:127.0.0.1", false },
		{ "64:ff9b::7f00:1", false }, { "64:ff9b::808:808", true }, { "2002:7f00:1::", false },
		{ "2606:4700::1111", true },
	};
	struct http_answer a;
	struct buf why;
	struct ip ip;
	int before;

	buf_init(&why, 1000);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		test_ok(ip_parse(str_of(cases[i].ip), &ip) && http_is_public(&ip) == cases[i].want, cases[i].ip);
	conf.allow_private = false;
	before = web_count(web);
	test_int(get((struct http_request){ .url = str_of(url("/file/list")) }, &a, &why), RC_BAD, "loopback is not asked");
	buf_clear(&a.body);
	test_ok(str_find(buf_str(&why), STR("http.allow_private")) != STR_NPOS, "and the operator hears how it could be");
	setenv("http_proxy", url(""), 1);
	setenv("all_proxy", url(""), 1);
	test_int(get((struct http_request){ .url = STR("http://127.0.0.2:9/") }, &a, &why), RC_BAD, "nor a proxy of the environment");
	test_int(web_count(web), before, "nobody was asked");
	buf_clear(&a.body);
	unsetenv("http_proxy");
	unsetenv("all_proxy");
	conf.allow_private = true;
	buf_clear(&why);
}

/* A server whose certificate only http.ca_file vouches for. */
static void
secure(void)
{
	static const struct { const char *name, *path, *whose; long valid_s; bool ca; enum rc want; const char *why; } cases[] = {
		{ "an authority of one's own", "/file/list", "localhost", 3600, true, RC_OK, "" },
		{ "one nobody knows", "/file/list", "localhost", 3600, false, RC_TEMP, "certificate" },
		{ "of another name", "/file/list", "other.example", 3600, true, RC_TEMP, "name" },
		{ "expired", "/file/list", "localhost", -3600, true, RC_TEMP, "expired" },
		{ "redirected to http", "/to/http://127.0.0.1:9/", "localhost", 3600, true, RC_BAD, "" },
	};
	char ca[200], text[300];
	struct http_answer a;
	struct buf why;

	snprintf(ca, sizeof(ca), "%s/ca.pem", dir);
	put("list", "192.0.2.1\n");
	buf_init(&why, 1000);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct tls *tls = tls_new(web_port(web), ca, cases[i].whose, cases[i].valid_s);

		if (!test_ok(tls != NULL, "a TLS server"))
			continue;
		conf.ca_file = cases[i].ca ? str_of(ca) : STR_NONE;
		snprintf(text, sizeof(text), "https://localhost:%u%s", (unsigned)tls_port(tls), cases[i].path);
		if (!test_int(get((struct http_request){ .url = str_of(text) }, &a, &why), cases[i].want, cases[i].name) ||
		    !test_ok(str_find(buf_str(&why), str_of(cases[i].why)) != STR_NPOS, "and it says why"))
			test_show("got", buf_str(&why));
		test_int((int64_t)a.body.n, cases[i].want == RC_OK ? 10 : 0, "its body");
		buf_clear(&a.body);
		tls_free(&tls);
	}
	conf.ca_file = STR_NONE;
	unlink(ca);
	buf_clear(&why);
}

int
main(void)
{
	signal(SIGPIPE, SIG_IGN);
	if (!mkdtemp(dir) || !(web = web_new(dir)))
		return 1;
	changes();
	files();
	errors();
	secrets();
	inside();
	secure();
	web_free(&web);
	for (const char *const *n = (const char *const[]){ "list", "own", "key", NULL }; *n; n++) {
		char path[200];

		snprintf(path, sizeof(path), "%s/%s", dir, *n);
		unlink(path);
	}
	rmdir(dir);
	return test_done();
}
