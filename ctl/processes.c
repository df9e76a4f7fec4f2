/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "processes.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fdio.h"
#include "worker/zygote.h"

enum { FILE_BYTES = 64 * 1024, ALL_MAX = 65536 };

static bool
slurp(pid_t pid, const char *file, struct buf *b)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%ld/%s", (long)pid, file);
	buf_reset(b);
	return fdio_read_file(path, b) == RC_OK;
}

static int64_t
number_at(struct str s)
{
	uint64_t v = 0;
	size_t n = 0;

	while (n < s.n && s.p[n] >= '0' && s.p[n] <= '9')
		n++;
	return str_to_u64(str_upto(s, n), &v) ? (int64_t)v : -1;
}

/* Field 4 of stat; the name before it is in ( ) and may hold anything. */
static pid_t
parent_of(pid_t pid, struct buf *b)
{
	size_t at;

	if (!slurp(pid, "stat", b))
		return -1;
	at = str_rchr(buf_str(b), ')');
	/* ") S 123" */
	return at == STR_NPOS ? -1 : (pid_t)number_at(str_from(buf_str(b), at + 4));
}

static int64_t
rss_of(pid_t pid, struct buf *b)
{
	size_t at;

	if (!slurp(pid, "statm", b))
		return -1;
	at = str_chr(buf_str(b), ' ');
	return at == STR_NPOS ? -1 : number_at(str_from(buf_str(b), at + 1)) * sysconf(_SC_PAGESIZE) / 1024;
}

static int64_t
pss_of(pid_t pid, struct buf *b)
{
	size_t at;

	if (!slurp(pid, "smaps_rollup", b))
		return -1;
	at = str_find(buf_str(b), STR("\nPss:"));
	return at == STR_NPOS ? -1 : number_at(str_trim(str_from(buf_str(b), at + 5)));
}

static bool
has_argument(pid_t pid, const char *arg, struct buf *b)
{
	struct str rest, word;

	if (!slurp(pid, "cmdline", b))
		return false;
	rest = buf_str(b);
	while (str_next(&rest, '\0', &word))
		if (str_eq(word, str_of(arg)))
			return true;
	return false;
}

static const char *
role_of(const struct process *p, const struct process *parent, struct buf *b)
{
	/* Workers are forks of the zygote: the same command line. */
	if (strcmp(parent->role, "zygote") == 0 || strcmp(parent->role, "worker") == 0)
		return "worker";
	if (has_argument(p->pid, ZYGOTE_ARG, b))
		return "zygote";
	if (has_argument(p->pid, "--gate", b))
		return "gate";
	return has_argument(p->pid, "--jobs", b) ? "jobs" : "other";
}

static void
measure(struct process *p, struct buf *b)
{
	p->rss_kb = rss_of(p->pid, b);
	p->pss_kb = pss_of(p->pid, b);
}

/* Every process and its parent. */
static size_t
list_all(struct process *all, size_t max, struct buf *b)
{
	DIR *d = opendir("/proc");
	struct dirent *e;
	size_t n = 0;

	while (d && n < max && (e = readdir(d))) {
		int64_t pid = number_at(str_of(e->d_name));

		if (pid > 0)
			all[n++] = (struct process){ .pid = (pid_t)pid, .parent = parent_of((pid_t)pid, b) };
	}
	if (d)
		closedir(d);
	return n;
}

size_t
processes_below(pid_t master, struct process out[PROCESSES_MAX])
{
	struct pool *pool = pool_new(0);
	struct process *all = pool_alloc(pool, ALL_MAX * sizeof(*all));
	struct buf b;
	size_t n_all, n = 0;

	buf_init(&b, FILE_BYTES);
	n_all = list_all(all, ALL_MAX, &b);
	out[n++] = (struct process){ .pid = master, .role = "master" };
	/* Children of every one already listed: parents stand before their children. */
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < n_all && n < PROCESSES_MAX; k++)
			if (all[k].parent == out[i].pid) {
				all[k].role = role_of(&all[k], &out[i], &b);
				out[n++] = all[k];
			}
	for (size_t i = 0; i < n; i++)
		measure(&out[i], &b);
	buf_clear(&b);
	pool_free(&pool);
	return n;
}
