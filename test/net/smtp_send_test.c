/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Giving a message to a server of ours that says what each case wants. */
#include "net/smtp_send.h"

#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fdio.h"
#include "net/smtp_stub.h"
#include "test.h"

enum { WAIT_MS = 3000, SHORT_MS = 300 };
#define MAIL "Subject: a\r\n\r\n.dot\r\n..two\r\ntext\r\n"

struct sending {
	const char *name, *script;
	const char *from, *message;
	enum rc want;
	bool unknown;
	const char *heard;		/* commands, without EHLO; NULL: whatever */
	const char *reply;		/* within it */
};

#define ALL "MAIL FROM:<a@x.test>|RCPT TO:<b@y.test>|RCPT TO:<c@y.test>|DATA|"
static const struct sending cases[] = {
	{ "taken", "", "a@x.test", MAIL, RC_OK, false, ALL, "2.0.0 taken" },
	{ "null sender", "", "", MAIL, RC_OK, false, "MAIL FROM:<>|RCPT TO:<b@y.test>|RCPT TO:<c@y.test>|DATA|", "taken" },
	{ "SIZE", "more=SIZE 9999", "a@x.test", MAIL, RC_OK, false,
	  "MAIL FROM:<a@x.test> SIZE=53|RCPT TO:<b@y.test>|RCPT TO:<c@y.test>|DATA|", "taken" },
	{ "8BITMIME for what has 8 bits", "more=8BITMIME", "a@x.test", "a: b\r\n\r\n\xc3\xa9\r\n", RC_OK, false,
	  "MAIL FROM:<a@x.test> BODY=8BITMIME|RCPT TO:<b@y.test>|RCPT TO:<c@y.test>|DATA|", "taken" },
	{ "and not for others", "more=8BITMIME", "a@x.test", MAIL, RC_OK, false, ALL, "taken" },
	{ "SMTPUTF8", "utf8", "\xc3\xa9@x.test", MAIL, RC_OK, false,
	  "MAIL FROM:<\xc3\xa9@x.test> SMTPUTF8|RCPT TO:<b@y.test>|RCPT TO:<c@y.test>|DATA|", "taken" },
	{ "not to be had", "", "\xc3\xa9@x.test", MAIL, RC_BAD, false, "", "SMTPUTF8" },
	{ "a sender that ends the command", "", "a@x.test>\r\nRCPT TO:<z@x.test", MAIL, RC_BAD, false, NULL, "address" },
	{ "sender refused", "mail=550 5.7.1 no", "a@x.test", MAIL, RC_BAD, false, "MAIL FROM:<a@x.test>|", "550 5.7.1 no" },
	{ "sender deferred", "mail=450 4.7.1 later", "a@x.test", MAIL, RC_TEMP, false, "MAIL FROM:<a@x.test>|", "450" },
	{ "one recipient refused: nobody gets it", "only=b@y.test", "a@x.test", MAIL, RC_BAD, false,
	  "MAIL FROM:<a@x.test>|RCPT TO:<b@y.test>|RCPT TO:<c@y.test>|", "550 5.1.1" },
	{ "DATA deferred", "data=451 4.3.0 later", "a@x.test", MAIL, RC_TEMP, false, ALL, "451" },
	{ "refused at the end", "end=554 5.7.1 spam", "a@x.test", MAIL, RC_BAD, false, ALL, "554 5.7.1 spam" },
	{ "deferred at the end", "end=452 4.3.1 full", "a@x.test", MAIL, RC_TEMP, false, ALL, "452" },
	{ "hung up at the end: unknown", "end=!", "a@x.test", MAIL, RC_TEMP, true, ALL, "hung up" },
	{ "silent at the end: unknown", "end=", "a@x.test", MAIL, RC_TEMP, true, ALL, "no answer in time" },
	{ "hung up before", "data=!", "a@x.test", MAIL, RC_TEMP, false, ALL, "hung up" },
	{ "silent before", "rcpt=", "a@x.test", MAIL, RC_TEMP, false, NULL, "no answer in time" },
	{ "greeting refuses", "greet=554 no", "a@x.test", MAIL, RC_TEMP, false, "", "" },
	{ "greeting that is no SMTP", "greet=hello", "a@x.test", MAIL, RC_TEMP, false, "", "" },
	{ "silent greeting", "greet=", "a@x.test", MAIL, RC_TEMP, false, "", "" },
	{ "garbage at the end: unknown", "end=what?", "a@x.test", MAIL, RC_TEMP, true, ALL, "no SMTP" },
};

