/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "auth/spf_macro.h"

#include "test.h"

/* RFC 7208 7.4 */
static const struct spf_vars vars = {
	.sender = { "strong-bad@email.example.com", 28 },
	.local = { "strong-bad", 10 },
	.sender_domain = { "email.example.com", 17 },
	.domain = { "email.example.com", 17 },
	.helo = { "[192.0.2.3] x&y", 15 },
	.ip = { "192.0.2.3", 9 },
	.family = { "in-addr", 7 },
	.name = { "mx.example.org", 14 },
	.ip_text = { "192.0.2.3", 9 },
	.receiver = { "gate.example.net", 16 },
	.time = { "1700000000", 10 },
};

static void
expansion(void)
{
	static const struct { const char *in, *want; } cases[] = {
		{ "%{s}", "strong-bad@email.example.com" },
		{ "%{o}", "email.example.com" },
		{ "%{d}", "email.example.com" },
		{ "%{d4}", "email.example.com" },
		{ "%{d3}", "email.example.com" },
		{ "%{d2}", "example.com" },
		{ "%{d1}", "com" },
		{ "%{dr}", "com.example.email" },
		{ "%{d2r}", "example.email" },
		{ "%{d1R}", "email" },
		{ "%{l}", "strong-bad" },
		{ "%{l-}", "strong.bad" },
		{ "%{lr}", "strong-bad" },
		{ "%{lr-}", "bad.strong" },
		{ "%{l1r-}", "strong" },
		{ "%{l1-}", "bad" },
		{ "%{ir}.%{v}._spf.%{d2}", "3.2.0.192.in-addr._spf.example.com" },
		{ "%{lr-}.lp._spf.%{d2}", "bad.strong.lp._spf.example.com" },
		{ "%{lr-}.lp.%{ir}.%{v}._spf.%{d2}", "bad.strong.lp.3.2.0.192.in-addr._spf.example.com" },
		{ "%{ir}.%{v}.%{l1r-}.lp._spf.%{d2}", "3.2.0.192.in-addr.strong.lp._spf.example.com" },
		{ "%{d2}.trusted-domains.example.net", "example.com.trusted-domains.example.net" },
		{ "%{s-.@}", NULL },
		{ "%{s2-.}", "example.com" },
		{ "%{s.-}", "strong.bad@email.example.com" },
		{ "%{d99999999999999999999}", "email.example.com" },
		{ "%{p} %{c} %{r} %{t}", "mx.example.org 192.0.2.3 gate.example.net 1700000000" },
		{ "%{S}", "strong-bad%40email.example.com" },
		{ "%{H}", "%5B192.0.2.3%5D%20x%26y" },
		{ "%{h}", "[192.0.2.3] x&y" },
		{ "a%%b%_c%-d", "a%b c%20d" },
		{ "", "" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct str in = str_of(cases[i].in);
		struct buf out;

		buf_init(&out, 1000);
		if (cases[i].want) {
			spf_macro_expand(&vars, in, &out);
			test_str(buf_str(&out), str_of(cases[i].want), cases[i].in);
		} else {
			test_ok(!spf_macro_valid(in, SPF_USE_EXPLAIN), cases[i].in);
		}
		buf_clear(&out);
	}
}

static void
odd_values(void)
{
	static const struct { const char *local, *in, *want; } cases[] = {
		{ "", "%{l}", "" }, { "", "%{lr}", "" }, { "", "%{l1r}", "" }, { "", "%{l2}", "" },
		{ ".", "%{lr}", "." }, { ".", "%{l1}", "" }, { "..a", "%{lr}", "a.." }, { "..a", "%{l2}", ".a" },
		{ "a..", "%{l1r}", "a" }, { "a..", "%{l2r}", ".a" }, { "a+b-c", "%{l2r+-}", "b.a" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct spf_vars v = { .local = str_of(cases[i].local) };
		char name[100];
		struct buf out;

		snprintf(name, sizeof(name), "%s of \"%s\"", cases[i].in, cases[i].local);
		buf_init(&out, 100);
		spf_macro_expand(&v, str_of(cases[i].in), &out);
		test_str(buf_str(&out), str_of(cases[i].want), name);
		buf_clear(&out);
	}
}

static void
syntax(void)
{
	static const struct { const char *in; enum spf_use use; bool ok; } cases[] = {
		{ "%{d}", SPF_USE_MODIFIER, true }, { "%{D2r.-+,/_=}", SPF_USE_MODIFIER, true },
		{ "%", SPF_USE_MODIFIER, false }, { "a%", SPF_USE_MODIFIER, false }, { "%a", SPF_USE_MODIFIER, false },
		{ "%{", SPF_USE_MODIFIER, false }, { "%{}", SPF_USE_MODIFIER, false }, { "%{d", SPF_USE_MODIFIER, false },
		{ "%{x}", SPF_USE_MODIFIER, false }, { "%{d0}", SPF_USE_MODIFIER, false },
		{ "%{d00}", SPF_USE_MODIFIER, false }, { "%{d01}", SPF_USE_MODIFIER, true },
		{ "%{dr2}", SPF_USE_MODIFIER, false }, { "%{d:}", SPF_USE_MODIFIER, false },
		{ "%{d }", SPF_USE_EXPLAIN, false }, { "%(d)", SPF_USE_MODIFIER, false },
		{ "%{c}", SPF_USE_DOMAIN, false }, { "%{R}", SPF_USE_DOMAIN, false }, { "%{t}", SPF_USE_DOMAIN, false },
		{ "%{c}", SPF_USE_MODIFIER, true }, { "%{t}", SPF_USE_EXPLAIN, true },
		{ "see me", SPF_USE_EXPLAIN, true }, { "see me", SPF_USE_MODIFIER, false },
		{ "see\tme", SPF_USE_EXPLAIN, false }, { "caf\xc3\xa9", SPF_USE_EXPLAIN, false },
		{ "line\r\nline", SPF_USE_EXPLAIN, false }, { "", SPF_USE_MODIFIER, true },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		test_ok(spf_macro_valid(str_of(cases[i].in), cases[i].use) == cases[i].ok, cases[i].in);
}

static void
domain_specs(void)
{
	static const struct { const char *in; bool ok; } cases[] = {
		{ "example.com", true }, { "example.com.", true }, { "example.com..", false }, { ".com", true },
		{ "example", false }, { "example.", false }, { "", false }, { ".", false }, { "..", false },
		{ "example.-com", false }, { "example.com-", false }, { "example.xn--zckzah", true },
		{ "abc.123", false }, { "abc.1a3", true }, { "abc.1-3", true }, { "192.0.2.1", false },
		{ "foo:bar/baz.example.com", true }, { "example.com:8080", false }, { "example.com/24", false },
		{ "%{d}", true }, { "_spf.%{d}", true }, { "%{d}com", false }, { "%{d}.com", true }, { "%{d}.", false },
		{ "a%%", true }, { "%{p2}.example.com", true }, { "%{r}.example.com", false }, { "a.b c.com", false },
		{ "caf\xc3\xa9.com", false },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		test_ok(spf_domain_spec_valid(str_of(cases[i].in)) == cases[i].ok, cases[i].in);
	test_ok(!spf_domain_spec_valid((struct str){ "example.com\0", 12 }), "a NUL in a domain-spec");
}

static void
names_and_limits(void)
{
	struct spf_vars v = { .local = { "x", 1 } };
	struct buf out;

	test_ok(spf_macro_has(STR("%{d}.%{P2r}.x"), STR("p")) && !spf_macro_has(STR("%%{p}.%{d}"), STR("p")) &&
	    spf_macro_has(STR("%{l}"), STR("sl")) && !spf_macro_has(STR("sl%_"), STR("sl")), "a macro is found");
	buf_init(&out, 3);
	spf_macro_expand(&v, STR("%{l}%{l}%{l}%{l}"), &out);
	test_ok(out.full && out.n <= 3, "expansion stops at the limit of its buffer");
	buf_clear(&out);
}

int
main(void)
{
	expansion();
	odd_values();
	syntax();
	domain_specs();
	names_and_limits();
	return test_done();
}
