/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* response.h - what is needed to do something with stored mail: the stores, the keys, the way to the mail server
 *
 * Input    the configuration
 * Units    milliseconds
 * Limits   of the stores
 * Memory   conf and state_dir are borrowed until response_close
 * Errors   response_open: RC_BAD, RC_TEMP with `why` in one line
 * Threads  any number use one
 * Source   store/records.h, store/bodies.h, response/pass.h
 */
#ifndef RESPONSE_RESPONSE_H
#define RESPONSE_RESPONSE_H

#include "click/keyring.h"
#include "conf/conf.h"
#include "store/bodies.h"
#include "store/records.h"

struct release_conf {
	struct str server;		/* host:port, through which this gate's mail goes */
	struct str helo;
	int tls;			/* enum smtp_tls */
	struct str ca_file;
	int64_t deadline_ms;		/* of one mail */
};
extern const struct opt_table release_table;

struct response {
	const struct release_conf *conf;
	struct records *records;
	struct bodies *bodies;
	struct keyring *passes;
	struct str state_dir;
	struct log_ctx lc;
};

enum rc response_open(const struct conf *, struct str state_dir, struct log_ctx, struct response *out, struct buf *why)
    MUST_CHECK;
void response_close(struct response *);

#endif
