/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* smtp_send.h - give one message to a mail server of our own
 *
 * Input    a message as it is stored, lines put in front of it; addresses that smtp_probe_can lets by. Bare LF
 *          and bare CR at a line's end go out as CRLF
 * Units    bytes; deadlines are monotonic milliseconds
 * Limits   the deadline, for all of it; SMTP_SEND_REPLY bytes of what the server said
 * Memory   none kept; the position of fd is not moved
 * Errors   RC_OK: the server has taken it for all recipients. RC_BAD: it says 5xx, or the mail cannot be said in SMTP.
 *          RC_TEMP: 4xx, no connection, no answer in time. When the answer to the last line of the message is missing
 *          nobody can say whether it was taken: RC_TEMP and *unknown. For one recipient that is refused it goes to nobody
 * Threads  reentrant. It blocks
 * Source   RFC 5321; RFC 1870 (SIZE), RFC 6152 (8BITMIME), RFC 6531 (SMTPUTF8) when offered. libcurl connects, says
 *          EHLO and STARTTLS (CURLOPT_CONNECT_ONLY); the transaction is ours, as libcurl's own neither says 8BITMIME
 *          nor tells how far it came
 */
#ifndef NET_SMTP_SEND_H
#define NET_SMTP_SEND_H

#include "base/buf.h"
#include "base/rc.h"

enum { SMTP_SEND_REPLY = 1024 };

enum smtp_tls {
	SMTP_TLS_NO,
	SMTP_TLS_TRY,			/* when offered; certificates are not looked at */
	SMTP_TLS_MUST			/* and its certificate must be good */
};

struct smtp_mail {
	struct str server;		/* host:port; without a port 25 */
	struct str helo;		/* empty: the name of this machine */
	struct str from;		/* empty: the null sender */
	const struct str *rcpts;
	size_t n_rcpts;
	const struct str *head;		/* header lines put in front, without line end but between their folds (CRLF) */
	size_t n_head;
	int fd;				/* the message, `size` bytes from its beginning */
	uint64_t size;
	int tls;			/* enum smtp_tls */
	struct str ca_file;		/* empty: those of the system */
	bool *unknown;			/* or NULL */
};

/* reply: what the server said last, or what went wrong, on one line. */
enum rc smtp_send(const struct smtp_mail *, int64_t deadline_ms, struct buf *reply) MUST_CHECK;

#endif
