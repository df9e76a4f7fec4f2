/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "click/keyring.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>
#include <time.h>

#include "click/folder.h"
#include "test.h"

enum { NOW_S = 1770000000, YEAR_S = 365 * 86400 };

static struct str dir;
static struct buf why;

static void
wait_look(void)
{
	nanosleep(&(struct timespec){ 1, 100 * 1000000L }, NULL);
}

static unsigned
newest(const struct keyring *ring)
{
	struct keyring_key k;

	return keyring_newest(ring, &k) == RC_OK ? k.id : 0;
}

static void
first_key(void)
{
	struct keyring *ring = NULL;
	struct stat st;

	test_int(keyring_open(keyring_of(dir, KEYRING_CLICK), &ring, &why), RC_NONE, "no keys: none");
	buf_reset(&why);
	test_int(keyring_ensure(keyring_of(dir, KEYRING_CLICK), NOW_S, &ring, &why), RC_OK, "ensure makes the first");
	test_int(newest(ring), 1, "its ID is 1");
	test_ok(stat(folder_file("keys/click"), &st) == 0 && (st.st_mode & 0777) == 0600, "nobody else can read it");
	test_ok(stat(folder_file("keys"), &st) == 0 && (st.st_mode & 0777) == 0700, "nor its folder");
	keyring_close(&ring);
	test_int(keyring_ensure(keyring_of(dir, KEYRING_CLICK), NOW_S, &ring, &why), RC_OK, "ensure again");
	test_int(newest(ring), 1, "takes the one that is there");
	keyring_close(&ring);
	test_ok(!ring, "closed");
}

static void
rotation(void)
{
	struct keyring *ring = NULL;
	struct keyring_key a, b, list[KEYRING_KEYS];
	unsigned id = 0;
	size_t gone = 9;

	if (keyring_open(keyring_of(dir, KEYRING_CLICK), &ring, &why) != RC_OK || keyring_find(ring, 1, &a) != RC_OK) {
		test_ok(false, "open");
		return;
	}
	test_int(keyring_rotate(keyring_of(dir, KEYRING_CLICK), NOW_S + 100, YEAR_S, &id, &gone, &why), RC_OK, "rotate");
	test_ok(id == 2 && gone == 0, "key 2, none taken out");
	test_int(newest(ring), 1, "not looked at again yet");
	wait_look();
	test_int(newest(ring), 2, "the open keyring notices");
	test_ok(keyring_find(ring, 1, &b) == RC_OK && memcmp(a.bytes, b.bytes, sizeof(a.bytes)) == 0, "key 1 still opens");
	test_ok(keyring_find(ring, 2, &b) == RC_OK && memcmp(a.bytes, b.bytes, sizeof(a.bytes)) != 0, "key 2 is another");
	test_int(keyring_find(ring, 3, &b), RC_NONE, "no key 3");
	test_int(keyring_rotate(keyring_of(dir, KEYRING_CLICK), NOW_S + 101 + YEAR_S, YEAR_S, &id, &gone, &why), RC_OK,
	    "rotate after a year");
	test_ok(id == 3 && gone == 1, "key 1 is taken out, as 2 is over a year old");
	wait_look();
	test_int(keyring_find(ring, 1, &b), RC_NONE, "nothing opens with it any more");
	test_int((int64_t)keyring_list(ring, list), 2, "two are listed");
	test_ok(list[0].id == 2 && list[1].id == 3 && list[1].created_s == NOW_S + 101 + YEAR_S, "oldest first, with time");
	test_int(list[0].bytes[0] | list[0].bytes[1] | list[0].bytes[63], 0, "without the keys");
	for (int i = 0; i < KEYRING_KEYS; i++)
		if (keyring_rotate(keyring_of(dir, KEYRING_CLICK), NOW_S, YEAR_S, &id, &gone, &why) != RC_OK)
			test_ok(false, "rotate often");
	wait_look();
	test_int((int64_t)keyring_list(ring, list), KEYRING_KEYS, "no more than KEYRING_KEYS are kept");
	test_int(newest(ring), (int64_t)id, "the newest is among them");
	keyring_close(&ring);
}

