/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* ground.h - what must be in place before the first process: user, folders, lock, sockets, signals
 *
 * Input    the configuration
 * Units    none
 * Limits   GROUND_GROUPS groups of the user
 * Memory   descriptors are the caller's
 * Errors   RC_BAD the configuration names what does not exist, RC_LIMIT another one runs here,
 *          RC_TEMP the system refuses; `why` says it
 * Threads  none yet
 * Source   flock(2), initgroups(3), signalfd(2)
 */
#ifndef MILTER_GROUND_H
#define MILTER_GROUND_H

#include <sys/types.h>

#include "base/buf.h"
#include "base/rc.h"
#include "conf/conf.h"

enum { GROUND_GROUPS = 256 };

struct ground {
	bool change;			/* processes that face the network become `user` */
	char user[64];
	uid_t uid;
	gid_t gid, groups[GROUND_GROUPS];
	int n_groups;
	int lock, milter, control;	/* descriptors; control -1: none wanted */
};

struct gate_conf;

/* Only the user, for programs that have no folders of their own. */
enum rc ground_user(const struct gate_conf *, struct ground *, struct buf *why) MUST_CHECK;
enum rc ground_open(const struct conf *, struct ground *, struct buf *why) MUST_CHECK;
/* No one can connect any more; the names of unix sockets go away. */
void ground_close_sockets(const struct conf *, struct ground *);
/* In a child, for good. */
enum rc ground_become(const struct ground *) MUST_CHECK;
/* The signals that ask a program to stop, reload or open its log anew come on this descriptor, as
 * does `more` unless it is 0; SIGPIPE is ignored. -1: the system refuses. */
int ground_signals(int more);

#endif
