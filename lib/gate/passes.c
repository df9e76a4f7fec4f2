/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "gate/passes.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/fdio.h"
#include "check/services.h"
#include "gate/keep.h"

enum { KEEP_NONCE_MS = PASS_KEEP_S * 1000 };

void
passes_seen(struct gate_session *s, struct str name, struct str value)
{
	if (s->passes.value.n == 0 && str_eq_nocase(str_trim(name), STR(PASS_FIELD)))
		s->passes.value = pool_str(s->msg_pool, value);
}

/* ---- is it good ---- */

/* What is wrong with it; NULL: nothing. Who gives mail back puts its pass on top: fields below it came with the mail,
 * also that of an earlier end of a hold. */
static const char *
read_pass(struct gate_session *s, struct pass *pass)
{
	switch (pass_read(s->gate->ledger.passes, s->msg_pool, s->passes.value, clock_wall_ms() / 1000, pass)) {
	case RC_OK: return NULL;
	case RC_LIMIT: return "expired";
	case RC_NONE: return "sealed with a key that is gone";
	case RC_TEMP:
	case RC_BAD: break;
	}
	return s->fields.n_passes > 1 ? "several of them, and the first is not ours" : "not ours";
}

static const char *
compare(struct gate_session *s, const struct pass *pass)
{
	struct pass now = { .kind = pass->kind };
	struct str message;

	if (s->spool.error != RC_OK || fdio_map(s->spool.fd, &message) != RC_OK)
		return "the message is not there as a whole";
	pass_bind_content(s->msg_pool, message, &now);
	fdio_unmap(&message);
	pass_bind_envelope(s->msg_pool, s->facts.mail_from, s->facts.rcpts, s->facts.n_rcpts, &now);
	return pass_differs(pass, &now);
}

static bool
names_claim(const struct pass *p)
{
	return p->kind == PASS_RELEASE || p->kind == PASS_HOLD_END;
}

/* Does somebody wait for it? The commit asks again; here it is only too early to scan in vain. */
static enum passes_fate
look_at_claim(struct gate_session *s)
{
	const struct pass *p = &s->passes.pass;
	struct record rec = { .n_rcpts = 0 };
	enum rc rc = records_get(s->gate->ledger.records, s->msg_pool, p->id, &rec, NULL);

	s->passes.verdict = rec.verdict;
	for (size_t i = 0; rc == RC_OK && i < rec.n_rcpts; i++)
		if (rec.rcpts[i].state == ENTRY_RELEASING && rec.rcpts[i].changed_ms == p->claim_ms)
			return p->kind == PASS_HOLD_END ? PASSES_AGAIN : PASSES_LET_BY;
	return rc == RC_TEMP ? PASSES_LATER : PASSES_USED;
}

/* Of the others it is known in memory which were used: nothing is known of those made before this gate began. Whoever waits
 * for the answer comes again, with a new one. */
static enum passes_fate
look_at_age(const struct gate_session *s)
{
	return s->passes.pass.claim_ms < s->gate->ledger.opened_ms ? PASSES_LATER : PASSES_LET_BY;
}

static struct str
reason(const struct passes *p)
{
	switch (p->fate) {
	case PASSES_LET_BY:
	case PASSES_AGAIN: return str_of(pass_kind_name(p->pass.kind));
	case PASSES_USED: return STR("its pass was used before");
	case PASSES_LATER: return names_claim(&p->pass) ? STR("the ledger does not answer") : STR("an earlier gate's");
	case PASSES_NONE:
	case PASSES_FORGED: break;
	}
	return STR("forged");
}

static void
set_result(struct gate_session *s, enum intercept what)
{
	struct outcome_reason *why = pool_alloc(s->msg_pool, sizeof(*why));
	struct result *res = &s->result;

	*why = (struct outcome_reason){ STR("pass"), reason(&s->passes) };
	*res = (struct result){ .session = s->facts, .let_by = true };
	report_init(&res->report, s->msg_pool, s->msg.lim);
	res->outcome = (struct outcome){ .complete = true, .act = { .intercept = what }, .would = { .intercept = what },
	    .reasons = why, .n_reasons = 1 };
}

