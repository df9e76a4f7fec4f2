/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* find_shortcut.h - the links of files that start something else
 *
 * Input    .url, .website, .desktop (INI, UTF-8); .lnk and binary .webloc as they are
 * Units    bytes
 * Limits   SHORTCUT_OBJECTS of a property list; a string is as long as its file says, within the file
 * Memory   the collector's pool
 * Errors   none: what does not follow its format is searched as text
 * Threads  one thread per collector
 * Source   [MS-SHLLINK] 2.1 to 2.4; the "bplist00" format of CoreFoundation; the freedesktop.org
 *          Desktop Entry Specification
 */
#ifndef LINK_FIND_SHORTCUT_H
#define LINK_FIND_SHORTCUT_H

#include "link/link.h"

enum { SHORTCUT_OBJECTS = 10000 };

void find_ini(struct links *, struct str text, size_t part);
/* shell: .lnk, else a binary property list. */
void find_binary(struct links *, bool shell, struct str content, size_t part);

#endif
