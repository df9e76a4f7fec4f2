/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* services.h - what outlives a message and is lent to the checks of the gate
 *
 * Input    the configuration
 * Units    none
 * Limits   those of each service
 * Memory   one set for the life of the process; services_close frees it
 * Errors   services_open: RC_BAD with one line for each error in `why`. Each service says in its
 *          header what it does when it cannot answer: none of them blocks mail
 * Threads  services_open, _reload and _close by one thread; a service itself by any
 * Source   lib/README.md, "Processes"
 */
#ifndef CHECK_SERVICES_H
#define CHECK_SERVICES_H

#include "conf/conf.h"
#include "net/dns.h"
#include "recipient/recipients.h"
#include "store/counters.h"
#include "store/indicators.h"

struct dnsbl;
struct privkey;
struct history;
struct link_services;

struct services {
	struct log_ctx lc;
	struct dns *dns;
	struct dnsbl *dnsbl;		/* check/dnsbl.h */
	struct counters *counters;
	struct recipients *recipients;
	struct privkey *seal_key;	/* of arc.key_file; NULL: nothing is sealed */
	struct history *history;	/* history/history.h */
	struct indicators *indicators;	/* what feeds say; NULL: no state_dir */
	struct link_services *link_services;	/* check/link_service.h */
};

/* Are the files good that services read? Asks nothing and starts nothing. `errors` receives a line
 * for each error when RC_BAD is returned. */
enum rc services_try(const struct conf *, struct buf *errors) MUST_CHECK;
/* state_dir: where they keep what must outlive the process; empty: nowhere. */
enum rc services_open(const struct conf *, struct str state_dir, struct log_ctx, struct services *out,
    struct buf *why) MUST_CHECK;
/* Another configuration is in force: take what can change without a restart. */
void services_reload(struct services *, const struct conf *);
/* Write what must outlive the process, while all go on serving. */
void services_save(struct services *);
void services_close(struct services *);

#endif
