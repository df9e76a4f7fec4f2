/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* One suite over memory and over a real Redis; the snapshot; the options. */
#include <pthread.h>

#include "conf/conf.h"
#include "store/counters_kit.h"

/* covers: lib/store/shared.c, lib/store/shared_script.c, lib/store/counters_opts.c */
/* --- one suite for every backend --- */

static void
say(const char *backend, const char *name, bool ok)
{
	char text[200];

	(void)snprintf(text, sizeof(text), "%s: %s", backend, name);
	test_ok(ok, text);
}

static void
suite_rate(struct counters *c, const char *b, int64_t t0)
{
	say(b, "a rate begins at nothing", rate(c, "r", 0, t0) == 0);
	say(b, "counts", rate(c, "r", 3, t0) == 3 && rate(c, "r", 7, t0 + 5000) == 10);
	say(b, "is of one name", rate(c, "other", 1, t0) == 1);
	say(b, "keeps what the window still reaches", llabs(rate(c, "r", 0, t0 + 90000) - 5) <= 1);
	say(b, "and adds what is new", llabs(rate(c, "r", 2, t0 + 90000) - 7) <= 1);
	say(b, "is over two windows later", rate(c, "r", 0, t0 + 4LL * MINUTE) == 0);
}

static void
suite_mark(struct counters *c, const char *b, int64_t t0)
{
	struct counter_op op = mark(c, "m", 0, t0);

	say(b, "a mark is not there before", op.count == 0 && op.first_ms == 0 && op.last_ms == 0);
	op = mark(c, "m", 1, t0);
	say(b, "the first time has no before", op.count == 1 && op.first_ms == 0);
	op = mark(c, "m", 1, t0 + 5LL * MINUTE);
	say(b, "the second has, on the caller's clock",
	    op.count == 2 && llabs(op.first_ms - t0) < 500 && llabs(op.last_ms - t0) < 500);
	op = mark(c, "m", 0, t0 + 30LL * MINUTE);
	say(b, "reading changes nothing", op.count == 2 && llabs(op.last_ms - t0 - 5LL * MINUTE) < 500);
	op = mark(c, "m", 0, t0 + 66LL * MINUTE);
	say(b, "it is forgotten in time", op.count == 0 && op.first_ms == 0);
}

static void
suite_history(struct counters *c, const char *b, int64_t t0)
{
	struct counter_op op = { .type = COUNT_HISTORY, .kind = "history", .name = STR("h"), .window_ms = 60LL * MINUTE,
	    .good = 8, .bad = 0.5 };

	counters_run(c, t0, &op, 1);
	say(b, "history has what was added", near(op.good_now, 8) && near(op.bad_now, 0.5) && op.first_ms == 0);
	op.good = op.bad = 0;
	counters_run(c, t0 + 60LL * MINUTE, &op, 1);
	say(b, "half of it after the half-life", near(op.good_now, 4) && near(op.bad_now, 0.25));
	op.bad = 2;
	counters_run(c, t0 + 120LL * MINUTE, &op, 1);
	say(b, "and new things whole", near(op.good_now, 2) && near(op.bad_now, 2.125) && llabs(op.first_ms - t0) < 500);
	op.bad = 0;
	counters_run(c, t0 + 1000LL * MINUTE, &op, 1);
	say(b, "nothing after many", near(op.good_now, 0) && op.first_ms == 0);
}

/* Many operations of all types in one call, and names that are no text. */
static void
suite_together(struct counters *c, const char *b, int64_t t0)
{
	struct counter_op ops[COUNTER_OPS];
	char names[COUNTER_OPS][COUNTER_KEY + 50];
	size_t wrong = 0;

	for (int round = 1; round <= 2; round++) {
		for (size_t i = 0; i < COUNTER_OPS; i++) {
			size_t n = 1 + i * (sizeof(names[0]) - 1) / (COUNTER_OPS - 1);

			memset(names[i], (int)(i * 4), sizeof(names[i]));
			ops[i] = (struct counter_op){ .type = (enum counter_type)(i % 3), .kind = i % 2 ? "odd" : "even",
			    .name = { names[i], n }, .window_ms = 60LL * MINUTE, .add = 5, .good = 5, .bad = 5 };
		}
		counters_run(c, t0, ops, COUNTER_OPS);
		for (size_t i = 0; i < COUNTER_OPS; i++) {
			if (ops[i].type == COUNT_HISTORY)
				wrong += !near(ops[i].good_now, 5 * round) || !near(ops[i].bad_now, 5 * round);
			else
				wrong += ops[i].count != 5 * round;
		}
	}
	say(b, "many in one call, with any bytes as names", wrong == 0);
	counters_run(c, t0, ops, 0);
	say(b, "none in a call", ops[0].count == 10);
}

