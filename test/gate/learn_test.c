/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "gate/learn.h"

#include "base/clock.h"
#include "check/check.h"
#include "check/link_targets.h"
#include "check/services.h"
#include "gate/settings.h"
#include "history/history.h"
#include "test.h"

static const struct finding_def own = { "HISTORY_BAD", CLASS_REPUTATION, 100, false, "", { NULL, NULL, NULL } };
static const struct finding_def list = { "DNSBL_X", CLASS_REPUTATION, 100, false, "", { NULL, NULL, NULL } };

struct rig {
	struct conf *conf;
	struct services services;
	struct gate gate;
	struct pool *pool;
	struct session session;
	struct auth_facts auth;
	struct standing standing;
	struct report report;
	struct outcome outcome;
	struct limits lim;
};

static void
drop(void *arg, enum log_level level, const char *line, size_t n)
{
	(void)arg;
	(void)level;
	(void)line;
	(void)n;
}

static const struct log quiet = { .write = drop, .level = LOG_LEVEL_ERR };
static const struct str rcpts[] = { STR("bob@corp.example") };

static bool
rig_open(struct rig *r)
{
	struct buf why;
	bool ok;

	*r = (struct rig){ .pool = pool_new(0) };
	limits_default(&r->lim);
	buf_init(&why, 65536);
	ok = conf_parse(STR("dns.enable = no\ndnsbl.files =\n"), "t", settings, (struct conf_base){ .key = NULL }, &r->conf,
	    &why) == RC_OK &&
	    services_open(r->conf, STR_NONE, (struct log_ctx){ &quiet, "-" }, &r->services, &why) == RC_OK;
	if (!ok)
		test_show("why", buf_str(&why));
	buf_clear(&why);
	r->gate.services = &r->services;
	return test_ok(ok, "services");
}

static void
rig_close(struct rig *r)
{
	services_close(&r->services);
	conf_put(&r->conf);
	pool_free(&r->pool);
}

/* A clean message of somebody, answered. */
static void
fresh(struct rig *r)
{
	r->session = (struct session){ .client_addr = STR("192.0.2.1"), .helo = STR("mail.sender.example"),
	    .mail_from = STR("ann@sender.example"), .rcpts = rcpts, .n_rcpts = 1 };
	r->auth = (struct auth_facts){ .spf_mail = { .result = AUTH_PASS, .domain = STR("sender.example") } };
	r->standing = (struct standing){ .asn = 64500 };
	r->outcome = (struct outcome){ .complete = true };
	report_init(&r->report, r->pool, &r->lim);
}

static struct history_view
view(struct rig *r)
{
	struct history_question q = { .n_contacts = 0 };
	struct history_view v;

	identity_client(r->pool, STR("192.0.2.1"), 64500, &q.who);
	identity_add(&q.who, IDENTITY_DOMAIN, STR("sender.example"));
	identity_add(&q.who, IDENTITY_CLAIMED, STR("mail.sender.example"));
	q.contacts[q.n_contacts++] = STR("ann@sender.example corp.example");
	history_judge(r->services.history, conf_values(r->conf, &history_table), clock_wall_ms(), r->pool, &q, &v);
	return v;
}

/* Learn from the rig as it stands; "good bad" of the address, the domain, and first contact. Then forget. */
static void
teaches(struct rig *r, void (*fn)(const struct gate *, const struct learn_from *), const char *want, const char *name)
{
	struct counters_status before, after;
	struct history_view v;
	char got[100];

	counters_status(r->services.counters, &before);
	fn(&r->gate, &(struct learn_from){ .conf = r->conf, .session = &r->session, .auth = &r->auth,
	    .standing = &r->standing, .report = &r->report, .outcome = &r->outcome, .pool = r->pool });
	counters_status(r->services.counters, &after);
	test_ok(after.calls - before.calls <= 1, "one call of the counters at most");
	v = view(r);
	snprintf(got, sizeof(got), "ip %.2f %.2f asn %.2f %.2f domain %.2f %.2f helo %.2f %.2f%s", v.line[0].good, v.line[0].bad,
	    v.line[2].good, v.line[2].bad, v.line[3].good, v.line[3].bad, v.line[4].good, v.line[4].bad,
	    v.first_contact ? "" : " contact");
	test_str(str_of(got), str_of(want), name);
	for (size_t i = 0; i < v.n; i++)
		counters_forget(r->services.counters, identity_counter(v.line[i].who.kind), v.line[i].who.name);
	counters_forget(r->services.counters, "history/contact", STR("ann@sender.example corp.example"));
}

#define NOTHING "ip 0.00 0.00 asn 0.00 0.00 domain 0.00 0.00 helo 0.00 0.00"

static void
decided(struct rig *r, enum class class, enum intercept intercept)
{
	fresh(r);
	r->outcome.decided = true;
	r->outcome.verdict = class;
	r->outcome.act.intercept = intercept;
}

