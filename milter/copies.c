/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "milter/copies.h"

#include "base/clock.h"
#include "base/fdio.h"
#include "base/hash.h"
#include "check/services.h"
#include "gate/compose.h"
#include "gate/edits.h"
#include "gate/parties.h"
#include "policy/links_opts.h"
#include "policy/rcpt_groups.h"
#include "response/response.h"

enum { FIELD_BYTES = 2048 };

static struct party *
party_at(const struct mta *m, size_t i)
{
	return &m->session->result.parties[i];
}

/* The result as it is for one party. */
static struct result
result_of(const struct mta *m, const struct party *p)
{
	struct result r = m->session->result;

	r.outcome = p->outcome;
	return r;
}

/* ---- edit ---- */

/* What cannot be changed as it should goes to nobody unchanged. */
static void
not_edited(struct mta *m, struct party *p, struct str why)
{
	struct gate_session *s = m->session;
	const struct links_conf *lc = conf_values(rcpt_policy_conf(s->conf, p->policy), &links_table);
	struct action_set *act = &p->outcome.act;

	if (act->modify & MODIFY_STRIP)
		act->intercept = INTERCEPT_QUARANTINE;
	else
		action_merge(s->msg_pool, act, &lc->on_fail);
	act->modify &= ~(unsigned)MODIFY_STRIP;
	if (act->intercept == INTERCEPT_TEMPFAIL) {
		s->result.outcome = p->outcome;		/* for all: see parties_stay */
	} else if (!party_is_served(&p->outcome)) {
		act->intercept = INTERCEPT_QUARANTINE;
		p->fate = PARTY_KEPT;
	}
	log_put(session_log(s), LOG_LEVEL_WARNING, "copy", LOG_STR("policy", rcpt_policy_name(p->policy)),
	    LOG_CSTR("fate", party_fate_name(p->fate)), LOG_STR("why", why));
}

static void
edit(struct mta *m, struct party *p, struct pipeline_edit *out)
{
	struct gate_session *s = m->session;
	struct result res = result_of(m, p);
	struct pipeline_edit_in in = { .conf = rcpt_policy_conf(s->conf, p->policy), .session = &s->facts,
	    .spool = &s->spool, .result = &res, .record = s->gate->ledger.records ? str_of(s->record) : STR_NONE,
	    .pool = s->msg_pool, .lc = session_log(s) };
	enum rc rc;

	if (p->outcome.observe)
		return;
	rc = pipeline_edit(s->gate, &in, out);
	if (rc == RC_OK && out->links)
		p->outcome.act.modify |= MODIFY_LINKS;
	if (rc == RC_OK)
		p->changed = p->outcome.act.modify;
	else if (rc == RC_TEMP)
		not_edited(m, p, out->why);
}

void
copies_prepare(struct mta *m, struct copies *c)
{
	struct gate_session *s = m->session;

	*c = (struct copies){ pool_alloc(s->msg_pool, (s->result.n_parties + 1) * sizeof(*c->edit)), s->result.n_parties };
	for (size_t i = 0; i < c->n; i++) {
		c->edit[i] = (struct pipeline_edit){ .message = -1 };
		if (party_at(m, i)->fate == PARTY_COPIED)
			edit(m, party_at(m, i), &c->edit[i]);
	}
}

void
copies_close(struct copies *c)
{
	for (size_t i = 0; i < c->n; i++)
		fdio_close(&c->edit[i].message);
	c->n = 0;
}

/* ---- who had one ---- */

static void
name_mark(const struct mta *m, struct str rcpt, char out[HASH_SHA256_HEX + 1])
{
	const struct gate_session *s = m->session;
	unsigned char digest[HASH_SHA256_BYTES];
	char body[HASH_SHA256_HEX + 1];
	struct str message;

	if (fdio_map(s->spool.fd, &message) != RC_OK)
		message = STR_NONE;
	hash_sha256(str_from(message, (size_t)s->spool.body_off), digest);
	hash_hex(digest, body);
	fdio_unmap(&message);
	hash_sha256(pool_printf(s->msg_pool, "%s %.*s %.*s %.*s", body, STR_ARG(s->result.report.message_id),
	    STR_ARG(s->facts.mail_from), STR_ARG(rcpt)), digest);
	hash_hex(digest, out);
}

static int64_t
mark(const struct mta *m, struct str rcpt, int64_t add)
{
	const struct services *services = m->session->gate->services;
	struct counter_op op = { .type = COUNT_MARK, .kind = "copy", .window_ms = COPIES_MARK_MS, .add = add };
	char name[HASH_SHA256_HEX + 1];

	if (!services)
		return 0;
	name_mark(m, rcpt, name);
	op.name = str_of(name);
	counters_run(services->counters, clock_wall_ms(), &op, 1);
	return op.count;
}

void
copies_forget(const struct mta *m)
{
	const struct gate_session *s = m->session;
	char name[HASH_SHA256_HEX + 1];

	for (size_t i = 0; s->gate->services && i < s->result.n_parties; i++) {
		const struct party *p = party_at(m, i);

		for (size_t k = 0; p->fate == PARTY_COPIED && k < p->n; k++) {
			name_mark(m, s->facts.rcpts[p->rcpts[k]], name);
			(void)counters_forget(s->gate->services->counters, "copy", str_of(name));
		}
	}
}

/* ---- send ---- */

