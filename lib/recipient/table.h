/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* table.h - one table of the operator: "cdb:/etc/postfix/relay_recipients"
 *
 * Input    TYPE:NAME, or a word that stands for itself
 * Units    milliseconds
 * Limits   conf.entries_max keys of a table that is read as a whole
 * Memory   a table is counted: those that did not change live on in the next edition
 * Errors   table_open: RC_BAD with a line for each error. table_find: RC_OK it knows the key, RC_NONE it
 *          does not, RC_LIMIT it cannot tell, RC_TEMP no answer
 * Threads  any; table_open one at a time
 * Source   Postfix DATABASE_README
 */
#ifndef RECIPIENT_TABLE_H
#define RECIPIENT_TABLE_H

#include "recipient/address.h"
#include "recipient/asker.h"

struct table_conf {
	int64_t entries_max;
	struct asker_conf asker;
	struct log_ctx lc;
};

struct table;

/* "file, texthash, ..." for texts. */
void table_types(struct buf *out);
/* TYPE:NAME with a type that there is? *name: behind the colon. */
bool table_is_word(struct str word, struct str *name);
enum rc table_open(struct str word, const struct table_conf *, struct table **out, struct buf *why) MUST_CHECK;
/* Words in place of a table: they are its keys. */
struct table *table_of_words(const struct str *item, size_t n);
struct table *table_get(struct table *);
void table_put(struct table **);

struct str table_word(const struct table *);
/* Is its file another one than was read? What cannot be looked at did not change. */
bool table_changed(const struct table *);
/* Of several keys the first that is known. *value (may be NULL): what the table says about it; empty from servers. */
enum rc table_find(struct table *, const struct recipient_keys *, int64_t deadline_ms, struct str *value) MUST_CHECK;

#endif