static void
suite_list(struct counters *c, const char *b)
{
	struct counter_entry e[10];
	struct pool *pool = pool_new(0);
	int64_t now = clock_wall_ms();
	size_t n;

	mark(c, "list*me", 4, now);
	n = counters_list(c, "mark", pool, e, 10);
	say(b, "lists a kind", n >= 1 && n < 10);
	for (size_t i = 0; i < n; i++)
		if (str_eq(e[i].name, STR("list*me")))
			say(b, "with its numbers", e[i].value.count == 4 && e[i].value.type == COUNT_MARK &&
			    e[i].value.window_ms == 60LL * MINUTE && llabs(e[i].value.last_ms - now) < 2000);
	say(b, "at most as many as asked for", counters_list(c, "even", pool, e, 3) == 3);
	say(b, "nothing of a kind that is not there", counters_list(c, "mar", pool, e, 10) == 0);
	say(b, "forgets", counters_forget(c, "mark", STR("list*me")));
	say(b, "only once", !counters_forget(c, "mark", STR("list*me")));
	say(b, "and it is gone", mark(c, "list*me", 0, now).count == 0);
	pool_free(&pool);
}

static void
suite_threads(struct counters *c, const char *b, int rounds)
{
	struct counter_op ops[] = {
		{ .type = COUNT_MARK, .kind = "shared", .name = STR("all"), .window_ms = 60LL * MINUTE },
		{ .type = COUNT_RATE, .kind = "shared/rate", .name = STR("all"), .window_ms = 600LL * MINUTE },
	};

	crowd(c, rounds);
	counters_run(c, clock_wall_ms(), ops, 2);
	say(b, "eight threads lose no mark", ops[0].count == THREADS * rounds);
	say(b, "and no rate", ops[1].count == THREADS * rounds);
}

static void
suite(struct counters *c, const char *b, int rounds)
{
	/* The start of a minute, so that windows turn where the steps say. */
	int64_t t0 = clock_wall_ms() / MINUTE * MINUTE + 10LL * MINUTE;

	suite_rate(c, b, t0);
	suite_mark(c, b, t0);
	suite_history(c, b, t0);
	suite_together(c, b, t0);
	suite_list(c, b);
	suite_threads(c, b, rounds);
}

static void
memory(void)
{
	struct counters_conf conf = conf_of(NULL);
	struct counters *c = open_with(&conf, "");
	struct counters_status st;

	suite(c, "memory", 5000);
	counters_status(c, &st);
	test_ok(strcmp(st.backend, "memory") == 0 && st.entries > 0 && st.calls > 40000 && st.fallbacks == 0 &&
	    st.snapshot_age_ms == -1, "memory: the status");
	counters_free(&c);
	test_ok(c == NULL, "memory: freed");
}

static void
nothing(void)
{
	struct counter_op op = { .type = COUNT_MARK, .kind = "k", .name = STR("n"), .window_ms = 1, .add = 1, .count = 9,
	    .good_now = 3, .first_ms = 4 };
	struct counters_status st;

	counters_run(NULL, 1, &op, 1);
	test_ok(op.count == 0 && op.good_now < 1 && op.first_ms == 0, "without counters all reads as 0");
	test_ok(!counters_forget(NULL, "k", STR("n")), "nothing is forgotten");
	test_ok(counters_list(NULL, "k", NULL, NULL, 0) == 0, "nothing is listed");
	counters_status(NULL, &st);
	test_int(st.snapshot_age_ms, -1, "nothing is written");
}

/* --- the snapshot, as counters use it --- */

static void
snapshots(void)
{
	struct counters_conf conf = conf_of(NULL);
	struct counters *c;
	struct counters_status st;
	char path[200], damaged[220];
	int64_t now = clock_wall_ms(), deadline = clock_mono_ms() + 5000;
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/counters", kit_dir);
	(void)snprintf(damaged, sizeof(damaged), "%s.damaged", path);
	conf.snapshot_ms = 50;
	c = open_with(&conf, kit_dir);
	mark(c, "kept", 3, now);
	do {
		usleep(10000);
		counters_status(c, &st);
	} while (st.snapshot_age_ms < 0 && clock_left_ms(deadline) > 0);
	test_ok(st.snapshot_age_ms >= 0 && access(path, F_OK) == 0, "a snapshot is written now and then");
	mark(c, "kept", 4, now);
	counters_free(&c);
	conf.snapshot_ms = 0;
	c = open_with(&conf, kit_dir);
	test_int(mark(c, "kept", 0, now).count, 7, "and at the end; the next one goes on from there");
	counters_free(&c);

	f = fopen(path, "r+");
	test_ok(f && fseek(f, 30, SEEK_SET) == 0 && fputc(0x7f, f) != EOF, "somebody damages it");
	if (f)
		(void)fclose(f);
	forget_lines();
	c = open_with(&conf, kit_dir);
	test_ok(c && mark(c, "kept", 0, now).count == 0, "nothing of it is taken, and counting goes on");
	test_int(lines_with("the snapshot is damaged"), 1, "the log says so");
	test_ok(access(damaged, F_OK) == 0 && access(path, F_OK) != 0, "it is set aside");
	counters_free(&c);
	(void)unlink(damaged);
	(void)unlink(path);
	forget_lines();
	c = open_with(&conf, "/nowhere/at/all");
	test_ok(c && mark(c, "x", 1, now).count == 1, "without the folder it counts as well");
	counters_free(&c);
	test_int(lines_with("cannot be written"), 1, "and the log says why nothing is kept");
}

