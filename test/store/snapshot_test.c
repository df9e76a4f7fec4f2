/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fdio.h"
#include "store/snapshot.h"
#include "test.h"

/* covers: lib/store/memory.c, lib/store/key.c */
enum { HOUR = 3600000 };
#define T0 1700000000000LL

static char dir[] = "/tmp/sekimori-snapshot-XXXXXX";

static const char *
at(const char *name, char path[200])
{
	(void)snprintf(path, 200, "%s/%s", dir, name);
	return path;
}

static struct counter_op
run(struct memory *m, enum counter_type type, const char *kind, const char *name, int64_t add, int64_t now)
{
	struct counter_op op = { .type = type, .kind = kind, .name = str_of(name), .window_ms = HOUR, .add = add,
	    .good = type == COUNT_HISTORY ? (double)add : 0 };
	struct key key;

	key_make(&key, kind, op.name);
	memory_run(m, &key, &op, now);
	return op;
}

static void
keys(void)
{
	struct key a, b;
	char longer[COUNTER_KEY + 10];

	memset(longer, 'x', sizeof(longer));
	key_make(&a, "k", STR("n"));
	test_str(key_str(&a), STR("k:n"), "kind and name");
	key_make(&a, "k", (struct str){ longer, COUNTER_KEY });
	test_int((int64_t)a.n, 2 + COUNTER_KEY, "the longest name stands for itself");
	key_make(&a, "k", (struct str){ longer, COUNTER_KEY + 1 });
	key_make(&b, "k", (struct str){ longer, COUNTER_KEY + 2 });
	test_ok(str_starts(key_str(&a), STR("k:sha256:")) && !str_eq(key_str(&a), key_str(&b)), "longer ones are hashed");
	key_make(&a, "k", STR("a\0b"));
	key_make(&b, "k", STR("a\0c"));
	test_ok(!str_eq(key_str(&a), key_str(&b)), "names may hold NUL");
}

static void
eviction(void)
{
	struct memory *m = memory_new(MEMORY_SHARDS * 4);
	char name[20];

	run(m, COUNT_MARK, "old", "used", 1, T0);
	for (int i = 0; i < 10000; i++) {
		(void)snprintf(name, sizeof(name), "n%d", i);
		run(m, COUNT_MARK, "new", name, 1, T0);
		run(m, COUNT_MARK, "old", "used", 0, T0);
	}
	test_int((int64_t)memory_entries(m), MEMORY_SHARDS * 4, "memory is full and stays so");
	test_int((int64_t)memory_evicted(m), 10001 - MEMORY_SHARDS * 4, "all others had to go");
	test_int(run(m, COUNT_MARK, "old", "used", 0, T0).count, 1, "what is used stays");
	test_int(run(m, COUNT_MARK, "new", "n0", 0, T0).count, 0, "the longest unused went");
	test_int(run(m, COUNT_MARK, "new", "n9999", 0, T0).count, 1, "the last stays");
	run(m, COUNT_MARK, "new", "only asked for", 0, T0);
	test_int((int64_t)memory_evicted(m), 10001 - MEMORY_SHARDS * 4, "reading makes no entries");
	memory_free(&m);
}

static struct memory *
sample(void)
{
	struct memory *m = memory_new(100000);
	char name[20];

	for (int i = 0; i < 3000; i++) {
		(void)snprintf(name, sizeof(name), "n%d", i);
		run(m, COUNT_RATE, "rate", name, 5 + i, T0);
		run(m, COUNT_HISTORY, "history", name, i + 1, T0);
		run(m, COUNT_MARK, "mark", name, 3, T0 - 1000);
		run(m, COUNT_MARK, "mark", name, i + 1, T0);
	}
	return m;
}

