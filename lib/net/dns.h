/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* dns.h - ask names together, wait for the answers once
 *
 * Input    names in presentation form, without or with the final dot; answers of any server
 * Units    milliseconds on the monotonic clock; ttl in seconds
 * Limits   DNS_BATCH_QUESTIONS per batch, of them DNS_BATCH_WANTED by dns_want, DNS_RECORDS of an
 *          answer, DNS_TEXT bytes of a text; conf.inflight_max questions of the whole process
 * Memory   answers live in the batch's pool
 * Errors   every question has an answer, see enum dns_rc; none is left open after the deadline
 * Threads  one dispatcher per struct dns; a batch belongs to one thread at a time
 * Source   RFC 1035, RFC 2308, RFC 7208 4.6.4 for why "no data" and "no name" stay apart;
 *          libunbound(3)
 *
 * dns_want sends a question and returns at once; dns_get waits. What a phase needs is wanted
 * first and read later, so a server that does not answer costs the deadline once, not per name.
 */
#ifndef NET_DNS_H
#define NET_DNS_H

#include "base/buf.h"
#include "base/log.h"
#include "base/pool.h"
#include "base/rc.h"
#include "base/str.h"
#include "conf/opt.h"

enum {
	DNS_SILENT_MS = 500,		/* how long a resolver is waited for that has not answered for a phase */
	DNS_BATCH_QUESTIONS = 512,
	DNS_BATCH_WANTED = 480,		/* the rest is for what follows from the answers */
	DNS_RECORDS = 256, DNS_TEXT = 16 * 1024, DNS_NAME = 253
};

enum dns_type { DNS_A = 1, DNS_NS = 2, DNS_SOA = 6, DNS_PTR = 12, DNS_MX = 15, DNS_TXT = 16, DNS_AAAA = 28 };

enum dns_rc {
	DNS_OK,			/* there are records */
	DNS_NODATA,		/* the name exists, but not with this type */
	DNS_NXDOMAIN,		/* no such name */
	DNS_FAIL,		/* SERVFAIL, REFUSED, an answer that cannot be read */
	DNS_TIMEOUT,		/* no answer before the deadline */
	DNS_BAD_NAME,		/* cannot be asked: empty or too long label, over 253 bytes */
	DNS_OFF			/* no resolver here: dns.enable = no, or outside the gate */
};

struct dns_record {
	struct str text;	/* TXT: its strings joined, any bytes; PTR, MX, NS: the name in lower
				 * case without the final dot; A, AAAA: the address as text */
	unsigned char addr[16];	/* A: the first four bytes; AAAA: all */
	uint16_t preference;	/* MX */
};

struct dns_answer {
	enum dns_rc rc;
	const struct dns_record *records;
	size_t n;
	uint32_t ttl;
	bool unasked;			/* FAIL, TIMEOUT: too late or too many: it says nothing about the server */
};

struct dns_conf {
	bool enable;
	struct opt_list forward;	/* "192.0.2.1" or "192.0.2.1@5353"; empty: ask the root servers */
	bool resolv_conf;		/* without `forward`, take the servers of /etc/resolv.conf */
	int64_t phase_ms;		/* deadline of the questions of one SMTP phase */
	int64_t message_ms;		/* deadline of the questions of a message */
	int64_t inflight_max;		/* questions at once; beyond they fail */
	int64_t cache_size;		/* bytes */
	int64_t ttl_min, ttl_max;	/* bounds of what is kept, milliseconds */
};
extern const struct opt_table dns_table;

struct dns_stats {
	uint64_t questions;		/* that went beyond the cache */
	uint64_t answers, failures;	/* what came back; answers include "no such name" */
	uint64_t timeouts;		/* waited for until the deadline, in vain */
	uint64_t dropped;		/* over inflight_max */
	uint64_t refused;		/* not waited for, as the resolver is dead */
	uint64_t cached;		/* answered without asking */
	uint64_t inflight;
	bool dead;			/* no answer to many questions in a row: only probes are sent */
};

struct dns;
struct dns_batch;

/* RC_BAD: the configuration cannot be used, `why` says it. With enable = no there is a resolver
 * that answers DNS_OFF. */
enum rc dns_new(const struct dns_conf *, struct log_ctx, struct dns **out, struct buf *why) MUST_CHECK;
void dns_free(struct dns **);
void dns_stats(struct dns *, struct dns_stats *);

/* Questions that share a deadline. dns may be NULL: everything is DNS_OFF. */
struct dns_batch *dns_batch_new(struct dns *, struct pool *, int64_t deadline_ms);
/* What is still open is cancelled. */
void dns_batch_free(struct dns_batch **);
/* Another deadline for what is asked or waited for from now on: the next phase. */
void dns_batch_deadline(struct dns_batch *, int64_t deadline_ms);
/* A later deadline for what is asked for the first time from now on; what was asked keeps its own. */
void dns_batch_later(struct dns_batch *, int64_t deadline_ms);
/* Forget what was asked, so that all questions are left again. Answers stay in the pool. */
void dns_batch_clear(struct dns_batch *);

/* Ask, do not wait. The same question twice is one. No batch is one without resolver. */
void dns_want(struct dns_batch *, enum dns_type, struct str name);
/* Would dns_get wait? False also for what was never asked and for no batch. */
bool dns_is_open(struct dns_batch *, enum dns_type, struct str name);
/* Wait for one answer, asking first when that was not done. Never NULL. */
const struct dns_answer *dns_get(struct dns_batch *, enum dns_type, struct str name);

/* "2.0.0.127" for 127.0.0.2, nibbles for IPv6: for lists; with `arpa` the whole name of the
 * reverse zone. STR_NONE when addr is no address. */
struct str dns_reverse(struct pool *, struct str addr, bool arpa);
const char *dns_rc_name(enum dns_rc);		/* "NXDOMAIN" */
const char *dns_type_name(enum dns_type);	/* "TXT" */

#endif