static enum rc
write_copy(struct mta *m, const struct party *p, const struct pipeline_edit *edit, struct smtp_mail *mail)
{
	struct gate_session *s = m->session;
	struct result res = result_of(m, p);
	struct compose c = { .body = STR_NONE };
	struct vec edits = { .n = 0 };
	struct str edited = STR_NONE;
	enum rc rc = RC_TEMP;

	if (!edits_plan(s, rcpt_policy_conf(s->conf, p->policy), &res, edit, &edits))
		return RC_TEMP;
	c.edits = edits.items;
	c.n_edits = edits.n;
	if (fdio_map(s->spool.fd, &c.message) != RC_OK)
		return RC_TEMP;
	if (edit->message < 0 || fdio_map(edit->message, &edited) == RC_OK) {
		if (edit->message >= 0)
			c.body = str_from(edited, (size_t)edit->body);
		rc = compose(s->msg_pool, &c, &mail->fd, &mail->size);
	}
	if (edit->message >= 0)
		fdio_unmap(&edited);
	fdio_unmap(&c.message);
	return rc;
}

static enum rc
give(struct mta *m, struct smtp_mail *mail, int64_t deadline_ms, struct buf *reply)
{
	struct gate_session *s = m->session;
	struct pass pass = { .kind = PASS_COPY, .id = s->result.record,
	    .expiry_s = clock_wall_ms() / 1000 + clock_left_ms(deadline_ms) / 1000 + 60 };
	struct buf field;
	struct str head;
	enum rc rc;

	buf_init(&field, FIELD_BYTES);
	rc = pass_make(s->gate->ledger.passes, s->msg_pool, mail, &pass, &field);
	head = buf_str(&field);
	mail->head = &head;
	mail->n_head = 1;
	if (rc == RC_OK)
		rc = smtp_send(mail, deadline_ms, reply);
	else
		buf_adds(reply, "no pass can be made for it");
	mail->head = NULL;
	mail->n_head = 0;
	buf_clear(&field);
	return rc;
}

/* Those of a party that have none yet. */
static size_t
who_lacks(struct mta *m, const struct party *p, struct str *out)
{
	size_t n = 0;

	for (size_t k = 0; k < p->n; k++)
		if (mark(m, m->session->facts.rcpts[p->rcpts[k]], 0) == 0)
			out[n++] = m->session->facts.rcpts[p->rcpts[k]];
	return n;
}

static enum rc
send_one(struct mta *m, const struct party *p, const struct pipeline_edit *edit, int64_t deadline_ms)
{
	struct gate_session *s = m->session;
	const struct release_conf *rc = conf_values(s->conf, &release_table);
	struct str *rcpts = pool_alloc(s->msg_pool, (p->n + 1) * sizeof(*rcpts));
	struct smtp_mail mail = { .server = rc->server, .helo = rc->helo, .tls = rc->tls, .ca_file = rc->ca_file,
	    .from = s->facts.mail_from, .rcpts = rcpts, .n_rcpts = who_lacks(m, p, rcpts), .fd = -1 };
	struct buf reply;
	enum rc got = RC_OK;

	if (mail.n_rcpts == 0)
		return RC_OK;
	buf_init(&reply, SMTP_SEND_REPLY);
	got = write_copy(m, p, edit, &mail);
	if (got == RC_OK)
		got = give(m, &mail, deadline_ms, &reply);
	else
		buf_adds(&reply, "it cannot be written");
	log_put(session_log(s), got == RC_OK ? LOG_LEVEL_INFO : LOG_LEVEL_WARNING, "copy",
	    LOG_STR("policy", rcpt_policy_name(p->policy)), LOG_CSTR("sent", got == RC_OK ? "yes" : "no"),
	    LOG_NUM("rcpts", mail.n_rcpts), LOG_CSTR("action", intercept_name(p->outcome.act.intercept)),
	    LOG_STR("reply", buf_str(&reply)));
	for (size_t i = 0; got == RC_OK && i < mail.n_rcpts; i++)
		(void)mark(m, rcpts[i], 1);
	fdio_close(&mail.fd);
	buf_clear(&reply);
	return got;
}

static bool
some_leave(const struct mta *m)
{
	for (size_t i = 0; i < m->session->result.n_parties; i++)
		if (party_at(m, i)->fate != PARTY_STAYS)
			return true;
	return false;
}

enum rc
copies_send(struct mta *m, const struct copies *c)
{
	const struct release_conf *rc = conf_values(m->session->conf, &release_table);
	int64_t deadline_ms = clock_mono_ms() + rc->deadline_ms;

	if (some_leave(m) && (!m->delrcpt || !m->session->gate->ledger.passes)) {
		log_put(session_log(m->session), LOG_LEVEL_ERR, "copy", LOG_CSTR("sent", "no"), LOG_CSTR("why",
		    m->delrcpt ? "there is no ledger" : "the MTA does not let recipients be taken out"));
		return RC_TEMP;
	}
	for (size_t i = 0; i < c->n; i++)
		if (party_at(m, i)->fate == PARTY_COPIED && send_one(m, party_at(m, i), &c->edit[i], deadline_ms) != RC_OK)
			return RC_TEMP;
	return RC_OK;
}

bool
copies_leave(SMFICTX *ctx, const struct mta *m)
{
	struct gate_session *s = m->session;

	for (size_t i = 0; i < s->result.n_parties; i++) {
		const struct party *p = party_at(m, i);

		for (size_t k = 0; p->fate != PARTY_STAYS && k < p->n; k++) {
			struct str to = pool_printf(s->msg_pool, "<%.*s>", STR_ARG(s->facts.rcpts[p->rcpts[k]]));

			if (smfi_delrcpt(ctx, pool_cstr(s->msg_pool, to)) != MI_SUCCESS)
				return false;
		}
	}
	return true;
}
