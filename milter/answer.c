/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "milter/answer.h"

#include "auth/authfield.h"
#include "base/clock.h"
#include "base/fdio.h"
#include "gate/keep.h"
#include "milter/reply.h"
#include "policy/links_opts.h"

static bool
delivers(const struct outcome *o)
{
	return !o->observe && o->act.intercept < INTERCEPT_TEMPFAIL;
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
	const struct links_conf *lc = conf_values(s->conf, &links_table);
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
	struct pipeline_edit_in in = { .conf = s->conf, .session = &s->facts, .spool = &s->spool,
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
	a->held = delivers(o) && keep_holds(s);
	a->unstored = keep_message(s, delivers(o) && !a->held ? o->act.modify : 0) != RC_OK;
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

/* What was changed breaks the signatures that the message came with: our seal says what they were. */
static void
seal(struct gate_session *s, const struct pipeline_edit *edit, struct vec *edits)
{
	const struct auth_conf *ac = conf_values(s->conf, &auth_table);
	const struct report_auth *found = &s->result.report.auth;
	struct seal_in in = { .chain = &s->auth.arc, .content = edit->headers, .n_content = edit->n_headers,
	    .modified = s->result.outcome.act.modify & (MODIFY_STRIP | MODIFY_LINKS | MODIFY_SUBJECT),
	    .body = edit->message >= 0 ? edit->digest : found->has_body ? found->body : NULL,
	    .now = clock_wall_ms() / 1000 };
	struct str why = STR_NONE;

	if (!s->seal.key || s->result.outcome.observe)
		return;
	in.results = authfield_write(s->msg_pool, &s->auth, &s->facts, auth_serv_id(ac, s->facts.mta_name), false);
	if (seal_plan(&s->seal, &in, edits, &why) != RC_OK && why.n)
		log_put(session_log(s), LOG_LEVEL_INFO, "seal", LOG_CSTR("done", "no"), LOG_STR("why", why));
}

static bool
change_fields(SMFICTX *ctx, const struct mta *m, const struct pipeline_edit *edit)
{
	struct gate_session *s = m->session;
	struct vec edits = { .n = 0 };
	const struct field_edit *e;

	fields_plan(&s->fields, conf_values(s->conf, &policy_table), &s->result, &edits);
	if (!s->result.let_by) {
		resfields_plan(&s->results, &s->result.session, &s->auth, &s->result.outcome, &edits);
		seal(s, edit, &edits);
	}
	e = edits.items;
	for (size_t i = 0; i < edits.n; i++)
		if (!apply(ctx, m, &e[i]))
			return false;
	return true;
}

static bool
describes_body(struct str name)
{
	return str_starts_nocase(name, STR("Content-")) || str_eq_nocase(name, STR("MIME-Version"));
}

/* Fields that describe the body, as the worker wants them: it may ask for no others. An MTA adds
 * a field that is to be changed and is not there. */
static bool
change_content_fields(SMFICTX *ctx, const struct mta *m, const struct pipeline_edit *edit)
{
	for (size_t i = 0; i < edit->n_headers; i++) {
		const struct edit_header *h = &edit->headers[i];
		struct pool *pool = m->session->msg_pool;
		struct field_edit e = { FIELD_CHANGE, fields_clean(pool, h->name), fields_clean(pool, h->value), 1 };

		if (!describes_body(h->name))
			return false;
		if (h->value.n == 0)
			e.op = FIELD_DELETE;
		if (!apply(ctx, m, &e))
			return false;
	}
	return true;
}

static bool
change_body(SMFICTX *ctx, const struct mta *m, const struct pipeline_edit *edit)
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
	return ok && change_content_fields(ctx, m, edit);
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

	if (a->unstored) {
		fdio_close(&a->edit.message);
		o->act.intercept = INTERCEPT_TEMPFAIL;
		return reply_refusal(ctx, REFUSAL_STORE);
	}
	if (a->held) {
		fdio_close(&a->edit.message);
		return SMFIS_DISCARD;
	}
	if (delivers(o))
		done = change_body(ctx, m, &a->edit) && change_fields(ctx, m, &a->edit) && hold(ctx, m);
	else if (o->observe)
		done = change_fields(ctx, m, &a->edit);
	fdio_close(&a->edit.message);
	if (done)
		return reply_message(ctx, o, m->session->id);
	o->act.intercept = INTERCEPT_TEMPFAIL;
	keep_undone(m->session, STR("the MTA refused a change"));
	log_put(session_log(m->session), LOG_LEVEL_WARNING, "edit", LOG_CSTR("error", "the MTA refused a change"));
	return reply_refusal(ctx, REFUSAL_EDIT);
}
