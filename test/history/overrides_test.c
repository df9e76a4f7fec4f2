/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "history/overrides.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/counters_kit.h"

enum { NOW = 1000000, HOUR = 3600000 };

static char dir[] = "/tmp/overrides_test.XXXXXX", path[64];
static struct pool *pool;

static struct overrides *
open_dir(void)
{
	return overrides_new(str_of(dir), (struct log_ctx){ &test_log, "-" });
}

static enum rc
set(struct overrides *all, const char *name, int tenths, int64_t until)
{
	struct override o = { .tenths = tenths, .set_ms = NOW, .until_ms = until };
	struct identities ids;
	struct buf why;
	enum rc rc = RC_BAD;

	buf_init(&why, 1000);
	if (identity_parse(pool, str_of(name), &ids, &why) == RC_OK) {
		o.who = ids.item[0];
		rc = overrides_set(all, NOW, &o, &why);
	}
	if (rc != RC_OK)
		test_show("why", buf_str(&why));
	buf_clear(&why);
	return rc;
}

/* The score that decides for a client with these words as identities; 999: none. */
static int
found(struct overrides *all, const char *a, const char *b, int64_t now)
{
	struct identities ids, more;
	struct override o;
	struct buf why;

	buf_init(&why, 1000);
	test_ok(identity_parse(pool, str_of(a), &ids, &why) == RC_OK, a);
	if (b && identity_parse(pool, str_of(b), &more, &why) == RC_OK)
		for (size_t i = 0; i < more.n; i++)
			identity_add(&ids, more.item[i].kind, more.item[i].name);
	buf_clear(&why);
	return overrides_find(all, now, pool, &ids, &o) ? o.tenths : 999;
}

static void
nearest(struct overrides *all)
{
	test_int(found(all, "192.0.2.1", NULL, NOW), 999, "nothing was set");
	test_int(set(all, "helo:mail.example", 10, 0), RC_OK, "a HELO name");
	test_int(set(all, "domain:sender.example", 20, 0), RC_OK, "a domain");
	test_int(set(all, "AS64500", 30, 0), RC_OK, "an autonomous system");
	test_int(set(all, "192.0.0.0/8", 40, 0), RC_OK, "a wide network");
	test_int(set(all, "192.0.2.0/25", 50, 0), RC_OK, "a narrow network");
	test_int(set(all, "192.0.2.9", 60, 0), RC_OK, "an address");
	test_int(found(all, "192.0.2.9", "sender.example", NOW), 60, "the address first");
	test_int(found(all, "192.0.2.8", "AS64500", NOW), 50, "the smallest network");
	test_int(found(all, "192.0.2.200", "AS64500", NOW), 40, "the next");
	test_int(found(all, "198.51.100.1", "AS64500", NOW), 30, "the system");
	test_int(found(all, "198.51.100.1", "sender.example", NOW), 20, "the domain");
	test_int(found(all, "198.51.100.1", "mail.example", NOW), 10, "the HELO name");
	test_int(found(all, "2001:db8::1", "other.example", NOW), 999, "nobody else");
	test_int(set(all, "192.0.2.9", -60, 0), RC_OK, "it can be set anew");
	test_int(found(all, "192.0.2.9", NULL, NOW), -60, "then that holds");
}

static void
forget(struct overrides *all)
{
	struct identity who = { IDENTITY_IP, STR("192.0.2.9") };
	struct buf why;

	buf_init(&why, 1000);
	test_int(overrides_forget(all, NOW, &who, &why), RC_OK, "forgotten");
	test_int(overrides_forget(all, NOW, &who, &why), RC_NONE, "there is none");
	test_int(found(all, "192.0.2.9", NULL, NOW), 50, "the network decides again");
	buf_clear(&why);
}

static void
expiry(struct overrides *all)
{
	struct override list[20];
	size_t before = overrides_list(all, NOW, pool, list, 20);

	test_int(set(all, "203.0.113.7", -100, NOW + HOUR), RC_OK, "for an hour");
	test_int(found(all, "203.0.113.7", NULL, NOW + HOUR - 1), -100, "it holds");
	test_int(found(all, "203.0.113.7", NULL, NOW + HOUR), 999, "and ends");
	test_int((int64_t)overrides_list(all, NOW, pool, list, 20), (int64_t)before + 1, "listed");
	test_int((int64_t)overrides_list(all, NOW + HOUR, pool, list, 20), (int64_t)before, "no longer");
	test_int((int64_t)overrides_list(all, NOW, pool, list, 2), 2, "as many as there is room for");
}