static struct buf reply;

static enum rc
give(const char *server, const char *from, const char *text, int64_t ms, bool *unknown)
{
	const struct str rcpts[] = { STR("b@y.test"), STR("c@y.test") }, head[] = { STR("X-A: 1\r\n 2"), STR("X-B: 3") };
	struct smtp_mail m = { .server = str_of(server), .helo = STR("gate.test"), .from = str_of(from), .rcpts = rcpts,
	    .n_rcpts = 2, .head = head, .n_head = 2, .size = strlen(text), .unknown = unknown };
	enum rc rc;

	if (fdio_memfd("mail", str_of(text), &m.fd) != RC_OK)
		return RC_NONE;
	buf_reset(&reply);
	rc = smtp_send(&m, clock_mono_ms() + ms, &reply);
	close(m.fd);
	return rc;
}

static void
all_cases(struct smtp_stub *stub, const char *server)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const struct sending *c = &cases[i];
		bool unknown = !c->unknown, waits = strstr(c->name, "silent") != NULL;
		struct str heard;

		smtp_stub_script(stub, c->script);
		test_int(give(server, c->from, c->message, waits ? SHORT_MS : WAIT_MS, &unknown), c->want, c->name);
		test_int(unknown, c->unknown, "is it known how it ended");
		test_ok(strstr(buf_cstr(&reply), c->reply) != NULL, buf_cstr(&reply));
		heard = smtp_stub_heard(stub);
		if (str_starts(heard, STR("EHLO gate.test|")))
			heard = str_from(heard, 15);
		if (c->heard)
			test_str(heard, str_of(c->heard), "what was said");
	}
}

static void
bytes(struct smtp_stub *stub, const char *server)
{
	static char big[300000];
	unsigned before, taken;
	bool unknown;

	smtp_stub_script(stub, "");
	(void)smtp_stub_mail(stub, &before);
	test_int(give(server, "a@x.test", MAIL, WAIT_MS, &unknown), RC_OK, "dots");
	test_str(smtp_stub_mail(stub, &taken), STR("X-A: 1\r\n 2\r\nX-B: 3\r\n" MAIL), "arrives byte for byte behind its fields");
	test_int(taken, before + 1, "once");
	test_int(give(server, "a@x.test", "a: b\n\n.\nRCPT TO:<z@x.test>\n", WAIT_MS, &unknown), RC_OK, "bare line ends");
	test_str(smtp_stub_mail(stub, &taken), STR("X-A: 1\r\n 2\r\nX-B: 3\r\na: b\r\n\r\n.\r\nRCPT TO:<z@x.test>\r\n"),
	    "end no message");
	test_int(give(server, "a@x.test", "a: b\r\n\r\nno end", WAIT_MS, &unknown), RC_OK, "without a last line end");
	test_str(smtp_stub_mail(stub, &taken), STR("X-A: 1\r\n 2\r\nX-B: 3\r\na: b\r\n\r\nno end\r\n"), "it gets one");
	for (size_t i = 0; i + 1 < sizeof(big); i++)
		big[i] = i % 64 == 62 ? '\r' : i % 64 == 63 ? '\n' : i % 64 == 0 ? '.' : 'x';
	test_int(give(server, "a@x.test", big, WAIT_MS, &unknown), RC_OK, "a larger one");
	test_int((int64_t)smtp_stub_mail(stub, &taken).n, (int64_t)strlen(big) + 22, "is there as a whole");
}

static void
nobody(void)
{
	static const char *const no[] = { "", "127.0.0.1:1", "a b:25", "x@y:25", "h/../:25" };
	static const enum rc want[] = { RC_BAD, RC_TEMP, RC_BAD, RC_BAD, RC_BAD };
	bool unknown = true;

	for (size_t i = 0; i < sizeof(no) / sizeof(*no); i++) {
		test_int(give(no[i], "a@x.test", MAIL, WAIT_MS, &unknown), want[i], no[i]);
		test_ok(!unknown && reply.n > 0, buf_cstr(&reply));
	}
}

int
main(void)
{
	struct smtp_stub *stub = smtp_stub_new("");
	char server[40];

	buf_init(&reply, SMTP_SEND_REPLY);
	snprintf(server, sizeof(server), "127.0.0.1:%u", smtp_stub_port(stub));
	all_cases(stub, server);
	bytes(stub, server);
	nobody();
	smtp_stub_free(&stub);
	buf_clear(&reply);
	return test_done();
}
