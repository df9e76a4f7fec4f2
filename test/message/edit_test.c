/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "message/edit.h"

#include "message/edit_check.h"
#include "test.h"

#define TOP "From: a@b.example\r\nDate: x\r\nMIME-Version: 1.0\r\n"
#define NOTICE "A part was removed."
#define PART(type, text) "Content-Type: " type "\r\n\r\n" text "\r\n"

static const char three[] = TOP "Content-Type: multipart/mixed; boundary=b\r\n\r\npre\r\n"
    "--b\r\n" PART("text/plain", "one")
    "--b  \r\nContent-Type: multipart/alternative; boundary=c\r\n\r\n"
    "--c\r\n" PART("text/plain", "two") "--c\r\n" PART("text/html", "three") "--c--\r\n\r\n"
    "--b\r\nContent-Type: a/b; name=x.zip\r\nContent-Transfer-Encoding: base64\r\n\r\naGVsbG8=\r\n--b--\r\nepi\r\n";

/* Strip one part of `in` by id. */
static enum rc
strip(struct pool *pool, struct str in, const char *id, struct buf *out, const char **bad)
{
	struct limits lim = mail_limits();
	struct message *m = mime_parse(pool, &lim, in);
	const struct mime_part *p = part_by_id(m, str_of(id));
	struct edit_strip s = { .part = p ? (size_t)(p - m->parts) : 0, .notice = STR(NOTICE) };
	const struct edit_header *headers;
	size_t n;
	enum rc rc = edit_message(pool, m, &(struct edit){ .strips = &s, .n_strips = 1 }, out, &headers, &n);

	*bad = p ? NULL : "no such part";
	if (p && rc == RC_OK)
		*bad = edit_check(pool, &lim, m, s.part, s.notice, buf_str(out), headers, n);
	return rc;
}

static const struct {
	const char *name;
	struct str in;
	const char *id;
	enum rc want;
} cases[] = {
	{ "first part", { three, sizeof(three) - 1 }, "1.1", RC_OK },
	{ "part in a nested multipart", { three, sizeof(three) - 1 }, "1.2.1", RC_OK },
	{ "last part of a nested multipart", { three, sizeof(three) - 1 }, "1.2.2", RC_OK },
	{ "attachment", { three, sizeof(three) - 1 }, "1.3", RC_OK },
	{ "a multipart is no leaf", { three, sizeof(three) - 1 }, "1.2", RC_NONE },
	{ "the whole message", STR(TOP "Content-Type: a/b\r\nContent-Disposition: attachment\r\n"
	    "Content-Transfer-Encoding: base64\r\n\r\naGVsbG8=\r\n"), "1", RC_OK },
	{ "the whole message, without MIME fields", STR("From: a@b.example\r\n\r\nhi\r\n"), "1", RC_OK },
	{ "the whole message, encoded twice over", STR(TOP "Content-Type: a/b\r\nContent-Transfer-Encoding: base64\r\n"
	    "Content-Transfer-Encoding: base64\r\n\r\naGVsbG8=\r\n"), "1", RC_NONE },
	{ "the whole message, no body", STR("From: a@b.example\r\nContent-Type: a/b\r\n"), "1", RC_OK },
	{ "bare LF", STR("From: a@b.example\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\none\n--b\n\ntwo\n--b--\n"),
	    "1.2", RC_OK },
	{ "no final boundary", STR(TOP "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\none"), "1.1", RC_OK },
	{ "empty part", STR(TOP "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n--b\r\n\r\n--b--\r\n"), "1.1",
	    RC_OK },
	{ "inside a message part", STR(TOP "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: "
	    "message/rfc822\r\n\r\nSubject: x\r\n\r\ninner\r\n--b--\r\n"), "1.1.1", RC_OK },
	{ "signed", STR(TOP "Content-Type: multipart/signed; boundary=b\r\n\r\n--b\r\n\r\none\r\n--b\r\n"
	    PART("application/pkcs7-signature", "x") "--b--\r\n"), "1.1", RC_NONE },
	{ "encrypted", STR(TOP "Content-Type: multipart/encrypted; boundary=b\r\n\r\n--b\r\n\r\none\r\n--b--\r\n"),
	    "1.1", RC_NONE },
	{ "two boundaries", STR(TOP "Content-Type: multipart/mixed; boundary=b; boundary=c\r\n\r\n--b\r\n\r\none\r\n"
	    "--b--\r\n"), "1.1", RC_NONE },
	{ "another reading", STR(TOP "Content-Type: text/plain; boundary=b\r\n\r\n--b\r\n\r\none\r\n--b--\r\n"), "1~1.1",
	    RC_NONE },
	{ "inside an encoded message", STR(TOP "Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n"
	    "U3ViamVjdDogeAoKaW5uZXIK\r\n"), "1.1", RC_NONE },
};

static void
single(void)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct pool *pool = pool_new(0);
		struct buf out;
		const char *bad;
		enum rc rc;

		buf_init(&out, 1 << 20);
		rc = strip(pool, cases[i].in, cases[i].id, &out, &bad);
		if (!test_ok(rc == cases[i].want && !bad, cases[i].name)) {
			printf("#   rc %d, %s\n", (int)rc, bad ? bad : "");
			test_show("out", buf_str(&out));
		}
		buf_clear(&out);
		pool_free(&pool);
	}
}

