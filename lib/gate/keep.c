/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "gate/keep.h"

#include "base/clock.h"
#include "gate/parties.h"
#include "gate/repeat.h"

static const struct quarantine_conf *
quarantine(const struct gate_session *s)
{
	return conf_values(s->conf, &quarantine_table);
}

/* A message that could not be spooled as a whole cannot be kept as a whole: the MTA holds what it has. */
bool
keep_holds(const struct gate_session *s)
{
	return s->gate->ledger.records && quarantine(s)->where == QUARANTINE_STORE && s->spool.error == RC_OK &&
	    s->facts.n_rcpts > 0 && quarantine_holds(&s->result.outcome);
}

/* Is the original worth keeping beside what is delivered? */
static bool
keeps_original(const struct gate_session *s, unsigned changed)
{
	int which = quarantine(s)->originals;
	unsigned wanted = which == ORIGINALS_NO ? 0 : which == ORIGINALS_STRIP ? MODIFY_STRIP : MODIFY_STRIP | MODIFY_LINKS;

	return changed & wanted && s->spool.error == RC_OK;
}

static enum entry_state
state_of(const struct gate_session *s, const struct party *p)
{
	if (p->fate == PARTY_KEPT || (p->fate == PARTY_STAYS && keep_holds(s)))
		return ENTRY_HELD;
	if (p->fate != PARTY_DROPPED && p->outcome.act.intercept < INTERCEPT_QUARANTINE && keeps_original(s, p->changed))
		return ENTRY_ORIGINAL;
	return ENTRY_NONE;
}

/* Of each recipient. False: nothing is kept of the message. */
static bool
states(const struct gate_session *s, enum entry_state *out)
{
	bool any = false;

	for (size_t i = 0; i < s->result.n_parties; i++) {
		const struct party *p = &s->result.parties[i];

		for (size_t k = 0; k < p->n; k++) {
			out[p->rcpts[k]] = state_of(s, p);
			any |= out[p->rcpts[k]] != ENTRY_NONE;
		}
	}
	return any;
}

static enum rc
put_body(struct gate_session *s)
{
	const struct records_conf *rc = conf_values(s->conf, &records_table);

	return bodies_put(s->gate->ledger.bodies, str_of(s->record), s->spool.fd, s->spool.size,
	    clock_mono_ms() + rc->deadline_ms);
}

static enum rc
put_record(struct gate_session *s, const enum entry_state *state)
{
	struct ledger_in in = { .conf = s->conf, .id = str_of(s->record), .result = &s->result, .standing = &s->standing,
	    .node = s->facts.mta_name, .engines = pipeline_engines(s->gate, s->msg_pool), .size = s->spool.size,
	    .states = state, .pool = s->msg_pool };

	if (!record_id_time(in.id, &in.now_ms))
		return RC_TEMP;
	in.where = (struct result_where){ .id = str_of(s->id), .phase = phase_name(PHASE_MESSAGE), .wall_ms = in.now_ms,
	    .session = &s->facts };
	return ledger_put(&s->gate->ledger, &in);
}

static void
complain(const struct gate_session *s, const char *what, const char *action)
{
	log_put(session_log(s), LOG_LEVEL_ERR, "ledger", LOG_CSTR("error", what), LOG_CSTR("action", action));
}

/* What is turned away needs no memory that could turn away more. */
static enum rc
not_recorded(struct gate_session *s, bool kept)
{
	const struct ledger_conf *lc = conf_values(s->conf, &ledger_table);
	bool refused = s->result.outcome.act.intercept >= INTERCEPT_TEMPFAIL;

	if (kept && bodies_delete(s->gate->ledger.bodies, str_of(s->record)) != RC_OK)
		log_put(session_log(s), LOG_LEVEL_DEBUG, "bodies", LOG_CSTR("left", s->record));
	if (!kept && (refused || lc->on_fail == LEDGER_ACCEPT)) {
		complain(s, "the message is recorded nowhere", "as decided");
		return RC_OK;
	}
	complain(s, "the message is recorded nowhere", "tempfail");
	return RC_TEMP;
}

/* Last of all: from now on it cannot come again. joined: the record is an older one, which stays. */
static enum rc
use_pass(struct gate_session *s, bool joined)
{
	enum rc rc = passes_commit(s);

	if (rc == RC_OK)
		return rc;
	complain(s, rc == RC_NONE ? "its pass was used meanwhile" : "its pass cannot be used up", "tempfail");
	if (!joined)
		keep_undone(s, STR("its pass could not be used up"));
	return RC_TEMP;
}

/* One that is held for everybody: it may have come before. */
static bool
came_before(struct gate_session *s, const enum entry_state *state)
{
	for (size_t i = 0; i < s->facts.n_rcpts; i++)
		if (state[i] != ENTRY_HELD)
			return false;
	return s->result.n_parties == 1 && repeat_joins(s, &s->result.record);
}

enum rc
keep_message(struct gate_session *s)
{
	enum entry_state *state = pool_alloc(s->msg_pool, (s->facts.n_rcpts + 1) * sizeof(*state));
	bool kept = states(s, state);

	if (!s->gate->ledger.records)
		return RC_OK;
	if (s->result.let_by)
		return use_pass(s, false);
	if (kept && came_before(s, state))
		return use_pass(s, true);
	if (kept && put_body(s) != RC_OK) {
		complain(s, "the message cannot be kept", "tempfail");
		return RC_TEMP;
	}
	s->result.record = str_of(s->record);
	if (put_record(s, state) == RC_OK)
		return use_pass(s, false);
	s->result.record = STR_NONE;
	return not_recorded(s, kept);
}

void
keep_undone(struct gate_session *s, struct str why)
{
	const struct records_conf *rc = conf_values(s->conf, &records_table);
	struct records_step step = { .id = s->result.record, .from = 1 << ENTRY_HELD | 1 << ENTRY_ORIGINAL,
	    .to = ENTRY_DELETED, .event = { .kind = STR("deferred"), .who = STR("gate"), .detail = why } };
	size_t moved;

	if (s->result.record.n == 0 || records_move(s->gate->ledger.records, &step, &moved) == RC_OK)
		return;
	step.event.id = step.id;
	step.event.time_ms = clock_wall_ms();
	if (records_event(s->gate->ledger.records, &step.event, clock_mono_ms() + rc->deadline_ms) != RC_OK)
		complain(s, "what became of the message is not recorded", "deferred");
}
