/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Real processes, a real sandbox, an engine that does what the message says. Counted in every
 * fault: a message ends with a report or with a reason, never with a report it did not get. */
#include "worker/workers.h"

#include <fcntl.h>
#include <pthread.h>

#include "worker/fake_engine.h"
#include "worker/house.h"
#include "base/sanitizer.h"

static void
kill_workers(pid_t zygote)
{
	pid_t pids[64];
	size_t n = children(zygote, pids, 64);

	for (size_t i = 0; i < n; i++)
		kill(pids[i], SIGKILL);
}

/* Does a number of the status get there within two seconds? */
static bool
soon(struct house *h, bool (*is)(const struct workers_status *))
{
	for (int i = 0; i < 200; i++) {
		struct workers_status s = status_of(h);

		if (is(&s))
			return true;
		nap(10);
	}
	return false;
}

static bool one_at_work(const struct workers_status *s) { return s->at_work == 1; }
static bool one_waits(const struct workers_status *s) { return s->waiting == 1; }
static bool not_serving(const struct workers_status *s) { return !s->serving; }
static bool has_idle(const struct workers_status *s) { return s->idle > 0; }

static void
test_report(void)
{
	struct house h;
	struct answer a;

	house_open(&h, "");
	a = scan(&h, "hello");
	test_int(a.rc, RC_OK, "a message is scanned");
	test_str(a.report.from, STR("Jö <jo@Example.COM>"), "from");
	test_str(a.report.from_domain, STR("example.com"), "from_domain");
	test_str(a.report.reply_to, STR("other@example.net"), "reply_to");
	test_str(a.report.subject, STR("関守"), "subject, by a charset loaded before the room was closed");
	test_str(a.report.message_id, STR("<1@x>"), "message_id");
	test_int((int64_t)a.report.parts.n, 1, "parts");
	test_ok(report_complete(&a.report), "complete");
	test_ok(a.report.runs.n > 0, "checks of the worker ran");
	a = scan(&h, "fill");
	test_int(a.rc, RC_OK, "a report with 1000 parts");
	test_int((int64_t)a.report.parts.n, 1001, "all of them arrive");
	test_int(house_close(&h), 0, "the zygote ends well");
	test_int((int64_t)entries(folder), 0, "and leaves no folder");
}

static void
test_short_report(void)
{
	struct house h;
	struct answer a;

	house_open(&h, "limit.report_bytes = 64k\n");
	a = scan(&h, "fill");
	test_int(a.rc, RC_OK, "a report over its limit arrives cut");
	test_ok(!report_complete(&a.report) && a.report.cut, "and says so");
	house_close(&h);
}

static void
test_empty_and_large(void)
{
	struct house h;
	struct answer a;
	static char big[3 << 20];
	int fd;

	house_open(&h, "");
	if (fdio_memfd("empty", STR_NONE, &fd) != RC_OK)
		exit(1);
	a = scan_fd(&h, h.pool, fd, 0);
	test_int(a.rc, RC_OK, "an empty message, not sealed");
	close(fd);
	memset(big, 'x', sizeof(big) - 1);
	a = scan(&h, big);
	test_int(a.rc, RC_OK, "a large one, mapped");
	test_int((int64_t)((const struct report_part *)a.report.parts.items)->size, sizeof(big) - 1, "all of it");
	house_close(&h);
}

/* A worker must not be able to change the spool of another one's message. */
static void
test_file(void)
{
	struct house h;
	struct answer a;
	char path[] = "/tmp/workers-file-XXXXXX";
	int fd = mkstemp(path);

	unlink(path);
	house_open(&h, "");
	if (fdio_write_all(fd, STR("Subject: file\r\n\r\nhello")) != RC_OK)
		exit(1);
	a = scan_fd(&h, h.pool, fd, 22);
	test_int(a.rc, RC_OK, "an unlinked file");
	test_str(a.report.subject, STR("file"), "is read");
	close(fd);
	house_close(&h);
}

