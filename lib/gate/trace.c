/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "gate/trace.h"

#include "base/clock.h"
#include "check/check.h"
#include "base/jtext.h"
#include "gate/result_json.h"
#include "net/dns.h"
#include "policy/groups.h"
#include "policy/reply.h"

struct trace {
	const struct conf *conf;
	const struct session *session;
	struct scan scan;
	struct auth_facts auth;
	struct standing standing;
	struct report all;		/* what all phases so far found, without single recipients */
	struct json_object *phases;
};

/* What one phase alone found, for the eye; the decision is about everything so far. */
static struct json_object *
phase_object(struct trace *t, enum phase phase, struct report *own, const struct outcome *o, int64_t us)
{
	bool rcpt = phase == PHASE_RCPT;
	struct result_where where = { .id = STR("trace"), .phase = phase_name(phase), .wall_ms = clock_wall_ms(),
	    .session = t->session, .standing = &t->standing,
	    .rcpt = rcpt ? t->session->rcpts[t->scan.rcpt] : STR_NONE };
	struct result result = { .report = *own, .outcome = *o };
	struct json_object *object = result_object(&(struct result_json){ .result = &result, .us = us,
	    .explain = true, .where = &where });
	struct reply words;

	if (reply_words(o, STR("..."), &words))
		jtext_add_str(object, "reply", pool_printf(t->scan.pool, "%s %s %s", words.code, words.enhanced,
		    words.text));
	return object;
}

/* True when a real client would get no further. */
static bool
run_phase(struct trace *t, enum phase phase)
{
	int64_t start = clock_mono_us();
	struct report own, all;
	struct json_object *object;
	struct outcome o;
	bool ends;

	report_init(&own, t->scan.pool, t->scan.lim);
	report_init(&all, t->scan.pool, t->scan.lim);
	pipeline_phase(t->conf, phase, &t->scan, &own);
	pipeline_join(&all, &t->all);
	pipeline_join(&all, &own);
	policy_decide_early(conf_values(t->conf, &policy_table), &all, t->scan.pool, &o);
	ends = o.act.intercept >= INTERCEPT_TEMPFAIL;
	/* What connection and HELO show is answered at MAIL. */
	if (phase < PHASE_MAIL)
		o = (struct outcome){ .complete = true, .verdict = CLASS_INFO };
	object = phase_object(t, phase, &own, &o, clock_mono_us() - start);
	jtext_add_bool(object, "ends", phase >= PHASE_MAIL && ends);
	json_object_array_add(t->phases, object);
	if (phase != PHASE_RCPT)
		t->all = all;
	return phase >= PHASE_MAIL && ends;
}

/* At MAIL a relay of ours is recognised, and nothing else. */
static void
pass_relay(struct trace *t)
{
	struct outcome o = { .complete = true, .verdict = CLASS_INFO };
	struct report none;
	struct json_object *object;

	report_init(&none, t->scan.pool, t->scan.lim);
	object = phase_object(t, PHASE_MAIL, &none, &o, 0);
	jtext_add_bool(object, "ends", false);
	json_object_array_add(t->phases, object);
}

static void
run_phases(struct trace *t)
{
	const struct session *s = t->session;

	/* Of a trusted relay only recipients are judged here. */
	t->standing.relay = senders_relayed(conf_values(t->conf, &senders_table), s);
	for (int p = PHASE_CONNECT; p <= PHASE_MAIL && !t->standing.relay; p++)
		pipeline_ask(t->conf, (enum phase)p, &t->scan);
	for (int p = PHASE_CONNECT; p <= PHASE_MAIL && !t->standing.relay; p++)
		if (run_phase(t, (enum phase)p))
			return;
	if (t->standing.relay)
		pass_relay(t);
	for (t->scan.rcpt = 0; t->scan.rcpt < s->n_rcpts; t->scan.rcpt++) {
		pipeline_ask(t->conf, PHASE_RCPT, &t->scan);
		(void)run_phase(t, PHASE_RCPT);
	}
}

void
trace_json(const struct gate *g, const struct conf *conf, const struct session *session, struct pool *pool,
    struct log_ctx lc, struct buf *out)
{
	struct trace t = { .conf = conf, .session = session, .phases = jtext_array(4) };
	struct json_object *o = jtext_object();

	t.scan = pipeline_scan(g, conf, session, pool, lc);
	t.scan.dns = pipeline_dns(g, conf, pool);
	t.scan.auth = &t.auth;
	t.scan.standing = &t.standing;
	t.scan.dry = true;
	report_init(&t.all, pool, t.scan.lim);
	run_phases(&t);
	json_object_object_add(o, "phases", t.phases);
	jtext_write(o, out);
	dns_batch_free(&t.scan.dns);
}
