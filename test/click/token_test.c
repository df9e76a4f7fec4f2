/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "click/token.h"

#include <time.h>

#include "base/clock.h"
#include "click/folder.h"
#include "test.h"

enum { NOW_S = 1770000000, DAY_S = 86400 };

static struct keyring *ring;
static struct pool *pool;

static struct click_token
example(void)
{
	return (struct click_token){ .expiry_s = NOW_S + DAY_S, .message = STR("c19f1a2b3-5"),
	    .rcpt = STR("anna@example.org"), .url = STR("https://www.example.com/a?b=c&d=%20#e") };
}

static struct str
sealed(const struct click_token *t)
{
	struct buf out;
	struct str s;

	buf_init(&out, TOKEN_CHARS);
	if (token_make(ring, t, &out) != RC_OK)
		test_ok(false, "seal");
	s = pool_str(pool, buf_str(&out));
	buf_clear(&out);
	return s;
}

static void
there_and_back(void)
{
	struct click_token t = example(), got;
	struct str token = sealed(&t);

	test_int(token_read(ring, pool, token, NOW_S, &got), RC_OK, "opens");
	test_str(got.url, t.url, "URL");
	test_str(got.rcpt, t.rcpt, "recipient");
	test_str(got.message, t.message, "message");
	test_ok(got.expiry_s == t.expiry_s && !got.doubtful && got.version == 1 && got.key_id == 1, "the rest");
	test_str(sealed(&t), token, "the same again is the same token");
	test_ok(token.n <= (t.url.n + t.rcpt.n + t.message.n) * 4 / 3 + 40, "no longer than said");
	test_ok(str_find(token, STR("example")) == STR_NPOS, "nothing of it can be read");
	t.doubtful = true;
	t.rcpt = STR_NONE;
	t.message = STR_NONE;
	token = sealed(&t);
	test_ok(token_read(ring, pool, token, NOW_S, &got) == RC_OK && got.doubtful && got.rcpt.n == 0, "doubtful, for nobody");
}

static void
expiry(void)
{
	struct click_token t = example(), got;
	struct str token = sealed(&t);

	test_int(token_read(ring, pool, token, t.expiry_s, &got), RC_OK, "the last second");
	test_int(token_read(ring, pool, token, t.expiry_s + 1, &got), RC_LIMIT, "the first too late");
	test_str(got.url, t.url, "what it was for can be shown");
}

/* Any other character at any place, missing ones, more of them. */
static void
forged(void)
{
	struct click_token t = example(), got;
	struct str token = sealed(&t);
	char text[TOKEN_CHARS];
	size_t opened = 0;

	for (size_t i = 0; i < token.n; i++)
		for (const char *c = "AB_-z9"; *c; c++) {
			memcpy(text, token.p, token.n);
			text[i] = *c;
			if (*c != token.p[i] && token_read(ring, pool, (struct str){ text, token.n }, NOW_S, &got) == RC_OK)
				opened++;
		}
	test_int((int64_t)opened, 0, "one character changed");
	for (size_t n = 0; n < token.n; n++)
		opened += token_read(ring, pool, str_upto(token, n), NOW_S, &got) == RC_OK;
	test_int((int64_t)opened, 0, "cut short");
	memcpy(text, token.p, token.n);
	memset(text + token.n, 'A', 8);
	for (size_t n = 1; n <= 8; n++)
		opened += token_read(ring, pool, (struct str){ text, token.n + n }, NOW_S, &got) == RC_OK;
	test_int((int64_t)opened, 0, "with a tail");
}

static void
garbled(void)
{
	static const struct {
		const char *name, *text;
	} cases[] = {
		{ "empty", "" },
		{ "a URL", "https://www.example.com/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" },
		{ "plain base64", "AQAB+/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==" },
		{ "padding", "AQABAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA====" },
		{ "zeros", "AQABAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" },
		{ "another version", "AgABAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" },
	};
	struct click_token got;
	char *big = pool_alloc(pool, TOKEN_CHARS + 4);

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		test_int(token_read(ring, pool, str_of(cases[i].text), NOW_S, &got), RC_BAD, cases[i].name);
	test_int(token_read(ring, pool, STR("AQAJAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"), NOW_S, &got), RC_NONE,
	    "an unknown key");
	memset(big, 'A', TOKEN_CHARS + 4);
	big[1] = 'Q';
	test_int(token_read(ring, pool, (struct str){ big, TOKEN_CHARS + 4 }, NOW_S, &got), RC_BAD, "too long");
}

