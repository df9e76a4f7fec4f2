/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "auth/dmarc.h"

#include <stdlib.h>

#include "base/clock.h"
#include "net/zone.h"
#include "test.h"

static const char zone_text[] =
	"_dmarc.reject.example TXT \"v=DMARC1; p=reject\"\n"
	"_dmarc.quarantine.example TXT \"v=DMARC1; p=quarantine\"\n"
	"_dmarc.none.example TXT \"v=DMARC1; p=none\"\n"
	"_dmarc.strict.example TXT \"v=DMARC1; p=reject; adkim=s; aspf=s\"\n"
	"_dmarc.testing.example TXT \"v=DMARC1; p=reject; t=y\"\n"
	"_dmarc.below.example TXT \"v=DMARC1; p=none; sp=quarantine; np=reject\"\n"
	"there.below.example A 192.0.2.1\n"
	"mail.below.example MX 10 there.below.example\n"
	"_dmarc.own.below.example TXT \"v=DMARC1; p=reject; sp=none\"\n"
	"deep.own.below.example A 192.0.2.1\n"
	"slow.below.example !timeout MX\n"
	"_dmarc.twice.example TXT \"v=DMARC1; p=reject\"\n"
	"_dmarc.twice.example TXT \"v=DMARC1; p=none\"\n"
	"_dmarc.other.example TXT \"v=spf1 -all\"\n"
	"_dmarc.other.example TXT \"v=DMARC1; p=quarantine\"\n"
	"_dmarc.broken.example TXT \"v=DMARC1; p=nothing\"\n"
	"_dmarc.reports.example TXT \"v=DMARC1; p=nothing; rua=mailto:a@reports.example\"\n"
	"_dmarc.servfail.example !servfail\n"
	"_dmarc.silent.example !timeout\n"
	"_dmarc.up.silent.example TXT \"v=DMARC1; p=reject\"\n"
	/* A public suffix with a policy of its own, and who registered below it. */
	"_dmarc.suffix.test TXT \"v=DMARC1; p=reject; sp=quarantine; psd=y\"\n"
	"bank.suffix.test A 192.0.2.1\n"
	"_dmarc.dead.suffix.test !servfail\n"
	"_dmarc.shop.suffix.test TXT \"v=DMARC1; p=none\"\n"
	/* A department that stands for itself. */
	"_dmarc.corp.test TXT \"v=DMARC1; p=none\"\n"
	"_dmarc.dept.corp.test TXT \"v=DMARC1; p=reject; psd=n\"\n"
	"a.dept.corp.test A 192.0.2.1\n"
	/* Between the domain and the organisation: not asked, or of no effect. */
	"_dmarc.i.j.mail.long.test TXT \"v=DMARC1; p=none\"\n"
	"_dmarc.long.test TXT \"v=DMARC1; p=quarantine\"\n"
	"a.b.c.d.e.f.g.h.i.j.mail.long.test A 192.0.2.1\n"
	"a.mail.long.test A 192.0.2.1\n"
	"_dmarc.mid.long.test TXT \"v=DMARC1; p=reject\"\n"
	"x.mid.long.test A 192.0.2.1\n"
	"_dmarc.old.example TXT \"v=DMARC1; p=reject; pct=0; rf=afrf; ri=86400\"\n";

/* spf, dkim: "result domain", of dkim several with ';'. want: result, the record's domain, policy,
 * what is wanted here, the organisation; "s" and "d" for what is aligned. */
