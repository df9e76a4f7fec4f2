/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* One pass over a source. A stack of frames holds the parts that are open; the
 * boundaries of the multiparts among them are in a hash table (mime_bounds.c). The body
 * is searched for "--" at the start of a line; only there anything can happen:
 *
 *	--b     close what is open within the multipart of b, open its next part
 *	--b--   the same, and what follows is its epilogue
 *
 * Nothing is recursive, and each byte is looked at a fixed number of times. Where
 * clients differ, the pass takes the usual way and queues the others (mime_readings.c). */
#include "message/mime.h"

#include <assert.h>
#include <string.h>

#include "message/lines.h"
#include "message/mime_build.h"

enum {
	OTHER_BYTES_MIN = 16 * 1024 * 1024,	/* what may be read again, whatever the size */
	OTHER_BYTES_TIMES = 8,			/* and in sizes of the message */
	LATE_BYTES = 256			/* in which a header behind empty lines must begin */
};

struct frame {
	size_t part;
	size_t start;			/* where its content begins in the source of this pass */
	size_t epilogue;		/* behind its closing delimiter */
	size_t children;
	const struct mime_shape *shapes;	/* other shapes, without the main one */
	size_t n_shapes;
	bool found, closed;		/* a delimiter, the closing delimiter was seen */
	bool outside;			/* the part lies in another source: its range stays */
};

struct pass {
	struct mime_builder *b;
	const struct mime_job *job;
	struct str in;			/* the source up to where this pass ends */
	size_t first;			/* where it begins */
	struct vec frames;
	struct bounds bounds;
	unsigned other;			/* readings that would differ */
	bool crlf, lf, stop;
	uint64_t defects;		/* of the delimiters */
};

static struct frame *
top(struct pass *p)
{
	return p->frames.n ? (struct frame *)p->frames.items + p->frames.n - 1 : NULL;
}

static struct mime_part *
part_of(struct pass *p, const struct frame *f)
{
	return MIME_PART(p->b, f->part);
}

/* ---- opening ---- */

static struct str
new_id(struct pass *p, struct mime_part *parent, size_t number, bool alternative)
{
	struct pool *pool = p->b->pool;

	if (!parent) {
		struct mime_part *root = p->b->parts.items;

		assert(root);
		return alternative ? pool_printf(pool, "1~%u", ++root->readings) : STR("1");
	}
	if (p->job->kind == JOB_ENTITY && p->frames.n == 1)
		return pool_printf(pool, "%.*s.0~%u", STR_ARG(parent->id), ++parent->readings);
	return pool_printf(pool, "%.*s.%zu%s", STR_ARG(parent->id), number,
	    alternative && !parent->alternative ? "~1" : "");
}

static bool
has_room(struct pass *p)
{
	struct mime_builder *b = p->b;

	if (b->parts.n + b->extra_views < (size_t)b->lim->mime_parts || b->parts.n == 0)
		return true;
	MIME_PART(b, 0)->defects |= DEFECT_BIT(LIMIT_PARTS);
	p->stop = true;
	return false;
}

static struct frame *
push_frame(struct pass *p, size_t part, size_t start, const struct mime_shape *shapes, size_t n)
{
	struct frame *f = vec_push(p->b->pool, &p->frames, sizeof(*f));

	*f = (struct frame){ .part = part, .start = start };
	if (n > 1) {
		struct mime_shape *kept = pool_alloc(p->b->pool, (n - 1) * sizeof(*kept));

		memcpy(kept, shapes + 1, (n - 1) * sizeof(*kept));
		f->shapes = kept;
		f->n_shapes = n - 1;
	}
	return f;
}

/* A container too deep down is read as a leaf. */
static void
check_depth(struct pass *p, struct mime_part *part)
{
	if (part->kind == MIME_LEAF || part->depth < (unsigned)p->b->lim->mime_depth)
		return;
	part->kind = MIME_LEAF;
	part->defects |= DEFECT_BIT(LIMIT_DEPTH);
}

/* Does the body of an encoded message part stand there as it is? */
static bool
is_plain_message(struct str in, const struct mime_part *part)
{
	struct line l = line_at(in, part->body, false);

	if (part->cte == MIME_CTE_IDENTITY || part->cte == MIME_CTE_QP)
		return true;
	return str_chr(line_text(in, l), ':') != STR_NPOS;
}

