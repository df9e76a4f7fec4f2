/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* covers: lib/policy/policy.c and rules/presets */
#include "test.h"

#include "policy/links_opts.h"
#include "policy/policy.h"

static const struct finding_def defs[] = {
	{ "VIRUS", CLASS_MALWARE, 1000, false, "x" },
	{ "WEAK", CLASS_MALWARE, 40, false, "x" },
	{ "BAD_NAME", CLASS_CONTENT, 60, false, "x" },
	{ "SPAMMY", CLASS_SPAM, 99, false, "x" },
	{ "GOOD", CLASS_SPAM, -50, false, "x" },
	{ "NOBODY", CLASS_RECIPIENT, 100, false, "x", { "50", "1.1", "No such recipient" } },
	{ "SPOOF", CLASS_AUTH, 100, false, "x", { "50", "7.1", "Spoof" }, LINE_DMARC_REJECT },
	{ "DOUBT", CLASS_AUTH, 20, false, "x", { NULL, NULL, NULL }, LINE_DMARC_QUARANTINE },
	{ "OFF", CLASS_AUTH, 0, false, "x", { NULL, NULL, NULL }, LINE_DMARC_REJECT },
	{ "NOTE", CLASS_INFO, 5000, false, "x" },
	{ .name = NULL }
};

static const struct opt_table *const tables[] = { &policy_table, &links_table, NULL };

/* Everything about an outcome in one line. */
static void
describe(const struct outcome *o, struct buf *out)
{
	buf_printf(out, "%s%s %d.%d: ", outcome_verdict(o), o->complete ? "" : " incomplete",
	    (int)o->score / 10, (int)o->score % 10);
	action_format(&o->act, out);
	if (o->observe) {
		buf_adds(out, " (would ");
		action_format(&o->would, out);
		buf_adds(out, ")");
	}
	for (size_t i = 0; i < o->n_reasons; i++) {
		buf_adds(out, " | ");
		buf_add(out, o->reasons[i].line);
		buf_adds(out, " <- ");
		buf_add(out, o->reasons[i].because);
	}
}

static struct conf *
configure(const char *text)
{
	struct conf *conf = NULL;
	struct buf why;

	buf_init(&why, 65536);
	if (conf_parse(str_of(text), "f", tables, (struct conf_base){ .key = NULL }, &conf, &why) != RC_OK)
		test_show("errors", buf_str(&why));
	buf_clear(&why);
	return conf;
}

/* findings: names of defs; unscanned: "why text" pieces separated by ';'. */
static void
fill(struct report *r, const char *findings, const char *unscanned)
{
	struct str rest = str_of(findings), word;

	while (str_next(&rest, ' ', &word))
		for (const struct finding_def *d = defs; d->name; d++)
			if (str_eq(word, str_of(d->name)))
				report_add(r, d, REPORT_NO_PART, "seen");
	for (rest = str_of(unscanned); str_next(&rest, ';', &word); ) {
		size_t space = str_chr(word, ' ');
		struct str what = str_from(word, space == STR_NPOS ? word.n : space + 1);

		for (int w = 0; w < UNSCANNED_N; w++)
			if (str_eq(str_upto(word, space), str_of(unscanned_name((enum unscanned_why)w))))
				report_unscanned(r, (enum unscanned_why)w, 0, "%.*s", STR_ARG(what));
	}
}

