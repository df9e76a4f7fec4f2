/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* master.h - the process that starts the others, and what its files share
 *
 * Input    the configuration; signals; frames of its own children. No mail, no network data
 * Units    milliseconds, monotonic
 * Limits   SETS sets of engines at once (one serves, one loads, the rest drain)
 * Memory   everything lives as long as the process
 * Errors   master_main returns a value of sysexits(3)
 * Threads  none: one loop
 * Source   lib/README.md, "Processes"
 */
#ifndef MILTER_MASTER_H
#define MILTER_MASTER_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/fdio.h"
#include "base/pulse.h"
#include "milter/ground.h"
#include "milter/link.h"
#include "worker/zygote.h"

enum { SETS = 6, BACKOFF_FIRST_MS = 500, BACKOFF_MAX_MS = 60000, STEADY_MS = 60000, PRINT_BYTES = 256 };

/* How long to wait before the next try of something that keeps dying. */
struct backoff {
	int64_t started;		/* of the last try; 0: none yet */
	int64_t wait_ms;
};

/* One zygote with its engines. */
struct set {
	enum { SET_FREE, SET_LOADING, SET_SERVING, SET_DRAINING } state;
	struct zygote zygote;
	struct conf *conf;		/* held */
	int64_t deadline;		/* LOADING: ready by then; DRAINING: gone by then */
	struct pulse pulse;		/* once it was ready */
	char print[PRINT_BYTES];	/* fingerprint of the files it loads */
	struct buf info;		/* body of WIRE_READY */
};

/* A child that answers on a socket: the gate, the jobs process. */
struct keeper {
	pid_t pid;			/* 0: it does not run */
	int link;
	bool up;			/* it serves the MTA */
	int64_t start_at;		/* 0: not wanted now */
	struct pulse pulse;
	int64_t answered;		/* last word of it */
	struct backoff backoff;
};

struct master {
	const char *path;		/* configuration, NULL: the default place */
	struct conf *conf;		/* in force */
	struct conf *started;		/* what options that need a restart have */
	struct log_ctx lc;
	struct ground ground;
	struct set sets[SETS];
	struct keeper gate;
	struct keeper clerk;		/* the jobs process */
	struct backoff backoff;		/* of loading */
	struct conf *next;		/* to load; NULL: nothing to load */
	int64_t load_at;
	bool hopeless;			/* no set serves, and the last try to load one failed */
	bool ready;			/* the first set served; from then on nothing is fatal */
	bool stopping;
	int64_t stop_by, close_by;	/* stopping: the gate is killed, the sockets are closed */
	int exit_status;		/* >= 0: leave the loop */
	int ready_fd;			/* who started us in the background waits there, or -1 */
	/* reload */
	bool reloading, again;
	uint32_t ticket;		/* highest that asked */
	struct buf left_out;		/* what the set that loads does without, a line each */
	char seen[PRINT_BYTES], tried[PRINT_BYTES];
	int64_t look_at;
	struct buf in;			/* one frame */
};

int master_main(const char *path, bool foreground);

/* sets.c */
void sets_tick(struct master *);		/* start what is due, end what is late */
void sets_frame(struct master *, struct set *);	/* its socket is readable */
bool sets_dead(struct master *, pid_t, int status);	/* false: not one of ours */
struct set *sets_serving(struct master *);
void sets_end(struct master *);			/* at the very end */
void sets_fingerprint(const struct conf *, char out[PRINT_BYTES]);

/* child.c */
/* A process of this program that is the user of the ground; false: it could not be started. */
bool child_start(const struct master *, struct keeper *, char *const argv[]);
bool child_hear(struct master *, struct keeper *, struct fdio_frame *);	/* false: its link is closed */
bool child_dead(struct keeper *, pid_t);	/* false: it is another one */
void child_again(const struct master *, struct keeper *, const char *whom, int status);	/* it died: when to try again */
void child_kill(struct keeper *);

/* keeper.c */
void keeper_tick(struct master *);
void keeper_frame(struct master *);
bool keeper_dead(struct master *, pid_t, int status);
void keeper_say(struct master *, enum link_tag, struct str body, const int *fds, size_t n_fds);
/* Hand the serving set to the gate, with its configuration when `conf`. */
void keeper_hand_over(struct master *, bool conf);
void keeper_stop(struct master *);

/* clerk.c */
void clerk_tick(struct master *);
void clerk_frame(struct master *);
bool clerk_dead(struct master *, pid_t, int status);
void clerk_conf(struct master *);		/* another configuration is in force */
void clerk_stop(struct master *);

/* reload.c */
void reload_ask(struct master *, uint32_t ticket, const char *why);
void reload_done(struct master *, enum rc, struct str text);
void reload_look(struct master *);		/* have files changed? */

/* master.c */
void master_fatal(struct master *, int status, struct str text);
void master_up(struct master *);
bool master_asks(struct master *, struct pulse *, pid_t, const char *whom);	/* true: ask it now */
int64_t backoff_next(struct backoff *);		/* when to try again */

#endif
