/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* The list comes from strace of the engines over the test files of ClamAV and mail, HTML, PDF,
 * office and archive samples, and what glibc's allocator and abort() use. */
#include "worker/syscalls.h"

#include <errno.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/sanitizer.h"

static const int allowed[] = {
	/* descriptors it has, and files in its folder (Landlock says which) */
	SCMP_SYS(read), SCMP_SYS(write), SCMP_SYS(readv), SCMP_SYS(writev), SCMP_SYS(pread64),
	SCMP_SYS(pwrite64),
	SCMP_SYS(lseek), SCMP_SYS(close), SCMP_SYS(dup), SCMP_SYS(openat), SCMP_SYS(open),
	SCMP_SYS(newfstatat), SCMP_SYS(fstat), SCMP_SYS(stat), SCMP_SYS(lstat), SCMP_SYS(statx),
	SCMP_SYS(access), SCMP_SYS(faccessat), SCMP_SYS(faccessat2),
	SCMP_SYS(ftruncate), SCMP_SYS(fallocate), SCMP_SYS(fsync), SCMP_SYS(fadvise64),
	SCMP_SYS(unlink), SCMP_SYS(unlinkat), SCMP_SYS(mkdir), SCMP_SYS(mkdirat), SCMP_SYS(rmdir),
	SCMP_SYS(rename), SCMP_SYS(renameat), SCMP_SYS(renameat2), SCMP_SYS(chmod), SCMP_SYS(fchmod),
	SCMP_SYS(fchmodat),
	SCMP_SYS(getdents64), SCMP_SYS(getcwd), SCMP_SYS(umask), SCMP_SYS(fcntl), SCMP_SYS(memfd_create),
	/* its client */
	SCMP_SYS(recvmsg), SCMP_SYS(sendmsg), SCMP_SYS(poll), SCMP_SYS(ppoll),
	/* memory; mmap and mprotect have rows of their own */
	SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise), SCMP_SYS(brk),
	/* time, identity, randomness, signals */
	SCMP_SYS(futex), SCMP_SYS(clock_gettime), SCMP_SYS(gettimeofday), SCMP_SYS(time),
	SCMP_SYS(getrusage), SCMP_SYS(sched_getaffinity),
	SCMP_SYS(times), SCMP_SYS(getpid), SCMP_SYS(gettid), SCMP_SYS(getuid), SCMP_SYS(geteuid),
	SCMP_SYS(getgid), SCMP_SYS(getegid), SCMP_SYS(getrandom), SCMP_SYS(sysinfo), SCMP_SYS(uname),
	SCMP_SYS(sched_yield), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn), SCMP_SYS(restart_syscall),
	SCMP_SYS(clock_nanosleep), SCMP_SYS(nanosleep), SCMP_SYS(exit), SCMP_SYS(exit_group),
};

/* What sanitizers need to start, to watch and to report: never in a build that serves. */
static const int for_sanitizers[] = {
	SCMP_SYS(sigaltstack), SCMP_SYS(prctl), SCMP_SYS(readlink), SCMP_SYS(readlinkat),
	SCMP_SYS(prlimit64), SCMP_SYS(getrlimit), SCMP_SYS(set_robust_list), SCMP_SYS(rseq),
	SCMP_SYS(getppid),
	SCMP_SYS(ioctl), SCMP_SYS(arch_prctl), SCMP_SYS(membarrier), SCMP_SYS(wait4), SCMP_SYS(pipe2),
	SCMP_SYS(pipe),
};

/* What somebody needs who asks other machines. */
static const int asks[] = {
	SCMP_SYS(socket), SCMP_SYS(socketpair), SCMP_SYS(connect), SCMP_SYS(bind), SCMP_SYS(sendto),
	SCMP_SYS(recvfrom), SCMP_SYS(sendmmsg),
};

/* Only somebody who has taken the process over would try these. */
static const int deadly[] = {
	SCMP_SYS(listen), SCMP_SYS(accept), SCMP_SYS(accept4), SCMP_SYS(execve),
	SCMP_SYS(execveat), SCMP_SYS(fork), SCMP_SYS(vfork),
	SCMP_SYS(ptrace), SCMP_SYS(process_vm_readv), SCMP_SYS(process_vm_writev), SCMP_SYS(kill),
	SCMP_SYS(tkill),
	SCMP_SYS(rt_sigqueueinfo), SCMP_SYS(pidfd_open), SCMP_SYS(pidfd_getfd), SCMP_SYS(pidfd_send_signal),
	SCMP_SYS(mount), SCMP_SYS(umount2), SCMP_SYS(pivot_root), SCMP_SYS(chroot), SCMP_SYS(unshare),
	SCMP_SYS(setns),
	SCMP_SYS(open_by_handle_at), SCMP_SYS(bpf), SCMP_SYS(perf_event_open), SCMP_SYS(userfaultfd),
	SCMP_SYS(io_uring_setup), SCMP_SYS(io_uring_enter), SCMP_SYS(keyctl), SCMP_SYS(add_key),
	SCMP_SYS(init_module), SCMP_SYS(finit_module), SCMP_SYS(kexec_load), SCMP_SYS(reboot),
	SCMP_SYS(setuid), SCMP_SYS(setgid), SCMP_SYS(setresuid), SCMP_SYS(setresgid), SCMP_SYS(capset),
	SCMP_SYS(link), SCMP_SYS(linkat), SCMP_SYS(symlink), SCMP_SYS(symlinkat), SCMP_SYS(mknod),
	SCMP_SYS(mknodat),
	SCMP_SYS(modify_ldt), SCMP_SYS(personality), SCMP_SYS(shmget), SCMP_SYS(shmat), SCMP_SYS(msgget),
};

