/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "policy/policy.h"

#include "base/vec.h"

static const char *const engine_names[POLICY_ENGINES] = {
	[POLICY_CLAMAV] = "clamav", [POLICY_YARA] = "yara",
};

static const char *const line_names[LINE_N] = {
	[LINE_CLASS] = "", [LINE_DMARC_QUARANTINE] = "dmarc_quarantine", [LINE_DMARC_REJECT] = "dmarc_reject",
	[LINE_DMARC_TEMPERROR] = "dmarc_temperror",
};

const char *
policy_line_name(enum finding_line line)
{
	return line_names[line];
}

/* What is known of each class while findings are added up. */
struct tally {
	int64_t score[CLASS_N];
	const struct finding *top[CLASS_N];	/* highest score of the class */
};

struct decision {
	const struct policy_conf *conf;
	const struct report *report;
	struct pool *pool;
	struct outcome *out;
	struct vec reasons;			/* struct outcome_reason */
	bool early;				/* leave out the classes that wait for the message */
};

static void
add_up(const struct report *r, struct tally *t)
{
	for (size_t i = 0; i < r->findings.n; i++) {
		const struct finding *f = report_finding(r, i);

		if (r->muted >> f->class & 1)
			continue;
		t->score[f->class] += f->score;
		if (!t->top[f->class] || f->score > t->top[f->class]->score)
			t->top[f->class] = f;
	}
}

/* The same line is merged and named once, however many findings lead to it. */
static void
apply(struct decision *d, const struct action_set *act, struct str key, struct str because)
{
	struct outcome_reason *reason;
	struct buf text;
	struct str line;

	buf_init(&text, 64 * 1024);
	buf_add(&text, key);
	buf_adds(&text, " = ");
	action_format(act, &text);
	line = pool_str(d->pool, buf_str(&text));
	buf_clear(&text);
	for (size_t i = 0; i < d->reasons.n; i++)
		if (str_eq(((struct outcome_reason *)d->reasons.items)[i].line, line))
			return;
	action_merge(d->pool, &d->out->would, act);
	reason = vec_push(d->pool, &d->reasons, sizeof(*reason));
	*reason = (struct outcome_reason){ line, because };
}

static struct str
finding_text(struct pool *pool, const struct finding *f, int64_t sum)
{
	struct buf text;
	struct str s;

	buf_init(&text, 4096);
	buf_printf(&text, "%s %s%lld.%lld", f->def->name, f->score < 0 ? "-" : "",
	    (long long)(f->score < 0 ? -f->score : f->score) / 10,
	    (long long)(f->score < 0 ? -f->score : f->score) % 10);
	if (f->evidence.n) {
		buf_addc(&text, ' ');
		buf_add(&text, f->evidence);
	}
	if (sum != f->score)
		buf_printf(&text, " (all %s: %lld.%lld)", class_name(f->class), (long long)sum / 10,
		    (long long)sum % 10);
	s = pool_str(pool, buf_str(&text));
	buf_clear(&text);
	return s;
}

/* The finding that a client hears of is the one whose line is the strongest. */
static void
decided_by(struct outcome *out, const struct action_set *act, const struct finding *f)
{
	if (out->decider && act->intercept <= out->would.intercept)
		return;
	out->decider = f->def;
	out->quote = f->quote;
}

/* Classes are in order of severity: the first that reaches its threshold is the verdict,
 * the lines of the others apply as well. */
static void
judge_classes(struct decision *d)
{
	struct tally t = { .score = { 0 } };
	struct outcome *out = d->out;

	add_up(d->report, &t);
	for (int c = 0; c < CLASS_INFO; c++) {
		if (d->early && !d->conf->early[c])
			continue;
		if (!out->decided && t.score[c] > out->score)
			out->score = t.score[c];
		if (!t.top[c] || t.score[c] < d->conf->threshold[c])
			continue;
		if (!out->decided) {
			out->decided = true;
			out->verdict = (enum class)c;
			out->score = t.score[c];
		}
		decided_by(out, &d->conf->on[c], t.top[c]);
		out->strip[c] = d->conf->on[c].modify & MODIFY_STRIP;
		apply(d, &d->conf->on[c], pool_printf(d->pool, "on.%s", class_name((enum class)c)),
		    finding_text(d->pool, t.top[c], t.score[c]));
	}
}

/* Findings with a line of their own, whatever their class adds up to. One whose points the operator
 * has set to nothing is recorded only. */
