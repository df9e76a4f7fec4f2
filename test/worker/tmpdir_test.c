/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "worker/tmpdir.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "test.h"

static char parent[] = "/tmp/tmpdir-test-XXXXXX";
static struct buf why;

static size_t
entries(const char *path)
{
	DIR *d = opendir(path);
	size_t n = 0;

	while (d && readdir(d))
		n++;
	if (d)
		closedir(d);
	return n > 2 ? n - 2 : 0;
}

static void
open_or_die(struct tmpdir *t)
{
	if (tmpdir_open(t, str_of(parent), &why) != RC_OK) {
		printf("# %s\n", buf_cstr(&why));
		exit(1);
	}
}

static void
make_file(int at, const char *name)
{
	int fd = openat(at, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0 || write(fd, "x", 1) != 1)
		exit(1);
	close(fd);
}

/* Directories within directories, far deeper than any path can name. */
static void
make_deep(const char *path, int levels)
{
	int at = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	for (int i = 0; i < levels; i++) {
		int next;

		if (mkdirat(at, "deeper", 0700) != 0)
			exit(1);
		make_file(at, "file");
		next = openat(at, "deeper", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		close(at);
		at = next;
	}
	close(at);
}

static void
test_life(void)
{
	struct tmpdir t;
	char a[PATH_MAX], b[PATH_MAX];
	struct stat st;

	open_or_die(&t);
	test_int(tmpdir_make(&t, str_of(parent), 1, a, &why), RC_OK, "a folder for worker 1");
	test_int(tmpdir_make(&t, str_of(parent), 2, b, &why), RC_OK, "and for worker 2");
	test_ok(stat(a, &st) == 0 && (st.st_mode & 0777) == 0700, "for its owner only");
	test_int(tmpdir_make(&t, str_of(parent), 2, b, &why), RC_TEMP, "a number is used once");
	buf_reset(&why);
	test_int(tmpdir_remove(&t, 1), RC_OK, "removed");
	test_ok(stat(a, &st) != 0 && stat(b, &st) == 0, "and only that one");
	test_int(tmpdir_remove(&t, 1), RC_NONE, "removed before");
	tmpdir_close(&t);
	test_int((int64_t)entries(parent), 0, "nothing is left");
}

static void
test_litter(void)
{
	struct tmpdir t;
	char path[PATH_MAX], outside[] = "/tmp/tmpdir-outside-XXXXXX", name[PATH_MAX + 20];
	int fd;
	struct stat st;

	open_or_die(&t);
	if (!mkdtemp(outside) || tmpdir_make(&t, str_of(parent), 1, path, &why) != RC_OK)
		exit(1);
	fd = open(outside, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	make_file(fd, "precious");
	make_deep(path, 700);
	snprintf(name, sizeof(name), "%s/link", path);
	test_int(symlink(outside, name), 0, "a link to a folder outside");
	snprintf(name, sizeof(name), "%s/locked", path);
	if (mkdir(name, 0700) != 0)
		exit(1);
	make_deep(name, 5);
	chmod(name, 0);
	snprintf(name, sizeof(name), "%s/up-0", path);
	if (mkdir(name, 0700) != 0)
		exit(1);
	make_deep(name, 2);
	test_int(tmpdir_remove(&t, 1), RC_OK, "700 levels, closed folders, names as we use them");
	test_ok(stat(path, &st) != 0, "all gone");
	test_ok(fstatat(fd, "precious", &st, 0) == 0, "the link was not followed");
	unlinkat(fd, "precious", 0);
	close(fd);
	rmdir(outside);
	tmpdir_close(&t);
}

/* What a killed zygote left is removed by the next; what a living one uses is not. */
static void
test_stale(void)
{
	struct tmpdir living, next;
	char path[PATH_MAX], other[PATH_MAX];
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		struct tmpdir t;

		open_or_die(&t);
		if (tmpdir_make(&t, str_of(parent), 1, path, &why) != RC_OK)
			_exit(1);
		make_deep(path, 10);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	test_int((int64_t)entries(parent), 1, "a zygote died and left its folder");
	open_or_die(&living);
	test_int((int64_t)entries(parent), 1, "the next one removes it");
	open_or_die(&next);
	test_int((int64_t)entries(parent), 2, "but not that of a living one");
	tmpdir_close(&living);
	tmpdir_close(&next);
	test_int((int64_t)entries(parent), 0, "nothing is left");
	snprintf(other, sizeof(other), "%s/sekimori-0.1.0", parent);
	test_int(mkdir(other, 0700), 0, "somebody else's folder with a similar name");
	open_or_die(&next);
	tmpdir_close(&next);
	test_int(rmdir(other), 0, "is not ours to remove");
}

static void
test_removed_parent(void)
{
	struct tmpdir t;
	char path[PATH_MAX];

	open_or_die(&t);
	rmdir(t.path);
	rmdir(parent);
	test_int(tmpdir_make(&t, str_of(parent), 1, path, &why), RC_OK, "made again when somebody removed it");
	test_int((int64_t)entries(path), 0, "and there it is");
	tmpdir_close(&t);
}

int
main(void)
{
	buf_init(&why, 1000);
	if (!mkdtemp(parent))
		return 1;
	test_life();
	test_litter();
	test_stale();
	test_removed_parent();
	rmdir(parent);
	buf_clear(&why);
	return test_done();
}
