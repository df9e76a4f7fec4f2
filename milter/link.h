/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* link.h - what master and gate say to each other
 *
 * Input    frames of the other process (base/fdio.h); both are ours and the same build
 * Units    milliseconds
 * Limits   LINK_BODY bytes a frame
 * Memory   none
 * Errors   none
 * Threads  constants only
 * Source   this file. Tags do not overlap those of worker/wire.h. A ticket is a u32,
 *          little-endian; a reload is answered with the ticket it was asked with
 */
#ifndef MILTER_LINK_H
#define MILTER_LINK_H

/* argv[1] that makes a sekimorid a gate, and the descriptor it finds the master on. */
#define GATE_ARG "--gate"
#define JOBS_ARG "--jobs"	/* the same, for the jobs process: START, CONF, PING, STOP; UP, PONG */
enum { LINK_FD = 3 };

enum link_tag {
	/* master -> gate */
	LINK_START = 64,	/* fds: configuration, milter socket, control socket; body: path of the configuration */
	LINK_CONF,		/* fd: configuration from now on */
	LINK_ENGINES,		/* fd: channel to the zygote from now on; body: its wire_put_info */
	LINK_SUSPEND,		/* no zygote for a while */
	LINK_HOPELESS,		/* and none soon: nobody need wait for it */
	LINK_PING,
	LINK_STOP,		/* answer what is at work, then exit */
	LINK_RELOADED,		/* body: ticket, one byte enum rc, text */
	/* gate -> master */
	LINK_UP,		/* the MTA is being served */
	LINK_PONG,
	LINK_CLOSED,		/* no further connection of the MTA is taken; answers go on */
	LINK_RELOAD		/* body: ticket */
};

enum { LINK_BODY = 256 * 1024, LINK_SEND_MS = 2000 };

#endif
