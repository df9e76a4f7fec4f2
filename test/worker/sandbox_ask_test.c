/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* The rooms of jobs and of who fetches feeds, from inside: what a server could make of a hole in TLS or
 * HTTP.
 * covers: lib/worker/sandbox.c lib/worker/landlock.c lib/worker/syscalls.c */
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/sanitizer.h"
#include "test.h"
#include "worker/sandbox.h"

static char mine[] = "/tmp/ask-test-XXXXXX", folder[] = "/tmp/ask-folder-XXXXXX";

static int
try_file(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC, 0600);

	return fd < 0 ? errno : close(fd);
}

static int got(long rc) { return rc >= 0 ? 0 : errno; }
static void *idle(void *arg) { return arg; }

static int try_passwd(void) { return try_file("/etc/passwd", O_RDONLY); }
static int try_shadow(void) { return try_file("/etc/shadow", O_RDONLY); }
static int try_own(void) { return try_file(mine, O_RDONLY); }
static int try_write_own(void) { return try_file(mine, O_WRONLY); }
static int try_cut(void) { return got(truncate(mine, 0)); }
static int try_new(void) { return try_file("/tmp/ask-escape", O_WRONLY | O_CREAT); }
static int try_unlink(void) { return got(unlink(mine)); }
static int try_certificates(void) { return try_file("/etc/ssl", O_RDONLY | O_DIRECTORY); }
static int try_socket(void) { return got(socket(AF_INET, SOCK_STREAM, 0)); }
static int try_listen(void) { return got(listen(socket(AF_INET, SOCK_STREAM, 0), 1)); }
static int try_fork(void) { return got(fork()); }
static int try_raw_fork(void) { return got(syscall(SYS_fork)); }
static int try_ptrace(void) { return got(ptrace(PTRACE_TRACEME, 0, NULL, NULL)); }
static int try_kill(void) { return got(kill(1, 0)); }
static int try_setuid(void) { return got(setuid(0)); }

static int
try_folder(void)
{
	char path[100];
	int rc;

	snprintf(path, sizeof(path), "%s/new", folder);
	rc = try_file(path, O_WRONLY | O_CREAT);
	return rc ? rc : got(unlink(path));
}

static int
try_exec(void)
{
	char *const argv[] = { (char *)(uintptr_t)"true", NULL }, *const env[] = { NULL };

	execve("/bin/true", argv, env);
	return errno;
}

static int
try_thread(void)
{
	pthread_t t;

	return pthread_create(&t, NULL, idle, NULL) == 0 ? pthread_join(t, NULL) : EAGAIN;
}

static int
try_name(void)
{
	struct addrinfo *list = NULL;
	int rc = getaddrinfo("localhost", "443", NULL, &list);

	if (rc == 0)
		freeaddrinfo(list);
	return rc == 0 ? 0 : ENOENT;
}

static int
try_memory(void)
{
	void *p = malloc((size_t)1 << 33);

	free(p);
	return p ? 0 : ENOMEM;
}

static const struct trial {
	const char *name;
	int (*run)(void);
	int want;			/* errno, 0: it works, -1: SIGSYS */
	bool not_sanitized;
	bool job;			/* in the room of a job */
} trials[] = {
	{ "read /etc/passwd", try_passwd, EACCES, false },
	{ "read /etc/shadow", try_shadow, EACCES, false },
	{ "read the file it may", try_own, 0, false },
	{ "write to it", try_write_own, EACCES, false },
	{ "cut it", try_cut, EACCES, false },
	{ "remove it", try_unlink, EACCES, false },
	{ "make a file", try_new, EACCES, false },
	{ "look for certificates", try_certificates, 0, false },
	{ "a socket", try_socket, 0, false },
	{ "wait for others", try_listen, -1, false },
	{ "a name", try_name, 0, false },
	{ "a thread", try_thread, 0, false },
	{ "fork", try_fork, -1, true },
	{ "fork without libc", try_raw_fork, -1, false },
	{ "another program", try_exec, -1, false },
	{ "ptrace", try_ptrace, -1, false },
	{ "kill init", try_kill, -1, false },
	{ "become root", try_setuid, -1, false },
	{ "memory over the limit", try_memory, ENOMEM, true },
	{ "job: read /etc/passwd", try_passwd, 0, false, true },
	{ "job: write elsewhere", try_write_own, EACCES, false, true },
	{ "job: make a file elsewhere", try_new, EACCES, false, true },
	{ "job: remove one", try_unlink, EACCES, false, true },
	{ "job: a file in its folder", try_folder, 0, false, true },
	{ "job: a process", try_fork, 0, true, true },
	{ "job: another program", try_exec, EACCES, false, true },
};

static bool
has_landlock(void)
{
	return syscall(SYS_landlock_create_ruleset, NULL, 0, 1) >= 1;
}

_Noreturn static void
inside(const struct trial *t)
{
	const struct sandbox box = { .memory_max = 256 << 20, .tmp_max = 1 << 20 };
	const char *const reads[] = { mine };
	struct buf missing, why;

	buf_init(&missing, 1000);
	buf_init(&why, 1000);
	if ((t->job ? sandbox_write_below(folder, &missing, &why) : sandbox_ask(&box, reads, 1, &missing, &why)) != RC_OK) {
		dprintf(2, "# %s\n", buf_cstr(&why));
		_exit(255);
	}
	_exit(t->run());
}

int
main(void)
{
	int fd = mkstemp(mine);

	close(fd);
	test_ok(mkdtemp(folder) != NULL, "a folder");
	for (size_t i = 0; i < sizeof(trials) / sizeof(*trials); i++) {
		const struct trial *t = &trials[i];
		int status = 0;
		pid_t pid;

		if ((SANITIZED && t->not_sanitized) || (t->want == EACCES && !has_landlock())) {
			test_skip(t->name, SANITIZED ? "sanitizer build" : "no Landlock here");
			continue;
		}
		fflush(stdout);
		pid = fork();
		if (pid == 0)
			inside(t);
		waitpid(pid, &status, 0);
		if (!test_ok(t->want == -1 ? WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS :
		    WIFEXITED(status) && WEXITSTATUS(status) == t->want, t->name))
			printf("#   status %x, want %d\n", (unsigned)status, t->want);
	}
	unlink(mine);
	rmdir(folder);
	return test_done();
}
