/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "gate/killers.h"

#include <dirent.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fdio.h"
#include "test.h"

struct lines {
	struct buf text;
};

static void
take(void *arg, enum log_level level, const char *line, size_t n)
{
	struct lines *l = arg;

	(void)level;
	buf_add(&l->text, (struct str){ line, n });
}

static size_t
files(const char *dir, bool remove)
{
	char path[1024];
	struct dirent *e;
	DIR *d = opendir(dir);
	size_t n = 0;

	while (d && (e = readdir(d))) {
		if (e->d_name[0] == '.')
			continue;
		n++;
		snprintf(path, sizeof(path), "%s/%.255s", dir, e->d_name);
		if (remove)
			unlink(path);
	}
	if (d)
		closedir(d);
	return n;
}

static void
keep(const char *dir, const char *text, struct log_ctx lc)
{
	int fd;

	if (fdio_memfd("m", str_of(text), &fd) != RC_OK)
		return;
	killers_keep(str_of(dir), fd, strlen(text), lc);
	close(fd);
}

int
main(void)
{
	char dir[] = "/tmp/killers_test.XXXXXX", sub[64], path[256], text[32];
	struct lines lines;
	struct log log = { take, &lines, LOG_LEVEL_DEBUG, LOG_FORMAT_TEXT };
	struct log_ctx lc = { &log, "Q1" };
	struct stat st;

	buf_init(&lines.text, 1000000);
	if (!mkdtemp(dir))
		return 1;
	snprintf(sub, sizeof(sub), "%s/killers", dir);
	keep(dir, "abc", lc);
	snprintf(path, sizeof(path), "%s/ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad.eml", sub);
	test_ok(stat(path, &st) == 0 && st.st_size == 3, "kept under its sha256");
	test_int(st.st_mode & 0777, 0600, "for the operator only");
	test_ok(str_find(buf_str(&lines.text), STR("Q1 killer sha256=ba7816bf8f01")) == 0, "and said in the log");
	keep(dir, "abc", lc);
	test_int((int64_t)files(sub, false), 1, "the same message is kept once");
	for (int i = 0; i < KILLERS_MAX + 10; i++) {
		snprintf(text, sizeof(text), "message %d", i);
		keep(dir, text, lc);
	}
	test_int((int64_t)files(sub, false), KILLERS_MAX, "not without bound");
	test_ok(str_find(buf_str(&lines.text), STR("enough are")) != STR_NPOS, "which is said, too");
	files(sub, true);
	rmdir(sub);
	rmdir(dir);
	keep(dir, "abc", lc);
	test_ok(str_find(buf_str(&lines.text), STR("no folder")) != STR_NPOS, "no state folder");
	buf_clear(&lines.text);
	return test_done();
}
