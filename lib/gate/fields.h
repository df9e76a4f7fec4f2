/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* fields.h - which header fields of a message go, change and come
 *
 * Input    the top header's fields in their order; the result of the pipeline
 * Units    none
 * Limits   FIELDS_FORGED forged fields and FIELDS_SUBJECTS subjects are remembered; `cut` says
 *          that there were more, which leaves the message unscanned (limit)
 * Memory   in the pool of the message
 * Errors   none
 * Threads  one owner
 * Source   RFC 5322 2.2, RFC 2047 2; Postfix and Sendmail count a field's index by its name,
 *          from 1, in any case
 */
#ifndef GATE_FIELDS_H
#define GATE_FIELDS_H

#include "conf/opt.h"
#include "gate/result.h"
#include "policy/policy.h"

enum { FIELDS_FORGED = 1000, FIELDS_SUBJECTS = 4, FIELDS_LISTED = 8 };

struct fields {
	struct pool *pool;
	const struct opt_list *forged;	/* patterns: a name, or a prefix and '*'; NULL: none */
	struct vec names;		/* struct fields_name: forged names that came, and how often */
	struct str subject[FIELDS_SUBJECTS];	/* raw values, without leading space */
	size_t n_subjects, n_forged;
	struct str pass_name;		/* X-Sekimori-Pass as the first of them is written: removed from all mail */
	int n_passes;
	bool cut;
};

struct field_edit {
	enum { FIELD_DELETE, FIELD_CHANGE, FIELD_ADD, FIELD_INSERT } op;	/* INSERT: at the top */
	struct str name, value;		/* C strings too: both are NUL-terminated */
	int index;			/* DELETE, CHANGE: the how-manieth of that name */
};

void fields_init(struct fields *, struct pool *, const struct opt_list *forged);
void fields_seen(struct fields *, struct str name, struct str value);

/* What is to be done to the header, in the order it must be done (deletions from the highest
 * index down, as indices shift). Of a message that is observed or let by only passes go. */
void fields_plan(const struct fields *, const struct policy_conf *, const struct result *,
    struct vec *out);

/* A subject with `tag` before it; `raw` is kept byte for byte. */
struct str fields_subject(struct pool *, struct str tag, struct str raw);
/* A copy that can stand in a header or an SMTP answer: controls become '?'. */
struct str fields_clean(struct pool *, struct str);

#endif
