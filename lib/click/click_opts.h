/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* click_opts.h - options of the click gate, for those who make links and for sekimori-web
 *
 * Input    none
 * Units    milliseconds, bytes
 * Limits   of the rows
 * Memory   values live in the configuration
 * Errors   of the rows
 * Threads  constants only
 * Source   none
 */
#ifndef CLICK_CLICK_OPTS_H
#define CLICK_CLICK_OPTS_H

#include "base/ip.h"
#include "conf/networks.h"
#include "conf/opt.h"

/* What may be kept of a click and put into a link. */
enum click_privacy {
	CLICK_PRIVACY_NONE,		/* recipient, address, link, what was shown */
	CLICK_PRIVACY_ANONYMOUS,	/* neither recipient nor address; tokens without recipient */
	CLICK_PRIVACY_STRICT		/* nothing at all */
};

/* What happens at a link of which nothing could be found out in time. */
enum click_unjudged { CLICK_UNJUDGED_ALLOW, CLICK_UNJUDGED_WARN, CLICK_UNJUDGED_BLOCK };

struct click_conf {
	struct str url;			/* https://links.example.com/path, without a slash at its end; empty: no click gate */
	struct str listen;		/* milter_spec.h: inet:port@host, unix:/path */
	int64_t expire_ms;
	int privacy;			/* enum click_privacy */
	int unjudged;			/* enum click_unjudged */
	bool go_on;			/* people may pass the warning */
	struct str site, contact;	/* shown on the pages */
	struct str templates;		/* folder with the site's own files, or empty */
	struct networks proxies;	/* whose X-Forwarded-For is believed */
	int64_t judge_ms;
	int64_t burst, burst_ms;	/* clicks on one link before it is held */
	int64_t threads, connections_max, client_max, timeout_ms;
	int64_t records_max;		/* bytes of clicks.jsonl */
	bool follow;			/* redirects of shorteners are looked up */
	struct opt_list follow_hosts;
	int64_t follow_ms, follow_hops;
};
extern const struct opt_table click_table;

#endif
