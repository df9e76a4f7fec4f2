/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* blocked.h - messages, hosts and links that the operator has blocked at the click, after delivery
 *
 * Input    STATE_DIR/blocked_links: a name a line; a message's reference, a host (with those below it), or a URL
 * Units    none
 * Limits   BLOCKED_NAMES names of BLOCKED_TEXT bytes
 * Memory   the list is the caller's until blocked_close
 * Errors   no file is an empty list. A file that is too large keeps the list that was there. blocked_change:
 *          RC_BAD no such name can be there, RC_LIMIT too many, RC_TEMP the system refuses; `why` says it
 * Threads  any; the file is replaced as a whole, and looked at again every BLOCKED_LOOK_MS
 * Source   none
 */
#ifndef CLICK_BLOCKED_H
#define CLICK_BLOCKED_H

#include "base/buf.h"
#include "base/rc.h"

#define BLOCKED_FILE "blocked_links"	/* below state_dir */
enum { BLOCKED_NAMES = 20000, BLOCKED_TEXT = 2048, BLOCKED_BYTES = 8 * 1024 * 1024, BLOCKED_LOOK_MS = 1000 };

struct blocked;

struct blocked *blocked_open(struct str state_dir);
void blocked_close(struct blocked **);
bool blocked_has(struct blocked *, struct str message, struct str host, struct str url);

/* Add a name, or take it out. *changed: it was not there before, or was. */
enum rc blocked_change(struct str state_dir, struct str name, bool add, bool *changed, struct buf *why) MUST_CHECK;

#endif
