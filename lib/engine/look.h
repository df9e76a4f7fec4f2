/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* look.h - one content through all engines, and everything inside it
 *
 * Input    decoded parts of a message; a message as a whole
 * Units    milliseconds
 * Limits   lim->unpack_*, layers, scan_ms: one budget for the message
 * Memory   the engine's buffers and the message's pool; look_end frees the rest
 * Errors   none: what was not looked at becomes an `unscanned` entry of the report
 * Threads  none
 * Source   none
 */
#ifndef ENGINE_LOOK_H
#define ENGINE_LOOK_H

#include "engine/dig.h"
#include "engine/engine_in.h"
#include "link/link.h"

/* libclamav itself goes no deeper than 100 levels. */
enum { LOOK_LEVELS = 128 };

/* A level that ClamAV has open. */
struct look_node {
	size_t part;
	size_t pending;		/* index into pending, or LOOK_NONE */
	bool opened;		/* something came out of it */
};

/* Content that ClamAV showed for a moment and that is to be dug into afterwards. */
struct look_pending {
	char *copy;
	struct dig_content content;
	size_t part;
	unsigned depth;
};

/* A hole being dug: one kind at work on one content. */
struct look_hole {
	const struct dig_kind *kind;	/* NULL: only the owner of `copy` */
	void *state;
	char *copy;			/* freed when the hole is done; may be NULL */
	bool fragment;			/* ClamAV cut it out of something and opened it: it may end early */
	size_t part;
	unsigned depth;
};

#define LOOK_NONE ((size_t)-1)

struct look {
	struct engine *e;
	struct scan *scan;
	struct report *r;
	struct unpack_budget budget;
	struct dig_site site;
	struct vec holes, pending;
	struct look_node node[LOOK_LEVELS];
	unsigned levels;		/* nodes that are set, from 0 up */
	unsigned depth;			/* of the content that ClamAV has now, in containers */
	size_t leaf;			/* the MIME part that all this came from */
	struct buf macros;		/* the modules of one project so far */
	size_t macros_part;		/* where that project is */
	size_t in_bytes, out_bytes;	/* of this call of ClamAV */
	bool found;			/* this call of ClamAV hit something, or opened a file */
	enum clamav_what what;
	size_t layers;
	int64_t pictures, deep_ms;	/* searched so far; time that took */
	struct seen *seen;		/* contents met before, see seen.h */
	struct links *links;		/* of the whole message */
	bool as_text;			/* the content at hand is read as text, with its charset, by inspect.c */
};

void look_begin(struct look *, struct engine *, struct scan *, struct report *);
void look_end(struct look *);

/* Content of report part `part`: type, digest, ClamAV, YARA, everything inside. */
void look_at(struct look *, struct str content, size_t part);
/* The message as a whole: CLAMAV_MESSAGE or CLAMAV_MESSAGE_FULL. */
void look_at_message(struct look *, enum clamav_what);
void look_yara(struct look *, enum yara_scope, struct str content, size_t part);

/* The links of a content; of the text of a MIME part, UTF-8; of all headers. */
void look_links(struct look *, struct str content, size_t part);
/* QR codes in it, links of PDF and Office. */
void look_deep(struct look *, struct str content, size_t part);
/* QR codes drawn with characters or table cells; utf8 as it is laid out. */
void look_drawn(struct look *, struct str utf8, size_t part, bool html);
void look_text_links(struct look *, struct str utf8, size_t part, bool html);
void look_header_links(struct look *);

/* A new layer below `parent`; LOOK_NONE when there are too many. */
size_t look_layer(struct look *, size_t parent, struct str name, size_t size);
struct report_part *look_part(const struct look *, size_t part);

#endif
