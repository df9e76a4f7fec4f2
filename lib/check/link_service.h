/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* link_service.h - what reputation services of others say about a link, over HTTP
 *
 * Input    URLs of messages and of clicks; answers of servers
 * Units    milliseconds; points in tenths
 * Limits   LINK_SERVICE_URL bytes of a URL; per_minute and per_day questions of each service;
 *          LINK_SERVICE_ANSWER bytes of an answer; nobody waits longer than wait_ms
 * Memory   LINK_SERVICE_KEPT answers, once a service is in use
 * Errors   none while asking: whatever is no answer as its documents have it is none. RC_BAD: keys
 *          that cannot be read, `why` has a line for each
 * Threads  any; _reload and _close by one thread at a time
 * Source   link_service_rows.c names the documents of each
 *
 * want sends what is not known yet and returns; get waits for it. An answer that comes later is kept. A service that does
 * not answer, that refuses the key or that has had enough questions is left alone for break_ms, then asked one question.
 * Never sent: what leads to this site, to links.allow or to no public host, user names, fragments.
 */
#ifndef CHECK_LINK_SERVICE_H
#define CHECK_LINK_SERVICE_H

#include "conf/conf.h"
#include "link/url.h"
#include "scan/class.h"

#include "base/log.h"

enum { LINK_SERVICE_URL = 2000, LINK_SERVICE_ANSWER = 256 * 1024, LINK_SERVICE_KEPT = 16384, LINK_SERVICE_FOUND = 64 };

enum link_service { LINK_URLHAUS, LINK_PHISHTANK, LINK_VIRUSTOTAL, LINK_SERVICES };

/* How much of a link a service is told. */
enum link_sent { LINK_SENT_OFF, LINK_SENT_HOST, LINK_SENT_HASH, LINK_SENT_URL };

struct link_service_conf {
	struct link_service_one {
		int send;		/* enum link_sent */
		struct str key_file, url;
		int64_t per_minute, per_day;
	} of[LINK_SERVICES];
	bool query;			/* what is behind '?' is told, too */
	int64_t per_message;		/* questions */
	int64_t wait_ms, timeout_ms;	/* for an answer: of mail, of the request */
	int64_t hit_ms, no_hit_ms;	/* how long an answer is kept */
	int64_t break_ms;
	int64_t engines;		/* VirusTotal: as many must agree */
};
extern const struct opt_table link_service_table;

enum link_heard {
	LINK_NOT_ASKED,		/* nobody is to be asked about it, or it was not wanted */
	LINK_NO_ANSWER,		/* says nothing about the link */
	LINK_NO_HIT,
	LINK_HIT
};

struct link_said {
	const char *service;		/* "urlhaus" */
	enum link_heard heard;
	enum class class;		/* of a hit, with its points */
	int score;
	struct str found;		/* "malware_download" */
};

struct link_service_status {
	const char *service, *state;	/* "ok", "silent", "refused", "quota" */
	int64_t again_ms;		/* how long it is left alone; 0: in use */
	uint64_t asked, hits, kept;	/* questions sent; hits among their answers; answered from what is kept */
	uint64_t failed, over;		/* no answer; not sent, as the minute or the day has no more */
};

struct link_services;

enum rc link_services_open(const struct conf *, struct log_ctx, struct link_services **out, struct buf *why) MUST_CHECK;
/* On RC_BAD all stays as it was. */
enum rc link_services_reload(struct link_services *, const struct conf *, struct buf *why) MUST_CHECK;
void link_services_close(struct link_services **);
/* Can the keys be read? Asks nothing. */
enum rc link_services_try(const struct conf *, struct buf *why) MUST_CHECK;

/* Questions for one message; 0: no service is in use. */
size_t link_services_budget(struct link_services *);
/* What would be sent about a link: the same for links that are asked alike, empty when nothing is. */
struct str link_services_question(struct link_services *, struct pool *, const struct url *);
/* Send at most `max` questions that have no answer yet. Returns how many there were. */
size_t link_services_want(struct link_services *, struct pool *, const struct url *, size_t max);
/* Wait for what was sent. One row for each service in use; returns how many. NULL: none. */
size_t link_services_get(struct link_services *, struct pool *, const struct url *, struct link_said out[LINK_SERVICES]);

size_t link_services_status(struct link_services *, struct link_service_status out[LINK_SERVICES]);

#endif
