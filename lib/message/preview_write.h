/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* preview_write.h - the only hand that writes a page of preview.h
 *
 * Input    any bytes as text; blocks of ours
 * Units    bytes
 * Limits   preview_text stops at out->max less PREVIEW_TAIL, which is for what ends a page
 * Memory   the caller's buf
 * Errors   `cut`: not all was written
 * Threads  reentrant
 * Source   preview.h. Blocks stand one after the other, never in each other
 */
#ifndef MESSAGE_PREVIEW_WRITE_H
#define MESSAGE_PREVIEW_WRITE_H

#include "base/buf.h"

enum { PREVIEW_TAIL = 1024, PREVIEW_PIECE = 16 };

enum preview_block { PREVIEW_NONE, PREVIEW_P, PREVIEW_HEAD, PREVIEW_ITEM, PREVIEW_QUOTE, PREVIEW_PRE, PREVIEW_BLOCKS };

struct preview_out {
	struct buf *out;
	enum preview_block open;	/* what is written now */
	enum preview_block next;	/* what the next word opens; PREVIEW_NONE: it goes on */
	bool space;			/* before the next word */
	bool full;			/* there is no more room */
	bool cut;			/* something was left out */
};

/* What opens and closes a block. */
extern const struct preview_tags {
	struct str open, close;
} preview_tags[PREVIEW_BLOCKS];

/* The next word begins a block of that kind. */
void preview_begin(struct preview_out *, enum preview_block);
void preview_end(struct preview_out *);
/* Words; white space is one blank, in PREVIEW_PRE as it is. */
void preview_text(struct preview_out *, struct str);
/* Markup of ours. */
void preview_ours(struct preview_out *, struct str);

#endif
