/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "gate/session.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/clock.h"
#include "check/services.h"
#include "conf/limits_opts.h"
#include "gate/dmarc_rows.h"
#include "gate/learn.h"
#include "gate/refusals.h"
#include "gate/settings.h"
#include "net/dns.h"
#include "policy/groups.h"
#include "policy/rcpt_groups.h"

static const struct gate_conf *
gate_options(const struct gate_session *s)
{
	return conf_values(s->conf, &gate_table);
}

/* An id of our own: "c" and a number that goes on over restarts. */
static void
name_session(struct gate_session *s)
{
	uint64_t n = atomic_fetch_add(&s->gate->counts.connections, 1);

	snprintf(s->id, sizeof(s->id), "c%" PRIx64 "-%" PRIx64, (uint64_t)clock_wall_ms(), n);
}

/* Who is behind a relay of ours is found at the end of the message, and judged then. */
static bool
is_relay(const struct gate_session *s)
{
	return senders_relayed(conf_values(s->conf, &senders_table), &s->facts);
}

static void
begin_transaction(struct gate_session *s)
{
	const struct gate_conf *gc = gate_options(s);
	const struct policy_conf *pc = conf_values(s->conf, &policy_table);

	record_id_make(clock_wall_ms(), s->record);
	report_init(&s->msg, s->msg_pool, conf_values(s->conf, &limits_table));
	rcpts_init(&s->of_rcpts, s->msg_pool, s->msg.lim);
	s->msg_dns = pipeline_dns(s->gate, s->conf, s->msg_pool);
	s->auth = (struct auth_facts){ .iprev = s->iprev };
	spool_init(&s->spool, (uint64_t)gc->spool_memory_max, (uint64_t)gc->message_max, gc->spool_dir);
	s->incoming = s->facts.auth_user.n == 0 && s->facts.client_addr.n != 0;
	fields_init(&s->fields, s->msg_pool, s->incoming ? &pc->header_fields : NULL);
	pipeline_keys(s->conf, s->msg_pool, s->msg_dns, &s->keys);
	seal_init(&s->seal, s->msg_pool, conf_values(s->conf, &arc_table),
	    s->incoming && s->gate->services ? s->gate->services->seal_key : NULL);
	resfields_init(&s->results, s->msg_pool, s->msg.lim, conf_values(s->conf, &auth_table), &s->facts);
	s->results.relay |= is_relay(s);	/* it is a server of auth.trusted_networks, too */
}

struct gate_session *
session_new(struct gate *g)
{
	struct conf *conf = pipeline_conf(g);
	const struct gate_conf *gc = conf_values(conf, &gate_table);
	struct gate_session *s;

	if (atomic_fetch_add(&g->counts.sessions, 1) >= (uint64_t)gc->sessions_max) {
		atomic_fetch_sub(&g->counts.sessions, 1);
		atomic_fetch_add(&g->counts.refused, 1);
		conf_put(&conf);
		return NULL;
	}
	s = calloc(1, sizeof(*s));
	if (!s)
		abort();
	s->gate = g;
	s->conf = conf;
	s->conn_pool = pool_new(0);
	s->msg_pool = pool_new(0);
	s->rcpt_pool = pool_new(0);
	report_init(&s->conn, s->conn_pool, conf_values(conf, &limits_table));
	s->conn_dns = pipeline_dns(g, conf, s->conn_pool);
	name_session(s);
	begin_transaction(s);
	return s;
}

static void
end_transaction(struct gate_session *s)
{
	spool_close(&s->spool);
	dns_batch_free(&s->msg_dns);
	s->rcpts = (struct vec){ .n = 0 };
	s->facts.mail_from = s->facts.queue_id = s->facts.authres = s->facts.pass = STR_NONE;
	s->facts.rcpts = NULL;
	s->facts.n_rcpts = 0;
	s->facts.size = s->facts.size_declared = 0;
	s->result = (struct result){ .ms = 0 };
	s->passes = (struct passes){ .fate = PASSES_NONE };
	s->outcome = (struct outcome){ .complete = true };
	pool_clear(s->msg_pool);
	pool_clear(s->rcpt_pool);
}

