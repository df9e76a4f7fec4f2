/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* suffix.h - the part of a domain that somebody registered
 *
 * Input    domains as DNS has them: letters, digits, hyphens; any case
 * Units    none
 * Limits   SUFFIX_NAME bytes of a domain
 * Memory   the answer is a part of the domain
 * Errors   an empty answer: it is a public suffix itself, or no domain
 * Threads  a list never changes
 * Source   publicsuffix.org: the file of Debian's package publicsuffix, which is kept up to date, else
 *          what libpsl was built with. DMARC has a way of its own (RFC 9989, auth/dmarc.h)
 */
#ifndef BASE_SUFFIX_H
#define BASE_SUFFIX_H

#include "base/str.h"

enum { SUFFIX_NAME = 253 };

struct suffixes;

struct suffixes *suffixes_new(void);
void suffixes_free(struct suffixes **);
/* "example.co.uk" of "www.example.co.uk". NULL: by the list that is built in. */
struct str suffixes_registered(const struct suffixes *, struct str domain);

#endif
