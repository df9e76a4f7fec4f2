/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Close the room, prove the engines, then one message at a time until the client hangs up or
 * the worker has read its share. */
#include "worker/worker.h"

#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "auth/raw_mail.h"
#include "base/clock.h"
#include "base/fdio.h"
#include "check/check.h"
#include "click/click_opts.h"
#include "click/ours.h"
#include "engine/picture_show.h"
#include "link/rewrite_mail.h"
#include "message/edit.h"
#include "message/mime.h"
#include "message/preview.h"
#include "policy/links_opts.h"
#include "worker/accounts.h"
#include "worker/content.h"
#include "worker/facts.h"
#include "worker/sandbox.h"
#include "worker/wire.h"

enum {
	JOB_BYTES = 32 * 1024 * 1024,	/* a job with WIRE_RCPTS recipients fits */
	TEXT_BYTES = 64 * 1024,
	SEND_MS = 30000,		/* the client waits for us; longer means that it has gone */
	STATS_EVERY = 64,		/* messages between two accounts */
	TRIM_BYTES = 1024 * 1024	/* after messages from this size on memory is given back */
};

struct worker {
	const struct worker_start *start;
	struct pool *pool;
	struct buf in, out, news;	/* one frame each; news: what goes ahead of an answer */
	struct buf head, edited;	/* one new message */
	struct content content;
	struct accounts *accounts;
	int64_t messages;		/* so far */
	size_t base_memory;		/* in use after the canary */
};

static size_t
memory_in_use(void)
{
	struct mallinfo2 m = mallinfo2();

	return m.uordblks + m.hblkhd;
}

static enum rc
say(struct worker *w, enum wire_tag tag, struct str body)
{
	struct fdio_frame f = { .tag = tag, .body = body };

	return fdio_send(w->start->sock, &f, clock_mono_ms() + SEND_MS);
}

_Noreturn static void
give_up(struct worker *w, struct str why)
{
	if (say(w, WIRE_FAILED, why) != RC_OK)
		_exit(2);
	_exit(1);
}

/* The folder, the closed room, the canary: in this order, and none may fail. */
static void
get_ready(struct worker *w, struct buf *missing)
{
	const struct worker_start *s = w->start;
	struct sandbox box = {
		.tmp_dir = s->tmp_dir, .memory_max = s->opts->memory_max,
		.tmp_max = s->opts->tmp_max, .namespaces = s->opts->namespaces,
	};
	const int keep[] = { 0, 1, 2, s->sock };
	struct buf why;

	buf_init(&why, TEXT_BYTES);
	prctl(PR_SET_NAME, "sekimori-worker");
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != s->zygote)
		_exit(1);	/* it died before we asked to die with it */
	sandbox_close_fds(keep, sizeof(keep) / sizeof(keep[0]));
	if (engine_start(s->engine, s->tmp_dir) != RC_OK)
		give_up(w, STR("the engines cannot be started in a worker"));
	if (sandbox_enter(&box, missing, &why) != RC_OK || engine_canary(s->engine, &why) != RC_OK)
		give_up(w, buf_str(&why));
	buf_clear(&why);
}

/* Differences of the YARA accounts, ahead of the answer that they belong to. */
static void
say_accounts(struct worker *w)
{
	const struct yara_rule_stat *now, *delta;
	size_t n = engine_rule_stats(w->start->engine, w->pool, &now);

	if (n == 0)
		return;
	if (n > ACCOUNTS_RULES)
		n = ACCOUNTS_RULES;
	n = accounts_delta(w->accounts, w->pool, now, n, &delta);
	if (n == 0)
		return;
	buf_reset(&w->news);
	wire_put_stats(&w->news, delta, n);
	/* Too long for a frame: the accounts stay behind, the answer does not. */
	if (!w->news.full && say(w, WIRE_STATS, buf_str(&w->news)) != RC_OK)
		_exit(0);
}

/* Most severe first, so that cutting the tail keeps what matters. */
static int
by_class(const void *a, const void *b)
{
	const struct finding *x = a, *y = b;

	return (x->class > y->class) - (x->class < y->class);
}

/* The answer is over lim->report_bytes: keep what decides, and say that it was cut. */
static void
put_short_report(struct buf *out, struct report *r)
{
	struct finding *f = r->findings.items;
	struct unscanned *u = r->unscanned.items;

	for (size_t i = 0; i < r->findings.n; i++)
		f[i].part = REPORT_NO_PART;
	for (size_t i = 0; i < r->unscanned.n; i++)
		u[i].part = REPORT_NO_PART;
	if (r->findings.n)
		qsort(f, r->findings.n, sizeof(*f), by_class);
	r->parts.n = r->links.n = r->runs.n = 0;
	r->cut = true;
	report_unscanned_shorten(r);
	report_unscanned(r, UNSCANNED_LIMIT, REPORT_NO_PART, "limit.report_bytes");
	for (;;) {
		buf_reset(out);
		wire_put_report(out, r);
		if (!out->full || r->findings.n == 0)
			return;
		r->findings.n /= 2;
	}
}

