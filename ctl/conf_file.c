/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "conf_file.h"

#include <stdio.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/clock.h"
#include "databases.h"
#include "engine/engine.h"
#include "gate/settings.h"
#include "notice.h"

int
conf_file_open(const char *path, struct conf **out)
{
	struct buf errors;
	enum rc rc;

	if (path && access(path, R_OK) != 0) {
		notice("%s: cannot be read", path);
		return EX_CONFIG;
	}
	buf_init(&errors, CONF_FILE_ERRORS);
	rc = settings_load(path, out, &errors);
	if (rc != RC_OK)
		notice_lines(buf_str(&errors));
	buf_clear(&errors);
	return rc == RC_OK ? 0 : EX_CONFIG;
}

static void
warn_age(const struct database *d, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int64_t age = clock_wall_ms() - d[i].built_ms;

		/* main and bytecode change once in years. */
		if (str_eq(d[i].name, STR("daily")) && d[i].version && age > DATABASES_OLD_MS)
			notice("warning: %.*s is %lld days old: does freshclam run?", STR_ARG(d[i].path),
			    (long long)(age / 86400000));
	}
}

void
conf_file_warn_official(const struct conf *conf)
{
	const struct engine_conf *ec = conf_values(conf, &engine_table);
	struct pool *pool = pool_new(0);
	const struct database *d;
	size_t n = databases_list(conf, pool, &d);

	if (ec->clamav && ec->clamav_official && !databases_official(d, n))
		notice("warning: no official ClamAV database (main and daily) in engine.clamav_databases: "
		    "only what your own signatures know is found. Run freshclam.");
	if (ec->clamav)
		warn_age(d, n);
	pool_free(&pool);
}
