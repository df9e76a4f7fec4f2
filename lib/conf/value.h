/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* value.h - the value of an option between text and its owner's struct
 *
 * Input    text of the operator, trimmed
 * Units    see opt.h
 * Limits   bounds of the row
 * Memory   texts and lists live in the pool
 * Errors   value_parse: RC_BAD, `why` says what is wrong with units and a suggestion
 * Threads  reentrant
 * Source   opt.h
 */
#ifndef CONF_VALUE_H
#define CONF_VALUE_H

#include "conf/opt.h"

enum rc value_parse(struct pool *, const struct opt *, struct str text, void *field, struct buf *why) MUST_CHECK;
/* The value as an operator would write it; false for OPT_CUSTOM, which only knows to parse. */
bool value_format(const struct opt *, const void *field, struct buf *out);
/* A number of that type with its unit: 65536 as OPT_SIZE is "64k". */
void value_format_number(enum opt_type, int64_t, struct buf *out);

/* Cut text at commas and white space that are not in double quotes; for OPT_CUSTOM rows that
 * hold lists. Between quotes \" and \\ stand for themselves. */
struct opt_list value_list(struct pool *, struct str text);
/* Write a word so that a list reads it back as one: in quotes when it needs them. */
void value_quote(struct str word, struct buf *out);
void value_escape(struct str, struct buf *out);		/* the same, where quotes are open already */
/* Are quotes open behind text, when `quoted` says whether they were before it? */
bool value_in_quotes(struct str text, bool quoted);
/* A number of tenths: "2.5" is 25. */
bool value_score(struct str text, int64_t *out);
const char *value_type_name(enum opt_type);	/* "size": for the manual */

#endif