static void
what_fits(void)
{
	static const struct {
		const char *url;
		enum rc want;
	} cases[] = {
		{ "http://h", RC_OK },
		{ "https://user@h:8/", RC_OK },
		{ "javascript:alert(1)", RC_BAD },
		{ "data:text/html,x", RC_BAD },
		{ "ftp://h/", RC_BAD },
		{ "file:///etc/passwd", RC_BAD },
		{ "//h/", RC_BAD },
		{ "/path", RC_BAD },
		{ "https://", RC_BAD },
		{ "https:///path", RC_BAD },
		{ "HTTPS://h/", RC_BAD },
		{ "https://h/\r\nX: y", RC_BAD },
		{ "https://h/ x", RC_BAD },
		{ "https://h/\xc3\xa4", RC_BAD },
		{ "", RC_BAD },
	};
	struct buf out;

	buf_init(&out, TOKEN_CHARS);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct click_token t = { .expiry_s = NOW_S, .url = str_of(cases[i].url) };

		test_int(token_make(ring, &t, &out), cases[i].want, i == 11 ? "a line feed in it" : cases[i].url);
	}
	buf_clear(&out);
}

static void
lengths(void)
{
	struct click_token t = example(), got;
	char *url = pool_alloc(pool, TOKEN_URL + 1);
	struct str token;
	struct buf out;

	memset(url, 'a', TOKEN_URL + 1);
	memcpy(url, "https://", 8);
	t.url = (struct str){ url, TOKEN_URL };
	t.message = (struct str){ url, TOKEN_MESSAGE };
	t.rcpt = (struct str){ url, TOKEN_RCPT };
	token = sealed(&t);
	test_ok(token_read(ring, pool, token, NOW_S, &got) == RC_OK && str_eq(got.url, t.url) && str_eq(got.rcpt, t.rcpt),
	    "all as long as may be");
	buf_init(&out, TOKEN_CHARS);
	t.url.n++;
	test_int(token_make(ring, &t, &out), RC_LIMIT, "URL one byte longer");
	t = example();
	t.rcpt = (struct str){ url, TOKEN_RCPT + 1 };
	test_int(token_make(ring, &t, &out), RC_LIMIT, "recipient one byte longer");
	t = example();
	t.message = (struct str){ url, TOKEN_MESSAGE + 1 };
	test_int(token_make(ring, &t, &out), RC_LIMIT, "message one byte longer");
	t = example();
	t.expiry_s = 1LL << 40;
	test_int(token_make(ring, &t, &out), RC_BAD, "expiry out of range");
	test_int((int64_t)out.n, 0, "nothing written");
	buf_clear(&out);
	buf_init(&out, 20);
	t = example();
	test_int(token_make(ring, &t, &out), RC_LIMIT, "no room");
	buf_clear(&out);
}

static void
rotated(struct str dir)
{
	struct click_token t = example(), got;
	struct str before = sealed(&t), after;
	struct buf why;
	unsigned id;
	size_t gone;

	buf_init(&why, 1024);
	test_int(keyring_rotate(keyring_of(dir, KEYRING_CLICK), NOW_S, DAY_S, &id, &gone, &why), RC_OK, "rotate");
	nanosleep(&(struct timespec){ 1, 100 * 1000000L }, NULL);
	test_int(token_read(ring, pool, before, NOW_S, &got), RC_OK, "sealed before");
	after = sealed(&t);
	test_ok(!str_eq(before, after), "sealed after is another token");
	test_ok(token_read(ring, pool, after, NOW_S, &got) == RC_OK && got.key_id == 2, "with key 2");
	test_int(keyring_rotate(keyring_of(dir, KEYRING_CLICK), NOW_S + 2 * DAY_S, DAY_S, &id, &gone, &why), RC_OK, "rotate later");
	nanosleep(&(struct timespec){ 1, 100 * 1000000L }, NULL);
	test_int(token_read(ring, pool, before, NOW_S, &got), RC_NONE, "its key is gone");
	buf_clear(&why);
}

static void
speed(void)
{
	enum { ROUNDS = 2000 };
	struct click_token t = example();
	int64_t from = clock_mono_us(), per;
	struct buf out;

	for (int i = 0; i < ROUNDS; i++) {
		buf_init(&out, TOKEN_CHARS);
		if (token_make(ring, &t, &out) != RC_OK)
			test_ok(false, "seal");
		buf_clear(&out);
	}
	per = (clock_mono_us() - from) * 1000 / ROUNDS;
	printf("# %lld ns a token\n", (long long)per);
}

int
main(void)
{
	struct str dir = folder_make();
	struct buf why;

	buf_init(&why, 1024);
	if (!test_int(keyring_ensure(keyring_of(dir, KEYRING_CLICK), NOW_S, &ring, &why), RC_OK, "keyring"))
		return 1;
	pool = pool_new(0);
	there_and_back();
	expiry();
	forged();
	garbled();
	what_fits();
	lengths();
	speed();
	rotated(dir);
	pool_free(&pool);
	keyring_close(&ring);
	buf_clear(&why);
	return test_done();
}
