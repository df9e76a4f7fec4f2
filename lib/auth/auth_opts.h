/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* auth_opts.h - the options of sender proof that no single check owns
 *
 * Input    the configuration
 * Units    none
 * Limits   those of the rows
 * Memory   in the configuration's pool
 * Errors   as all options
 * Threads  constants only
 * Source   RFC 8601 2.5 (authserv-id) and 5 (what to remove)
 */
#ifndef AUTH_AUTH_OPTS_H
#define AUTH_AUTH_OPTS_H

#include "conf/networks.h"
#include "conf/opt.h"

struct auth_conf {
	struct str serv_id;		/* empty: the MTA's own name */
	bool results;			/* write Authentication-Results */
	bool observe;			/* in observe mode too */
	bool show_login;
	struct opt_list milter_ids;		/* of milters before this one */
	struct opt_list trusted_ids;		/* of mail servers in trusted_networks */
	struct networks trusted_networks;
	struct opt_list trusted_arc_sealers;
};
extern const struct opt_table auth_table;

/* The name under which results are written and forged ones are known; empty: none. */
struct str auth_serv_id(const struct auth_conf *, struct str mta_name);
bool auth_trusts_sealer(const struct auth_conf *, struct str domain);

#endif
