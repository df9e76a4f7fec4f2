/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* link_service_rows.h - each service: how it is asked and what its answers mean
 *
 * Input    a URL that may be told; an answer of its server, parsed
 * Units    points in tenths
 * Limits   LINK_SERVICE_FOUND bytes of what it found
 * Memory   questions live in the pool
 * Errors   SERVICE_FAILED for every answer that the documents do not have
 * Threads  reentrant
 * Source   link_service_rows.c
 */
#ifndef CHECK_LINK_SERVICE_ROWS_H
#define CHECK_LINK_SERVICE_ROWS_H

#include <json-c/json.h>

#include "check/link_service.h"

enum service_outcome {
	SERVICE_HIT,
	SERVICE_NO_HIT,
	SERVICE_UNKNOWN,	/* it answers that it cannot say: kept, but it is no answer about the link */
	SERVICE_FAILED,
	SERVICE_REFUSED,	/* the key is not good */
	SERVICE_QUOTA		/* too many questions */
};

/* What may be told. */
struct service_asked {
	struct str url, host;		/* url: http or https, without user and fragment */
	bool is_address;		/* host is dotted, or IPv6 without brackets */
	struct str key;			/* or empty */
};

struct service_question {
	struct str url;			/* of the request */
	struct str form;		/* POST, or empty: GET */
};

struct service_row {
	const char *name, *agent;
	const char *key_header;		/* NULL: the key is in the form */
	unsigned sends;			/* 1 << enum link_sent */
	bool key_needed;
	struct { enum class class; int score; } page, host;	/* a hit */
	void (*ask)(struct pool *, struct str base, enum link_sent, const struct service_asked *,
	    struct service_question *out);
	/* o: NULL when there is no JSON. The statuses that all services share were seen before. */
	enum service_outcome (*read)(enum link_sent, long status, struct json_object *o, int64_t engines,
	    struct buf *found);
};

extern const struct service_row service_rows[LINK_SERVICES];

enum service_outcome service_read(const struct service_row *, enum link_sent, long status, struct str body, int64_t engines,
    struct buf *found);

#endif