static const struct {
	const char *name, *from, *spf, *dkim, *want;
} cases[] = {
	{ "fails, reject", "reject.example", "fail reject.example", "", "fail reject.example reject reject reject.example" },
	{ "fails, quarantine", "quarantine.example", "none x.example", "",
	  "fail quarantine.example quarantine quarantine quarantine.example" },
	{ "fails, none", "none.example", "pass x.example", "", "fail none.example none none none.example" },
	{ "SPF passes", "reject.example", "pass reject.example", "", "pass reject.example reject reject reject.example s" },
	{ "DKIM passes", "reject.example", "fail x.example", "pass reject.example",
	  "pass reject.example reject reject reject.example d" },
	{ "both, any case, final dot", "Reject.Example.", "pass REJECT.example", "pass reject.EXAMPLE.",
	  "pass reject.example reject reject reject.example sd" },
	{ "one signature of several", "reject.example", "none x", "fail reject.example;pass x.example;pass reject.example",
	  "pass reject.example reject reject reject.example d" },
	{ "a pass of somebody else", "reject.example", "pass evil.example", "pass evil.example",
	  "fail reject.example reject reject reject.example" },
	{ "a name that only ends alike", "reject.example", "pass xreject.example", "",
	  "fail reject.example reject reject reject.example" },
	{ "soft results do not pass", "reject.example", "softfail reject.example", "policy reject.example",
	  "fail reject.example reject reject reject.example" },
	{ "relaxed: from below", "reject.example", "pass bounce.mail.reject.example", "",
	  "pass reject.example reject reject reject.example s" },
	{ "relaxed: from above", "news.reject.example", "pass x", "pass reject.example",
	  "pass reject.example reject reject reject.example d" },
	{ "relaxed: beside", "a.reject.example", "pass b.reject.example", "",
	  "pass reject.example reject reject reject.example s" },
	{ "strict: from below", "strict.example", "pass m.strict.example", "pass m.strict.example",
	  "fail strict.example reject reject strict.example" },
	{ "strict: the same", "strict.example", "pass strict.example", "pass strict.example",
	  "pass strict.example reject reject strict.example sd" },
	{ "testing is one level below", "testing.example", "fail x", "", "fail testing.example reject quarantine testing.example" },
	{ "sp for what exists by A", "there.below.example", "fail x", "", "fail below.example quarantine quarantine below.example" },
	{ "sp, by MX", "mail.below.example", "fail x", "", "fail below.example quarantine quarantine below.example" },
	{ "np for what does not", "ghost.below.example", "fail x", "", "fail below.example reject reject below.example" },
	{ "np for a name that cannot be", "a..below.example", "fail x", "", "fail below.example reject reject below.example" },
	{ "unanswered exists", "slow.below.example", "fail x", "", "fail below.example quarantine quarantine below.example" },
	{ "p for the domain itself", "below.example", "fail x", "", "fail below.example none none below.example" },
	{ "own record of a subdomain: its p", "own.below.example", "fail x", "",
	    "fail own.below.example reject reject below.example" },
	{ "its sp is of no effect", "deep.own.below.example", "fail x", "", "fail below.example quarantine quarantine below.example" },
	{ "two records are none", "twice.example", "fail x", "", "none - none none twice.example" },
	{ "other records do not count", "other.example", "fail x", "", "fail other.example quarantine quarantine other.example" },
	{ "no record", "nowhere.example", "fail x", "", "none - none none nowhere.example" },
	{ "a policy that cannot be read", "broken.example", "fail x", "", "none broken.example none none broken.example" },
	{ "the same, but reports are wanted", "reports.example", "fail x", "", "fail reports.example none none reports.example" },
	{ "tags of RFC 7489 mean nothing", "old.example", "fail x", "", "fail old.example reject reject old.example" },
	{ "SERVFAIL", "servfail.example", "pass servfail.example", "", "temperror - none none -" },
	{ "no answer", "silent.example", "fail x", "", "temperror - none none -" },
	{ "own record, silence above: fails", "up.silent.example", "fail x", "", "fail up.silent.example reject reject -" },
	{ "own record, silence above: the same name passes", "up.silent.example", "pass up.silent.example", "",
	  "pass up.silent.example reject reject - s" },
	{ "own record, silence above: perhaps aligned", "up.silent.example", "pass m.up.silent.example", "",
	  "temperror up.silent.example reject reject -" },
	{ "silence of somebody else: not aligned", "reject.example", "pass m.silent.example", "pass servfail.example",
	  "fail reject.example reject reject reject.example" },
	{ "own record, silence above, and somebody else", "up.silent.example", "pass servfail.example", "",
	  "fail up.silent.example reject reject -" },
	{ "DKIM may pass later", "reject.example", "fail x", "temperror reject.example",
	  "temperror reject.example reject reject reject.example" },
	{ "DKIM of another may pass later", "reject.example", "fail x", "temperror evil.example",
	  "fail reject.example reject reject reject.example" },
	{ "SPF not looked at", "reject.example", "", "", "unknown reject.example reject reject reject.example" },
	{ "SPF not looked at, DKIM passes", "reject.example", "", "pass reject.example",
	  "pass reject.example reject reject reject.example d" },
	{ "DKIM not looked at", "reject.example", "fail x", "-", "unknown reject.example reject reject reject.example" },
	{ "public suffix: sp for who registered", "bank.suffix.test", "fail x", "",
	  "fail suffix.test quarantine quarantine bank.suffix.test" },
	{ "public suffix: own record", "shop.suffix.test", "fail x", "", "fail shop.suffix.test none none shop.suffix.test" },
	{ "public suffix: strangers are not aligned", "bank.suffix.test", "pass shop.suffix.test", "pass suffix.test",
	  "fail suffix.test quarantine quarantine bank.suffix.test" },
	{ "public suffix: below one registrant", "www.bank.suffix.test", "pass m.bank.suffix.test", "",
	  "pass suffix.test quarantine quarantine bank.suffix.test s" },
	{ "public suffix: no answer of who registered", "dead.suffix.test", "fail x", "", "temperror - none none -" },
	{ "public suffix itself", "suffix.test", "fail x", "", "fail suffix.test reject reject suffix.test" },
	{ "psd=n ends the walk", "a.dept.corp.test", "pass corp.test", "", "fail dept.corp.test reject reject dept.corp.test" },
	{ "psd=n, the same department", "a.dept.corp.test", "pass b.dept.corp.test", "",
	  "pass dept.corp.test reject reject dept.corp.test s" },
	{ "many labels", "a.b.c.d.e.f.g.h.i.j.mail.long.test", "fail x", "", "fail long.test quarantine quarantine long.test" },
	{ "a record between has no say", "x.mid.long.test", "fail x", "", "fail long.test quarantine quarantine long.test" },
	{ "no author", "", "fail x", "", "permerror - none none -" },
	{ "an address as domain", "[192.0.2.1]", "fail x", "", "permerror - none none -" },
	{ "a dot", ".", "fail x", "", "permerror - none none -" },
	{ "labels that cannot be asked for", "a..b", "fail x", "", "none - none none a..b" },
};