static void
round_trip(void)
{
	struct memory *a = sample(), *b = memory_new(100000);
	char path[200], name[20], other[200];
	struct stat st;
	struct buf why;
	size_t wrong = 0;

	buf_init(&why, 500);
	test_int(snapshot_read(b, at("counters", path), T0, &why), RC_NONE, "no file yet");
	run(a, COUNT_MARK, "old", "gone", 1, T0 - 2 * HOUR);
	test_int(snapshot_write(a, path, T0, &why), RC_OK, "written");
	test_ok(stat(path, &st) == 0 && (st.st_mode & 0777) == 0600, "for nobody else to read");
	test_ok(access(at("counters.new", other), F_OK) != 0, "nothing is left beside it");
	test_int(snapshot_read(b, path, T0, &why), RC_OK, "read");
	test_int((int64_t)memory_entries(b), 9000, "all that has not expired is there");
	for (int i = 0; i < 3000; i++) {
		struct counter_op h, m;

		(void)snprintf(name, sizeof(name), "n%d", i);
		h = run(b, COUNT_HISTORY, "history", name, 0, T0);
		m = run(b, COUNT_MARK, "mark", name, 0, T0);
		wrong += run(b, COUNT_RATE, "rate", name, 0, T0).count != 5 + i;
		wrong += h.good_now < i + 0.999 || h.good_now > i + 1.001 || h.first_ms != T0;
		wrong += m.count != i + 4 || m.first_ms != T0 - 1000 || m.last_ms != T0;
	}
	test_int((int64_t)wrong, 0, "with the same numbers");
	test_int(snapshot_write(b, "/nowhere/at/all", T0, &why), RC_TEMP, "a folder that is not there");
	test_ok(str_find(buf_str(&why), STR("No such file")) != STR_NPOS, "is named as the reason");
	memory_free(&b);
	b = memory_new(MEMORY_SHARDS);
	buf_reset(&why);
	test_int(snapshot_read(b, path, T0, &why), RC_OK, "a smaller memory takes what fits");
	test_int((int64_t)memory_entries(b), MEMORY_SHARDS, "and no more");
	memory_free(&a);
	memory_free(&b);
	buf_clear(&why);
}

static int64_t
parse(struct str in, enum rc want, const char *name)
{
	struct memory *m = memory_new(100000);
	struct buf why;
	int64_t n;

	buf_init(&why, 500);
	test_int(snapshot_parse(m, in, T0, &why), want, name);
	test_ok((why.n == 0) == (want == RC_OK), "a reason when there is one");
	n = (int64_t)memory_entries(m);
	memory_free(&m);
	buf_clear(&why);
	return n;
}

static void
damage(void)
{
	struct memory *m = memory_new(100000), *none = memory_new(1);
	struct buf file, why;
	char path[200];
	size_t taken = 0;

	run(m, COUNT_RATE, "rate", "a", 5, T0);
	run(m, COUNT_HISTORY, "history", "b", 5, T0);
	buf_init(&file, 1 << 20);
	buf_init(&why, 500);
	test_int(snapshot_write(m, at("small", path), T0, &why), RC_OK, "a small snapshot");
	test_int(fdio_read_file(path, &file), RC_OK, "as bytes");
	test_int(parse(buf_str(&file), RC_OK, "whole"), 2, "it has two");
	for (size_t i = 0; i < file.n; i++) {
		buf_reset(&why);
		file.p[i] ^= 0x20;
		taken += snapshot_parse(none, buf_str(&file), T0, &why) == RC_OK;
		file.p[i] ^= 0x20;
		taken += snapshot_parse(none, str_upto(buf_str(&file), i), T0, &why) == RC_OK;
	}
	test_int((int64_t)taken, 0, "a bit changed, or an end missing, anywhere, is noticed");
	test_int((int64_t)memory_entries(none), 0, "and nothing is taken");
	buf_addc(&file, 'x');
	parse(buf_str(&file), RC_BAD, "something behind the end");
	parse(STR_NONE, RC_BAD, "an empty file");
	parse(STR("SKCOUNT1"), RC_BAD, "a head alone");
	parse(STR("SKCOUNT2xxxxxxxxxxxxxxxxxxxxxxxx"), RC_BAD, "another version");
	test_ok(mkdir(at("folder", path), 0700) == 0, "a folder");
	test_int(snapshot_read(none, path, T0, &why), RC_BAD, "is no snapshot");
	test_ok(mkfifo(at("fifo", path), 0600) == 0, "a FIFO that nobody writes");
	test_int(snapshot_read(none, path, T0, &why), RC_BAD, "is not waited for");
	buf_clear(&file);
	buf_clear(&why);
	memory_free(&m);
	memory_free(&none);
}

static void
clean(void)
{
	static const char *const names[] = { "counters", "small", "fifo" };
	char path[200];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		(void)unlink(at(names[i], path));
	(void)rmdir(at("folder", path));
	(void)rmdir(dir);
}

int
main(void)
{
	if (!mkdtemp(dir))
		return 1;
	keys();
	eviction();
	round_trip();
	damage();
	clean();
	return test_done();
}
