/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* spool.h - keep a message while it arrives
 *
 * Input    header fields and body chunks as the MTA sends them; any bytes
 * Units    bytes
 * Limits   message_max; up to spool_memory_max it stays in a memory file, then an
 *          unlinked file in spool_dir
 * Memory   the descriptor is the spool's until spool_close
 * Errors   sticky: write freely, spool_finish tells. RC_LIMIT over message_max, RC_TEMP
 *          when memory or disk refuse
 * Threads  one owner
 * Source   memfd_create(2); libmilter hands headers with LF folds, they are kept as CRLF
 */
#ifndef GATE_SPOOL_H
#define GATE_SPOOL_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/rc.h"
#include "base/str.h"

struct spool {
	int fd;				/* -1 before the first byte; read-only after spool_finish */
	int reader;			/* second descriptor of a file on disk, read-only; else -1 */
	uint64_t size, body_off;	/* body_off: where the body starts, 0 until known */
	uint64_t memory_max, max;
	struct str dir;			/* borrowed */
	bool on_disk, raw;
	enum rc error;
	struct buf pending;		/* not yet written */
};

void spool_init(struct spool *, uint64_t memory_max, uint64_t max, struct str dir);
/* value: all that follows the colon, leading space included. */
void spool_header(struct spool *, struct str name, struct str value);
/* The empty line behind the header; a second call does nothing. */
void spool_eoh(struct spool *);
void spool_body(struct spool *, struct str chunk);
/* A whole message from elsewhere (sekimorictl): no header/body calls then. */
void spool_raw(struct spool *, struct str chunk);
/* Write out, seal a memory file, rewind. Only after it the fd may be handed on. */
enum rc spool_finish(struct spool *) MUST_CHECK;
/* Frees everything; spool_init makes it usable again. */
void spool_close(struct spool *);

#endif
