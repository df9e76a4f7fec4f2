/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "worker/wire.h"

#include "check/check.h"
#include "message/defect.h"
#include "test.h"

static struct limits lim;
static struct pool *pool;

static void
add_row(struct report *r, const char *name, size_t part, const char *evidence)
{
	const struct finding_def *def = finding_find(str_of(name));

	report_add_as(r, def, def->class, def->score, part, str_of(evidence));
}

static void
fill_auth(struct report_auth *a)
{
	struct auth_dkim *d = pool_alloc(pool, 2 * sizeof(*d));

	d[0] = (struct auth_dkim){ .result = AUTH_PASS, .domain = STR("example.org"), .selector = STR("sel"),
	    .identity = STR("me@example.org"), .algorithm = STR("rsa-sha256"), .b8 = STR("AbCdEfGh"), .bits = 2048,
	    .testing = true };
	d[1] = (struct auth_dkim){ .result = AUTH_FAIL, .why = STR("body hash"), .partial = true, .subject_open = true,
	    .replaced = true };
	*a = (struct report_auth){ .known = true, .dkim = d, .n_dkim = 2, .has_body = true, .body = { 7, 8 },
	    .arc = { .result = AUTH_FAIL, .sets = 3, .oldest_pass = 2, .sealed_fail = true, .open = true,
	    .domain = STR("seal.example"),
	    .selector = STR("s"), .authres = STR("mx; spf=pass"), .why = STR("no key") } };
}

/* A report with something in every list. */
static void
fill(struct report *r)
{
	struct report_part a = { .id = STR("1"), .parent = REPORT_NO_PART, .type = STR("multipart/mixed") };
	struct report_part b = { .id = STR("1.2/x"), .parent = 0, .name = STR("x\0y"), .size = UINT64_MAX,
	    .hashed = true, .layer = true, .encrypted = true, .sha256 = { 1, 2, 3 } };
	struct link *l;
	struct report_hop *hop;

	report_init(r, pool, &lim);
	r->from = STR("from");
	r->from_domain = STR("domain");
	r->reply_to = STR("reply");
	r->subject = STR("s\r\nx");
	r->message_id = STR("id");
	r->date = STR("date");
	r->defects = 5;
	r->us = 77;
	report_part(r, &a);
	report_part(r, &b);
	add_row(r, "CLAMAV", 1, "Eicar");
	add_row(r, "CLAMAV", REPORT_NO_PART, "");
	report_unscanned(r, UNSCANNED_ENCRYPTED, 1, "zip");
	l = vec_push(pool, &r->links, sizeof(*l));
	*l = (struct link){ .url = STR("http://x/"), .outer = STR("http://w/?x"), .host = STR("x"), .text = STR("text"),
	    .wrappers = STR("w"), .part = 1, .where = LINK_IN_QR, .tricks = URL_BIDI, .wraps = 1, .loads = true,
	    .asks_secret = true };
	report_ran(r, checks[0]->name, 12, 2);
	hop = vec_push(pool, &r->hops, sizeof(*hop));
	*hop = (struct report_hop){ .from = true, .addr = STR("192.0.2.1"), .name = STR("a.example"), .helo = STR("h"),
	    .by = STR("mx") };
	hop = vec_push(pool, &r->hops, sizeof(*hop));
	*hop = (struct report_hop){ .local = true, .tls = true, .told = true, .login = true };
	fill_auth(&r->auth);
}

static struct str
put(const struct report *r)
{
	struct buf b;
	struct str s;

	buf_init(&b, 1 << 20);
	wire_put_report(&b, r);
	s = pool_str(pool, buf_str(&b));
	buf_clear(&b);
	return s;
}

static enum rc
get(struct str in)
{
	struct report out;

	return wire_get_report(pool, &lim, in, &out);
}

