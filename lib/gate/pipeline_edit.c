/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Taking parts out and changing links: which ones, the new message that a worker wrote, and the proof that it
 * is what policy wanted. Clean needs proof here as well: a part may stand there twice, a list of findings may
 * have been cut, and the notice itself quotes names. So what will be delivered is scanned like any
 * message, and only goes on when policy wants nothing more of it. */
#include "gate/pipeline.h"

#include "base/clock.h"
#include "base/fdio.h"
#include "check/link_targets.h"
#include "gate/fields.h"
#include "gate/links.h"
#include "policy/links_opts.h"

enum { STRIP_PARTS = 200 };

struct wanted {
	struct edit_strip part[STRIP_PARTS];
	size_t n;
	struct str why;		/* set: cannot be done */
};

/* The MIME part that a layer lies in. */
static size_t
mime_part_of(const struct report *r, size_t part)
{
	while (part != REPORT_NO_PART && report_part_at(r, part)->layer) {
		size_t up = report_part_at(r, part)->parent;

		if (up != REPORT_NO_PART && up >= part)
			return REPORT_NO_PART;	/* a parent comes before its children; the worker lied */
		part = up;
	}
	return part;
}

static void
want(struct pool *pool, const struct report *r, size_t part, const char *what, struct str detail,
    const char *id, struct wanted *w)
{
	const struct report_part *p;
	struct str name, reason = fields_clean(pool, detail);

	part = mime_part_of(r, part);
	if (part == REPORT_NO_PART) {
		w->why = STR("found in the message as a whole");
		return;
	}
	p = report_part_at(r, part);
	if (p->alternative)
		w->why = STR("found in another reading of the message");
	for (size_t i = 0; i < w->n; i++)
		if (w->part[i].part == part)
			return;
	if (w->n == STRIP_PARTS) {
		w->why = STR("too many parts");
		return;
	}
	name = fields_clean(pool, str_upto(p->name, REPORT_EVIDENCE));
	w->part[w->n++] = (struct edit_strip){ part, pool_printf(pool,
	    "The mail gateway removed this part.\n\nName: %.*s\nReason: %s %.*s\nReference: %s\n",
	    STR_ARG(name), what, STR_ARG(reason), id) };
}

/* What lines that apply ask for: a class below its threshold asks for nothing. */
static void
collect(const struct policy_conf *pc, const struct result *res, struct pool *pool, const char *id,
    struct wanted *w)
{
	const struct report *r = &res->report;

	for (size_t i = 0; i < r->findings.n; i++) {
		const struct finding *f = report_finding(r, i);

		if (res->outcome.strip[f->class] && f->score > 0)
			want(pool, r, f->part, class_name(f->class), f->evidence, id, w);
	}
	for (size_t i = 0; i < r->unscanned.n; i++) {
		const struct unscanned *u = report_unscanned_at(r, i);

		if (policy_unscanned(pc, u)->modify & MODIFY_STRIP)
			want(pool, r, u->part, unscanned_name(u->why), u->what, id, w);
	}
	if (w->n == 0 && w->why.n == 0)
		w->why = STR("no part is known to be bad");	/* on_fail: nothing was looked at */
}

/* --- links --- */

/* What the checks made of it. */
static enum link_verdict
judged(void *arg, const struct links_link *l)
{
	const struct link_target *t = link_targets_find(arg, l->host, l->url);

	return t ? t->opinion.verdict : LINK_UNJUDGED;
}

static void
plan_links(const struct gate *g, const struct pipeline_edit_in *in, struct links_plan *out)
{
	struct links_in li = { .conf = in->conf, .session = in->session, .report = &in->result->report,
	    .keys = atomic_load(&g->click_keys), .doubtful = in->result->outcome.decided, .judge = judged,
	    .arg = in->result->links, .id = in->record.n ? in->record : str_of(in->lc.id), .now_s = clock_wall_ms() / 1000 };

	links_plan(in->pool, &li, out);
}

/* The same once more changes nothing: no link that was to go is left where it can be reached. */
static enum rc
prove_links(struct gate *g, const struct pipeline_edit_in *in, const struct workers_edit *done, struct str *why)
{
	struct workers_edit again = { .job = done->job, .out_fd = -1 };
	enum rc rc = RC_TEMP;

	again.job.n_strips = 0;
	if (fdio_memfd("again", STR_NONE, &again.out_fd) == RC_OK)
		rc = workers_edit(g->workers, in->lc, done->out_fd, done->size, &again, in->pool, why);
	fdio_close(&again.out_fd);
	if (rc == RC_OK && again.links == 0)
		return RC_OK;
	if (rc == RC_OK)
		*why = STR("links that were to go are still there");
	return RC_TEMP;
}

