/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* geo.h - autonomous system and country of an address
 *
 * Input    MaxMind DB files (GeoLite2, DB-IP, IPinfo) that the operator keeps up to date
 * Units    milliseconds
 * Limits   GEO_BYTES a file; every node of its tree must be sound, and a sample of its data
 * Memory   a copy of each file in a memory file that is mapped: a file that is cut short or overwritten
 *          while it is in use cannot fault. Results are plain data
 * Errors   a database that is missing or broken is logged; the last good one goes on serving, and
 *          without one nothing is known
 * Threads  geo_find by any; a thread of its own looks for changed files
 * Source   MaxMind DB file format 2.0; libmaxminddb(3)
 */
#ifndef HISTORY_GEO_H
#define HISTORY_GEO_H

#include "base/buf.h"
#include "base/ip.h"
#include "base/log.h"
#include "base/rc.h"
#include "conf/opt.h"

#define GEO_BYTES (512LL * 1024 * 1024)

struct geo_conf {
	struct str asn_database, country_database;	/* empty: none; one file may have both */
	int64_t check_ms;		/* how often the files are looked at; 0: only at reload */
};
extern const struct opt_table geo_table;

struct geo_facts {
	uint32_t asn;			/* 0: not known */
	char country[3];		/* ISO 3166; "": not known */
};

struct geo;

/* Can the files be used now? RC_BAD: `why` has a line for each that cannot. */
enum rc geo_try(const struct geo_conf *, struct buf *why) MUST_CHECK;
/* Never fails: without a database nothing is known. */
struct geo *geo_new(const struct geo_conf *, struct log_ctx);
void geo_free(struct geo **);
/* Another configuration is in force; also has a look at the files. */
void geo_use(struct geo *, const struct geo_conf *);
/* Take what has changed on disk, now. */
void geo_check(struct geo *);

/* geo may be NULL. */
void geo_find(struct geo *, const struct ip *, struct geo_facts *out);

#endif
