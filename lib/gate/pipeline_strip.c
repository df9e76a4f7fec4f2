/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Taking parts out: which ones, the new message that a worker wrote, and the proof that it is what
 * policy wanted. Clean needs proof here as well: a part may stand there twice, a list of findings may
 * have been cut, and the notice itself quotes names. So what will be delivered is scanned like any
 * message, and only goes on when policy wants nothing more of it. */
#include "gate/pipeline.h"

#include "base/fdio.h"
#include "gate/fields.h"

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

/* RC_OK: judged like any message, what will be delivered asks for nothing that was not done. */
static enum rc
prove(struct gate *g, const struct conf *conf, const struct session *session, const struct result *res,
    const struct workers_edit *edit, struct pool *pool, struct log_ctx lc, struct pipeline_strip *out)
{
	struct wire_job job = { .session = *session, .queue_id = session->queue_id, .body = true };
	struct str *why = &out->why;
	struct outcome outcome = { .complete = false };
	struct report report;

	if (workers_scan(g->workers, lc, &job, edit->out_fd, edit->size, pool, &report, why) != RC_OK) {
		*why = pool_printf(pool, "what is left could not be scanned: %.*s", STR_ARG(*why));
		return RC_TEMP;
	}
	memcpy(out->digest, report.auth.body, sizeof(out->digest));
	policy_decide(conf_values(conf, &policy_table), &report, pool, &outcome);
	if (!(outcome.act.modify & MODIFY_STRIP) && outcome.act.intercept <= res->outcome.act.intercept)
		return RC_OK;
	*why = pool_printf(pool, "what is left is not clean: %.*s",
	    STR_ARG(outcome.n_reasons ? outcome.reasons[0].because : STR("?")));
	return RC_TEMP;
}

enum rc
pipeline_strip(struct gate *g, const struct conf *conf, const struct session *session,
    const struct spool *spool, const struct result *res, struct pool *pool, struct log_ctx lc,
    struct pipeline_strip *out)
{
	struct wanted *w = pool_alloc(pool, sizeof(*w));
	struct workers_edit edit = { .out_fd = -1 };
	enum rc rc;

	*out = (struct pipeline_strip){ .message = -1 };
	collect(conf_values(conf, &policy_table), res, pool, lc.id, w);
	out->why = w->why;
	if (w->why.n)
		return RC_TEMP;
	if (fdio_memfd("edited", STR_NONE, &edit.out_fd) != RC_OK) {
		out->why = STR("no memory file");
		return RC_TEMP;
	}
	edit.job.strips = w->part;
	edit.job.n_strips = w->n;
	rc = workers_edit(g->workers, lc, spool->fd, spool->size, &edit, pool, &out->why);
	if (rc != RC_OK && out->why.n == 0)
		out->why = STR("the parts cannot be taken out without changing others");
	if (rc == RC_OK)
		rc = prove(g, conf, session, res, &edit, pool, lc, out);
	if (rc != RC_OK) {
		fdio_close(&edit.out_fd);
		return RC_TEMP;
	}
	out->message = edit.out_fd;
	out->body = edit.body;
	out->headers = edit.headers;
	out->n_headers = edit.n_headers;
	return RC_OK;
}
