/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "gate/edits.h"

#include "auth/authfield.h"
#include "base/clock.h"

static bool
describes_body(struct str name)
{
	return str_starts_nocase(name, STR("Content-")) || str_eq_nocase(name, STR("MIME-Version"));
}

/* Fields that describe the body, as the worker wants them: it may ask for no others. An MTA adds
 * a field that is to be changed and is not there. */
static bool
plan_content(struct pool *pool, const struct pipeline_edit *edit, struct vec *out)
{
	for (size_t i = 0; edit->message >= 0 && i < edit->n_headers; i++) {
		const struct edit_header *h = &edit->headers[i];
		struct field_edit *e;

		if (!describes_body(h->name))
			return false;
		e = vec_push(pool, out, sizeof(*e));
		*e = (struct field_edit){ h->value.n ? FIELD_CHANGE : FIELD_DELETE, fields_clean(pool, h->name),
		    fields_clean(pool, h->value), 1 };
	}
	return true;
}

/* What was changed breaks the signatures that the message came with: our seal says what they were. */
static void
seal(struct gate_session *s, const struct result *res, const struct pipeline_edit *edit, struct vec *edits)
{
	const struct auth_conf *ac = conf_values(s->conf, &auth_table);
	const struct report_auth *found = &res->report.auth;
	struct seal_in in = { .chain = &s->auth.arc, .content = edit->headers, .n_content = edit->n_headers,
	    .modified = res->outcome.act.modify & (MODIFY_STRIP | MODIFY_LINKS | MODIFY_SUBJECT),
	    .body = edit->message >= 0 ? edit->digest : found->has_body ? found->body : NULL,
	    .now = clock_wall_ms() / 1000 };
	struct str why = STR_NONE;

	if (!s->seal.key || res->outcome.observe)
		return;
	in.results = authfield_write(s->msg_pool, &s->auth, &s->facts, auth_serv_id(ac, s->facts.mta_name), false);
	if (seal_plan(&s->seal, &in, edits, &why) != RC_OK && why.n)
		log_put(session_log(s), LOG_LEVEL_INFO, "seal", LOG_CSTR("done", "no"), LOG_STR("why", why));
}

bool
edits_plan(struct gate_session *s, const struct conf *conf, const struct result *res, const struct pipeline_edit *edit,
    struct vec *out)
{
	struct vec own = { .n = 0 };

	if (!plan_content(s->msg_pool, edit, out))
		return false;
	/* What covers the others is planned from them alone. */
	fields_plan(&s->fields, conf_values(conf, &policy_table), res, &own);
	if (!res->let_by) {
		resfields_plan(&s->results, &res->session, &s->auth, &res->outcome, &own);
		seal(s, res, edit, &own);
	}
	for (size_t i = 0; i < own.n; i++)
		*(struct field_edit *)vec_push(s->msg_pool, out, sizeof(struct field_edit)) =
		    ((const struct field_edit *)own.items)[i];
	return true;
}
