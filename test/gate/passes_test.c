/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Passes at the end of a message: ours, those of others, edited, used, expired. The ledger is a real one. */
#include "gate/passes.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fdio.h"
#include "check/services.h"
#include "click/folder.h"
#include "gate/keep.h"
#include "gate/session.h"
#include "gate/settings.h"
#include "store/records_kit.h"

#define SUBJECT "Subject: hello\r\n"
#define FROM "a@x.test"

static struct gate gate;
static struct pool *pool;

struct mail {
	const char *subject, *body;
	struct str rcpts[2];
	size_t n_rcpts;
	const char *from;
};
static const struct mail usual = { "hello", "one\r\ntwo\r\n", { STR("rcpt-p@example.com"), STR("second@example.com") }, 2, FROM };

/* A pass for the usual mail; its record waits for it when `waits`. */
static struct str
pass_for(struct kit_message *m, enum pass_kind kind, bool waits, int64_t life_s)
{
	struct records_step step = { .from = 1 << ENTRY_HELD, .to = ENTRY_RELEASING, .event = { .kind = STR("releasing") } };
	struct pass what = { .kind = kind, .claim_ms = clock_wall_ms(), .expiry_s = clock_wall_ms() / 1000 + life_s };
	struct smtp_mail mail = { .from = STR(FROM), .rcpts = usual.rcpts, .n_rcpts = 2 };
	struct str text = pool_printf(pool, SUBJECT "\r\n%s", usual.body), value = STR_NONE;
	struct buf out;
	size_t moved;

	kit_message(m, clock_wall_ms(), "p", ENTRY_HELD);
	m->rcpts[1].state = ENTRY_HELD;
	step.id = what.id = m->record.id;
	step.event.time_ms = what.claim_ms;
	if (records_put(gate.ledger.records, &m->record, kit_deadline()) != RC_OK ||
	    (waits && records_move(gate.ledger.records, &step, &moved) != RC_OK))
		test_ok(false, "a record");
	mail.size = text.n;
	buf_init(&out, 1024);
	if (fdio_memfd("mail", text, &mail.fd) == RC_OK && pass_make(gate.ledger.passes, pool, &mail, &what, &out) == RC_OK)
		value = pool_str(pool, str_from(buf_str(&out), sizeof(PASS_FIELD)));
	close(mail.fd);
	buf_clear(&out);
	return value;
}

/* The mail comes to its end, with these fields. */
static enum passes_fate
arrive(struct gate_session *s, const struct mail *m, struct str pass, struct str second)
{
	session_mail(s, m->from);
	for (size_t i = 0; i < m->n_rcpts; i++)
		session_rcpt(s, m->rcpts[i].p);
	session_header(s, STR("Received"), STR(" from the MTA"));
	if (pass.n)
		session_header(s, STR("x-sekimori-PASS"), pass);
	session_header(s, STR("Subject"), pool_printf(pool, " %s", m->subject));
	session_header(s, STR("Message-Id"), STR(" <added@x.test>"));
	if (second.n)
		session_header(s, STR(PASS_FIELD), second);
	session_eoh(s);
	session_body(s, str_of(m->body));
	if (spool_finish(&s->spool) == RC_OK)
		passes_judge(s);
	return s->passes.fate;
}

/* How often the field is removed. */
static int
removed(struct gate_session *s)
{
	struct vec edits = { .n = 0 };
	const struct field_edit *e;
	int n = 0;

	fields_plan(&s->fields, conf_values(s->conf, &policy_table), &s->result, &edits);
	for (e = edits.items; e < (const struct field_edit *)edits.items + edits.n; e++)
		n += e->op == FIELD_DELETE && str_eq_nocase(e->name, STR(PASS_FIELD));
	return n;
}

static enum entry_state
state(const struct kit_message *m)
{
	struct record got;

	return records_get(gate.ledger.records, pool, m->record.id, &got, NULL) == RC_OK ? got.rcpts[0].state : ENTRY_STATES;
}

static void
released(struct gate_session *s)
{
	struct kit_message m;
	struct str pass = pass_for(&m, PASS_RELEASE, true, 60);
	struct vec edits = { .n = 0 };

	test_int(arrive(s, &usual, pass, STR_NONE), PASSES_LET_BY, "a good one lets by");
	test_ok(s->result.let_by && s->result.outcome.act.intercept == INTERCEPT_ACCEPT, "without a look");
	fields_plan(&s->fields, conf_values(s->conf, &policy_table), &s->result, &edits);
	test_int((int64_t)edits.n, 1, "one field is changed");
	test_int(removed(s), 1, "the pass");
	test_int(state(&m), ENTRY_RELEASING, "before the answer it is on its way");
	test_int(keep_message(s), RC_OK, "the answer is prepared");
	test_int(state(&m), ENTRY_RELEASING, "until the answer is there");
	test_int(arrive(s, &usual, pass, STR_NONE), PASSES_USED, "but nobody else gets by: used");
	passes_answered(s);
	test_int(state(&m), ENTRY_RELEASED, "then it is released");
	test_int(arrive(s, &usual, pass, STR_NONE), PASSES_USED, "again: used");
	test_int(s->result.outcome.act.intercept, INTERCEPT_REJECT, "refused");
	test_int(removed(s), 1, "and removed");
	test_int(arrive(s, &usual, pass, pass), PASSES_USED, "twice the same: used");
}

