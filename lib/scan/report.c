/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "scan/report.h"

#include <assert.h>

static const struct {
	const char *name, *help;
} reasons[UNSCANNED_N] = {
	[UNSCANNED_ENCRYPTED] = { "encrypted", "Content that needs a password or a key." },
	[UNSCANNED_LIMIT] = { "limit", "A named limit was reached before the end." },
	[UNSCANNED_TIMEOUT] = { "timeout", "An engine, or the whole scan, ran out of time." },
	[UNSCANNED_ENGINE] = { "engine", "An engine failed, or could not prove that it looked." },
	[UNSCANNED_AMBIGUOUS] = { "ambiguous",
	    "Clients read this message, or a damaged file in it, in ways that could not all be followed." },
	[UNSCANNED_PARTIAL] = { "partial", "A fragment of a message, or content that is fetched from elsewhere." },
};

const char *
unscanned_name(enum unscanned_why why)
{
	return reasons[why].name;
}

const char *
unscanned_help(enum unscanned_why why)
{
	return reasons[why].help;
}

void
report_init(struct report *r, struct pool *pool, const struct limits *lim)
{
	*r = (struct report){ .pool = pool, .lim = lim };
}

void
report_mute(struct report *r, enum class c)
{
	r->muted |= 1u << c;
}

const struct finding *
report_finding(const struct report *r, size_t i)
{
	assert(i < r->findings.n);
	return (const struct finding *)r->findings.items + i;
}

const struct unscanned *
report_unscanned_at(const struct report *r, size_t i)
{
	assert(i < r->unscanned.n);
	return (const struct unscanned *)r->unscanned.items + i;
}

const struct report_part *
report_part_at(const struct report *r, size_t i)
{
	assert(i < r->parts.n);
	return (const struct report_part *)r->parts.items + i;
}

const struct link *
report_link_at(const struct report *r, size_t i)
{
	assert(i < r->links.n);
	return (const struct link *)r->links.items + i;
}

const struct report_run *
report_run_at(const struct report *r, size_t i)
{
	assert(i < r->runs.n);
	return (const struct report_run *)r->runs.items + i;
}

bool
report_complete(const struct report *r)
{
	return r->unscanned.n == 0;
}

/* Say once that something was dropped: a report that lost findings is not complete. */
static void
note_cut(struct report *r, const char *limit)
{
	if (r->cut)
		return;
	r->cut = true;
	report_unscanned(r, UNSCANNED_LIMIT, REPORT_NO_PART, "%s", limit);
}

void
report_add_as(struct report *r, const struct finding_def *def, enum class class, int score, size_t part,
    struct str evidence)
{
	struct finding *f;

	if (r->findings.n >= (size_t)r->lim->findings) {
		note_cut(r, "limit.findings");
		return;
	}
	f = vec_push(r->pool, &r->findings, sizeof(*f));
	*f = (struct finding){ def, class, score, part,
	    pool_str(r->pool, str_upto(evidence, REPORT_EVIDENCE)) };
}

/* A finding over the limit was not added: there is nothing to quote for then. */
void
report_quote(struct report *r, const struct finding_def *def, struct str text)
{
	struct finding *all = r->findings.items;

	if (r->findings.n && all[r->findings.n - 1].def == def)
		all[r->findings.n - 1].quote = pool_str(r->pool, str_upto(text, REPORT_EVIDENCE));
}

void
report_add(struct report *r, const struct finding_def *def, size_t part, const char *fmt, ...)
{
	va_list ap;
	struct str evidence;

	va_start(ap, fmt);
	evidence = pool_vprintf(r->pool, fmt, ap);
	va_end(ap);
	report_add_as(r, def, def->class, def->score, part, evidence);
}

/* One reason, from one engine: "clamav" of "clamav: MaxScanTime". */
static bool
same_kind(const struct unscanned *a, const struct unscanned *b)
{
	return a->why == b->why && str_eq_nocase(str_upto(a->what, str_chr(a->what, ':')),
	    str_upto(b->what, str_chr(b->what, ':')));
}

void
report_unscanned(struct report *r, enum unscanned_why why, size_t part, const char *fmt, ...)
{
	/* Two more than findings: the entries that say what was cut must fit. */
	size_t max = (size_t)r->lim->findings + 2;
	struct unscanned new = { .why = why, .part = part };
	bool kind_known = false;
	va_list ap;

	va_start(ap, fmt);
	new.what = str_upto(pool_vprintf(r->pool, fmt, ap), REPORT_EVIDENCE);
	va_end(ap);
	for (size_t i = 0; i < r->unscanned.n; i++) {
		const struct unscanned *seen = report_unscanned_at(r, i);

		if (seen->why == why && seen->part == part && str_eq(seen->what, new.what))
			return;
		kind_known |= same_kind(seen, &new);
	}
	/* A thousand entries of a mild reason must not hide one of another. */
	if (r->unscanned.n >= max && (kind_known || r->unscanned.n >= max + REPORT_KINDS))
		return;
	*(struct unscanned *)vec_push(r->pool, &r->unscanned, sizeof(new)) = new;
}

void
report_unscanned_shorten(struct report *r)
{
	struct unscanned *u = r->unscanned.items;
	size_t n = 0;

	for (size_t i = 0; i < r->unscanned.n && n < REPORT_KINDS; i++) {
		bool known = false;

		for (size_t k = 0; k < n; k++)
			known |= same_kind(&u[k], &u[i]);
		if (!known)
			u[n++] = u[i];
	}
	r->unscanned.n = n;
}

size_t
report_part(struct report *r, const struct report_part *part)
{
	struct report_part *p;

	if (r->parts.n >= (size_t)(r->lim->layers + r->lim->mime_parts)) {
		note_cut(r, "limit.layers");
		return REPORT_NO_PART;
	}
	p = vec_push(r->pool, &r->parts, sizeof(*p));
	*p = *part;
	return r->parts.n - 1;
}

void
report_ran(struct report *r, const char *check, uint32_t us, uint32_t findings)
{
	struct report_run *run = r->runs.items;

	for (size_t i = 0; i < r->runs.n; i++) {
		if (!str_eq(str_of(run[i].check), str_of(check)))
			continue;
		run[i].us += us;
		run[i].findings += findings;
		return;
	}
	run = vec_push(r->pool, &r->runs, sizeof(*run));
	*run = (struct report_run){ check, us, findings };
}
