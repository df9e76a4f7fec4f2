/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* jobs.h - what is done on a clock, and the table of it
 *
 * Input    the configuration
 * Units    milliseconds
 * Limits   each job's deadline: one that is late is killed. JOB_WHY bytes of its error
 * Memory   one set for the life of the process
 * Errors   a job that fails, crashes or hangs is noted in the log and in JOBS_STATE, and run again at
 *          its next time; the others are not touched: each run is a process of its own
 * Threads  one owner without threads: it forks
 * Source   lib/README.md, "Processes"
 */
#ifndef JOBS_JOBS_H
#define JOBS_JOBS_H

#include "conf/conf.h"
#include "base/log.h"

#define JOBS_STATE "jobs.state"		/* below state_dir: lines `key = value`, for people and sekimorictl */
enum { JOB_WHY = 512 };

/* What a run is given. */
struct job_run {
	const struct conf *conf;
	const char *state_dir;
	struct log_ctx lc;
	struct buf *why;		/* one line, when it fails */
};

struct job {
	const char *name, *help;
	const struct opt_table *opts;
	/* Of the struct that opts describes. interval 0: it is not run. */
	int64_t (*interval_ms)(const void *conf);
	int64_t (*deadline_ms)(const void *conf);
	enum rc (*run)(const struct job_run *, const void *conf);
};

#define JOB(name) extern const struct job job_##name;
#include "jobs/jobs.list"
#undef JOB

extern const struct job *const jobs_all[];	/* ended by NULL */

struct jobs;

/* state_dir: an absolute path; the jobs begin a moment later. */
struct jobs *jobs_new(const struct conf *, const char *state_dir, struct log_ctx);
void jobs_free(struct jobs **);			/* kills what is at work */
void jobs_conf(struct jobs *, const struct conf *);	/* another one from now on; held */
/* Start what is due, end what is late, note what has ended. To be called every few hundred ms. */
void jobs_tick(struct jobs *);
/* Are the files good that jobs read? As services_try. */
enum rc jobs_try(const struct conf *, struct buf *errors) MUST_CHECK;

#endif
