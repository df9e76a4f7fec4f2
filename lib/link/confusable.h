/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* confusable.h - text as it looks to people: characters that are drawn alike become one
 *
 * Input    UTF-8, any bytes
 * Units    code points
 * Limits   CONFUSABLE_TEXT bytes are read, the caller's room is written
 * Memory   the caller's; confusable_plain: pool
 * Errors   none
 * Threads  reentrant
 * Source   confusables.list (UTS 39 by contrib/confusables.c); confusables_kana.list, what Unicode leaves out of Japanese:
 *          kana that look like kanji, small kana, the Chinese shapes of kanji in names; digits for letters, "rn" for "m"
 */
#ifndef LINK_CONFUSABLE_H
#define LINK_CONFUSABLE_H

#include <stdint.h>

#include "base/pool.h"

enum { CONFUSABLE_TEXT = 4096 };

/* The code points of a text as they look; of text in lower case. Accents are gone. */
size_t confusable_fold(struct str text, uint32_t *out, size_t room);
/* As they are. */
size_t confusable_points(struct str text, uint32_t *out, size_t room);
/* In lower case, without the differences of wide, mathematical and other letters (NFKC_Casefold). */
struct str confusable_plain(struct pool *, struct str text);

#endif
