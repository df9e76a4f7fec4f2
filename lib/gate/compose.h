/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* compose.h - a message with its changes carried out, as an MTA would after our edits
 *
 * Input    a message as the spool has it, edits of its header, another body
 * Units    bytes
 * Limits   COMPOSE_FIELDS fields, COMPOSE_HEAD bytes of header
 * Memory   the new message is a sealed memory file, the caller's to close
 * Errors   RC_LIMIT: more header than that; RC_TEMP: no memory file
 * Threads  reentrant
 * Source   libmilter's smfi_addheader (at the end), smfi_insheader with index 0 (at the top), smfi_chgheader (the
 *          how-manieth of a name, from 1; one that is not there is added; without a value it goes), smfi_replacebody
 */
#ifndef GATE_COMPOSE_H
#define GATE_COMPOSE_H

#include "base/vec.h"
#include "gate/fields.h"

enum { COMPOSE_FIELDS = 20000, COMPOSE_HEAD = 8 * 1024 * 1024 };

struct compose {
	struct str message;
	struct str body;		/* in place of its own; p NULL: that stays */
	const struct field_edit *edits;	/* in order */
	size_t n_edits;
};
enum rc compose(struct pool *, const struct compose *, int *fd, uint64_t *size) MUST_CHECK;

#endif
