/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* server.h - HTTP by libmicrohttpd
 *
 * Input    a listening socket
 * Units    milliseconds
 * Limits   click.connections_max, click.client_max, click.timeout_ms; SERVER_MEMORY for a request's line
 *          and fields; SERVER_AGE_MS for a whole request
 * Memory   a pool for each request
 * Errors   server_start: RC_TEMP
 * Threads  click.threads of libmicrohttpd call web_answer; the rest one
 * Source   libmicrohttpd(3). The fields that make browsers careful go with each answer
 */
#ifndef WEB_SERVER_H
#define WEB_SERVER_H

#include "web/web.h"

enum { SERVER_MEMORY = 96 * 1024, SERVER_AGE_MS = 60000 };

struct server;

/* The socket is taken. */
enum rc server_start(struct web *, int fd, struct server **out, struct buf *why) MUST_CHECK;
void server_tick(struct server *);	/* now and then */
void server_stop(struct server **);

#endif
