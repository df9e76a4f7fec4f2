/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Asking a mail server: one of ours that says what each case wants.
 * covers: lib/net/smtp_reply.c */
#include "net/smtp_probe.h"

#include "base/clock.h"
#include "net/smtp_reply.h"
#include "net/smtp_stub.h"
#include "test.h"

struct reading {
	const char *name, *in;
	enum smtp_state state;
	int code, class, detail;
};

static const struct reading readings[] = {
	{ "one line", "250 ok\r\n", SMTP_WHOLE, 250, 0, 0 },
	{ "several", "250-a\r\n250-b\r\n250 c\r\n", SMTP_WHOLE, 250, 0, 0 },
	{ "without text", "250\r\n", SMTP_WHOLE, 250, 0, 0 },
	{ "bare line end", "250 ok\n", SMTP_WHOLE, 250, 0, 0 },
	{ "enhanced", "550 5.1.1 no\r\n", SMTP_WHOLE, 550, 5, 1 },
	{ "of another class", "550 4.1.1 no\r\n", SMTP_WHOLE, 550, 0, 0 },
	{ "no enhanced code", "550 5.1 no\r\n", SMTP_WHOLE, 550, 0, 0 },
	{ "too many digits", "550 5.1.1234 no\r\n", SMTP_WHOLE, 550, 0, 0 },
	{ "not yet", "250-a\r\n250 b", SMTP_MORE, 250, 0, 0 },
	{ "codes that differ", "250-a\r\n550 b\r\n", SMTP_GARBAGE, 250, 0, 0 },
	{ "no code", "hello\r\n", SMTP_GARBAGE, 0, 0, 0 },
	{ "too low", "150 x\r\n", SMTP_GARBAGE, 0, 0, 0 },
	{ "too high", "600 x\r\n", SMTP_GARBAGE, 0, 0, 0 },
	{ "four digits", "2500 x\r\n", SMTP_GARBAGE, 0, 0, 0 },
	{ "empty line", "\r\n", SMTP_GARBAGE, 0, 0, 0 },
};

static void
replies(void)
{
	struct smtp_reply r;
	char big[SMTP_LINE + 10];

	for (size_t i = 0; i < sizeof(readings) / sizeof(*readings); i++) {
		const struct reading *w = &readings[i];

		smtp_reply_init(&r);
		smtp_reply_feed(&r, str_of(w->in));
		test_int(r.state, w->state, w->name);
		if (w->state == SMTP_WHOLE)
			test_ok(r.code == w->code && r.class == w->class && r.detail == w->detail, w->name);
	}
	smtp_reply_init(&r);
	memset(big, '2', sizeof(big));
	smtp_reply_feed(&r, (struct str){ big, sizeof(big) });
	test_int(r.state, SMTP_GARBAGE, "a line without end");
	smtp_reply_init(&r);
	for (int i = 0; i <= SMTP_LINES; i++)
		smtp_reply_feed(&r, STR("250-more\r\n"));
	test_int(r.state, SMTP_GARBAGE, "lines without end");
	smtp_reply_init(&r);
	test_int((int64_t)smtp_reply_feed(&r, STR("250 a\r\n250 b\r\n")), 7, "takes no more than one reply");
}

struct dialogue {
	const char *name, *script;	/* of test/net/smtp_stub.h */
	const char *address, *nobody;
	enum probe want;
	const char *why;		/* part of it */
	int64_t at_least_ms, at_most_ms;
};

enum { DEADLINE_MS = 600, SOON = 400 };

