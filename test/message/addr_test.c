/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "message/addr.h"

#include "message/mail.h"
#include "test.h"

#define BAD DEFECT_BIT(ADDRESS_SYNTAX)
#define ENCODED DEFECT_BIT(ENCODED_ADDRESS)

/* "name<local@domain>" for each, text repeated where it is not local@domain. */
static struct str
describe(struct pool *pool, struct str in, uint64_t *defects)
{
	struct limits lim = mail_limits();
	struct addr_list list = addr_parse(pool, &lim, in, defects);
	struct buf out;
	struct str s;

	buf_init(&out, 65536);
	for (size_t i = 0; i < list.n; i++) {
		buf_adds(&out, i ? "," : "");
		buf_add(&out, list.item[i].name);
		buf_addc(&out, '<');
		buf_add(&out, list.item[i].local);
		buf_adds(&out, list.item[i].domain.n ? "@" : "");
		buf_add(&out, list.item[i].domain);
		buf_addc(&out, '>');
	}
	s = pool_str(pool, buf_str(&out));
	buf_clear(&out);
	return s;
}

static const struct {
	const char *name;
	struct str in, want;
	uint64_t defects;
} cases[] = {
	{ "bare", STR("a@b.example"), STR("<a@b.example>"), 0 },
	{ "name and angle", STR("A B <a@b.example>"), STR("A B<a@b.example>"), 0 },
	{ "quoted name", STR("\"B, A\" <a@b.example>"), STR("B, A<a@b.example>"), 0 },
	{ "escape in the name", STR("\"A \\\"x\\\"\" <a@b.example>"), STR("A \"x\"<a@b.example>"), 0 },
	{ "angle only", STR("<a@b.example>"), STR("<a@b.example>"), 0 },
	{ "two", STR("a@b.example, C <c@d.example>"), STR("<a@b.example>,C<c@d.example>"), 0 },
	{ "folded", STR("A\r\n <a@b.example>,\r\n\tc@d.example\r\n"), STR("A<a@b.example>,<c@d.example>"), 0 },
	{ "comment as the name", STR("a@b.example (Joe)"), STR("Joe<a@b.example>"), 0 },
	{ "comments everywhere", STR("(x)A(y)<(z)a(w)@b.example>(v)"), STR("A<a@b.example>"), 0 },
	{ "nested comment", STR("a@b.example (J (x) \\) oe)"), STR("J (x) \\) oe<a@b.example>"), 0 },
	{ "obsolete spaces", STR("a @ b . example"), STR("<a@b.example>"), 0 },
	{ "quoted local part", STR("<\"a b\"@c.example>"), STR("<a b@c.example>"), 0 },
	{ "route", STR("<@x.example,@y.example:a@b.example>"), STR("<a@b.example>"), 0 },
	{ "group", STR("G: a@b.example, C <c@d.example>; e@f.example"),
	    STR("<a@b.example>,C<c@d.example>,<e@f.example>"), 0 },
	{ "empty group", STR("undisclosed-recipients:;"), STR(""), 0 },
	{ "empty items", STR(", ,a@b.example,,"), STR("<a@b.example>"), 0 },
	{ "empty angle", STR("MAILER-DAEMON <>"), STR("MAILER-DAEMON<>"), 0 },
	{ "local only", STR("root"), STR("<root>"), 0 },
	{ "address literal", STR("<a@[192.0.2.1]>"), STR("<a@[192.0.2.1]>"), 0 },
	{ "dot at the end", STR("<a@b.example.>"), STR("<a@b.example>"), 0 },
	{ "UTF-8 address", STR("<\xe9\x96\xa2@\xe5\xae\x88.example>"), STR("<\xe9\x96\xa2@\xe5\xae\x88.example>"), 0 },
	{ "encoded name", STR("=?utf-8?B?44GC?= <a@b.example>"), STR("\xe3\x81\x82<a@b.example>"), 0 },
	{ "encoded name in quotes", STR("\"=?utf-8?B?44GC?=\" <a@b.example>"), STR("\xe3\x81\x82<a@b.example>"), 0 },
	{ "address as the name", STR("\"ceo@corp.example\" <x@sender.example>"),
	    STR("ceo@corp.example<x@sender.example>"), 0 },
	{ "semicolons as in Outlook", STR("a@b.example; c@d.example"), STR("<a@b.example>,<c@d.example>"), 0 },
	{ "encoded word as an address", STR("=?utf-8?b?PGNlb0Bjb3JwLmV4YW1wbGU+?=,<x@sender.example>"),
	    STR("<=?utf-8?b?PGNlb0Bjb3JwLmV4YW1wbGU+?=>,<x@sender.example>"), ENCODED },
	{ "encoded word in angles", STR("<=?utf-8?q?a?=@b.example>"), STR("<=?utf-8?q?a?=@b.example>"), ENCODED },
	{ "text behind the angle", STR("<x@sender.example>ceo@corp.example"),
	    STR("ceo@corp.example<x@sender.example>"), BAD },
	{ "two angles", STR("<ceo@corp.example> <x@sender.example>"), STR("<x@sender.example>"), BAD },
	{ "NUL", STR("<ceo@corp.example\0@sender.example>"), STR("<ceo@corp.example\0@sender.example>"), BAD },
	{ "two at signs", STR("<a@b.example@c.example>"), STR("<a@b.example@c.example>"), BAD },
	{ "angle without end", STR("A <a@b.example"), STR("A<a@b.example>"), BAD },
	{ "quotes without end", STR("\"A <a@b.example>"), STR("<A<a@b.example>>"), BAD },
	{ "comment without end", STR("a@b.example (x"), STR("<a@b.example>"), BAD },
	{ "no local part", STR("<@b.example>"), STR("<@b.example>"), BAD },
	{ "a comma in angles", STR("<a@b.example, c@d.example>"), STR("<a@b.example>,<c@d.example>>"), BAD },
	{ "empty", STR(""), STR(""), 0 },
};

static void
lists(void)
{
	struct pool *pool = pool_new(0);

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint64_t defects = 0;

		test_str(describe(pool, cases[i].in, &defects), cases[i].want, cases[i].name);
		if (!test_ok(defects == cases[i].defects, "its defects"))
			printf("#   got %" PRIx64 " want %" PRIx64 "\n", defects, cases[i].defects);
	}
	pool_free(&pool);
}

static void
limits(void)
{
	struct limits lim = mail_limits();
	struct pool *pool = pool_new(0);
	uint64_t defects = 0;
	struct addr_list list;

	lim.addresses = 2;
	list = addr_parse(pool, &lim, STR("a@b,c@d,e@f"), &defects);
	test_int((int64_t)list.n, 2, "limit.addresses");
	test_ok(defects == DEFECT_BIT(LIMIT_ADDRESSES), "and its defect");
	list = addr_parse(pool, &lim, STR("A <a@b.example>"), &defects);
	test_str(list.item[0].text, STR("a@b.example"), "text of an address");
	pool_free(&pool);
}

int
main(void)
{
	lists();
	limits();
	return test_done();
}
