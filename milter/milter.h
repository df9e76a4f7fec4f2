/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* milter.h - serve an MTA over the milter protocol
 *
 * Input    callbacks of libmilter; any bytes
 * Units    none
 * Limits   those of gate/session.h
 * Memory   one struct of ours behind each connection's private pointer
 * Errors   milter_serve: RC_TEMP when libmilter refuses to start
 * Threads  libmilter's; a connection moves between them
 * Source   libmilter 8.17; the callbacks only translate, gate/session.h does the work
 */
#ifndef MILTER_MILTER_H
#define MILTER_MILTER_H

#include "gate/pipeline.h"

/* Serve on a listening socket until milter_stop. Messages may still be at work when it returns. */
enum rc milter_serve(struct gate *, int listener) MUST_CHECK;
void milter_stop(void);

#endif
