/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "jobs/jobs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fdio.h"
#include "base/replace.h"
#include "jobs/feeds.h"
#include "worker/sandbox.h"

const struct job *const jobs_all[] = {
#define JOB(name) &job_##name,
#include "jobs/jobs.list"
#undef JOB
	NULL
};

enum { JOBS = sizeof(jobs_all) / sizeof(jobs_all[0]) - 1, STATE_BYTES = 64 * 1024, FIRST_MS = 0 };

/* One job and its run at work. */
struct slot {
	pid_t pid;			/* 0: none */
	int why;			/* its error comes here */
	int64_t start_ms, deadline_ms;	/* monotonic */
	bool killed;
	int64_t next_ms;		/* monotonic */
	/* of the last run that ended */
	int64_t last_ms, took_ms;	/* wall clock of its start */
	uint64_t runs, failures;
	char error[JOB_WHY];
};

struct jobs {
	struct conf *conf;		/* held */
	char *state_dir;
	struct log_ctx lc;
	struct slot slot[JOBS];
};

static const void *
values(const struct jobs *j, const struct job *job)
{
	return job->opts ? conf_values(j->conf, job->opts) : NULL;
}

struct jobs *
jobs_new(const struct conf *conf, const char *state_dir, struct log_ctx lc)
{
	struct jobs *j = calloc(1, sizeof(*j));

	if (!j || !(j->state_dir = strdup(state_dir)))
		abort();
	j->conf = conf_get((struct conf *)(uintptr_t)conf);
	j->lc = lc;
	for (size_t i = 0; i < JOBS; i++)
		j->slot[i] = (struct slot){ .why = -1, .next_ms = clock_mono_ms() + FIRST_MS };
	return j;
}

void
jobs_conf(struct jobs *j, const struct conf *conf)
{
	conf_put(&j->conf);
	j->conf = conf_get((struct conf *)(uintptr_t)conf);
	for (size_t i = 0; i < JOBS; i++)
		j->slot[i].next_ms = clock_mono_ms();	/* what changed shows at once */
}

/* ---- one run ---- */

static int
in_child(const struct jobs *j, const struct job *job, int why_fd)
{
	struct job_run run = { .conf = j->conf, .state_dir = j->state_dir, .lc = j->lc };
	struct buf why, missing;
	sigset_t none;
	enum rc rc;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGTERM, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	buf_init(&why, JOB_WHY - 1);
	run.why = &why;
	buf_init(&missing, JOB_WHY - 1);		/* the log has it from the workers */
	rc = sandbox_write_below(j->state_dir, &missing, &why);
	if (rc == RC_OK)
		rc = job->run(&run, values(j, job));
	if (rc == RC_OK)
		return 0;
	/* Who reads this has gone, or reads the exit status. */
	return fdio_write_all(why_fd, buf_str(&why)) == RC_OK ? 1 : 2;
}

static void
start(struct jobs *j, size_t i)
{
	const struct job *job = jobs_all[i];
	struct slot *s = &j->slot[i];
	int pair[2];

	s->next_ms = clock_mono_ms() + job->interval_ms(values(j, job));
	if (pipe2(pair, O_CLOEXEC) != 0)
		return;
	s->pid = fork();
	if (s->pid == 0) {
		close(pair[0]);
		_exit(in_child(j, job, pair[1]));
	}
	close(pair[1]);
	if (s->pid < 0) {
		s->pid = 0;
		close(pair[0]);
		return;
	}
	s->why = pair[0];
	s->killed = false;
	s->start_ms = clock_mono_ms();
	s->last_ms = clock_wall_ms();
	s->deadline_ms = s->start_ms + job->deadline_ms(values(j, job));
}