static void
test_report(void)
{
	struct report in, out;
	const struct report_part *p;
	const struct finding *f;
	struct str bytes;

	fill(&in);
	bytes = put(&in);
	test_int(wire_get_report(pool, &lim, bytes, &out), RC_OK, "a report comes back");
	test_str(put(&out), bytes, "the same in every byte");
	test_str(out.subject, STR("s\r\nx"), "subject");
	test_int((int64_t)out.defects, 5, "defects");
	p = report_part_at(&out, 1);
	test_ok(p->hashed && p->layer && p->encrypted && !p->alternative && p->sha256[2] == 3, "flags and hash");
	test_str(p->name, STR("x\0y"), "a name with NUL");
	test_int((int64_t)report_part_at(&out, 0)->parent, (int64_t)REPORT_NO_PART, "no parent");
	f = report_finding(&out, 0);
	test_ok(f->def == finding_find(STR("CLAMAV")), "a finding is its row");
	test_str(f->evidence, STR("Eicar"), "evidence");
	test_ok(report_unscanned_at(&out, 0)->why == UNSCANNED_ENCRYPTED, "unscanned");
	test_str(report_link_at(&out, 0)->host, STR("x"), "link");
	test_ok(report_run_at(&out, 0)->check == checks[0]->name, "run");
	test_ok(out.auth.known && out.auth.n_dkim == 2 && out.auth.dkim[0].result == AUTH_PASS &&
	    out.auth.dkim[0].testing && out.auth.dkim[0].bits == 2048 && out.auth.dkim[1].partial &&
	    out.auth.dkim[1].subject_open && out.auth.dkim[1].replaced && !out.auth.dkim[0].replaced, "signatures");
	test_str(out.auth.dkim[0].identity, STR("me@example.org"), "identity");
	test_int((int64_t)out.hops.n, 2, "hops");
	test_str(((const struct report_hop *)out.hops.items)->addr, STR("192.0.2.1"), "a hop's address");
	test_ok(((const struct report_hop *)out.hops.items)[1].local, "and who submitted");
	test_ok(((const struct report_hop *)out.hops.items)[1].login && !((const struct report_hop *)out.hops.items)->login,
	    "and logged in");
	test_ok(out.auth.arc.result == AUTH_FAIL && out.auth.arc.sets == 3 && out.auth.arc.oldest_pass == 2 &&
	    out.auth.arc.sealed_fail && out.auth.arc.open && out.auth.has_body && out.auth.body[1] == 8, "chain and body");
	test_str(out.auth.arc.authres, STR("mx; spf=pass"), "results of the last sealer");
}

/* Mail can hold anything in its tags; what the gate takes is printable. */
static void
test_auth_text(void)
{
	struct report in, out;
	struct auth_dkim *d;
	char many[2 * WIRE_AUTH_TEXT];
	struct str bytes;
	char *p;

	memset(many, 'x', sizeof(many));
	fill(&in);
	d = (struct auth_dkim *)(uintptr_t)in.auth.dkim;
	d->identity = STR(" a\r\n\t b\x01\xff ");
	d->why = (struct str){ many, sizeof(many) };
	bytes = put(&in);
	test_int(wire_get_report(pool, &lim, bytes, &out), RC_OK, "any bytes of a mail can be put");
	test_str(out.auth.dkim[0].identity, STR("a b?? "), "white space is one space, the rest '?'");
	test_int((int64_t)out.auth.dkim[0].why.n, WIRE_AUTH_TEXT, "long text is cut");
	fill(&in);
	bytes = put(&in);
	p = pool_cstr(pool, bytes);
	for (size_t i = 0; i + 10 < bytes.n; i++)
		if (memcmp(p + i, "AbCdEfGh", 8) == 0)
			p[i] = '\n';
	test_int(get((struct str){ p, bytes.n }), RC_BAD, "a line end in a text");
}

/* Every shorter answer and one that is longer are refused. */
static void
test_length(void)
{
	struct report r;
	struct str whole;
	int taken = 0;

	fill(&r);
	whole = put(&r);
	for (size_t n = 0; n < whole.n; n++)
		taken += get(str_upto(whole, n)) == RC_OK;
	test_int(taken, 0, "no part of a report is a report");
	test_int(get(pool_printf(pool, "%.*s", 0, "")), RC_BAD, "nothing is no report");
	whole = (struct str){ pool_cstr(pool, whole), whole.n + 1 };
	test_int(get(whole), RC_BAD, "a byte too many");
}

