/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* arc_opts.h - the options of sealing
 *
 * Input    the configuration
 * Units    none
 * Limits   those of the rows
 * Memory   in the configuration's pool
 * Errors   as all options; arc_conf_try and arc_conf_key look at the key file
 * Threads  constants only
 * Source   RFC 8617 4.1, RFC 8301 3.2
 */
#ifndef AUTH_ARC_OPTS_H
#define AUTH_ARC_OPTS_H

#include "auth/privkey.h"
#include "conf/opt.h"

enum arc_when { ARC_NEVER, ARC_MODIFIED, ARC_ALWAYS };

struct arc_conf {
	int seal;			/* enum arc_when */
	struct str domain, selector;
	struct str key_file;
};
extern const struct opt_table arc_table;

/* Is there a domain to seal for? */
bool arc_conf_on(const struct arc_conf *);
/* Is the key file good? Who may not read it, says nothing of it: sekimorid will. */
enum rc arc_conf_try(const struct arc_conf *, struct buf *why) MUST_CHECK;
/* Read the key. RC_NONE: sealing is off; RC_BAD: `why` says what is wrong with the file. */
enum rc arc_conf_key(const struct arc_conf *, struct privkey **out, struct buf *why) MUST_CHECK;

#endif
