/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* fake_engine.h - an engine that does what the message says
 *
 * Input    a message whose body starts with a verb: "crash", "sleep 500", ...
 * Units    milliseconds, megabytes
 * Limits   none
 * Memory   none
 * Errors   as the verb wants
 * Threads  none
 * Source   stands in for lib/engine/engine.c in tests of the processes around it, so that
 *          crashes, hangs and lies of a worker come exactly when a test wants them
 */
#ifndef TEST_WORKER_FAKE_ENGINE_H
#define TEST_WORKER_FAKE_ENGINE_H

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fdio.h"
#include "engine/engine.h"
#include "engine/yara.h"
#include "worker/wire.h"

struct engine {
	struct engine_info info;
	const struct limits *lim;
	char tmp[4096];
	uint64_t scans;
	bool hang;			/* the second and the third worker */
};

/* engine.yara_rules of the test's configuration tells how loading goes. */
static bool
told(const struct conf *conf, const char *word)
{
	const struct engine_conf *ec = conf_values(conf, &engine_table);

	for (size_t i = 0; i < ec->yara_rules.n; i++)
		if (str_eq(ec->yara_rules.item[i], str_of(word)))
			return true;
	return false;
}

enum rc
engine_open(const struct conf *conf, const struct limits *lim, struct log_ctx lc, struct engine **out,
    struct buf *errors)
{
	(void)lc;
	if (told(conf, "/fail")) {
		buf_adds(errors, "x.yar:3: syntax error\n");
		return RC_BAD;
	}
	if (told(conf, "/warn"))
		buf_adds(errors, "y.yar:1: left out\n");
	*out = calloc(1, sizeof(**out));
	(*out)->lim = lim;
	(*out)->info = (struct engine_info){ .clamav_version = STR("fake"), .yara_rules = 2,
	    .fingerprint = told(conf, "/second") ? STR("second") : STR("first") };
	(*out)->hang = told(conf, "/hang");
	if (told(conf, "/canary"))
		(*out)->scans = UINT64_MAX;
	return RC_OK;
}

void
engine_close(struct engine **e)
{
	free(*e);
	*e = NULL;
}

const struct engine_info *engine_info(const struct engine *e) { return &e->info; }

enum rc
engine_start(struct engine *e, const char *tmp_dir)
{
	snprintf(e->tmp, sizeof(e->tmp), "%s", tmp_dir);
	return RC_OK;
}

static void
nap(int ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000L };

	nanosleep(&t, NULL);
}

enum rc
engine_canary(struct engine *e, struct buf *why)
{
	struct str tmp = str_of(e->tmp);

	while (e->hang && (str_ends_nocase(tmp, STR("/w-2")) || str_ends_nocase(tmp, STR("/w-3"))))
		nap(1000);
	if (e->scans != UINT64_MAX)
		return RC_OK;
	buf_adds(why, "the canary was not found");
	return RC_BAD;
}

size_t
engine_rule_stats(const struct engine *e, struct pool *pool, const struct yara_rule_stat **out)
{
	struct yara_rule_stat *s = pool_alloc(pool, 2 * sizeof(*s));

	s[0] = (struct yara_rule_stat){ STR("A"), STR("a.yar"), STR("first"), CLASS_MALWARE, 100,
	    e->scans, 3 * e->scans };
	s[1] = (struct yara_rule_stat){ STR("B"), STR("b.yar"), STR("never hits"), CLASS_SPAM, 5, 0, 0 };
	*out = s;
	return 2;
}

/* The worker's socket to its client: the only one it has. */
static int
own_socket(void)
{
	struct stat st;

	for (int fd = 3; fd < 64; fd++)
		if (fstat(fd, &st) == 0 && S_ISSOCK(st.st_mode))
			return fd;
	return -1;
}

static void
answer_nonsense(enum wire_tag tag, const char *text)
{
	struct fdio_frame f = { .tag = tag, .body = str_of(text) };

	if (fdio_send(own_socket(), &f, clock_mono_ms() + 1000) != RC_OK)
		_exit(9);
	for (;;)
		nap(1000);
}

static void
fill_report(struct report *r)
{
	static const char name[900] = "";

	for (int i = 0; i < 1000; i++) {
		struct report_part p = { .id = { name, sizeof(name) }, .parent = REPORT_NO_PART };

		report_part(r, &p);
		report_unscanned(r, UNSCANNED_ENCRYPTED, (size_t)i, "part %d", i);
	}
}

/* A tree that must be gone when its worker is: deep, closed, with a link to follow by mistake. */
static void
litter(const struct engine *e)
{
	char path[64];
	int fd = open("file", O_WRONLY | O_CREAT, 0600);

	if (fd < 0 || write(fd, "x", 1) != 1 || access(e->tmp, F_OK) != 0)
		_exit(9);
	for (int i = 0; i < 3; i++) {
		snprintf(path, sizeof(path), "d%d", i);
		if (mkdir(path, 0700) != 0)
			_exit(9);
		snprintf(path, sizeof(path), "d%d/inner", i);
		if (mkdir(path, 0700) != 0)
			_exit(9);
		snprintf(path, sizeof(path), "d%d", i);
		chmod(path, 0);
	}
	raise(SIGSEGV);
}

static void
grow(int megabytes)
{
	char *volatile p = malloc((size_t)megabytes << 20);

	if (p)
		memset(p, 1, (size_t)megabytes << 20);
}

static struct str
body_of(const struct message *msg)
{
	const struct mime_part *top = &msg->parts[0];

	return str_sub(msg->raw, top->body, top->end - top->body);
}

static int
number_behind(struct str body, const char *verb)
{
	uint64_t n = 0;
	struct str rest = str_from(body, strlen(verb)), word;

	if (str_next(&rest, '\r', &word) && str_to_u64(word, &n))
		return (int)n;
	return 0;
}

void
engine_inspect(struct engine *e, struct scan *scan, struct report *r)
{
	struct str body = body_of(scan->msg);
	struct report_part top = { .id = STR("1"), .parent = REPORT_NO_PART, .size = body.n };

	report_part(r, &top);
	e->scans++;
	if (str_starts(body, STR("sleep ")))
		nap(number_behind(body, "sleep "));
	else if (str_starts(body, STR("crash")))
		raise(SIGSEGV);
	else if (str_starts(body, STR("exit")))
		_exit(3);
	else if (str_starts(body, STR("socket")))
		syscall(SYS_socket, AF_INET, SOCK_STREAM, 0);
	else if (str_starts(body, STR("garbage")))
		answer_nonsense(WIRE_REPORT, "not a report");
	else if (str_starts(body, STR("stats")))
		answer_nonsense(WIRE_STATS, "nor an account");
	else if (str_starts(body, STR("tag")))
		answer_nonsense(WIRE_READY, "");
	else if (str_starts(body, STR("fill")))
		fill_report(r);
	else if (str_starts(body, STR("litter")))
		litter(e);
	else if (str_starts(body, STR("grow ")))
		grow(number_behind(body, "grow "));
}

#endif