static void
test_faults(void)
{
	static const struct { const char *body, *name, *why; } rows[] = {
		{ "crash", "crash", "the worker was lost twice, at last by signal 11" },
		{ "exit", "exit", "the worker was lost twice" },
		{ "socket", "forbidden system call", "the worker was lost twice, at last by signal 31" },
		{ "garbage", "garbage for a report", "the worker was lost twice, at last by signal 9" },
		{ "stats", "garbage for accounts", "the worker was lost twice, at last by signal 9" },
		{ "tag", "a tag that is not the worker's", "the worker was lost twice, at last by signal 9" },
		{ "litter", "crash with a full folder", "the worker was lost twice, at last by signal 11" },
	};
	struct house h;

	house_open(&h, "worker.namespaces = no\n");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct answer a;

		/* Sanitizers make an exit of a crash. */
		if (SANITIZED && (strcmp(rows[i].body, "crash") == 0 || strcmp(rows[i].body, "litter") == 0)) {
			test_skip(rows[i].name, "sanitizer build");
			continue;
		}
		a = scan(&h, rows[i].body);
		test_int(a.rc, RC_BAD, rows[i].name);
		test_str(a.why, str_of(rows[i].why), rows[i].name);
		test_int(scan(&h, "hello").rc, RC_OK, "the next message is scanned");
	}
	test_ok(status_of(&h).lost >= 8, "losses are counted");
	house_close(&h);
	test_int((int64_t)entries(folder), 0, "no folder is left");
}

struct call {
	struct house *h;
	const char *body;
	struct answer answer;
	struct pool *pool;
};

static void *
call_main(void *arg)
{
	struct call *c = arg;
	int fd = message(c->body);

	c->pool = pool_new(0);
	c->answer = scan_fd(c->h, c->pool, fd, strlen(c->body));
	close(fd);
	return NULL;
}

static pthread_t
call(struct call *c)
{
	pthread_t t;

	if (pthread_create(&t, NULL, call_main, c) != 0)
		exit(1);
	return t;
}

static void
test_killed(void)
{
	struct house h;
	struct call c = { .h = &h, .body = "sleep 400\r\n" };
	uint64_t lost;
	pthread_t t;

	house_open(&h, "");
	t = call(&c);
	test_ok(soon(&h, one_at_work), "a scan is under way");
	nap(50);
	kill_workers(h.zygote.pid);
	pthread_join(t, NULL);
	test_int(c.answer.rc, RC_OK, "a worker killed in mid-scan: the retry succeeds");
	test_int((int64_t)status_of(&h).lost, 1, "one loss is counted");
	pool_free(&c.pool);

	kill_workers(h.zygote.pid);
	test_int(scan(&h, "hello").rc, RC_OK, "all workers killed, at once a message: it is scanned");
	lost = status_of(&h).lost;
	kill_workers(h.zygote.pid);
	nap(100);
	test_int(scan(&h, "hello").rc, RC_OK, "all workers killed while idle: nobody notices");
	test_int((int64_t)status_of(&h).lost, (int64_t)lost, "and no message is charged for it");
	house_close(&h);
}

static void
test_late(void)
{
	struct house h;
	struct answer a;

	house_open(&h, "limit.scan_ms = 1s\n");
	a = scan(&h, "sleep 60000\r\n");
	test_int(a.rc, RC_BAD, "a late worker");
	test_str(a.why, STR("the deadline passed (limit.scan_ms)"), "its reason");
	test_ok(a.ms >= 990 && a.ms < 2500, "at its deadline");
	test_int(scan(&h, "hello").rc, RC_OK, "the next message is scanned");
	test_int((int64_t)status_of(&h).killed_late, 1, "late ones are counted");
	house_close(&h);
}

static void
test_zygote_killed(void)
{
	struct house h;
	struct call c = { .h = &h, .body = "sleep 300\r\n" };
	pthread_t t;

	house_open(&h, "limit.scan_ms = 20s\n");
	test_int(scan(&h, "hello").rc, RC_OK, "before");
	t = call(&c);
	test_ok(soon(&h, one_at_work), "a scan is under way");
	kill(h.zygote.pid, SIGKILL);
	test_ok(soon(&h, not_serving), "the zygote's death is seen");
	end_zygote(&h.zygote);
	start_zygote(&h);
	attach(&h);
	pthread_join(t, NULL);
	test_int(c.answer.rc, RC_OK, "the message waits for the next zygote and is scanned");
	pool_free(&c.pool);
	test_int(scan(&h, "hello").rc, RC_OK, "after");
	house_close(&h);
	test_int((int64_t)entries(folder), 0, "what the killed zygote left is wiped");
}

