/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* gate_ops.h - what the gate does for the operator's control socket
 *
 * Input    requests of control.h; answers of the master
 * Units    milliseconds
 * Limits   RELOAD_WAIT_MS for the master's answer
 * Memory   answers live in the request's pool
 * Errors   as control.h says
 * Threads  any; the lock guards what the master's thread changes
 * Source   link.h
 */
#ifndef MILTER_GATE_OPS_H
#define MILTER_GATE_OPS_H

#include <limits.h>
#include <pthread.h>

#include "check/services.h"
#include "gate/control.h"
#include "gate/pipeline.h"
#include "milter/link.h"

enum { RELOAD_WAIT_MS = 15 * 60 * 1000, RELOAD_TEXT = 64 * 1024 };

struct gate_process {
	struct gate gate;
	struct services services;	/* gate.services */
	struct conf *first;		/* as the process began: what only a restart changes */
	char conf_path[PATH_MAX];
	int64_t started_ms;
	struct control_ops ops;
	pthread_mutex_t lock;		/* guards what follows */
	pthread_cond_t answered;
	struct buf info;		/* wire_put_info of the engines in force */
	uint32_t asked, done;		/* reload tickets */
	enum rc reload_rc;
	struct buf reload_text;
	int64_t reload_ms;
};

void gate_ops_init(struct gate_process *);
void gate_ops_say(struct gate_process *, enum link_tag, struct str body);
void gate_ops_engines(struct gate_process *, struct str info);
void gate_ops_reloaded(struct gate_process *, struct str body);

#endif