static void
take(struct pool *pool, const char *text, enum auth_result *result, struct str *domain)
{
	struct str s = pool_str(pool, str_of(text));
	size_t blank = str_chr(s, ' ');

	*result = AUTH_UNKNOWN;
	if (s.n && !auth_result_parse(str_upto(s, blank), result))
		test_ok(false, text);
	*domain = str_from(s, blank == STR_NPOS ? s.n : blank + 1);
}

static void
facts_of(struct pool *pool, const char *spf, const char *dkim, struct auth_facts *f)
{
	struct str rest = str_of(dkim), one;
	struct auth_dkim *list = pool_alloc(pool, AUTH_SIGNATURES * sizeof(*list));

	*f = (struct auth_facts){ .dkim = list, .dkim_done = strcmp(dkim, "-") != 0 };
	take(pool, spf, &f->spf_mail.result, &f->spf_mail.domain);
	while (f->dkim_done && str_next(&rest, ';', &one)) {
		take(pool, pool_cstr(pool, one), &list[f->n_dkim].result, &list[f->n_dkim].domain);
		f->n_dkim++;
	}
}

static struct str
shown(struct pool *pool, const struct auth_dmarc *d)
{
	struct str none = STR("-"), record = d->record_domain.n ? d->record_domain : none, org = d->org.n ? d->org : none;

	return pool_printf(pool, "%s %.*s %s %s %.*s%s%s%s", d->result ? auth_result_name(d->result) : "unknown",
	    STR_ARG(record), dmarc_policy_name(d->policy), dmarc_policy_name(d->wanted), STR_ARG(org),
	    d->spf_aligned || d->dkim_aligned ? " " : "", d->spf_aligned ? "s" : "", d->dkim_aligned ? "d" : "");
}

