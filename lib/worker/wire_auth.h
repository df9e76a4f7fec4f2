/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* wire_auth.h - what a report says about signatures
 *
 * Input    get: bytes of a worker, which may have been taken over by the message it read
 * Units    none
 * Limits   AUTH_SIGNATURES, AUTH_ARC_SETS; WIRE_AUTH_TEXT and WIRE_AUTH_RESULTS bytes of text
 * Memory   strings borrow from the reader's slice, the list lives in the pool
 * Errors   sticky in the reader: text that is not printable ASCII, a result that does not exist
 * Threads  reentrant
 * Source   wire.h
 */
#ifndef WORKER_WIRE_AUTH_H
#define WORKER_WIRE_AUTH_H

#include "base/buf.h"
#include "base/rd.h"
#include "scan/report.h"

void wire_auth_put(struct buf *, const struct report_auth *);
void wire_auth_get(struct rd *, struct pool *, struct report_auth *);

#endif
