/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "auth/spf_record.h"

#include "base/buf.h"
#include "test.h"

static const char *const kinds[] = { "all", "include", "a", "mx", "ptr", "ip4", "ip6", "exists", "redirect", "exp",
	"other" };

static void
format(struct pool *pool, const struct spf_term *t, struct buf *out)
{
	buf_printf(out, "%s(%s", kinds[t->kind], t->kind < SPF_REDIRECT ? auth_result_name(t->result) : "");
	if (t->spec.n)
		buf_printf(out, " %.*s", STR_ARG(t->spec));
	if (t->kind == SPF_IP4 || t->kind == SPF_IP6)
		buf_printf(out, " %s/%u", ip_text(pool, &t->net.ip).p, t->net.prefix);
	if (t->kind == SPF_A || t->kind == SPF_MX)
		buf_printf(out, " %u %u", t->prefix4, t->prefix6);
	buf_adds(out, ")");
}

/* What is read, or "!" and the term that is wrong. */
static void
terms(void)
{
	static const struct { const char *in, *want; } cases[] = {
		{ "", "" }, { "   ", "" },
		{ " -all", "all(fail)" }, { " all -ALL ~All ?aLL", "all(pass)all(fail)all(softfail)all(neutral)" },
		{ " +all", "all(pass)" }, { " ++all", "!++all" }, { " all.", "!all." }, { " all:", "!all:" },
		{ " all/8", "!all/8" }, { " al", "!al" }, { " -", "!-" },
		{ " a", "a(pass 32 128)" }, { " -a/24", "a(fail 24 128)" }, { " a//64", "a(pass 32 64)" },
		{ " a/24//64", "a(pass 24 64)" }, { " a/24/64", "!a/24/64" }, { " a/33", "!a/33" },
		{ " a//129", "!a//129" }, { " a/", "!a/" }, { " a//", "!a//" }, { " a/024", "!a/024" },
		{ " a/0//0", "a(pass 0 0)" }, { " a///64", "!a///64" }, { " a/24//", "!a/24//" }, { " a/-1", "!a/-1" },
		{ " a/99999999999999999999999", "!a/99999999999999999999999" },
		{ " a:x.example/24//64", "a(pass x.example 24 64)" }, { " a:", "!a:" }, { " a:/24", "!a:/24" },
		{ " a:foo:bar/baz.example", "a(pass foo:bar/baz.example 32 128)" },
		{ " a:%{d/}", "a(pass %{d/} 32 128)" }, { " a:%{d}/12", "a(pass %{d} 12 128)" }, { " a.example", "!a.example" },
		{ " mx:x.example", "mx(pass x.example 32 128)" }, { " MX", "mx(pass 32 128)" }, { " mx:", "!mx:" },
		{ " ptr", "ptr(pass)" }, { " ptr:x.example", "ptr(pass x.example)" }, { " ptr/0", "!ptr/0" },
		{ " ip4:192.0.2.1", "ip4(pass 192.0.2.1/32)" }, { " ip4:192.0.2.0/24", "ip4(pass 192.0.2.0/24)" },
		{ " ip4:192.0.2.0/33", "!ip4:192.0.2.0/33" }, { " ip4", "!ip4" }, { " ip4:", "!ip4:" },
		{ " ip4:192.0.2", "!ip4:192.0.2" }, { " ip4:192.0.2.1:25", "!ip4:192.0.2.1:25" },
		{ " ip4:192.0.2.1//32", "!ip4:192.0.2.1//32" }, { " ip4:2001:db8::1", "!ip4:2001:db8::1" },
		{ " ip4:192.0.2.0/", "!ip4:192.0.2.0/" }, { " ip4/24", "!ip4/24" }, { " ip4:010.0.2.1", "!ip4:010.0.2.1" },
		{ " ip6:2001:DB8::/32", "ip6(pass 2001:db8::/32)" }, { " ip6:::1", "ip6(pass ::1/128)" },
		{ " ip6:2001:db8::/129", "!ip6:2001:db8::/129" }, { " ip6:192.0.2.1", "!ip6:192.0.2.1" },
		{ " ip6:::ffff:192.0.2.1", "ip6(pass ::ffff:192.0.2.1/128)" },
		{ " include:x.example", "include(pass x.example)" }, { " ?include:_x.%{d}", "include(neutral _x.%{d})" },
		{ " include", "!include" }, { " include:", "!include:" }, { " include:x.example/24", "!include:x.example/24" },
		{ " exists:%{i}.x.example", "exists(pass %{i}.x.example)" }, { " exists", "!exists" },
		{ " redirect=x.example", "redirect( x.example)" }, { " Redirect=%{d}", "redirect( %{d})" },
		{ " redirect=", "!redirect=" }, { " redirect=-all", "!redirect=-all" },
		{ " -redirect=x.example", "!-redirect=x.example" },
		{ " redirect:x.example", "!redirect:x.example" },
		{ " redirect=x.example redirect=x.example", "!redirect=x.example" },
		{ " exp=x.example", "exp( x.example)" }, { " exp=", "!exp=" }, { " exp=%{r}.example", "!exp=%{r}.example" },
		{ " exp=x.example exp=y.example", "!exp=y.example" },
		{ " moo.cow-far_out=man:dog/cat", "other( man:dog/cat)" }, { " moo=", "other()" }, { " moo=%", "!moo=%" },
		{ " moo=%{c}", "other( %{c})" }, { " all=x", "other( x)" }, { " 1up=foo", "!1up=foo" }, { " =all", "!=all" },
		{ " moo/cow=x", "!moo/cow=x" }, { " moo:x=y", "!moo:x=y" }, { " moo", "!moo" },
		{ " -all moo", "!moo" }, { "  -all  ", "all(fail)" }, { " a\t-all", "!a\t-all" }, { " a\n", "!a\n" },
		{ " a:\xef\xbb\xbf.example -all", "!a:\xef\xbb\xbf.example" }, { " \x80" "a", "!\x80" "a" },
	};
	struct pool *pool = pool_new(0);

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct spf_record record;
		struct spf_term t;
		struct str bad = STR_NONE, rest;
		struct buf got;

		buf_init(&got, 1000);
		if (!spf_record_parse(pool_printf(pool, "v=spf1%s", cases[i].in), &record, &bad))
			buf_printf(&got, "!%.*s", STR_ARG(bad));
		else
			for (rest = record.terms; spf_record_next(&rest, &t);)
				format(pool, &t, &got);
		test_str(buf_str(&got), str_of(cases[i].want), cases[i].in);
		buf_clear(&got);
	}
	pool_free(&pool);
}

