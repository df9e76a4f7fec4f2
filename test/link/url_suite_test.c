/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* covers: lib/link/url.c by the published tests of the URL Standard (web-platform-tests) in the corpus: what
 * browsers are held to. A share below what was reached once fails. */
#include "test.h"

#include <json-c/json.h>

#include "link/url_same.h"
#include "message/mail.h"

#define SUITE "/suites/ada-url+ada/tests/wpt/"

struct tally {
	size_t n, good, shown;
};

static struct pool *pool;

static struct json_object *
suite(struct corpus *c, const char *file)
{
	char path[400];

	if (snprintf(path, sizeof(path), "%s%s%s", c->folder, SUITE, file) >= (int)sizeof(path))
		return NULL;
	return json_object_from_file(path);
}

/* The string of a key, STR_NONE for null and for none. */
static struct str
member(struct json_object *row, const char *key)
{
	struct json_object *v;

	if (!json_object_object_get_ex(row, key, &v) || !json_object_is_type(v, json_type_string))
		return STR_NONE;
	return (struct str){ json_object_get_string(v), (size_t)json_object_get_string_len(v) };
}

static void
count(struct tally *t, bool good, struct str in, struct str got, struct str want)
{
	t->n++;
	t->good += good;
	if (good || t->shown++ >= 20)
		return;
	test_show("in  ", in);
	test_show("got ", got);
	test_show("want", want);
}

static void
one_url(struct tally *t, struct json_object *row)
{
	struct str in = member(row, "input"), base = member(row, "base"), want = member(row, "href"), got = STR_NONE;
	struct url b, u;
	enum rc rc = RC_BAD;
	bool plain;

	if (base.n == 0 || url_parse(pool, base, NULL, &b) == RC_OK)
		rc = url_parse(pool, in, base.n ? &b : NULL, &u);
	if (!url_ways_agree(pool, in, base.n ? &b : NULL, &plain))
		rc = RC_BAD;
	/* Read all the same, on purpose: see url.h. */
	if (rc == RC_OK && !(u.tricks & URL_BAD_UTF8))
		got = u.href;
	if (rc == RC_OK && got.n) {
		struct str path = member(row, "pathname");

		if (!str_eq(path, u.path))
			got = u.path;
	}
	count(t, str_eq(got, want), in, got, want);
}

/* Hosts as UTS 46 maps them. */
static void
one_host(struct tally *t, struct json_object *row)
{
	struct str in = member(row, "input"), want = member(row, "output"), got = STR_NONE;
	struct url u;

	if (in.n && url_parse(pool, pool_printf(pool, "https://%.*s/x", STR_ARG(in)), NULL, &u) == RC_OK)
		got = u.host;
	count(t, str_eq(got, want), in, got, want);
}

static void
run(struct corpus *c, const char *file, void (*one)(struct tally *, struct json_object *), double least)
{
	struct json_object *rows = suite(c, file);
	struct tally t = { .n = 0 };

	if (!rows) {
		test_ok(false, file);
		return;
	}
	for (size_t i = 0; i < json_object_array_length(rows); i++) {
		struct json_object *row = json_object_array_get_idx(rows, i);

		if (json_object_is_type(row, json_type_object))
			one(&t, row);
		pool_clear(pool);
	}
	printf("# %s: %zu of %zu as browsers\n", file, t.good, t.n);
	test_ok(t.n && (double)t.good >= least * (double)t.n, file);
	json_object_put(rows);
}

int
main(void)
{
	struct corpus c;

	if (!corpus_open(&c, "suites-auth-url.tar.zst")) {
		test_skip("the tests of the URL Standard", "no corpus");
		return test_done();
	}
	pool = pool_new(0);
	run(&c, "urltestdata.json", one_url, 1.0);
	run(&c, "ada_extra_urltestdata.json", one_url, 1.0);
	run(&c, "toascii.json", one_host, 0.98);
	run(&c, "IdnaTestV2.json", one_host, 0.995);
	pool_free(&pool);
	corpus_close(&c);
	return test_done();
}
