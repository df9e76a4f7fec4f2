/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Release, deletion and reports of what a store has, with a mail server that says what each case wants.
 * covers: lib/response/response.c */
#include "response/release.h"

#include <pthread.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fdio.h"
#include "click/folder.h"
#include "conf/conf.h"
#include "net/smtp_stub.h"
#include "store/records_kit.h"

#define MAIL "From: a@x.test\r\nSubject: hello\r\n\r\nbody\r\n.dot\r\n"
enum { THREADS = 8 };

static struct response r;
static struct release_conf rc;
static struct smtp_stub *stub;
static struct buf why;
static struct pool *pool;

static void
put(struct kit_message *m, const char *tag, enum entry_state state, bool both)
{
	int fd;

	kit_message(m, clock_wall_ms(), tag, state);
	if (both) {
		m->rcpts[1].state = state;
		m->rcpts[1].outcome = 2;
	}
	if (state == ENTRY_ORIGINAL)
		m->rcpts[0].outcome = m->rcpts[1].outcome = 1;
	if (fdio_memfd("body", STR(MAIL), &fd) != RC_OK ||
	    bodies_put(r.bodies, m->record.body, fd, strlen(MAIL), kit_deadline()) != RC_OK ||
	    records_put(r.records, &m->record, kit_deadline()) != RC_OK)
		test_ok(false, "a message in the quarantine");
	close(fd);
}

static enum rc
release(const struct kit_message *m, size_t number, const char *to)
{
	struct release_order o = { .id = m->record.id, .number = number, .to = str_of(to), .who = STR("operator root") };

	buf_reset(&why);
	return release_entry(&r, &o, &why);
}

static enum entry_state
state(const struct kit_message *m, size_t number)
{
	struct record got;

	return records_get(r.records, pool, m->record.id, &got, NULL) == RC_OK ? got.rcpts[number - 1].state : ENTRY_STATES;
}

/* "kind, kind ..." */
static struct str
events(const struct kit_message *m)
{
	struct vec list = { .n = 0 };
	struct record_event *e;
	struct record got;
	struct buf text;
	struct str out;

	buf_init(&text, 4096);
	if (records_get(r.records, pool, m->record.id, &got, &list) == RC_OK)
		for (e = list.items; e < (struct record_event *)list.items + list.n; e++)
			buf_printf(&text, "%.*s ", STR_ARG(e->kind));
	out = pool_str(pool, buf_str(&text));
	buf_clear(&text);
	return out;
}

static void
one_mail(void)
{
	struct kit_message m;
	struct str mail;
	unsigned before, taken;
	size_t head;

	smtp_stub_script(stub, "");
	(void)smtp_stub_mail(stub, &before);
	put(&m, "one", ENTRY_HELD, true);
	test_int(release(&m, 0, ""), RC_OK, "release");
	mail = smtp_stub_mail(stub, &taken);
	test_int(taken, before + 1, "one mail");
	test_ok(str_starts(mail, STR(PASS_FIELD ": ")), "with a pass in front");
	head = str_find(mail, STR("From:"));
	test_str(str_from(mail, head), STR(MAIL), "byte for byte");
	test_str(smtp_stub_heard(stub), STR("EHLO gate.test|MAIL FROM:<sender-one@example.net>|RCPT TO:<rcpt-one@example.com>|"
	    "RCPT TO:<second@example.com>|DATA|"), "from its sender to all its recipients");
	test_ok(state(&m, 1) == ENTRY_RELEASED && state(&m, 2) == ENTRY_RELEASED, "released");
	test_str(events(&m), STR("releasing released "), "events");
	test_int(release(&m, 0, ""), RC_NONE, "again: no");
	test_str(buf_str(&why), STR("nothing to release: the state is released"), "and why");
	(void)smtp_stub_mail(stub, &taken);
	test_int(taken, before + 1, "no other mail");
}

