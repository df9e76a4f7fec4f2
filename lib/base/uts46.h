/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* uts46.h - internationalized host names as browsers map them
 *
 * Input    a host, valid UTF-8, percent-decoded
 * Units    bytes
 * Limits   UTS46_BYTES of a name that is not ASCII
 * Memory   pool
 * Errors   STR_NONE: no host name
 * Threads  reentrant
 * Source   UTS 46 (non-transitional, with bidi and joiner rules, without length and hyphen rules), as the URL Standard
 *          3.3 wants it; ICU. What DNS itself is asked for goes through idna.h, which is stricter
 */
#ifndef BASE_UTS46_H
#define BASE_UTS46_H

#include <stdbool.h>

#include "base/pool.h"

enum { UTS46_BYTES = 2048 };

struct str uts46_ascii(struct pool *, struct str host);
/* As people read it, UTF-8; labels that are no Punycode stay. */
struct str uts46_unicode(struct pool *, struct str host);
/* Do letters of one label belong to scripts that no language mixes? host: UTF-8. */
bool uts46_mixed(struct str host);

#endif
