/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "message/authres.h"

#include "base/buf.h"
#include "base/limits.h"
#include "test.h"

/* id/version|method[/version]=result "reason" ptype.name=value ...; then !bad or !bad_id */
static struct str
shown(struct pool *pool, const struct authres *a)
{
	struct buf b;
	struct str out;

	buf_init(&b, 100000);
	buf_printf(&b, "%.*s/%u", STR_ARG(a->id), a->version);
	for (size_t i = 0; i < a->n; i++) {
		const struct authres_result *r = &a->results[i];

		buf_printf(&b, "|%.*s", STR_ARG(r->method));
		if (r->version != 1)
			buf_printf(&b, "/%u", r->version);
		buf_printf(&b, "=%.*s", STR_ARG(r->result));
		if (r->reason.n)
			buf_printf(&b, " \"%.*s\"", STR_ARG(r->reason));
		for (size_t j = 0; j < r->n_props; j++)
			buf_printf(&b, " %.*s.%.*s=%.*s", STR_ARG(r->props[j].ptype), STR_ARG(r->props[j].name),
			    STR_ARG(r->props[j].value));
	}
	buf_adds(&b, a->bad_id ? " !bad_id" : a->bad ? " !bad" : "");
	out = pool_str(pool, buf_str(&b));
	buf_clear(&b);
	return out;
}

static const struct {
	const char *name;
	struct str in, want;
} fields[] = {
	{ "RFC 8601 B.2: none", STR(" example.org 1; none"), STR("example.org/1") },
	{ "B.3: one result", STR("example.com;\r\n\tspf=pass smtp.mailfrom=example.net"),
	  STR("example.com/1|spf=pass smtp.mailfrom=example.net") },
	{ "B.4: two results", STR("example.com;\n auth=pass (cram-md5) smtp.auth=sender@example.net;\n"
	  " spf=pass smtp.mailfrom=example.net"),
	  STR("example.com/1|auth=pass smtp.auth=sender@example.net|spf=pass smtp.mailfrom=example.net") },
	{ "B.6: comments everywhere", STR("foo.example.net (foobar) 1 (baz);\n dkim (Because I like it) / 1 (One yay) = "
	  "(wait for it) fail\n policy (A dot can go here) . (like that) expired\n (this surprised me) = "
	  "(as I wasn't expecting it) 1362471462"),
	  STR("foo.example.net/1|dkim=fail policy.expired=1362471462") },
	{ "version of field and method", STR("a.example 2; dkim/3=pass"), STR("a.example/2|dkim/3=pass") },
	{ "reason", STR("a.example; dkim=fail reason=\"body \\\"x\\\" hash\" header.d=b.example"),
	  STR("a.example/1|dkim=fail \"body \"x\" hash\" header.d=b.example") },
	{ "quoted id", STR("\"a;b.example\" ; spf=none"), STR("a;b.example/1|spf=none") },
	{ "final dot", STR("a.example.; spf=none"), STR("a.example/1|spf=none") },
	{ "final semicolon", STR("a.example; spf=none;\r\n"), STR("a.example/1|spf=none") },
	{ "quoted local part", STR("a; spf=pass smtp.mailfrom=\"x; dkim=pass\"@b.example"),
	  STR("a/1|spf=pass smtp.mailfrom=x; dkim=pass@b.example") },
	{ "no local part", STR("a; dkim=pass header.i=@b.example header.b=ab/+cd=="),
	  STR("a/1|dkim=pass header.i=@b.example header.b=ab/+cd==") },
	{ "a word that is no property", STR("a; dmarc=pass action=none header.from=b.example"),
	  STR("a/1|dmarc=pass header.from=b.example") },
	{ "methods nobody knows", STR("a; x-new=odd x-p.y=z; iprev=pass policy.iprev=2001:db8::1"),
	  STR("a/1|x-new=odd x-p.y=z|iprev=pass policy.iprev=2001:db8::1") },
	{ "nested comments", STR("a (b (c \\) d) e); spf=(f(g))none"), STR("a/1|spf=none") },
	{ "UTF-8", STR("b\xc3\xbc" "cher.example; spf=none"), STR("b\xc3\xbc" "cher.example/1|spf=none") },
	{ "id only", STR("a.example"), STR("a.example/1") },
	{ "no id at all", STR("spf=pass smtp.mailfrom=b; dkim=pass"), STR("spf/1 !bad_id") },
	{ "two ids", STR("a.example b.example; spf=pass"), STR("a.example/1 !bad_id") },
	{ "id with a slash", STR("a.example/1; spf=pass"), STR("a.example/1 !bad_id") },
	{ "comment never closed", STR("a.example; spf=none; dkim=pass (; dmarc=pass"), STR("a.example/1|spf=none !bad") },
	{ "comment in the id never closed", STR("a.example (; spf=pass"), STR("a.example/1 !bad_id") },
	{ "quote never closed", STR("\"a.example; spf=pass"), STR("a.example; spf=pass/1 !bad_id") },
	{ "empty", STR(""), STR("/1 !bad_id") },
	{ "no result behind the method", STR("a; spf=none; dkim="), STR("a/1|spf=none !bad") },
	{ "no method", STR("a; =pass"), STR("a/1 !bad") },
	{ "property without value", STR("a; spf=pass smtp.mailfrom"), STR("a/1 !bad") },
	{ "property with an empty value", STR("a; spf=pass smtp.mailfrom=; dkim=none"),
	  STR("a/1|spf=pass smtp.mailfrom=|dkim=none") },
	{ "version that is none", STR("a 1x; spf=pass"), STR("a/1 !bad_id") },
	{ "version too large", STR("a 99999999999999999999999; spf=pass"), STR("a/0 !bad_id") },
};