static void
restart(struct overrides **all)
{
	FILE *f;

	overrides_free(all);
	*all = open_dir();
	test_int(found(*all, "192.0.2.8", NULL, NOW), 50, "kept over a restart");
	test_int(found(*all, "203.0.113.7", NULL, NOW), -100, "with its end");
	overrides_free(all);
	f = fopen(path, "a");
	test_ok(f && fputs("ip 198.51.100.9 -70 1 0\nnonsense\nip x 5000 1 0\n"
	    "net 1.2.3.4.5/3 1 1 0\nasn AS1 -5 1\n", f) > 0 && fclose(f) == 0, "a damaged file");
	forget_lines();
	*all = open_dir();
	test_int(lines_with("left out"), 4, "each wrong line is in the log");
	test_int(found(*all, "198.51.100.9", NULL, NOW), -70, "the others hold");
	test_int(found(*all, "192.0.2.8", NULL, NOW), 50, "all of them");
}

/* What cannot be written does not hold: after a restart it would not either. */
static void
unwritable(struct overrides *all)
{
	char beside[80];

	snprintf(beside, sizeof(beside), "%s.new", path);
	test_ok(mkdir(beside, 0700) == 0, "a folder in the way");
	test_int(set(all, "192.0.2.8", -99, 0), RC_TEMP, "not set");
	test_int(found(all, "192.0.2.8", NULL, NOW), 50, "the one before holds");
	test_int(set(all, "192.0.2.111", -99, 0), RC_TEMP, "nor a new one");
	test_int(found(all, "192.0.2.111", NULL, NOW), 50, "it does not hold");
	test_ok(rmdir(beside) == 0, "the folder goes");
	test_int(set(all, "192.0.2.111", -99, 0), RC_OK, "now it can be set");
}

static void
full(void)
{
	struct overrides *all = overrides_new(STR_NONE, (struct log_ctx){ &test_log, "-" });
	enum rc rc = RC_OK;
	char name[32];

	for (int i = 0; i < OVERRIDES_MAX && rc == RC_OK; i++) {
		snprintf(name, sizeof(name), "10.0.%d.%d", i / 256, i % 256);
		rc = set(all, name, 10, 0);
	}
	test_int(rc, RC_OK, "OVERRIDES_MAX of them");
	test_int(set(all, "10.0.0.7", 20, 0), RC_OK, "one that is there can be changed");
	test_int(set(all, "192.0.2.1", 10, 0), RC_LIMIT, "not one more");
	test_int(found(all, "10.0.0.7", NULL, NOW), 20, "they are found");
	overrides_free(&all);
}

static void *
look(void *arg)
{
	struct identities ids = { .n = 1, .item = { { IDENTITY_IP, STR("192.0.2.8") } } };
	struct pool *own = pool_new(0);
	struct override o;
	intptr_t wrong = 0;

	for (int i = 0; i < 2000; i++) {
		wrong += !overrides_find(arg, NOW, own, &ids, &o) || (o.tenths != 11 && o.tenths != 12);
		pool_clear(own);
	}
	pool_free(&own);
	return (void *)wrong;
}

static void
threads(void)
{
	struct overrides *all = overrides_new(STR_NONE, (struct log_ctx){ &test_log, "-" });
	pthread_t t[4];
	void *wrong;

	set(all, "192.0.2.8", 11, 0);
	for (int i = 0; i < 4; i++)
		pthread_create(&t[i], NULL, look, all);
	for (int i = 0; i < 500; i++)
		set(all, "192.0.2.8", 11 + i % 2, 0);
	for (int i = 0; i < 4; i++) {
		pthread_join(t[i], &wrong);
		test_int((int64_t)(intptr_t)wrong, 0, "always one or the other");
	}
	overrides_free(&all);
}

int
main(void)
{
	struct overrides *all;

	pool = pool_new(0);
	test_ok(mkdtemp(dir) != NULL, "a folder");
	snprintf(path, sizeof(path), "%s/reputation", dir);
	all = open_dir();
	nearest(all);
	forget(all);
	expiry(all);
	restart(&all);
	unwritable(all);
	overrides_free(&all);
	full();
	threads();
	unlink(path);
	rmdir(dir);
	pool_free(&pool);
	return test_done();
}
