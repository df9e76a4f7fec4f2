/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* ours.h - links that look like those of our own click gate
 *
 * Input    URLs as url_parse gives them
 * Units    bytes
 * Limits   none of its own
 * Memory   ours_prefix: pool; tokens are slices of the URL
 * Errors   none
 * Threads  reentrant
 * Source   none. Anybody can write such a link: only token_read, with the keys, says whether we did. Those that we did not
 *          make lead nowhere
 */
#ifndef CLICK_OURS_H
#define CLICK_OURS_H

#include "base/pool.h"

/* Of click.url: "links.example.com/l/" as it stands in URLs, without the scheme; empty without a click gate. */
struct str ours_prefix(struct pool *, struct str click_url);
/* The token in a link of our click gate; empty: it is none. */
struct str ours_token(struct str prefix, struct str url);

#endif
