/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* dns_resolver.h - questions on their way to libunbound and back
 *
 * Input    names as dns_name_key makes them
 * Units    milliseconds on the monotonic clock
 * Limits   conf.inflight_max questions on their way
 * Memory   a question belongs to who made it until dns_question_drop; while it is on its way the
 *          resolver holds it, too
 * Errors   dns_send says at once what will have no answer
 * Threads  any; a question belongs to one thread, its answer is written by the dispatcher
 * Source   libunbound(3)
 */
#ifndef NET_DNS_RESOLVER_H
#define NET_DNS_RESOLVER_H

#include <pthread.h>

#include "net/dns_in.h"

struct dns_question {
	struct dns_question *next, *prev;	/* of those on their way */
	struct dns *dns;
	pthread_cond_t *waiter;		/* NULL: nobody waits any more */
	bool open;			/* libunbound has it */
	bool probe;			/* sent to a resolver that seems dead: not worth a long wait */
	enum dns_type type;
	struct dns_packed *packed;	/* once answered */
	char key[];
};

/* False: dns.enable = no. */
bool dns_is_on(const struct dns *);
/* Questions are on their way, the first since phase_ms, and no answer came to any. */
bool dns_is_silent(struct dns *);
/* The answer from the cache with one holder, or NULL. */
struct dns_packed *dns_known(struct dns *, enum dns_type, const char *key);

struct dns_question *dns_question_new(struct dns *, enum dns_type, const char *key);
/* DNS_OK: it is on its way, `waiter` is signalled when it is answered. Otherwise it stays without
 * answer for that reason. */
enum dns_rc dns_send(struct dns_question *, pthread_cond_t *waiter);
bool dns_question_is_open(struct dns_question *);
/* NULL: no answer until the deadline. The answer belongs to the question. */
const struct dns_packed *dns_wait(struct dns_question *, int64_t deadline_ms);
/* Not needed any more, answered or not. */
void dns_question_drop(struct dns_question **);

#endif