static void
decide(void)
{
	static const struct { const char *name, *conf, *findings, *unscanned, *want; } cases[] = {
		{ "nothing", "", "", "", "clean 0.0: accept" },
		{ "malware", "on.malware = reject", "VIRUS", "",
		    "malware 100.0: reject | on.malware = reject <- VIRUS 100.0 seen" },
		{ "below the threshold", "", "WEAK WEAK", "", "clean 8.0: accept" },
		{ "adds up", "on.malware = reject", "WEAK WEAK WEAK", "",
		    "malware 12.0: reject | on.malware = reject <- WEAK 4.0 seen (all malware: 12.0)" },
		{ "own threshold", "threshold.content = 6.0", "BAD_NAME", "",
		    "content 6.0: quarantine | on.content = quarantine <- BAD_NAME 6.0 seen" },
		{ "good signs take away", "threshold.spam = 5.0", "SPAMMY GOOD", "", "clean 4.9: accept" },
		{ "a line of its own and that of the class", "on.dmarc_reject = reject\non.auth = tag", "SPOOF", "",
		    "auth 10.0: reject | on.auth = tag <- SPOOF 10.0 seen | on.dmarc_reject = reject <- SPOOF 10.0 seen" },
		{ "below the threshold of the class", "on.dmarc_quarantine = quarantine", "DOUBT", "",
		    "auth 2.0: quarantine | on.dmarc_quarantine = quarantine <- DOUBT 2.0 seen" },
		{ "without points the line does not apply", "on.dmarc_reject = reject", "OFF", "", "clean 0.0: accept" },
		{ "info never decides", "", "NOTE", "", "clean 0.0: accept" },
		{ "the most severe class is the verdict, both lines apply",
		    "threshold.content = 5.0\non.malware = tag, strip\non.content = quarantine", "BAD_NAME VIRUS", "",
		    "malware 100.0: quarantine, strip | on.malware = tag, strip <- VIRUS 100.0 seen | "
		    "on.content = quarantine <- BAD_NAME 6.0 seen" },
		{ "unscanned is not clean", "unscanned.encrypted = tag, subject \"[U] \"", "", "encrypted zip",
		    "clean incomplete 0.0: tag, subject \"[U] \" | unscanned.encrypted = tag, subject \"[U] \" <- "
		    "encrypted 1.1 zip" },
		{ "one line for one reason", "", "", "limit a;limit b;limit c",
		    "clean incomplete 0.0: quarantine | unscanned.limit = quarantine <- limit 1.1 a" },
		{ "findings and unscanned", "on.malware = reject", "VIRUS", "engine x",
		    "malware incomplete 100.0: reject | on.malware = reject <- VIRUS 100.0 seen | "
		    "unscanned.engine = tempfail <- engine 1.1 x" },
		{ "engine without a line of its own", "", "", "engine clamav: died",
		    "clean incomplete 0.0: tempfail | unscanned.engine = tempfail <- engine 1.1 clamav: died" },
		{ "engine with a line of its own", "on_fail.clamav = quarantine", "", "engine clamav: died",
		    "clean incomplete 0.0: quarantine | on_fail.clamav = quarantine <- engine 1.1 clamav: died" },
		{ "timeout of an engine", "on_fail.yara = accept", "", "timeout yara: 10 s",
		    "clean incomplete 0.0: accept | on_fail.yara = accept <- timeout 1.1 yara: 10 s" },
		{ "two engines, two lines", "on_fail.yara = accept\non_fail.clamav = reject", "",
		    "engine yara: x;engine clamav: y",
		    "clean incomplete 0.0: reject | on_fail.yara = accept <- engine 1.1 yara: x | "
		    "on_fail.clamav = reject <- engine 1.1 clamav: y" },
		{ "a limit of an engine is a limit", "on_fail.clamav = accept", "", "limit clamav: MaxFiles",
		    "clean incomplete 0.0: quarantine | unscanned.limit = quarantine <- limit 1.1 clamav: MaxFiles" },
		{ "observe changes nothing", "mode = observe\non.malware = reject", "VIRUS", "",
		    "malware 100.0: accept (would reject) | on.malware = reject <- VIRUS 100.0 seen" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct pool *pool = pool_new(0);
		struct limits lim = { .findings = 100, .layers = 10, .mime_parts = 10 };
		struct conf *conf = configure(cases[i].conf);
		struct report r;
		struct outcome o;
		struct buf text;

		report_init(&r, pool, &lim);
		report_part(&r, &(struct report_part){ .id = STR("1.1"), .parent = REPORT_NO_PART });
		fill(&r, cases[i].findings, cases[i].unscanned);
		policy_decide(conf_values(conf, &policy_table), &r, pool, &o);
		buf_init(&text, 65536);
		describe(&o, &text);
		test_str(buf_str(&text), str_of(cases[i].want), cases[i].name);
		buf_clear(&text);
		conf_put(&conf);
		pool_free(&pool);
	}
}

static void
failed(void)
{
	struct pool *pool = pool_new(0);
	struct conf *conf = configure("on_fail = quarantine");
	struct outcome o;
	struct buf text;

	buf_init(&text, 4096);
	policy_failed(conf_values(conf, &policy_table), STR("worker lost twice"), pool, &o);
	describe(&o, &text);
	test_str(buf_str(&text), STR("clean incomplete 0.0: quarantine | on_fail = quarantine <- worker lost twice"),
	    "no report");
	test_ok(o.failed, "and it says so");
	buf_clear(&text);
	conf_put(&conf);
	pool_free(&pool);
}

/* Does this preset set that key itself? */
static bool
sets(const struct conf *conf, const char *preset, struct str key)
{
	struct buf value, origin;
	bool from;

	buf_init(&value, 4096);
	buf_init(&origin, 4096);
	from = conf_show(conf, key, &value, &origin) && str_find(buf_str(&origin), str_of(preset)) != STR_NPOS;
	buf_clear(&value);
	buf_clear(&origin);
	return from;
}

static void
presets(void)
{
	static const char *const names[] = { "recommended", "strict", "observe" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		struct conf_base base = { .key = policy_presets.key, .dir = "rules/presets" };
		struct conf *conf = NULL;
		const struct policy_conf *p;
		struct buf text;

		buf_init(&text, 65536);
		buf_printf(&text, "preset = %s\n", names[i]);
		if (!test_ok(conf_parse(buf_str(&text), "f", tables, base, &conf, &text) == RC_OK, names[i])) {
			test_show("errors", buf_str(&text));
			buf_clear(&text);
			continue;
		}
		for (const struct opt *o = policy_table.opts; o->name; o++)
			if (o->preset)
				test_ok(sets(conf, names[i], str_of(o->name)), o->name);
		p = conf_values(conf, &policy_table);
		for (int w = 0; w < UNSCANNED_N; w++)
			test_ok(p->unscanned[w].intercept != INTERCEPT_ACCEPT,
			    "what was not looked at never passes without a mark");
		test_ok(p->on_fail.intercept > INTERCEPT_TAG, "a failure does not deliver");
		test_ok((p->mode == POLICY_OBSERVE) == str_eq(str_of(names[i]), STR("observe")), "mode");
		conf_put(&conf);
		buf_clear(&text);
	}
}

/* Of the phases before the message only some classes may turn a client away; the finding whose
 * line is the strongest words the answer. */
static void
early(void)
{
	static const struct { const char *name, *conf, *findings; enum intercept want; const char *decider; } cases[] = {
		{ "a class that may", "", "NOBODY", INTERCEPT_REJECT, "NOBODY" },
		{ "one that waits", "on.malware = reject", "VIRUS", INTERCEPT_ACCEPT, NULL },
		{ "both", "on.malware = discard", "VIRUS NOBODY", INTERCEPT_REJECT, "NOBODY" },
		{ "the operator's list", "early = malware\non.malware = reject", "VIRUS NOBODY", INTERCEPT_REJECT,
		    "VIRUS" },
		{ "observing", "mode = observe", "NOBODY", INTERCEPT_ACCEPT, "NOBODY" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct conf *conf = configure(cases[i].conf);
		struct limits lim = { .findings = 100, .layers = 10, .mime_parts = 10 };
		struct pool *pool = pool_new(0);
		struct outcome o;
		struct report r;

		report_init(&r, pool, &lim);
		fill(&r, cases[i].findings, "");
		policy_decide_early(conf_values(conf, &policy_table), &r, pool, &o);
		test_int(o.act.intercept, cases[i].want, cases[i].name);
		test_str(o.decider ? str_of(o.decider->name) : STR_NONE, str_of(cases[i].decider), "the decider");
		pool_free(&pool);
		conf_put(&conf);
	}
}

/* The words that go with the finding that decides, and not those of another. */
static void
quotes(void)
{
	struct conf *conf = configure("early = malware\non.malware = reject");
	struct limits lim = { .findings = 100, .layers = 10, .mime_parts = 10 };
	struct pool *pool = pool_new(0);
	struct outcome o;
	struct report r;

	report_init(&r, pool, &lim);
	fill(&r, "NOBODY VIRUS", "");
	report_quote(&r, report_finding(&r, 1)->def, STR("said"));
	policy_decide_early(conf_values(conf, &policy_table), &r, pool, &o);
	test_str(o.quote, STR("said"), "what the finding that decides quotes");
	report_init(&r, pool, &lim);
	fill(&r, "VIRUS NOBODY", "");
	report_quote(&r, report_finding(&r, 1)->def, STR("said"));
	policy_decide_early(conf_values(conf, &policy_table), &r, pool, &o);
	test_str(o.quote, STR_NONE, "not what another one quotes");
	pool_free(&pool);
	conf_put(&conf);
}

/* Only lines that apply take parts out. */
static void
strips(void)
{
	struct conf *conf = configure("on.malware = tag, strip\non.content = tag, strip\non.spam = tag\n"
	    "threshold.spam = 5.0\nunscanned.engine = tempfail\non_fail.clamav = tag, strip\n");
	const struct policy_conf *pc = conf_values(conf, &policy_table);
	struct limits lim = { .findings = 100, .layers = 100, .mime_parts = 100 };
	struct pool *pool = pool_new(0);
	struct report r;
	struct outcome o;

	report_init(&r, pool, &lim);
	fill(&r, "VIRUS BAD_NAME SPAMMY", "engine clamav: gone;engine yara: gone");
	policy_decide(pc, &r, pool, &o);
	test_ok(o.strip[CLASS_MALWARE], "a class at its threshold");
	test_ok(!o.strip[CLASS_CONTENT], "not one below it");
	test_ok(!o.strip[CLASS_SPAM], "not one whose line does not say strip");
	test_ok(policy_unscanned(pc, report_unscanned_at(&r, 0))->modify & MODIFY_STRIP, "on_fail of the engine");
	test_int(policy_unscanned(pc, report_unscanned_at(&r, 1))->intercept, INTERCEPT_TEMPFAIL,
	    "unscanned.engine for the other one");
	pool_free(&pool);
	conf_put(&conf);
}

/* Classes that do not count for this sender are recorded and decide nothing. */
static void
muted(void)
{
	struct conf *conf = configure("on.spam = reject\non.malware = reject\nthreshold.spam = 1.0\n");
	const struct policy_conf *pc = conf_values(conf, &policy_table);
	struct pool *pool = pool_new(0);
	struct limits lim;
	struct outcome o;
	struct report r;

	limits_default(&lim);
	report_init(&r, pool, &lim);
	report_mute(&r, CLASS_SPAM);
	fill(&r, "SPAMMY", "");
	policy_decide(pc, &r, pool, &o);
	test_ok(!o.decided && o.score == 0, "a muted class decides nothing");
	test_int((int64_t)r.findings.n, 1, "its findings stay");
	policy_decide_early(pc, &r, pool, &o);
	test_ok(!o.decided, "nor early");
	fill(&r, "VIRUS", "");
	policy_decide(pc, &r, pool, &o);
	test_int(o.act.intercept, INTERCEPT_REJECT, "other classes do");
	pool_free(&pool);
	conf_put(&conf);
}

int
main(void)
{
	muted();
	decide();
	early();
	quotes();
	failed();
	strips();
	presets();
	return test_done();
}
