/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "gate/result_json.h"

#include "message/defect.h"
#include "test.h"

static const struct finding_def rows[] = {
	{ "CLAMAV", CLASS_MALWARE, 1000, false, "A signature matched." },
	{ "NOTE", CLASS_INFO, -5, false, "Only a note." },
};

static struct limits lim;

static void
as_json(struct result *r, bool explain, struct buf *out)
{
	buf_init(out, 100000);
	result_json(&(struct result_json){ .file = STR("a.eml"), .result = r, .us = 12345, .explain = explain }, out);
}

/* A message in which nothing was found: every key is there all the same. */
static void
clean(struct pool *pool)
{
	struct result r = { .outcome = { .complete = true } };
	struct buf out;

	report_init(&r.report, pool, &lim);
	as_json(&r, false, &out);
	test_str(buf_str(&out), STR("{\"file\":\"a.eml\",\"verdict\":\"clean\",\"complete\":true,"
	    "\"outcome\":\"accept\",\"score\":0.0,\"findings\":[],\"unscanned\":[],\"defects\":[],"
	    "\"links\":[],\"parts\":[],\"headers\":{\"from\":\"\",\"reply_to\":\"\",\"subject\":\"\"},"
	    "\"ms\":12.3}"), "an empty result");
	buf_clear(&out);
}

static void
fill(struct report *r, struct pool *pool)
{
	struct link *link;

	report_part(r, &(struct report_part){ .id = STR("1"), .parent = REPORT_NO_PART,
	    .declared = STR("application/zip"), .type = STR("application/zip"), .name = STR("a.zip"), .size = 9 });
	report_part(r, &(struct report_part){ .id = STR("1/x"), .parent = 0, .type = STR("text/plain"),
	    .size = 3, .hashed = true, .layer = true, .sha256 = { 0xab } });
	report_add(r, &rows[0], 1, "Eicar\x1b");
	report_add(r, &rows[1], REPORT_NO_PART, "\xff");
	report_unscanned(r, UNSCANNED_ENCRYPTED, 0, "zip");
	link = vec_push(pool, &r->links, sizeof(*link));
	*link = (struct link){ .url = STR("http://h/"), .host = STR("h"), .part = 0, .where = LINK_IN_HREF };
	r->defects = DEFECT_BIT(DUPLICATE_BOUNDARY);
	r->from = STR("\xe9\x96\xa2 <a@b>");
	r->subject = STR("s");
	report_ran(r, "clamav", 1500, 1);
	r->us = 2000;
}

static void
everything(struct pool *pool)
{
	static const struct outcome_reason why[] = { { STR("on.malware = reject"), STR("CLAMAV 100.0") } };
	struct result r = { .outcome = { .decided = true, .verdict = CLASS_MALWARE, .score = 1000,
	    .act = { .intercept = INTERCEPT_REJECT }, .would = { .intercept = INTERCEPT_REJECT },
	    .reasons = why, .n_reasons = 1 } };
	struct buf out;

	report_init(&r.report, pool, &lim);
	fill(&r.report, pool);
	as_json(&r, false, &out);
	test_str(buf_str(&out), STR("{\"file\":\"a.eml\",\"verdict\":\"malware\",\"complete\":false,"
	    "\"outcome\":\"reject\",\"score\":100.0,"
	    "\"findings\":[{\"name\":\"CLAMAV\",\"class\":\"malware\",\"score\":100.0,\"part\":\"1/x\","
	    "\"evidence\":\"Eicar\\u001b\"},{\"name\":\"NOTE\",\"class\":\"info\",\"score\":-0.5,\"part\":\"\","
	    "\"evidence\":\"\xef\xbf\xbd\"}],"
	    "\"unscanned\":[{\"part\":\"1\",\"why\":\"encrypted\"}],"
	    "\"defects\":[\"DUPLICATE_BOUNDARY\"],"
	    "\"links\":[{\"url\":\"http://h/\",\"host\":\"h\",\"part\":\"1\",\"where\":\"href\"}],"
	    "\"parts\":[{\"id\":\"1\",\"type\":\"application/zip\",\"declared\":\"application/zip\","
	    "\"name\":\"a.zip\",\"size\":9,\"sha256\":\"\"},"
	    "{\"id\":\"1/x\",\"type\":\"text/plain\",\"declared\":\"\",\"name\":\"\",\"size\":3,"
	    "\"sha256\":\"ab00000000000000000000000000000000000000000000000000000000000000\"}],"
	    "\"headers\":{\"from\":\"\xe9\x96\xa2 <a@b>\",\"reply_to\":\"\",\"subject\":\"s\"},"
	    "\"ms\":12.3}"),
	    "every kind of member");
	buf_clear(&out);
	as_json(&r, true, &out);
	test_ok(str_find(buf_str(&out), STR("\"checks\":[{\"name\":\"clamav\",\"us\":1500,\"findings\":1}]")) != STR_NPOS,
	    "explain has the checks");
	test_ok(str_find(buf_str(&out), STR("\"parent\":\"1\",\"layer\":true")) != STR_NPOS, "explain has the parents");
	test_ok(str_find(buf_str(&out), STR("\"actions\":\"reject\"")) != STR_NPOS, "explain has the actions");
	test_ok(str_find(buf_str(&out), STR("\"defect_help\":{\"DUPLICATE_BOUNDARY\":\"")) != STR_NPOS,
	    "explain has the help of defects");
	buf_clear(&out);
}

static void
observe(struct pool *pool)
{
	struct result r = { .outcome = { .decided = true, .verdict = CLASS_SPAM, .complete = true, .observe = true,
	    .would = { .intercept = INTERCEPT_QUARANTINE, .modify = MODIFY_STRIP } } };
	struct buf out;

	report_init(&r.report, pool, &lim);
	as_json(&r, true, &out);
	test_ok(str_find(buf_str(&out), STR("\"outcome\":\"accept\"")) != STR_NPOS, "observing changes nothing");
	test_ok(str_find(buf_str(&out), STR("\"mode\":\"observe\",\"would\":\"quarantine\"")) != STR_NPOS,
	    "and says what it would");
	test_ok(str_find(buf_str(&out), STR("\"would_actions\":\"quarantine, strip\"")) != STR_NPOS,
	    "with the modifications");
	buf_clear(&out);
}

/* A part index of nowhere, as after a cut list, is no part. */
static void
lost_part(struct pool *pool)
{
	struct result r = { .outcome = { .complete = true } };
	struct buf out;

	report_init(&r.report, pool, &lim);
	report_add(&r.report, &rows[0], 77, "x");
	as_json(&r, false, &out);
	test_ok(str_find(buf_str(&out), STR("\"part\":\"\"")) != STR_NPOS, "an index of nowhere is no part");
	buf_clear(&out);
}

int
main(void)
{
	struct pool *pool = pool_new(0);

	lim = (struct limits){ .findings = 100, .layers = 100, .mime_parts = 100 };
	clean(pool);
	everything(pool);
	observe(pool);
	lost_part(pool);
	pool_free(&pool);
	return test_done();
}
