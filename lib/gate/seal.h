/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* seal.h - seal a message with ARC as it will be delivered
 *
 * Input    the top header's fields in their order; what is going to be done to them; the digest of
 *          the body, by a worker
 * Units    bytes
 * Limits   SEAL_FIELDS fields, SEAL_BYTES of them are kept; a message with more is not sealed
 * Memory   in the pool of the message
 * Errors   none: a message that cannot be sealed goes without a seal, and the log says why
 * Threads  one owner; the key is shared
 * Source   RFC 8617 5.1
 *
 * The private key and the header stay in the gate, only the body's digest comes from a worker: one
 * that was taken over can spoil the seal of its message, but cannot have a header of its own signed.
 */
#ifndef GATE_SEAL_H
#define GATE_SEAL_H

#include "auth/arc_opts.h"
#include "base/limits.h"
#include "gate/fields.h"
#include "message/edit.h"
#include "scan/auth.h"

enum { SEAL_FIELDS = 2000, SEAL_BYTES = 256 * 1024 };

struct seal {
	struct pool *pool;
	const struct arc_conf *conf;
	const struct privkey *key;	/* NULL: nothing is sealed */
	struct vec fields;		/* struct edit_header: those that a seal covers, as they came */
	size_t bytes;
	bool has_sets, cut;
};

void seal_init(struct seal *, struct pool *, const struct arc_conf *, const struct privkey *);
void seal_seen(struct seal *, struct str name, struct str value);

/* What the message is like by then. */
struct seal_in {
	const struct auth_arc *chain;	/* of the sets that are there */
	const struct edit_header *content;	/* fields that change with the body, as to edit_head */
	size_t n_content;
	bool modified;			/* body or subject */
	const unsigned char *body;	/* SHA-256 of the relaxed body as delivered, or NULL: not known */
	struct str results;		/* authserv-id and results */
	int64_t now;			/* seconds since 1970 */
};

/* Behind all other edits in `edits`: the set's fields, to be put on top one after the other. RC_NONE:
 * nothing is to be sealed here; RC_TEMP: it cannot be done, `why` says it. */
enum rc seal_plan(const struct seal *, const struct seal_in *, struct vec *edits, struct str *why) MUST_CHECK;

#endif
