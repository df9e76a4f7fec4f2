/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* covers: lib/store/bodies.c lib/store/bodies_files.c lib/store/bodies_pack.c */
#include "bodies_kit.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

enum { KILLS = 200, KILL_US = 20000, KEY = 24, BIG = 1024 * 1024 };

static const struct bodies_conf plain = { .level = 1 };

static struct bodies *
open_in(const char *dir, const struct bodies_conf *conf)
{
	struct bodies *b = NULL;
	struct buf why;

	buf_init(&why, 1000);
	if (bodies_open(conf, str_of(dir), (struct log_ctx){ NULL, "-" }, &b, &why) != RC_OK)
		test_show("why", buf_str(&why));
	buf_clear(&why);
	return b;
}

static void
new_dir(char dir[32])
{
	snprintf(dir, 32, "/tmp/bodies.XXXXXX");
	if (!mkdtemp(dir))
		abort();
}

static void
clean(const char *dir)
{
	char command[100];

	snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	if (system(command) != 0)
		perror(dir);
}

static void
damaged(const char *dir, struct bodies *b)
{
	char *p = kit_bytes(100000, 7), path[100];
	uint64_t size;
	int fd;

	test_int(kit_put(b, "damaged", (struct str){ p, 100000 }), RC_OK, "one to be damaged");
	snprintf(path, sizeof(path), "%s/bodies/ed/damaged.zst", dir);
	fd = open(path, O_RDWR);
	test_int(fd >= 0 && pwrite(fd, "XXXX", 4, 5000) == 4, true, "four bytes of it change");
	close(fd);
	test_int(bodies_get(b, STR("damaged"), &fd, &size), RC_BAD, "it is not given out");
	test_int(truncate(path, 3000), 0, "it is cut short");
	test_int(bodies_get(b, STR("damaged"), &fd, &size), RC_BAD, "nor is that");
	test_int(truncate(path, 0), 0, "it is emptied");
	test_int(bodies_get(b, STR("damaged"), &fd, &size), RC_BAD, "nor that");
	free(p);
}

/* One that is full takes nothing, and keeps what it has. */
static void
full(void)
{
	char *p = kit_bytes(8 * BIG, 3), dir[32];
	struct bodies_conf limit = { .level = 1, .max_bytes = BIG }, free_space = { .level = 1 };
	struct bodies *b;

	new_dir(dir);
	b = open_in(dir, &limit);
	test_int(kit_put(b, "within", (struct str){ p, 8 * BIG }), RC_OK, "up to max_bytes");
	test_int(kit_put(b, "beyond", STR("x")), RC_TEMP, "no more");
	bodies_close(&b);
	b = open_in(dir, &limit);
	test_int(kit_put(b, "beyond", STR("x")), RC_TEMP, "nor after a start");
	test_int(bodies_delete(b, STR("within")), RC_OK, "one goes");
	test_int(kit_put(b, "beyond", STR("x")), RC_OK, "then there is room");
	bodies_close(&b);
	free_space.min_free = INT64_MAX / 2;
	b = open_in(dir, &free_space);
	test_int(kit_put(b, "min-free", STR("x")), RC_TEMP, "the disk keeps min_free");
	bodies_close(&b);
	if (geteuid() == 0 && mount("tmpfs", dir, "tmpfs", 0, "size=1m") == 0) {
		b = open_in(dir, &plain);
		test_int(kit_put(b, "large", (struct str){ p, 8 * BIG }), RC_TEMP, "a disk that is full");
		test_int(kit_put(b, "small", STR("x")), RC_OK, "has nothing left of it");
		bodies_close(&b);
		umount(dir);
	} else {
		test_skip("a disk that is full", "only root mounts");
	}
	clean(dir);
	free(p);
}

static void
put_until_killed(const char *dir, int out, const char *p)
{
	struct bodies *b = open_in(dir, &plain);

	for (int i = 0; b; i++) {
		char key[KEY] = "";

		snprintf(key, sizeof(key), "k%d-%d", getpid(), i);
		if (kit_put(b, key, (struct str){ p, 20000 }) == RC_OK && write(out, key, KEY) != KEY)
			break;
	}
	_exit(1);
}

static void
killed(void)
{
	char *p = kit_bytes(20000, 9), dir[32], key[KEY];
	int stored = 0, missing = 0;
	struct bodies *b;

	new_dir(dir);
	b = open_in(dir, &plain);
	for (int i = 0; i < KILLS; i++) {
		int pair[2];
		pid_t pid;

		if (pipe(pair) != 0 || (pid = fork()) < 0)
			abort();
		if (pid == 0)
			put_until_killed(dir, pair[1], p);
		close(pair[1]);
		/* Every other time once it is at work, however long its start takes. */
		if (i % 2 && read(pair[0], key, KEY) == KEY) {
			stored++;
			missing += !kit_same(b, key, (struct str){ p, 20000 });
		}
		usleep((useconds_t)(random() % KILL_US));
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		for (; read(pair[0], key, KEY) == KEY; stored++)
			missing += !kit_same(b, key, (struct str){ p, 20000 });
		close(pair[0]);
	}
	test_int(stored >= KILLS / 2, true, "killed 200 times: much was stored");
	test_int(missing, 0, "all of it is there, whole");
	bodies_close(&b);
	clean(dir);
	free(p);
}

int
main(void)
{
	struct bodies *b;
	char dir[32];

	new_dir(dir);
	b = open_in(dir, &plain);
	if (!b)
		return 1;
	kit_all(b);
	damaged(dir, b);
	bodies_close(&b);
	clean(dir);
	full();
	killed();
	return test_done();
}
