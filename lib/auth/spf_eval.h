/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* spf_eval.h - one evaluation, between spf.c and spf_match.c
 *
 * Input    terms of records that were parsed
 * Units    none
 * Limits   those of spf.h
 * Memory   pool
 * Errors   SPF_TEMP and SPF_PERM end the evaluation; `why` says what was wrong
 * Threads  one per evaluation
 * Source   RFC 7208 4.6 and 5
 */
#ifndef AUTH_SPF_EVAL_H
#define AUTH_SPF_EVAL_H

#include "auth/iprev.h"
#include "auth/spf.h"
#include "auth/spf_macro.h"
#include "auth/spf_record.h"

enum spf_match { SPF_MISS, SPF_HIT, SPF_TEMP, SPF_PERM };

struct spf_eval {
	struct pool *pool;
	struct dns_batch *dns;
	struct ip ip;
	struct spf_vars vars;		/* vars.domain is the domain of the record at hand */
	unsigned lookups, voids;	/* RFC 7208 4.6.4 */
	struct iprev_names names;	/* once names_known */
	bool names_known;
	struct str why;			/* of SPF_TEMP and SPF_PERM, without the term */
};

/* Find out what %{p} stands for, when it stands in the text. */
void spf_need_name(struct spf_eval *, struct str text);
/* The name a domain-spec speaks of, at most 253 bytes. SPF_HIT, or SPF_PERM. */
enum spf_match spf_target(struct spf_eval *, struct str spec, struct str *name);
/* One more term that asks. SPF_MISS, or SPF_PERM over the limit. */
enum spf_match spf_count(struct spf_eval *);
/* One question of a term. SPF_HIT: there are records. */
enum spf_match spf_ask(struct spf_eval *, enum dns_type, struct str name, const struct dns_answer **);
/* Does the client match? Any mechanism but "include", which spf.c does. */
enum spf_match spf_match(struct spf_eval *, const struct spf_term *);
enum dns_type spf_address_type(const struct spf_eval *);

#endif
