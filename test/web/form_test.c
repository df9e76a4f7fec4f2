/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "web/form.h"

#include "click/folder.h"
#include "test.h"

enum { NOW_S = 1770000000 };

static struct pool *pool;

static struct str
body_of(struct str code)
{
	return pool_printf(pool, "x=1&form=%.*s&y=", STR_ARG(code));
}

/* What the browser sends back of Set-Cookie. */
static struct str
cookie_of(struct str set)
{
	return pool_printf(pool, "a=b; %.*s; c=d", STR_ARG(str_upto(set, str_chr(set, ';'))));
}

int
main(void)
{
	struct keyring *ring = NULL;
	struct form f, g;
	struct buf why;
	struct str token = STR("AQABtoken"), body, cookie;
	char bad[200];

	pool = pool_new(0);
	buf_init(&why, 1000);
	if (keyring_ensure(keyring_of(folder_make(), KEYRING_CLICK), NOW_S, &ring, &why) != RC_OK ||
	    form_make(ring, pool, token, NOW_S, true, &f) != RC_OK)
		return 1;
	body = body_of(f.code);
	cookie = cookie_of(f.cookie);
	test_ok(str_starts(f.cookie, STR("__Host-sekimori-")) && str_find(f.cookie, STR("; Secure")) != STR_NPOS &&
	    str_find(f.cookie, STR("; HttpOnly; SameSite=Strict")) != STR_NPOS, "the cookie is for us only");
	test_ok(form_good(ring, token, NOW_S, body, cookie), "page and cookie of the same answer");
	test_ok(form_good(ring, token, NOW_S + FORM_LIFE_S, body, cookie), "until the last second");
	test_ok(!form_good(ring, token, NOW_S + FORM_LIFE_S + 1, body, cookie), "then no more");
	test_ok(!form_good(ring, token, NOW_S - 1, body, cookie), "nor from the future");
	test_ok(!form_good(ring, STR("AQABother"), NOW_S, body, cookie), "another link");
	test_ok(!form_good(ring, token, NOW_S, body, STR_NONE), "without cookie");
	test_ok(!form_good(ring, token, NOW_S, STR_NONE, cookie), "without form");
	test_ok(!form_good(ring, token, NOW_S, STR("form="), cookie), "an empty form");
	test_ok(!form_good(ring, token, NOW_S, STR("form=-"), cookie), "a form of nothing");
	if (form_make(ring, pool, token, NOW_S, true, &g) != RC_OK)
		return 1;
	test_ok(!str_eq(f.code, g.code) && !str_eq(f.cookie, g.cookie), "each answer has its own");
	test_ok(!form_good(ring, token, NOW_S, body_of(g.code), cookie), "the form of somebody else with our cookie");
	for (size_t i = 0; i < f.code.n; i++) {
		memcpy(bad, f.code.p, f.code.n);
		bad[i] = bad[i] == '0' ? '1' : '0';
		if (form_good(ring, token, NOW_S, body_of((struct str){ bad, f.code.n }), cookie))
			test_ok(false, "a character changed");
	}
	if (form_make(ring, pool, token, NOW_S, false, &g) != RC_OK)
		return 1;
	test_ok(str_starts(g.cookie, STR("sekimori-")) && str_find(g.cookie, STR("Secure")) == STR_NPOS, "without TLS");
	test_ok(form_good(ring, token, NOW_S, body_of(g.code), cookie_of(g.cookie)), "is good, too");
	keyring_close(&ring);
	buf_clear(&why);
	pool_free(&pool);
	return test_done();
}
