/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* memory.h - the ledger and the bodies of this site, for the verbs that ask them
 *
 * Input    the operator's configuration
 * Units    none
 * Limits   none
 * Memory   memory_close
 * Errors   said on stderr; the exit status is returned: 0, EX_CONFIG, EX_UNAVAILABLE
 * Threads  one
 * Source   gate/ledger.h. Works whether the gate runs or not
 */
#ifndef CTL_MEMORY_H
#define CTL_MEMORY_H

#include "gate/ledger.h"

struct memory {
	const struct conf *conf;
	struct ledger_stores stores;
	struct str state_dir;
};

int memory_open(const struct conf *, struct memory *out);
void memory_close(struct memory *);

/* Who asks for it, for events: "operator root". */
struct str memory_who(struct pool *);

/* "ID" or "ID.N". number 0: all of its recipients. */
bool memory_entry(struct str word, struct str *id, size_t *number);

/* A value as the ledger has it, which may be hashed. */
struct str memory_value(const struct memory *, struct pool *, enum observable_kind, struct str);

#endif