/* Every way in which one field can lie; the report is valid but for it. */
static void
test_lies(void)
{
	static const struct finding_def strange = { .name = "NO_SUCH", .class = CLASS_INFO };
	struct report r;
	struct report_part *p;
	struct finding *f;
	struct unscanned *u;
	char evidence[REPORT_EVIDENCE + 1] = "";

#define LIE(what, name) do { \
		fill(&r); \
		p = r.parts.items; \
		f = r.findings.items; \
		u = r.unscanned.items; \
		what; \
		test_int(get(put(&r)), RC_BAD, name); \
	} while (0)
	LIE(f->def = &strange, "a finding of no table");
	LIE(f->class = CLASS_INFO, "a class that is not the row's");
	LIE(f->class = CLASS_N, "a class that does not exist");
	LIE(f->score = WIRE_SCORE + 1, "a score beyond all bounds");
	LIE(f->score = -WIRE_SCORE - 1, "a score below all bounds");
	LIE(f->part = 2, "a finding in a part that is not there");
	LIE((f->evidence = (struct str){ evidence, sizeof(evidence) }), "evidence too long");
	LIE(u->why = UNSCANNED_N, "a reason that does not exist");
	LIE(u->part = 99, "unscanned in a part that is not there");
	LIE((u->what = (struct str){ evidence, sizeof(evidence) }), "a reason too long");
	LIE(p[0].parent = 0, "a part that is its own parent");
	LIE(p[1].parent = 1, "a parent behind its child");
	LIE(r.defects = UINT64_MAX, "defects that do not exist");
	LIE(((struct link *)r.links.items)->part = 2, "a link in a part that is not there");
	LIE(((struct auth_dkim *)(uintptr_t)r.auth.dkim)->result = AUTH_RESULT_N, "a result that does not exist");
	LIE(r.auth.arc.result = AUTH_RESULT_N, "a result of the chain that does not exist");
	LIE(r.auth.arc.sets = AUTH_ARC_SETS + 1, "more sets than there can be");
	LIE(r.auth.n_dkim = 0; r.auth.known = false; r.auth.arc.oldest_pass = 99, "a set that cannot be");
	LIE(((struct report_run *)r.runs.items)->check = "nobody", "a check that does not exist");
	LIE(((struct report_hop *)r.hops.items)->addr = STR("192.0.2.999"), "a hop's address that is none");
	LIE((((struct report_hop *)r.hops.items)->helo = (struct str){ evidence, REPORT_HOP_TEXT + 1 }),
	    "a hop's name too long");
	LIE((r.hops = (struct vec){ pool_alloc(pool, (REPORT_HOPS + 1) * sizeof(struct report_hop)), REPORT_HOPS + 1,
	    REPORT_HOPS + 1 }), "too many hops");
#undef LIE
	fill(&r);
	f = r.findings.items;
	f->score = 12;
	test_int(get(put(&r)), RC_OK, "a score that the operator may have set");
}

static void
test_limits(void)
{
	struct report r;

	for (int which = 0; which < 4; which++) {
		struct limits wide = lim;

		fill(&r);
		wide.findings = wide.layers = wide.links = wide.mime_parts = 10000;
		r.lim = &wide;
		for (int i = 0; i < 6000; i++) {
			if (which == 0)
				add_row(&r, "CLAMAV", 0, "x");
			if (which == 1)
				report_unscanned(&r, UNSCANNED_LIMIT, 0, "%d", i);
			if (which == 2)
				report_part(&r, &(struct report_part){ .parent = REPORT_NO_PART });
			if (which == 3)
				vec_push(pool, &r.links, sizeof(struct link));
		}
		test_int(get(put(&r)), RC_BAD, "a list over its limit");
	}
	fill(&r);
	lim.report_bytes = 100;
	test_int(get(put(&r)), RC_BAD, "an answer over its limit");
	limits_default(&lim);
}

static void
test_count_without_elements(void)
{
	struct report r;
	struct str s;
	char *p;

	report_init(&r, pool, &lim);
	s = put(&r);
	p = pool_cstr(pool, s);
	/* The number of parts stands behind defects, us, cut and six empty strings. */
	memcpy(p + 8 + 4 + 1 + 6 * 4, "\xa0\x0f\0\0", 4);
	test_int(get((struct str){ p, s.n }), RC_BAD, "4000 parts in 20 bytes");
	memcpy(p + 8 + 4 + 1, "\xff\xff\xff\xff", 4);
	test_int(get((struct str){ p, s.n }), RC_BAD, "a string of 4 GB");
}

