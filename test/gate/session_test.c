/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "gate/session.h"

#include <sys/resource.h>

#include "gate/settings.h"
#include "test.h"

/* No workers are needed for what never reaches them: a message over message_max. */
static const char config[] =
    "message_max = 1M\nsessions_max = 2\nspool_dir = /tmp\nunscanned.limit = quarantine\n"
    "forged_headers = X-Forged\ntrusted_relays = 198.51.100.0/24\n";

/* With sanitizers it is ten times as much as without. */
enum { RCPTS_KB = 64 * 1024 };

static struct conf *
load(void)
{
	const struct conf_base none = { .key = NULL };
	struct conf *conf = NULL;
	struct buf errors;

	buf_init(&errors, 4096);
	if (conf_parse(str_of(config), "test", settings, none, &conf, &errors) != RC_OK)
		printf("# %s\n", buf_cstr(&errors));
	buf_clear(&errors);
	return conf;
}

static void
large_body(struct gate_session *s)
{
	static char chunk[65535];

	memset(chunk, 'x', sizeof(chunk));
	for (int i = 0; i < 20; i++)
		session_body(s, (struct str){ chunk, sizeof(chunk) });
}

static void
bounds(struct gate *g)
{
	struct gate_session *a = session_new(g), *b = session_new(g), *c = session_new(g);

	test_ok(a && b, "as many sessions as sessions_max");
	test_ok(!c, "not one more");
	test_int((int64_t)g->counts.refused, 1, "it is counted");
	session_free(&a);
	c = session_new(g);
	test_ok(c != NULL, "when one has gone there is room");
	test_ok(!a, "and its pointer is gone");
	session_free(&b);
	session_free(&c);
	test_int((int64_t)g->counts.sessions, 0, "none is left");
}

static void
names(struct gate *g)
{
	static const struct {
		const char *id, *want;
	} cases[] = {
		{ "4Bx9Yz", "4Bx9Yz" }, { "a\r\nb%", "a__b_" }, { "../x", "___x" },
		{ "0123456789012345678901234567890123456789012345", "012345678901234567890123456789012345678" },
	};
	struct gate_session *s = session_new(g);

	test_ok(s->id[0] == 'c' && strlen(s->id) > 5, "an id before the MTA knows one");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		session_queue_id(s, cases[i].id);
		test_str(str_of(s->id), str_of(cases[i].want), cases[i].id);
	}
	session_queue_id(s, NULL);
	test_str(s->facts.queue_id, str_of(cases[3].id), "no id changes nothing");
	session_free(&s);
}

static void
transaction(struct gate *g)
{
	struct gate_session *s = session_new(g);

	session_fact(s, &s->facts.client_addr, "192.0.2.1");
	session_connect(s);
	session_helo(s, "client.example.org");
	test_int(session_mail(s, "<a@example.org>")->act.intercept, INTERCEPT_ACCEPT, "mail");
	test_str(s->facts.mail_from, STR("a@example.org"), "the sender without brackets");
	test_ok(s->incoming, "from outside");
	test_ok(session_rcpt(s, " <b@example.com> ") != NULL, "a recipient");
	session_rcpt(s, "c@example.com");
	test_int((int64_t)s->facts.n_rcpts, 2, "two recipients");
	test_str(s->facts.rcpts[0], STR("b@example.com"), "the first");
	session_header(s, STR("X-Forged"), STR(" yes"));
	session_header(s, STR("Subject"), STR(" hi"));
	session_eoh(s);
	large_body(s);
	session_end(s);
	test_int(s->result.outcome.act.intercept, INTERCEPT_QUARANTINE, "over message_max: as policy says");
	test_ok(!s->result.outcome.complete, "and not complete");
	test_int((int64_t)s->fields.n_forged, 1, "the forged field was seen");
	session_reset(s);
	test_int((int64_t)s->facts.n_rcpts, 0, "reset: no recipients");
	test_int((int64_t)s->facts.mail_from.n, 0, "reset: no sender");
	test_int(s->spool.fd, -1, "reset: no spool");
	test_str(s->facts.client_addr, STR("192.0.2.1"), "reset: the connection stays");
	session_free(&s);
}

