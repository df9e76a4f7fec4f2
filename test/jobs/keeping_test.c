/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Ends of holds and purging, with real stores and a mail server that says what it is told.
 * covers: lib/jobs/job_holds.c lib/jobs/job_purge.c */
#include "jobs/keeping.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fdio.h"
#include "click/folder.h"
#include "gate/settings.h"
#include "jobs/jobs.h"
#include "net/smtp_stub.h"
#include "response/release.h"
#include "store/records_kit.h"

#define MAIL "Subject: hello\r\n\r\nbody\r\n"
#define HOUR (3600 * 1000LL)
#define DAY (24 * HOUR)

static struct response r;
static struct conf *conf;
static struct smtp_stub *stub;
static struct pool *pool;
static struct buf why;
static struct str dir;

static struct conf *
configure(const char *more)
{
	struct conf *c = NULL;
	struct str text = pool_printf(pool, "state_dir = %.*s\nrelease.server = 127.0.0.1:%u\nrelease.deadline = 2s\n"
	    "bodies.min_free = 0\nholds.retry = 1h\n%s", STR_ARG(dir), smtp_stub_port(stub), more);

	buf_reset(&why);
	if (conf_parse(text, "test", settings, (struct conf_base){ .key = NULL }, &c, &why) != RC_OK)
		test_ok(false, buf_cstr(&why));
	return c;
}

static enum rc
run(const struct job *job, const struct conf *c)
{
	struct job_run jr = { .conf = c, .state_dir = dir.p, .why = &why };

	buf_reset(&why);
	return job->run(&jr, conf_values(c, job->opts));
}

static void
keep(struct str key)
{
	int fd;

	if (fdio_memfd("body", STR(MAIL), &fd) != RC_OK || bodies_put(r.bodies, key, fd, strlen(MAIL), kit_deadline()) != RC_OK)
		test_ok(false, "a body");
	close(fd);
}

static bool
is_kept(const struct kit_message *m)
{
	uint64_t size;
	int fd;

	if (bodies_get(r.bodies, m->record.body, &fd, &size) != RC_OK)
		return false;
	close(fd);
	return true;
}

/* Came `age_ms` ago; its time is over after `keep_ms`. */
static void
put(struct kit_message *m, enum quarantine_kind kind, enum entry_state to, int64_t age_ms, int64_t keep_ms)
{
	kit_message(m, clock_wall_ms() - age_ms, quarantine_name(kind), to);
	m->rcpts[0].kind = kind;
	m->rcpts[0].expires_ms = m->record.time_ms + keep_ms;
	m->rcpts[0].changed_ms = m->record.time_ms;
	keep(m->record.body);
	if (records_put(r.records, &m->record, kit_deadline()) != RC_OK)
		test_ok(false, "a record");
}

static enum entry_state
state(const struct kit_message *m)
{
	struct record got;

	return records_get(r.records, pool, m->record.id, &got, NULL) == RC_OK ? got.rcpts[0].state : ENTRY_STATES;
}

static void
holds(void)
{
	struct kit_message due, later, spam, down;
	unsigned taken;

	put(&due, QUARANTINE_HOLD, ENTRY_HELD, HOUR, HOUR / 2);
	put(&later, QUARANTINE_HOLD, ENTRY_HELD, HOUR, 2 * HOUR);
	put(&spam, QUARANTINE_SPAM, ENTRY_HELD, HOUR, HOUR / 2);
	test_int(run(&job_holds, conf), RC_OK, "holds");
	test_int(state(&due), ENTRY_RELEASED, "whose time is over goes");
	test_int(state(&later), ENTRY_HELD, "others stay");
	test_int(state(&spam), ENTRY_HELD, "other quarantines are not its business");
	(void)smtp_stub_mail(stub, &taken);
	test_int(taken, 1, "one mail");
	smtp_stub_script(stub, "mail=451 4.3.0 later");
	put(&down, QUARANTINE_HOLD, ENTRY_HELD, HOUR, HOUR / 2);
	test_int(run(&job_holds, conf), RC_TEMP, "a server that does not take it");
	test_ok(strstr(buf_cstr(&why), "451 4.3.0 later") != NULL, buf_cstr(&why));
	test_int(state(&down), ENTRY_HELD, "it stays held");
	smtp_stub_script(stub, "");
	test_int(run(&job_holds, conf), RC_OK, "again at once");
	test_int(state(&down), ENTRY_HELD, "is too early");
}