static void
put_file(const char *text, mode_t mode)
{
	const char *path = folder_file("keys/click");
	FILE *f;

	unlink(path);
	f = fopen(path, "w");
	if (!f || fputs(text, f) < 0 || fclose(f) != 0 || chmod(path, mode) != 0)
		test_ok(false, "write the file");
}

#define KEY "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=="

static void
bad_files(void)
{
	static const struct {
		const char *name, *text;
		mode_t mode;
		enum rc want;
		const char *why;
	} cases[] = {
		{ "good", "1 5 " KEY "\n7 6 " KEY "\n", 0600, RC_OK, "" },
		{ "others may read", "1 5 " KEY "\n", 0640, RC_BAD, "chmod 0600" },
		{ "others may write", "1 5 " KEY "\n", 0602, RC_BAD, "chmod 0600" },
		{ "empty", "", 0600, RC_BAD, "no keys" },
		{ "half a key", "1 5 AAAA\n", 0600, RC_BAD, "click:1: no key" },
		{ "ID 0", "0 5 " KEY "\n", 0600, RC_BAD, ":1: no key" },
		{ "ID too large", "65536 5 " KEY "\n", 0600, RC_BAD, ":1: no key" },
		{ "IDs fall", "2 5 " KEY "\n1 5 " KEY "\n", 0600, RC_BAD, ":2: IDs must rise" },
		{ "the same ID twice", "2 5 " KEY "\n2 5 " KEY "\n", 0600, RC_BAD, ":2: IDs must rise" },
		{ "something else", "hello\n", 0600, RC_BAD, ":1: no key" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct keyring *ring = NULL;

		put_file(cases[i].text, cases[i].mode);
		buf_reset(&why);
		test_int(keyring_open(keyring_of(dir, KEYRING_CLICK), &ring, &why), cases[i].want, cases[i].name);
		test_ok(str_find(buf_str(&why), str_of(cases[i].why)) != STR_NPOS, buf_cstr(&why));
		keyring_close(&ring);
	}
}

static void
links_and_damage(void)
{
	struct keyring *ring = NULL, *other = NULL;
	char target[128];

	put_file("4 5 " KEY "\n", 0600);
	test_int(keyring_open(keyring_of(dir, KEYRING_CLICK), &ring, &why), RC_OK, "open");
	put_file("damaged\n", 0600);
	wait_look();
	test_int(newest(ring), 4, "a damaged file keeps the keys that were there");
	snprintf(target, sizeof(target), "%s", folder_file("other"));
	put_file("5 5 " KEY "\n", 0600);
	if (rename(folder_file("keys/click"), target) != 0 || symlink(target, folder_file("keys/click")) != 0)
		test_ok(false, "symlink");
	test_int(keyring_open(keyring_of(dir, KEYRING_CLICK), &other, &why), RC_BAD, "a symbolic link is not followed");
	wait_look();
	test_int(newest(ring), 4, "nor by one that is open");
	keyring_close(&ring);
}

/* ---- threads ---- */

static _Atomic int failures;

static void *
ask(void *arg)
{
	for (int i = 0; i < 20000; i++)
		if (newest(arg) == 0)
			failures++;
	return NULL;
}

static void
threads(void)
{
	struct keyring *ring = NULL;
	pthread_t t[4];
	unsigned id;
	size_t gone;

	put_file("4 5 " KEY "\n", 0600);
	if (keyring_open(keyring_of(dir, KEYRING_CLICK), &ring, &why) != RC_OK)
		return;
	for (size_t i = 0; i < 4; i++)
		pthread_create(&t[i], NULL, ask, ring);
	for (int i = 0; i < 10; i++)
		failures += keyring_rotate(keyring_of(dir, KEYRING_CLICK), NOW_S, YEAR_S, &id, &gone, &why) != RC_OK;
	for (size_t i = 0; i < 4; i++)
		pthread_join(t[i], NULL);
	test_int(failures, 0, "threads ask while keys are rotated");
	keyring_close(&ring);
}

int
main(void)
{
	buf_init(&why, 4096);
	dir = folder_make();
	first_key();
	rotation();
	bad_files();
	links_and_damage();
	unlink(folder_file("keys/click"));
	threads();
	buf_clear(&why);
	return test_done();
}
