/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* zygote.h - the process that loads the engines and forks workers
 *
 * Input    the configuration as text in a descriptor; frames of its supervisor and clients
 * Units    none
 * Limits   worker_conf; ZYGOTE_CLIENTS, ZYGOTE_WORKERS
 * Memory   the engines, shared with every worker
 * Errors   zygote_start: RC_TEMP when the process cannot be started. Loading errors come
 *          back as WIRE_FAILED with text that names file and line
 * Threads  none: the zygote is single-threaded, and only it forks workers. Call
 *          zygote_start from a thread that lives until WIRE_READY: while it loads, the
 *          zygote is killed when the thread that started it ends
 * Source   lib/README.md, "Processes"
 *
 * The supervisor (sekimorid's master, or sekimorictl --local) keeps one end of a socket
 * pair; WIRE_CLIENT hands a channel to whoever wants workers. When the supervisor's end
 * closes, the zygote and all its workers die. SIGTERM, SIGINT, SIGHUP and SIGUSR1 are left
 * to the supervisor: the zygote and its workers do not take them.
 */
#ifndef WORKER_ZYGOTE_H
#define WORKER_ZYGOTE_H

#include <sys/types.h>

#include "base/log.h"
#include "conf/conf.h"
#include "engine/engine.h"

enum { ZYGOTE_CLIENTS = 64, ZYGOTE_WORKERS = 2048 };

struct zygote {
	pid_t pid;
	int supervisor;		/* our end: WIRE_READY, WIRE_FAILED, WIRE_WARNING, WIRE_PONG come from here */
};

/* argv[1] that makes a program a zygote; main() must call zygote_main for it first of all. */
#define ZYGOTE_ARG "--zygote"

/* Start this program again (/proc/self/exe) as a zygote with that configuration. */
enum rc zygote_start(const struct conf *, struct zygote *out) MUST_CHECK;
/* The same as another user with all of that user's groups; RC_BAD: no such user. */
enum rc zygote_start_as(const struct conf *, const char *user, struct zygote *out) MUST_CHECK;
/* Make a new channel through it: the caller's end of a socket pair. */
enum rc zygote_client(const struct zygote *, int *channel) MUST_CHECK;

/* Where the zygote's own lines go, once the configuration is known. */
typedef void zygote_log(struct log *, const struct conf *);

/* The whole life of a zygote; tables as in conf_parse. Returns the exit status. Without open_log
 * warnings and errors go to stderr, as a command for people wants it. */
int zygote_main(const struct opt_table *const *tables, zygote_log *open_log);

#endif