void
passes_judge(struct gate_session *s)
{
	struct passes *p = &s->passes;
	const char *wrong;

	p->fate = PASSES_NONE;
	if (s->fields.n_passes == 0 || !s->gate->ledger.passes)
		return;
	wrong = read_pass(s, &p->pass);
	if (!wrong)
		wrong = compare(s, &p->pass);
	if (wrong) {
		p->fate = PASSES_FORGED;
		s->facts.pass = str_of(wrong);
		return;
	}
	p->fate = names_claim(&p->pass) ? look_at_claim(s) : look_at_age(s);
	if (p->fate == PASSES_LET_BY)
		set_result(s, INTERCEPT_ACCEPT);
	else if (p->fate == PASSES_USED)
		set_result(s, INTERCEPT_REJECT);
	else if (p->fate == PASSES_LATER)
		set_result(s, INTERCEPT_TEMPFAIL);
}

/* ---- the end of a hold ---- */

/* A refusal would go to a sender who was told long ago that we have it. */
void
passes_temper(struct outcome *o)
{
	enum intercept *act = &o->act.intercept;

	if (o->observe)
		return;
	if (*act == INTERCEPT_HOLD)
		*act = o->decided ? INTERCEPT_QUARANTINE : INTERCEPT_ACCEPT;
	else if (*act == INTERCEPT_REJECT)
		*act = INTERCEPT_QUARANTINE;
}

/* ---- used ---- */

/* At the end of a hold, kept in another record: the old one is over, whatever the MTA hears. */
static bool
is_kept_anew(const struct gate_session *s)
{
	return s->passes.pass.kind == PASS_HOLD_END && s->result.n_parties <= 1 && keep_holds(s);
}

static enum rc
use_claim(struct gate_session *s)
{
	const struct pass *p = &s->passes.pass;
	bool over = is_kept_anew(s);
	int64_t now = clock_wall_ms(), after = p->claim_ms + PASS_LET_BY_MS;
	struct records_step step = { .id = p->id, .number = p->number, .from = 1 << ENTRY_RELEASING,
	    .changed_ms = p->claim_ms, .to = over ? ENTRY_RELEASED : ENTRY_RELEASING,
	    .event = { .kind = over ? STR("hold_ended") : STR("let_by"), .who = STR("gate"),
	    .detail = p->kind == PASS_HOLD_END ? pool_printf(s->msg_pool, "%s, record %.*s",
	    intercept_name(s->result.outcome.act.intercept), STR_ARG(s->result.record)) : str_of(s->id) } };
	size_t moved;
	enum rc rc;

	step.event.time_ms = now > after ? now : after + 1;
	step.to_ms = over ? step.event.time_ms : after;
	rc = records_move(s->gate->ledger.records, &step, &moved);
	if (rc == RC_OK && !over) {
		s->awaited = (struct passes_awaited){ .any = true, .number = p->number, .claim_ms = p->claim_ms,
		    .again = p->kind == PASS_HOLD_END };
		snprintf(s->awaited.id, sizeof(s->awaited.id), "%.*s", STR_ARG(p->id));
	}
	return rc;
}

void
passes_answered(struct gate_session *s)
{
	const struct passes_awaited *a = &s->awaited;
	struct records_step step = { .id = str_of(a->id), .number = a->number, .from = 1 << ENTRY_RELEASING,
	    .changed_ms = a->claim_ms + PASS_LET_BY_MS, .to = ENTRY_RELEASED, .to_ms = a->claim_ms,
	    .event = { .kind = a->again ? STR("hold_ended") : STR("released"), .who = STR("gate") } };
	size_t moved;

	/* RC_NONE: who released it knows already. RC_TEMP: who released it says it, or the job that looks later. */
	if (a->any && records_move(s->gate->ledger.records, &step, &moved) == RC_TEMP)
		log_put(session_log(s), LOG_LEVEL_WARNING, "ledger", LOG_CSTR("error", "a release is not recorded"),
		    LOG_STR("record", step.id));
	s->awaited.any = false;
}

