/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* covers: lib/store/journal.c */
#include "test.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "store/journal.h"

enum { THREADS = 4, LINES = 500, SMALL = 4096, WAIT_MS = 10000 };

static struct buf said;
static pthread_mutex_t say_lock = PTHREAD_MUTEX_INITIALIZER;

static void
sink(void *arg, enum log_level level, const char *line, size_t n)
{
	(void)arg, (void)level;
	pthread_mutex_lock(&say_lock);
	buf_add(&said, (struct str){ line, n });
	pthread_mutex_unlock(&say_lock);
}

static struct log log_here = { sink, NULL, LOG_LEVEL_INFO, LOG_FORMAT_TEXT };
static const struct log_ctx lc = { &log_here, "-" };

static void
last(void *arg, struct str line)
{
	buf_reset(arg);
	buf_add(arg, line);
}

static void *
many(void *arg)
{
	for (int i = 0; i < LINES; i++)
		journal_put(arg, STR("{\"id\":\"from a thread\"}"));
	return NULL;
}

static void
written(struct str dir)
{
	struct journal *j = NULL;
	pthread_t t[THREADS];
	char path[4096];
	struct buf line;

	snprintf(path, sizeof(path), "%.*s/a.jsonl", STR_ARG(dir));
	buf_init(&line, 1000);
	test_int(journal_open(str_of(path), 1 << 20, lc, &j), RC_OK, "open");
	for (int i = 0; i < THREADS; i++)
		pthread_create(&t[i], NULL, many, j);
	for (int i = 0; i < THREADS; i++)
		pthread_join(t[i], NULL);
	journal_put(j, STR("{\"id\":\"Q1\"}"));
	journal_put(NULL, STR("nowhere"));
	journal_flush(j, clock_mono_ms() + WAIT_MS);
	test_int((int64_t)journal_find(str_of(path), STR("\"Q1\""), last, &line), 1, "found while it is open");
	test_str(buf_str(&line), STR("{\"id\":\"Q1\"}"), "the line");
	test_int((int64_t)(journal_find(str_of(path), STR("thread"), last, &line) + journal_dropped(j)),
	    THREADS * LINES, "all others are written or counted");
	journal_close(&j);
	test_ok(j == NULL, "close");
	buf_clear(&line);
}

static void
rotated(struct str dir)
{
	struct journal *j = NULL;
	char path[4096], old[4100];
	struct stat now, before;
	struct buf line;

	snprintf(path, sizeof(path), "%.*s/b.jsonl", STR_ARG(dir));
	snprintf(old, sizeof(old), "%s.1", path);
	buf_init(&line, 1000);
	test_int(journal_open(str_of(path), SMALL, lc, &j), RC_OK, "open");
	for (int i = 0; i < 1000; i++) {
		char text[64];

		snprintf(text, sizeof(text), "{\"id\":\"n%d\"}", i);
		journal_put(j, str_of(text));
	}
	journal_close(&j);
	test_ok(stat(path, &now) == 0 && stat(old, &before) == 0, "two files");
	test_ok(now.st_size <= SMALL + 64 && before.st_size <= SMALL + 64, "neither is much over its size");
	test_int((int64_t)journal_find(str_of(path), STR("\"n999\""), last, &line), 1, "the last line is there");
	test_int((int64_t)journal_find(str_of(path), STR("\"n0\""), last, &line), 0, "the first has gone");
	test_ok((now.st_mode & 0777) == 0600, "nobody else reads it");
	buf_clear(&line);
}

static void
no_disk(struct str dir)
{
	struct journal *j = NULL;
	char path[4096];

	snprintf(path, sizeof(path), "%.*s/later/c.jsonl", STR_ARG(dir));
	buf_init(&said, 100000);
	test_int(journal_open(str_of(path), SMALL, lc, &j), RC_OK, "open in a folder that is not there");
	for (int i = 0; i < 3; i++)
		journal_put(j, STR("lost"));
	journal_flush(j, clock_mono_ms() + WAIT_MS);
	test_int((int64_t)journal_dropped(j), 3, "dropped and counted");
	test_ok(str_find(buf_str(&said), STR("journal")) != STR_NPOS &&
	    str_find(str_from(buf_str(&said), 10), STR("journal file")) == STR_NPOS, "said once");
	snprintf(path, sizeof(path), "%.*s/later", STR_ARG(dir));
	mkdir(path, 0700);
	journal_put(j, STR("kept"));
	journal_flush(j, clock_mono_ms() + WAIT_MS);
	test_int((int64_t)journal_dropped(j), 3, "none more once there is room");
	test_ok(str_find(buf_str(&said), STR("well again")) != STR_NPOS, "said, too");
	journal_close(&j);
	buf_clear(&said);
}

static void
touch(const char *dir, const char *name)
{
	char path[4096];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "we");
	if (!test_ok(f != NULL, name))
		return;
	fclose(f);
}

static bool
there(const char *dir, const char *name)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return access(path, F_OK) == 0;
}

static void
daily(struct str parent)
{
	struct journal *j = NULL;
	char dir[4000], today[64], path[4096];
	time_t now = time(NULL);
	struct tm tm;
	struct buf line;

	snprintf(dir, sizeof(dir), "%.*s/days", STR_ARG(parent));
	mkdir(dir, 0700);
	touch(dir, "2001-01-31.jsonl");
	touch(dir, "2001-01-31.jsonl.bak");
	touch(dir, "9999-12-31.jsonl");
	touch(dir, "notes");
	buf_init(&line, 1000);
	buf_init(&said, 100000);
	test_int(journal_open_daily(str_of(dir), 40, 7, lc, &j), RC_OK, "open by days");
	journal_put(j, STR("{\"n\":\"one\",\"x\":\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"}"));
	journal_put(j, STR("{\"n\":\"two\"}"));
	journal_flush(j, clock_mono_ms() + WAIT_MS);
	gmtime_r(&now, &tm);
	strftime(today, sizeof(today), "%Y-%m-%d.jsonl", &tm);
	snprintf(path, sizeof(path), "%s/%s", dir, today);
	test_int((int64_t)journal_find(str_of(path), STR("one"), last, &line), 1, "in the file of today");
	test_int((int64_t)journal_find(str_of(path), STR("two"), last, &line), 0, "a full day takes no more");
	test_int((int64_t)journal_dropped(j), 1, "which is counted");
	test_ok(!there(dir, "2001-01-31.jsonl"), "old days are removed");
	test_ok(there(dir, "2001-01-31.jsonl.bak") && there(dir, "9999-12-31.jsonl") && there(dir, "notes"),
	    "nothing else is");
	journal_close(&j);
	buf_clear(&line);
	buf_clear(&said);
}

int
main(void)
{
	char dir[] = "/tmp/journal_test.XXXXXX", cmd[64];

	if (!test_ok(mkdtemp(dir) != NULL, "a folder"))
		return test_done();
	written(str_of(dir));
	rotated(str_of(dir));
	no_disk(str_of(dir));
	daily(str_of(dir));
	snprintf(cmd, sizeof(cmd), "rm -r %s", dir);
	test_ok(system(cmd) == 0, "tidy");
	return test_done();
}
