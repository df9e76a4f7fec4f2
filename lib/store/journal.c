/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "store/journal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"

enum { FILE_MODE = 0600, DIR_MODE = 0700, FLUSH_STEP_MS = 5, DAY_BYTES = 16, DAY_SEC = 86400 };

struct line {
	char *p;
	size_t n;
};

struct journal {
	char path[PATH_MAX], old[PATH_MAX];
	char dir[PATH_MAX], day[DAY_BYTES];	/* daily files: where, and of which day */
	int64_t keep_days;
	uint64_t max;
	struct log_ctx lc;
	pthread_t writer;
	pthread_mutex_t lock;		/* of the queue and stop */
	pthread_cond_t wake;		/* the first line waits, or there is a hurry */
	struct line queue[JOURNAL_QUEUE];	/* a ring */
	size_t head, n;
	bool hurry, stop;
	_Atomic uint64_t dropped, put, written;
	int fd;				/* the writer's; -1: not open */
	uint64_t size;
	bool broken;			/* said in the log */
};

/* ---- the writer ---- */

static void
say(struct journal *j, int error)
{
	if (error && !j->broken)
		log_put(j->lc, LOG_LEVEL_ERR, "journal", LOG_CSTR("file", j->path),
		    LOG_CSTR("error", strerror(error)));
	else if (!error && j->broken)
		log_put(j->lc, LOG_LEVEL_INFO, "journal", LOG_CSTR("file", j->path), LOG_CSTR("state", "well again"));
	j->broken = error != 0;
}

static void
shut(struct journal *j)
{
	if (j->fd >= 0)
		close(j->fd);
	j->fd = -1;
}

/* "2026-01-31" of some days ago. */
static void
day_of(int64_t days_ago, char out[DAY_BYTES])
{
	time_t t = (time_t)(clock_wall_ms() / 1000 - days_ago * DAY_SEC);
	struct tm tm;

	if (!gmtime_r(&t, &tm) || strftime(out, DAY_BYTES, "%Y-%m-%d", &tm) == 0)
		out[0] = '\0';
}

/* YYYY-MM-DD.jsonl, so that names sort by day. */
static bool
is_day_file(const char *name)
{
	static const char form[] = "0000-00-00.jsonl";

	if (strlen(name) != sizeof(form) - 1)
		return false;
	for (size_t i = 0; form[i]; i++)
		if (form[i] == '0' ? name[i] < '0' || name[i] > '9' : name[i] != form[i])
			return false;
	return true;
}

static void
remove_old(struct journal *j)
{
	char first[DAY_BYTES];
	const struct dirent *e;
	DIR *d = opendir(j->dir);

	day_of(j->keep_days, first);
	while (d && (e = readdir(d)))
		if (is_day_file(e->d_name) && strncmp(e->d_name, first, strlen(first)) < 0)
			unlinkat(dirfd(d), e->d_name, 0);
	if (d)
		closedir(d);
}

static void
turn_day(struct journal *j)
{
	char today[DAY_BYTES];

	day_of(0, today);
	if (strcmp(today, j->day) == 0)
		return;
	shut(j);
	snprintf(j->day, sizeof(j->day), "%s", today);
	snprintf(j->path, sizeof(j->path), "%.*s/%s.jsonl", PATH_MAX - 32, j->dir, today);
	mkdir(j->dir, DIR_MODE);	/* what is wrong with it, open says */
	remove_old(j);
}

static bool
open_file(struct journal *j)
{
	struct stat st;

	if (j->dir[0])
		turn_day(j);
	if (j->dir[0] && j->fd >= 0 && j->size >= j->max) {
		errno = EFBIG;
		return false;
	}
	if (j->fd >= 0 && j->size >= j->max) {
		shut(j);
		if (rename(j->path, j->old) != 0)
			return false;
	}
	if (j->fd >= 0)
		return true;
	j->fd = open(j->path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, FILE_MODE);
	if (j->fd < 0 || fstat(j->fd, &st) != 0)
		return false;
	j->size = (uint64_t)st.st_size;
	return true;
}

/* A line that a full disk cut short gets its end first, so that the next one is whole. */
static void
write_line(struct journal *j, const struct line *l)
{
	ssize_t n;

	if (!open_file(j)) {
		say(j, errno ? errno : EIO);
		atomic_fetch_add(&j->dropped, 1);
		return;
	}
	n = write(j->fd, l->p, l->n);
	if (n == (ssize_t)l->n) {
		j->size += l->n;
		say(j, 0);
		return;
	}
	say(j, n < 0 ? errno : ENOSPC);
	atomic_fetch_add(&j->dropped, 1);
	if (n > 0 && ftruncate(j->fd, (off_t)j->size) != 0)
		shut(j);
}

/* Wait for a first line, then a moment for more: being woken for each costs more than writing it. */
static size_t
gather(struct journal *j)
{
	struct timespec until;
	int64_t at;
	size_t n;

	pthread_mutex_lock(&j->lock);
	while (j->n == 0 && !j->stop)
		pthread_cond_wait(&j->wake, &j->lock);
	at = clock_mono_ms() + JOURNAL_GATHER_MS;
	until = (struct timespec){ at / 1000, at % 1000 * 1000000 };
	while (!j->hurry && !j->stop && pthread_cond_timedwait(&j->wake, &j->lock, &until) == 0)
		;
	j->hurry = false;
	n = j->n;
	pthread_mutex_unlock(&j->lock);
	return n;
}

