/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* idna.h - a domain as DNS has it
 *
 * Input    a domain of anybody, ASCII or UTF-8
 * Units    bytes
 * Limits   IDNA_BYTES of a name that is not ASCII
 * Memory   pool; a name that is ASCII already is given back as it is
 * Errors   STR_NONE: not ASCII, and no internationalized domain name either
 * Threads  reentrant
 * Source   RFC 5890, RFC 5891 (lookup, non-transitional); libidn2
 */
#ifndef BASE_IDNA_H
#define BASE_IDNA_H

#include "base/pool.h"
#include "base/str.h"

/* RFC 1035 2.3.4 allows 253 of ASCII; a letter takes up to four bytes of UTF-8. */
enum { IDNA_BYTES = 1024 };

struct str idna_ascii(struct pool *, struct str domain);
/* The form for people; the domain itself when it has no other. */
struct str idna_unicode(struct pool *, struct str domain);

#endif
