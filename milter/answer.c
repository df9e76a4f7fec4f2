/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "milter/answer.h"

#include "base/fdio.h"
#include "gate/edits.h"
#include "gate/keep.h"
#include "gate/parties.h"
#include "milter/reply.h"
#include "policy/links_opts.h"
#include "policy/rcpt_groups.h"

static bool
delivers(const struct outcome *o)
{
	return !o->observe && o->act.intercept < INTERCEPT_TEMPFAIL;
}

/* The configuration for those who stay. */
static const struct conf *
answer_conf(const struct gate_session *s)
{
	for (size_t i = 0; i < s->result.n_parties; i++)
		if (s->result.parties[i].fate == PARTY_STAYS)
			return rcpt_policy_conf(s->conf, s->result.parties[i].policy);
	return s->conf;
}

/* What cannot be cleaned must not pass uncleaned. */
static void
hold_instead(struct gate_session *s, struct str why)
{
	struct action_set *act = &s->result.outcome.act;

	if (act->intercept < INTERCEPT_QUARANTINE)
		act->intercept = INTERCEPT_QUARANTINE;
	act->modify &= ~(unsigned)MODIFY_STRIP;
	log_put(session_log(s), LOG_LEVEL_WARNING, "strip", LOG_CSTR("action", intercept_name(act->intercept)),
	    LOG_STR("why", why));
}

/* Links that stay although policy wants them changed. */
static void
links_instead(struct gate_session *s, struct str why)
{
	const struct links_conf *lc = conf_values(answer_conf(s), &links_table);
	struct action_set *act = &s->result.outcome.act;

	action_merge(s->msg_pool, act, &lc->on_fail);
	log_put(session_log(s), LOG_LEVEL_WARNING, "links", LOG_CSTR("action", intercept_name(act->intercept)),
	    LOG_STR("why", why));
}

static void
edit(struct mta *m, struct answer *a)
{
	struct gate_session *s = m->session;
	struct outcome *o = &s->result.outcome;
	struct pipeline_edit_in in = { .conf = answer_conf(s), .session = &s->facts, .spool = &s->spool,
	    .result = &s->result, .record = s->gate->ledger.records ? str_of(s->record) : STR_NONE,
	    .pool = s->msg_pool, .lc = session_log(s) };
	enum rc rc;

	rc = pipeline_edit(s->gate, &in, &a->edit);
	if (rc == RC_OK && a->edit.links)
		o->act.modify |= MODIFY_LINKS;
	else if (rc == RC_TEMP && o->act.modify & MODIFY_STRIP)
		hold_instead(s, a->edit.why);
	else if (rc == RC_TEMP)
		links_instead(s, a->edit.why);
}

void
answer_prepare(struct mta *m, struct answer *a)
{
	struct gate_session *s = m->session;
	const struct outcome *o = &s->result.outcome;

	*a = (struct answer){ .edit = { .message = -1 } };
	if (delivers(o) && !keep_holds(s) && !s->result.let_by)
		edit(m, a);		/* what cannot be edited as it should may have to be held */
	copies_prepare(m, &a->copies);
	parties_stay(&s->result, delivers(o) ? o->act.modify : 0);
	a->held = delivers(o) && keep_holds(s);
	a->unstored = keep_message(s) != RC_OK;
	a->uncopied = !a->unstored && copies_send(m, &a->copies) != RC_OK;
}

/* HDR_LEADSPC: the MTA puts nothing between the colon and what we say. */
static char *
field_value(const struct mta *m, struct str text)
{
	const char *lead = m->steps & SMFIP_HDR_LEADSPC ? " " : "";

	return pool_cstr(m->session->msg_pool, pool_printf(m->session->msg_pool, "%s%.*s", lead, STR_ARG(text)));
}

static bool
apply(SMFICTX *ctx, const struct mta *m, const struct field_edit *e)
{
	char *name = pool_cstr(m->session->msg_pool, e->name);

	switch (e->op) {
	case FIELD_DELETE:
		return smfi_chgheader(ctx, name, e->index, NULL) == MI_SUCCESS;
	case FIELD_CHANGE:
		return smfi_chgheader(ctx, name, e->index, field_value(m, e->value)) == MI_SUCCESS;
	case FIELD_ADD:
		return smfi_addheader(ctx, name, field_value(m, e->value)) == MI_SUCCESS;
	case FIELD_INSERT:
		return smfi_insheader(ctx, 0, name, field_value(m, e->value)) == MI_SUCCESS;
	}
	return false;
}

static bool
change_fields(SMFICTX *ctx, const struct mta *m, const struct pipeline_edit *edit)
{
	struct gate_session *s = m->session;
	struct vec edits = { .n = 0 };
	const struct field_edit *e;

	if (!edits_plan(s, answer_conf(s), &s->result, edit, &edits))
		return false;
	e = edits.items;
	for (size_t i = 0; i < edits.n; i++)
		if (!apply(ctx, m, &e[i]))
			return false;
	return true;
}

static bool
change_body(SMFICTX *ctx, const struct pipeline_edit *edit)
{
	struct str message, rest;
	bool ok = true;

	if (edit->message < 0)
		return true;
	if (fdio_map(edit->message, &message) != RC_OK)
		return false;
	rest = str_from(message, edit->body);
	do {
		struct str chunk = str_upto(rest, ANSWER_CHUNK);

		ok = smfi_replacebody(ctx, (unsigned char *)(uintptr_t)chunk.p, (int)chunk.n) == MI_SUCCESS;
		rest = str_from(rest, chunk.n);
	} while (ok && rest.n);
	fdio_unmap(&message);
	return ok;
}

static bool
hold(SMFICTX *ctx, const struct mta *m)
{
	struct gate_session *s = m->session;
	const struct outcome *o = &s->result.outcome;
	struct str why = o->n_reasons ? o->reasons[0].because : STR_NONE;
	struct str text = pool_printf(s->msg_pool, "sekimori: %s %.*s", outcome_verdict(o), STR_ARG(why));

	if (o->act.intercept != INTERCEPT_QUARANTINE && o->act.intercept != INTERCEPT_HOLD)
		return true;
	return smfi_quarantine(ctx, pool_cstr(s->msg_pool, fields_clean(s->msg_pool, text))) == MI_SUCCESS;
}

sfsistat
answer_give(SMFICTX *ctx, struct mta *m, struct answer *a)
{
	struct outcome *o = &m->session->result.outcome;
	bool done = true;

	copies_close(&a->copies);
	if (a->uncopied)
		keep_undone(m->session, STR("a copy could not be sent"));
	if (a->unstored || a->uncopied) {
		fdio_close(&a->edit.message);
		o->act.intercept = INTERCEPT_TEMPFAIL;
		return reply_refusal(ctx, REFUSAL_STORE);
	}
	if (a->held) {
		fdio_close(&a->edit.message);
		copies_forget(m);
		return SMFIS_DISCARD;
	}
	if (delivers(o))
		done = change_body(ctx, &a->edit) && change_fields(ctx, m, &a->edit) && hold(ctx, m);
	else if (o->observe)
		done = change_fields(ctx, m, &a->edit);
	fdio_close(&a->edit.message);
	if (done && copies_leave(ctx, m)) {
		copies_forget(m);
		return reply_message(ctx, o, m->session->id);
	}
	o->act.intercept = INTERCEPT_TEMPFAIL;
	keep_undone(m->session, STR("the MTA refused a change"));
	log_put(session_log(m->session), LOG_LEVEL_WARNING, "edit", LOG_CSTR("error", "the MTA refused a change"));
	return reply_refusal(ctx, REFUSAL_EDIT);
}
