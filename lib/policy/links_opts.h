/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* links_opts.h - what is done with the links of a message, by what is thought of them
 *
 * Input    none
 * Units    none
 * Limits   of the rows
 * Memory   values live in the configuration
 * Errors   of the rows
 * Threads  constants only
 * Source   none
 */
#ifndef POLICY_LINKS_OPTS_H
#define POLICY_LINKS_OPTS_H

#include "conf/networks.h"
#include "conf/opt.h"
#include "link/known_hosts.h"
#include "link/rewrite.h"
#include "link/verdict.h"
#include "policy/action.h"

struct links_conf {
	int on[LINK_VERDICTS];		/* enum rewrite_action */
	struct str text;		/* in place of a link */
	bool attachments;		/* also in files that are attached */
	struct opt_list internal, allow;	/* domains, and what is below them */
	int64_t judged;			/* hosts of one message that others are asked about */
	struct networks outbound;	/* whose mail leaves this site */
	struct str known_hosts_file;
	bool known_hosts_builtin;
	const struct known_hosts *known;	/* NULL: those built in */
	struct action_set on_fail;	/* links that cannot be changed as they should */
};
extern const struct opt_table links_table;

/* Is a host (ASCII, lower case) one of the domains, or below one? */
bool links_has_domain(const struct opt_list *, struct str host);

#endif
