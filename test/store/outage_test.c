/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* A real Redis that is killed, stopped, full, or wants another password. */
#include "store/counters_kit.h"

/* covers: lib/store/shared_link.c, lib/store/shared_probe.c */
static void
killed(struct redis *r)
{
	struct counters_conf conf = conf_of(r->address);
	struct counters *c = open_with(&conf, "");
	struct counters_status st;
	int64_t now = clock_wall_ms();

	test_int(mark(c, "k", 5, now).count, 5, "killed: in Redis");
	forget_lines();
	redis_stop(r);
	test_int(mark(c, "k", 1, now).count, 6, "killed: this node goes on from there");
	test_int(mark(c, "k", 1, now).count, 7, "killed: and on");
	counters_status(c, &st);
	test_ok(strcmp(st.backend, "redis: down, using memory") == 0 && st.why[0] && st.fallbacks == 2, "killed: the status says so");
	usleep(3 * RETRY * 1000);
	test_ok(!is_up(c), "killed: probes do not help");
	test_int(lines_with("state=memory"), 1, "killed: one line in the log");
	test_ok(redis_run(r, false, ""), "killed: Redis comes back, empty");
	test_ok(comes(c, true, 5000), "killed: and is used again");
	test_int(lines_with("state=redis"), 1, "killed: one line in the log");
	test_int(mark(c, "k", 1, now).count, 1, "killed: its numbers are those that count");
	counters_free(&c);
}

/* It accepts connections and does not answer. */
static void
stopped(struct redis *r)
{
	struct counters_conf conf = conf_of(r->address);
	struct counters *c = open_with(&conf, ""), *late;
	struct counters_status st;
	int64_t start, worst;

	test_ok(is_up(c), "stopped: up");
	forget_lines();
	kill(r->pid, SIGSTOP);
	start = clock_mono_ms();
	rate(c, "s", 1, clock_wall_ms());
	worst = clock_mono_ms() - start;
	printf("# first call with Redis stopped: %lld ms of %d\n", (long long)worst, DEADLINE);
	test_ok(worst >= DEADLINE - 20 && worst < DEADLINE + 150, "stopped: the first call takes its deadline");
	start = clock_mono_ms();
	for (int i = 0; i < 1000; i++)
		rate(c, "s", 1, clock_wall_ms());
	test_ok(clock_mono_ms() - start < DEADLINE, "stopped: a thousand more wait for nothing");
	usleep(2 * RETRY * 1000);
	worst = crowd(c, 500);
	printf("# longest call of eight threads while it is probed: %lld ms\n", (long long)worst);
	test_ok(worst < DEADLINE, "stopped: no mail waits for a probe either");
	start = clock_mono_ms();
	late = open_with(&conf, "");
	test_ok(late && clock_mono_ms() - start < DEADLINE + 150, "stopped: a start waits no longer than one call");
	test_int(mark(late, "s", 2, clock_wall_ms()).count, 2, "stopped: and counts");
	start = clock_mono_ms();
	while (lines_with("state=memory") < 2 && clock_mono_ms() - start < 5000)
		usleep(10000);
	kill(r->pid, SIGCONT);
	test_ok(comes(c, true, 5000) && comes(late, true, 5000), "stopped: both come back");
	counters_status(c, &st);
	test_ok(st.fallbacks >= 5001 && lines_with("state=memory") == 2, "stopped: one line each");
	counters_free(&late);
	counters_free(&c);
}

/* All threads are in a call when it stops. */
static void
stopped_in_a_crowd(struct redis *r)
{
	struct counters_conf conf = conf_of(r->local);
	struct counters *c = open_with(&conf, "");
	struct worker w[THREADS];
	int64_t worst = 0;

	for (size_t i = 0; i < THREADS; i++) {
		w[i] = (struct worker){ .c = c, .rounds = 3000 };
		pthread_create(&w[i].thread, NULL, work, &w[i]);
	}
	usleep(30000);
	kill(r->pid, SIGSTOP);
	for (size_t i = 0; i < THREADS; i++) {
		pthread_join(w[i].thread, NULL);
		worst = w[i].worst_ms > worst ? w[i].worst_ms : worst;
	}
	kill(r->pid, SIGCONT);
	printf("# longest call of eight threads as it stops: %lld ms of %d\n", (long long)worst, DEADLINE);
	test_ok(worst < DEADLINE + 200, "stopped in a crowd: no call takes longer than its deadline");
	test_ok(comes(c, true, 5000), "stopped in a crowd: it comes back");
	counters_free(&c);
}

static void
full(struct redis *r)
{
	struct counters_conf conf = conf_of(r->local);
	struct counters *c = open_with(&conf, "");
	char answer[500];
	int64_t now = clock_wall_ms();

	test_int(mark(c, "f", 1, now).count, 1, "full: not yet");
	forget_lines();
	redis_say(r, answer, "CONFIG", "SET", "maxmemory", "1", (char *)NULL);
	test_int(mark(c, "f", 1, now).count, 2, "full: this node counts");
	test_ok(!is_up(c) && lines_with("OOM") == 1, "full: the log says why");
	usleep(3 * RETRY * 1000);
	test_ok(!is_up(c) && lines_with("counters") == 1, "full: a probe that may read is not enough");
	redis_say(r, answer, "CONFIG", "SET", "maxmemory", "0", (char *)NULL);
	test_ok(comes(c, true, 5000), "full: it has room again");
	counters_free(&c);
}

static void
put_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	if (f) {
		(void)fputs(text, f);
		(void)fclose(f);
	}
}

static void
password(void)
{
	struct counters_conf conf;
	struct log_ctx lc = { &test_log, "-" };
	struct counters *c;
	struct redis r;
	struct buf why;
	char path[200];

	(void)snprintf(path, sizeof(path), "%s/password", kit_dir);
	put_file(path, "wrong\n");
	if (!starts(&r, "acl", "user default off\n"
	    "user gate on >right ~test:* +evalsha +eval +time +hmget +hset +pexpire +del +scan +select +role\n"))
		return;
	conf = conf_of(r.address);
	conf.redis_user = STR("gate");
	conf.redis_password_file = str_of(path);
	conf.redis_db = 3;
	forget_lines();
	c = open_with(&conf, "");
	test_ok(c && !is_up(c), "password: a wrong one is no reason not to start");
	test_ok(lines_with("WRONGPASS") == 1 && lines_with("wrong\"") == 0, "password: the log says so");
	test_int(mark(c, "p", 2, clock_wall_ms()).count, 2, "password: this node counts");
	put_file(path, "right\n");
	test_ok(comes(c, true, 5000), "password: the right one is noticed without a restart");
	test_int(mark(c, "q", 2, clock_wall_ms()).count, 2, "password: and the rights in the manual are enough");
	test_ok(is_up(c) && counters_forget(c, "mark", STR("q")), "password: for all there is");
	counters_free(&c);
	(void)unlink(path);
	buf_init(&why, 1000);
	test_int(counters_new(&conf, STR(""), lc, &c, &why), RC_BAD, "password: no file to read it from");
	buf_reset(&why);
	put_file(path, "\n");
	test_int(counters_new(&conf, STR(""), lc, &c, &why), RC_BAD, "password: an empty one");
	buf_clear(&why);
	redis_stop(&r);
}

int
main(void)
{
	struct redis r;

	if (!kit_open()) {
		test_skip("Redis", "redis-server is not installed");
	} else {
		if (starts(&r, "plain", "")) {
			killed(&r);
			stopped(&r);
			stopped_in_a_crowd(&r);
			full(&r);
			redis_stop(&r);
		}
		password();
	}
	kit_close();
	return test_done();
}
