/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* A pass holds for one mail of ours, and for no other.
 * covers: lib/click/sealed.c */
#include "response/pass.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "base/fdio.h"
#include "click/folder.h"
#include "test.h"

#define NOW_S 1800000000LL
#define HEAD "Received: from a\r\nFrom: a@x.test\r\nSubject: =?utf-8?B?8J+YgA==?=\r\n two\r\nContent-Type: text/plain\r\n"
#define BODY "\r\n one\r\ntwo  three \r\n\r\n"
#define ID "01hzzzzzzz0123456789"

static struct keyring *ring;
static struct pool *pool;
static struct buf why;
static const struct str rcpts[] = { STR("b@y.test"), STR("C@y.test") };

static struct str
make(const char *message, enum pass_kind kind)
{
	struct pass what = { .kind = kind, .id = STR(ID), .claim_ms = 1234567890123, .expiry_s = NOW_S + 60 };
	struct smtp_mail m = { .from = STR("a@x.test"), .rcpts = rcpts, .n_rcpts = 2, .size = strlen(message) };
	struct str field = STR_NONE;
	struct buf out;

	buf_init(&out, 1024);
	if (fdio_memfd("mail", str_of(message), &m.fd) == RC_OK && pass_make(ring, pool, &m, &what, &out) == RC_OK)
		field = pool_str(pool, buf_str(&out));
	close(m.fd);
	buf_clear(&out);
	return field;
}

static struct str
value_of_field(struct str field)
{
	return str_from(field, sizeof(PASS_FIELD));
}

static void
reading(void)
{
	struct str field = make(HEAD BODY, PASS_HOLD_END), value = value_of_field(field), line, rest = field;
	struct pass p;
	char text[1024];
	size_t good = 0;

	test_ok(str_starts(field, STR(PASS_FIELD ": ")), "a header field");
	while (str_next(&rest, '\n', &line))
		test_ok(line.n <= 78, "lines of a mail");
	test_int(pass_read(ring, pool, value, NOW_S, &p), RC_OK, "is read");
	test_ok(p.kind == PASS_HOLD_END && p.claim_ms == 1234567890123 && p.expiry_s == NOW_S + 60, "kind and times");
	test_str(p.id, STR(ID), "record");
	snprintf(text, sizeof(text), "  %.*s  \t", STR_ARG(value));
	for (char *c = text; *c; c++)
		*c = *c == '\r' || *c == '\n' ? '\t' : *c;
	test_int(pass_read(ring, pool, str_of(text), NOW_S, &p), RC_OK, "folded in another way");
	test_int(pass_read(ring, pool, value, NOW_S + 60, &p), RC_OK, "in its last second");
	test_int(pass_read(ring, pool, value, NOW_S + 61, &p), RC_LIMIT, "then it is expired");
	snprintf(text, sizeof(text), "%.*s", STR_ARG(value));
	for (size_t i = 0; i < value.n; i++) {
		char was = text[i];

		if (was == ' ' || was == '\r' || was == '\n')
			continue;
		text[i] = was == 'A' ? 'B' : 'A';
		good += pass_read(ring, pool, str_of(text), NOW_S, &p) == RC_OK;
		text[i] = was;
	}
	test_int((int64_t)good, 0, "no character of it can be another");
	for (size_t n = 0; n < value.n; n++)
		good += pass_read(ring, pool, str_upto(value, n), NOW_S, &p) == RC_OK;
	snprintf(text, sizeof(text), "%.*sAAAA", STR_ARG(value));
	good += pass_read(ring, pool, str_of(text), NOW_S, &p) == RC_OK;
	test_int((int64_t)good, 0, "nor be missing, nor be more");
	test_int(pass_read(ring, pool, STR_NONE, NOW_S, &p), RC_BAD, "nothing");
	test_ok(!str_eq(make(HEAD BODY, PASS_RELEASE), make(HEAD BODY, PASS_RELEASE)), "no two are the same");
}