static void
stale(void)
{
	struct kit_message m;
	struct records_step step = { .from = 1 << ENTRY_HELD, .to = ENTRY_RELEASING, .event = { .kind = STR("releasing"),
	    .who = STR("somebody who was killed") } };
	size_t moved;

	put(&m, QUARANTINE_SPAM, ENTRY_HELD, HOUR, DAY);
	step.id = m.record.id;
	step.event.time_ms = clock_wall_ms() - HOUR;
	test_int(records_move(r.records, &step, &moved), RC_OK, "somebody released it and was killed");
	test_int(run(&job_holds, conf), RC_OK, "holds");
	test_int(state(&m), ENTRY_HELD, "it is where it was");
}

static const char *touched;

/* As if it had been there for a day. */
static int
touch(const char *path, const struct stat *st, int type, struct FTW *at)
{
	const struct timespec then[2] = { { st->st_mtim.tv_sec - 86400, 0 }, { st->st_mtim.tv_sec - 86400, 0 } };

	if (type == FTW_F && strncmp(path + at->base, touched, RECORD_ID) == 0)
		test_ok(utimensat(AT_FDCWD, path, then, 0) == 0, "an old file");
	return 0;
}

static void
purging(void)
{
	struct kit_message old, kept, orphan, released, fresh;

	put(&old, QUARANTINE_SPAM, ENTRY_HELD, 20 * DAY, 14 * DAY);
	put(&kept, QUARANTINE_SPAM, ENTRY_HELD, DAY, 14 * DAY);
	put(&released, QUARANTINE_SPAM, ENTRY_RELEASED, 20 * DAY, 14 * DAY);
	kit_message(&orphan, clock_wall_ms() - DAY, "orphan", ENTRY_HELD);
	keep(orphan.record.body);
	touched = orphan.id;
	nftw(folder_path, touch, 16, FTW_PHYS);
	kit_message(&fresh, clock_wall_ms(), "fresh", ENTRY_HELD);
	keep(fresh.record.body);
	test_int(run(&job_purge, conf), RC_OK, "purge");
	test_int(state(&old), ENTRY_EXPIRED, "what was kept long enough");
	test_ok(!is_kept(&old), "is deleted");
	test_int(state(&kept), ENTRY_HELD, "what was not");
	test_ok(is_kept(&kept), "is kept");
	test_ok(!is_kept(&released), "what was released, after its time");
	test_ok(!is_kept(&orphan), "a message that no record names");
	test_ok(is_kept(&fresh), "a message whose record is to come");
	test_int(run(&job_purge, conf), RC_OK, "again");
	test_int(state(&kept), ENTRY_HELD, "changes nothing");
}

static void
quota(void)
{
	struct kit_message older, newer, virus;
	struct conf *tight = configure("purge.quota = 1\n");

	put(&virus, QUARANTINE_VIRUS, ENTRY_HELD, 3 * DAY, 30 * DAY);
	put(&older, QUARANTINE_SPAM, ENTRY_HELD, 2 * DAY, 14 * DAY);
	put(&newer, QUARANTINE_SPAM, ENTRY_HELD, DAY, 14 * DAY);
	test_int(run(&job_purge, tight), RC_OK, "over the quota");
	test_ok(state(&older) == ENTRY_EXPIRED && state(&newer) == ENTRY_EXPIRED, "spam goes");
	test_ok(!is_kept(&older), "and its messages");
	test_int(state(&virus), ENTRY_HELD, "viruses do not");
	conf_put(&tight);
	buf_reset(&why);
	test_int(conf_parse(STR("purge.quota_kinds = spam, hold\n"), "test", settings, (struct conf_base){ .key = NULL }, &tight,
	    &why), RC_BAD, "what is held back for a while may not go");
}

int
main(void)
{
	dir = folder_make();
	pool = pool_new(0);
	buf_init(&why, 8192);
	stub = smtp_stub_new("");
	conf = configure("");
	mkdir(folder_file("ledger"), 0700);
	if (!conf || response_open(conf, dir, (struct log_ctx){ NULL, "-" }, &r, &why) != RC_OK) {
		test_ok(false, buf_cstr(&why));
		return test_done();
	}
	holds();
	stale();
	purging();
	quota();
	response_close(&r);
	conf_put(&conf);
	smtp_stub_free(&stub);
	buf_clear(&why);
	pool_free(&pool);
	return test_done();
}