static struct mime_part *
new_part(struct pass *p, size_t off, bool alternative)
{
	struct frame *up = top(p);
	struct mime_part *parent, *part = vec_push(p->b->pool, &p->b->parts, sizeof(*part));

	p->b->msg->parts = p->b->parts.items;
	parent = up ? part_of(p, up) : NULL;
	alternative |= p->job->alternative || (parent && parent->alternative);
	part->id = new_id(p, parent, up ? ++up->children : 0, alternative);
	part->parent = up ? up->part : MIME_NO_PART;
	part->source = p->job->source;
	part->head = off;
	part->depth = parent ? parent->depth + 1 : 0;
	part->alternative = alternative;
	part->guessed = p->job->guess || (parent && parent->guessed);
	return part;
}

static bool
delimits(const void *bounds, struct str line)
{
	return bounds_match(bounds, str_from(line, 2)).shortest != BOUND_NONE;
}

static void
take_header(struct pass *p, struct mime_part *part)
{
	struct header_reading as = { .how = p->job->how, .is_delimiter = delimits, .bounds = &p->bounds };
	struct header_block h = header_read_as(p->b->pool, p->b->lim, p->in, part->head, &as);

	part->fields = h.fields;
	part->n_fields = h.n;
	part->body = h.body;
	part->defects |= h.defects;
	p->other |= h.other;
	p->crlf |= h.crlf;
	p->lf |= h.lf;
}

/* Open the part whose header begins at `off`, and what begins with it in turn. Returns
 * where its content begins. */
static size_t
open_part(struct pass *p, size_t off, bool alternative)
{
	struct mime_shape shapes[SHAPES_MAX];
	struct mime_part *part;
	size_t n;

	do {
		struct frame *up = top(p);
		bool digest = up && str_eq(part_of(p, up)->type, STR("multipart/digest"));

		if (!has_room(p))
			return off;
		part = new_part(p, off, alternative);
		take_header(p, part);
		n = mime_shapes(p->b, part, digest ? STR("message/rfc822") : STR("text/plain"), shapes);
		check_depth(p, part);
		push_frame(p, p->b->parts.n - 1, part->body, shapes, n);
		if (part->kind == MIME_MULTIPART && shapes[0].boundary.p)
			bounds_push(&p->bounds, shapes[0].boundary, p->frames.n - 1);
		if (part->kind == MIME_MULTIPART && shapes[0].boundary.p && p->frames.n > 1 &&
		    bounds_same(&p->bounds))
			part->defects |= DEFECT_BIT(SAME_BOUNDARY);
		off = part->body;
	} while (part->kind == MIME_MESSAGE && is_plain_message(p->in, part));
	return off;
}

/* ---- closing ---- */

/* Read off to end of this source in another shape, as the part of that frame. */
static void
queue_shape(struct pass *p, const struct frame *f, size_t end, const struct mime_shape *shape, bool guess)
{
	mime_queue(p->b, &(struct mime_job){ .kind = JOB_SHAPE, .part = f->part, .source = p->job->source,
	    .off = f->start, .end = end, .shape = *shape, .how = p->job->how, .alternative = true,
	    .guess = guess });
}

static void
queue_entity(struct pass *p, const struct frame *f, size_t off, size_t end, uint64_t defect)
{
	if (end <= off || part_of(p, f)->guessed ||
	    !mime_has_content_line(str_sub(p->in, off, end - off)))
		return;
	part_of(p, f)->defects |= defect;
	mime_queue(p->b, &(struct mime_job){ .kind = JOB_ENTITY, .part = f->part, .source = p->job->source,
	    .off = off, .end = end, .how = p->job->how, .alternative = true });
}

/* A body that no delimiter divides: as text, and divided by what looks like one. */
static void
read_undivided(struct pass *p, const struct frame *f, size_t end)
{
	struct str body = str_sub(p->in, f->start, end - f->start), guess = mime_guess_boundary(body);
	struct mime_shape shape = { .kind = MIME_LEAF, .type = STR("text/plain") };

	if (str_trim(body).n == 0)
		return;		/* a bounce that holds the header of a message only */
	part_of(p, f)->defects |= DEFECT_BIT(MISSING_DELIMITER);
	queue_shape(p, f, end, &shape, true);
	if (!guess.n)
		return;
	shape = (struct mime_shape){ MIME_MULTIPART, STR("multipart/mixed"), NULL, 0, guess };
	queue_shape(p, f, end, &shape, true);
}