static void
one_recipient(void)
{
	struct kit_message m;

	put(&m, "two", ENTRY_HELD, true);
	test_int(release(&m, 2, ""), RC_OK, "one of two recipients");
	test_ok(str_find(smtp_stub_heard(stub), STR("rcpt-two@")) == STR_NPOS, "only this one");
	test_ok(state(&m, 1) == ENTRY_HELD && state(&m, 2) == ENTRY_RELEASED, "the other one is held");
	test_int(release(&m, 0, "desk@example.com"), RC_OK, "the rest to another address");
	test_ok(str_find(smtp_stub_heard(stub), STR("RCPT TO:<desk@example.com>|DATA")) != STR_NPOS, "there it goes");
	test_int(release(&m, 3, ""), RC_NONE, "a recipient that is not there");
	test_str(buf_str(&why), STR("it has 2 recipients"), "and why");
	test_int(release(&m, 0, "a b>\r\n"), RC_BAD, "an address that is none");
	put(&m, "three", ENTRY_ORIGINAL, true);
	test_int(release(&m, 0, ""), RC_OK, "an original");
	test_ok(state(&m, 1) == ENTRY_RELEASED && state(&m, 2) == ENTRY_RELEASED, "is released as well");
}

struct failing {
	const char *name, *script;
	enum rc want;
	enum entry_state state;
	const char *why;
};
static const struct failing failing[] = {
	{ "refused", "rcpt=550 5.1.1 nobody", RC_BAD, ENTRY_HELD, "550 5.1.1 nobody" },
	{ "deferred at the end", "end=451 4.7.1 later", RC_TEMP, ENTRY_HELD, "451 4.7.1 later" },
	{ "hung up before the end", "data=!", RC_TEMP, ENTRY_HELD, "hung up" },
	{ "nobody knows", "end=!", RC_TEMP, ENTRY_RELEASING, "nobody knows" },
};

static void
failures(void)
{
	struct kit_message m;
	size_t n;

	for (size_t i = 0; i < sizeof(failing) / sizeof(*failing); i++) {
		const struct failing *f = &failing[i];

		smtp_stub_script(stub, f->script);
		put(&m, "fails", i % 2 ? ENTRY_ORIGINAL : ENTRY_HELD, true);
		test_int(release(&m, 0, ""), f->want, f->name);
		test_ok(strstr(buf_cstr(&why), f->why) != NULL, buf_cstr(&why));
		test_int(state(&m, 1), f->state == ENTRY_HELD && i % 2 ? ENTRY_ORIGINAL : f->state, "state");
	}
	test_int(release(&m, 0, ""), RC_NONE, "what is on its way is not released");
	test_int(release_stale(&r, clock_wall_ms(), &n), RC_OK, "look for what nobody is at");
	test_int((int64_t)n, 0, "too early");
	test_int(release_stale(&r, clock_wall_ms() + rc.deadline_ms + RELEASE_SLACK_MS + 1000, &n), RC_OK, "later");
	test_int((int64_t)n, 2, "both recipients");
	test_int(state(&m, 1), ENTRY_ORIGINAL, "are where they were");
	smtp_stub_script(stub, "");
	test_int(release(&m, 0, ""), RC_OK, "and can be released");
	put(&m, "bodyless", ENTRY_HELD, true);
	test_int(bodies_delete(r.bodies, m.record.body), RC_OK, "a body is gone");
	test_int(release(&m, 0, ""), RC_BAD, "it cannot be released");
	test_str(buf_str(&why), STR("its body is gone"), "and why");
	test_int(state(&m, 1), ENTRY_HELD, "it stays");
}

/* As a gate does it that is killed behind its commit, and who released it, too. */
static void
let_by(void)
{
	struct kit_message m;
	struct records_step step = { .from = 1 << ENTRY_HELD, .to = ENTRY_RELEASING, .event = { .kind = STR("releasing") } };
	int64_t at = clock_wall_ms() - 3600000;
	size_t n;

	put(&m, "unsure", ENTRY_HELD, true);
	step.id = m.record.id;
	step.event.time_ms = step.to_ms = at;
	test_int(records_move(r.records, &step, &n), RC_OK, "claimed");
	step.from = 1 << ENTRY_RELEASING;
	step.changed_ms = at;
	step.to_ms = at + PASS_LET_BY_MS;
	step.event = (struct record_event){ .time_ms = at + 5, .kind = STR("let_by"), .who = STR("gate") };
	test_int(records_move(r.records, &step, &n), RC_OK, "let by");
	test_int(release_stale(&r, clock_wall_ms(), &n), RC_OK, "nobody hears more of it");
	test_int(state(&m, 1), ENTRY_HELD, "it is held again");
	test_str(events(&m), STR("releasing let_by release_unsure release_unsure "), "and it is said that nobody knows");
	test_int(release(&m, 0, ""), RC_OK, "somebody decides to release it again");
}