static const struct {
	const char *name;
	struct str in;
	bool ours;
} owners[] = {
	{ "ours", STR(" mx.corp.example; dmarc=pass"), true },
	{ "another's", STR("mx.other.example; dmarc=pass"), false },
	{ "ours as part of a longer name", STR("mx.corp.example.net; dmarc=pass"), false },
	{ "ours at the end of a longer name", STR("amx.corp.example; dmarc=pass"), false },
	{ "case", STR("MX.Corp.EXAMPLE; dmarc=pass"), true },
	{ "final dot", STR("mx.corp.example.; dmarc=pass"), true },
	{ "version", STR("mx.corp.example 1; dmarc=pass"), true },
	{ "comments", STR("(a)mx.corp.example(b (c)); dmarc=pass"), true },
	{ "quoted", STR("\"mx.corp.example\"; dmarc=pass"), true },
	{ "quoted pairs", STR("\"m\\x.corp.example\"; dmarc=pass"), true },
	{ "folded", STR("\r\n\tmx.corp.example\r\n ;\r\n dmarc=pass"), true },
	{ "fault behind the id", STR("mx.corp.example; dmarc"), true },
	{ "mentioned by another", STR("mx.other.example; spf=pass smtp.rcpttodomain=mx.corp.example"), false },
	{ "mentioned in a comment of another", STR("mx.other.example (mx.corp.example); spf=pass"), false },
	{ "without semicolon", STR("mx.corp.example"), true },
	{ "slash version", STR("mx.corp.example/1; dmarc=pass"), true },
	{ "second word", STR("x mx.corp.example; dmarc=pass"), true },
	{ "cut by a comment", STR("mx.(x)corp.example; dmarc=pass"), true },
	{ "open comment", STR("mx.corp.example (; dmarc=pass"), true },
	{ "open comment before it", STR("(mx.corp.example; dmarc=pass"), true },
	{ "open quote", STR("\"mx.corp.example; dmarc=pass"), true },
	{ "encoded word", STR("=?utf-8?b?bXguY29ycC5leGFtcGxl?=; dmarc=pass"), true },
	{ "no id, another's names", STR("spf=pass smtp.mailfrom=other.example"), false },
	{ "no id, our name", STR("dmarc=pass; mx.corp.example"), true },
	{ "angle brackets", STR("<mx.corp.example>; dmarc=pass"), true },
};

static void
limits(struct pool *pool)
{
	struct buf b;
	struct authres a;

	buf_init(&b, 1000000);
	buf_adds(&b, "a");
	for (int i = 0; i < AUTHRES_RESULTS; i++)
		buf_adds(&b, "; x=y");
	authres_parse(pool, buf_str(&b), &a);
	test_ok(a.n == AUTHRES_RESULTS && !a.bad, "as many results as are read");
	buf_adds(&b, "; x=y");
	authres_parse(pool, buf_str(&b), &a);
	test_ok(a.bad, "one more is bad");
	buf_reset(&b);
	buf_adds(&b, "a; x=y");
	for (int i = 0; i <= AUTHRES_PROPS; i++)
		buf_adds(&b, " p.q=r");
	authres_parse(pool, buf_str(&b), &a);
	test_ok(a.bad && a.n == 0, "too many properties");
	buf_reset(&b);
	for (int i = 0; i < 100000; i++)
		buf_adds(&b, "(");
	authres_parse(pool, buf_str(&b), &a);
	test_ok(a.bad_id, "comments nested without end");
	buf_reset(&b);
	buf_adds(&b, "a; spf=pass (");
	while (b.n <= AUTHRES_BYTES)
		buf_adds(&b, "x");
	buf_adds(&b, ")");
	authres_parse(pool, buf_str(&b), &a);
	test_ok(a.bad, "a field that is too long");
	buf_clear(&b);
}

int
main(void)
{
	struct pool *pool = pool_new(0);
	struct limits lim;
	struct authres a;

	limits_default(&lim);
	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++) {
		authres_parse(pool, fields[i].in, &a);
		test_str(shown(pool, &a), fields[i].want, fields[i].name);
	}
	for (size_t i = 0; i < sizeof(owners) / sizeof(*owners); i++)
		test_int(authres_is_of(pool, &lim, owners[i].in, STR("mx.corp.example")), owners[i].ours, owners[i].name);
	test_ok(!authres_is_of(pool, &lim, STR("; spf=pass"), STR("")), "without a name nothing is ours");
	authres_parse(pool, STR("a; dkim=pass header.d=X Header.S=y"), &a);
	test_str(authres_prop(&a.results[0], STR("HEADER"), STR("s")), STR("y"), "a property in any case");
	test_str(authres_prop(&a.results[0], STR("header"), STR("b")), STR(""), "one that is not there");
	limits(pool);
	pool_free(&pool);
	return test_done();
}
