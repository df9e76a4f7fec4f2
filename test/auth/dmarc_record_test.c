/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "auth/dmarc_record.h"

#include "auth/dmarc.h"
#include "test.h"

/* "p sp np adkim aspf" and what is unusual; "-" for no record. */
static struct str
shown(struct pool *pool, struct str text)
{
	struct dmarc_record r;

	if (!dmarc_record_parse(text, &r))
		return STR("-");
	return pool_printf(pool, "%s %s %s %c%c%s%s%s%s%.*s", dmarc_policy_name(r.p), dmarc_policy_name(r.sp),
	    dmarc_policy_name(r.np), r.adkim == ALIGN_STRICT ? 's' : 'r', r.aspf == ALIGN_STRICT ? 's' : 'r',
	    r.testing ? " t" : "", r.psd == DMARC_PSD_YES ? " psd" : r.psd == DMARC_PSD_NO ? " org" : "",
	    r.unusable ? " unusable" : "", r.rua.n ? " " : "", STR_ARG(r.rua));
}

static const struct {
	const char *name;
	struct str in, want;
} cases[] = {
	{ "plain", STR("v=DMARC1; p=reject"), STR("reject reject reject rr") },
	{ "space everywhere", STR("v = DMARC1 ;\tp = quarantine ; "), STR("quarantine quarantine quarantine rr") },
	{ "no space", STR("v=DMARC1;p=none;sp=reject;np=quarantine"), STR("none reject quarantine rr") },
	{ "np follows sp", STR("v=DMARC1; p=none; sp=reject"), STR("none reject reject rr") },
	{ "any order behind v", STR("v=DMARC1; rua=mailto:a@b.example; aspf=s; p=reject; adkim=s"),
	  STR("reject reject reject ss mailto:a@b.example") },
	{ "case of tags and values", STR("V=DMARC1; P=Reject; ADKIM=S"), STR("reject reject reject sr") },
	{ "version is a matter of case", STR("v=dmarc1; p=reject"), STR("-") },
	{ "another version", STR("v=DMARC2; p=reject"), STR("-") },
	{ "a longer version", STR("v=DMARC10; p=reject"), STR("-") },
	{ "version not first", STR("p=reject; v=DMARC1"), STR("-") },
	{ "space in front", STR(" v=DMARC1; p=reject"), STR("-") },
	{ "SPF", STR("v=spf1 -all"), STR("-") },
	{ "empty", STR(""), STR("-") },
	{ "only the version", STR("v=DMARC1"), STR("none none none rr") },
	{ "only the version, semicolon", STR("v=DMARC1;"), STR("none none none rr") },
	{ "no p", STR("v=DMARC1; sp=reject"), STR("none reject reject rr") },
	{ "removed tags", STR("v=DMARC1; p=reject; pct=0; rf=afrf; ri=3600"), STR("reject reject reject rr") },
	{ "unknown tags", STR("v=DMARC1; x=y; p=reject; new tag; =; ;; z"), STR("reject reject reject rr") },
	{ "testing", STR("v=DMARC1; p=reject; t=y"), STR("reject reject reject rr t") },
	{ "not testing", STR("v=DMARC1; p=reject; t=n"), STR("reject reject reject rr") },
	{ "public suffix", STR("v=DMARC1; psd=y; p=none"), STR("none none none rr psd") },
	{ "organisation", STR("v=DMARC1; psd=n; p=none"), STR("none none none rr org") },
	{ "psd=u", STR("v=DMARC1; psd=u; p=none"), STR("none none none rr") },
	{ "alignment that is no word", STR("v=DMARC1; p=reject; adkim=x; aspf=strict"), STR("reject reject reject rr") },
	{ "twice: the first counts", STR("v=DMARC1; p=reject; p=none"), STR("reject reject reject rr") },
	{ "the others twice, too", STR("v=DMARC1; p=reject; t=n; t=y; adkim=s; adkim=r; psd=n; psd=y; aspf=s; ASPF=r"),
	  STR("reject reject reject ss org") },
	{ "bad p, nobody to tell", STR("v=DMARC1; p=rejected"), STR("none none none rr unusable") },
	{ "bad p, reports wanted", STR("v=DMARC1; p=rejected; rua=mailto:a@b.example"),
	  STR("none none none rr mailto:a@b.example") },
	{ "bad sp takes p with it", STR("v=DMARC1; p=reject; sp=; rua=mailto:a@b.example"),
	  STR("none none none rr mailto:a@b.example") },
	{ "bad np, rua of no use", STR("v=DMARC1; p=reject; np=x; rua=https://b.example/"),
	  STR("none none none rr unusable https://b.example/") },
	{ "junk", STR("v=DMARC1\x01; p=reject"), STR("-") },
};

static const struct {
	const char *name;
	struct str in, want;
} lists[] = {
	{ "one", STR("mailto:a@b.example"), STR("a@b.example|") },
	{ "several", STR("mailto:a@b.example , mailto:c@d.example"), STR("a@b.example|c@d.example|") },
	{ "a size means nothing", STR("mailto:a@b.example!10m"), STR("a@b.example|") },
	{ "other schemes are left out", STR("https://x.example/, MAILTO:a@b.example"), STR("a@b.example|") },
	{ "no address", STR("mailto:, mailto:a, mailto:@b, mailto:a@, mailto:a b@c"), STR("") },
	{ "empty", STR(""), STR("") },
};

int
main(void)
{
	struct pool *pool = pool_new(0);
	struct buf text;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		test_str(shown(pool, cases[i].in), cases[i].want, cases[i].name);
	buf_init(&text, 10000);
	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++) {
		struct str rest = lists[i].in, address;

		buf_reset(&text);
		while (dmarc_record_rua(&rest, &address)) {
			buf_add(&text, address);
			buf_addc(&text, '|');
		}
		test_str(buf_str(&text), lists[i].want, lists[i].name);
	}
	buf_reset(&text);
	buf_adds(&text, "v=DMARC1");
	for (int i = 0; i < DMARC_TAGS; i++)
		buf_adds(&text, "; x=y");
	buf_adds(&text, "; p=reject");
	test_str(shown(pool, buf_str(&text)), STR("none none none rr"), "a tag behind too many others");
	buf_clear(&text);
	pool_free(&pool);
	return test_done();
}