static struct line
take(struct journal *j)
{
	struct line l;

	pthread_mutex_lock(&j->lock);
	l = j->queue[j->head];
	j->head = (j->head + 1) % JOURNAL_QUEUE;
	j->n--;
	pthread_mutex_unlock(&j->lock);
	return l;
}

/* None are there only when the journal is to end. */
static void *
write_all(void *arg)
{
	struct journal *j = arg;
	size_t n;

	while ((n = gather(j)) > 0)
		for (; n > 0; n--) {
			struct line l = take(j);

			write_line(j, &l);
			free(l.p);
			atomic_fetch_add(&j->written, 1);
		}
	shut(j);
	return NULL;
}

/* ---- the callers ---- */

static struct journal *
make(uint64_t max, struct log_ctx lc)
{
	struct journal *j = calloc(1, sizeof(*j));

	if (!j)
		abort();	/* out of memory */
	j->max = max;
	j->lc = lc;
	j->fd = -1;
	return j;
}

static enum rc
start(struct journal *j, struct journal **out)
{
	pthread_condattr_t mono;
	sigset_t all, before;
	int error;

	pthread_mutex_init(&j->lock, NULL);
	pthread_condattr_init(&mono);
	pthread_condattr_setclock(&mono, CLOCK_MONOTONIC);
	pthread_cond_init(&j->wake, &mono);
	pthread_condattr_destroy(&mono);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_create(&j->writer, NULL, write_all, j);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (error) {
		free(j);
		return RC_TEMP;
	}
	*out = j;
	return RC_OK;
}

enum rc
journal_open(struct str path, uint64_t max, struct log_ctx lc, struct journal **out)
{
	struct journal *j = make(max, lc);

	snprintf(j->path, sizeof(j->path), "%.*s", STR_ARG(path));
	snprintf(j->old, sizeof(j->old), "%.*s.1", STR_ARG(str_upto(path, PATH_MAX - 8)));
	return start(j, out);
}

enum rc
journal_open_daily(struct str dir, uint64_t max, int64_t keep_days, struct log_ctx lc, struct journal **out)
{
	struct journal *j = make(max, lc);

	snprintf(j->dir, sizeof(j->dir), "%.*s", STR_ARG(str_upto(dir, PATH_MAX - 32)));
	j->keep_days = keep_days;
	return start(j, out);
}

void
journal_close(struct journal **at)
{
	struct journal *j = *at;

	if (!j)
		return;
	pthread_mutex_lock(&j->lock);
	j->stop = true;
	pthread_cond_signal(&j->wake);
	pthread_mutex_unlock(&j->lock);
	pthread_join(j->writer, NULL);
	pthread_mutex_destroy(&j->lock);
	pthread_cond_destroy(&j->wake);
	free(j);
	*at = NULL;
}

void
journal_put(struct journal *j, struct str text)
{
	struct line l;
	bool room;

	if (!j || text.n > JOURNAL_LINE)
		return;
	l = (struct line){ malloc(text.n + 1), text.n + 1 };
	if (!l.p)
		abort();	/* out of memory */
	memcpy(l.p, text.p, text.n);
	l.p[text.n] = '\n';
	pthread_mutex_lock(&j->lock);
	room = j->n < JOURNAL_QUEUE && !j->stop;
	if (room) {
		j->queue[(j->head + j->n++) % JOURNAL_QUEUE] = l;
		atomic_fetch_add(&j->put, 1);
		j->hurry = j->hurry || j->n >= JOURNAL_QUEUE / 2;
		if (j->n == 1 || j->hurry)
			pthread_cond_signal(&j->wake);
	}
	pthread_mutex_unlock(&j->lock);
	if (!room) {
		atomic_fetch_add(&j->dropped, 1);
		free(l.p);
	}
}

uint64_t
journal_dropped(const struct journal *j)
{
	return j ? atomic_load(&j->dropped) : 0;
}

void
journal_flush(struct journal *j, int64_t deadline_ms)
{
	const struct timespec step = { 0, FLUSH_STEP_MS * 1000000L };
	uint64_t want = j ? atomic_load(&j->put) : 0;

	if (!j)
		return;
	pthread_mutex_lock(&j->lock);
	j->hurry = true;
	pthread_cond_signal(&j->wake);
	pthread_mutex_unlock(&j->lock);
	while (atomic_load(&j->written) < want && clock_mono_ms() < deadline_ms)
		nanosleep(&step, NULL);
}

/* ---- reading ---- */

struct search {
	struct str word;
	void (*each)(void *arg, struct str line);
	void *arg;
	size_t found;
};

static void
search_file(struct search *s, const char *path)
{
	FILE *f = fopen(path, "re");
	char *line = NULL;
	size_t room = 0;
	ssize_t n;

	if (!f)
		return;
	while ((n = getline(&line, &room, f)) > 0) {
		struct str text = { line, (size_t)n };

		if (text.p[text.n - 1] != '\n' || str_find(text, s->word) == STR_NPOS)
			continue;
		s->found++;
		s->each(s->arg, str_upto(text, text.n - 1));
	}
	free(line);
	fclose(f);
}

size_t
journal_find(struct str path, struct str word, void (*each)(void *arg, struct str line), void *arg)
{
	struct search s = { word, each, arg, 0 };
	char name[PATH_MAX];

	snprintf(name, sizeof(name), "%.*s.1", STR_ARG(str_upto(path, PATH_MAX - 8)));
	search_file(&s, name);
	snprintf(name, sizeof(name), "%.*s", STR_ARG(path));
	search_file(&s, name);
	return s.found;
}