static void
walks(void)
{
	static const struct {
		const char *domain, *want;
	} rows[] = {
		{ "a.mail.example.com", "a.mail.example.com mail.example.com example.com com " },
		{ "a.b.c.d.e.f.g.h.i.j.mail.example.com", "a.b.c.d.e.f.g.h.i.j.mail.example.com g.h.i.j.mail.example.com "
		  "h.i.j.mail.example.com i.j.mail.example.com j.mail.example.com mail.example.com example.com com " },
		{ "1.2.3.4.5.6.example.com", "1.2.3.4.5.6.example.com 2.3.4.5.6.example.com 3.4.5.6.example.com "
		  "4.5.6.example.com 5.6.example.com 6.example.com example.com com " },
		{ "com", "com " }, { "", "" },
	};
	struct buf b;

	buf_init(&b, 10000);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct str names[DMARC_WALK];
		size_t n = dmarc_walk_names(str_of(rows[i].domain), names);

		buf_reset(&b);
		for (size_t j = 0; j < n; j++)
			buf_printf(&b, "%.*s ", STR_ARG(names[j]));
		test_str(buf_str(&b), str_of(rows[i].want), rows[i].domain);
	}
	buf_clear(&b);
}

static void
drop(void *arg, enum log_level level, const char *line, size_t n)
{
	(void)arg;
	(void)level;
	printf("# log: %.*s\n", (int)n, line);
}

static const struct log quiet = { .write = drop, .level = LOG_LEVEL_INFO };

static struct dns *
resolver(const struct zone *z)
{
	char forward[32];
	struct str servers[1];
	struct dns_conf conf = { .enable = true, .phase_ms = 1000, .message_ms = 1000, .inflight_max = 1000,
	    .cache_size = 1 << 20, .ttl_max = 60000 };
	struct dns *dns = NULL;
	struct buf why;

	zone_forward(z, forward);
	servers[0] = str_of(forward);
	conf.forward = (struct opt_list){ servers, 1 };
	buf_init(&why, 10000);
	if (dns_new(&conf, (struct log_ctx){ &quiet, "-" }, &dns, &why) != RC_OK) {
		test_show("dns", buf_str(&why));
		exit(1);
	}
	buf_clear(&why);
	return dns;
}

/* Everything is wanted first, so that no answer costs more than one deadline. */
static void
evaluate(struct dns *dns)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct pool *pool = pool_new(0);
		struct dns_batch *batch = dns_batch_new(dns, pool, clock_mono_ms() + 400);
		struct auth_facts facts;
		struct auth_dmarc d;

		facts_of(pool, cases[i].spf, cases[i].dkim, &facts);
		dmarc_want(batch, pool, str_of(cases[i].from), &facts);
		d = dmarc_check(batch, pool, str_of(cases[i].from), &facts);
		test_str(shown(pool, &d), str_of(cases[i].want), cases[i].name);
		dns_batch_free(&batch);
		pool_free(&pool);
	}
}

static void
others(struct dns *dns)
{
	struct pool *pool = pool_new(0);
	struct dns_batch *batch = dns_batch_new(dns, pool, clock_mono_ms() + 2000);
	struct auth_dmarc d = { .result = AUTH_FAIL, .domain = STR("reject.example") };
	struct auth_facts facts;

	dmarc_policy(batch, pool, &d);
	test_str(shown(pool, &d), STR("fail reject.example reject reject reject.example"), "the policy for another's result");
	dns_batch_free(&batch);
	facts_of(pool, "fail x", "", &facts);
	d = dmarc_check(NULL, pool, STR("reject.example"), &facts);
	test_int(d.result, AUTH_UNKNOWN, "without resolver nothing is known");
	pool_free(&pool);
}

int
main(void)
{
	struct zone *z = NULL;
	struct dns *dns;
	struct buf why;

	buf_init(&why, 10000);
	if (zone_new(zone_text, 0, &z, &why) != RC_OK) {
		test_show("zone", buf_str(&why));
		return 1;
	}
	dns = resolver(z);
	walks();
	evaluate(dns);
	others(dns);
	dns_free(&dns);
	zone_free(&z);
	buf_clear(&why);
	return test_done();
}