static void
messages(struct rig *r)
{
	fresh(r);
	teaches(r, learn_message, "ip 1.00 0.00 asn 1.00 0.00 domain 1.00 0.00 helo 1.00 0.00 contact", "clean and complete is good");
	fresh(r);
	r->outcome.complete = false;
	teaches(r, learn_message, NOTHING " contact", "incomplete says nothing, but it arrived");
	fresh(r);
	r->outcome.complete = false;
	r->outcome.act.intercept = INTERCEPT_REJECT;
	teaches(r, learn_message, NOTHING, "refused because it was not scanned");
	decided(r, CLASS_MALWARE, INTERCEPT_REJECT);
	teaches(r, learn_message, "ip 0.00 3.00 asn 0.00 3.00 domain 0.00 3.00 helo 0.00 3.00", "malware");
	decided(r, CLASS_SPAM, INTERCEPT_TAG);
	teaches(r, learn_message, "ip 0.00 1.00 asn 0.00 1.00 domain 0.00 1.00 helo 0.00 1.00", "spam, also when it is delivered");
	decided(r, CLASS_BULK, INTERCEPT_TAG);
	teaches(r, learn_message, NOTHING, "newsletters");
	decided(r, CLASS_CONTENT, INTERCEPT_REJECT);
	teaches(r, learn_message, NOTHING, "what the operator does not want");
	decided(r, CLASS_SPAM, INTERCEPT_QUARANTINE);
	r->auth.spf_mail.result = AUTH_FAIL;
	teaches(r, learn_message, "ip 0.00 1.00 asn 0.00 1.00 domain 0.00 0.00 helo 0.00 1.00", "a forged domain is not spoilt");
}

/* What a message with a link to one.example, a picture of two.example and a link of our own teaches. */
static void
teaches_link(struct rig *r, bool want, const char *name)
{
	struct links *links = links_new(r->pool, &r->lim, NULL);
	struct link_found f = { .url = STR("https://www.one.example/x"), .where = LINK_IN_HREF };
	struct learn_from from = { .conf = r->conf, .session = &r->session, .auth = &r->auth, .standing = &r->standing,
	    .report = &r->report, .outcome = &r->outcome, .pool = r->pool };
	const struct places_conf conf = { .young_ms = 0, .warm_up_ms = 0, .keep_ms = 3600000 };
	struct places_entry p[] = { { .domain = STR("one.example") }, { .domain = STR("two.example") } };

	(void)links_add(links, &f);
	f = (struct link_found){ .url = STR("https://two.example/a.png"), .where = LINK_IN_SRC, .loads = true };
	(void)links_add(links, &f);
	r->report.links = *links_all(links);
	from.links = link_targets_new(r->pool, r->conf, &r->report);
	learn_message(&r->gate, &from);
	(void)places_look(r->services.counters, &conf, clock_wall_ms(), p, 2);
	test_ok((p[0].age_ms >= 0) == want && p[1].age_ms < 0, name);
	counters_forget(r->services.counters, "history/link", STR("one.example"));
}

static void
links(struct rig *r)
{
	fresh(r);
	teaches_link(r, true, "the domain of a link of a clean message is known");
	decided(r, CLASS_SPAM, INTERCEPT_TAG);
	teaches_link(r, false, "not of one that is bad, also when it is delivered");
	fresh(r);
	r->outcome.act.intercept = INTERCEPT_QUARANTINE;
	teaches_link(r, false, "nor of one that did not arrive");
	fresh(r);
	r->session.auth_user = STR("ann");
	teaches_link(r, false, "nor of our own users");
}

static void
nothing(struct rig *r)
{
	decided(r, CLASS_MALWARE, INTERCEPT_TEMPFAIL);
	teaches(r, learn_message, NOTHING, "deferred: it will come again");
	decided(r, CLASS_MALWARE, INTERCEPT_ACCEPT);
	r->outcome.observe = true;
	teaches(r, learn_message, NOTHING, "observe mode");
	fresh(r);
	r->outcome.failed = true;
	teaches(r, learn_message, NOTHING, "our own failure");
	decided(r, CLASS_MALWARE, INTERCEPT_REJECT);
	r->session.auth_user = STR("ann");
	teaches(r, learn_message, NOTHING, "a user who logged in");
	decided(r, CLASS_MALWARE, INTERCEPT_REJECT);
	r->standing.flow = FLOW_TRUSTED;
	teaches(r, learn_message, NOTHING, "a trusted relay");
	decided(r, CLASS_MALWARE, INTERCEPT_REJECT);
	r->session.client_addr = STR("127.0.0.1");
	teaches(r, learn_message, NOTHING, "this machine");
	r->session.client_addr = STR_NONE;
	teaches(r, learn_message, NOTHING, "local submission");
}

static void
refusals(struct rig *r)
{
	decided(r, CLASS_RECIPIENT, INTERCEPT_REJECT);
	teaches(r, learn_refusal, "ip 0.00 0.20 asn 0.00 0.20 domain 0.00 0.00 helo 0.00 0.20", "an unknown recipient weighs little");
	decided(r, CLASS_REPUTATION, INTERCEPT_REJECT);
	report_add(&r->report, &list, REPORT_NO_PART, "x");
	teaches(r, learn_refusal, "ip 0.00 0.25 asn 0.00 0.25 domain 0.00 0.00 helo 0.00 0.25", "so does a DNS list");
	report_add(&r->report, &own, REPORT_NO_PART, "x");
	teaches(r, learn_refusal, NOTHING, "our own opinion is no news");
	decided(r, CLASS_MALWARE, INTERCEPT_REJECT);
	report_add(&r->report, &own, REPORT_NO_PART, "x");
	teaches(r, learn_message, "ip 0.00 3.00 asn 0.00 3.00 domain 0.00 3.00 helo 0.00 3.00", "malware of a bad sender is");
	decided(r, CLASS_BLOCKED, INTERCEPT_REJECT);
	teaches(r, learn_refusal, NOTHING, "the operator's own list");
	decided(r, CLASS_FLOW, INTERCEPT_TEMPFAIL);
	teaches(r, learn_refusal, NOTHING, "over its limits");
}

int
main(void)
{
	struct rig r;

	if (rig_open(&r)) {
		messages(&r);
		nothing(&r);
		refusals(&r);
		r.gate.services = NULL;
		fresh(&r);
		teaches(&r, learn_message, NOTHING, "without services");
	}
	rig_close(&r);
	if (rig_open(&r))
		links(&r);
	rig_close(&r);
	return test_done();
}
