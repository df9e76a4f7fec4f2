/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* reputation.h - what URLhaus, PhishTank and VirusTotal would answer, or what they should never
 *
 * Input    a request; a word in what is asked about, or for all requests, says what happens, see reputation.c
 * Units    none
 * Limits   REPUTATION_ASKED bytes of what is asked about
 * Memory   the caller's
 * Errors   none
 * Threads  reentrant
 * Source   the documents that check/link_service_rows.c names
 */
#ifndef TEST_NET_REPUTATION_H
#define TEST_NET_REPUTATION_H

#include <stdbool.h>

#include "base/buf.h"

enum { REPUTATION_ASKED = 4096, REPUTATION_BODY = 4 * 1024 * 1024 };

struct reputation {
	const char *status;		/* "200 OK" */
	struct buf body;
	bool hangs;
};

/* False: the path is none of theirs. mood: a word for all requests, or "". */
bool reputation_answer(const char *path, const char *body, const char *mood, struct reputation *out);

#endif
