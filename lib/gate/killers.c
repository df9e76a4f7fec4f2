/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "gate/killers.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fdio.h"
#include "base/hash.h"

enum { PATH_BYTES = 4096, DOTS = 2 };	/* DOTS: the entries . and .. */

static size_t
kept(const char *dir)
{
	DIR *d = opendir(dir);
	size_t n = 0;

	if (!d)
		return 0;
	while (n < KILLERS_MAX + DOTS && readdir(d))
		n++;
	closedir(d);
	return n > DOTS ? n - DOTS : 0;
}

/* RC_NONE: it is there already. RC_LIMIT: enough are. */
static enum rc
store(struct str state_dir, const char *hex, struct str bytes)
{
	char dir[PATH_BYTES], path[PATH_BYTES];
	int n = snprintf(dir, sizeof(dir), "%.*s/killers", STR_ARG(state_dir)), fd;
	enum rc rc;

	if (n < 0 || (size_t)n >= sizeof(dir))
		return RC_TEMP;
	n = snprintf(path, sizeof(path), "%s/%s.eml", dir, hex);
	if (n < 0 || (size_t)n >= sizeof(path))
		return RC_TEMP;
	if (mkdir(dir, 0700) != 0 && errno != EEXIST)
		return RC_TEMP;
	if (kept(dir) >= KILLERS_MAX)
		return RC_LIMIT;
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return errno == EEXIST ? RC_NONE : RC_TEMP;
	rc = fdio_write_all(fd, bytes);
	close(fd);
	if (rc != RC_OK)
		unlink(path);
	return rc;
}

void
killers_keep(struct str state_dir, int fd, uint64_t size, struct log_ctx lc)
{
	static const char *const said[] = {
		[RC_OK] = "kept", [RC_NONE] = "known", [RC_TEMP] = "not kept: no space or no folder",
		[RC_LIMIT] = "not kept: enough are", [RC_BAD] = "not kept",
	};
	unsigned char digest[HASH_SHA256_BYTES];
	char hex[HASH_SHA256_HEX + 1] = "";
	struct str bytes;
	enum rc rc;

	if (fdio_map(fd, &bytes) != RC_OK)
		return;
	hash_sha256(bytes, digest);
	hash_hex(digest, hex);
	rc = size > KILLERS_BYTES ? RC_LIMIT : store(state_dir, hex, bytes);
	fdio_unmap(&bytes);
	log_put(lc, LOG_LEVEL_ERR, "killer", LOG_CSTR("sha256", hex), LOG_NUM("size", size),
	    LOG_CSTR("file", said[rc]));
}
