/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "gate/repeat.h"

#include "base/clock.h"
#include "base/fdio.h"
#include "gate/ledger.h"

struct search {
	struct gate_session *s;
	struct str ids[REPEAT_TRIES];
	size_t n;
};

static bool
collect(void *arg, const struct record *r)
{
	struct search *look = arg;

	if (r->size == look->s->spool.size && r->body.n)
		look->ids[look->n++] = pool_str(look->s->msg_pool, r->id);
	return look->n < REPEAT_TRIES;
}

/* Those that may be the same. */
static void
search(struct search *look)
{
	struct gate_session *s = look->s;
	const struct ledger_conf *lc = conf_values(s->conf, &ledger_table);
	const struct str rcpt = ledger_address(&s->gate->ledger, lc, s->msg_pool, s->facts.rcpts[0]);
	const struct observable terms[] = {
		{ OBS_MESSAGE_ID, record_text(s->msg_pool, str_trim(s->result.report.message_id)) },
		{ OBS_RCPT, record_text(s->msg_pool, rcpt) },
	};
	int64_t now = clock_wall_ms();
	struct records_query q = { .terms = terms, .n_terms = 2, .outcome = -1, .since_ms = now - REPEAT_MS,
	    .max = 4 * REPEAT_TRIES };

	if (terms[0].value.n == 0 || records_find(s->gate->ledger.records, &q, collect, look) != RC_OK)
		look->n = 0;
}

/* To the same, in the same quarantine, where nobody has touched it. */
static bool
same_envelope(const struct gate_session *s, const struct record *r)
{
	enum quarantine_kind kind = quarantine_of(&s->result.outcome);

	if (r->n_rcpts != s->facts.n_rcpts || !str_eq(r->mail_from, record_text(s->msg_pool, s->facts.mail_from)))
		return false;
	for (size_t i = 0; i < r->n_rcpts; i++) {
		const struct record_rcpt *to = &r->rcpts[i];

		if (to->state != ENTRY_HELD || to->kind != kind || to->changed_ms != r->rcpts[0].changed_ms ||
		    !str_eq(to->address, record_text(s->msg_pool, s->facts.rcpts[i])))
			return false;
	}
	return true;
}

/* At the end of a hold each time has a pass of its own, on top: of always the same length, and not part of the mail. */
static struct str
without_pass(const struct gate_session *s, struct str message)
{
	struct str rest = message, line;

	if (s->passes.fate != PASSES_AGAIN || !str_starts_nocase(message, STR(PASS_FIELD ":")))
		return message;
	do {
		if (!str_next(&rest, '\n', &line))
			break;
	} while (rest.n && (rest.p[0] == ' ' || rest.p[0] == '\t'));
	return rest;
}

static bool
same_bytes(const struct gate_session *s, struct str key)
{
	struct str then = STR_NONE, now = STR_NONE;
	uint64_t size = 0;
	bool same = false;
	int fd = -1;

	if (bodies_get(s->gate->ledger.bodies, key, &fd, &size) != RC_OK)
		return false;
	if (size == s->spool.size && fdio_map(fd, &then) == RC_OK) {
		if (fdio_map(s->spool.fd, &now) == RC_OK) {
			same = str_eq(without_pass(s, then), without_pass(s, now));
			fdio_unmap(&now);
		}
		fdio_unmap(&then);
	}
	fdio_close(&fd);
	return same;
}

/* At once, that it is still held and that it came again. */
static bool
note(struct gate_session *s, const struct record *r)
{
	struct records_step step = { .id = r->id, .from = 1 << ENTRY_HELD, .changed_ms = r->rcpts[0].changed_ms,
	    .to = ENTRY_HELD, .to_ms = r->rcpts[0].changed_ms,
	    .event = { .kind = STR("repeated"), .who = STR("gate"), .detail = str_of(s->id) } };
	size_t moved = 0;

	return records_move(s->gate->ledger.records, &step, &moved) == RC_OK && moved == r->n_rcpts;
}

bool
repeat_joins(struct gate_session *s, struct str *id)
{
	struct search look = { .s = s };
	struct record r;

	if (s->facts.n_rcpts == 0 || s->spool.error != RC_OK || s->passes.fate == PASSES_FORGED)
		return false;
	search(&look);
	for (size_t i = 0; i < look.n; i++) {
		if (records_get(s->gate->ledger.records, s->msg_pool, look.ids[i], &r, NULL) != RC_OK)
			continue;
		if (!same_envelope(s, &r) || !same_bytes(s, r.body) || !note(s, &r))
			continue;
		*id = look.ids[i];
		return true;
	}
	return false;
}