static void
test_suspended(void)
{
	struct house h;
	struct answer a;

	house_open(&h, "limit.scan_ms = 1s\n");
	workers_use(h.workers, -1);
	test_ok(!status_of(&h).serving, "suspended");
	a = scan(&h, "hello");
	test_int(a.rc, RC_TEMP, "no engines: not now");
	test_str(a.why, STR("no engines are loaded"), "and why");
	attach(&h);
	test_int(scan(&h, "hello").rc, RC_OK, "resumed");
	house_close(&h);
}

/* No zygote will come: nobody need wait for half of limit.scan_ms. */
static void
test_given_up(void)
{
	struct house h;
	struct call c = { .h = &h, .body = "hello" };
	struct answer a;
	pthread_t t;

	house_open(&h, "limit.scan_ms = 20s\n");
	workers_give_up(h.workers);
	test_int(scan(&h, "hello").rc, RC_OK, "given up while one serves: it serves on");
	attach(&h);
	workers_use(h.workers, -1);
	t = call(&c);
	nap(300);
	test_int((int64_t)status_of(&h).waiting, 1, "one waits");
	workers_give_up(h.workers);
	pthread_join(t, NULL);
	test_int(c.answer.rc, RC_TEMP, "who waits gets an answer");
	test_str(c.answer.why, STR("no engines are loaded"), "and hears why");
	test_ok(c.answer.ms >= 200 && c.answer.ms < 3000, "at once");
	pool_free(&c.pool);
	a = scan(&h, "hello");
	test_int(a.rc, RC_TEMP, "and who comes");
	test_ok(a.ms < 2000, "at once as well");
	attach(&h);
	test_int(scan(&h, "hello").rc, RC_OK, "until there is one again");
	workers_use(h.workers, -1);
	t = call(&c);
	nap(300);
	test_int((int64_t)status_of(&h).waiting, 1, "then it is worth waiting again");
	workers_give_up(h.workers);
	pthread_join(t, NULL);
	pool_free(&c.pool);
	house_close(&h);
}

/* Workers that hang at their start keep no place for ever. */
static void
test_late_start(void)
{
	struct house h;
	struct answer a;

	house_open(&h, "engine.yara_rules = /hang\nlimit.scan_ms = 20s\n");
	a = scan(&h, "hello");
	test_int(a.rc, RC_OK, "both workers hang at their start: others come");
	test_ok(a.ms > 3000, "once these have had their time");
	house_close(&h);
}

static void
test_queue(void)
{
	struct house h;
	struct call at_work = { .h = &h, .body = "sleep 500\r\n" }, waiting = { .h = &h, .body = "hello" };
	struct answer a;
	pthread_t t, u;

	house_open(&h, "worker.count = 1\nworker.queue_max = 1\n");
	test_ok(soon(&h, has_idle), "a worker is ready before the first message");
	t = call(&at_work);
	test_ok(soon(&h, one_at_work), "one at work");
	u = call(&waiting);
	test_ok(soon(&h, one_waits), "one waits");
	a = scan(&h, "hello");
	test_int(a.rc, RC_LIMIT, "the waiting room is full");
	test_int((int64_t)status_of(&h).refused, 1, "refusals are counted");
	pthread_join(t, NULL);
	pthread_join(u, NULL);
	test_int(at_work.answer.rc, RC_OK, "the one at work ends");
	test_int(waiting.answer.rc, RC_OK, "the one that waited, too");
	pool_free(&at_work.pool);
	pool_free(&waiting.pool);
	house_close(&h);
}

