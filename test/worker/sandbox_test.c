/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* From inside: a forked child closes the room around itself and then tries what a parser that
 * was taken over would try. */
#include "worker/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "message/charset.h"
#include "test.h"
#include "base/sanitizer.h"
#include "worker/warm.h"

enum { DID = 0, DENIED = 40, NOT_CLOSED = 41, WRONG = 42 };	/* exit status of a child */

static char folder[] = "/tmp/sandbox-test-XXXXXX";
static int spare = -1;			/* a descriptor that must not survive */

/* Each try returns 0 when it got what it wanted, else an errno. */
static int
try_file(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC, 0600);

	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

static int try_passwd(void) { return try_file("/etc/passwd", O_RDONLY); }
static int try_self(void) { return try_file("/proc/self/maps", O_RDONLY); }
static int try_mem(void) { return try_file("/proc/self/mem", O_RDWR); }
static int try_root(void) { return try_file("/", O_RDONLY | O_DIRECTORY); }
static int try_parent(void) { return try_file("..", O_RDONLY | O_DIRECTORY); }
static int try_above(void) { return try_file("../sandbox-escape", O_WRONLY | O_CREAT); }
static int try_tmp(void) { return try_file("/tmp/sandbox-escape", O_WRONLY | O_CREAT); }
static int try_mkdir(void) { return mkdir("/tmp/sandbox-escape", 0700) == 0 ? 0 : errno; }
static int try_socket(void) { return socket(AF_INET, SOCK_STREAM, 0) >= 0 ? 0 : errno; }
static int try_unix(void) { return socket(AF_UNIX, SOCK_STREAM, 0) >= 0 ? 0 : errno; }
static int try_ptrace(void) { return ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0 ? 0 : errno; }
static int try_fork(void) { return syscall(SYS_fork) >= 0 ? 0 : errno; }
static int try_libc_fork(void) { return fork() >= 0 ? 0 : errno; }
static int try_clone(void) { return syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0) >= 0 ? 0 : errno; }
static int try_clone_thread(void)
{
	const unsigned long flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD;

	return syscall(SYS_clone, flags, 0, 0, 0, 0) >= 0 ? 0 : errno;
}
static int try_clone3(void) { return syscall(SYS_clone3, NULL, 0) >= 0 ? 0 : errno; }
static int try_kill(void) { return kill(-1, 0) == 0 ? 0 : errno; }
static int try_kill_init(void) { return (int)syscall(SYS_kill, 1, 0) == 0 ? 0 : errno; }
static int try_tgkill(void) { return (int)syscall(SYS_tgkill, 1, 1, 0) == 0 ? 0 : errno; }
static int try_ioctl(void) { return ioctl(0, TCGETS, &spare) == 0 ? 0 : errno; }
static int try_symlink(void) { return symlink("/etc", "etc") == 0 ? 0 : errno; }
static int try_unshare(void) { return (int)syscall(SYS_unshare, 0) == 0 ? 0 : errno; }
static int try_spare_fd(void) { return fcntl(spare, F_GETFD) >= 0 ? 0 : errno; }

static int
try_connect(void)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(25) };

	return connect(0, (const struct sockaddr *)&to, sizeof(to)) == 0 ? 0 : errno;
}

static int
try_execve(void)
{
	char *const argv[] = { (char *)(uintptr_t)"true", NULL }, *const env[] = { NULL };

	execve("/bin/true", argv, env);
	return errno;
}

static int
try_executable_memory(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p != MAP_FAILED ? 0 : errno;
}

static int
try_mprotect(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p != MAP_FAILED && mprotect(p, 4096, PROT_READ | PROT_EXEC) == 0 ? 0 : errno;
}

static int
try_sigsys_handler(void)
{
	return signal(SIGSYS, SIG_IGN) != SIG_ERR ? 0 : errno;
}

static int
try_raise_limit(void)
{
	struct rlimit r = { 1000, 1000 };

	return setrlimit(RLIMIT_NOFILE, &r) == 0 ? 0 : errno;
}

