/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "worker/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fdio.h"
#include "base/sanitizer.h"
#include "base/vec.h"
#include "worker/landlock.h"
#include "worker/namespaces.h"
#include "worker/syscalls.h"

enum { FILES_MAX = 64, KEEP_MAX = 16, STATM_BYTES = 256 };

static int
by_number(const void *a, const void *b)
{
	int x = *(const int *)a, y = *(const int *)b;

	return (x > y) - (x < y);
}

static void
close_from_to(unsigned from, unsigned to)
{
	enum { HIGHEST = 65536 };

	if (syscall(SYS_close_range, from, to, 0) == 0)
		return;
	for (unsigned fd = from; fd <= to && fd < HIGHEST; fd++)	/* before Linux 5.9 */
		close((int)fd);
}

void
sandbox_close_fds(const int *keep, size_t n)
{
	int sorted[KEEP_MAX];
	unsigned from = 0;

	if (n > KEEP_MAX)
		abort();	/* our own call is wrong */
	memcpy(sorted, keep, n * sizeof(*keep));
	qsort(sorted, n, sizeof(*sorted), by_number);
	for (size_t i = 0; i < n; i++) {
		unsigned at = (unsigned)sorted[i];

		if (at > from)
			close_from_to(from, at - 1);
		if (at + 1 > from)
			from = at + 1;
	}
	close_from_to(from, ~0u);
}

/* Bytes of address space in use now. */
static enum rc
mapped_now(uint64_t *out)
{
	struct buf text;
	struct str rest, pages;
	uint64_t n = 0;
	enum rc rc = RC_TEMP;

	buf_init(&text, STATM_BYTES);
	if (fdio_read_file("/proc/self/statm", &text) == RC_OK) {
		rest = buf_str(&text);
		if (str_next(&rest, ' ', &pages) && str_to_u64(pages, &n)) {
			*out = n * (uint64_t)sysconf(_SC_PAGESIZE);
			rc = RC_OK;
		}
	}
	buf_clear(&text);
	return rc;
}

static enum rc
limit(int what, uint64_t value, const char *name, struct buf *why)
{
	struct rlimit r = { value, value };

	if (setrlimit((__rlimit_resource_t)what, &r) == 0)
		return RC_OK;
	buf_printf(why, "sandbox: setrlimit %s: %s", name, strerror(errno));
	return RC_BAD;
}

/* No limit on CPU time: it counts the whole life of a worker, while the deadline is one of
 * each message and is kept from outside. */
static enum rc
limit_resources(const struct sandbox *s, bool threads, uint64_t mapped, struct buf *why)
{
	struct { int what; uint64_t value; const char *name; } rows[] = {
		{ RLIMIT_AS, mapped + (uint64_t)s->memory_max, "AS" },
		{ RLIMIT_FSIZE, (uint64_t)s->tmp_max, "FSIZE" },
		{ RLIMIT_NOFILE, FILES_MAX, "NOFILE" },
		{ RLIMIT_CORE, 0, "CORE" },
		{ RLIMIT_NPROC, 0, "NPROC" },		/* of all processes of this user: threads count */
		{ RLIMIT_MEMLOCK, 0, "MEMLOCK" },
		{ RLIMIT_MSGQUEUE, 0, "MSGQUEUE" },
	};

	/* A file that grows too large shall give EFBIG, which the engines report, not death. */
	signal(SIGXFSZ, SIG_IGN);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		/* Sanitizers map terabytes of shadow memory and start threads: without these two. */
		if (SANITIZED && (rows[i].what == RLIMIT_AS || rows[i].what == RLIMIT_NPROC))
			continue;
		if (threads && rows[i].what == RLIMIT_NPROC)
			continue;
		if (limit(rows[i].what, rows[i].value, rows[i].name, why) != RC_OK)
			return RC_BAD;
	}
	return RC_OK;
}

static enum rc
give_up_rights(struct buf *why)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0)
		return namespaces_drop_capabilities(why);
	buf_printf(why, "sandbox: prctl: %s", strerror(errno));
	return RC_BAD;
}

/* libc: names and certificates. Not all of /etc, where keys are as well. */
static const char *const to_ask[] = {
	"/etc/resolv.conf", "/etc/hosts", "/etc/host.conf", "/etc/gai.conf", "/etc/nsswitch.conf", "/etc/services",
	"/etc/ld.so.cache", "/etc/localtime", "/etc/ssl", "/etc/pki", "/etc/ca-certificates", "/lib", "/lib64", "/usr/lib",
	"/usr/lib64", "/usr/share/ca-certificates", "/usr/local/share/ca-certificates", "/run/systemd/resolve",
	"/dev/urandom",
};

enum rc
sandbox_ask(const struct sandbox *s, const char *const *reads, size_t n, struct buf *missing, struct buf *why)
{
	const char *paths[sizeof(to_ask) / sizeof(to_ask[0]) + SANDBOX_READS];
	size_t known = sizeof(to_ask) / sizeof(to_ask[0]);
	uint64_t mapped = 0;

	if (n > SANDBOX_READS)
		abort();	/* our own call is wrong */
	memcpy(paths, to_ask, sizeof(to_ask));
	for (size_t i = 0; i < n; i++)
		paths[known++] = reads[i];
	if (mapped_now(&mapped) != RC_OK) {
		buf_adds(why, "sandbox: /proc/self/statm cannot be read");
		return RC_BAD;
	}
	if (limit_resources(s, true, mapped, why) != RC_OK || give_up_rights(why) != RC_OK ||
	    landlock_enter_reading(paths, known, NULL, missing, why) != RC_OK)
		return RC_BAD;
	return syscalls_restrict_asking(why);
}

enum rc
sandbox_write_below(const char *folder, struct buf *missing, struct buf *why)
{
	static const char *const all[] = { "/" };

	if (limit(RLIMIT_CORE, 0, "CORE", why) != RC_OK)
		return RC_BAD;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0)
		return landlock_enter_reading(all, 1, folder, missing, why);
	buf_printf(why, "sandbox: prctl: %s", strerror(errno));
	return RC_BAD;
}

enum rc
sandbox_enter(const struct sandbox *s, struct buf *missing, struct buf *why)
{
	uint64_t mapped = 0;

	if (mapped_now(&mapped) != RC_OK) {
		buf_adds(why, "sandbox: /proc/self/statm cannot be read");
		return RC_BAD;
	}
	if (s->namespaces && namespaces_enter(s->tmp_dir, s->tmp_max, missing, why) != RC_OK)
		return RC_BAD;
	if (chdir(s->tmp_dir) != 0) {
		buf_printf(why, "sandbox: chdir %s: %s", s->tmp_dir, strerror(errno));
		return RC_BAD;
	}
	if (limit_resources(s, false, mapped, why) != RC_OK)
		return RC_BAD;
	if (give_up_rights(why) != RC_OK || landlock_enter(s->tmp_dir, missing, why) != RC_OK)
		return RC_BAD;
	return syscalls_restrict(why);
}
