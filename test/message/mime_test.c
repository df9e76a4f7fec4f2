/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* covers: lib/message/mime.c lib/message/mime_bounds.c lib/message/mime_shape.c
 * lib/message/mime_readings.c lib/message/mime_names.c lib/message/mime_cte.c
 * lib/message/mime_top.c */
#include "message/mime.h"

#include "message/mail.h"
#include "test.h"

#define TOP "From: a@b.example\nDate: x\nMIME-Version: 1.0\n"
#define MIXED TOP "Content-Type: multipart/mixed; boundary=b\n"

/* One line a part: id, type, content of leaves, names. */
static struct str
describe(struct pool *pool, struct str in, uint64_t *defects)
{
	struct limits lim = mail_limits();
	struct message *m = mime_parse(pool, &lim, in);
	struct buf out, space;
	struct str s;

	buf_init(&out, 65536);
	buf_init(&space, 65536);
	for (size_t i = 0; i < m->n_parts; i++) {
		struct mime_part *p = &m->parts[i];

		buf_add(&out, p->id);
		buf_addc(&out, ' ');
		buf_add(&out, p->type);
		for (size_t v = 0; v < p->n_views; v++) {
			buf_adds(&out, mime_decode(m, &lim, p, v, &space, &s) == RC_OK ? " '" : " CUT'");
			buf_add(&out, s);
			buf_addc(&out, '\'');
		}
		for (size_t n = 0; n < p->n_names; n++) {
			buf_adds(&out, " =");
			buf_add(&out, p->names[n]);
		}
		buf_addc(&out, '\n');
	}
	s = pool_str(pool, buf_str(&out));
	buf_clear(&out);
	buf_clear(&space);
	*defects = m->defects & ~DEFECT_BIT(BARE_LF);
	return s;
}

struct test_case {
	const char *name;
	struct str in;
	const char *want, *defects;
};

static void
run(const struct test_case *cases, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct pool *pool = pool_new(0);
		uint64_t defects;
		struct buf names;

		buf_init(&names, 4096);
		test_str(describe(pool, cases[i].in, &defects), str_of(cases[i].want), cases[i].name);
		mail_defects(defects, &names);
		test_str(buf_str(&names), str_of(cases[i].defects), "its defects");
		buf_clear(&names);
		pool_free(&pool);
	}
}

static const struct test_case structure[] = {
	{ "plain text", STR(TOP "\nhi\n"), "1 text/plain 'hi\n'\n", "" },
	{ "no body", STR(TOP), "1 text/plain ''\n", "" },
	{ "empty message", STR(""), "1 text/plain ''\n", " NO_FROM NO_DATE NO_HEADER" },
	{ "two parts", STR(MIXED "\npre\n--b\n\none\n--b\nContent-Type: text/html\n\ntwo\n--b--\nepi\n"),
	    "1 multipart/mixed\n1.1 text/plain 'one'\n1.2 text/html 'two'\n", "" },
	{ "CRLF", STR("From: a@b.example\r\nDate: x\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b"
	    "\r\n\r\n--b\r\n\r\none\r\n--b--\r\n"),
	    "1 multipart/mixed\n1.1 text/plain 'one'\n", "" },
	{ "padding behind delimiters", STR(MIXED "\n--b \t\n\none\n--b-- \t\n"),
	    "1 multipart/mixed\n1.1 text/plain 'one'\n", "" },
	{ "empty parts", STR(MIXED "\n--b\n--b\n\n--b--"), "1 multipart/mixed\n1.1 text/plain ''\n1.2 text/plain ''\n", "" },
	{ "no final boundary", STR(MIXED "\n--b\n\none\n"), "1 multipart/mixed\n1.1 text/plain 'one\n'\n",
	    " NO_FINAL_BOUNDARY" },
	{ "nested", STR(MIXED "\n--b\nContent-Type: multipart/alternative; boundary=c\n\n--c\n\none\n--c\n\ntwo\n--c--\n"
	    "--b\n\nthree\n--b--\n"),
	    "1 multipart/mixed\n1.1 multipart/alternative\n1.1.1 text/plain 'one'\n1.1.2 text/plain 'two'\n"
	    "1.2 text/plain 'three'\n", "" },
	{ "the outer one ends the inner one", STR(MIXED "\n--b\nContent-Type: multipart/x; boundary=c\n\n--c\n\none\n"
	    "--b\n\ntwo\n--b--\n"),
	    "1 multipart/mixed\n1.1 multipart/x\n1.1.1 text/plain 'one'\n1.2 text/plain 'two'\n", " NO_FINAL_BOUNDARY" },
	{ "a boundary that begins another", STR(MIXED "\n--b\nContent-Type: multipart/x; boundary=bb\n\n--bb\n\none\n"
	    "--bb--\n--b--\n"),
	    "1 multipart/mixed\n1.1 multipart/x\n1.1.1 text/plain 'one'\n1~1 multipart/mixed\n"
	    "1~1.1 multipart/x\n1~1.3 text/plain ''\n", "" },
	{ "message/rfc822", STR(TOP "Content-Type: message/rfc822\n\nSubject: x\n\ninner\n"),
	    "1 message/rfc822\n1.1 text/plain 'inner\n'\n", "" },
	{ "digest", STR(TOP "Content-Type: multipart/digest; boundary=b\n\n--b\n\nSubject: x\n\ninner\n--b--\n"),
	    "1 multipart/digest\n1.1 message/rfc822\n1.1.1 text/plain 'inner'\n", "" },
	{ "appledouble", STR(TOP "Content-Type: multipart/appledouble; boundary=b\n\n--b\nContent-Type: "
	    "application/applefile\n\nA\n--b\nContent-Type: image/gif\n\nB\n--b--\n"),
	    "1 multipart/appledouble\n1.1 application/applefile 'A'\n1.2 image/gif 'B'\n", "" },
	{ "a line of dashes is no delimiter", STR(MIXED "\n--b\n\n--\n---\n--c\n--b--\n"),
	    "1 multipart/mixed\n1.1 text/plain '--\n---\n--c'\n", "" },
	{ "signature marker", STR(TOP "\nhi\n-- \nme\n"), "1 text/plain 'hi\n-- \nme\n'\n", "" },
};

