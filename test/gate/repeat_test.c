/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* A held message that comes again is held once; what differs in anything is another. The ledger is a real one. */
#include "gate/repeat.h"

#include <unistd.h>

#include "click/folder.h"
#include "gate/keep.h"
#include "gate/ledger.h"
#include "gate/parties.h"
#include "gate/settings.h"
#include "store/records_kit.h"

static struct gate gate;
static struct pool *pool;

struct mail {
	const char *name;
	const char *from, *rcpts[2], *id, *body;
	enum class class;
	bool joins;
};
static const struct mail first = { "the first", "a@x.test", { "r@example.com", "q@example.com" }, "<one@x.test>", "text\r\n",
	CLASS_SPAM, false };
static const struct mail mails[] = {
	{ "the same", "a@x.test", { "r@example.com", "q@example.com" }, "<one@x.test>", "text\r\n", CLASS_SPAM, true },
	{ "and again", "a@x.test", { "r@example.com", "q@example.com" }, "<one@x.test>", "text\r\n", CLASS_SPAM, true },
	{ "another sender", "b@x.test", { "r@example.com", "q@example.com" }, "<one@x.test>", "text\r\n", CLASS_SPAM, false },
	{ "fewer recipients", "a@x.test", { "r@example.com" }, "<one@x.test>", "text\r\n", CLASS_SPAM, false },
	{ "another recipient", "a@x.test", { "r@example.com", "z@example.com" }, "<one@x.test>", "text\r\n", CLASS_SPAM, false },
	{ "a byte of the body", "a@x.test", { "r@example.com", "q@example.com" }, "<one@x.test>", "tExt\r\n", CLASS_SPAM, false },
	{ "another Message-ID", "a@x.test", { "r@example.com", "q@example.com" }, "<two@x.test>", "text\r\n", CLASS_SPAM, false },
	{ "no Message-ID", "a@x.test", { "r@example.com", "q@example.com" }, "", "text\r\n", CLASS_SPAM, false },
	{ "no Message-ID again", "a@x.test", { "r@example.com", "q@example.com" }, "", "text\r\n", CLASS_SPAM, false },
	{ "now it is malware", "a@x.test", { "r@example.com", "q@example.com" }, "<one@x.test>", "text\r\n", CLASS_MALWARE, false },
	{ "the same malware", "a@x.test", { "r@example.com", "q@example.com" }, "<one@x.test>", "text\r\n", CLASS_MALWARE, true },
};

/* It is judged and kept; the record that has it. */
static struct str
keep(struct gate_session *s, const struct mail *m)
{
	struct party *party = pool_alloc(pool, sizeof(*party));
	size_t *rcpts = pool_alloc(pool, 2 * sizeof(*rcpts));

	session_reset(s);
	session_mail(s, m->from);
	for (size_t i = 0; i < 2 && m->rcpts[i]; i++)
		session_rcpt(s, m->rcpts[i]);
	if (m->id[0])
		session_header(s, STR("Message-Id"), pool_printf(pool, " %s", m->id));
	session_eoh(s);
	session_body(s, str_of(m->body));
	test_int(spool_finish(&s->spool), RC_OK, m->name);
	for (size_t i = 0; i < 2; i++)
		rcpts[i] = i;
	s->result = (struct result){ .session = s->facts, .outcome = { .decided = true, .verdict = m->class,
	    .act.intercept = INTERCEPT_QUARANTINE }, .parties = party, .n_parties = 1 };
	report_init(&s->result.report, s->msg_pool, s->msg.lim);
	s->result.report.message_id = str_of(m->id);
	*party = (struct party){ .outcome = s->result.outcome, .rcpts = rcpts, .n = s->facts.n_rcpts };
	test_int(keep_message(s), RC_OK, "kept");
	return pool_str(pool, s->result.record);
}

static size_t
events_of(struct str id, const char *kind)
{
	struct vec events = { .n = 0 };
	const struct record_event *e;
	struct record r;
	size_t n = 0;

	if (records_get(gate.ledger.records, pool, id, &r, &events) != RC_OK)
		return 99;
	e = events.items;
	for (size_t i = 0; i < events.n; i++)
		n += str_eq(e[i].kind, str_of(kind));
	return n;
}

static void
each(struct gate_session *s)
{
	struct str id = keep(s, &first), last = id;

	for (size_t i = 0; i < sizeof(mails) / sizeof(*mails); i++) {
		struct str now = keep(s, &mails[i]);

		test_int(str_eq(now, id) || str_eq(now, last), mails[i].joins, mails[i].name);
		last = now;
	}
	test_int((int64_t)events_of(id, "repeated"), 2, "the record knows that it came again");
	test_int((int64_t)events_of(last, "repeated"), 1, "and the other");
}

/* Who was given it may get it again; who has one of two, too. */
static void
touched(struct gate_session *s)
{
	static const struct mail mail = { "one to be released", "a@x.test", { "r@example.com", "q@example.com" },
		"<three@x.test>", "text\r\n", CLASS_SPAM, false };
	struct str id = keep(s, &mail), again;
	struct records_step step = { .id = id, .number = 2, .from = 1 << ENTRY_HELD, .to = ENTRY_RELEASED,
	    .event = { .kind = STR("released") } };
	size_t moved;

	test_int(records_move(gate.ledger.records, &step, &moved), RC_OK, "one of two is released");
	again = keep(s, &mail);
	test_ok(!str_eq(again, id), "it is another then");
	test_str(keep(s, &mail), again, "which is joined");
	test_int((int64_t)events_of(id, "repeated"), 0, "not with the first");
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
	if (conf_parse(STR("bodies.min_free = 0\nspool_dir = /tmp\nledger.addresses = hashed\n"), "test", settings, none, &conf,
	    &errors) != RC_OK || ledger_open(conf, dir, RECORDS_GATE, gate.lc, &gate.ledger, &errors) != RC_OK) {
		test_ok(false, buf_cstr(&errors));
		return test_done();
	}
	gate.conf = conf;
	s = session_new(&gate);
	each(s);
	touched(s);
	session_free(&s);
	ledger_close(&gate.ledger);
	conf_put(&conf);
	buf_clear(&errors);
	pool_free(&pool);
	return test_done();
}
