/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* reply.h - the one place where an outcome becomes an answer to the MTA
 *
 * Input    an outcome, or one of our own reasons not to go on
 * Units    none
 * Limits   those of policy/reply.h
 * Memory   none kept; libmilter copies the text
 * Errors   a reply that libmilter refuses leaves the MTA's default text for the same status
 * Threads  that of the callback
 * Source   libmilter's smfi_setreply: '%' is doubled, no CR, no LF
 */
#ifndef MILTER_REPLY_H
#define MILTER_REPLY_H

#include <libmilter/mfapi.h>

#include "policy/policy.h"

/* Reasons that are no outcome of policy. */
enum refusal {
	REFUSAL_SESSIONS,	/* sessions_max connections are open */
	REFUSAL_RECIPIENTS,	/* too many for one message */
	REFUSAL_EDIT,		/* the MTA did not take our changes */
	REFUSAL_STORE,		/* ledger or quarantine did not take the message */
	REFUSAL_N
};

/* The answer at the end of a message. `id` is what the sender can refer to. */
sfsistat reply_message(SMFICTX *, const struct outcome *, const char *id);
/* The answer to HELO, MAIL, RCPT: go on unless policy turns the client away. */
sfsistat reply_phase(SMFICTX *, const struct outcome *, const char *id);
/* Not at CONNECT, where libmilter allows no text. */
sfsistat reply_refusal(SMFICTX *, enum refusal);

#endif
