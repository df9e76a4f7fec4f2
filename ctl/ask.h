/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* ask.h - one question to the running sekimorid, for the verbs of administration
 *
 * Input    the configuration, which names the socket
 * Units    milliseconds
 * Limits   CONTROL_ANSWER_BYTES
 * Memory   the answer is the caller's, json_object_put
 * Errors   said on stderr; the exit status of sysexits(3) is returned: EX_UNAVAILABLE nobody
 *          listens, EX_NOPERM may not ask, EX_TEMPFAIL went away or late, or what the gate says
 * Threads  one
 * Source   gate/control_client.h
 */
#ifndef CTL_ASK_H
#define CTL_ASK_H

#include <json-c/json.h>

#include "conf/conf.h"
#include "gate/control_msg.h"

/* The same with everything a request can hold. */
int ask_for(const struct conf *, const struct control_request *, int64_t patience_ms, bool quiet,
    struct json_object **answer);
/* quiet: say nothing when nobody listens. */
int ask(const struct conf *, enum control_verb, int64_t patience_ms, bool quiet, struct json_object **answer);

#endif