static struct kit_message shared;

static void *
racer(void *arg)
{
	struct release_order o = { .id = shared.record.id, .who = STR("racer") };
	struct buf text;

	buf_init(&text, RELEASE_WHY);
	*(enum rc *)arg = release_entry(&r, &o, &text);
	buf_clear(&text);
	return NULL;
}

static void
race(void)
{
	enum rc got[THREADS];
	pthread_t t[THREADS];
	unsigned before, taken;
	int won = 0;

	put(&shared, "race", ENTRY_HELD, true);
	(void)smtp_stub_mail(stub, &before);
	for (size_t i = 0; i < THREADS; i++)
		pthread_create(&t[i], NULL, racer, &got[i]);
	for (size_t i = 0; i < THREADS; i++) {
		pthread_join(t[i], NULL);
		won += got[i] == RC_OK;
	}
	(void)smtp_stub_mail(stub, &taken);
	test_int(won, 1, "one of eight threads");
	test_int(taken, before + 1, "one mail");
}

static void
others(void)
{
	struct release_order o = { .who = STR("operator root") };
	enum release_report which;
	struct kit_message m;
	struct stat st;
	char path[256];

	put(&m, "gone", ENTRY_HELD, true);
	o.id = m.record.id;
	buf_reset(&why);
	test_int(release_report(&r, &o, REPORT_FALSE_POSITIVE, &why), RC_OK, "report");
	snprintf(path, sizeof(path), "%.*s/learn/false_positive-%s.eml", STR_ARG(r.state_dir), m.id);
	test_ok(stat(path, &st) == 0 && st.st_size == (off_t)strlen(MAIL), "it is kept for learning");
	test_ok(release_report_parse(STR("missed_spam"), &which) && which == REPORT_MISSED_SPAM, "kinds");
	test_ok(!release_report_parse(STR("spam"), &which), "no such kind");
	o.number = 1;
	test_int(release_delete(&r, &o, &why), RC_OK, "delete for one");
	test_int(release(&m, 0, ""), RC_OK, "the body is there for the other");
	test_int(state(&m, 1), ENTRY_DELETED, "not for who deleted it");
	put(&m, "gone2", ENTRY_HELD, true);
	o = (struct release_order){ .id = m.record.id, .who = STR("operator root") };
	test_int(release_delete(&r, &o, &why), RC_OK, "delete for all");
	test_int(bodies_delete(r.bodies, m.record.body), RC_NONE, "the body is gone");
	test_int(release_delete(&r, &o, &why), RC_NONE, "again: no");
	test_int(release(&m, 0, ""), RC_NONE, "nor release");
	test_str(events(&m), STR("deleted "), "event");
	o.id = STR("nothing");
	test_int(release_delete(&r, &o, &why), RC_NONE, "no such record");
}

int
main(void)
{
	struct str dir = folder_make();
	struct buf errors, text;
	struct conf *conf = NULL;
	static const struct opt_table *const tables[] = { &records_table, &bodies_table, &release_table, NULL };

	pool = pool_new(0);
	stub = smtp_stub_new("");
	mkdir(folder_file("ledger"), 0700);	/* the gate makes it */
	buf_init(&why, RELEASE_WHY);
	buf_init(&errors, 4096);
	buf_init(&text, 4096);
	buf_printf(&text, "release.server = 127.0.0.1:%u\nrelease.helo = gate.test\nrelease.deadline = 2s\n"
	    "bodies.min_free = 0\n", smtp_stub_port(stub));
	if (conf_parse(buf_str(&text), "test", tables, (struct conf_base){ .given = NULL }, &conf, &errors) != RC_OK ||
	    response_open(conf, dir, (struct log_ctx){ NULL, "-" }, &r, &why) != RC_OK) {
		test_ok(false, buf_cstr(errors.n ? &errors : &why));
		return test_done();
	}
	rc = *r.conf;
	one_mail();
	one_recipient();
	let_by();
	failures();
	race();
	others();
	response_close(&r);
	conf_put(&conf);
	smtp_stub_free(&stub);
	buf_clear(&why);
	buf_clear(&errors);
	buf_clear(&text);
	pool_free(&pool);
	return test_done();
}
