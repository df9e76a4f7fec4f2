/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* crew.h - inside workers.h: who is at work, who waits, which zygote serves
 *
 * Input    calls of workers.c; news of zygotes, read by the foreman thread
 * Units    monotonic milliseconds
 * Limits   opts->count links in use, opts->queue_max waiters
 * Memory   links and generations live until the foreman frees them; a link that a caller
 *          holds (BUSY) is never freed
 * Errors   crew_take: RC_LIMIT, RC_TEMP as workers_scan
 * Threads  everything in struct workers is under `lock`, but for what a comment excepts
 * Source   workers.c calls, crew.c keeps the books, foreman.c talks to zygotes,
 *          talk.c talks to one worker
 *
 *   SPAWN sent -> STARTING -UP-> IDLE <-> BUSY -> DEAD (socket closed) -GONE-> freed
 */
#ifndef WORKER_CREW_H
#define WORKER_CREW_H

#include <pthread.h>

#include "base/fdio.h"
#include "worker/accounts.h"
#include "worker/workers.h"

enum link_state { LINK_STARTING, LINK_IDLE, LINK_BUSY, LINK_DEAD };

/* One worker, as its client sees it. */
struct crew_link {
	struct crew_link *next;		/* in generation->links */
	struct generation *of;
	uint32_t number, pid;
	int sock;			/* a BUSY link's belongs to its caller, without the lock */
	enum link_state state;
	int64_t up_by;			/* STARTING: a worker that is not ready by then hangs */
	int64_t up_us;			/* when it was ready for the first time */
	bool bye;			/* caller's while BUSY: said that it ends after this answer */
	bool kill;			/* the foreman shall have it killed */
	bool gone;			/* reaped; status holds what waitpid said */
	int status;
};

/* One zygote. The newest one in use is workers->current. */
struct generation {
	struct generation *next;
	uint32_t id;
	int channel;			/* read and written by the foreman only */
	struct crew_link *links;
	size_t n_asked, n_starting, n_idle, n_busy;
	bool retired;			/* another one took over */
	bool dead;			/* its channel ended */
	int64_t delay_ms, retry_ms;	/* back-off after workers that failed to start */
};

/* A thread that waits for a worker; on its own stack. */
struct waiter {
	struct waiter *next;
	int64_t key;			/* who is smaller goes first */
	int64_t after_us;		/* takes only workers that were ready after that */
	struct crew_link *link;		/* what it got */
	pthread_cond_t wake;
};

struct workers {
	struct log_ctx lc;
	pthread_mutex_t lock;
	pthread_cond_t news;		/* a link is gone, a generation dead */
	pthread_t foreman;
	int wake;			/* eventfd: the foreman has something to do */
	bool stopping;
	bool hopeless;			/* no zygote will come soon: without a current one nobody waits */
	struct pool *pool;		/* limits of all snapshots so far: callers may still use them */
	const struct limits *lim;
	struct worker_conf opts;
	struct generation *generations, *current;
	uint32_t last_generation;
	struct waiter *waiters;
	size_t n_waiting;
	struct accounts *accounts;
	struct workers_status counts;	/* scanned ... refused */
};

/* How a talk with a worker ended. */
enum crew_end { CREW_WELL, CREW_LOST, CREW_LATE };

/* What somebody wants who comes for a worker. */
struct crew_wish {
	uint64_t size;			/* of the message */
	int64_t until_ms;		/* how long it may wait */
	int64_t after_us;		/* 0: any worker; else one that was not there before */
};
enum rc crew_take(struct workers *, const struct crew_wish *, struct crew_link **, const char **why) MUST_CHECK;
/* Give it back. After CREW_LOST *status is what waitpid said, or -1 when nobody knows. */
void crew_put(struct workers *, struct crew_link *, enum crew_end, int *status);

/* Under the lock: */
void crew_offer(struct workers *, struct crew_link *);		/* a STARTING or BUSY link is free */
void crew_drop(struct workers *, struct crew_link *, bool kill);	/* close its socket; DEAD from now on */
size_t crew_wanted(const struct workers *);			/* workers to ask the current zygote for */
void crew_end_generation(struct workers *, struct generation *);	/* its idle links go */
void crew_poke(struct workers *);				/* wake the foreman */
bool crew_in_vain(const struct workers *);			/* nobody need wait */
void crew_wake_all(struct workers *);				/* let every waiter look whether it still should */

/* The foreman's thread; arg is struct workers. */
void *foreman_main(void *arg);

/* Send a job, hear the answer. *out is the body of the frame with the tag `want`, in `in`. */
enum crew_end talk(struct workers *, struct crew_link *, const struct fdio_frame *job, enum wire_tag want,
    int64_t until_ms, struct buf *in, struct str *out);
/* A descriptor of the same file through which a worker cannot write; -1 when that fails. */
int talk_read_only(int fd);

#endif
