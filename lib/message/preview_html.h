/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* preview_html.h - the words of an HTML part, in blocks of ours
 *
 * Input    a document as UTF-8, hostile; the message that its pictures are in
 * Units    none
 * Limits   those of html.h; PREVIEW_URL of an address
 * Memory   none kept
 * Errors   none
 * Threads  reentrant
 * Source   preview.h
 */
#ifndef MESSAGE_PREVIEW_HTML_H
#define MESSAGE_PREVIEW_HTML_H

#include "message/mime.h"
#include "message/preview_write.h"

void preview_html(const struct limits *, const struct message *, struct str html, struct preview_out *);

#endif