static const struct test_case readings[] = {
	{ "two Content-Types", STR(TOP "Content-Type: multipart/mixed; boundary=b\nContent-Type: text/html\n\n--b\n\n"
	    "one\n--b--\n"),
	    "1 multipart/mixed\n1.1 text/plain 'one'\n1~1 text/html '--b\n\none\n--b--\n'\n", " DUPLICATE_CONTENT_TYPE" },
	{ "twice the same Content-Type", STR(TOP "Content-Type: text/html\nContent-Type: text/html\n\nx"),
	    "1 text/html 'x'\n", "" },
	{ "two boundaries", STR(TOP "Content-Type: multipart/mixed; boundary=x; boundary=b\n\n--b\n\none\n--b--\n"),
	    "1 multipart/mixed\n1~1 multipart/mixed\n1~1.1 text/plain 'one'\n1~2 text/plain '--b\n\none\n--b--\n'\n",
	    " DUPLICATE_BOUNDARY MISSING_DELIMITER" },
	{ "boundary on a leaf", STR(TOP "Content-Type: text/plain; boundary=b\n\n--b\n\none\n--b--\n"),
	    "1 text/plain '--b\n\none\n--b--\n'\n1~1 multipart/mixed\n1~1.1 text/plain 'one'\n", " LEAF_BOUNDARY" },
	{ "boundary on a leaf that does not occur", STR(TOP "Content-Type: text/plain; boundary=b\n\nx\n"),
	    "1 text/plain 'x\n'\n", "" },
	{ "no boundary, guessed", STR(TOP "Content-Type: multipart/mixed\n\n--g\nContent-Type: text/html\n\none\n--g--\n"),
	    "1 multipart/mixed\n1~1 text/plain '--g\nContent-Type: text/html\n\none\n--g--\n'\n"
	    "1~2 multipart/mixed\n1~2.1 text/html 'one'\n", " NO_BOUNDARY MISSING_DELIMITER" },
	{ "early final boundary", STR(MIXED "\n--b\n\none\n--b--\n--b\n\ntwo\n--b--\n"),
	    "1 multipart/mixed\n1.1 text/plain 'one'\n1.2~1 text/plain 'two'\n", " EARLY_FINAL_BOUNDARY" },
	{ "part in the preamble", STR(MIXED "\nContent-Type: text/html\n\npre\n--b\n\none\n--b--\n"),
	    "1 multipart/mixed\n1.1 text/plain 'one'\n1.0~1 text/html 'pre'\n", " PREAMBLE_PART" },
	{ "part in the epilogue", STR(MIXED "\n--b\n\none\n--b--\nContent-Type: text/html\n\nepi\n"),
	    "1 multipart/mixed\n1.1 text/plain 'one'\n1.0~1 text/html 'epi\n'\n", " EARLY_FINAL_BOUNDARY" },
	{ "the same boundary inside", STR(MIXED "\n--b\nContent-Type: multipart/x; boundary=b\n\n--b\n\none\n--b--\n--b\n\n"
	    "two\n--b--\n"),
	    "1 multipart/mixed\n1.1 multipart/x\n1.1.1 text/plain 'one'\n1.2 text/plain 'two'\n", " SAME_BOUNDARY" },
	{ "text behind a delimiter", STR(MIXED "\n--b\n\none\n--bc\n\ntwo\n--b--\n"),
	    "1 multipart/mixed\n1.1 text/plain 'one\n--bc\n\ntwo'\n1~1 multipart/mixed\n1~1.1 text/plain 'one'\n"
	    "1~1.2 text/plain 'two'\n", " BAD_DELIMITER" },
	{ "delimiter behind a bare CR", STR(MIXED "\n--b\n\none\r--b\n\ntwo\n--b--\n"),
	    "1 multipart/mixed\n1.1 text/plain 'one\r--b\n\ntwo'\n1~1 multipart/mixed\n1~1.1 text/plain 'one'\n"
	    "1~1.2 text/plain 'two'\n", " BARE_CR" },
	{ "fields behind an empty line", STR(MIXED "\n--b\n\nContent-Type: text/html\n\none\n--b--\n"),
	    "1 multipart/mixed\n1.1 text/plain 'Content-Type: text/html\n\none'\n1.1.0~1 text/html 'one'\n",
	    " BAD_HEADER_LINE" },
	{ "base64 multipart", STR(MIXED "Content-Transfer-Encoding: base64\n\nLS1iCgpvbmUKLS1iLS0K\n"),
	    "1 multipart/mixed\n1.1 text/plain 'one'\n", " ENCODED_MULTIPART" },
	{ "multipart that only says base64", STR(MIXED "Content-Transfer-Encoding: base64\n\n--b\n\none\n--b--\n"),
	    "1 multipart/mixed\n1.1 text/plain 'one'\n", "" },
	{ "base64 message", STR(TOP "Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n"
	    "U3ViamVjdDogeAoKaW5uZXIK\n"),
	    "1 message/rfc822\n1.1 text/plain 'inner\n'\n", " ENCODED_MULTIPART" },
	{ "file inside encoded text", STR(TOP "Content-Transfer-Encoding: quoted-printable\n\nhi\n=62egin 644 a.txt\n"
	    "#86)C\n`\nend\n"),
	    "1 text/plain 'hi\nbegin 644 a.txt\n#86)C\n`\nend\n'\n"
	    "1~1 text/plain 'hi\nbegin 644 a.txt\n#86)C\n`\nend\n' 'abc'\n", " INLINE_UU" },
	{ "partial", STR(TOP "Content-Type: message/partial; number=1; id=x\n\nSubject: x\n\ninner"),
	    "1 message/partial\n1.1 text/plain 'inner'\n", " PARTIAL" },
	{ "external body", STR(TOP "Content-Type: message/external-body; access-type=URL\n\nContent-Type: image/gif\n\n"),
	    "1 message/external-body\n1.1 image/gif ''\n", " EXTERNAL_BODY" },
	{ "type without a slash", STR(TOP "Content-Type: multipart; boundary=b\n\n--b\n\none\n--b--\n"),
	    "1 multipart/mixed\n1.1 text/plain 'one'\n", " BAD_CONTENT_TYPE" },
};

