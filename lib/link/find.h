/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* find.h - the links of one content, by what kind of file it is
 *
 * Input    decoded content of a part or of a layer inside one; any bytes
 * Units    bytes
 * Limits   those of the finders; a file of more than FIND_BYTES is read up to there and links_cut says so
 * Memory   the collector's pool
 * Errors   none
 * Threads  one thread per collector
 * Source   find_html.h, find_text.h, find_calendar.h, find_shortcut.h
 */
#ifndef LINK_FIND_H
#define LINK_FIND_H

#include "link/link.h"
#include "message/filetype.h"

enum { FIND_BYTES = 64 * 1024 * 1024 };

enum find_kind {
	FIND_NOTHING, FIND_TEXT, FIND_SCRIPT, FIND_HTML, FIND_CALENDAR, FIND_CONTACT, FIND_INI, FIND_PLIST, FIND_LNK
};

/* What a content is read as: by its own type, the type it is declared as (may be empty), and its
 * name. FIND_TEXT for everything that is text. */
enum find_kind find_kind(struct str type, struct str declared, struct str name);

/* Content that is UTF-8 already. base: for the relative links of HTML; flowed: format=flowed with
 * DelSp=yes, RFC 3676. */
struct find_how {
	size_t part;
	const struct url *base;
	bool flowed;
};
void find_utf8(struct links *, enum find_kind, struct str utf8, const struct find_how *);
/* Content as it is: its charset is guessed, binary formats are read. */
void find_content(struct links *, enum find_kind, struct str content, size_t part);

#endif
