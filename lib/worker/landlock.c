/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "worker/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <string.h>
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

static enum rc
allow(int rules, const char *folder, uint64_t handled, struct buf *why)
{
	struct landlock_path_beneath_attr beneath = { .allowed_access = FS_ALLOWED & handled };
	long rc;

	beneath.parent_fd = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (beneath.parent_fd < 0)
		return say(why, folder);
	rc = syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0);
	close(beneath.parent_fd);
	return rc == 0 ? RC_OK : say(why, "landlock_add_rule");
}

enum rc
landlock_enter(const char *folder, struct buf *missing, struct buf *why)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	struct ruleset want = ruleset_for(abi);
	int rules;
	enum rc rc;

	if (abi < 1) {
		buf_printf(missing, "%slandlock (%s)", missing->n ? ", " : "", strerror(errno));
		return RC_OK;
	}
	rules = (int)syscall(SYS_landlock_create_ruleset, &want, size_for(abi), 0);
	if (rules < 0)
		return say(why, "landlock_create_ruleset");
	rc = allow(rules, folder, want.fs, why);
	if (rc == RC_OK && syscall(SYS_landlock_restrict_self, rules, 0) != 0)
		rc = say(why, "landlock_restrict_self");
	close(rules);
	return rc;
}
