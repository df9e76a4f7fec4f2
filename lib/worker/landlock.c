/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "worker/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Rights and the rule set that the headers of Debian 12 (Linux 6.1, ABI 2) do not have yet.
 * Source: include/uapi/linux/landlock.h of Linux 6.12. */
enum { ABI_REFER = 2, ABI_TRUNCATE = 3, ABI_NET = 4, ABI_IOCTL = 5, ABI_SCOPE = 6 };
#define FS_TRUNCATE (UINT64_C(1) << 14)
#define FS_IOCTL_DEV (UINT64_C(1) << 15)
#define NET_BIND_TCP (UINT64_C(1) << 0)
#define NET_CONNECT_TCP (UINT64_C(1) << 1)
#define SCOPE_ABSTRACT_UNIX_SOCKET (UINT64_C(1) << 0)
#define SCOPE_SIGNAL (UINT64_C(1) << 1)
struct ruleset {
	uint64_t fs, net, scoped;
};

/* Every right of ABI 1: bits 0 (EXECUTE) to 12 (MAKE_SYM). */
#define FS_ABI_1 ((LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1)
/* What libclamav and libarchive do with their temporary files. */
#define FS_ALLOWED (LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_READ_FILE | \
	LANDLOCK_ACCESS_FS_READ_DIR | LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE | \
	LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_REFER | FS_TRUNCATE)
#define FS_READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define FS_OF_FILES (LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_READ_FILE | FS_TRUNCATE)

static struct ruleset
ruleset_for(long abi)
{
	struct ruleset r = { .fs = FS_ABI_1 };

	if (abi >= ABI_REFER)
		r.fs |= LANDLOCK_ACCESS_FS_REFER;
	if (abi >= ABI_TRUNCATE)
		r.fs |= FS_TRUNCATE;
	if (abi >= ABI_IOCTL)
		r.fs |= FS_IOCTL_DEV;
	if (abi >= ABI_NET)
		r.net = NET_BIND_TCP | NET_CONNECT_TCP;
	if (abi >= ABI_SCOPE)
		r.scoped = SCOPE_ABSTRACT_UNIX_SOCKET | SCOPE_SIGNAL;
	return r;
}

/* An older kernel refuses a larger struct, even when its tail is zero bytes it does not know. */
static size_t
size_for(long abi)
{
	return abi >= ABI_SCOPE ? sizeof(struct ruleset) : abi >= ABI_NET ? 2 * sizeof(uint64_t) : sizeof(uint64_t);
}

static enum rc
say(struct buf *why, const char *what)
{
	buf_printf(why, "sandbox: %s: %s", what, strerror(errno));
	return RC_BAD;
}

/* A file has no rights of folders. */
static enum rc
allow(int rules, const char *path, uint64_t rights, struct buf *why)
{
	struct landlock_path_beneath_attr beneath = { .allowed_access = rights };
	struct stat st;
	long rc;

	beneath.parent_fd = open(path, O_PATH | O_CLOEXEC);
	if (beneath.parent_fd < 0)
		return say(why, path);
	if (fstat(beneath.parent_fd, &st) == 0 && !S_ISDIR(st.st_mode))
		beneath.allowed_access &= FS_OF_FILES;
	rc = syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0);
	close(beneath.parent_fd);
	return rc == 0 ? RC_OK : say(why, "landlock_add_rule");
}

/* RC_OK with *rules -1: the kernel has no Landlock. */
static enum rc
begin(struct ruleset *want, bool connects, int *rules, struct buf *missing, struct buf *why)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);

	*rules = -1;
	if (abi < 1) {
		buf_printf(missing, "%slandlock (%s)", missing->n ? ", " : "", strerror(errno));
		return RC_OK;
	}
	*want = ruleset_for(abi);
	if (connects)
		want->net &= ~NET_CONNECT_TCP;
	*rules = (int)syscall(SYS_landlock_create_ruleset, want, size_for(abi), 0);
	return *rules < 0 ? say(why, "landlock_create_ruleset") : RC_OK;
}

static enum rc
finish(int rules, enum rc rc, struct buf *why)
{
	if (rc == RC_OK && syscall(SYS_landlock_restrict_self, rules, 0) != 0)
		rc = say(why, "landlock_restrict_self");
	close(rules);
	return rc;
}

enum rc
landlock_enter(const char *folder, struct buf *missing, struct buf *why)
{
	struct ruleset want;
	int rules;
	enum rc rc = begin(&want, false, &rules, missing, why);

	return rc != RC_OK || rules < 0 ? rc : finish(rules, allow(rules, folder, FS_ALLOWED & want.fs, why), why);
}

enum rc
landlock_enter_reading(const char *const *paths, size_t n, const char *folder, struct buf *missing, struct buf *why)
{
	struct ruleset want;
	int rules;
	enum rc rc = begin(&want, true, &rules, missing, why);

	if (rc != RC_OK || rules < 0)
		return rc;
	for (size_t i = 0; i < n && rc == RC_OK; i++)
		if (access(paths[i], F_OK) == 0)
			rc = allow(rules, paths[i], FS_READ & want.fs, why);
	if (rc == RC_OK && folder)
		rc = allow(rules, folder, FS_ALLOWED & want.fs, why);
	return finish(rules, rc, why);
}
