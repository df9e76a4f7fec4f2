/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "gate/parties.h"

#include "base/vec.h"
#include "conf/files.h"
#include "conf/limits_opts.h"
#include "gate/settings.h"
#include "test.h"

static struct conf *
conf_of(const char *lines)
{
	struct conf *conf = NULL;
	struct buf errors;

	buf_init(&errors, 1 << 16);
	test_int(conf_parse(str_of(lines), "t", settings, (struct conf_base){ .key = NULL }, &conf, &errors), RC_OK, "configuration");
	buf_clear(&errors);
	return conf;
}

/* Without groups there is one party, with everybody. */
static void
alone(const struct conf *conf, size_t n, bool failed)
{
	struct str rcpts[] = { STR("a@x.example"), STR("b@x.example"), STR("c@x.example") };
	struct session session = { .rcpts = rcpts, .n_rcpts = n };
	struct pool *pool = pool_new(0);
	struct result res = { .ms = 0 };

	report_init(&res.report, pool, conf_values(conf, &limits_table));
	parties_decide(&(struct parties_in){ .conf = conf, .session = &session, .failed = failed, .why = STR("lost"),
	    .pool = pool }, &res);
	test_int((int64_t)res.n_parties, 1, "one party");
	test_int((int64_t)res.parties[0].n, (int64_t)n, "of everybody");
	test_ok(res.parties[0].fate == PARTY_STAYS && res.parties[0].policy == NULL, "which stays, by the main policy");
	test_int(res.outcome.failed, failed, "and the outcome is its own");
	for (size_t i = 0; i < n; i++)
		test_ok(parties_of(&res, i) == res.parties, "a recipient is in it");
	test_ok(parties_of(&res, n) == NULL, "nobody else");
	pool_free(&pool);
}

/* ---- with groups ---- */

static const struct finding_def bad = { .name = "BAD", .class = CLASS_CONTENT, .score = 100 };

/* A recipient is a letter; its policy says what happens to mail with a finding of class content. */
static const char groups[] =
    "ACCEPT accept domain=a.example\nTAG tag domain=t.example\nTAG2 tag2 domain=u.example\nREJECT reject domain=r.example\n"
    "QUARANTINE quarantine domain=q.example\nHOLD hold domain=h.example\nDISCARD discard domain=d.example\n"
    "TEMPFAIL tempfail domain=f.example\nOBSERVE observe domain=o.example\nSTRIP strip domain=s.example\n";
static const struct { const char *path, *text; } files[] = {
	{ "/g/groups", groups },
	{ "/g/policies/accept.conf", "on.content = accept\n" }, { "/g/policies/tag.conf", "on.content = tag\n" },
	{ "/g/policies/tag2.conf", "on.content = tag\nthreshold.content = 5.0\n" },
	{ "/g/policies/reject.conf", "on.content = reject\n" },
	{ "/g/policies/quarantine.conf", "on.content = quarantine\n" }, { "/g/policies/hold.conf", "on.content = hold\n" },
	{ "/g/policies/discard.conf", "on.content = discard\n" }, { "/g/policies/tempfail.conf", "on.content = tempfail\n" },
	{ "/g/policies/observe.conf", "mode = observe\non.content = reject\n" },
	{ "/g/policies/strip.conf", "on.content = strip, tag\n" },
};

/* fates: of each recipient in order; S stays, C copied, K kept, D dropped. all: what the answer is. */
static const struct {
	const char *name, *rcpts, *fates;
	size_t parties;
	enum intercept answer;
	bool torn, again;
} rows[] = {
	{ "all the same", "ttt", "SSS", 1, INTERCEPT_TAG, false, false },
	{ "policies that say the same", "tut", "SSS", 1, INTERCEPT_TAG, false, false },
	{ "the largest that is served stays", "tas", "SCC", 3, INTERCEPT_TAG, false, false },
	{ "whoever comes first", "atts", "CSSC", 3, INTERCEPT_TAG, false, false },
	{ "those that are not served do not stay, however many", "qqqqt", "KKKKS", 2, INTERCEPT_TAG, false, false },
	{ "observed beside enforced", "oqqo", "SKKS", 2, INTERCEPT_ACCEPT, false, false },
	{ "observed is not the same as accepted", "oaa", "CSS", 2, INTERCEPT_ACCEPT, false, false },
	{ "refused for a part: kept", "trr", "SKK", 2, INTERCEPT_TAG, false, false },
	{ "refused for all", "rr", "SS", 1, INTERCEPT_REJECT, false, false },
	{ "refused for some, quarantined for others", "rqq", "KSS", 2, INTERCEPT_QUARANTINE, false, false },
	{ "held and quarantined are two quarantines", "hqq", "KSS", 2, INTERCEPT_QUARANTINE, false, false },
	{ "discarded for a part", "tdd", "SDD", 2, INTERCEPT_TAG, false, false },
	{ "discarded and kept", "ddq", "DDS", 2, INTERCEPT_QUARANTINE, false, false },
	{ "deferred for one: for all", "ttqf", "SSSS", 1, INTERCEPT_TEMPFAIL, false, false },
	{ "not there as a whole: the strongest is for all", "taq", "SSS", 1, INTERCEPT_QUARANTINE, true, false },
	{ "the same, of one policy", "tt", "SS", 1, INTERCEPT_TAG, true, false },
	{ "the end of a hold: not held and not refused again", "hrt", "KKS", 2, INTERCEPT_TAG, false, true },
};

