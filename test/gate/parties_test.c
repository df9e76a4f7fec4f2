/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "gate/parties.h"

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

int
main(void)
{
	struct conf *conf = conf_of("sender_groups =\n");

	alone(conf, 3, false);
	alone(conf, 3, true);
	alone(conf, 0, false);
	conf_put(&conf);
	return test_done();
}