void
session_reset(struct gate_session *s)
{
	end_transaction(s);
	begin_transaction(s);
}

void
session_free(struct gate_session **at)
{
	struct gate_session *s = *at;

	if (!s)
		return;
	end_transaction(s);
	if (s->present)
		presence_leave(&s->gate->presence, s->facts.client_addr);
	dns_batch_free(&s->conn_dns);
	atomic_fetch_sub(&s->gate->counts.sessions, 1);
	pool_free(&s->msg_pool);
	pool_free(&s->rcpt_pool);
	pool_free(&s->conn_pool);
	conf_put(&s->conf);
	free(s);
	*at = NULL;
}

struct log_ctx
session_log(const struct gate_session *s)
{
	return (struct log_ctx){ s->gate->lc.log, s->id };
}

void
session_fact(struct gate_session *s, struct str *field, const char *value)
{
	if (value && !str_eq(*field, str_of(value)))
		*field = pool_str(s->conn_pool, str_of(value));
}

/* The MTA knows it late: Postfix at the second recipient, Sendmail at MAIL. */
void
session_queue_id(struct gate_session *s, const char *id)
{
	struct str given = str_of(id);

	if (given.n == 0 || str_eq(s->facts.queue_id, given))
		return;
	s->facts.queue_id = pool_str(s->msg_pool, given);
	for (size_t i = 0; i < given.n && i + 1 < SESSION_ID; i++) {
		s->id[i] = ascii_is_alnum((unsigned char)given.p[i]) ? given.p[i] : '_';
		s->id[i + 1] = '\0';
	}
}

/* ---- phases ---- */

static struct scan
scan_of(struct gate_session *s, struct report *report)
{
	struct scan scan = pipeline_scan(s->gate, s->conf, &s->facts, report->pool, session_log(s));

	scan.dns = report == &s->conn ? s->conn_dns : s->msg_dns;
	scan.auth = &s->auth;
	scan.standing = &s->standing;
	return scan;
}

static void
ask(struct gate_session *s, enum phase phase, struct report *report)
{
	struct scan scan = scan_of(s, report);

	pipeline_ask(s->conf, phase, &scan);
}

static void
run(struct gate_session *s, enum phase phase, struct report *report)
{
	struct scan scan = scan_of(s, report);

	pipeline_phase(s->conf, phase, &scan, report);
}

/* One line for what is turned away: there will be no other. */
static void
log_refusal(struct gate_session *s, enum phase phase, struct str rcpt)
{
	const struct outcome *o = &s->outcome;

	atomic_fetch_add(&s->gate->counts.turned_away, 1);
	log_put(session_log(s), LOG_LEVEL_INFO, "refused", LOG_CSTR("phase", phase_name(phase)),
	    LOG_CSTR("action", intercept_name(o->act.intercept)), LOG_CSTR("verdict", outcome_verdict(o)),
	    LOG_STR("because", o->n_reasons ? o->reasons[0].because : STR("-")),
	    LOG_STR("client", s->facts.client_addr), LOG_STR("group", s->standing.group),
	    LOG_STR("name", s->facts.client_name), LOG_STR("helo", s->facts.helo),
	    LOG_STR("from", s->facts.mail_from), LOG_STR("rcpt", rcpt));
}

/* The client gets a reference: it must lead back to the reason. */
static void
keep_refusal(struct gate_session *s, enum phase phase, struct str rcpt, const struct result *result)
{
	if (result->outcome.act.intercept >= INTERCEPT_TEMPFAIL)
		refusals_keep(s->gate->refusals, &(struct result_where){ .id = str_of(s->id), .phase = phase_name(phase),
		    .wall_ms = clock_wall_ms(), .session = &s->facts, .standing = &s->standing, .rcpt = rcpt }, result);
}

static struct learn_from
learn_from(struct gate_session *s, const struct result *result)
{
	return (struct learn_from){ .conf = s->conf, .session = &s->facts, .auth = &s->auth, .standing = &s->standing,
	    .report = &result->report, .outcome = &result->outcome, .links = result->links, .pool = s->msg_pool };
}

