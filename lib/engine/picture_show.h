/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* picture_show.h - a picture of a mail, written anew so that nothing of its file is left
 *
 * Input    hostile PNG, JPEG, GIF, WebP and BMP; a parsed message
 * Units    pixels, milliseconds
 * Limits   lim->picture_pixels, lim->clamav_ms; larger ones than PICTURE_FULL are shown at a half or less;
 *          PICTURE_SHOW_BYTES of PNG
 * Memory   the PNG is the caller's buf
 * Errors   RC_NONE: there is none of that number, or it is no picture (or a tiny one). RC_LIMIT: too large.
 *          RC_TEMP: late. RC_BAD: cannot be read
 * Threads  none; worker only
 * Source   engine/picture.h; libpng 1.6. Shades of gray, the first frame
 */
#ifndef ENGINE_PICTURE_SHOW_H
#define ENGINE_PICTURE_SHOW_H

#include "base/buf.h"
#include "engine/picture.h"
#include "message/mime.h"

enum { PICTURE_SHOW_BYTES = 8 * 1024 * 1024 };

enum rc picture_show(struct str content, const struct picture_limits *, struct buf *png) MUST_CHECK;
/* number: as message/preview.h counts. */
enum rc picture_show_part(struct message *, const struct limits *, unsigned number, struct buf *png) MUST_CHECK;

#endif
