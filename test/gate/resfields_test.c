/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "gate/resfields.h"

#include "test.h"

static const struct str ids[] = { STR("up.example"), STR("other.example") }, milters[] = { STR("local.example") };
static struct ip_net relay;

struct fixture {
	struct pool *pool;
	struct limits lim;
	struct auth_conf conf;
	struct session session;
	struct resfields f;
};

static void
begin(struct fixture *x, const char *client)
{
	if (!x->pool) {
		x->pool = pool_new(0);
		limits_default(&x->lim);
		x->conf = (struct auth_conf){ .results = true, .milter_ids = { milters, 1 }, .trusted_ids = { ids, 2 },
		    .trusted_networks = { &relay, 1 } };
		x->session = (struct session){ .mta_name = STR("mx.corp.example"), .mail_from = STR("a@b.example") };
	}
	x->session.client_addr = str_of(client);
	resfields_init(&x->f, x->pool, &x->lim, &x->conf, &x->session);
}

/* "-name/index" and "+value", one behind the other. */
static struct str
planned(struct fixture *x, enum intercept intercept, bool observe)
{
	struct outcome o = { .act = { .intercept = intercept }, .observe = observe };
	struct auth_facts facts = { .n_dkim = 0 };
	struct vec edits = { .n = 0 };
	const struct field_edit *e;
	struct buf b;
	struct str out;

	resfields_plan(&x->f, &x->session, &facts, &o, &edits);
	e = edits.items;
	buf_init(&b, 100000);
	for (size_t i = 0; i < edits.n; i++) {
		if (e[i].op == FIELD_DELETE)
			buf_printf(&b, "-%.*s/%d|", STR_ARG(e[i].name), e[i].index);
		else if (e[i].op == FIELD_INSERT)
			buf_printf(&b, "+%.*s: %.*s|", STR_ARG(e[i].name), STR_ARG(e[i].value));
		else
			buf_adds(&b, "?");
	}
	out = pool_str(x->pool, buf_str(&b));
	buf_clear(&b);
	return out;
}

#define AR STR("Authentication-Results")
#define OWN "+Authentication-Results: mx.corp.example; none|"

static void
forged(struct fixture *x)
{
	begin(x, "192.0.2.1");
	resfields_seen(&x->f, AR, STR(" mx.corp.example; dmarc=pass"));
	resfields_seen(&x->f, STR("Received"), STR(" from x"));
	resfields_seen(&x->f, AR, STR(" elsewhere.example; dmarc=pass"));
	resfields_seen(&x->f, STR("authentication-RESULTS"), STR(" MX.corp.example. 1; dmarc=pass"));
	resfields_seen(&x->f, STR("Authentication-Results "), STR(" \"mx.corp.example\"; dmarc=pass"));
	resfields_seen(&x->f, STR("ARC-Authentication-Results"), STR(" i=1; mx.corp.example; dmarc=pass"));
	resfields_seen(&x->f, STR("X-Authentication-Results"), STR(" mx.corp.example; dmarc=pass"));
	resfields_seen(&x->f, AR, STR(" (mx.corp.example; dmarc=pass"));
	test_str(planned(x, INTERCEPT_ACCEPT, false), STR("-Authentication-Results/4|-Authentication-Results /1|"
	    "-authentication-RESULTS/3|-Authentication-Results/1|" OWN), "forged ones go, the last one first; ours comes");
	test_str(planned(x, INTERCEPT_QUARANTINE, false), planned(x, INTERCEPT_ACCEPT, false), "also when it is held");
	test_str(planned(x, INTERCEPT_REJECT, false), STR(""), "what is refused is not changed");
	test_str(planned(x, INTERCEPT_TEMPFAIL, false), STR(""), "nor what is deferred");
	test_str(planned(x, INTERCEPT_ACCEPT, true), STR(""), "nor what is observed");
	x->conf.observe = true;
	test_ok(planned(x, INTERCEPT_ACCEPT, true).n != 0, "unless it is asked for");
	x->conf.observe = false;
	x->conf.results = false;
	begin(x, "192.0.2.1");
	resfields_seen(&x->f, AR, STR(" mx.corp.example; dmarc=pass"));
	test_str(planned(x, INTERCEPT_ACCEPT, false), STR("-Authentication-Results/1|"), "forged ones go when none is written, too");
	x->conf.results = true;
	x->conf.serv_id = STR("corp.example");
	begin(x, "192.0.2.1");
	resfields_seen(&x->f, AR, STR(" mx.corp.example; dmarc=pass"));
	resfields_seen(&x->f, AR, STR(" corp.example; dmarc=pass"));
	test_str(planned(x, INTERCEPT_ACCEPT, false), STR("-Authentication-Results/2|+Authentication-Results: corp.example; none|"),
	    "a name of our own");
	x->conf.serv_id = STR_NONE;
	x->session.mta_name = STR_NONE;
	begin(x, "192.0.2.1");
	resfields_seen(&x->f, AR, STR(" ; dmarc=pass"));
	test_str(planned(x, INTERCEPT_ACCEPT, false), STR(""), "without a name nothing is ours");
	x->session.mta_name = STR("mx.corp.example");
}