/* What it wrote, on one line of printable text. */
static void
read_why(struct slot *s, int status)
{
	ssize_t n = 0;

	if (WIFEXITED(status) && WEXITSTATUS(status) == 1)
		n = read(s->why, s->error, JOB_WHY - 1);
	s->error[n > 0 ? n : 0] = '\0';
	for (char *p = s->error; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			*p = ' ';
	if (s->killed)
		snprintf(s->error, JOB_WHY, "late, was killed");
	else if (WIFSIGNALED(status))
		snprintf(s->error, JOB_WHY, "died of signal %d", WTERMSIG(status));
	else if (!*s->error && WEXITSTATUS(status) != 0)
		snprintf(s->error, JOB_WHY, "failed");
}

static void
ended(struct jobs *j, size_t i, int status)
{
	struct slot *s = &j->slot[i];
	bool failed = !WIFEXITED(status) || WEXITSTATUS(status) != 0;

	read_why(s, status);
	fdio_close(&s->why);
	s->pid = 0;
	s->took_ms = clock_mono_ms() - s->start_ms;
	s->runs++;
	s->failures += failed;
	if (failed)
		log_put(j->lc, LOG_LEVEL_ERR, "job", LOG_CSTR("name", jobs_all[i]->name), LOG_CSTR("error", s->error),
		    LOG_NUM("ms", s->took_ms));
	else
		log_put(j->lc, LOG_LEVEL_DEBUG, "job", LOG_CSTR("name", jobs_all[i]->name), LOG_NUM("ms", s->took_ms));
}

/* ---- for people ---- */

static void
write_state(struct jobs *j)
{
	int64_t mono = clock_mono_ms(), wall = clock_wall_ms();
	char path[PATH_MAX];
	struct str piece;
	struct buf b;

	buf_init(&b, STATE_BYTES);
	for (size_t i = 0; i < JOBS; i++) {
		const struct slot *s = &j->slot[i];

		buf_printf(&b, "job = %s\nlast_ms = %lld\ntook_ms = %lld\nnext_ms = %lld\nruns = %llu\nfailures = %llu\n",
		    jobs_all[i]->name, (long long)s->last_ms, (long long)s->took_ms, (long long)(wall + s->next_ms - mono),
		    (unsigned long long)s->runs, (unsigned long long)s->failures);
		if (*s->error)
			buf_printf(&b, "error = %s\n", s->error);
	}
	piece = buf_str(&b);
	snprintf(path, sizeof(path), "%s/" JOBS_STATE, j->state_dir);
	if (replace_file(path, &piece, 1) != RC_OK)
		log_put(j->lc, LOG_LEVEL_WARNING, "job", LOG_CSTR("file", path), LOG_CSTR("error", strerror(errno)));
	buf_clear(&b);
}

/* ---- all of them ---- */

/* True: it has ended. */
static bool
look_at(struct jobs *j, size_t i)
{
	struct slot *s = &j->slot[i];
	int status;

	if (s->pid == 0)
		return false;
	if (waitpid(s->pid, &status, WNOHANG) == s->pid) {
		ended(j, i, status);
		return true;
	}
	if (!s->killed && clock_mono_ms() >= s->deadline_ms) {
		s->killed = true;
		kill(s->pid, SIGKILL);
	}
	return false;
}

void
jobs_tick(struct jobs *j)
{
	bool news = false;

	for (size_t i = 0; i < JOBS; i++) {
		struct slot *s = &j->slot[i];

		news |= look_at(j, i);
		if (s->pid == 0 && clock_mono_ms() >= s->next_ms && jobs_all[i]->interval_ms(values(j, jobs_all[i])) > 0)
			start(j, i);
	}
	if (news)
		write_state(j);
}

void
jobs_free(struct jobs **p)
{
	struct jobs *j = *p;

	if (!j)
		return;
	for (size_t i = 0; i < JOBS; i++) {
		if (j->slot[i].pid == 0)
			continue;
		kill(j->slot[i].pid, SIGKILL);
		waitpid(j->slot[i].pid, NULL, 0);
		fdio_close(&j->slot[i].why);
	}
	conf_put(&j->conf);
	free(j->state_dir);
	free(j);
	*p = NULL;
}

enum rc
jobs_try(const struct conf *conf, struct buf *errors)
{
	const struct feeds_conf *fc = conf_values(conf, &feeds_table);
	struct pool *pool;
	struct feeds feeds;
	enum rc rc;

	if (fc->file.n == 0)
		return RC_OK;
	pool = pool_new(0);
	rc = feeds_read(pool, pool_cstr(pool, fc->file), &feeds, errors);
	pool_free(&pool);
	return rc;
}