static enum rc
use_nonce(struct gate_session *s)
{
	const struct pass *p = &s->passes.pass;
	struct counter_op op = { .type = COUNT_MARK, .kind = "pass", .window_ms = KEEP_NONCE_MS, .add = 1 };
	char name[2 * PASS_NONCE + 1];

	if (!s->gate->services)
		return RC_OK;
	for (size_t i = 0; i < PASS_NONCE; i++)
		snprintf(name + 2 * i, 3, "%02x", p->nonce[i]);
	op.name = str_of(name);
	counters_run(s->gate->services->counters, clock_wall_ms(), &op, 1);
	return op.count > 1 ? RC_NONE : RC_OK;
}

static enum rc
note(const struct gate_session *s, const struct record_event *e)
{
	const struct records_conf *rc = conf_values(s->conf, &records_table);

	return records_event(s->gate->ledger.records, e, clock_mono_ms() + rc->deadline_ms);
}

/* Patterns that came while it was held found something else. What is done about it stands in the claim already: that
 * this line is missing is no reason to have the message sent again. */
static void
note_verdict(const struct gate_session *s)
{
	struct str before = s->passes.verdict, now = str_of(outcome_verdict(&s->result.outcome));
	struct record_event e = { .id = s->passes.pass.id, .time_ms = clock_wall_ms(), .kind = STR("verdict_changed"),
	    .who = STR("gate") };

	if (s->passes.fate != PASSES_AGAIN || str_eq(before, now) || s->result.outcome.failed)
		return;
	e.detail = pool_printf(s->msg_pool, "from %.*s to %.*s", STR_ARG(before), STR_ARG(now));
	if (note(s, &e) != RC_OK)
		log_put(session_log(s), LOG_LEVEL_WARNING, "ledger", LOG_CSTR("event", "verdict_changed not written"),
		    LOG_STR("record", e.id), LOG_STR("detail", e.detail));
}

static enum rc
note_copy(struct gate_session *s)
{
	const struct pass *p = &s->passes.pass;
	struct record_event e = { .id = p->id, .time_ms = clock_wall_ms(), .kind = STR("passed"), .who = STR("gate"),
	    .rcpt = s->facts.n_rcpts == 1 ? s->facts.rcpts[0] : STR_NONE, .detail = str_of(pass_kind_name(p->kind)) };

	if (p->id.n == 0 || p->kind != PASS_COPY)
		return RC_OK;
	return note(s, &e);
}

enum rc
passes_commit(struct gate_session *s)
{
	enum rc rc;

	if (s->passes.fate != PASSES_LET_BY && s->passes.fate != PASSES_AGAIN)
		return RC_OK;
	if (s->result.outcome.act.intercept == INTERCEPT_TEMPFAIL)
		return RC_OK;		/* nothing was done: it comes again */
	if (names_claim(&s->passes.pass)) {
		rc = use_claim(s);
		if (rc == RC_OK)
			note_verdict(s);
		return rc;
	}
	rc = use_nonce(s);
	return rc == RC_OK ? note_copy(s) : rc;
}

void
passes_log(const struct gate_session *s)
{
	const struct outcome *o = &s->result.outcome;
	const struct pass *p = &s->passes.pass;

	log_put(session_log(s), o->act.intercept == INTERCEPT_ACCEPT ? LOG_LEVEL_INFO : LOG_LEVEL_WARNING, "pass",
	    LOG_CSTR("action", intercept_name(o->act.intercept)), LOG_CSTR("kind", pass_kind_name(p->kind)),
	    LOG_STR("record", p->id), LOG_STR("because", o->n_reasons ? o->reasons[0].because : STR("-")),
	    LOG_STR("from", s->facts.mail_from), LOG_NUM("rcpts", s->facts.n_rcpts),
	    LOG_STR("client", s->facts.client_addr));
}
