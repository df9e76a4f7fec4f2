/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* control_client.h - ask a running gate
 *
 * Input    a path from the configuration; answers of the gate
 * Units    milliseconds
 * Limits   CONTROL_ANSWER_BYTES
 * Memory   the answer is in the caller's buf
 * Errors   control_connect: RC_NONE nobody listens there; RC_BAD may not be asked (errno
 *          says why); RC_TEMP anything else. control_call: RC_TEMP the gate went away or
 *          was late; an answer that is an error is RC_OK
 * Threads  one connection belongs to one thread at a time
 * Source   control_msg.h
 */
#ifndef GATE_CONTROL_CLIENT_H
#define GATE_CONTROL_CLIENT_H

#include "gate/control_msg.h"

enum rc control_connect(struct str path, int *sock) MUST_CHECK;
/* Send a request, with the descriptor of a sealed memory file or -1, and wait for the answer. */
enum rc control_call(int sock, const struct control_request *, int message_fd, int64_t deadline_ms,
    struct buf *answer) MUST_CHECK;

#endif