/* --- both --- */

/* RC_OK: judged like any message, what will be delivered asks for nothing that was not done. */
static enum rc
prove(struct gate *g, const struct pipeline_edit_in *in, const struct workers_edit *edit, struct pipeline_edit *out)
{
	struct wire_job job = { .session = *in->session, .queue_id = in->session->queue_id, .body = true };
	struct str *why = &out->why;
	struct outcome outcome = { .complete = false };
	struct report report;

	if (workers_scan(g->workers, in->lc, &job, edit->out_fd, edit->size, in->pool, &report, why) != RC_OK) {
		*why = pool_printf(in->pool, "what is left could not be scanned: %.*s", STR_ARG(*why));
		return RC_TEMP;
	}
	memcpy(out->digest, report.auth.body, sizeof(out->digest));
	policy_decide(conf_values(in->conf, &policy_table), &report, in->pool, &outcome);
	if (!(outcome.act.modify & MODIFY_STRIP) && outcome.act.intercept <= in->result->outcome.act.intercept)
		return RC_OK;
	*why = pool_printf(in->pool, "what is left is not clean: %.*s",
	    STR_ARG(outcome.n_reasons ? outcome.reasons[0].because : STR("?")));
	return RC_TEMP;
}

/* What a worker is to do. RC_NONE: nothing. */
static enum rc
plan(struct gate *g, const struct pipeline_edit_in *in, struct wire_edit_job *job, struct links_plan *links,
    struct str *why)
{
	const struct links_conf *lc = conf_values(in->conf, &links_table);
	struct wanted *w = pool_alloc(in->pool, sizeof(*w));

	if (in->result->outcome.act.modify & MODIFY_STRIP)
		collect(conf_values(in->conf, &policy_table), in->result, in->pool, in->lc.id, w);
	*why = w->why;
	if (w->why.n)
		return RC_TEMP;
	*links = (struct links_plan){ .n = 0 };
	if (!in->result->outcome.failed)
		plan_links(g, in, links);
	*job = (struct wire_edit_job){ w->part, w->n, links->rows, links->n, lc->text, lc->attachments };
	return w->n + links->n ? RC_OK : RC_NONE;
}

static enum rc
carry_out(struct gate *g, const struct pipeline_edit_in *in, const struct links_plan *links, struct workers_edit *edit,
    struct pipeline_edit *out)
{
	enum rc rc = workers_edit(g->workers, in->lc, in->spool->fd, in->spool->size, edit, in->pool, &out->why);

	if (rc == RC_OK && edit->size == 0)
		return edit->job.n_strips ? RC_TEMP : RC_NONE;	/* links only where nothing is changed */
	if (rc != RC_OK && out->why.n == 0)
		out->why = edit->job.n_strips ? STR("the parts cannot be taken out without changing others") :
		    STR("the links cannot be changed without changing more");
	if (rc == RC_OK && links_must_go(links))
		rc = prove_links(g, in, edit, &out->why);
	if (rc == RC_OK)
		rc = prove(g, in, edit, out);
	return rc == RC_OK ? RC_OK : RC_TEMP;
}

static void
log_links(const struct pipeline_edit_in *in, const struct links_plan *p, uint32_t changed)
{
	log_put(in->lc, LOG_LEVEL_INFO, "links", LOG_NUM("changed", changed), LOG_NUM("rewrite", p->count[REWRITE_TO]),
	    LOG_NUM("unlink", p->count[REWRITE_UNLINK]), LOG_NUM("defang", p->count[REWRITE_DEFANG]),
	    LOG_NUM("text", p->count[REWRITE_TEXT]), LOG_CSTR("outbound", p->outbound ? "yes" : "no"));
}

enum rc
pipeline_edit(struct gate *g, const struct pipeline_edit_in *in, struct pipeline_edit *out)
{
	struct workers_edit edit = { .out_fd = -1 };
	struct links_plan links;
	enum rc rc;

	*out = (struct pipeline_edit){ .message = -1 };
	rc = plan(g, in, &edit.job, &links, &out->why);
	if (rc != RC_OK)
		return rc;
	if (fdio_memfd("edited", STR_NONE, &edit.out_fd) != RC_OK) {
		out->why = STR("no memory file");
		return RC_TEMP;
	}
	rc = carry_out(g, in, &links, &edit, out);
	if (rc != RC_OK) {
		fdio_close(&edit.out_fd);
		return rc;
	}
	if (edit.links)
		log_links(in, &links, edit.links);
	out->message = edit.out_fd;
	out->body = edit.body;
	out->links = edit.links;
	out->headers = edit.headers;
	out->n_headers = edit.n_headers;
	return RC_OK;
}
