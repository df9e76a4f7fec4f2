/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* The readings besides the main one, and the decoded insides of encoded containers. They
 * wait in a queue until the pass that found them is done. Bytes read again are counted:
 * a message cannot make more work than OTHER_BYTES_TIMES its size. */
#include "message/mime_build.h"

#include <string.h>

#include "base/ascii.h"
#include "base/hash.h"
#include "message/decode.h"
#include "message/lines.h"

enum {
	JOBS_MAX = 256,			/* readings of one message */
	GUESS_BYTES = 64 * 1024,	/* of a body, in which a boundary is guessed */
	INSIDE_BYTES = 4 * 1024 * 1024	/* of decoded text, in which files are looked for */
};

static void
over_limit(struct mime_builder *b, uint64_t defect)
{
	MIME_PART(b, 0)->defects |= defect;
}

void
mime_queue(struct mime_builder *b, const struct mime_job *job)
{
	struct mime_job *kept;

	if (job->kind != JOB_INSIDE && b->n_readings++ == JOBS_MAX) {
		over_limit(b, DEFECT_BIT(LIMIT_PARTS));
		b->n_readings = JOBS_MAX;
		return;
	}
	kept = vec_push(b->pool, &b->jobs, sizeof(*kept));
	*kept = *job;
}

size_t
mime_add_source(struct mime_builder *b, struct str bytes, size_t part)
{
	struct mime_source *s = vec_push(b->pool, &b->sources, sizeof(*s));

	s->bytes = bytes;
	s->part = part;
	b->msg->sources = b->sources.items;
	b->msg->n_sources = b->sources.n;
	return b->sources.n - 1;
}

static bool
is_line_start(struct str in, size_t at)
{
	return at == 0 || in.p[at - 1] == '\n' || in.p[at - 1] == '\r';
}

/* Does the delimiter of a boundary occur? */
static bool
occurs(struct pool *pool, struct str in, struct str boundary)
{
	struct str line = pool_printf(pool, "--%.*s", STR_ARG(boundary));
	size_t from = 0, at;

	while ((at = str_find(str_from(in, from), line)) != STR_NPOS) {
		if (is_line_start(in, from + at))
			return true;
		from += at + 1;
	}
	return false;
}

static bool
starts_content(struct str in, size_t off)
{
	return str_eq_nocase(str_sub(in, off, 8), STR("content-"));
}

bool
mime_has_content_line(struct str text)
{
	struct line l = { .next = 0 };

	while (l.next < text.n) {
		if (starts_content(text, l.next))
			return true;
		l = line_at(text, l.next, true);
	}
	return false;
}

struct str
mime_guess_boundary(struct str body)
{
	struct str head = str_upto(body, GUESS_BYTES);
	struct line l = { .next = 0 };

	while (l.next < head.n) {
		struct str text;

		l = line_at(head, l.next, false);
		text = str_trim(line_text(head, l));
		if (text.n > 2 && str_starts(text, STR("--")) && starts_content(head, l.next))
			return str_from(text, 2);
	}
	return STR_NONE;
}

/* ---- leaves that are there already ---- */

static uint64_t
leaf_key(const struct mime_part *p)
{
	size_t what[4] = { p->source, p->body, p->end, p->n_views };

	return hash_key((struct str){ (const char *)what, sizeof(what) }, 0);
}

static bool
same_leaf(const struct mime_part *a, const struct mime_part *b)
{
	return a->kind == MIME_LEAF && a->source == b->source && a->body == b->body && a->end == b->end &&
	    str_eq(a->type, b->type) && a->n_names == b->n_names && a->n_views == b->n_views &&
	    a->cte == b->cte;
}

/* The slot of a leaf like this one, or the free slot where it belongs. */
static size_t *
seen_slot(struct mime_builder *b, const struct mime_part *leaf)
{
	size_t at = (size_t)leaf_key(leaf) & (b->n_seen - 1);

	while (b->seen[at] != MIME_NO_PART && !same_leaf(MIME_PART(b, b->seen[at]), leaf))
		at = (at + 1) & (b->n_seen - 1);
	return &b->seen[at];
}