static void
test_job(void)
{
	static const struct str rcpts[] = { { "a@x", 3 }, { "", 0 }, { "b@y", 3 } };
	struct wire_job in = { .queue_id = STR("4Q"), .session = {
	    .client_addr = STR("192.0.2.1"), .client_port = 65535, .client_name = STR("n"), .helo = STR("h"),
	    .tls_version = STR("TLSv1.3"), .auth_user = STR("u"), .daemon_name = STR("d"), .mta_name = STR("m"),
	    .mail_from = STR("f@z"), .rcpts = rcpts, .n_rcpts = 3, .queue_id = STR("Q"), .authres = STR("ar") } };
	const struct str texts[] = { STR("v=DKIM1; p=\0\xff"), STR("") };
	const struct auth_key key[] = {
		{ .name = STR("s._domainkey.x"), .state = AUTH_KEY_FOUND, .text = texts, .n = 2 },
		{ .name = STR("t._domainkey.x"), .state = AUTH_KEY_TEMP },
	};
	const struct auth_keys keys = { key, 2 };
	struct wire_job out;
	struct buf b, again;
	int taken = 0;

	in.keys = &keys;
	in.body = true;
	buf_init(&b, 10000);
	buf_init(&again, 10000);
	wire_put_job(&b, &in);
	test_int(wire_get_job(pool, buf_str(&b), &out), RC_OK, "a job comes back");
	wire_put_job(&again, &out);
	test_str(buf_str(&again), buf_str(&b), "the same in every byte");
	test_str(out.session.authres, STR("ar"), "last text of the session");
	test_int(out.session.client_port, 65535, "port");
	test_str(out.session.rcpts[2], STR("b@y"), "recipient");
	test_str(out.queue_id, STR("4Q"), "queue id");
	test_ok(out.body && out.keys && out.keys->n == 2 && out.keys->item[1].state == AUTH_KEY_TEMP, "keys");
	test_str(out.keys ? out.keys->item[0].text[0] : STR_NONE, texts[0], "a key's record");
	for (size_t n = 0; n < b.n; n++)
		taken += wire_get_job(pool, str_upto(buf_str(&b), n), &out) == RC_OK;
	test_int(taken, 0, "no part of a job is a job");
	buf_clear(&b);
	buf_clear(&again);
}

static void
test_edit_job(void)
{
	struct edit_strip in[] = { { 3, STR("gone") }, { 7, STR("") } };
	struct rewrite_row links[] = { { STR("http://a/"), REWRITE_TO, STR("https://go/1") },
		{ STR("http://b/"), REWRITE_UNLINK, STR("") } };
	struct wire_edit_job job = { in, 2, links, 2, STR("gone, too"), true }, out;
	struct buf b;

	buf_init(&b, 10000);
	wire_put_edit_job(&b, &job);
	test_int(wire_get_edit_job(pool, buf_str(&b), &out), RC_OK, "an edit job comes back");
	test_ok(out.n_strips == 2 && out.strips[0].part == 3 && out.strips[1].part == 7, "its parts");
	test_str(out.strips[0].notice, STR("gone"), "its notice");
	test_ok(out.n_links == 2 && out.links[0].action == REWRITE_TO && out.links[1].action == REWRITE_UNLINK, "its links");
	test_str(out.links[0].url, STR("http://a/"), "the URL of one");
	test_str(out.links[0].with, STR("https://go/1"), "and where it leads");
	test_ok(out.attachments && str_eq(out.words, STR("gone, too")), "words and attachments");
	test_int(wire_get_edit_job(pool, str_upto(buf_str(&b), b.n - 1), &out), RC_BAD, "cut short");
	links[0].action = REWRITE_N;
	buf_reset(&b);
	wire_put_edit_job(&b, &job);
	test_int(wire_get_edit_job(pool, buf_str(&b), &out), RC_BAD, "an action that does not exist");
	buf_clear(&b);
}

static void
test_edited(void)
{
	static const struct { const char *name, *value; enum rc want; } rows[] = {
		{ "Content-Type", " text/plain; charset=utf-8", RC_OK },
		{ "content-transfer-encoding", "", RC_OK },
		{ "MIME-Version", " 1.0", RC_OK },
		{ "Content-Type", " multipart/mixed;\r\n\tboundary=x", RC_OK },
		{ "Content-Type", " multipart/mixed;\n boundary=x", RC_OK },
		{ "Subject", "x", RC_BAD },
		{ "From", "x", RC_BAD },
		{ "X-Sekimori-Verdict", "clean", RC_BAD },
		{ "Content-Type: x\r\nBcc", "x", RC_BAD },
		{ "Content-Ty pe", "x", RC_BAD },
		{ "", "x", RC_BAD },
		{ "Content-Type", "x\r\nBcc: somebody", RC_BAD },
		{ "Content-Type", "x\nBcc: somebody", RC_BAD },
		{ "Content-Type", "x\r\n\r\nbody", RC_BAD },
		{ "Content-Type", "x\r\n", RC_BAD },
		{ "Content-Type", "x\r y", RC_BAD },
	};
	struct wire_edited out;
	struct buf b;

	buf_init(&b, 1 << 20);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct edit_header h = { str_of(rows[i].name), str_of(rows[i].value) };
		char name[40];

		snprintf(name, sizeof(name), "field %zu of an edit", i);
		buf_reset(&b);
		wire_put_edited(&b, &(struct wire_edited){ RC_OK, 7, 3, &h, 1 });
		test_int(wire_get_edited(pool, buf_str(&b), &out), rows[i].want, name);
	}
	buf_reset(&b);
	wire_put_edited(&b, &(struct wire_edited){ RC_OK, 7, 3,
	    &(struct edit_header){ STR("Content-Type"), STR("x\0y") }, 1 });
	test_int(wire_get_edited(pool, buf_str(&b), &out), RC_BAD, "a NUL in a value");
	buf_reset(&b);
	wire_put_edited(&b, &(struct wire_edited){ .done = RC_OK, .body = 1234567890123 });
	test_ok(wire_get_edited(pool, buf_str(&b), &out) == RC_OK && out.body == 1234567890123, "where the body begins");
	buf_reset(&b);
	wire_put_edited(&b, &(struct wire_edited){ .done = RC_NONE });
	test_ok(wire_get_edited(pool, buf_str(&b), &out) == RC_OK && out.done == RC_NONE, "cannot be done");
	b.p[0] = 9;
	test_int(wire_get_edited(pool, buf_str(&b), &out), RC_BAD, "a result that does not exist");
	buf_clear(&b);
}

