/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "web/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <seccomp.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Every right of ABI 1: bits 0 (EXECUTE) to 12 (MAKE_SYM). */
#define FS_ALL ((LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1)
#define FS_READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define FS_WRITE (FS_READ | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_DIR | \
	 LANDLOCK_ACCESS_FS_REMOVE_FILE)

/* Certificates, resolver, time zones, libraries that others load. */
static const char *const system_folders[] = { "/etc", "/usr", "/lib", "/lib64", "/run", "/dev", NULL };

static const int refused[] = {
	SCMP_SYS(execve), SCMP_SYS(execveat), SCMP_SYS(ptrace), SCMP_SYS(process_vm_readv), SCMP_SYS(process_vm_writev),
	SCMP_SYS(mount), SCMP_SYS(umount2), SCMP_SYS(pivot_root), SCMP_SYS(chroot), SCMP_SYS(unshare), SCMP_SYS(setns),
	SCMP_SYS(init_module), SCMP_SYS(finit_module), SCMP_SYS(delete_module), SCMP_SYS(kexec_load), SCMP_SYS(bpf),
	SCMP_SYS(perf_event_open), SCMP_SYS(keyctl), SCMP_SYS(add_key), SCMP_SYS(request_key), SCMP_SYS(userfaultfd),
	SCMP_SYS(io_uring_setup), SCMP_SYS(open_by_handle_at), SCMP_SYS(reboot), SCMP_SYS(swapon), SCMP_SYS(quotactl),
};

static enum rc
say(struct buf *why, const char *what)
{
	buf_printf(why, "%s: %s", what, strerror(errno));
	return RC_BAD;
}

static enum rc
allow(int rules, const char *folder, uint64_t rights, struct buf *why)
{
	struct landlock_path_beneath_attr beneath = { .allowed_access = rights };
	long rc;

	beneath.parent_fd = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (beneath.parent_fd < 0)
		return errno == ENOENT || errno == ENOTDIR ? RC_OK : say(why, folder);
	rc = syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0);
	close(beneath.parent_fd);
	return rc == 0 ? RC_OK : say(why, "landlock_add_rule");
}

static enum rc
allow_all(int rules, const char *const *folders, struct buf *why)
{
	enum rc rc = RC_OK;

	for (; *folders && rc == RC_OK; folders++)
		rc = allow(rules, *folders, FS_READ, why);
	return rc;
}

static enum rc
close_files(const char *writes, const char *const *reads, struct buf *missing, struct buf *why)
{
	struct landlock_ruleset_attr want = { .handled_access_fs = FS_ALL };
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	int rules;
	enum rc rc;

	if (abi < 1) {
		buf_printf(missing, "landlock (%s)", strerror(errno));
		return RC_OK;
	}
	rules = (int)syscall(SYS_landlock_create_ruleset, &want, sizeof(want), 0);
	if (rules < 0)
		return say(why, "landlock_create_ruleset");
	rc = allow(rules, writes, FS_WRITE, why);
	if (rc == RC_OK)
		rc = allow_all(rules, system_folders, why);
	if (rc == RC_OK)
		rc = allow_all(rules, reads, why);
	if (rc == RC_OK && syscall(SYS_landlock_restrict_self, rules, 0) != 0)
		rc = say(why, "landlock_restrict_self");
	close(rules);
	return rc;
}

static enum rc
close_calls(struct buf *why)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ALLOW);
	int rc = ctx ? 0 : -1;

	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]) && rc == 0; i++)
		rc = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EPERM), refused[i], 0);
	if (rc == 0)
		rc = seccomp_load(ctx);
	seccomp_release(ctx);
	if (rc == 0)
		return RC_OK;
	buf_adds(why, "seccomp: the filter cannot be loaded");
	return RC_BAD;
}

enum rc
confine(const char *writes, const char *const *reads, struct buf *missing, struct buf *why)
{
	enum rc rc;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
		return say(why, "prctl");
	rc = close_files(writes, reads, missing, why);
	return rc == RC_OK ? close_calls(why) : rc;
}
