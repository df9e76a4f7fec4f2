/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "recipient/address.h"
#include "test.h"

struct row {
	const char *name, *said;
	bool local;
	const char *want;	/* keys with blanks between; NULL: no address */
};

static const struct row rows[] = {
	{ "plain", "Bob@Example.ORG", false, "bob@example.org @example.org" },
	{ "extension", "bob+x@example.org", false, "bob+x@example.org bob@example.org @example.org" },
	{ "the first delimiter counts", "bob+a-b@example.org", false, "bob+a-b@example.org bob@example.org @example.org" },
	{ "the other delimiter", "bob-a@example.org", false, "bob-a@example.org bob@example.org @example.org" },
	{ "local", "bob+x@example.org", true, "bob+x@example.org bob@example.org bob+x bob @example.org" },
	{ "no domain", "Postmaster", false, "postmaster" },
	{ "no user before the delimiter", "+x@example.org", false, "+x@example.org @example.org" },
	{ "owner of a list", "owner-list@example.org", false, "owner-list@example.org @example.org" },
	{ "request of a list", "list-request@example.org", false, "list-request@example.org @example.org" },
	{ "quotes that are not needed", "\"bob\"@example.org", false, "bob@example.org @example.org" },
	{ "quotes that are", "\"b b\"@example.org", false, "\"b b\"@example.org @example.org" },
	{ "escaped in quotes", "\"b\\\"b\"@example.org", false, "\"b\\\"b\"@example.org @example.org" },
	{ "escaped without need", "\"b\\ob\"@example.org", false, "bob@example.org @example.org" },
	{ "an at sign in quotes", "\"a@b\"@example.org", false, "\"a@b\"@example.org @example.org" },
	{ "route", "@a.example,@b.example:bob@example.org", false, "bob@example.org @example.org" },
	{ "dot at the end", "bob@example.org.", false, "bob@example.org @example.org" },
	{ "literal", "bob@[192.0.2.1]", false, "bob@[192.0.2.1] @[192.0.2.1]" },
	{ "UTF-8", "j\xc3\xb6rg@example.org", false, "j\xc3\xb6rg@example.org @example.org" },
	{ "nothing", "", false, NULL },
	{ "no local part", "@example.org", false, NULL },
	{ "empty domain", "bob@", false, NULL },
	{ "a blank", "b b@example.org", false, NULL },
	{ "an open quote", "\"bob@example.org", false, NULL },
	{ "a quote inside", "\"a\"b\"@example.org", false, NULL },
	{ "empty quotes", "\"\"@example.org", false, NULL },
	{ "a line end", "bob\n@example.org", false, NULL },
	{ "brackets", "bob>@example.org", false, NULL },
	{ "two dots", "bob@example..org", false, NULL },
	{ "a blank in the domain", "bob@exam ple.org", false, NULL },
	{ "a quote in the domain", "bob@exam'ple.org", false, NULL },
};

static struct str
joined(struct pool *pool, const struct recipient_keys *k)
{
	struct str all = STR("");

	for (size_t i = 0; i < k->n; i++)
		all = pool_printf(pool, "%.*s%s%.*s", STR_ARG(all), i ? " " : "", STR_ARG(k->key[i]));
	return all;
}

static void
domains(struct pool *pool)
{
	struct recipient_keys k;
	struct str deep = STR("a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r.s.t");

	recipient_domain_keys(STR("mail.sub.example.org"), &k);
	test_str(joined(pool, &k), STR("mail.sub.example.org .sub.example.org .example.org .org"), "a domain and what is above it");
	recipient_domain_keys(STR(""), &k);
	test_int((int64_t)k.n, 0, "no domain has no keys");
	recipient_domain_keys(deep, &k);
	test_int((int64_t)k.n, RECIPIENT_KEYS, "a deep one is cut");
}

static void
too_long(struct pool *pool)
{
	char text[RECIPIENT_ADDRESS + 2];
	struct recipient_address a;

	memset(text, 'a', sizeof(text));
	test_ok(recipient_parse(pool, (struct str){ text, RECIPIENT_ADDRESS }, STR("+"), &a), "as long as allowed");
	test_ok(!recipient_parse(pool, (struct str){ text, RECIPIENT_ADDRESS + 1 }, STR("+"), &a), "longer than allowed");
}

int
main(void)
{
	struct pool *pool = pool_new(0);
	struct recipient_address a;
	struct recipient_keys k;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		bool is = recipient_parse(pool, str_of(rows[i].said), STR("+-"), &a);

		if (!is || !rows[i].want) {
			test_ok(is == (rows[i].want != NULL), rows[i].name);
			continue;
		}
		recipient_keys(pool, &a, rows[i].local, &k);
		test_str(joined(pool, &k), str_of(rows[i].want), rows[i].name);
	}
	domains(pool);
	too_long(pool);
	pool_free(&pool);
	return test_done();
}
