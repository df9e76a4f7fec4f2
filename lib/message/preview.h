/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* preview.h - a message as a page that does nothing: for people who look at what was quarantined
 *
 * Input    a parsed message, hostile; preview_is_inert: bytes of a worker that may have been taken over
 * Units    bytes
 * Limits   PREVIEW_BYTES of page: what is beyond is left out, and the page says so; PREVIEW_URL of a link,
 *          PREVIEW_FIELD of a header field, PREVIEW_LIST attachments
 * Memory   the page is the caller's buf
 * Errors   none
 * Threads  reentrant
 * Source   HTML 13.1 (what is written here); W3C Content Security Policy 3
 *
 * Of the mail come words only: every tag is one of ours and has no attribute, every byte of the mail that
 * means something in HTML is written as a reference, and the page forbids its reader to load anything. Links
 * are text with where they lead behind; pictures are numbers that are asked for one by one.
 */
#ifndef MESSAGE_PREVIEW_H
#define MESSAGE_PREVIEW_H

#include "message/mime.h"

enum {
	PREVIEW_BYTES = 4 * 1024 * 1024, PREVIEW_URL = 2048, PREVIEW_FIELD = 4096, PREVIEW_SAME_FIELDS = 8,
	PREVIEW_LIST = 1000
};

/* Well-formed UTF-8, whatever came in. */
void preview_page(struct pool *, const struct limits *, struct message *, struct buf *out);
/* The part that the page calls picture `number`, from 1; MIME_NO_PART: there is none. */
size_t preview_picture(const struct message *, unsigned number);
/* Is it a page that preview_page can have made: no tag, no attribute but ours? */
bool preview_is_inert(struct str page);

#endif