static void
report_signatures(const struct wire_job *job, const struct auth_facts *auth, struct raw_mail *raw,
    struct report_auth *out)
{
	uint64_t length;

	*out = (struct report_auth){ .known = job->keys != NULL, .dkim = auth->dkim, .n_dkim = auth->n_dkim,
	    .arc = auth->arc, .has_body = job->body };
	if (job->body)
		memcpy(out->body, raw_mail_digest(raw, CANON_RELAXED, &length), HASH_SHA256_BYTES);
}

static void
inspect(struct worker *w, const struct wire_job *job, struct report *r)
{
	const struct worker_start *s = w->start;
	char *id = pool_cstr(w->pool, job->queue_id);
	struct auth_facts auth = { .n_dkim = 0 };
	struct raw_mail raw;
	const struct links_conf *links = conf_values(s->conf, &links_table);
	const struct click_conf *click = conf_values(s->conf, &click_table);
	struct scan scan = {
		.pool = w->pool, .lim = s->lim, .lc = { s->lc.log, id }, .phase = PHASE_MESSAGE, .known = links->known,
		.ours = ours_prefix(w->pool, click->url),
		.session = &job->session, .auth = &auth, .turn = job->turn, .keys = job->keys, .raw = &raw,
	};

	if (job->keys || job->body)
		raw_mail_open(w->pool, s->lim, w->content.bytes, &raw);
	if (job->turn != SCAN_PROOF) {
		scan.msg = mime_parse(w->pool, s->lim, w->content.bytes);
		facts_collect(scan.msg, r);
		engine_inspect(s->engine, &scan, r);
	}
	check_run(PHASE_MESSAGE, PLACE_WORKER, &scan, s->conf, r);
	report_signatures(job, &auth, &raw, &r->auth);
}

static void
scan(struct worker *w, const struct fdio_frame *f)
{
	int64_t began_us = clock_mono_us();
	struct report r;
	struct wire_job job;

	if (f->n_fds != 1 || wire_get_job(w->pool, f->body, &job) != RC_OK)
		_exit(2);
	report_init(&r, w->pool, w->start->lim);
	if (content_open(&w->content, f->fds[0]) == RC_OK)
		inspect(w, &job, &r);
	else
		report_unscanned(&r, UNSCANNED_ENGINE, REPORT_NO_PART, "the message cannot be read");
	r.us = (uint32_t)(clock_mono_us() - began_us);
	buf_reset(&w->out);
	wire_put_report(&w->out, &r);
	if (w->out.full)
		put_short_report(&w->out, &r);
}

/* The new message, as two buffers. RC_OK and nothing in them: there is nothing to change. */
static enum rc
build(struct worker *w, const struct wire_edit_job *job, struct message *msg, struct wire_edited *e)
{
	const struct limits *lim = w->start->lim;
	struct rewrite_mail rm = { rewrite_table_new(w->pool, job->links, job->n_links), job->words, job->attachments, 0 };
	struct edit edit = { job->strips, job->n_strips, NULL, 0 };
	struct vec bodies = { .n = 0 };
	enum rc rc = RC_OK;

	for (size_t i = 0; i < job->n_strips; i++)
		if (job->strips[i].part >= msg->n_parts)
			return RC_NONE;		/* a layer inside a part, or another message's index */
	if (job->n_links)
		rc = rewrite_mail(w->pool, lim, msg, &rm, &bodies);
	if (rc != RC_OK || job->n_strips + bodies.n == 0)
		return rc;
	edit.bodies = bodies.items;
	edit.n_bodies = bodies.n;
	e->links = (uint32_t)rm.changed;
	rc = edit_message(w->pool, msg, &edit, &w->edited, &e->headers, &e->n_headers);
	if (rc != RC_OK)
		return rc;
	edit_head(msg, e->headers, e->n_headers, &w->head);
	e->body = w->head.n;
	return w->head.full ? RC_LIMIT : RC_OK;
}

