/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "history/identity.h"

#include "test.h"

static struct pool *pool;

/* "ip 192.0.2.1, net 192.0.2.0/24" */
static void
are(const struct identities *ids, const char *want, const char *name)
{
	struct buf b;

	buf_init(&b, 4096);
	for (size_t i = 0; i < ids->n; i++)
		buf_printf(&b, "%s%s %.*s", i ? ", " : "", identity_kind_name(ids->item[i].kind), STR_ARG(ids->item[i].name));
	test_str(buf_str(&b), str_of(want), name);
	buf_clear(&b);
}

static void
clients(void)
{
	static const struct {
		const char *addr;
		uint32_t asn;
		const char *want;
	} cases[] = {
		{ "192.0.2.77", 64500, "ip 192.0.2.77, net 192.0.2.0/24, asn AS64500" },
		{ "192.0.2.77", 0, "ip 192.0.2.77, net 192.0.2.0/24" },
		{ "2001:DB8:12:345::1", 0, "ip 2001:db8:12:345::1, net 2001:db8:12::/48" },
		{ "::ffff:192.0.2.77", 0, "ip 192.0.2.77, net 192.0.2.0/24" },
		{ "", 64500, "" }, { "127.0.0.1", 64500, "" }, { "::1", 0, "" }, { "0.0.0.0", 0, "" }, { "::", 0, "" },
		{ "no address", 0, "" }, { "192.0.2.300", 0, "" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct identities ids = { .n = 0 };

		identity_client(pool, str_of(cases[i].addr), cases[i].asn, &ids);
		are(&ids, cases[i].want, cases[i].addr);
	}
}

static void
helos(void)
{
	struct session s = { .helo = STR("Mail.Sender.example."), .client_name = STR("other.example") };
	struct auth_facts a = { .n_dkim = 0 };
	struct identities ids = { .n = 0 };

	identity_helo(pool, &s, NULL, &ids);
	are(&ids, "unverified mail.sender.example", "a name that nothing proved");
	ids.n = 0;
	a.spf_helo.result = AUTH_PASS;
	identity_helo(pool, &s, &a, &ids);
	are(&ids, "helo mail.sender.example", "SPF of the HELO name passed");
	ids.n = 0;
	a.spf_helo.result = AUTH_FAIL;
	a.iprev.result = AUTH_PASS;
	a.iprev.name = s.helo;
	identity_helo(pool, &s, &a, &ids);
	are(&ids, "helo mail.sender.example", "DNS leads from the address to it and back");
	ids.n = 0;
	s.helo = STR("OTHER.example");
	identity_helo(pool, &s, NULL, &ids);
	are(&ids, "helo other.example", "it is the name that the MTA verified");
	ids.n = 0;
	s.helo = STR("[192.0.2.1]");
	identity_helo(pool, &s, NULL, &ids);
	s.helo = STR("bad name");
	identity_helo(pool, &s, NULL, &ids);
	s.helo = s.client_name = STR_NONE;
	identity_helo(pool, &s, NULL, &ids);
	are(&ids, "", "no host name, no identity");
}

static void
senders(void)
{
	static const struct auth_dkim dkim[] = {
		{ .result = AUTH_FAIL, .domain = STR("fail.example") },
		{ .result = AUTH_PASS, .domain = STR("Signed.example") },
		{ .result = AUTH_PASS, .domain = STR("partial.example"), .partial = true },
		{ .result = AUTH_PASS, .domain = STR("testing.example"), .testing = true },
		{ .result = AUTH_PASS, .domain = STR("b.example") }, { .result = AUTH_PASS, .domain = STR("c.example") },
		{ .result = AUTH_PASS, .domain = STR("d.example") },
	};
	struct session s = { .mail_from = STR("x@News.Sender.example") };
	struct auth_facts a = { .n_dkim = 0 };
	struct identities ids = { .n = 0 };

	identity_sender(pool, &s, NULL, &ids);
	are(&ids, "unverified news.sender.example, unverified sender.example", "nothing proved");
	ids.n = 0;
	a.spf_mail = (struct auth_spf){ .result = AUTH_SOFTFAIL, .domain = STR("news.sender.example") };
	identity_sender(pool, &s, &a, &ids);
	are(&ids, "unverified news.sender.example, unverified sender.example", "SPF that does not pass proves nothing");
	ids.n = 0;
	a.spf_mail.result = AUTH_PASS;
	identity_sender(pool, &s, &a, &ids);
	are(&ids, "domain news.sender.example, domain sender.example", "SPF passes");
	ids.n = 0;
	a.dmarc = (struct auth_dmarc){ .result = AUTH_PASS, .domain = STR("news.sender.example"), .org = STR("sender.example") };
	a.dkim = dkim;
	a.n_dkim = 2;
	identity_sender(pool, &s, &a, &ids);
	are(&ids, "domain sender.example, domain signed.example, domain news.sender.example", "the best proof first");
	ids.n = 0;
	a.n_dkim = sizeof(dkim) / sizeof(dkim[0]);
	identity_sender(pool, &s, &a, &ids);
	are(&ids, "domain sender.example, domain signed.example, domain b.example, domain c.example",
	    "at most IDENTITY_DOMAINS; neither partial nor testing signatures");
	ids.n = 0;
	s.mail_from = STR_NONE;
	identity_sender(pool, &s, NULL, &ids);
	are(&ids, "", "the null sender");
}

static void
contact(const char *from, const char *proved, const char *rcpts, const char *want, const char *name)
{
	struct str list[40], rest = str_of(rcpts), out[IDENTITY_CONTACTS];
	struct session s = { .mail_from = str_of(from), .rcpts = list };
	struct auth_facts a = { .spf_mail = { .result = *proved ? AUTH_PASS : AUTH_NONE, .domain = str_of(proved) } };
	struct buf b;
	size_t n;

	while (str_next(&rest, ' ', &list[s.n_rcpts]))
		s.n_rcpts++;
	n = identity_contacts(pool, &s, &a, out);
	buf_init(&b, 65536);
	for (size_t i = 0; i < n; i++)
		buf_printf(&b, "%s%.*s", i ? ", " : "", STR_ARG(out[i]));
	test_str(buf_str(&b), str_of(want), name);
	buf_clear(&b);
}

static void
contacts(void)
{
	contact("Ann@Sender.example", "sender.example", "a@Corp.example b@corp.example c@other.example",
	    "ann@sender.example corp.example, ann@sender.example other.example", "one for each domain");
	contact("Ann@sender.example", "", "a@corp.example", "? ann@sender.example corp.example", "nothing proved");
	contact("Ann@sender.example", "else.example", "a@corp.example", "? ann@sender.example corp.example", "another is");
	contact("bounce-20261122-77+bob=corp@list.example", "list.example", "a@corp.example",
	    "bounce-0-0@list.example corp.example", "numbers and recipients in the sender (VERP)");
	contact("", "", "a@corp.example", "", "the null sender");
	contact("no domain", "", "a@corp.example", "", "no domain");
	contact("a@s.example", "", "postmaster", "", "a recipient without a domain");
	contact("a@s.example", "", "x@1 x@2 x@3 x@4 x@5 x@6 x@7 x@8 x@9 x@10 x@11 x@12 x@13 x@14 x@15 x@16 x@17",
	    "? a@s.example 1, ? a@s.example 2, ? a@s.example 3, ? a@s.example 4, ? a@s.example 5, ? a@s.example 6, "
	    "? a@s.example 7, ? a@s.example 8, ? a@s.example 9, ? a@s.example 10, ? a@s.example 11, ? a@s.example 12, "
	    "? a@s.example 13, ? a@s.example 14, ? a@s.example 15, ? a@s.example 16", "at most IDENTITY_CONTACTS");
}

static void
words(void)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{ "192.0.2.1", "ip 192.0.2.1" }, { "2001:DB8::1", "ip 2001:db8::1" },
		{ "192.0.2.77/24", "net 192.0.2.0/24" }, { "2001:db8:1:2::/47", "net 2001:db8::/47" },
		{ "10.255.0.0/11", "net 10.224.0.0/11" }, { "0.0.0.0/0", "net 0.0.0.0/0" },
		{ "AS64500", "asn AS64500" }, { "as64500", "asn AS64500" },
		{ "Sender.example", "domain sender.example, helo sender.example, unverified sender.example" },
		{ "helo:Sender.example", "helo sender.example" }, { "domain:sender.example", "domain sender.example" },
		{ "unverified:x.example", "unverified x.example" }, { "net:192.0.2.0/24", "net 192.0.2.0/24" },
		{ "ip:192.0.2.1", "ip 192.0.2.1" },
		{ "192.0.2.300", NULL }, { "192.0.2.0/33", NULL }, { "", NULL }, { "two words", NULL }, { "ip:x.example", NULL },
		{ "x/y", NULL }, { "AS0", "domain as0, helo as0, unverified as0" }, { "asn:AS0", NULL }, { "asn:5000000000", NULL },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct identities ids;
		struct buf why;
		enum rc rc;

		buf_init(&why, 1000);
		rc = identity_parse(pool, str_of(cases[i].text), &ids, &why);
		if (cases[i].want)
			are(&ids, cases[i].want, cases[i].text);
		else
			test_ok(rc == RC_BAD && str_find(buf_str(&why), str_of(cases[i].text)) != STR_NPOS, "refused, and why");
		buf_clear(&why);
	}
}

static void
kinds(void)
{
	enum identity_kind k;

	for (int i = 0; i < IDENTITY_KINDS; i++) {
		test_ok(identity_kind_parse(str_of(identity_kind_name((enum identity_kind)i)), &k) && k == (enum identity_kind)i,
		    identity_kind_name((enum identity_kind)i));
		test_ok(strncmp(identity_counter(k), "history/", 8) == 0, "has counters of its own");
	}
	test_ok(!identity_kind_parse(STR("mail"), &k), "another word is no kind");
}

int
main(void)
{
	pool = pool_new(0);
	clients();
	helos();
	senders();
	contacts();
	words();
	kinds();
	pool_free(&pool);
	return test_done();
}
