/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "base/replace.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "base/fdio.h"

/* What an earlier process left when it was killed is overwritten, never added to. */
static enum rc
write_new(const char *path, const struct str *piece, size_t n)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0640);
	enum rc rc = fd >= 0 ? RC_OK : RC_TEMP;

	for (size_t i = 0; i < n && rc == RC_OK; i++)
		rc = fdio_write_all(fd, piece[i]);
	if (rc == RC_OK && fsync(fd) != 0)
		rc = RC_TEMP;
	if (fd >= 0 && close(fd) != 0)
		rc = RC_TEMP;
	return rc;
}

static enum rc
sync_folder(const char *path)
{
	char dir[PATH_MAX];
	size_t slash = str_rchr(str_of(path), '/');
	int fd, failed;

	snprintf(dir, sizeof(dir), "%.*s", slash == STR_NPOS || slash == 0 ? 1 : (int)slash,
	    slash == STR_NPOS ? "." : path);
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	failed = fd < 0 || fsync(fd) != 0;
	fdio_close(&fd);
	return failed ? RC_TEMP : RC_OK;
}

enum rc
replace_file(const char *path, const struct str *piece, size_t n)
{
	char new_path[PATH_MAX];
	int error;

	if ((size_t)snprintf(new_path, sizeof(new_path), "%s.new", path) >= sizeof(new_path)) {
		errno = ENAMETOOLONG;
		return RC_TEMP;
	}
	if (write_new(new_path, piece, n) == RC_OK && rename(new_path, path) == 0)
		return sync_folder(path);
	error = errno;
	unlink(new_path);
	errno = error;
	return RC_TEMP;
}
