/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* facts.h - read the JSON answers of the gate
 *
 * Input    JSON of gate/result_json.h and gate/control_msg.h
 * Units    none
 * Limits   FACTS_DEPTH levels
 * Memory   facts_parse gives an object to the caller (json_object_put); texts borrow from it
 * Errors   facts_parse: NULL when it is no object; a member that is missing is empty, 0 or false
 * Threads  one
 * Source   json-c 0.16
 */
#ifndef CTL_FACTS_H
#define CTL_FACTS_H

#include <json-c/json.h>

#include "base/buf.h"
#include "base/str.h"

enum { FACTS_DEPTH = 16 };

struct json_object *facts_parse(struct str json);
struct str facts_str(const struct json_object *, const char *key);
int64_t facts_num(const struct json_object *, const char *key);
bool facts_bool(const struct json_object *, const char *key);
/* As it is written in the JSON: "12.5". */
struct str facts_text(const struct json_object *, const char *key);
/* Length of a list, and its elements. */
size_t facts_count(const struct json_object *, const char *key);
struct json_object *facts_at(const struct json_object *, const char *key, size_t i);
struct json_object *facts_object(const struct json_object *, const char *key);
/* Append a text member, escaped for a terminal. */
void facts_show(const struct json_object *, const char *key, struct buf *out);

#endif
