/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* conns.h - end connections whose request does not come to an end
 *
 * Input    descriptors that come and go
 * Units    milliseconds, monotonic
 * Limits   one row for each descriptor, `max` of them; others are not watched
 * Memory   one table
 * Errors   none
 * Threads  any
 * Source   libmicrohttpd knows only how long nothing at all came: one byte now and then keeps a
 *          connection for ever
 */
#ifndef WEB_CONNS_H
#define WEB_CONNS_H

#include <stddef.h>
#include <stdint.h>

struct conns;

struct conns *conns_new(size_t max);
void conns_free(struct conns **);
/* A connection began, or ended a request: its time runs from now on. */
void conns_begin(struct conns *, int fd, int64_t now_ms);
/* Before the descriptor is closed. */
void conns_end(struct conns *, int fd);
/* Shut down those that have been at one request for longer than age_ms; how many. */
size_t conns_reap(struct conns *, int64_t now_ms, int64_t age_ms);

#endif
