/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* auth_json.h - what was proved of a sender, and how the message came, as members of the JSON answer
 *
 * Input    facts of the gate, hops of a worker's report: text of strangers
 * Units    sizes of keys in bits
 * Limits   AUTH_SIGNATURES signatures, REPORT_HOPS hops
 * Memory   objects of json-c, the caller's
 * Errors   NULL: nothing is known, and there is no member
 * Threads  reentrant
 * Source   names of methods and results as in RFC 8601 2.7
 */
#ifndef GATE_AUTH_JSON_H
#define GATE_AUTH_JSON_H

#include <json-c/json.h>

#include "scan/report.h"

struct json_object *auth_json(const struct auth_facts *);
struct json_object *auth_json_hops(const struct report *);

#endif