static void
test_small_first(void)
{
	static char big[2 << 20];
	struct house h;
	struct call first = { .h = &h, .body = "sleep 300\r\n" }, large = { .h = &h, .body = big };
	struct call small = { .h = &h, .body = "sleep 200\r\n" };
	pthread_t t, u, v;

	memset(big, 'x', sizeof(big) - 1);
	house_open(&h, "worker.count = 1\n");
	t = call(&first);
	soon(&h, one_at_work);
	u = call(&large);
	soon(&h, one_waits);
	v = call(&small);
	pthread_join(t, NULL);
	pthread_join(u, NULL);
	pthread_join(v, NULL);
	test_ok(large.answer.rc == RC_OK && small.answer.rc == RC_OK, "both are scanned");
	test_ok(large.answer.ms > small.answer.ms, "the small one went first");
	pool_free(&first.pool);
	pool_free(&large.pool);
	pool_free(&small.pool);
	house_close(&h);
}

static void
test_recycle(void)
{
	struct house h;
	int ok = 0;

	house_open(&h, "worker.recycle = 5\n");
	for (int i = 0; i < 23; i++)
		ok += scan(&h, "hello").rc == RC_OK;
	test_int(ok, 23, "every message is scanned while workers come and go");
	test_int((int64_t)status_of(&h).recycled, 4, "a worker goes after its share");
	test_int((int64_t)status_of(&h).lost, 0, "and nobody calls it lost");
	house_close(&h);
	if (SANITIZED)
		return;
	house_open(&h, "worker.count = 1\n");	/* so that the one that grew is asked again */
	for (int i = 0; i < 200; i++)
		scan(&h, i == 10 ? "grow 60\r\n" : "hello");
	test_int((int64_t)status_of(&h).recycled, 1, "a worker that grew goes early");
	house_close(&h);
}

static void
test_accounts(void)
{
	struct house h;
	const struct yara_rule_stat *s = NULL;
	size_t n;

	house_open(&h, "worker.recycle = 10\n");
	for (int i = 0; i < 20; i++)
		scan(&h, "hello");
	n = workers_rule_stats(h.workers, h.pool, &s);
	test_int((int64_t)n, 2, "every rule is listed, also one that never hit");
	for (size_t i = 0; i < n; i++) {
		bool a = str_eq(s[i].rule, STR("A"));

		test_int((int64_t)s[i].hits, a ? 20 : 0, "hits, summed over workers");
		test_int((int64_t)s[i].us, a ? 60 : 0, "time");
		test_str(s[i].description, a ? STR("first") : STR("never hits"), "description");
	}
	house_close(&h);
}

struct load {
	struct house *h;
	int ok, other;
	volatile bool *stop;
};

static void *
load_main(void *arg)
{
	struct load *l = arg;

	while (!__atomic_load_n(l->stop, __ATOMIC_RELAXED)) {
		struct pool *pool = pool_new(0);
		int fd = message("sleep 2\r\n");
		struct answer a = scan_fd(l->h, pool, fd, 9);

		if (a.rc == RC_OK && a.report.parts.n == 1)
			l->ok++;
		else
			l->other++;
		close(fd);
		pool_free(&pool);
	}
	return NULL;
}

/* New engines come and old ones go while four threads scan: nothing is lost. */
static void
test_reload(void)
{
	enum { THREADS = 4, RELOADS = 3 };
	struct house h;
	struct zygote old;
	bool stop = false;
	struct load loads[THREADS];
	pthread_t threads[THREADS];
	int ok = 0, other = 0;

	house_open(&h, "");
	for (int i = 0; i < THREADS; i++) {
		loads[i] = (struct load){ .h = &h, .stop = &stop };
		pthread_create(&threads[i], NULL, load_main, &loads[i]);
	}
	for (int i = 0; i < RELOADS; i++) {
		struct fdio_frame drain = { .tag = WIRE_DRAIN };
		int status = -1;

		old = h.zygote;
		start_zygote(&h);
		attach(&h);
		test_int(fdio_send(old.supervisor, &drain, clock_mono_ms() + 1000), RC_OK, "drain");
		waitpid(old.pid, &status, 0);
		test_int(status, 0, "the drained zygote ends by itself");
		close(old.supervisor);
	}
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	for (int i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
		ok += loads[i].ok;
		other += loads[i].other;
	}
	test_ok(ok > 20, "messages were scanned all the time");
	test_int(other, 0, "none was lost");
	test_int((int64_t)status_of(&h).lost, 0, "nor any worker");
	house_close(&h);
}