static const struct outcome *
decide(struct gate_session *s, enum phase phase, const struct report *report, struct str rcpt)
{
	struct recipients *recipients = s->gate->services ? s->gate->services->recipients : NULL;
	struct rcpt_whose whose = { .policy = NULL };
	const struct policy_conf *conf;

	if (rcpt.n)
		rcpt_groups_find(s->conf, recipients, report->pool, rcpt, &whose);
	conf = conf_values(rcpt_policy_conf(s->conf, whose.policy), &policy_table);
	policy_decide_early(conf, report, report->pool, &s->outcome);
	if (whose.unanswered && s->outcome.act.intercept < INTERCEPT_TEMPFAIL)
		policy_deferred(conf, STR("recipient_groups_unanswered"), whose.group, report->pool, &s->outcome);
	if (s->outcome.act.intercept >= INTERCEPT_TEMPFAIL) {
		struct result result = { .report = *report, .outcome = s->outcome };
		struct learn_from from = learn_from(s, &result);

		log_refusal(s, phase, rcpt);
		keep_refusal(s, phase, rcpt, &result);
		learn_refusal(s->gate, &from);
	}
	return &s->outcome;
}

void
session_connect(struct gate_session *s)
{
	s->facts.connections = presence_enter(&s->gate->presence, s->facts.client_addr);
	s->present = true;
	if (!is_relay(s))
		ask(s, PHASE_CONNECT, &s->conn);
}

/* A client may say HELO again, after STARTTLS it must: the last one counts. */
void
session_helo(struct gate_session *s, const char *name)
{
	session_fact(s, &s->facts.helo, name);
	s->judged = false;
	if (!is_relay(s))
		ask(s, PHASE_HELO, &s->conn);
}

/* What was asked at connection and HELO is mostly answered by now; what was not shares the
 * deadline of MAIL. */
static void
judge_connection(struct gate_session *s)
{
	if (!s->judged) {
		report_init(&s->conn, s->conn_pool, s->conn.lim);
		s->standing = (struct standing){ .n_lists = 0 };
		pipeline_again(s->conf, s->conn_dns);
		run(s, PHASE_CONNECT, &s->conn);
		run(s, PHASE_HELO, &s->conn);
		s->iprev = s->auth.iprev;
		s->judged = true;
	}
	pipeline_join(&s->msg, &s->conn);
}

/* <user@example.net> without the brackets. */
static struct str
address(struct pool *pool, const char *arg)
{
	struct str a = str_trim(str_of(arg));

	if (a.n >= 2 && a.p[0] == '<' && a.p[a.n - 1] == '>')
		a = str_sub(a, 1, a.n - 2);
	return pool_str(pool, a);
}

void
session_declare(struct gate_session *s, uint64_t bytes)
{
	s->declared = bytes;
}

const struct outcome *
session_mail(struct gate_session *s, const char *from)
{
	session_reset(s);
	s->facts.size_declared = s->declared;
	s->declared = 0;
	s->facts.mail_from = address(s->msg_pool, from);
	if (is_relay(s)) {
		s->standing = (struct standing){ .relay = true };
		s->judged = false;
	} else {
		ask(s, PHASE_MAIL, &s->msg);
		judge_connection(s);
		/* A client whose own names are silent has not used up the time of the domain it names. */
		pipeline_later(s->conf, s->msg_dns);
		run(s, PHASE_MAIL, &s->msg);
	}
	return decide(s, PHASE_MAIL, &s->msg, STR_NONE);
}

/* What is found at RCPT is about that recipient: others are not refused because of it. Memory of
 * one RCPT is needed by the next no more: a client may name thousands. */
