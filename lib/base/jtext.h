/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* jtext.h - JSON texts that are safe to print, made with json-c
 *
 * Input    slices with any bytes
 * Units    scores in tenths, times in microseconds
 * Limits   out->max
 * Memory   objects belong to the caller or to what they were added to (json-c's counts)
 * Errors   none: invalid UTF-8 becomes U+FFFD
 * Threads  reentrant
 * Source   RFC 8259; json-c 0.16
 */
#ifndef BASE_JTEXT_H
#define BASE_JTEXT_H

#include <json-c/json.h>

#include "base/buf.h"
#include "base/str.h"

struct json_object *jtext_object(void);
struct json_object *jtext_array(size_t n);		/* room for n; grows */
struct json_object *jtext_str(struct str);
struct json_object *jtext_tenths(int64_t tenths);	/* 125 is 12.5 */
struct json_object *jtext_ms(int64_t us);		/* 12345 is 12.3 */

/* Add to an object that has no such key. The key is a literal, or lives as long as the object. */
void jtext_add(struct json_object *, const char *key, struct json_object *value);
void jtext_add_str(struct json_object *, const char *key, struct str);
void jtext_add_num(struct json_object *, const char *key, int64_t);
void jtext_add_bool(struct json_object *, const char *key, bool);

/* Append `in` with every invalid byte replaced by U+FFFD. */
void jtext_clean(struct str in, struct buf *out);
/* Does showing it do more than fill a cell of a screen: C0, DEL, C1, line ends, and the
 * marks that turn the direction of writing? */
bool jtext_is_control(uint32_t cp);

/* Append as one line, without the line feed; then give the object back. DEL, C1 and the
 * marks that turn the direction of writing are \uXXXX: a terminal may obey them. */
void jtext_write(struct json_object *taken, struct buf *out);

#endif