/* --- a real Redis --- */

/* All keys must go by themselves some day. */
static void
expiry(const struct redis *r)
{
	static const char script[] = "local n = 0 for _, k in ipairs(redis.call('KEYS', '*')) do "
	    "if redis.call('PTTL', k) <= 0 then n = n + 1 end end return {tostring(#redis.call('KEYS', '*') > 10) .. n}";
	char answer[500];

	test_str(str_of(redis_say(r, answer, "EVAL", script, "0", (char *)NULL)), STR("true0"), "redis: every key expires");
}

static void
redis_suite(const struct redis *r)
{
	struct counters_conf conf = conf_of(r->local);
	struct counters *c = open_with(&conf, ""), *other;
	struct counters_status st;
	char answer[500], name[40];

	test_ok(is_up(c), "redis: up from the start");
	suite(c, "redis", 300);
	expiry(r);
	redis_say(r, answer, "SCRIPT", "FLUSH", (char *)NULL);
	test_int(mark(c, "after flush", 2, clock_wall_ms()).count, 2, "redis: a server that forgot the script gets it again");
	(void)snprintf(name, sizeof(name), "localhost:%d", r->port);
	conf.redis_address = str_of(name);
	other = open_with(&conf, "");
	test_int(mark(other, "after flush", 1, clock_wall_ms()).count, 3, "redis: another node, by its name and TCP, sees the same");
	test_int(mark(c, "after flush", 0, clock_wall_ms()).count, 3, "redis: and the first sees that");
	redis_say(r, answer, "SET", "test:mark:foreign", "text", (char *)NULL);
	test_int(mark(c, "foreign", 5, clock_wall_ms()).count, 5, "redis: a key of somebody else's does not matter");
	redis_say(r, answer, "HSET", "test:mark:strange", "t", "m", "w", "x", "f", "-5", "l", "99999999999999999999",
	    "a", "nan", (char *)NULL);
	test_ok(mark(c, "strange", 5, clock_wall_ms()).count >= 5, "redis: nor do strange values");
	counters_status(c, &st);
	test_ok(st.fallbacks == 0 && is_up(c), "redis: none of this was a failure");
	counters_free(&other);
	counters_free(&c);
}

/* --- configuration --- */

static void
configuration(void)
{
	static const struct { const char *text, *want; } cases[] = {
		{ "counters.backend = redis\ncounters.redis_address = localhost:6379\n", NULL },
		{ "counters.backend = redis\ncounters.redis_address = [::1]:6379\n", NULL },
		{ "counters.backend = redis\ncounters.redis_address = unix:/run/redis/redis.sock\n", NULL },
		{ "counters.backend = redis\ncounters.redis_sentinels = a:26379, b:26379\ncounters.redis_master = m\n",
		  NULL },
		{ "counters.redis_address = localhost\n",
		  "c:1: counters.redis_address: 'localhost' is neither host:port nor unix:/path" },
		{ "counters.redis_address = localhost:0\n", "'0' is no port" },
		{ "counters.redis_address = localhost:65536\n", "'65536' is no port" },
		{ "counters.redis_address = ::1:6379\n", "write an IPv6 address in brackets" },
		{ "counters.redis_address = unix:sock\n", "has no absolute path" },
		{ "counters.redis_address = redis://host:1\n", "no host name" },
		{ "counters.redis_sentinels = a:26379 b\ncounters.redis_master = m\n", "'b' is neither" },
		{ "counters.redis_sentinels = a:26379\n", "redis_sentinels needs redis_master" },
		{ "counters.redis_master = m\n", "redis_master needs redis_sentinels" },
		{ "counters.redis_master = m\ncounters.redis_sentinels = a:1\ncounters.redis_address = b:1\n",
		  "exclude each other" },
		{ "counters.backend = redis\n", "needs redis_address" },
		{ "counters.redis_user = u\n", "needs redis_password_file" },
		{ "counters.backend = memcached\n", "counters.backend" },
		{ "counters.deadline_ms = 1m\n", "counters.deadline_ms" },
		{ "counters.entries_max = 5\n", "counters.entries_max" },
	};
	static const struct opt_table *const tables[] = { &counters_table, NULL };

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct conf_base base = { .key = NULL };
		struct conf *conf = NULL;
		struct buf errors;
		enum rc rc;

		buf_init(&errors, 4000);
		rc = conf_parse(str_of(cases[i].text), "c", tables, base, &conf, &errors);
		if (!test_ok(cases[i].want ? rc == RC_BAD && str_find(buf_str(&errors), str_of(cases[i].want)) != STR_NPOS :
		    rc == RC_OK, cases[i].text))
			test_show("got", buf_str(&errors));
		conf_put(&conf);
		buf_clear(&errors);
	}
}

int
main(void)
{
	struct redis r;
	bool redis = kit_open();

	nothing();
	configuration();
	memory();
	snapshots();
	if (!redis) {
		test_skip("Redis", "redis-server is not installed");
	} else if (starts(&r, "plain", "")) {
		redis_suite(&r);
		redis_stop(&r);
	}
	kit_close();
	return test_done();
}
