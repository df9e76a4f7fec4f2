/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* edit_charset.h - ranges of a text in UTF-8 as ranges of the same text in its own charset
 *
 * Input    content of a part as decoded from its transfer encoding, its charset label, the same in
 *          UTF-8 as charset_to_utf8 gives it; ranges of that
 * Units    offsets and lengths in bytes
 * Limits   the content grows by at most what the ranges bring, four times over
 * Memory   ranges live in the pool; those of a text that is UTF-8 already borrow from the input
 * Errors   RC_NONE: cannot be said (UTF-7, HZ, a range between two halves of a character, characters
 *          that the charset does not have): nothing may be changed then
 * Threads  reentrant
 * Source   RFC 1468 (ISO-2022-JP: escapes), JIS X 0208 annex 1 (Shift_JIS), GB 18030, RFC 2781
 *
 * No table of charsets: the ASCII characters of both texts are walked in step, in each of a few ways
 * in which bytes make characters, until one fits to the end. The result is proved by converting the
 * edited content again.
 */
#ifndef MESSAGE_EDIT_CHARSET_H
#define MESSAGE_EDIT_CHARSET_H

#include "message/edit_range.h"

/* Can characters that are not ASCII be put into this content? */
bool edit_charset_is_unicode(struct str content, struct str utf8);

enum rc edit_charset(struct pool *, struct str content, struct str label, struct str utf8, const struct vec *ranges,
    struct vec *out) MUST_CHECK;

#endif