static void
version(void)
{
	static const struct { const char *in; bool ok; } cases[] = {
		{ "v=spf1", true }, { "v=spf1 -all", true }, { "V=SPF1 -all", true }, { "v=spf10", false },
		{ "v=spf1-all", false }, { "v=spf1\t-all", false }, { " v=spf1", false }, { "v=spf", false }, { "", false },
		{ "\"v=spf1 -all\"", false }, { "v=spf2.0/pra", false },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		test_ok(spf_record_is(str_of(cases[i].in)) == cases[i].ok, cases[i].in);
}

static void
no_mail(void)
{
	static const struct { const char *in; bool want; } cases[] = {
		{ "v=spf1 -all", true }, { "v=spf1 -all exp=x.example", true }, { "v=spf1 x=y -all ip4:192.0.2.1", true },
		{ "v=spf1 ip4:192.0.2.1 -all", false }, { "v=spf1 ~all", false }, { "v=spf1", false }, { "v=spf1 all", false },
		{ "v=spf1 redirect=x.example", false }, { "v=spf1 -a -all", false },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct spf_record record;
		struct str bad;

		test_ok(spf_record_parse(str_of(cases[i].in), &record, &bad) && record.no_mail == cases[i].want, cases[i].in);
	}
}

int
main(void)
{
	terms();
	version();
	no_mail();
	return test_done();
}