static void
test_info(void)
{
	struct engine_info in = { STR("1.4"), STR("db"), 123, true, STR("4.2"), 5, 6, 7, STR("f") };
	struct wire_info out;
	struct buf b;

	buf_init(&b, 10000);
	wire_put_info(&b, &in, STR("landlock"));
	test_int(wire_get_info(pool, buf_str(&b), &out), RC_OK, "info comes back");
	test_ok(out.engine.clamav_signatures == 123 && out.engine.clamav_official && out.engine.yara_files == 6 &&
	    out.engine.yara_refused == 7,
	    "its numbers");
	test_str(out.engine.fingerprint, STR("f"), "its last text");
	test_str(out.missing, STR("landlock"), "missing layers");
	test_int(wire_get_info(pool, str_upto(buf_str(&b), b.n - 1), &out), RC_BAD, "cut short");
	buf_clear(&b);
}

static void
test_stats(void)
{
	struct yara_rule_stat in[] = { { STR("A"), STR("f"), STR("d"), CLASS_SPAM, -5, 1, 2 },
	    { STR("B"), STR("g"), STR(""), CLASS_MALWARE, 100, UINT64_MAX, 0 } };
	const struct yara_rule_stat *out;
	struct buf b;
	size_t n;

	buf_init(&b, 10000);
	wire_put_stats(&b, in, 2);
	test_int(wire_get_stats(pool, buf_str(&b), &out, &n), RC_OK, "accounts come back");
	test_ok(n == 2 && out[0].score == -5 && out[0].class == CLASS_SPAM && out[1].hits == UINT64_MAX, "numbers");
	test_str(out[1].rule, STR("B"), "names");
	test_int(wire_get_stats(pool, str_upto(buf_str(&b), b.n - 1), &out, &n), RC_BAD, "cut short");
	in[0].class = CLASS_N;
	buf_reset(&b);
	wire_put_stats(&b, in, 2);
	test_int(wire_get_stats(pool, buf_str(&b), &out, &n), RC_BAD, "a class that does not exist");
	buf_clear(&b);
}

static void
test_preview(void)
{
	uint32_t picture = 0;
	enum rc done;
	struct buf b;

	buf_init(&b, 100);
	wire_put_preview_job(&b, 7);
	test_int(wire_get_preview_job(buf_str(&b), &picture), RC_OK, "a preview is asked for");
	test_int(picture, 7, "of that picture");
	test_int(wire_get_preview_job(str_upto(buf_str(&b), 3), &picture), RC_BAD, "cut short");
	buf_reset(&b);
	wire_put_previewed(&b, RC_LIMIT);
	test_int(wire_get_previewed(buf_str(&b), &done), RC_OK, "what became of it");
	test_int(done, RC_LIMIT, "is told");
	test_int(wire_get_previewed(STR("\x77"), &done), RC_BAD, "no such word");
	test_int(wire_get_previewed(STR("\0\0"), &done), RC_BAD, "more than one");
	test_int(wire_get_previewed(STR_NONE, &done), RC_BAD, "none");
	buf_clear(&b);
}

int
main(void)
{
	limits_default(&lim);
	pool = pool_new(0);
	test_report();
	test_auth_text();
	test_length();
	test_lies();
	test_limits();
	test_count_without_elements();
	test_job();
	test_edit_job();
	test_edited();
	test_preview();
	test_info();
	test_stats();
	pool_free(&pool);
	return test_done();
}