static const struct test_case fields[] = {
	{ "names from both fields", STR(TOP "Content-Type: a/b; name=x.txt\nContent-Disposition: attachment; "
	    "filename=y.txt\n\n"), "1 a/b '' =y.txt =x.txt\n", "" },
	{ "names of different types", STR(TOP "Content-Type: a/b; name=x.txt\nContent-Disposition: attachment; "
	    "filename=x.bat\n\n"), "1 a/b '' =x.bat =x.txt\n", " DUPLICATE_NAME" },
	{ "turned name", STR(TOP "Content-Type: a/b; name*=utf-8''x%E2%80%AEtxt.bat\n\n"),
	    "1 a/b '' =xtxt.bat =x\xe2\x80\xaetxt.bat =utf-8''x%E2%80%AEtxt.bat\n", " NAME_BIDI" },
	{ "two encodings", STR(TOP "Content-Transfer-Encoding: base64\nContent-Transfer-Encoding: 7bit\n\naGk="),
	    "1 text/plain 'hi' 'aGk='\n", " DUPLICATE_ENCODING" },
	{ "list of encodings", STR(TOP "Content-Transfer-Encoding: base64, 7bit\n\naGk="),
	    "1 text/plain 'hi' 'aGk='\n", " BAD_ENCODING" },
	{ "encoding with a comment", STR(TOP "Content-Transfer-Encoding: (x) base64\n\naGk="),
	    "1 text/plain 'hi' 'aGk='\n", " BAD_ENCODING" },
	{ "unknown encoding", STR(TOP "Content-Transfer-Encoding: none\n\nx y"), "1 text/plain 'x y'\n", " BAD_ENCODING" },
	{ "encoding in capitals", STR(TOP "Content-Transfer-Encoding: BASE64\n\naGk="), "1 text/plain 'hi'\n", "" },
	{ "two authors in two fields", STR(TOP "From: c@d.example\n\n"), "1 text/plain ''\n", " DUPLICATE_FROM" },
	{ "the same From twice", STR(TOP "From: a@b.example\n\n"), "1 text/plain ''\n", "" },
	{ "two authors without Sender", STR("From: a@b.example, c@d.example\nDate: x\n\n"), "1 text/plain ''\n",
	    " DUPLICATE_FROM" },
	{ "two authors with Sender", STR("From: a@b.example, c@d.example\nSender: a@b.example\nDate: x\n\n"),
	    "1 text/plain ''\n", "" },
	{ "two subjects", STR(TOP "Subject: a\nSubject: b\n\n"), "1 text/plain ''\n", " DUPLICATE_FIELD" },
	{ "no MIME-Version", STR("From: a@b.example\nDate: x\nContent-Type: text/html\n\n"), "1 text/html ''\n",
	    " NO_MIME_VERSION" },
	{ "mixed line ends", STR("From: a@b.example\r\nDate: x\n\nx"), "1 text/plain 'x'\n", " MIXED_EOL" },
};