static void
queue_decoded(struct pass *p, const struct frame *f, bool alternative)
{
	struct mime_part *part = part_of(p, f);

	part->defects |= DEFECT_BIT(ENCODED_MULTIPART);
	mime_queue(p->b, &(struct mime_job){ .kind = JOB_DECODED, .part = f->part, .source = MIME_NO_SOURCE,
	    .cte = part->cte, .how = p->job->how, .alternative = alternative || part->alternative });
}

static void
close_multipart(struct pass *p, struct frame *f, size_t end)
{
	struct mime_part *part = part_of(p, f);
	bool encoded = part->cte != MIME_CTE_IDENTITY && !f->outside;

	if (f->closed)
		queue_entity(p, f, f->epilogue, end, DEFECT_BIT(EARLY_FINAL_BOUNDARY));
	else if (f->found)
		part->defects |= DEFECT_BIT(NO_FINAL_BOUNDARY);
	if (f->found) {
		struct str body = mime_raw(p->b->msg, part);

		if (encoded && part->cte == MIME_CTE_QP &&
		    (str_find(body, STR("=2D")) != STR_NPOS || str_find(body, STR("=2d")) != STR_NPOS))
			queue_decoded(p, f, true);
	} else if (encoded) {
		queue_decoded(p, f, false);
	} else if (end > f->start) {
		read_undivided(p, f, end);
	}
}

static void
close_message(struct pass *p, struct frame *f)
{
	struct mime_part *part = part_of(p, f);

	if (part->cte == MIME_CTE_IDENTITY || f->outside)
		return;
	if (!is_plain_message(p->in, part))
		queue_decoded(p, f, false);
	else if (part->cte == MIME_CTE_QP && str_find(mime_raw(p->b->msg, part), STR("=3D")) != STR_NPOS)
		queue_decoded(p, f, true);
}

/* Text that is the whole of a message may be a multipart whose header says nothing. */
static void
guess_multipart(struct pass *p, const struct frame *f)
{
	const struct mime_part *part = part_of(p, f);
	bool whole = part->parent == MIME_NO_PART || MIME_PART(p->b, part->parent)->kind == MIME_MESSAGE;
	struct mime_shape shape = { .kind = MIME_MULTIPART, .type = STR("multipart/mixed") };

	if (part->alternative ? p->job->kind != JOB_ENTITY || p->frames.n != 2 : !whole)
		return;
	if (f->n_shapes || !str_eq(part->type, STR("text/plain")))
		return;
	shape.boundary = mime_guess_boundary(mime_raw(p->b->msg, part));
	if (shape.boundary.n)
		queue_shape(p, f, part->end, &shape, true);
}

/* An empty line in front of the header hides it from those who do not skip it. */
static void
check_late_header(struct pass *p, const struct frame *f)
{
	struct mime_part *part = part_of(p, f);
	struct str head = str_upto(mime_raw(p->b->msg, part), LATE_BYTES);

	if (part->n_fields || part->guessed || p->job->kind == JOB_ENTITY)
		return;
	if (!str_eq_nocase(str_upto(str_trim(head), 8), STR("content-")))
		return;
	part->defects |= DEFECT_BIT(BAD_HEADER_LINE);
	mime_queue(p->b, &(struct mime_job){ .kind = JOB_ENTITY, .part = f->part, .source = p->job->source,
	    .off = part->body + (size_t)(str_trim(head).p - head.p), .end = part->end, .how = p->job->how,
	    .alternative = true });
}

static void
close_leaf(struct pass *p, struct frame *f)
{
	struct mime_part *part = part_of(p, f);
	size_t jobs = p->b->jobs.n;

	mime_views(p->b, part);
	if (part->cte != MIME_CTE_IDENTITY && !part->alternative && str_eq(part->type, STR("text/plain")))
		mime_queue(p->b, &(struct mime_job){ .kind = JOB_INSIDE, .part = f->part });
	guess_multipart(p, f);
	check_late_header(p, f);
	if (part->alternative && !f->n_shapes && jobs == p->b->jobs.n && f->part + 1 == p->b->parts.n &&
	    p->frames.n > 1)
		mime_drop_repeated(p->b);
}

