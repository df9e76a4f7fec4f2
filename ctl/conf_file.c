/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "conf_file.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

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

/* The names under which the official databases come: main, daily and bytecode, .cvd or .cld. */
static bool
is_official(const char *name)
{
	static const char *const stems[] = { "main.", "daily." };
	struct str s = str_of(name);

	if (!str_ends_nocase(s, STR(".cvd")) && !str_ends_nocase(s, STR(".cld")))
		return false;
	for (size_t i = 0; i < sizeof(stems) / sizeof(stems[0]); i++)
		if (str_starts(s, str_of(stems[i])))
			return true;
	return false;
}

static bool
holds_official(const char *path)
{
	const char *base = strrchr(path, '/');
	DIR *d;
	struct dirent *e;
	bool found = false;

	if (is_official(base ? base + 1 : path))
		return access(path, R_OK) == 0;
	d = opendir(path);
	if (!d)
		return false;
	while (!found && (e = readdir(d)))
		found = is_official(e->d_name);
	closedir(d);
	return found;
}

void
conf_file_warn_official(const struct conf *conf)
{
	const struct engine_conf *ec = conf_values(conf, &engine_table);
	struct pool *pool = pool_new(0);
	bool found = false;

	for (size_t i = 0; i < ec->clamav_databases.n && !found; i++)
		found = holds_official(pool_cstr(pool, ec->clamav_databases.item[i]));
	if (ec->clamav && ec->clamav_official && !found)
		notice("warning: no official ClamAV database in engine.clamav_databases: "
		    "only what your own signatures know is found. Run freshclam.");
	pool_free(&pool);
}
