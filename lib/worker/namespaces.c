/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* The new root is an empty file system in memory that holds nothing but the path to the worker's
 * folder, so that the path means the same inside and outside. The folder is a second one, so
 * that the root can be read-only and the folder has a size. */
#include "worker/namespaces.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fdio.h"

static enum rc
say(struct buf *why, const char *what)
{
	buf_printf(why, "sandbox: %s: %s", what, strerror(errno));
	return RC_BAD;
}

static enum rc
write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	enum rc rc;

	if (fd < 0)
		return RC_TEMP;
	rc = fdio_write_all(fd, str_of(text));
	close(fd);
	return rc;
}

/* Outside and inside the same numbers: files keep their owner, nothing is gained. */
static enum rc
map_ids(uid_t uid, gid_t gid, struct buf *why)
{
	char line[64];

	if (write_file("/proc/self/setgroups", "deny") != RC_OK)
		return say(why, "setgroups");
	snprintf(line, sizeof(line), "%u %u 1", uid, uid);
	if (write_file("/proc/self/uid_map", line) != RC_OK)
		return say(why, "uid_map");
	snprintf(line, sizeof(line), "%u %u 1", gid, gid);
	if (write_file("/proc/self/gid_map", line) != RC_OK)
		return say(why, "gid_map");
	return RC_OK;
}

/* Make every folder of an absolute path below `root`. */
static enum rc
make_path(const char *root, const char *path)
{
	char full[PATH_MAX];
	int n = snprintf(full, sizeof(full), "%s%s", root, path);

	if (n < 0 || (size_t)n >= sizeof(full))
		return RC_LIMIT;
	for (char *p = full + strlen(root) + 1; *p; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		if (mkdir(full, 0700) != 0 && errno != EEXIST)
			return RC_TEMP;
		*p = '/';
	}
	return mkdir(full, 0700) == 0 || errno == EEXIST ? RC_OK : RC_TEMP;
}

/* An empty file system over the worker's folder becomes the root; the folder is made again in it. */
static enum rc
new_root(const char *tmp_dir, int64_t size, struct buf *why)
{
	const unsigned long flags = MS_NOSUID | MS_NODEV | MS_NOEXEC;
	char inner[PATH_MAX], options[64];
	int n = snprintf(inner, sizeof(inner), "%s%s", tmp_dir, tmp_dir);

	if (n < 0 || (size_t)n >= sizeof(inner))
		return say(why, "worker.tmp_dir is too long");
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
		return say(why, "mount private");
	if (mount("tmpfs", tmp_dir, "tmpfs", flags, "size=64k,nr_inodes=64,mode=0700") != 0)
		return say(why, "mount root");
	if (make_path(tmp_dir, tmp_dir) != RC_OK)
		return say(why, "mkdir in the new root");
	snprintf(options, sizeof(options), "size=%lld,mode=0700", (long long)size);
	if (mount("tmpfs", inner, "tmpfs", flags, options) != 0)
		return say(why, "mount folder");
	return RC_OK;
}

/* The old root is put on top of the new one and taken off again: no folder is needed for it. */
static enum rc
swap_root(const char *new_root_dir, struct buf *why)
{
	if (chdir(new_root_dir) != 0 || syscall(SYS_pivot_root, ".", ".") != 0)
		return say(why, "pivot_root");
	if (umount2(".", MNT_DETACH) != 0 || chdir("/") != 0)
		return say(why, "umount of the old root");
	if (mount(NULL, "/", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) != 0)
		return say(why, "remount read-only");
	return RC_OK;
}

enum rc
namespaces_enter(const char *tmp_dir, int64_t size, struct buf *missing, struct buf *why)
{
	const int all = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP;
	uid_t uid = geteuid();
	gid_t gid = getegid();

	if (unshare(all) != 0) {
		buf_printf(missing, "%snamespaces (%s)", missing->n ? ", " : "", strerror(errno));
		return RC_OK;
	}
	if (map_ids(uid, gid, why) != RC_OK || new_root(tmp_dir, size, why) != RC_OK)
		return RC_BAD;
	return swap_root(tmp_dir, why);
}

/* The child's part: the reason goes into the pipe; nothing in it means that all went well. */
_Noreturn static void
rehearse(const char *tmp_dir, int out)
{
	enum { SIZE = 1024 * 1024, TEXT = 500 };
	struct buf missing, why;

	buf_init(&missing, TEXT);
	buf_init(&why, TEXT);
	if (namespaces_enter(tmp_dir, SIZE, &missing, &why) != RC_OK) {
		buf_printf(&missing, "namespaces (%s)", buf_cstr(&why));
		if (fdio_write_all(out, buf_str(&missing)) != RC_OK)
			_exit(2);
		_exit(1);
	}
	if (fdio_write_all(out, buf_str(&missing)) != RC_OK)
		_exit(2);
	_exit(missing.n > 0);
}

bool
namespaces_work(const char *tmp_dir, struct buf *missing)
{
	char text[1000];
	int ends[2], status = -1;
	ssize_t n;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) != 0)
		return false;
	pid = fork();
	if (pid == 0)
		rehearse(tmp_dir, ends[1]);
	close(ends[1]);
	n = pid > 0 ? read(ends[0], text, sizeof(text)) : 0;
	close(ends[0]);
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	if (n > 0)
		buf_add(missing, (struct str){ text, (size_t)n });
	return status == 0;
}

enum rc
namespaces_drop_capabilities(struct buf *why)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = { { .effective = 0 } };

	return syscall(SYS_capset, &head, none) == 0 ? RC_OK : say(why, "capset");
}
