/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Giving a message to a server of ours that says what each case wants. */
#include "net/smtp_send.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fdio.h"
#include "net/smtp_stub.h"
#include "net/tls.h"
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

/* How: what smtp_mail says about TLS. */
static enum rc
give_by(const struct smtp_mail *how, const char *server, const char *from, const char *text, int64_t ms, bool *unknown)
{
	const struct str rcpts[] = { STR("b@y.test"), STR("c@y.test") }, head[] = { STR("X-A: 1\r\n 2"), STR("X-B: 3") };
	struct smtp_mail m = { .server = str_of(server), .helo = STR("gate.test"), .from = str_of(from), .rcpts = rcpts,
	    .n_rcpts = 2, .head = head, .n_head = 2, .size = strlen(text), .unknown = unknown,
	    .tls = how->tls, .ca_file = how->ca_file };
	enum rc rc;

	if (fdio_memfd("mail", str_of(text), &m.fd) != RC_OK)
		return RC_NONE;
	buf_reset(&reply);
	rc = smtp_send(&m, clock_mono_ms() + ms, &reply);
	close(m.fd);
	return rc;
}

static enum rc
give(const char *server, const char *from, const char *text, int64_t ms, bool *unknown)
{
	return give_by(&(struct smtp_mail){ .tls = SMTP_TLS_NO }, server, from, text, ms, unknown);
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

/* ---- STARTTLS ---- */

#define BEGUN "EHLO gate.test|STARTTLS|"
#define YES "starttls=220 2.0.0 go on"
#define DAY 86400L

static const struct {
	const char *name, *script;
	enum smtp_tls tls;
	const char *host;
	bool believed;			/* its certificate is in ca_file */
	long valid_s;
	enum rc want;
	const char *heard, *reply;
} secret[] = {
	{ "no: it is not asked for", YES, SMTP_TLS_NO, "localhost", true, DAY, RC_OK, "EHLO gate.test|" ALL, "taken" },
	{ "try: not offered", "", SMTP_TLS_TRY, "localhost", true, DAY, RC_OK, "EHLO gate.test|" ALL, "taken" },
	{ "try: offered", YES, SMTP_TLS_TRY, "localhost", true, DAY, RC_OK, BEGUN "EHLO gate.test|" ALL, "taken" },
	{ "try: whoever it is", YES, SMTP_TLS_TRY, "127.0.0.1", false, -DAY, RC_OK, BEGUN "EHLO gate.test|" ALL, "taken" },
	{ "try: offered, and then not", "starttls=454 4.7.0 later", SMTP_TLS_TRY, "localhost", true, DAY, RC_OK, BEGUN ALL, "taken" },
	{ "try: what is offered without TLS does not count", YES ";bare=8BITMIME;more=SIZE", SMTP_TLS_TRY, "localhost", true, DAY, RC_OK,
	  BEGUN "EHLO gate.test|MAIL FROM:<a@x.test> SIZE=53|RCPT TO:<b@y.test>|RCPT TO:<c@y.test>|DATA|", "taken" },
	{ "must: with a good certificate", YES, SMTP_TLS_MUST, "localhost", true, DAY, RC_OK, BEGUN "EHLO gate.test|" ALL, "taken" },
	{ "must: not offered", "", SMTP_TLS_MUST, "localhost", true, DAY, RC_TEMP, "EHLO gate.test|", "" },
	{ "must: offered, and then not", "starttls=454 4.7.0 later", SMTP_TLS_MUST, "localhost", true, DAY, RC_TEMP, BEGUN, "" },
	{ "must: nobody vouches for it", YES, SMTP_TLS_MUST, "localhost", false, DAY, RC_TEMP, BEGUN, "certificate" },
	{ "must: of another name", YES, SMTP_TLS_MUST, "127.0.0.1", true, DAY, RC_TEMP, BEGUN, "" },
	{ "must: its time is over", YES, SMTP_TLS_MUST, "localhost", true, -DAY, RC_TEMP, BEGUN, "certificate" },
	{ "must: an answer that came before TLS", YES "\r\n250-stub\r\n250 SMTPUTF8", SMTP_TLS_MUST, "localhost", true, DAY, RC_TEMP,
	  BEGUN, "" },
	{ "must: the greeting refuses", YES ";greet=554 5.3.2 closed", SMTP_TLS_MUST, "localhost", true, DAY, RC_TEMP, "", "554" },
	{ "must: refused at the end", YES ";end=554 5.7.1 spam", SMTP_TLS_MUST, "localhost", true, DAY, RC_BAD,
	  BEGUN "EHLO gate.test|" ALL, "554 5.7.1 spam" },
};

static void
in_secret(struct smtp_stub *stub)
{
	char good[] = "/tmp/smtp_send.XXXXXX", other[] = "/tmp/smtp_send.XXXXXX", server[64];
	int a = mkstemp(good), b = mkstemp(other);

	if (a < 0 || b < 0)
		abort();
	SSL_CTX_free(tls_context(other, "localhost", DAY));
	for (size_t i = 0; i < sizeof(secret) / sizeof(*secret); i++) {
		struct smtp_mail how = { .tls = (int)secret[i].tls, .ca_file = str_of(secret[i].believed ? good : other) };
		bool unknown = true;

		smtp_stub_tls(stub, tls_context(good, "localhost", secret[i].valid_s));
		smtp_stub_script(stub, secret[i].script);
		snprintf(server, sizeof(server), "%s:%u", secret[i].host, smtp_stub_port(stub));
		test_int(give_by(&how, server, "a@x.test", MAIL, WAIT_MS, &unknown), secret[i].want, secret[i].name);
		test_ok(!unknown && strstr(buf_cstr(&reply), secret[i].reply), buf_cstr(&reply));
		test_str(smtp_stub_heard(stub), str_of(secret[i].heard), "what was said");
	}
	close(a), close(b);
	unlink(good), unlink(other);
}

/* What was sent arrives, in pieces of TLS as well, and what is not known is not. */
static void
bytes_in_secret(struct smtp_stub *stub)
{
	struct smtp_mail how = { .tls = SMTP_TLS_TRY };
	static char big[300000];
	char server[64];
	unsigned taken;
	bool unknown;

	snprintf(server, sizeof(server), "127.0.0.1:%u", smtp_stub_port(stub));
	smtp_stub_script(stub, YES);
	for (size_t i = 0; i + 1 < sizeof(big); i++)
		big[i] = i % 64 == 62 ? '\r' : i % 64 == 63 ? '\n' : 'x';
	test_int(give_by(&how, server, "a@x.test", big, WAIT_MS, &unknown), RC_OK, "a larger one in TLS");
	test_int((int64_t)smtp_stub_mail(stub, &taken).n, (int64_t)strlen(big) + 22, "is there as a whole");
	smtp_stub_script(stub, YES ";end=!");
	test_int(give_by(&how, server, "a@x.test", MAIL, WAIT_MS, &unknown), RC_TEMP, "hung up at the end");
	test_ok(unknown, "nobody knows how it ended");
	smtp_stub_script(stub, YES ";end=");
	test_int(give_by(&how, server, "a@x.test", MAIL, SHORT_MS, &unknown), RC_TEMP, "silent at the end");
	test_ok(unknown && strstr(buf_cstr(&reply), "in time"), buf_cstr(&reply));
	smtp_stub_script(stub, "starttls=220 go on;drip=1");
	test_int(give_by(&how, server, "a@x.test", MAIL, WAIT_MS, &unknown), RC_OK, "answers byte by byte");
}

int
main(void)
{
	struct smtp_stub *stub = smtp_stub_new("");
	char server[40];

	signal(SIGPIPE, SIG_IGN);	/* as the programs have it */
	buf_init(&reply, SMTP_SEND_REPLY);
	snprintf(server, sizeof(server), "127.0.0.1:%u", smtp_stub_port(stub));
	all_cases(stub, server);
	bytes(stub, server);
	nobody();
	in_secret(stub);
	bytes_in_secret(stub);
	smtp_stub_free(&stub);
	buf_clear(&reply);
	return test_done();
}