static bool
add_rows(scmp_filter_ctx ctx, uint32_t action, const int *calls, size_t n)
{
	/* A call that this architecture does not have needs no row. */
	for (size_t i = 0; i < n; i++)
		if (calls[i] >= 0 && seccomp_rule_add(ctx, action, calls[i], 0) != 0)
			return false;
	return true;
}

#define ROWS(list) list, sizeof(list) / sizeof((list)[0])

/* Memory is never executable; a signal goes to this process only (abort), and the handler
 * below stays in place. */
static bool
add_rows_with_arguments(scmp_filter_ctx ctx)
{
	pid_t self = getpid();

	return seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1,
	        SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)) == 0 &&
	    seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1,
	        SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)) == 0 &&
	    seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1,
	        SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)self)) == 0 &&
	    seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(rt_sigaction), 1,
	        SCMP_A0(SCMP_CMP_NE, SIGSYS)) == 0;
}

/* libclamav 1.4.3 decodes pictures with a pool of threads. Where the kernel says that there is no
 * such call it does without. clone3's flags lie in memory, out of a filter's reach: so it never
 * exists, and glibc goes on to clone, which makes no process either. */
static bool
add_rows_without_threads(scmp_filter_ctx ctx)
{
	const uint32_t no_such_call = SCMP_ACT_ERRNO(ENOSYS);

	return seccomp_rule_add(ctx, no_such_call, SCMP_SYS(clone3), 0) == 0 &&
	    seccomp_rule_add(ctx, no_such_call, SCMP_SYS(clone), 1,
	        SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD)) == 0 &&
	    seccomp_rule_add(ctx, SCMP_ACT_KILL_PROCESS, SCMP_SYS(clone), 1,
	        SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, 0)) == 0;
}

static size_t
put_number(char *out, unsigned v)
{
	char digits[12];
	size_t n = 0;

	do
		digits[n++] = (char)('0' + v % 10);
	while (v /= 10);
	for (size_t i = 0; i < n; i++)
		out[i] = digits[n - 1 - i];
	return n;
}

/* Write which call it was, then make a deadly one: SA_RESETHAND left the default action, so
 * the process ends by SIGSYS as its supervisor expects. */
static void
on_refused(int sig, siginfo_t *info, void *context)
{
	static const char before[] = "sekimori-worker: system call ", after[] = " refused by the sandbox\n";
	char line[sizeof(before) + sizeof(after) + 12];
	size_t n = sizeof(before) - 1;

	(void)sig;
	(void)context;
	memcpy(line, before, n);
	n += put_number(line + n, (unsigned)info->si_syscall);
	memcpy(line + n, after, sizeof(after) - 1);
	n += sizeof(after) - 1;
	if (write(STDERR_FILENO, line, n) < 0)
		errno = 0;	/* nobody listens */
	syscall(SYS_ptrace, 0, 0, 0, 0);
	_exit(1);
}

static bool
install_handler(void)
{
	struct sigaction act = { .sa_sigaction = on_refused, .sa_flags = (int)(SA_SIGINFO | SA_RESETHAND) };
	sigset_t set;

	sigemptyset(&act.sa_mask);
	sigemptyset(&set);
	sigaddset(&set, SIGSYS);
	return sigaction(SIGSYS, &act, NULL) == 0 && sigprocmask(SIG_UNBLOCK, &set, NULL) == 0;
}

enum rc
syscalls_restrict(struct buf *why)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_TRAP);
	int rc = -ENOMEM;

	if (ctx && install_handler() && add_rows(ctx, SCMP_ACT_ALLOW, ROWS(allowed)) &&
	    (!SANITIZED || add_rows(ctx, SCMP_ACT_ALLOW, ROWS(for_sanitizers))) &&
	    add_rows(ctx, SCMP_ACT_KILL_PROCESS, ROWS(deadly)) && add_rows(ctx, SCMP_ACT_KILL_PROCESS, ROWS(asks)) &&
	    add_rows_with_arguments(ctx) &&
	    add_rows_without_threads(ctx))
		rc = seccomp_load(ctx);
	seccomp_release(ctx);
	if (rc == 0)
		return RC_OK;
	buf_printf(why, "sandbox: seccomp: %s", strerror(-rc));
	return RC_BAD;
}

/* What libcurl, TLS and the resolver of libc call is no short list, and another one in each release:
 * so this one says what they do not do. Threads they may start (libc resolves names in one). */
enum rc
syscalls_restrict_asking(struct buf *why)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ALLOW);
	int rc = -ENOMEM;

	if (ctx && add_rows(ctx, SCMP_ACT_KILL_PROCESS, ROWS(deadly)) &&
	    seccomp_rule_add(ctx, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0) == 0 &&
	    seccomp_rule_add(ctx, SCMP_ACT_KILL_PROCESS, SCMP_SYS(clone), 1,
	        SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, 0)) == 0)
		rc = seccomp_load(ctx);
	seccomp_release(ctx);
	if (rc == 0)
		return RC_OK;
	buf_printf(why, "sandbox: seccomp: %s", strerror(-rc));
	return RC_BAD;
}
