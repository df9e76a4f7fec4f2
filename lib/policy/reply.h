/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* reply.h - an outcome in the words of SMTP
 *
 * Input    an outcome; the reference that the sender can ask with
 * Units    none
 * Limits   REPLY_TEXT bytes of text; what does not fit is cut
 * Memory   the caller's struct
 * Errors   none: what cannot be printed becomes '?'
 * Threads  reentrant
 * Source   RFC 5321 4.2, RFC 3463
 */
#ifndef POLICY_REPLY_H
#define POLICY_REPLY_H

#include "policy/policy.h"

enum { REPLY_TEXT = 400 };

struct reply {
	char code[4], enhanced[8];	/* "550", "5.7.1" */
	char text[REPLY_TEXT];
};

/* False: this outcome has no words of ours (accepted, discarded). */
bool reply_words(const struct outcome *, struct str id, struct reply *out);

#endif
