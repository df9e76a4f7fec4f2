/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* smtp_reply.h - the answers of an SMTP server, as its bytes come
 *
 * Input    bytes of any server, in pieces of any size
 * Units    bytes
 * Limits   SMTP_LINE bytes of a line, SMTP_LINES lines of a reply
 * Memory   none but the struct
 * Errors   SMTP_GARBAGE, for good: what is no reply, or goes over a limit
 * Threads  one owner
 * Source   RFC 5321 4.2 and 4.5.3.1.5 (512 bytes; some servers say more); RFC 3463 for enhanced codes
 */
#ifndef NET_SMTP_REPLY_H
#define NET_SMTP_REPLY_H

#include "base/str.h"

enum { SMTP_LINE = 2048, SMTP_LINES = 128 };

enum smtp_state { SMTP_MORE, SMTP_WHOLE, SMTP_GARBAGE };

struct smtp_reply {
	enum smtp_state state;
	int code;			/* 200 to 599 */
	int class, subject, detail;	/* 5.1.1 of the last line; class 0: none was said */
	bool smtputf8;			/* a line of it names this extension */
	char line[SMTP_LINE];		/* the last line without its end; what went before is forgotten */
	size_t n;
	unsigned lines;
	bool ended;			/* the line is complete */
};

void smtp_reply_init(struct smtp_reply *);
/* Take bytes until the reply is whole; returns how many were taken. */
size_t smtp_reply_feed(struct smtp_reply *, struct str);

#endif
