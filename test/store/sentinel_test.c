/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Two real Redis servers and a Sentinel: a planned failover, and a master that dies. */
#include "store/counters_kit.h"

/* covers: lib/store/shared_find.c, lib/store/shared_probe.c */
/* Does the copy on this server say so? What has not arrived there is lost in a failover, and rightly. */
static bool
has_count(const struct redis *r, const char *count)
{
	int64_t deadline = clock_mono_ms() + KIT_WAIT_MS;
	char answer[500];

	do {
		if (strcmp(redis_say(r, answer, "HGET", "test:mark:s", "a", (char *)NULL), count) == 0)
			return true;
		usleep(20000);
	} while (clock_left_ms(deadline) > 0);
	return false;
}

static void
sentinel(void)
{
	static const char quick[] = "sentinel down-after-milliseconds mail 1500\nsentinel failover-timeout mail 3000\n";
	struct redis one, two, guard;
	struct counters_conf conf;
	struct counters *c;
	struct str addresses[2];
	char text[500], answer[500];
	int64_t now = clock_wall_ms(), deadline;
	const struct redis *moved;

	if (!starts(&one, "one", "repl-ping-replica-period 1\nrepl-diskless-sync-delay 0"))
		return;
	(void)snprintf(text, sizeof(text), "replicaof 127.0.0.1 %d\nrepl-diskless-sync-delay 0\n", one.port);
	if (!starts(&two, "two", text))
		return;
	(void)snprintf(text, sizeof(text), "sentinel monitor mail 127.0.0.1 %d 1\n%s", one.port, quick);
	test_ok(redis_start(&guard, "guard", true, text), "a Sentinel starts");
	deadline = clock_mono_ms() + KIT_WAIT_MS;
	while (clock_left_ms(deadline) > 0 && redis_say(&one, text, "WAIT", "1", "100", (char *)NULL)[0] != '1')
		usleep(50000);
	conf = conf_of("");
	addresses[0] = STR("127.0.0.1:1");	/* nobody there */
	addresses[1] = str_of(guard.address);
	conf.redis_address = STR_NONE;
	conf.redis_sentinels = (struct opt_list){ addresses, 2 };
	conf.redis_master = STR("mail");
	c = open_with(&conf, "");
	test_ok(is_up(c), "sentinel: the second one that is asked knows the master");
	test_int(mark(c, "s", 4, now).count, 4, "sentinel: counts");
	test_ok(has_count(&two, "4"), "sentinel: the replica has it");

	/* A planned failover: the old master lives on as a replica. */
	deadline = clock_mono_ms() + KIT_WAIT_MS;
	do {
		redis_say(&guard, answer, "SENTINEL", "FAILOVER", "mail", (char *)NULL);
		usleep(100000);
	} while (strcmp(answer, "OK") != 0 && clock_left_ms(deadline) > 0);
	test_str(str_of(answer), STR("OK"), "sentinel: told to fail over");
	do {
		mark(c, "meanwhile", 1, now);
		usleep(20000);
		redis_say(&two, answer, "ROLE", (char *)NULL);
		redis_say(&one, text, "ROLE", (char *)NULL);
	} while ((strcmp(answer, "master") != 0 || strcmp(text, "slave") != 0) && clock_left_ms(deadline) > 0);
	mark(c, "meanwhile", 1, now);
	test_ok(comes(c, true, 15000), "sentinel: the new master serves");
	test_int(mark(c, "s", 1, now).count, 5, "sentinel: with what was counted before");
	test_ok(is_up(c), "sentinel: and goes on serving");

	/* The master dies. */
	test_ok(has_count(&one, "5"), "sentinel: what is the replica now has it");
	forget_lines();
	redis_stop(&two);
	test_int(mark(c, "s", 1, now).count, 6, "sentinel: the master dies, this node counts");
	moved = comes(c, true, KIT_WAIT_MS) ? &one : NULL;
	test_ok(moved && lines_with("state=memory") == 1 && lines_with(one.address) == 1, "sentinel: the other takes over");
	test_ok(mark(c, "s", 1, now).count >= 5 && is_up(c), "sentinel: and has what it got");
	counters_free(&c);

	conf.redis_master = STR("nobody");
	forget_lines();
	c = open_with(&conf, "");
	comes(c, true, 300);
	test_ok(!is_up(c) && lines_with("the Sentinel knows no 'nobody'") == 1, "sentinel: an unknown name is said");
	counters_free(&c);
	redis_stop(&guard);
	redis_stop(&one);
}

int
main(void)
{
	if (!kit_open()) {
		test_skip("Redis", "redis-server is not installed");
	} else {
		sentinel();
	}
	kit_close();
	return test_done();
}
