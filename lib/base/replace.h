/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* replace.h - put a new file in place of an old one, wholly or not at all
 *
 * Input    a path, the new content in one or several pieces
 * Units    bytes
 * Limits   REPLACE_PIECES pieces
 * Memory   none kept
 * Errors   RC_TEMP: the system refused, errno says why; the old file is as it was
 * Threads  one writer of a path at a time: the new content is first in PATH.new
 * Source   rename(2), fsync(2): also the folder's entry is on the disk before the call returns
 */
#ifndef BASE_REPLACE_H
#define BASE_REPLACE_H

#include "base/rc.h"
#include "base/str.h"

enum { REPLACE_PIECES = 8 };

enum rc replace_file(const char *path, const struct str *piece, size_t n) MUST_CHECK;

#endif