static void
many(struct fixture *x)
{
	begin(x, "192.0.2.1");
	for (int i = 0; i < RESFIELDS; i++)
		resfields_seen(&x->f, AR, STR(" x; none"));
	test_ok(!x->f.cut, "as many as are remembered");
	resfields_seen(&x->f, AR, STR(" mx.corp.example; none"));
	test_ok(x->f.cut, "one more is said");
}

/* R: a Received field; others are results. */
static const struct {
	const char *name, *client;
	const char *fields[4];
	bool believed;
	enum auth_result want;
} trust[] = {
	{ "a milter before us", "192.0.2.1", { "local.example; dmarc=pass header.from=b.example", "R" }, true, AUTH_PASS },
	{ "in any case, with a final dot", "192.0.2.1", { "Local.Example.; dmarc=fail", "R" }, true, AUTH_FAIL },
	{ "below a Received field: a stranger's", "192.0.2.1", { "R", "local.example; dmarc=pass" }, false, AUTH_UNKNOWN },
	{ "below our own relay's: still a stranger's", "198.51.100.7", { "R", "local.example; dmarc=pass" }, false, AUTH_UNKNOWN },
	{ "a server of ours, said by a stranger", "192.0.2.1", { "up.example; dmarc=pass", "R" }, false, AUTH_UNKNOWN },
	{ "nobody we trust", "192.0.2.1", { "evil.example; dmarc=pass" }, false, AUTH_UNKNOWN },
	{ "the first one counts", "192.0.2.1", { "local.example; dmarc=fail", "local.example; dmarc=pass" }, true, AUTH_FAIL },
	{ "a malformed one is not believed", "192.0.2.1", { "local.example; dmarc=pass; dkim" }, false, AUTH_UNKNOWN },
	{ "and hides the next", "192.0.2.1", { "local.example; dmarc=pass; dkim", "local.example; dmarc=pass" }, false, AUTH_UNKNOWN },
	{ "our own relay, below its Received", "198.51.100.7", { "R", "up.example; dmarc=pass" }, true, AUTH_PASS },
	{ "our own relay, above it", "198.51.100.7", { "up.example; dmarc=pass", "R" }, true, AUTH_PASS },
	{ "our own relay, below a stranger's", "198.51.100.7", { "R", "R", "up.example; dmarc=pass" }, false, AUTH_UNKNOWN },
};

static void
trusted(struct fixture *x)
{
	for (size_t i = 0; i < sizeof(trust) / sizeof(*trust); i++) {
		struct auth_facts facts = { .n_dkim = 0 };

		begin(x, trust[i].client);
		for (size_t j = 0; j < 4 && trust[i].fields[j]; j++) {
			bool received = strcmp(trust[i].fields[j], "R") == 0;

			resfields_seen(&x->f, received ? STR("Received") : AR, str_of(trust[i].fields[j]));
		}
		test_int(resfields_believe(&x->f, &x->session, &facts), trust[i].believed, trust[i].name);
		test_ok(facts.dmarc.result == trust[i].want && (facts.upstream.n != 0) == trust[i].believed, trust[i].name);
	}
}

/* RFC 8601 5: also those who claim to be others of ours, where these cannot have written. */
static void
forged_others(struct fixture *x)
{
	begin(x, "192.0.2.1");
	resfields_seen(&x->f, AR, STR(" local.example; dmarc=pass"));
	resfields_seen(&x->f, AR, STR(" local.example; spf=pass"));
	resfields_seen(&x->f, AR, STR(" up.example; dmarc=pass"));
	resfields_seen(&x->f, STR("Received"), STR(" from x"));
	resfields_seen(&x->f, AR, STR(" local.example; dmarc=pass"));
	resfields_seen(&x->f, AR, STR(" elsewhere.example; dmarc=pass"));
	test_str(planned(x, INTERCEPT_ACCEPT, false), STR("-Authentication-Results/4|-Authentication-Results/3|" OWN),
	    "from a stranger");
	begin(x, "198.51.100.7");
	resfields_seen(&x->f, AR, STR(" up.example; dmarc=pass"));
	resfields_seen(&x->f, STR("Received"), STR(" by up.example"));
	resfields_seen(&x->f, AR, STR(" other.example; dmarc=pass"));
	resfields_seen(&x->f, STR("Received"), STR(" by x"));
	resfields_seen(&x->f, AR, STR(" up.example; dmarc=pass"));
	test_str(planned(x, INTERCEPT_ACCEPT, false), STR("-Authentication-Results/3|" OWN), "through a server of ours");
}

static void
null_sender(struct fixture *x)
{
	struct auth_facts facts = { .n_dkim = 0 };

	x->session.mail_from = STR_NONE;
	begin(x, "192.0.2.1");
	resfields_seen(&x->f, AR, STR(" local.example; spf=pass smtp.helo=h.example"));
	test_ok(resfields_believe(&x->f, &x->session, &facts), "SPF of the null sender");
	test_str(facts.spf_mail.domain, STR("h.example"), "is that of HELO");
}

int
main(void)
{
	struct fixture x = { .pool = NULL };

	if (!ip_net_parse(STR("198.51.100.0/24"), &relay))
		return 1;
	forged(&x);
	many(&x);
	trusted(&x);
	forged_others(&x);
	null_sender(&x);
	pool_free(&x.pool);
	return test_done();
}