static const struct dialogue dialogues[] = {
	{ "known", "", "bob@x.example", NULL, PROBE_YES, "", 0, SOON },
	{ "unknown", "rcpt=550 5.1.1 no such user", "bob@x.example", NULL, PROBE_NO, "", 0, SOON },
	{ "unknown without enhanced code", "rcpt=550 no", "bob@x.example", NULL, PROBE_NO, "", 0, SOON },
	{ "moved", "rcpt=551 elsewhere", "bob@x.example", NULL, PROBE_NO, "", 0, SOON },
	{ "disabled", "rcpt=550 5.2.1 disabled", "bob@x.example", NULL, PROBE_NO, "", 0, SOON },
	{ "later", "rcpt=450 4.2.1 later", "bob@x.example", NULL, PROBE_UNCLEAR, "RCPT TO: 450 4.2.1 later", 0, SOON },
	{ "not because of the address", "rcpt=550 5.7.1 you are on a list", "bob@x.example", NULL,
	  PROBE_UNCLEAR, "5.7.1", 0, SOON },
	{ "mailbox full", "rcpt=552 5.2.2 full", "bob@x.example", NULL, PROBE_UNCLEAR, "5.2.2", 0, SOON },
	{ "no EHLO", "ehlo=502 what", "bob@x.example", NULL, PROBE_YES, "", 0, SOON },
	{ "neither HELO", "ehlo=502 what;helo=550 go away", "bob@x.example", NULL, PROBE_NO_ANSWER, "HELO: 550 go away", 0, SOON },
	{ "refuses all", "greet=554 no", "bob@x.example", NULL, PROBE_NO_ANSWER, "greeting: 554 no", 0, SOON },
	{ "refuses bounces", "mail=550 no bounces", "bob@x.example", NULL, PROBE_NO_ANSWER, "MAIL FROM:<>: 550", 0, SOON },
	{ "takes everybody", "", "bob@x.example", "nobody@x.example", PROBE_ANY, "", 0, SOON },
	{ "takes only some", "only=bob@x.example", "bob@x.example", "nobody@x.example", PROBE_YES, "", 0, SOON },
	{ "silent", "greet=", "bob@x.example", NULL, PROBE_NO_ANSWER, "no answer in time", DEADLINE_MS - 50, DEADLINE_MS + 300 },
	{ "silent at RCPT", "rcpt=", "bob@x.example", NULL,
	  PROBE_NO_ANSWER, "no answer in time", DEADLINE_MS - 50, DEADLINE_MS + 300 },
	{ "one byte now and then", "drip=100", "bob@x.example", NULL,
	  PROBE_NO_ANSWER, "no answer in time", DEADLINE_MS - 50, DEADLINE_MS + 300 },
	{ "garbage", "greet=\001\002rubbish", "bob@x.example", NULL, PROBE_NO_ANSWER, "no SMTP", 0, SOON },
	{ "hangs up", "rcpt=!", "bob@x.example", NULL, PROBE_NO_ANSWER, "closed", 0, SOON },
	{ "talks for ever", "flood", "bob@x.example", NULL, PROBE_NO_ANSWER, "", 0, SOON },
	{ "UTF-8 for who cannot", "", "j\xc3\xb6@x.example", NULL, PROBE_NO_ANSWER, "SMTPUTF8", 0, SOON },
	{ "UTF-8 for who can", "utf8", "j\xc3\xb6@x.example", NULL, PROBE_YES, "", 0, SOON },
	{ "two commands in one", "", "bob@x.example>\r\nRSET", NULL, PROBE_NO_ANSWER, "cannot be asked", 0, SOON },
	{ "closes the path", "", "bob>@x.example", NULL, PROBE_NO_ANSWER, "cannot be asked", 0, SOON },
};

static void
talk(const struct dialogue *d)
{
	struct smtp_stub *stub = smtp_stub_new(d->script);
	char port[16];
	struct smtp_probe p = { .host = "127.0.0.1", .port = port, .helo = STR("mx.here.example"),
	    .address = str_of(d->address), .nobody = str_of(d->nobody) };
	int64_t start = clock_mono_ms(), took;
	struct buf why;

	buf_init(&why, 500);
	snprintf(port, sizeof(port), "%u", smtp_stub_port(stub));
	p.deadline_ms = start + DEADLINE_MS;
	test_int(smtp_probe(&p, &why), d->want, d->name);
	took = clock_mono_ms() - start;
	if (!test_ok(str_find(buf_str(&why), str_of(d->why)) != STR_NPOS, d->name))
		test_show("why", buf_str(&why));
	if (!test_ok(took >= d->at_least_ms && took <= d->at_most_ms, d->name))
		printf("# %lld ms\n", (long long)took);
	if (str_eq(str_of(d->name), STR("known")))
		test_str(smtp_stub_heard(stub),
		    STR("EHLO mx.here.example|MAIL FROM:<>|RCPT TO:<bob@x.example>|"), "says no more than it must");
	buf_clear(&why);
	smtp_stub_free(&stub);
}

static void
nobody_there(void)
{
	struct smtp_probe p = { .host = "127.0.0.1", .port = "1", .helo = STR("x"), .address = STR("a@b.example"),
	    .deadline_ms = clock_mono_ms() + DEADLINE_MS };
	struct buf why;

	buf_init(&why, 500);
	test_int(smtp_probe(&p, &why), PROBE_NO_ANSWER, "nobody listens");
	p.host = "192.0.2.1\n";
	p.port = "25";
	test_int(smtp_probe(&p, &why), PROBE_NO_ANSWER, "no host");
	test_ok(why.n > 0, "says why");
	buf_clear(&why);
}

int
main(void)
{
	replies();
	for (size_t i = 0; i < sizeof(dialogues) / sizeof(*dialogues); i++)
		talk(&dialogues[i]);
	nobody_there();
	return test_done();
}