static void
recipients(struct gate *g)
{
	struct gate_session *s = session_new(g);
	struct rusage before, after;

	getrusage(RUSAGE_SELF, &before);
	session_mail(s, "<>");
	test_int((int64_t)s->facts.mail_from.n, 0, "the null sender");
	for (int i = 0; i < SESSION_RCPTS; i++)
		if (!session_rcpt(s, "<a@b>"))
			break;
	test_int((int64_t)s->facts.n_rcpts, SESSION_RCPTS, "as many recipients as SESSION_RCPTS");
	test_ok(session_rcpt(s, "<a@b>") == NULL, "not one more");
	test_int((int64_t)s->facts.rcpts[SESSION_RCPTS - 1].n, 3, "the last is known");
	getrusage(RUSAGE_SELF, &after);
	test_ok(after.ru_maxrss - before.ru_maxrss < RCPTS_KB, "they cost what their names take");
	session_free(&s);
}

/* A client greets again after STARTTLS: its last name counts, and once. */
static void
greetings(struct gate *g)
{
	struct gate_session *s = session_new(g);

	session_fact(s, &s->facts.client_addr, "192.0.2.1");
	session_connect(s);
	for (int i = 0; i < 3; i++)
		session_helo(s, "192.0.2.1");
	session_mail(s, "<>");
	test_int((int64_t)s->conn.findings.n, 2, "no host name, and a bare address said three times");
	session_helo(s, "client.example.org");
	session_mail(s, "<>");
	test_int((int64_t)s->conn.findings.n, 1, "the last name is a good one");
	session_free(&s);
}

/* Of a relay of ours nothing is asked and nothing judged; who logged in there is no relay. */
static void
relays(struct gate *g)
{
	struct gate_session *s = session_new(g);

	session_fact(s, &s->facts.client_addr, "198.51.100.1");
	session_connect(s);
	session_helo(s, "198.51.100.1");
	session_mail(s, "<a@example.org>");
	test_int((int64_t)s->msg.findings.n, 0, "the relay's HELO is not judged");
	test_ok(s->standing.relay, "it is known to be one");
	test_ok(s->results.relay, "whose results may be believed");
	session_fact(s, &s->facts.auth_user, "bob");
	session_mail(s, "<a@example.org>");
	test_ok(!s->standing.relay && !s->results.relay, "with a login it is a client");
	session_free(&s);
}

/* What a flow policy asks about. */
static void
flow_facts(struct gate *g)
{
	struct gate_session *a = session_new(g), *b = session_new(g);

	session_fact(a, &a->facts.client_addr, "192.0.2.1");
	session_connect(a);
	session_fact(b, &b->facts.client_addr, "192.0.2.1");
	session_connect(b);
	test_int(b->facts.connections, 2, "connections of this client");
	session_declare(b, 5000);
	session_mail(b, "<a@example.org>");
	test_int((int64_t)b->facts.size_declared, 5000, "the declared size");
	session_mail(b, "<a@example.org>");
	test_int((int64_t)b->facts.size_declared, 0, "of one message only");
	test_int(b->facts.messages, 0, "no message yet");
	session_eoh(b);
	large_body(b);
	session_end(b);
	session_mail(b, "<a@example.org>");
	test_int(b->facts.messages, 1, "one message came");
	session_free(&a);
	session_free(&b);
	test_ok(g->presence.clients == NULL, "nobody is left");
}

int
main(void)
{
	struct gate g = { .conf = load() };

	if (!test_ok(g.conf != NULL, "the configuration"))
		return test_done();
	bounds(&g);
	names(&g);
	transaction(&g);
	recipients(&g);
	greetings(&g);
	relays(&g);
	flow_facts(&g);
	conf_put(&g.conf);
	return test_done();
}
