/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* workers.h - a bounded set of sandboxed workers: the only door to hostile bytes
 *
 * Input    messages as sealed descriptors; channels to zygotes from the supervisor
 * Units    milliseconds
 * Limits   conf: workers at work at once, messages waiting; lim->scan_ms per message, half
 *          of which it may spend waiting
 * Memory   reports live in the caller's pool
 * Errors   workers_scan: RC_LIMIT the waiting room is full, RC_TEMP no worker in time,
 *          RC_BAD the message cost two workers their lives or did not end in time (keep it
 *          for the operator); why says which. All three mean that nothing is known of the
 *          message. A report that comes back may itself be incomplete
 * Threads  any number of threads call workers_scan; small messages go first
 * Source   lib/README.md, "Processes"
 */
#ifndef WORKER_WORKERS_H
#define WORKER_WORKERS_H

#include "base/log.h"
#include "conf/conf.h"
#include "message/edit.h"
#include "scan/report.h"
#include "worker/wire.h"

struct worker_conf {
	int64_t count;			/* workers; 0: one for each core */
	int64_t recycle;		/* messages after which a worker is replaced */
	int64_t queue_max;		/* messages that wait for a worker; beyond: tempfail */
	int64_t memory_max;		/* address space limit of one worker above the engine, bytes */
	struct str tmp_dir;		/* parent of the workers' own temp folders */
	int64_t tmp_max;		/* bytes one worker may write there */
	int64_t load_ms;		/* how long a zygote may take to load and pass its canary */
	bool low_memory_reload;		/* stop the old engines before the new ones load */
	bool namespaces;		/* also unshare user, mount, net, ipc, pid where the kernel allows */
};
extern const struct opt_table worker_table;

struct workers;

struct workers *workers_new(const struct conf *, const struct limits *, struct log_ctx);
/* Take count, queue_max and the limits of another snapshot from now on (copied). */
void workers_set(struct workers *, const struct conf *, const struct limits *);
/* Wakes everybody who waits with RC_TEMP, closes every channel. No call may be under way. */
void workers_free(struct workers **);

/* Use the zygote behind `channel` (taken) from now on. Messages at work finish on the old
 * one, whose channel is closed when the last has. channel -1: suspend (low_memory_reload):
 * messages wait until the next channel comes or their deadline passes. */
void workers_use(struct workers *, int channel);
/* None will come soon: where no zygote serves, who waits and who comes gets RC_TEMP at once,
 * until the next channel. */
void workers_give_up(struct workers *);

enum rc workers_scan(struct workers *, struct log_ctx, const struct wire_job *, int message_fd, uint64_t size,
    struct pool *, struct report *out, struct str *why) MUST_CHECK;

/* Replace parts (indices of the report that workers_scan gave for this message) by a notice, and change
 * links. The new message is written to out_fd, as it will be when the headers are changed; nobody has
 * scanned it. RC_NONE: cannot be done without touching the rest. */
struct workers_edit {
	struct wire_edit_job job;
	int out_fd;				/* empty memory file of the caller; stays so: nothing was to change */
	uint64_t size, body;			/* result: of the new message, and where its body begins */
	uint32_t links;				/* result: places that were changed */
	const struct edit_header *headers;	/* result: top header fields to change */
	size_t n_headers;
};
enum rc workers_edit(struct workers *, struct log_ctx, int message_fd, uint64_t size, struct workers_edit *,
    struct pool *, struct str *why) MUST_CHECK;

/* What people may look at: picture 0 the page (message/preview.h: HTML, looked at again here), else picture N of
 * it as PNG. out_fd as for an edit. RC_NONE: no such picture. RC_LIMIT, RC_BAD: it cannot be shown. Whoever
 * serves it says so once more: Content-Security-Policy "sandbox; default-src 'none'", X-Content-Type-Options. */
struct workers_preview {
	uint32_t picture;
	int out_fd;
	uint64_t size;				/* result */
};
enum rc workers_preview(struct workers *, struct log_ctx, int message_fd, uint64_t size, struct workers_preview *,
    struct pool *, struct str *why) MUST_CHECK;

struct workers_status {
	uint64_t at_work, idle, waiting;
	uint64_t scanned, lost, killed_late, recycled, refused;
	bool serving;			/* a zygote is attached and answers */
};
void workers_status(struct workers *, struct workers_status *);

/* Hits and time of every rule of the engines in use, summed over all workers; in the pool. */
size_t workers_rule_stats(struct workers *, struct pool *, const struct yara_rule_stat **);

#endif
