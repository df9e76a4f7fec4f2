/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* unwrap.h - where links lead that another vendor has wrapped, or that an open redirect leads on
 *
 * Input    a URL as url_parse gives it
 * Units    layers
 * Limits   UNWRAP_DEPTH layers; URL_BYTES each
 * Memory   pool
 * Errors   none: a wrapper that cannot be read stays as it is, never a part of a URL
 * Threads  reentrant
 * Source   unwrap.list, redirects.list; Proofpoint's description of its three forms. Nothing is asked over the network,
 *          so tokens that only their vendor can read (most of Mimecast's) stay
 */
#ifndef LINK_UNWRAP_H
#define LINK_UNWRAP_H

#include "link/known_hosts.h"

enum { UNWRAP_DEPTH = 8 };

/* How many layers came off. known: of the operator; NULL: the redirects that are built in. by: names of the wrappers,
 * outermost first, "proofpoint3, redirect". innermost has the tricks of all layers; it is *in when nothing came off. */
size_t unwrap(struct pool *, const struct known_hosts *known, const struct url *in, struct url *innermost,
    struct str *by);
/* False: no row is about this host, so that nothing of its URLs comes off. */
bool unwrap_may(const struct known_hosts *, struct str host);

#endif