/* Somebody cleans up under us: workers to come get a new folder. */
static void
test_folder_removed(void)
{
	struct house h;
	char command[200];

	house_open(&h, "worker.recycle = 1\nworker.namespaces = no\n");
	test_int(scan(&h, "hello").rc, RC_OK, "before");
	snprintf(command, sizeof(command), "rm -rf %s/sekimori-*", folder);
	if (system(command) != 0)
		exit(1);
	for (int i = 0; i < 5; i++)
		test_int(scan(&h, "hello").rc, RC_OK, "after the folder was removed");
	house_close(&h);
}

static void
test_preview(void)
{
	static const char mail[] = "<script>x</script>hello";
	struct workers_preview job = { .picture = 0 };
	struct str why = STR_NONE;
	int fd = message(mail);
	struct house h;
	struct buf page;

	house_open(&h, "");
	if (fdio_memfd("page", STR_NONE, &job.out_fd) != RC_OK)
		exit(1);
	job.picture = 1;
	test_int(workers_preview(h.workers, lc, fd, sizeof(mail), &job, h.pool, &why), RC_NONE, "no such picture");
	job.picture = 0;
	test_int(workers_preview(h.workers, lc, fd, sizeof(mail), &job, h.pool, &why), RC_OK, "the page");
	buf_init(&page, 100000);
	test_int(fdio_read_all(job.out_fd, &page), RC_OK, "is there");
	test_int((int64_t)job.size, (int64_t)page.n, "as long as is said");
	test_ok(str_find(buf_str(&page), STR("&lt;/script&gt;hello")) != STR_NPOS, "with its words");
	test_ok(write(job.out_fd, "x", 1) < 0, "the file is sealed");
	buf_clear(&page);
	close(job.out_fd);
	close(fd);
	house_close(&h);
}

static void
test_edit(void)
{
	static const char mail[] = "multipart";
	struct house h;
	struct edit_strip strip = { .part = 99, .notice = STR("removed") };
	struct workers_edit edit = { .job = { .strips = &strip, .n_strips = 1 } };
	struct str why = STR_NONE;
	int fd = message(mail);
	struct buf body;

	house_open(&h, "");
	if (fdio_memfd("edited", STR_NONE, &edit.out_fd) != RC_OK)
		exit(1);
	test_int(workers_edit(h.workers, lc, fd, sizeof(mail), &edit, h.pool, &why), RC_NONE,
	    "a part that is not there cannot be replaced");
	strip.part = 0;
	test_int(workers_edit(h.workers, lc, fd, sizeof(mail), &edit, h.pool, &why), RC_OK, "the only part can");
	buf_init(&body, 100000);
	test_int(fdio_read_all(edit.out_fd, &body), RC_OK, "the new message is there");
	test_ok(edit.size == body.n && edit.body < body.n, "as long as is said");
	test_ok(str_starts(buf_str(&body), STR("From: ")) && str_find(str_upto(buf_str(&body), edit.body),
	    STR("Content-Type: text/plain; charset=utf-8\r\n")) != STR_NPOS, "with the changed header");
	test_str(str_from(buf_str(&body), edit.body), STR("removed\r\n"), "and the body where it is said to be");
	test_ok(str_find(buf_str(&body), STR("removed")) != STR_NPOS, "with the notice");
	test_ok(edit.n_headers > 0, "the MIME fields change with it");
	test_ok(write(edit.out_fd, "x", 1) < 0, "the file is sealed");
	buf_clear(&body);
	close(edit.out_fd);
	close(fd);
	house_close(&h);
}

int
main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], ZYGOTE_ARG) == 0)
		return zygote_main(settings, NULL);
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (!mkdtemp(folder))
		return 1;
	test_report();
	test_short_report();
	test_empty_and_large();
	test_file();
	test_faults();
	test_killed();
	test_late();
	test_zygote_killed();
	test_suspended();
	test_given_up();
	test_late_start();
	test_queue();
	test_small_first();
	test_recycle();
	test_accounts();
	test_reload();
	test_folder_removed();
	test_edit();
	test_preview();
	rmdir(folder);
	return test_done();
}
