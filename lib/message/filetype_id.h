/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* filetype_id.h - the rows of filetype.list by number, for the files that recognise them
 *
 * Input    none
 * Units    none
 * Limits   none
 * Memory   constants
 * Errors   none
 * Threads  constants only
 * Source   filetype.list
 */
#ifndef MESSAGE_FILETYPE_ID_H
#define MESSAGE_FILETYPE_ID_H

#include <stdint.h>

#include "message/filetype.h"

enum filetype_id {
#define TYPE(id, media, label, group, extensions) FILETYPE_ID_##id,
#include "message/filetype.list"
#undef TYPE
	FILETYPE_ID_N
};

const struct filetype *filetype_get(enum filetype_id);

/* What lies in a ZIP or an OLE2 file, from its directory. *encrypted is set when entries
 * need a password. */
enum filetype_id filetype_zip(struct str content, bool *encrypted);
enum filetype_id filetype_ole(struct str content, bool *encrypted);
/* What text looks like; FILETYPE_ID_TEXT when like nothing special, _UNKNOWN for no text. */
enum filetype_id filetype_text(struct str content);

#endif