static struct conf *
conf_with_groups(void)
{
	struct pool *pool = pool_new(0);
	struct vec given = { .n = 0 };
	struct conf *conf = NULL;
	struct buf errors;

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		*(struct conf_file *)vec_push(pool, &given, sizeof(struct conf_file)) =
		    (struct conf_file){ str_of(files[i].path), str_of(files[i].text) };
	buf_init(&errors, 1 << 16);
	test_int(conf_parse(STR("sender_groups =\nrecipient_groups = /g/groups\n"), "t", settings,
	    (struct conf_base){ .given = &given }, &conf, &errors), RC_OK, "groups");
	test_str(buf_str(&errors), STR_NONE, "no errors");
	buf_clear(&errors);
	pool_free(&pool);
	return conf;
}

static void
parted(const struct conf *conf, size_t k)
{
	static const char letters[] = "SCKD";
	struct pool *pool = pool_new(0);
	size_t n = strlen(rows[k].rcpts);
	struct str *rcpts = pool_alloc(pool, n * sizeof(*rcpts));
	struct session session = { .rcpts = rcpts, .n_rcpts = n };
	struct result res = { .ms = 0 };
	char fates[16] = "";

	for (size_t i = 0; i < n; i++)
		rcpts[i] = pool_printf(pool, "user%zu@%c.example", i, rows[k].rcpts[i]);
	report_init(&res.report, pool, conf_values(conf, &limits_table));
	report_add(&res.report, &bad, REPORT_NO_PART, "found");
	parties_decide(&(struct parties_in){ .conf = conf, .session = &session, .whole = !rows[k].torn,
	    .again = rows[k].again, .pool = pool }, &res);
	for (size_t i = 0; i < n; i++)
		fates[i] = letters[parties_of(&res, i)->fate];
	test_str(str_of(fates), str_of(rows[k].fates), rows[k].name);
	test_int((int64_t)res.n_parties, (int64_t)rows[k].parties, "parties");
	test_int(res.outcome.act.intercept, rows[k].answer, "the answer");
	pool_free(&pool);
}

/* An edit of those who stay was not possible, and what is to happen then holds. */
static void
changed_since(const struct conf *conf)
{
	static const struct { const char *name, *rcpts; enum intercept now, want; enum party_fate other; } since[] = {
		{ "deferred: for all", "tta", INTERCEPT_TEMPFAIL, INTERCEPT_TEMPFAIL, PARTY_STAYS },
		{ "refused: quarantined, as others have it", "tta", INTERCEPT_REJECT, INTERCEPT_QUARANTINE, PARTY_COPIED },
		{ "refused: all are", "ttt", INTERCEPT_REJECT, INTERCEPT_REJECT, PARTY_STAYS },
		{ "quarantined", "ttq", INTERCEPT_QUARANTINE, INTERCEPT_QUARANTINE, PARTY_KEPT },
	};

	for (size_t i = 0; i < sizeof(since) / sizeof(since[0]); i++) {
		struct pool *pool = pool_new(0);
		struct str rcpts[3];
		struct session session = { .rcpts = rcpts, .n_rcpts = 3 };
		struct result res = { .ms = 0 };

		for (size_t k = 0; k < 3; k++)
			rcpts[k] = pool_printf(pool, "user@%c.example", since[i].rcpts[k]);
		report_init(&res.report, pool, conf_values(conf, &limits_table));
		report_add(&res.report, &bad, REPORT_NO_PART, "found");
		parties_decide(&(struct parties_in){ .conf = conf, .session = &session, .whole = true, .pool = pool }, &res);
		res.outcome.act.intercept = since[i].now;
		parties_stay(&res, MODIFY_LINKS);
		test_int(res.outcome.act.intercept, since[i].want, since[i].name);
		test_int(parties_of(&res, 0)->outcome.act.intercept, since[i].want, "for those who stay");
		test_int(parties_of(&res, 0)->changed, MODIFY_LINKS, "what they are given");
		test_int(parties_of(&res, 2)->fate, since[i].other, "and the others");
		pool_free(&pool);
	}
}

/* No report: each policy has its own line for that. */
static void
failed(void)
{
	struct str rcpts[] = { STR("user@a.example"), STR("user@o.example") };
	struct session session = { .rcpts = rcpts, .n_rcpts = 2 };
	struct conf *conf = conf_with_groups();
	struct pool *pool = pool_new(0);
	struct result res = { .ms = 0 };

	report_init(&res.report, pool, conf_values(conf, &limits_table));
	parties_decide(&(struct parties_in){ .conf = conf, .session = &session, .failed = true, .why = STR("lost"),
	    .whole = true, .pool = pool }, &res);
	test_int((int64_t)res.n_parties, 1, "one party");
	test_ok(res.outcome.failed && res.outcome.act.intercept == INTERCEPT_TEMPFAIL, "deferred for all, as one policy says");
	pool_free(&pool);
	conf_put(&conf);
}

int
main(void)
{
	struct conf *conf = conf_of("sender_groups =\n");

	alone(conf, 3, false);
	alone(conf, 3, true);
	alone(conf, 0, false);
	conf_put(&conf);
	conf = conf_with_groups();
	for (size_t k = 0; conf && k < sizeof(rows) / sizeof(rows[0]); k++)
		parted(conf, k);
	changed_since(conf);
	conf_put(&conf);
	failed();
	return test_done();
}
