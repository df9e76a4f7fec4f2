/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* databases.h - the signature databases that came from ClamAV, and how old they are
 *
 * Input    the folders and files of engine.clamav_databases
 * Units    milliseconds since 1970
 * Limits   DATABASES_MAX files
 * Memory   the list lives in the pool
 * Errors   a file whose head cannot be read is listed with version 0
 * Threads  one
 * Source   cl_cvdhead of libclamav; *.cvd as published, *.cld as updated by freshclam(1)
 */
#ifndef CTL_DATABASES_H
#define CTL_DATABASES_H

#include "base/pool.h"
#include "conf/conf.h"

/* OLD_MS: daily.cvd comes every day; a week without is an updater that stopped. */
enum { DATABASES_MAX = 64 };
#define DATABASES_OLD_MS (7 * 86400 * INT64_C(1000))

struct database {
	struct str path, name;		/* "/var/lib/clamav/daily.cvd", "daily" */
	int64_t version, signatures, built_ms;
};

size_t databases_list(const struct conf *, struct pool *, const struct database **out);
/* Are both main and daily among them? */
bool databases_official(const struct database *, size_t n);

#endif