static void
details(void)
{
	struct limits lim = mail_limits();
	struct pool *pool = pool_new(0);
	struct str in = STR("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: TEXT/Plain; "
	    "charset=UTF-8\r\nContent-Disposition: Inline\r\nContent-ID: <x@y>\r\n\r\nhi\r\n--b--\r\n");
	struct message *m = mime_parse(pool, &lim, in);
	const struct mime_part *p = &m->parts[1];

	test_int((int64_t)m->n_parts, 2, "two parts");
	test_str(p->charset, STR("utf-8"), "charset");
	test_str(p->disposition, STR("inline"), "disposition");
	test_str(p->content_id, STR("x@y"), "content id");
	test_str(mime_raw(m, p), STR("hi"), "mime_raw");
	test_str(str_sub(in, p->head, 12), STR("Content-Type"), "head");
	test_str(str_from(in, p->end), STR("\r\n--b--\r\n"), "end");
	test_ok(mime_find(p, STR("content-id")) != NULL, "mime_find");
	test_ok(mime_find(p, STR("subject")) == NULL, "mime_find finds nothing");
	m = mime_parse(pool, &lim, STR("Content-Type: a/b; name*=utf-8''x.bat%00y\n\n"));
	test_str(m->parts[0].names[0], STR("x.bat"), "a name up to its NUL stands first");
	test_str(m->parts[0].names[2], STR("x.bat\0y"), "and all of it last");
	test_ok(m->defects & DEFECT_BIT(NAME_NUL), "and is flagged");
	pool_free(&pool);
}

static void
limits(void)
{
	struct limits lim = mail_limits();
	struct pool *pool = pool_new(0);
	struct message *m;

	lim.mime_depth = 2;
	m = mime_parse(pool, &lim, STR("Content-Type: message/rfc822\n\nContent-Type: message/rfc822\n\n"
	    "Content-Type: message/rfc822\n\nx: y\n\nz"));
	test_int((int64_t)m->n_parts, 3, "limit.mime_depth");
	test_ok(m->defects & DEFECT_BIT(LIMIT_DEPTH), "and its defect");
	test_int(m->parts[2].kind, MIME_LEAF, "what is too deep is a leaf");
	lim = mail_limits();
	lim.mime_parts = 3;
	m = mime_parse(pool, &lim, STR("Content-Type: multipart/mixed; boundary=b\n\n--b\n\n1\n--b\n\n2\n--b\n\n3\n--b--"));
	test_int((int64_t)m->n_parts, 3, "limit.mime_parts");
	test_ok(m->defects & DEFECT_BIT(LIMIT_PARTS), "and its defect");
	pool_free(&pool);
}

int
main(void)
{
	run(structure, sizeof(structure) / sizeof(structure[0]));
	run(readings, sizeof(readings) / sizeof(readings[0]));
	run(fields, sizeof(fields) / sizeof(fields[0]));
	details();
	limits();
	return test_done();
}
