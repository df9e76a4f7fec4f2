/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* settings.h - the list of all option tables of the house
 *
 * Input    none
 * Units    none
 * Limits   none
 * Memory   constants
 * Errors   none
 * Threads  constants only
 * Source   sekimori.conf.5 is generated from it, in this order
 */
#ifndef GATE_SETTINGS_H
#define GATE_SETTINGS_H

#include "conf/conf.h"

/* Options of the gate itself: sockets, folders, log, users. */
struct gate_conf {
	struct str milter_socket;	/* milter spec: unix:/path, inet:port@host, inet:host:port ... */
	int64_t milter_socket_mode;	/* permission bits of a unix socket, octal */
	struct str milter_socket_group;
	struct str control_socket;	/* path */
	struct str user;		/* gate, zygote and workers run as; empty: stay */
	struct str state_dir;		/* /var/lib/sekimori */
	struct str run_dir;		/* /run/sekimori: lock file, sockets */
	struct str rules_dir;		/* shipped rules; never empty once loaded by settings_load */
	int log_format;			/* enum log_format */
	int log_level;
	int log_to;			/* 0 stderr, 1 syslog */
	int64_t spool_memory_max;	/* larger messages go to an unlinked file */
	struct str spool_dir;
	int64_t message_max;		/* larger messages are tempfailed by policy limit */
	int64_t sessions_max;		/* connections at once; beyond: 421 */
	int64_t refusals_max;		/* bytes of STATE_DIR/refusals.jsonl; 0: not kept */
	int64_t drain_ms;		/* how long a stop waits for messages at work */
	int64_t progress_ms;		/* how often a waiting MTA hears that its message is still at work */
	int64_t hang_ms;		/* how long a child may leave a question of the master open */
	int64_t check_files_ms;		/* how often databases and rules are looked at for changes */
};
extern const struct opt_table gate_table;

extern const struct opt_table *const settings[];	/* ended by NULL */

#define SETTINGS_PATH SEKIMORI_CONF_DIR "/sekimori.conf"

/* Where the shipped rules are: beside the build folder this program runs from, else the
 * place they are installed to. */
void settings_rules_dir(struct buf *out);

/* Load the operator's file with the presets of the rules folder. path NULL: the default
 * place when it exists, else defaults only. */
enum rc settings_load(const char *path, struct conf **out, struct buf *errors) MUST_CHECK;

/* The same for a process that runs: options that only a restart applies keep the values they have
 * in `running`. waits: the keys of which the file says something else, one a line. */
enum rc settings_reload(const char *path, const struct conf *running, struct conf **out, struct buf *errors,
    struct buf *waits) MUST_CHECK;

#endif
