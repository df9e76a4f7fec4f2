/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* envelope.h - the options that say where a message came from and whom it is for
 *
 * Input    --ip --hostname --helo --from --rcpt --auth-results of scan and explain
 * Units    none
 * Limits   CONTROL_RCPTS recipients
 * Memory   values point into argv; envelope_session's list lives in the envelope
 * Errors   envelope_take: false when there are too many recipients or the address is none
 * Threads  one
 * Source   letters as in rspamc(1)
 */
#ifndef CTL_ENVELOPE_H
#define CTL_ENVELOPE_H

#include "args.h"
#include "gate/control_msg.h"

/* They stand first in a verb's table of options, so that indices agree. */
enum { ENVELOPE_IP, ENVELOPE_NAME, ENVELOPE_HELO, ENVELOPE_FROM, ENVELOPE_RCPT, ENVELOPE_AUTHRES, ENVELOPE_OPTS };

#define ENVELOPE_ROWS \
	[ENVELOPE_IP] = { 'i', "ip", "ADDRESS", "Address of the SMTP client." }, \
	[ENVELOPE_NAME] = { 0, "hostname", "NAME", "Verified host name of the client; else it has none." }, \
	[ENVELOPE_HELO] = { 0, "helo", "NAME", "What the client said in HELO." }, \
	[ENVELOPE_FROM] = { 'F', "from", "ADDRESS", "Envelope sender." }, \
	[ENVELOPE_RCPT] = { 'r', "rcpt", "ADDRESS", "Envelope recipient; may be given again." }, \
	[ENVELOPE_AUTHRES] = { 0, "auth-results", "TEXT", "Authentication-Results to believe." }

struct envelope {
	struct session session;
	struct str rcpts[CONTROL_RCPTS];
};

/* Take the value of option i < ENVELOPE_OPTS; NULL, or why it is wrong. */
const char *envelope_take(struct envelope *, int i, const char *value);

#endif
