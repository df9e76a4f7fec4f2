/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* wire.h - how gate and worker write jobs and reports to each other
 *
 * Input    wire_get_job: bytes of the gate. wire_get_report, wire_get_edit: bytes of a
 *          worker, which may have been taken over by the message it read
 * Units    little-endian numbers; strings are u32 length and bytes
 * Limits   lim->report_bytes for a frame, lim->findings, lim->layers + mime_parts,
 *          lim->links for lists; a list over its limit makes the whole answer RC_BAD
 * Memory   results live in the given pool, strings copied
 * Errors   RC_BAD: not a well-formed answer; the caller treats the worker as lost.
 *          A report can only name findings of the tables, and classes and reasons that
 *          exist: it can add findings, never choose an action
 * Threads  reentrant
 * Source   this file; both ends are always the same build, so there is no version
 */
#ifndef WORKER_WIRE_H
#define WORKER_WIRE_H

#include "base/buf.h"
#include "message/edit.h"
#include "scan/report.h"
#include "scan/session.h"

enum wire_tag {
	/* supervisor -> zygote */
	WIRE_CLIENT = 1,	/* fd: a new client's channel */
	WIRE_DRAIN,		/* exit once the last client is gone */
	/* zygote -> supervisor */
	WIRE_READY,		/* engines loaded, canary passed; body: wire_put_info */
	WIRE_FAILED,		/* body: error text; the zygote exits */
	WIRE_WARNING,		/* body: text for the operator; the zygote goes on */
	/* client <-> zygote */
	WIRE_SPAWN,		/* client asks for a worker */
	WIRE_WORKER,		/* fd: socket to it; body: u32 worker number, u32 pid */
	WIRE_KILL,		/* body: u32 worker number */
	WIRE_GONE,		/* body: u32 worker number, u32 wait status: reaped, folder wiped */
	/* client <-> worker */
	WIRE_SCAN,		/* fd: message; body: wire_put_job */
	WIRE_REPORT,
	WIRE_EDIT,		/* fds: message, empty file for the result; body: wire_put_edit_job */
	WIRE_EDITED,
	WIRE_STATS,		/* worker -> client: YARA accounts since the last time */
	WIRE_BYE		/* worker -> client: recycled after this answer */
};

struct wire_job {
	struct session session;
	struct str queue_id;
};

void wire_put_job(struct buf *, const struct wire_job *);
enum rc wire_get_job(struct pool *, struct str in, struct wire_job *) MUST_CHECK;

void wire_put_edit_job(struct buf *, const struct edit_strip *, size_t n);
enum rc wire_get_edit_job(struct pool *, struct str in, const struct edit_strip **, size_t *n) MUST_CHECK;
void wire_put_edited(struct buf *, const struct edit_header *, size_t n);
enum rc wire_get_edited(struct pool *, struct str in, const struct edit_header **, size_t *n) MUST_CHECK;

void wire_put_report(struct buf *, const struct report *);
enum rc wire_get_report(struct pool *, const struct limits *, struct str in, struct report *) MUST_CHECK;

#endif
