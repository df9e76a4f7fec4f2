/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* zone_data.h - the zone of the test server: read it, answer from it */
#ifndef NET_ZONE_DATA_H
#define NET_ZONE_DATA_H

#include "base/buf.h"
#include "base/pool.h"
#include "base/vec.h"

enum {
	ZONE_A = 1, ZONE_NS = 2, ZONE_CNAME = 5, ZONE_SOA = 6, ZONE_PTR = 12, ZONE_MX = 15, ZONE_TXT = 16,
	ZONE_AAAA = 28, ZONE_OPT = 41
};

enum zone_fault {
	ZONE_NO_FAULT, ZONE_FORMERR, ZONE_SERVFAIL, ZONE_NOTIMP, ZONE_REFUSED, ZONE_TIMEOUT, ZONE_DELAY,
	ZONE_TRUNCATE, ZONE_CUT, ZONE_WRONG_ID, ZONE_WRONG_NAME, ZONE_WRONG_TYPE, ZONE_WRONG_CLASS, ZONE_GARBAGE
};

struct zone_record {
	struct str name;		/* lower case, no final dot */
	struct str rdata;
	uint32_t ttl;
	unsigned type;
};

struct zone_trouble {
	struct str name;
	unsigned type;			/* 0: all */
	enum zone_fault fault;
	unsigned number;
};

struct zone_data {
	struct pool *pool;
	struct vec records, troubles;
};

struct zone_query {
	unsigned id, type, class, flags;
	struct str name;		/* lower case */
	struct str question;		/* as it came: name, type, class */
	size_t udp_max;			/* what the client takes over UDP */
};

/* RC_BAD with every wrong line in `why`. */
enum rc zone_data_read(struct str text, struct zone_data **out, struct buf *why) MUST_CHECK;
void zone_data_free(struct zone_data **);

bool zone_query_read(struct str packet, struct pool *, struct zone_query *out);
const struct zone_trouble *zone_trouble(const struct zone_data *, const struct zone_query *);
/* The whole answer, with the fault in it. Nothing is added when there is to be none. */
void zone_answer(const struct zone_data *, const struct zone_query *, bool tcp, struct buf *out);
/* 0: no such type. */
unsigned zone_type(struct str word);

#endif