static void
exact(void)
{
	struct pool *pool = pool_new(0);
	struct buf out;
	const char *bad;

	buf_init(&out, 1 << 20);
	test_int(strip(pool, str_of(three), "1.3", &out, &bad), RC_OK, "exact result");
	test_str(buf_str(&out), STR("pre\r\n--b\r\n" PART("text/plain", "one")
	    "--b  \r\nContent-Type: multipart/alternative; boundary=c\r\n\r\n"
	    "--c\r\n" PART("text/plain", "two") "--c\r\n" PART("text/html", "three") "--c--\r\n\r\n"
	    "--b\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Disposition: inline\r\n"
	    "Content-Transfer-Encoding: quoted-printable\r\n\r\n" NOTICE "\r\n--b--\r\nepi\r\n"), "byte for byte");
	buf_clear(&out);
	pool_free(&pool);
}

/* The top header as the MTA will have it. */
static void
heads(void)
{
	static const struct edit_header some[] = {
		{ STR("Content-Type"), STR("text/plain") }, { STR("X-Gone"), STR("") },
		{ STR("MIME-Version"), STR("1.0") },
	};
	static const struct { const char *name; struct str in; size_t n; const char *want; } rows[] = {
		{ "nothing changes", STR("A: 1\r\nContent-Type: a/b\r\n\r\nx"), 0, "A: 1\r\nContent-Type: a/b\r\n\r\n" },
		{ "in its place, gone, added", STR("A: 1\r\ncontent-type: a/b;\r\n name=x\r\nx-gone: 1\r\nB: 2\r\n\r\nx"), 3,
		    "A: 1\r\nContent-Type: text/plain\r\nB: 2\r\nMIME-Version: 1.0\r\n\r\n" },
		{ "only the first of a name", STR("X-Gone: 1\nX-Gone: 2\n\nx"), 2,
		    "X-Gone: 2\nContent-Type: text/plain\n\n" },
		{ "no header", STR("\r\nx"), 1, "Content-Type: text/plain\r\n\r\n" },
		{ "no body", STR("A: 1\r\n"), 1, "A: 1\r\nContent-Type: text/plain\r\n\r\n" },
		{ "no field, but a line of a mailbox", STR("From x\r\n\r\ny"), 1,
		    "From x\r\nContent-Type: text/plain\r\n\r\n" },
		{ "nothing", STR(""), 1, "Content-Type: text/plain\r\n\r\n" },
		{ "no line end", STR("A: 1\r\nB: 2"), 1, "A: 1\r\nB: 2\r\nContent-Type: text/plain\r\n\r\n" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct limits lim = mail_limits();
		struct pool *pool = pool_new(0);
		struct buf out;

		buf_init(&out, 1 << 20);
		edit_head(mime_parse(pool, &lim, rows[i].in), some, rows[i].n, &out);
		test_str(buf_str(&out), str_of(rows[i].want), rows[i].name);
		buf_clear(&out);
		pool_free(&pool);
	}
}

static void
several(void)
{
	struct limits lim = mail_limits();
	struct pool *pool = pool_new(0);
	struct message *m = mime_parse(pool, &lim, str_of(three));
	struct edit_strip s[2] = { { .part = 5, .notice = STR("late") }, { .part = 1, .notice = STR("early") } };
	struct edit both = { .strips = s, .n_strips = 2 };
	const struct edit_header *headers;
	struct buf out;
	size_t n;

	buf_init(&out, 1 << 20);
	test_int(edit_message(pool, m, &both, &out, &headers, &n), RC_OK, "two parts at once, in any order");
	test_ok(str_find(buf_str(&out), STR("early")) < str_find(buf_str(&out), STR("late")), "each at its place");
	test_ok(str_find(buf_str(&out), STR("aGVsbG8")) == STR_NPOS, "the content is gone");
	test_int((int64_t)n, 0, "no top field changes");
	buf_clear(&out);
	buf_init(&out, 100);
	test_int(edit_message(pool, m, &both, &out, &headers, &n), RC_LIMIT, "no room");
	buf_clear(&out);
	both.n_strips = 0;
	test_int(edit_message(pool, m, &both, &out, &headers, &n), RC_NONE, "nothing to do");
	pool_free(&pool);
}

static void
text(void)
{
	struct limits lim = mail_limits();
	struct pool *pool = pool_new(0);
	struct str notice = STR("--b\n.\nFrom x = y \n\xe9\x96\xa2\xe5\xae\x88 a line that is so long that it cannot "
	    "stand in one line of quoted-printable text at all, so that it is cut\nend");
	struct message *m = mime_parse(pool, &lim, str_of(three));
	struct edit_strip s = { .part = 1, .notice = notice };
	const struct edit_header *headers;
	struct buf out;
	size_t n;

	buf_init(&out, 1 << 20);
	test_int(edit_message(pool, m, &(struct edit){ &s, 1, NULL, 0 }, &out, &headers, &n), RC_OK, "a notice with everything in it");
	test_str(str_of(edit_check(pool, &lim, m, 1, notice, buf_str(&out), headers, n)), STR(""), "reads as it was");
	for (size_t at = 0, end; at < out.n; at = end + 1) {
		end = at + str_upto(str_from(buf_str(&out), at), str_chr(str_from(buf_str(&out), at), '\n')).n;
		if (end - at > 78)
			test_ok(false, "no line over 76 bytes");
	}
	buf_clear(&out);
	pool_free(&pool);
}

int
main(void)
{
	single();
	exact();
	heads();
	several();
	text();
	return test_done();
}