struct other {
	const char *name, *message;
	const char *want;		/* within what differs; NULL: nothing */
};
static const struct other others[] = {
	{ "as it was", HEAD BODY, NULL },
	{ "with more fields", "Received: by b\r\nX-Sekimori-Pass: x\r\n" HEAD "Message-ID: <a@b>\r\n" BODY, NULL },
	{ "folded in another way",
	  "From: a@x.test\r\nSubject:   =?utf-8?B?8J+YgA==?= \ttwo \r\nContent-Type:\r\n text/plain\r\n" BODY, NULL },
	{ "other blanks in the body", HEAD "\r\n one\r\ntwo three\r\n\r\n\r\n", NULL },
	{ "another subject", "From: a@x.test\r\nSubject: two\r\nContent-Type: text/plain\r\n" BODY, "subject" },
	{ "without its subject", "From: a@x.test\r\nContent-Type: text/plain\r\n" BODY, "subject" },
	{ "with a second subject", HEAD "Subject: three\r\n" BODY, "subject" },
	{ "of another type", "Subject: =?utf-8?B?8J+YgA==?=\r\n two\r\nContent-Type: text/html\r\n" BODY, "type" },
	{ "with an encoding", HEAD "Content-Transfer-Encoding: base64\r\n" BODY, "type" },
	{ "with another body", HEAD "\r\n one\r\ntwo four\r\n", "body" },
	{ "with more body", HEAD BODY "x", "body" },
	{ "without body", HEAD, "body" },
};

static void
binding(void)
{
	struct pass p, now = { .kind = PASS_KINDS };
	const struct str swapped[] = { STR("c@Y.test"), STR("b@y.test"), STR("b@y.test") };
	const struct str more[] = { STR("b@y.test"), STR("c@y.test"), STR("d@y.test") };
	const struct str joined[] = { STR("b@y.testc@y.test") };

	if (pass_read(ring, pool, value_of_field(make(HEAD BODY, PASS_RELEASE)), NOW_S, &p) != RC_OK)
		return (void)test_ok(false, "read");
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
		const char *got;

		pass_bind_content(pool, str_of(others[i].message), &now);
		pass_bind_envelope(pool, STR("a@x.test"), rcpts, 2, &now);
		got = pass_differs(&p, &now);
		test_ok(others[i].want ? got && strstr(got, others[i].want) : !got, others[i].name);
	}
	pass_bind_content(pool, STR(HEAD BODY), &now);
	pass_bind_envelope(pool, STR("A@x.test"), swapped, 3, &now);
	test_ok(!pass_differs(&p, &now), "recipients in another order");
	pass_bind_envelope(pool, STR("a@x.test"), more, 3, &now);
	test_ok(pass_differs(&p, &now) != NULL, "one more recipient");
	pass_bind_envelope(pool, STR("a@x.test"), more, 1, &now);
	test_ok(pass_differs(&p, &now) != NULL, "one less");
	pass_bind_envelope(pool, STR("a@x.test"), joined, 1, &now);
	test_ok(pass_differs(&p, &now) != NULL, "two in one word");
	pass_bind_envelope(pool, STR(""), more, 2, &now);
	test_ok(pass_differs(&p, &now) != NULL, "another sender");
}

static void
keys(struct str dir)
{
	struct str value = value_of_field(make(HEAD BODY, PASS_NOTICE));
	struct keyring *click = NULL;
	struct pass p;
	unsigned id;
	size_t gone;

	if (keyring_ensure(keyring_of(dir, KEYRING_CLICK), NOW_S, &click, &why) != RC_OK)
		return (void)test_ok(false, "keyring");
	test_int(pass_read(click, pool, value, NOW_S, &p), RC_BAD, "keys of links open no pass");
	keyring_close(&click);
	test_int(keyring_rotate(keyring_of(dir, KEYRING_PASS), NOW_S, PASS_KEEP_S, &id, &gone, &why), RC_OK, "rotate");
	test_int(keyring_rotate(keyring_of(dir, KEYRING_PASS), NOW_S + 2 * PASS_KEEP_S, PASS_KEEP_S, &id, &gone, &why), RC_OK,
	    "and again");
	nanosleep(&(struct timespec){ 1, 100 * 1000000L }, NULL);
	test_int(pass_read(ring, pool, value, NOW_S, &p), RC_NONE, "its key is gone");
}

int
main(void)
{
	struct str dir = folder_make();

	pool = pool_new(0);
	buf_init(&why, 4096);
	if (!test_int(keyring_ensure(keyring_of(dir, KEYRING_PASS), NOW_S, &ring, &why), RC_OK, "keyring"))
		return test_done();
	reading();
	binding();
	keys(dir);
	keyring_close(&ring);
	buf_clear(&why);
	pool_free(&pool);
	return test_done();
}