static void
note_leaves(struct mime_builder *b)
{
	b->n_seen = 16;
	while (b->n_seen < (size_t)b->lim->mime_parts * 2)
		b->n_seen *= 2;
	b->seen = pool_alloc(b->pool, b->n_seen * sizeof(*b->seen));
	for (size_t i = 0; i < b->n_seen; i++)
		b->seen[i] = MIME_NO_PART;
	for (size_t i = 0; i < b->parts.n; i++)
		if (MIME_PART(b, i)->kind == MIME_LEAF && !MIME_PART(b, i)->alternative)
			*seen_slot(b, MIME_PART(b, i)) = i;
}

void
mime_drop_repeated(struct mime_builder *b)
{
	struct mime_part *leaf = MIME_PART(b, b->parts.n - 1);
	size_t *slot;

	if (!b->seen)
		note_leaves(b);
	slot = seen_slot(b, leaf);
	if (*slot == MIME_NO_PART) {
		*slot = b->parts.n - 1;
		return;
	}
	if (*slot == b->parts.n - 1)
		return;
	b->extra_views -= leaf->n_views ? leaf->n_views - 1 : 0;
	memset(leaf, 0, sizeof(*leaf));
	b->parts.n--;
}

/* ---- jobs ---- */

static bool
take_bytes(struct mime_builder *b, size_t n)
{
	if (n > b->other_bytes) {
		over_limit(b, DEFECT_BIT(LIMIT_PARTS));
		return false;
	}
	b->other_bytes -= n;
	return true;
}

/* A second part for the same bytes as job->part. */
static bool
add_copy(struct mime_builder *b, struct mime_job *job)
{
	struct mime_part *part, *copy;

	if (b->parts.n + b->extra_views >= (size_t)b->lim->mime_parts) {
		over_limit(b, DEFECT_BIT(LIMIT_PARTS));
		return false;
	}
	copy = vec_push(b->pool, &b->parts, sizeof(*copy));
	b->msg->parts = b->parts.items;
	part = MIME_PART(b, job->part);
	*copy = *part;
	copy->id = pool_printf(b->pool, "%.*s~%u", STR_ARG(part->id), ++part->readings);
	copy->alternative = true;
	copy->guessed |= job->guess;
	copy->readings = 0;
	copy->views = NULL;
	copy->n_views = 0;
	copy->defects = 0;
	job->part = b->parts.n - 1;
	return true;
}

static void
run_shape(struct mime_builder *b, struct mime_job *job)
{
	struct mime_part *part = MIME_PART(b, job->part);
	struct str body = str_sub(MIME_SOURCE(b, job->source)->bytes, job->off, job->end - job->off);
	bool multipart = job->shape.kind == MIME_MULTIPART;

	if (multipart && !occurs(b->pool, body, job->shape.boundary))
		return;
	if (multipart && part->kind == MIME_LEAF && !job->guess)
		part->defects |= DEFECT_BIT(LEAF_BOUNDARY);
	if (!take_bytes(b, body.n) || !add_copy(b, job))
		return;
	part = MIME_PART(b, job->part);
	if (part->source != job->source) {
		part->source = job->source;
		part->head = job->off;
	}
	part->body = job->off;
	part->end = job->end;
	mime_apply_shape(part, &job->shape);
	if (part->kind != MIME_LEAF && part->depth >= (unsigned)b->lim->mime_depth) {
		part->kind = MIME_LEAF;
		part->defects |= DEFECT_BIT(LIMIT_DEPTH);
	}
	if (part->kind == MIME_LEAF)
		mime_views(b, part);
	else
		mime_pass(b, job);
}

