/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* resfields.h - the Authentication-Results of a message: forged ones go, trusted ones are believed, ours comes
 *
 * Input    the top header's fields in their order; any bytes
 * Units    none
 * Limits   RESFIELDS fields are remembered; `cut` says that there were more, which leaves the message
 *          unscanned (limit)
 * Memory   in the pool of the message
 * Errors   none
 * Threads  one owner
 * Source   RFC 8601 4.1 and 5. Postfix and Sendmail count a field's index by its name, from 1, in any case;
 *          neither shows the Received field of its own
 */
#ifndef GATE_RESFIELDS_H
#define GATE_RESFIELDS_H

#include "auth/auth_opts.h"
#include "base/limits.h"
#include "gate/fields.h"
#include "scan/auth.h"
#include "scan/session.h"

enum { RESFIELDS = 1000 };

struct resfields {
	struct pool *pool;
	const struct limits *lim;
	const struct auth_conf *conf;
	struct str id;			/* ours; empty: nothing is written */
	struct vec names;		/* struct resfields_name: spellings of the name, and how often */
	struct vec forged;		/* struct resfields_forged */
	size_t n;			/* fields of that name */
	unsigned received;		/* fields of that name so far */
	bool relay;			/* the client is a mail server of ours */
	struct str trusted;		/* value of the first field that may be believed; p NULL: none */
	bool cut;
};

void resfields_init(struct resfields *, struct pool *, const struct limits *, const struct auth_conf *,
    const struct session *);
void resfields_seen(struct resfields *, struct str name, struct str value);

/* Put what a trusted milter states in place of our own. False: there is nothing of that kind. */
bool resfields_believe(const struct resfields *, const struct session *, struct auth_facts *);

/* What is to be done, in that order, behind the edits of fields_plan: forged ones go from the highest
 * index down, ours comes to the top. Nothing for what is not delivered. */
void resfields_plan(const struct resfields *, const struct session *, const struct auth_facts *,
    const struct outcome *, struct vec *out);

#endif