/* Address space beyond the limit, without touching it. */
static int
try_memory(void)
{
	void *p = mmap(NULL, (size_t)1 << 32, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return p != MAP_FAILED ? 0 : errno;
}

static int
try_own_folder(void)
{
	int rc = try_file("inner", O_WRONLY | O_CREAT);

	if (rc == 0 && mkdir("deep", 0700) != 0)
		rc = errno;
	return rc == 0 ? try_file("deep/x", O_WRONLY | O_CREAT) : rc;
}

/* A file over tmp_max gives an error that engines see, not death by SIGXFSZ. */
static int
try_large_file(void)
{
	static const char block[65536];
	int fd = open("large", O_WRONLY | O_CREAT, 0600);

	for (int i = 0; fd >= 0 && i < 64; i++)
		if (write(fd, block, sizeof(block)) != (ssize_t)sizeof(block))
			return errno == EFBIG || errno == ENOSPC ? EFBIG : errno ? errno : EFBIG;
	return fd < 0 ? errno : 0;
}

static int
try_abort(void)
{
	abort();
}

static int
try_memfd(void)
{
	int fd = memfd_create("x", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	return fd >= 0 && ftruncate(fd, 100) == 0 ? 0 : errno;
}

/* The gconv modules were loaded before; nothing could be read now. */
static int
try_charsets(void)
{
	static const struct { const char *label, *in, *want; } rows[] = {
		{ "iso-2022-jp", "\033$B4X<i\033(B", "関守" },
		{ "shift_jis", "\x8a\xd6\x8e\xe7", "関守" },
		{ "euc-jp", "\xb4\xd8\xbc\xe9", "関守" },
		{ "gb18030", "\xb9\xd8\xca\xd8", "关守" },
		{ "gb2312", "\xb9\xd8\xca\xd8", "关守" },
		{ "big5", "\xc3\xf6\xa6\x75", "關守" },
		{ "utf-7", "+laJbiA-", "関守" },
		{ "utf-16", "\xfe\xff\x95\xa2\x5b\x88", "関守" },
		{ "utf-16le", "\xa2\x95\x88\x5b", "関守" },
		{ "euc-kr", "\xc7\xd1\xb1\xdb", "한글" },
		{ "iso-2022-kr", "\033$)C\016GQ1[\017", "한글" },
		{ "windows-1250", "\xf8", "ř" },
		{ "windows-1251", "\xcf", "П" },
		{ "windows-1252", "\x80", "€" },
		{ "windows-1253", "\xe1", "α" },
		{ "windows-1254", "\xfe", "ş" },
		{ "windows-1255", "\xe0", "א" },
		{ "windows-1256", "\xc8", "ب" },
		{ "windows-1257", "\xe0", "ą" },
		{ "windows-1258", "\xd0", "Đ" },
		{ "koi8-r", "\xf0", "П" },
		{ "koi8-u", "\xa4", "є" },
		{ "iso-8859-15", "\xa4", "€" },
		{ "windows-874", "\xa1", "ก" },
	};
	struct buf out;
	int bad = 0;

	buf_init(&out, 1000);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t defects = 0;

		buf_reset(&out);
		charset_to_utf8(str_of(rows[i].in), str_of(rows[i].label), &out, &defects);
		if (!str_eq(buf_str(&out), str_of(rows[i].want))) {
			dprintf(2, "# %s: got \"%s\", want \"%s\"\n", rows[i].label, buf_cstr(&out), rows[i].want);
			bad = WRONG;
		}
	}
	return bad;
}

struct trial {
	const char *name;
	int (*run)(void);
	int want_errno;			/* 0: it must work; -1: SIGSYS; -2: SIGABRT */
	bool not_sanitized;		/* a sanitizer's run-time needs this call, or hides it */
};

static const struct trial trials[] = {
	{ "open /etc/passwd", try_passwd, EACCES, false },
	{ "open /proc/self/maps", try_self, EACCES, false },
	{ "open /proc/self/mem", try_mem, EACCES, false },
	{ "list /", try_root, EACCES, false },
	{ "list ..", try_parent, EACCES, false },
	{ "write ../file", try_above, EACCES, false },
	{ "write /tmp/file", try_tmp, EACCES, false },
	{ "mkdir /tmp/folder", try_mkdir, EACCES, false },
	{ "socket inet", try_socket, -1, false },
	{ "socket unix", try_unix, -1, false },
	{ "connect", try_connect, -1, false },
	{ "execve", try_execve, -1, false },
	{ "ptrace", try_ptrace, -1, false },
	{ "fork", try_fork, -1, false },
	{ "fork of libc", try_libc_fork, -1, true },
	{ "clone3", try_clone3, ENOSYS, false },
	{ "a process by clone", try_clone, -1, true },
	{ "a thread by clone", try_clone_thread, ENOSYS, true },
	{ "kill everybody", try_kill, -1, false },
	{ "kill init", try_kill_init, -1, false },
	{ "tgkill init", try_tgkill, -1, false },
	{ "ioctl", try_ioctl, -1, true },
	{ "symlink", try_symlink, -1, false },
	{ "unshare", try_unshare, -1, false },
	{ "setrlimit", try_raise_limit, -1, true },
	{ "mmap executable", try_executable_memory, -1, false },
	{ "mprotect executable", try_mprotect, -1, false },
	{ "take SIGSYS away", try_sigsys_handler, -1, true },
	{ "a descriptor of the parent", try_spare_fd, EBADF, false },
	{ "memory over the limit", try_memory, ENOMEM, true },
	{ "a file over the limit", try_large_file, EFBIG, false },
	{ "files in its own folder", try_own_folder, 0, false },
	{ "a memory file", try_memfd, 0, false },
	{ "charsets", try_charsets, 0, false },
	{ "abort", try_abort, -2, false },
};

_Noreturn static void
inside(const struct trial *t, bool namespaces, int verdict)
{
	struct sandbox box = { folder, 64 << 20, 1 << 20, namespaces };
	const int keep[] = { 1, 2, verdict };
	struct buf missing, why;
	int rc;

	buf_init(&missing, 1000);
	buf_init(&why, 1000);
	sandbox_close_fds(keep, 3);
	if (sandbox_enter(&box, &missing, &why) != RC_OK) {
		dprintf(2, "# %s\n", buf_cstr(&why));
		_exit(NOT_CLOSED);
	}
	rc = t->run();
	if (write(verdict, &rc, sizeof(rc)) != (ssize_t)sizeof(rc))
		_exit(WRONG);
	_exit(DID);
}

/* Landlock answers EACCES; where a new root hides the file as well, ENOENT, or EROFS for writing:
 * each of them is a closed door. */
static bool
as_wanted(const struct trial *t, int status, bool answered, int got)
{
	if (t->want_errno == -1)
		return WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS;
	if (t->want_errno == -2)
		return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
	if (t->want_errno == EACCES)
		return answered && (got == EACCES || got == ENOENT || got == EROFS);
	return answered && got == t->want_errno;
}

static void
run_trial(const struct trial *t, bool namespaces)
{
	char name[100];
	int pipe_fds[2], status, got = -1;
	bool answered;
	pid_t pid;

	snprintf(name, sizeof(name), "%s%s", t->name, namespaces ? ", with namespaces" : "");
	if (SANITIZED && t->not_sanitized) {
		test_skip(name, "sanitizer build");
		return;
	}
	if (pipe(pipe_fds) != 0)
		abort();
	fflush(stdout);
	pid = fork();
	if (pid == 0)
		inside(t, namespaces, pipe_fds[1]);
	close(pipe_fds[1]);
	answered = read(pipe_fds[0], &got, sizeof(got)) == (ssize_t)sizeof(got);
	close(pipe_fds[0]);
	waitpid(pid, &status, 0);
	if (!test_ok(as_wanted(t, status, answered, got), name))
		printf("#   status %x, answered %d, got errno %d (%s), want %d\n", status, answered, got,
		    got >= 0 ? strerror(got) : "", t->want_errno);
}

/* Does this machine let us make namespaces at all? */
static bool
can_unshare(void)
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0 ? 0 : 1);
	return waitpid(pid, &status, 0) == pid && status == 0;
}

int
main(void)
{
	struct warm warm;

	if (!mkdtemp(folder))
		return 1;
	warm_open(&warm);
	spare = open("/etc/passwd", O_RDONLY);
	for (size_t i = 0; i < sizeof(trials) / sizeof(trials[0]); i++)
		run_trial(&trials[i], false);
	for (size_t i = 0; i < sizeof(trials) / sizeof(trials[0]); i++) {
		if (can_unshare())
			run_trial(&trials[i], true);
		else
			test_skip(trials[i].name, "no namespaces here");
	}
	warm_close(&warm);
	return test_done();
}