static void
decode_as(enum mime_cte cte, struct str raw, struct buf *out, uint64_t *defects)
{
	switch (cte) {
	case MIME_CTE_BASE64:
		decode_base64(raw, MIME_LENIENT, out, defects);
		break;
	case MIME_CTE_QP:
		decode_qp(raw, out, defects);
		break;
	case MIME_CTE_UU:
		decode_uu(raw, out, defects);
		break;
	case MIME_CTE_YENC:
		decode_yenc(raw, out, defects);
		break;
	case MIME_CTE_IDENTITY:
		buf_add(out, raw);
		break;
	}
}

/* The decoded body of a container as a source of its own. */
static bool
decode_source(struct mime_builder *b, struct mime_job *job)
{
	struct mime_part *part = MIME_PART(b, job->part);
	struct str bytes;
	struct buf out;

	buf_init(&out, (size_t)b->lim->decoded_bytes - b->msg->decoded_bytes);
	decode_as(job->cte, mime_raw(b->msg, part), &out, &part->defects);
	if (out.full)
		part->defects |= DEFECT_BIT(LIMIT_DECODED);
	b->msg->decoded_bytes += out.n;
	bytes = pool_str(b->pool, buf_str(&out));
	buf_clear(&out);
	job->source = mime_add_source(b, bytes, job->part);
	job->off = 0;
	job->end = bytes.n;
	return bytes.n > 0;
}

/* Text that is encoded may hold uuencoded files all the same: the decoded text, as another
 * reading, where it does. */
static void
look_inside(struct mime_builder *b, size_t i)
{
	struct mime_part *part = MIME_PART(b, i);
	struct mime_job job = { .part = i };
	struct decode_block block;
	struct buf out;
	uint64_t ignored = 0;
	bool found;

	if ((part->cte != MIME_CTE_BASE64 && part->cte != MIME_CTE_QP) || !str_eq(part->type, STR("text/plain")))
		return;
	buf_init(&out, INSIDE_BYTES);
	decode_as(part->cte, mime_raw(b->msg, part), &out, &ignored);
	found = str_find(buf_str(&out), STR("begin")) != STR_NPOS && decode_find_block(buf_str(&out), 0, &block);
	if (found && take_bytes(b, out.n) && add_copy(b, &job)) {
		part = MIME_PART(b, job.part);
		part->source = mime_add_source(b, pool_str(b->pool, buf_str(&out)), i);
		part->head = part->body = 0;
		part->end = out.n;
		part->fields = NULL;
		part->n_fields = 0;
		mime_views(b, part);
	}
	buf_clear(&out);
}

static void
find_boundary(struct mime_builder *b, struct mime_job *job)
{
	const struct mime_part *part = MIME_PART(b, job->part);

	for (size_t i = 0; i < part->n_params; i++)
		if (str_eq(part->params[i].name, STR("boundary"))) {
			job->shape.boundary = part->params[i].value;
			return;
		}
}

static void
run_decoded(struct mime_builder *b, struct mime_job *job)
{
	size_t part = job->part;

	if (job->source == MIME_NO_SOURCE && !decode_source(b, job))
		return;
	if (job->alternative && !take_bytes(b, job->end))
		return;
	find_boundary(b, job);
	if (job->alternative && !add_copy(b, job))
		return;
	if (MIME_PART(b, part)->depth < (unsigned)b->lim->mime_depth)
		mime_pass(b, job);
	else
		MIME_PART(b, part)->defects |= DEFECT_BIT(LIMIT_DEPTH);
}

void
mime_run_jobs(struct mime_builder *b)
{
	for (size_t i = 0; i < b->jobs.n; i++) {
		struct mime_job job = ((struct mime_job *)b->jobs.items)[i];

		switch (job.kind) {
		case JOB_SHAPE:
			run_shape(b, &job);
			break;
		case JOB_DECODED:
			run_decoded(b, &job);
			break;
		case JOB_INSIDE:
			look_inside(b, job.part);
			break;
		case JOB_WHOLE:
		case JOB_ENTITY:
			if (take_bytes(b, job.end - job.off))
				mime_pass(b, &job);
			break;
		}
	}
}