/* Held mail may have a pass that it came with: a forged one, or ours of the end of a hold. */
static void
above(struct gate_session *s)
{
	struct kit_message m, before;
	struct str old = pass_for(&before, PASS_HOLD_END, false, 60), pass = pass_for(&m, PASS_RELEASE, true, 60);

	test_int(arrive(s, &usual, pass, STR(" x")), PASSES_LET_BY, "above a forged one");
	test_int(removed(s), 2, "both are removed");
	test_int(arrive(s, &usual, pass, old), PASSES_LET_BY, "above one that was used");
	test_int(keep_message(s), RC_OK, "it is used");
	passes_answered(s);
	test_int(state(&m), ENTRY_RELEASED, "and released");
	test_int(state(&before), ENTRY_HELD, "only it");
}

struct forging {
	const char *name;
	struct mail mail;
};
static const struct forging forgings[] = {
	{ "another subject", { "hello!", "one\r\ntwo\r\n", { STR("rcpt-p@example.com"), STR("second@example.com") }, 2, FROM } },
	{ "another body", { "hello", "one\r\nthree\r\n", { STR("rcpt-p@example.com"), STR("second@example.com") }, 2, FROM } },
	{ "another sender", { "hello", "one\r\ntwo\r\n", { STR("rcpt-p@example.com"), STR("second@example.com") }, 2, "z@x.test" } },
	{ "another recipient", { "hello", "one\r\ntwo\r\n", { STR("rcpt-p@example.com"), STR("third@example.com") }, 2, FROM } },
	{ "fewer recipients", { "hello", "one\r\ntwo\r\n", { STR("rcpt-p@example.com") }, 1, FROM } },
};

static void
forged(struct gate_session *s)
{
	struct kit_message m, late;
	struct str pass = pass_for(&m, PASS_RELEASE, true, 60), expired = pass_for(&late, PASS_RELEASE, true, -10);

	for (size_t i = 0; i < sizeof(forgings) / sizeof(*forgings); i++) {
		test_int(arrive(s, &forgings[i].mail, pass, STR_NONE), PASSES_FORGED, forgings[i].name);
		test_ok(!s->result.let_by && s->facts.pass.n > 0, s->facts.pass.p);
		test_int(removed(s), 1, "it is removed");
	}
	test_int(arrive(s, &usual, expired, STR_NONE), PASSES_FORGED, "expired");
	test_str(s->facts.pass, STR("expired"), "why");
	test_int(arrive(s, &usual, STR(" AgABAAAA"), STR_NONE), PASSES_FORGED, "not ours");
	test_int(arrive(s, &usual, STR(" x"), pass), PASSES_FORGED, "two of them, ours below");
	test_str(s->facts.pass, STR("several of them, and the first is not ours"), "why");
	test_int(removed(s), 2, "both are removed");
	test_int(state(&m), ENTRY_RELEASING, "nothing was released by that");
	test_int(arrive(s, &(struct mail){ "hello", "--b\r\nX-Sekimori-Pass: x\r\n\r\none\r\n", { usual.rcpts[0] }, 1, FROM },
	    STR_NONE, STR_NONE), PASSES_NONE, "in a nested part it is text");
	test_int(removed(s), 0, "which stays");
	test_int(arrive(s, &usual, STR_NONE, STR_NONE), PASSES_NONE, "without one");
	test_ok(s->facts.pass.n == 0, "nothing is left of the one before");
	test_int(arrive(s, &usual, pass, STR_NONE), PASSES_LET_BY, "the good one is good after all that");
	test_int(keep_message(s), RC_OK, "and is used");
}

static void
unclaimed(struct gate_session *s)
{
	struct kit_message m;
	struct str pass = pass_for(&m, PASS_RELEASE, false, 60);

	test_int(arrive(s, &usual, pass, STR_NONE), PASSES_USED, "nobody waits for it");
	test_int(state(&m), ENTRY_HELD, "it stays held");
	pass = pass_for(&m, PASS_RELEASE, true, 60);
	test_int(arrive(s, &usual, pass, STR_NONE), PASSES_LET_BY, "somebody waits");
	test_int(records_move(gate.ledger.records, &(struct records_step){ .id = m.record.id, .from = 1 << ENTRY_RELEASING,
	    .to = ENTRY_HELD, .event = { .kind = STR("release_failed") } }, &(size_t){ 0 }), RC_OK, "and goes");
	test_int(keep_message(s), RC_TEMP, "then it is not let by");
	test_int(state(&m), ENTRY_HELD, "nor released");
}

