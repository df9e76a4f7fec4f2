/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "worker/facts.h"

#include "test.h"

/* Whose message it is: DMARC judges one author's domain, never the one of several that passes. */
static const struct {
	const char *name;
	struct str header, domain;
	unsigned n;
} authors[] = {
	{ "one", STR("From: Joe <joe@A.example>\r\n"), STR("a.example"), 1 },
	{ "none", STR("To: joe@a.example\r\n"), STR(""), 0 },
	{ "no address", STR("From: MAILER-DAEMON\r\n"), STR(""), 0 },
	{ "two of one domain", STR("From: joe@a.example, jim@A.Example\r\n"), STR("a.example"), 1 },
	{ "two domains", STR("From: joe@a.example, jim@b.example\r\n"), STR("a.example"), 2 },
	{ "two fields", STR("From: joe@a.example\r\nFrom: jim@b.example\r\n"), STR("a.example"), 2 },
	{ "two fields of one domain", STR("From: joe@a.example\r\nfrom: jim@a.example\r\n"), STR("a.example"), 1 },
	{ "many", STR("From: a@a, b@b, c@c, d@d\r\n"), STR("a"), 2 },
	{ "the first without a domain", STR("From: joe, jim@b.example\r\n"), STR("b.example"), 1 },
};

int
main(void)
{
	struct limits lim;

	limits_default(&lim);
	for (size_t i = 0; i < sizeof(authors) / sizeof(*authors); i++) {
		struct pool *pool = pool_new(0);
		struct report r;

		report_init(&r, pool, &lim);
		facts_collect(mime_parse(pool, &lim, pool_printf(pool, "%.*s\r\nbody\r\n", STR_ARG(authors[i].header))), &r);
		test_str(r.from_domain, authors[i].domain, authors[i].name);
		test_int(r.author_domains, authors[i].n, authors[i].name);
		pool_free(&pool);
	}
	return test_done();
}
