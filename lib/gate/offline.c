/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "gate/offline.h"

#include "conf/limits_opts.h"

/* The findings of the phases before the message. What they would have answered then is
 * not asked: the final outcome holds their findings too. */
static void
phases(struct gate *g, const struct conf *conf, struct scan *scan, struct report *before)
{
	const struct session *s = scan->session;
	struct outcome so_far;

	if (s->client_addr.n) {
		pipeline_phase(g, conf, PHASE_CONNECT, scan, before, &so_far);
		if (s->helo.n)
			pipeline_phase(g, conf, PHASE_HELO, scan, before, &so_far);
	}
	if (s->mail_from.n)
		pipeline_phase(g, conf, PHASE_MAIL, scan, before, &so_far);
	for (scan->rcpt = 0; scan->rcpt < s->n_rcpts; scan->rcpt++)
		pipeline_phase(g, conf, PHASE_RCPT, scan, before, &so_far);
}

void
offline_scan(struct gate *g, const struct conf *conf, const struct session *session, const struct spool *spool,
    struct pool *pool, struct log_ctx lc, struct result *out)
{
	const struct limits *lim = conf_values(conf, &limits_table);
	struct scan scan = { .pool = pool, .lim = lim, .lc = lc, .session = session };
	struct report before;

	report_init(&before, pool, lim);
	phases(g, conf, &scan, &before);
	pipeline_message(g, conf, session, spool, &before, pool, lc, out);
}