static void
judge_lines(struct decision *d)
{
	for (size_t i = 0; i < d->report->findings.n; i++) {
		const struct finding *f = report_finding(d->report, i);
		enum finding_line line = f->def->line;

		if (line == LINE_CLASS || f->score <= 0 || (d->early && !d->conf->early[f->class]))
			continue;
		if (!d->out->decided) {
			d->out->decided = true;
			d->out->verdict = f->class;
			d->out->score = f->score;
		}
		decided_by(d->out, &d->conf->on_line[line], f);
		apply(d, &d->conf->on_line[line], pool_printf(d->pool, "on.%s", policy_line_name(line)),
		    finding_text(d->pool, f, f->score));
	}
}

/* The failure line of the engine that this entry names, if it has one. */
static const struct policy_line *
engine_line(const struct policy_conf *conf, const struct unscanned *u, const char **name)
{
	struct str engine = str_upto(u->what, str_chr(u->what, ':'));

	if (u->why != UNSCANNED_ENGINE && u->why != UNSCANNED_TIMEOUT)
		return NULL;
	for (int i = 0; i < POLICY_ENGINES; i++) {
		if (str_eq_nocase(engine, str_of(engine_names[i])) && !conf->on_engine[i].inherit) {
			*name = engine_names[i];
			return &conf->on_engine[i];
		}
	}
	return NULL;
}

static struct str
unscanned_text(const struct decision *d, const struct unscanned *u)
{
	struct str id = u->part < d->report->parts.n ? report_part_at(d->report, u->part)->id : STR("message");

	return pool_printf(d->pool, "%s %.*s%s%.*s", unscanned_name(u->why), STR_ARG(str_upto(id, 1024)),
	    u->what.n ? " " : "", STR_ARG(u->what));
}

static void
judge_unscanned(struct decision *d)
{
	bool seen[UNSCANNED_N] = { false }, seen_engine[POLICY_ENGINES] = { false };

	for (size_t i = 0; i < d->report->unscanned.n; i++) {
		const struct unscanned *u = report_unscanned_at(d->report, i);
		const char *name;
		const struct policy_line *line = engine_line(d->conf, u, &name);
		bool *once = line ? &seen_engine[line - d->conf->on_engine] : &seen[u->why];

		if (*once)
			continue;
		*once = true;
		if (line)
			apply(d, &line->act, pool_printf(d->pool, "on_fail.%s", name), unscanned_text(d, u));
		else
			apply(d, &d->conf->unscanned[u->why],
			    pool_printf(d->pool, "unscanned.%s", unscanned_name(u->why)), unscanned_text(d, u));
	}
}

static void
begin(struct decision *d, struct outcome *out)
{
	*out = (struct outcome){ .verdict = CLASS_INFO, .observe = d->conf->mode == POLICY_OBSERVE };
	d->out = out;
}

static void
finish(struct decision *d)
{
	struct outcome *out = d->out;

	out->reasons = d->reasons.items;
	out->n_reasons = d->reasons.n;
	out->act = out->observe ? (struct action_set){ .intercept = INTERCEPT_ACCEPT } : out->would;
}

void
policy_decide(const struct policy_conf *conf, const struct report *report, struct pool *pool, struct outcome *out)
{
	struct decision d = { .conf = conf, .report = report, .pool = pool };

	begin(&d, out);
	out->complete = report_complete(report);
	judge_classes(&d);
	judge_lines(&d);
	judge_unscanned(&d);
	finish(&d);
}

void
policy_decide_early(const struct policy_conf *conf, const struct report *report, struct pool *pool,
    struct outcome *out)
{
	struct decision d = { .conf = conf, .report = report, .pool = pool, .early = true };

	begin(&d, out);
	out->complete = true;
	judge_classes(&d);
	judge_lines(&d);
	finish(&d);
}

void
policy_failed(const struct policy_conf *conf, struct str why, struct pool *pool, struct outcome *out)
{
	struct decision d = { .conf = conf, .pool = pool };

	begin(&d, out);
	out->failed = true;
	apply(&d, &conf->on_fail, STR("on_fail"), pool_str(pool, why));
	finish(&d);
}

void
policy_deferred(const struct policy_conf *conf, struct str line, struct str why, struct pool *pool, struct outcome *out)
{
	static const struct action_set later = { .intercept = INTERCEPT_TEMPFAIL };
	struct decision d = { .conf = conf, .pool = pool };

	begin(&d, out);
	out->observe = false;
	out->failed = true;
	apply(&d, &later, line, pool_str(pool, why));
	finish(&d);
}

const struct action_set *
policy_unscanned(const struct policy_conf *conf, const struct unscanned *u)
{
	const char *name;
	const struct policy_line *line = engine_line(conf, u, &name);

	return line ? &line->act : &conf->unscanned[u->why];
}

const char *
outcome_verdict(const struct outcome *out)
{
	return out->decided ? class_name(out->verdict) : "clean";
}