/* Close the innermost part. Returns where it ended: an empty part whose header touches
 * the delimiter ends behind the line end that belongs to it, and so do those around. */
static size_t
close_frame(struct pass *p, size_t end)
{
	struct frame f = *top(p);
	struct mime_part *part = part_of(p, &f);

	bounds_pop(&p->bounds, p->frames.n - 1);
	if (!f.outside) {
		end = end > part->body ? end : part->body;
		part->end = end;
	}
	for (size_t i = 0; i < f.n_shapes; i++)
		queue_shape(p, &f, part->end, &f.shapes[i], false);
	switch (part->kind) {
	case MIME_LEAF:
		close_leaf(p, &f);
		break;
	case MIME_MULTIPART:
		close_multipart(p, &f, end);
		break;
	case MIME_MESSAGE:
		close_message(p, &f);
		break;
	}
	p->frames.n--;
	return end;
}

/* ---- delimiters ---- */

/* The next "--" at the start of a line, from the start of a line on. */
static size_t
next_dashes(const struct pass *p, size_t at)
{
	const char *s = p->in.p;
	size_t n = p->in.n, from = at;

	while (at + 1 < n) {
		const char *dash = memchr(s + at, '-', n - at - 1);

		if (!dash)
			break;
		at = (size_t)(dash - s);
		if (s[at + 1] == '-' && (at == from || s[at - 1] == '\n' || s[at - 1] == '\r'))
			return at;
		at++;
	}
	return STR_NPOS;
}

/* Where the content in front of a delimiter ends: its line end belongs to the delimiter. */
static size_t
content_end(const struct pass *p, size_t at)
{
	if (at > p->first && p->in.p[at - 1] == '\n')
		at--;
	if (at > p->first && p->in.p[at - 1] == '\r')
		at--;
	return at;
}

static size_t
accept_delimiter(struct pass *p, size_t frame, bool close, struct line l)
{
	size_t end = content_end(p, l.off);
	bool epilogue;
	struct frame *f;

	while (p->frames.n > frame + 1)
		end = close_frame(p, end);
	f = top(p);
	epilogue = f->closed;
	if (!f->found)
		queue_entity(p, f, f->start, end, DEFECT_BIT(PREAMBLE_PART));
	f->found = true;
	if (close) {
		f->closed = true;
		f->epilogue = l.next;
		return l.next;
	}
	if (epilogue)
		part_of(p, f)->defects |= DEFECT_BIT(EARLY_FINAL_BOUNDARY);
	return open_part(p, l.next, epilogue);
}

/* The innermost multipart of that boundary which is still open, else the innermost. */
static size_t
frame_of(struct pass *p, size_t bound)
{
	const struct frame *frames = p->frames.items;
	const struct bound *bounds = p->bounds.stack.items;
	size_t i = bound;

	while (i != BOUND_NONE && frames[bounds[i].frame].closed)
		i = bounds[i].below;
	return bounds[i == BOUND_NONE ? bound : i].frame;
}

/* A line that is no delimiter in this reading, but one in another. */
static void
note_other(struct pass *p, const struct bound_match *m, struct str line)
{
	if (m->shortest == BOUND_NONE || m->shortest == m->exact)
		return;
	p->other |= READ_PREFIX;
	if (m->exact != BOUND_NONE)
		return;
	p->defects |= DEFECT_BIT(BAD_DELIMITER);
	if (str_chr(line, '\r') != STR_NPOS) {
		p->defects |= DEFECT_BIT(BARE_CR);
		p->other |= HEADER_CR;
	}
}

static bool
behind_bare_cr(const struct pass *p, size_t at)
{
	return at > p->first && p->in.p[at - 1] == '\r' && !(p->job->how & HEADER_CR);
}

/* Look at the line that begins with "--" at `at`. Returns where to go on. */
static size_t
take_line(struct pass *p, size_t at)
{
	struct line l = line_at(p->in, at, p->job->how & HEADER_CR);
	struct str text = str_from(line_text(p->in, l), 2);
	struct bound_match m = bounds_match(&p->bounds, text);
	bool prefix = p->job->how & READ_PREFIX;

	if (m.shortest == BOUND_NONE)
		return l.next;
	if (behind_bare_cr(p, at)) {
		p->defects |= DEFECT_BIT(BARE_CR);
		p->other |= HEADER_CR;
		return at + 2;
	}
	if (!prefix)
		note_other(p, &m, text);
	if (!prefix && m.exact == BOUND_NONE)
		return l.next;
	p->crlf |= l.next - l.end == 2;
	p->lf |= l.next - l.end == 1 && p->in.p[l.end] == '\n';
	return accept_delimiter(p, frame_of(p, prefix ? m.shortest : m.exact),
	    prefix ? m.shortest_close : m.exact_close, l);
}

