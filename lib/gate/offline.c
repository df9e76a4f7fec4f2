/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "gate/offline.h"

#include "auth/authfield.h"
#include "base/fdio.h"
#include "gate/rcpts.h"
#include "net/dns.h"
#include "policy/groups.h"

/* The findings of the phases before the message. What they would have answered then is
 * not asked: the final outcome holds their findings too. */
static void
phases(const struct conf *conf, struct scan *scan, struct report *before)
{
	const struct session *s = scan->session;
	struct rcpts rcpts;
	bool ran[PHASE_N] = { [PHASE_CONNECT] = s->client_addr.n != 0, [PHASE_HELO] = s->client_addr.n && s->helo.n,
	    [PHASE_MAIL] = s->mail_from.n || s->helo.n };

	scan->standing->relay = senders_relayed(conf_values(conf, &senders_table), s);
	for (int p = PHASE_CONNECT; p <= PHASE_MAIL; p++)
		ran[p] &= !scan->standing->relay;
	for (int p = PHASE_CONNECT; p <= PHASE_MAIL; p++)
		if (ran[p])
			pipeline_ask(conf, (enum phase)p, scan);
	for (int p = PHASE_CONNECT; p <= PHASE_MAIL; p++)
		if (ran[p])
			pipeline_phase(conf, (enum phase)p, scan, before);
	rcpts_init(&rcpts, scan->pool, scan->lim);
	for (scan->rcpt = 0; scan->rcpt < s->n_rcpts; scan->rcpt++) {
		struct report own;

		report_init(&own, scan->pool, scan->lim);
		pipeline_ask(conf, PHASE_RCPT, scan);
		pipeline_phase(conf, PHASE_RCPT, scan, &own);
		rcpts_take(&rcpts, &own);
	}
	rcpts_join(&rcpts, s->n_rcpts, before);
}

void
offline_scan(struct gate *g, const struct conf *conf, const struct session *session, const struct spool *spool,
    struct pool *pool, struct log_ctx lc, struct result *out)
{
	struct dns_batch *dns = pipeline_dns(g, conf, pool);
	struct session own = *session;
	struct scan scan = pipeline_scan(g, conf, &own, pool, lc);
	struct auth_facts auth = { .n_dkim = 0 };
	struct standing standing = { .unsaid = session->client_addr.n == 0 };
	struct report before;
	struct keys keys;
	struct str message;

	own.size = spool->size;
	scan.dns = dns;
	scan.auth = &auth;
	scan.standing = &standing;
	scan.dry = true;
	report_init(&before, pool, scan.lim);
	pipeline_keys(conf, pool, dns, &keys);
	if (spool->fd >= 0 && fdio_map(spool->fd, &message) == RC_OK) {
		keys_of(&keys, scan.lim, message);
		fdio_unmap(&message);
	}
	phases(conf, &scan, &before);
	own.authres = authfield_given(pool, session->authres, &auth);
	pipeline_message(g, &(struct pipeline_in){ .conf = conf, .session = &own, .spool = spool,
	    .before = &before, .dns = dns, .keys = &keys, .auth = &auth, .standing = &standing,
	    .dry = true,
	    .pool = pool, .lc = lc }, out);
	dns_batch_free(&dns);
}