static void
others(struct gate_session *s)
{
	static const struct { enum intercept from, to; bool decided; } rows[] = {
		{ INTERCEPT_HOLD, INTERCEPT_ACCEPT, false }, { INTERCEPT_HOLD, INTERCEPT_QUARANTINE, true },
		{ INTERCEPT_REJECT, INTERCEPT_QUARANTINE, true }, { INTERCEPT_TEMPFAIL, INTERCEPT_TEMPFAIL, false },
		{ INTERCEPT_ACCEPT, INTERCEPT_ACCEPT, false }, { INTERCEPT_QUARANTINE, INTERCEPT_QUARANTINE, true },
	};
	struct kit_message m;
	struct str pass = pass_for(&m, PASS_NOTICE, false, 60);

	test_int(arrive(s, &usual, pass, STR_NONE), PASSES_LET_BY, "our own mail");
	test_int(keep_message(s), RC_OK, "is let by");
	test_int(arrive(s, &usual, pass_for(&m, PASS_HOLD_END, true, 60), STR_NONE), PASSES_AGAIN, "the end of a hold is looked at");
	test_ok(!s->result.let_by, "as any mail");
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		s->result.outcome = (struct outcome){ .decided = rows[i].decided, .act = { .intercept = rows[i].from } };
		passes_temper(&s->result.outcome);
		test_int(s->result.outcome.act.intercept, rows[i].to, intercept_name(rows[i].from));
	}
	s->result.outcome.act.intercept = INTERCEPT_TEMPFAIL;
	test_int(passes_commit(s), RC_OK, "what is deferred");
	test_int(state(&m), ENTRY_RELEASING, "is not over");
	s->result.outcome.act.intercept = INTERCEPT_QUARANTINE;
	test_int(passes_commit(s), RC_OK, "what is quarantined");
	test_int(state(&m), ENTRY_RELEASED, "is");
	passes_answered(s);
	test_int(passes_commit(s), RC_NONE, "once");
	test_int(arrive(s, &usual, pass_for(&m, PASS_HOLD_END, true, 60), STR_NONE), PASSES_AGAIN, "another");
	s->result.outcome.act.intercept = INTERCEPT_ACCEPT;
	test_int(passes_commit(s), RC_OK, "what is clean now");
	test_int(state(&m), ENTRY_RELEASING, "is on its way");
	passes_answered(s);
	test_int(state(&m), ENTRY_RELEASED, "until it is there");
}

/* What was used is known in memory; a gate that begins lets none by that was made before. */
static void
restarted(struct gate_session *s)
{
	const struct counters_conf cc = { .backend = COUNTERS_MEMORY, .entries_max = 10000, .snapshot_ms = 60000 };
	struct services services = { .counters = NULL };
	struct kit_message m;
	struct str notice = pass_for(&m, PASS_NOTICE, false, 60), copy = pass_for(&m, PASS_COPY, false, 60);
	struct buf why;

	buf_init(&why, 1024);
	test_int(counters_new(&cc, STR_NONE, gate.lc, &services.counters, &why), RC_OK, "counters");
	gate.services = &services;
	test_int(arrive(s, &usual, notice, STR_NONE), PASSES_LET_BY, "a notice");
	test_int(keep_message(s), RC_OK, "once");
	test_int(arrive(s, &usual, notice, STR_NONE), PASSES_LET_BY, "nobody looks before the end");
	test_int(keep_message(s), RC_TEMP, "not twice");
	test_int(arrive(s, &usual, copy, STR_NONE), PASSES_LET_BY, "a copy that nobody used");
	usleep(2000);
	gate.ledger.opened_ms = clock_wall_ms();	/* another gate */
	test_int(arrive(s, &usual, notice, STR_NONE), PASSES_LATER, "another gate does not know");
	test_int(s->result.outcome.act.intercept, INTERCEPT_TEMPFAIL, "it must come again");
	test_int(arrive(s, &usual, copy, STR_NONE), PASSES_LATER, "nor of the copy");
	test_int(arrive(s, &usual, pass_for(&m, PASS_NOTICE, false, 60), STR_NONE), PASSES_LET_BY, "a new one is good");
	gate.services = NULL;
	counters_free(&services.counters);
	buf_clear(&why);
}

int
main(void)
{
	struct conf_base none = { .key = NULL };
	struct str dir = folder_make();
	struct gate_session *s;
	struct buf errors;
	struct conf *conf = NULL;

	pool = pool_new(0);
	buf_init(&errors, 8192);
	pthread_mutex_init(&gate.lock, NULL);
	if (conf_parse(STR("bodies.min_free = 0\nspool_dir = /tmp\n"), "test", settings, none, &conf, &errors) != RC_OK ||
	    ledger_open(conf, dir, RECORDS_GATE, gate.lc, &gate.ledger, &errors) != RC_OK) {
		test_ok(false, buf_cstr(&errors));
		return test_done();
	}
	gate.conf = conf;
	s = session_new(&gate);
	released(s);
	above(s);
	forged(s);
	unclaimed(s);
	others(s);
	restarted(s);
	session_free(&s);
	ledger_close(&gate.ledger);
	conf_put(&conf);
	buf_clear(&errors);
	pool_free(&pool);
	return test_done();
}