/* ---- passes ---- */

static void
note_pass(struct pass *p, size_t part)
{
	struct mime_part *at = MIME_PART(p->b, part);

	if (p->crlf && p->lf)
		p->defects |= DEFECT_BIT(MIXED_EOL);
	if (p->lf)
		p->defects |= DEFECT_BIT(BARE_LF);
	at->defects |= p->defects;
}

/* The readings of the whole source that this pass did not take. */
static void
queue_again(struct pass *p)
{
	struct mime_job again = *p->job;

	if (again.alternative)
		return;
	again.alternative = true;
	for (unsigned bit = 1; bit & READ_ALL; bit <<= 1)
		if (p->other & bit) {
			again.how = bit;
			mime_queue(p->b, &again);
		}
}

/* Put the part the job is about at the bottom of the stack. */
static size_t
open_known(struct pass *p)
{
	struct mime_part *part = MIME_PART(p->b, p->job->part);
	struct frame *f = push_frame(p, p->job->part, p->job->off, NULL, 0);

	f->outside = true;
	if (p->job->kind == JOB_ENTITY)
		return open_part(p, p->job->off, true);
	if (part->kind == MIME_MESSAGE)
		return open_part(p, p->job->off, false);
	if (part->kind == MIME_MULTIPART && p->job->shape.boundary.p)
		bounds_push(&p->bounds, p->job->shape.boundary, 0);
	return p->job->off;
}

static void
close_all(struct pass *p)
{
	while (p->frames.n > 1)
		close_frame(p, p->in.n);
	if (p->frames.n == 1 && p->job->kind == JOB_ENTITY)
		p->frames.n = 0;
	if (p->frames.n)
		close_frame(p, p->in.n);
}

void
mime_pass(struct mime_builder *b, const struct mime_job *job)
{
	struct pass p = { .b = b, .job = job, .first = job->off };
	size_t at, part = b->parts.n;

	p.in = str_upto(MIME_SOURCE(b, job->source)->bytes, job->end);
	bounds_init(&p.bounds, b->pool);
	if (job->kind == JOB_WHOLE) {
		at = open_part(&p, job->off, false);
		if (p.frames.n == 0)
			return;
	} else {
		part = job->part;
		at = open_known(&p);
	}
	while (!p.stop && p.bounds.stack.n) {
		at = next_dashes(&p, at);
		if (at == STR_NPOS)
			break;
		at = take_line(&p, at);
	}
	close_all(&p);
	note_pass(&p, part);
	queue_again(&p);
}

struct message *
mime_parse(struct pool *pool, const struct limits *lim, struct str raw)
{
	struct message *msg = pool_alloc(pool, sizeof(*msg));
	struct mime_builder b = { .pool = pool, .lim = lim, .msg = msg };

	msg->raw = raw;
	b.other_bytes = OTHER_BYTES_MIN + raw.n * OTHER_BYTES_TIMES;
	mime_add_source(&b, raw, 0);
	mime_pass(&b, &(struct mime_job){ .kind = JOB_WHOLE, .end = raw.n });
	mime_top(&b, MIME_PART(&b, 0));
	mime_run_jobs(&b);
	msg->parts = b.parts.items;
	msg->n_parts = b.parts.n;
	for (size_t i = 0; i < msg->n_parts; i++)
		msg->defects |= msg->parts[i].guessed ? 0 : msg->parts[i].defects;
	assert(msg->n_parts > 0);
	return msg;
}

struct str
mime_raw(const struct message *msg, const struct mime_part *part)
{
	return str_sub(msg->sources[part->source].bytes, part->body, part->end - part->body);
}

const struct mime_field *
mime_find(const struct mime_part *part, struct str name)
{
	for (size_t i = 0; i < part->n_fields; i++)
		if (str_eq_nocase(part->fields[i].name, name))
			return &part->fields[i];
	return NULL;
}