/* Take parts out and change links: the new message goes into the file that came along. */
static enum rc
rebuild(struct worker *w, const struct fdio_frame *f, struct wire_edited *e)
{
	struct wire_edit_job job;
	size_t most;
	enum rc rc;

	if (wire_get_edit_job(w->pool, f->body, &job) != RC_OK)
		_exit(2);
	/* A worker that was lost before us may have left something there. */
	if (ftruncate(f->fds[1], 0) != 0 || lseek(f->fds[1], 0, SEEK_SET) != 0)
		return RC_TEMP;
	rc = content_open(&w->content, f->fds[0]);
	if (rc != RC_OK)
		return rc;
	most = (size_t)wire_edit_max(w->content.bytes.n);
	buf_init(&w->edited, most);
	buf_init(&w->head, most);
	rc = build(w, &job, mime_parse(w->pool, w->start->lim, w->content.bytes), e);
	if (rc == RC_OK)
		rc = fdio_write_all(f->fds[1], buf_str(&w->head));
	return rc == RC_OK ? fdio_write_all(f->fds[1], buf_str(&w->edited)) : rc;
}

static void
edit(struct worker *w, const struct fdio_frame *f)
{
	struct wire_edited e = { .done = RC_TEMP };

	if (f->n_fds != 2)
		_exit(2);
	e.done = rebuild(w, f, &e);
	buf_reset(&w->out);
	wire_put_edited(&w->out, &e);
	buf_clear(&w->edited);
	buf_clear(&w->head);
}

/* A page or a picture for people, into the file that came along. */
static enum rc
render(struct worker *w, const struct fdio_frame *f)
{
	const struct limits *lim = w->start->lim;
	struct message *msg;
	uint32_t picture;
	enum rc rc;

	if (wire_get_preview_job(f->body, &picture) != RC_OK)
		_exit(2);
	if (ftruncate(f->fds[1], 0) != 0 || lseek(f->fds[1], 0, SEEK_SET) != 0)
		return RC_TEMP;
	rc = content_open(&w->content, f->fds[0]);
	if (rc != RC_OK)
		return rc;
	msg = mime_parse(w->pool, lim, w->content.bytes);
	if (picture)
		rc = picture_show_part(msg, lim, picture, &w->edited);
	else
		preview_page(w->pool, lim, msg, &w->edited);
	return rc == RC_OK ? fdio_write_all(f->fds[1], buf_str(&w->edited)) : rc;
}

static void
preview(struct worker *w, const struct fdio_frame *f)
{
	enum rc rc;

	if (f->n_fds != 2)
		_exit(2);
	rc = render(w, f);
	buf_reset(&w->out);
	wire_put_previewed(&w->out, rc);
	buf_clear(&w->edited);
}

/* Forget the message; give memory back after large ones. True: this worker has read enough. */
static bool
clean_up(struct worker *w, size_t size)
{
	bool look = size >= TRIM_BYTES || w->messages % STATS_EVERY == 0;

	pool_clear(w->pool);
	content_close(&w->content);
	if (size >= TRIM_BYTES)
		malloc_trim(0);
	w->messages++;
	return w->messages >= w->start->opts->recycle ||
	    (look && memory_in_use() > w->base_memory + WORKER_GROWTH);
}

/* Answer one frame. The answer is built first and sent last: what belongs to it goes ahead. */
static void
answer(struct worker *w, struct fdio_frame *f)
{
	enum wire_tag tag = f->tag == WIRE_SCAN ? WIRE_REPORT : f->tag == WIRE_EDIT ? WIRE_EDITED : WIRE_PREVIEWED;
	bool enough;
	size_t size;

	if (f->tag == WIRE_SCAN)
		scan(w, f);
	else if (f->tag == WIRE_EDIT)
		edit(w, f);
	else if (f->tag == WIRE_PREVIEW)
		preview(w, f);
	else
		_exit(2);
	fdio_close_fds(f);
	size = w->content.bytes.n;
	if (w->messages % STATS_EVERY == 0 || w->messages + 1 >= w->start->opts->recycle)
		say_accounts(w);
	enough = clean_up(w, size);
	if (enough && say(w, WIRE_BYE, STR_NONE) != RC_OK)
		_exit(0);
	if (say(w, tag, buf_str(&w->out)) != RC_OK || enough)
		_exit(0);
}

_Noreturn void
worker_main(const struct worker_start *start)
{
	struct worker w = { .start = start };
	struct fdio_frame f;
	struct buf missing;

	w.pool = pool_new((size_t)start->opts->memory_max / 2);
	w.accounts = accounts_new();
	buf_init(&w.in, JOB_BYTES);
	buf_init(&w.out, (size_t)start->lim->report_bytes);
	buf_init(&w.news, (size_t)start->lim->report_bytes);
	buf_init(&missing, TEXT_BYTES);
	get_ready(&w, &missing);
	say_accounts(&w);
	if (say(&w, WIRE_UP, buf_str(&missing)) != RC_OK)
		_exit(0);
	pool_clear(w.pool);
	w.base_memory = memory_in_use();
	while (fdio_recv(start->sock, &w.in, &f, INT64_MAX) == RC_OK)
		answer(&w, &f);
	_exit(0);
}
