/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* mime_build.h - what the files of the MIME reader share; nobody else includes it
 *
 * Input    see mime.h
 * Units    see mime.h
 * Limits   see mime.h; the constants below bound the other readings
 * Memory   everything lives in the pool of mime_parse
 * Errors   none
 * Threads  one builder belongs to one call of mime_parse
 * Source   see mime.h
 */
#ifndef MESSAGE_MIME_BUILD_H
#define MESSAGE_MIME_BUILD_H

#include "base/vec.h"
#include "message/defect.h"
#include "message/header.h"
#include "message/mime.h"

/* Readings of a whole source in which clients differ, besides HEADER_*. */
enum {
	READ_PREFIX = 16,	/* a delimiter line counts when it begins with a boundary */
	READ_ALL = HEADER_CR | HEADER_BLANK | HEADER_JUNK | HEADER_HIDDEN |
	    READ_PREFIX
};

enum {
	SHAPES_MAX = 8,		/* readings of one part's structure */
	VIEWS_MAX = 24,		/* ways to decode one leaf, blocks inside text included */
	NAMES_MAX = 16		/* file names of one part */
};

/* One way to see the structure of a part. */
struct mime_shape {
	enum mime_kind kind;
	struct str type;
	const struct mime_param *params;
	size_t n_params;
	struct str boundary;	/* of a multipart; p is NULL when there is none */
};

struct mime_builder {
	struct pool *pool;
	const struct limits *lim;
	struct message *msg;
	struct vec parts, sources, jobs;
	size_t extra_views;	/* count against mime_parts */
	size_t n_readings;	/* jobs that read bytes again */
	size_t other_bytes;	/* what may still be read again in other readings */
	size_t *seen;		/* table of leaves, so that other readings do not repeat them */
	size_t n_seen;		/* its slots, a power of two */
};

/* One reading that is still to be done. */
struct mime_job {
	enum {
		JOB_WHOLE,	/* a source from its first header on */
		JOB_SHAPE,	/* the body of `part` in another shape */
		JOB_DECODED,	/* the decoded body of `part` */
		JOB_INSIDE,	/* files inside the encoded text of `part` */
		JOB_ENTITY	/* a header and a body in front of or behind the children of `part` */
	} kind;
	size_t part;
	size_t source, off, end;
	struct mime_shape shape;
	enum mime_cte cte;	/* JOB_DECODED: how to decode when source is not set yet */
	unsigned how;
	bool alternative;
	bool guess;		/* nothing in the message asks for this reading */
};
#define MIME_NO_SOURCE ((size_t)-1)

#define MIME_PART(b, i) ((struct mime_part *)(b)->parts.items + (i))
#define MIME_SOURCE(b, i) ((struct mime_source *)(b)->sources.items + (i))

/* mime.c: read what the job says; queues the readings that follow from it. */
void mime_pass(struct mime_builder *, const struct mime_job *);

/* mime_readings.c: the other readings. */
void mime_queue(struct mime_builder *, const struct mime_job *);
void mime_run_jobs(struct mime_builder *);
/* Take away the newest part, a leaf of another reading, when the same bytes are there already. */
void mime_drop_repeated(struct mime_builder *);
/* A boundary that lines in `body` look like, or empty. */
struct str mime_guess_boundary(struct str body);
/* Does a line begin with "Content-"? */
bool mime_has_content_line(struct str text);
size_t mime_add_source(struct mime_builder *, struct str bytes, size_t part);

/* mime_shape.c: fill in type, names, encoding … from the fields of a part. Returns the
 * number of shapes, at least one, the main one first. */
size_t mime_shapes(struct mime_builder *, struct mime_part *, struct str default_type,
    struct mime_shape shapes[SHAPES_MAX]);
void mime_apply_shape(struct mime_part *, const struct mime_shape *);

/* A parsed Content-Type or Content-Disposition. */
struct mime_value {
	struct str token, raw;
	const struct mime_param *params;
	size_t n_params;
};

/* mime_names.c: names from Content-Disposition and the Content-Type fields given. */
void mime_names(struct mime_builder *, struct mime_part *, const struct mime_value *types, size_t n_types);

/* mime_cte.c: what the Content-Transfer-Encoding fields may mean, the main one first.
 * Returns how many, at least one. */
enum { ENCODINGS_MAX = 6 };
size_t mime_encodings(struct mime_builder *, struct mime_part *, enum mime_cte out[ENCODINGS_MAX]);

/* mime_views.c: the views of a leaf whose end is known. */
void mime_views(struct mime_builder *, struct mime_part *);

/* The fields of a part with that name, unfolded, without those that repeat an earlier
 * one; at most `max`. */
size_t mime_values(struct mime_builder *, const struct mime_part *, struct str name,
    struct str *out, size_t max);

/* mime_top.c: defects of the top header. */
void mime_top(struct mime_builder *, struct mime_part *);

/* mime_bounds.c: the boundaries that are active, innermost last. */
enum { BOUNDS_SLOTS = 512, BOUNDS_LENGTHS = 256 };

struct bound {
	struct str text;
	uint64_t key;
	size_t frame;
	size_t below;		/* the same boundary further out, or BOUND_NONE */
};
#define BOUND_NONE ((size_t)-1)

struct bounds {
	struct pool *pool;
	struct vec stack;	/* struct bound */
	size_t slots[BOUNDS_SLOTS];
	unsigned lengths[BOUNDS_LENGTHS + 1];	/* how many are this long; the last for longer ones */
};

/* What a line that begins with "--" is. */
struct bound_match {
	size_t exact;		/* index of the bound that fills the line, or BOUND_NONE */
	size_t shortest;	/* index of the shortest one that the line begins with */
	bool exact_close, shortest_close;
	bool glued;		/* the line goes on behind `shortest` with something else */
};

void bounds_init(struct bounds *, struct pool *);
/* False when there is no room; then the boundary of `frame` is never found. */
bool bounds_push(struct bounds *, struct str boundary, size_t frame);
void bounds_pop(struct bounds *, size_t frame);
/* `line` is the text behind "--". */
struct bound_match bounds_match(const struct bounds *, struct str line);
/* Is the newest boundary one that is active further out too? */
bool bounds_same(const struct bounds *);

#endif
