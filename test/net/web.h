/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* web.h - an HTTP server for tests, as bad as asked for
 *
 * Input    requests of a client; the path says what happens, see web.c
 * Units    none
 * Limits   WEB_AT_ONCE connections at the same time
 * Memory   web_free
 * Errors   NULL: no socket or no thread
 * Threads  one of its own, and one for each connection
 * Source   RFC 9112
 */
#ifndef TEST_NET_WEB_H
#define TEST_NET_WEB_H

#include <stdint.h>

enum { WEB_REQUEST = 8192, WEB_AT_ONCE = 64 };

struct web;

/* Serves the files of `dir` below /file/; NULL: none. */
struct web *web_new(const char *dir);
uint16_t web_port(const struct web *);
/* The last request, with its header; valid until the next call. */
const char *web_last(struct web *);
int web_count(struct web *);
/* What all services of reputation.h do from now on; "": what is asked says it. */
void web_mood(struct web *, const char *word);
void web_free(struct web **);

#endif