static void
judge_rcpt(struct gate_session *s, struct str *said)
{
	struct report own, all;
	struct scan scan;

	report_init(&own, s->rcpt_pool, s->msg.lim);
	report_init(&all, s->rcpt_pool, s->msg.lim);
	scan = scan_of(s, &own);
	scan.rcpt = s->facts.n_rcpts - 1;
	pipeline_ask(s->conf, PHASE_RCPT, &scan);
	pipeline_phase(s->conf, PHASE_RCPT, &scan, &own);
	pipeline_join(&all, &s->msg);
	pipeline_join(&all, &own);
	if (decide(s, PHASE_RCPT, &all, *said)->act.intercept < INTERCEPT_TEMPFAIL) {
		rcpts_take(&s->of_rcpts, &own);
		*said = pool_str(s->msg_pool, *said);
	} else {
		s->facts.n_rcpts = --s->rcpts.n;
	}
}

const struct outcome *
session_rcpt(struct gate_session *s, const char *to)
{
	struct str *slot;

	if (s->rcpts.n >= SESSION_RCPTS)
		return NULL;
	pool_clear(s->rcpt_pool);
	slot = vec_push(s->msg_pool, &s->rcpts, sizeof(*slot));
	*slot = address(s->rcpt_pool, to);
	s->facts.rcpts = s->rcpts.items;
	s->facts.n_rcpts = s->rcpts.n;
	judge_rcpt(s, slot);
	return &s->outcome;
}

void
session_header(struct gate_session *s, struct str name, struct str value)
{
	fields_seen(&s->fields, name, value);
	passes_seen(s, name, value);
	keys_seen(&s->keys, name, value);
	seal_seen(&s->seal, name, value);
	resfields_seen(&s->results, name, value);
	spool_header(&s->spool, name, value);
}

void
session_eoh(struct gate_session *s)
{
	spool_eoh(&s->spool);
}

void
session_body(struct gate_session *s, struct str chunk)
{
	spool_body(&s->spool, chunk);
}

/* At the end of a hold the client is our own MTA: its sender was judged when the mail came first. */
static void
look_at_message(struct gate_session *s)
{
	bool again = s->passes.fate == PASSES_AGAIN;

	pipeline_message(s->gate, &(struct pipeline_in){ .conf = s->conf, .session = &s->facts,
	    .spool = &s->spool, .before = again ? NULL : &s->msg, .dns = s->msg_dns, .auth = again ? NULL : &s->auth,
	    .keys = again ? NULL : &s->keys, .body = s->seal.key != NULL,
	    .standing = again ? NULL : &s->standing, .again = again, .pool = s->msg_pool,
	    .lc = session_log(s) }, &s->result);
}

void
session_end(struct gate_session *s)
{
	if (spool_finish(&s->spool) != RC_OK)
		log_put(session_log(s), LOG_LEVEL_WARNING, "spool", LOG_NUM("size", s->spool.size),
		    LOG_CSTR("error", s->spool.error == RC_LIMIT ? "over message_max" : "no space"));
	s->facts.size = s->spool.size;
	s->facts.messages++;
	if (s->fields.cut || s->results.cut)
		report_unscanned(&s->msg, UNSCANNED_LIMIT, REPORT_NO_PART, "forged or repeated header fields");
	rcpts_join(&s->of_rcpts, s->facts.n_rcpts, &s->msg);
	if (resfields_believe(&s->results, &s->facts, &s->auth))
		s->facts.authres = s->results.trusted;
	passes_judge(s);
	if (!s->result.let_by)
		look_at_message(s);
}

void
session_done(struct gate_session *s)
{
	struct learn_from from = learn_from(s, &s->result);
	const struct outcome *o = &s->result.outcome;

	if (!o->observe && (o->act.intercept == INTERCEPT_TEMPFAIL || o->act.intercept == INTERCEPT_REJECT))
		s->awaited.any = false;		/* who released it hears that */
	if (s->result.let_by) {
		passes_log(s);
		return;
	}
	pipeline_done(s->gate, &s->facts, &s->spool, session_log(s), &s->result);
	keep_refusal(s, PHASE_MESSAGE, STR_NONE, &s->result);
	dmarc_rows_keep(s->gate->dmarc_rows, &s->result.session, &s->auth, &s->result.outcome);
	from.session = &s->result.session;	/* the sender's, not a relay's */
	learn_message(s->gate, &from);
}
