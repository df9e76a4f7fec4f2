/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "test.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fdio.h"
#include "base/replace.h"
#include "jobs/feed_kit.h"
#include "store/indicators_build.h"

enum { READERS = 4, SWAPS = 30, MANY = 20000, KILLS = 10, FILE_MAX = 64 * 1024 * 1024 };

static char path[] = "/tmp/indicators-test.XXXXXX";
static struct pool *pool;

static void
drop(void *arg, enum log_level level, const char *line, size_t n)
{
	(void)arg;
	(void)level;
	(void)line;
	(void)n;
}

static const struct log quiet = { .write = drop, .level = LOG_LEVEL_ERR };
static const struct log_ctx lc = { &quiet, "-" };

static struct indicators *
open_table(const char *lines)
{
	struct indicators *ind = NULL;

	test_ok(kit_table(path, str_of(lines)), "a table is written");
	test_ok(indicators_open(path, lc, &ind) == RC_OK, "and opened");
	return ind;
}

/* "feed:entry" of each hit, in order. */
static const char *
ask(struct indicators *ind, enum indicator_kind kind, const char *value)
{
	struct indicator_hit hit[INDICATOR_HITS];
	struct buf b;
	struct url u;
	struct ip ip;
	size_t n = 0;

	if (kind == INDICATOR_URL)
		n = url_parse(pool, str_of(value), NULL, &u) == RC_OK ? indicators_find_url(ind, pool, &u, hit) : 0;
	else if (kind == INDICATOR_IP)
		n = ip_parse(str_of(value), &ip) ? indicators_find_ip(ind, pool, &ip, hit) : 0;
	else
		n = indicators_find(ind, pool, kind, str_of(value), hit);
	buf_init(&b, 4096);
	for (size_t i = 0; i < n; i++)
		buf_printf(&b, "%s%s%.*s:%.*s", i ? " " : "", hit[i].allow ? "+" : "", STR_ARG(hit[i].source), STR_ARG(hit[i].entry));
	value = pool_cstr(pool, buf_str(&b));
	buf_clear(&b);
	return value;
}

static void
lookups(void)
{
	static const struct { enum indicator_kind kind; const char *value, *want; } cases[] = {
		{ INDICATOR_IP, "192.0.2.7", "one:192.0.2.7 two:192.0.2.0/24" },
		{ INDICATOR_IP, "192.0.2.8", "one:192.0.2.0/25 two:192.0.2.0/24" },
		{ INDICATOR_IP, "192.0.2.200", "two:192.0.2.0/24" },
		{ INDICATOR_IP, "192.0.3.1", "" },
		{ INDICATOR_IP, "10.9.9.9", "+good:10.9.0.0/16" },
		{ INDICATOR_IP, "10.8.9.9", "two:10.0.0.0/8" },
		{ INDICATOR_IP, "2001:db8:1::5", "one:2001:db8:1::/48" },
		{ INDICATOR_IP, "2001:db8:2::5", "" },
		{ INDICATOR_IP, "::ffff:192.0.2.200", "two:192.0.2.0/24" },
		{ INDICATOR_DOMAIN, "bad.example", "doms:bad.example" },
		{ INDICATOR_DOMAIN, "A.b.BAD.example.", "doms:bad.example" },
		{ INDICATOR_DOMAIN, "x.deep.bad.example", "doms:deep.bad.example" },
		{ INDICATOR_DOMAIN, "notbad.example", "" },
		{ INDICATOR_DOMAIN, "example", "" },
		{ INDICATOR_DOMAIN, "www.fine.bad.example", "+good:fine.bad.example" },
		{ INDICATOR_DOMAIN, "", "" },
		{ INDICATOR_DOMAIN, ".", "" },
		{ INDICATOR_DOMAIN, "....", "" },
		{ INDICATOR_ADDRESS, "Boss@Fraud.example", "people:boss@fraud.example" },
		{ INDICATOR_ADDRESS, "boss@x.fraud.example", "" },
	};
	struct indicators *ind = open_table("one ip spam 5 deny 192.0.2.7\none ip spam 5 deny 192.0.2.0/25\n"
	    "two ip spam 5 deny 192.0.2.0/24\ntwo ip spam 5 deny 10.0.0.0/8\ngood ip info 0 allow 10.9.0.0/16\n"
	    "one ip spam 5 deny 2001:db8:1::/48\none ip spam 5 deny 192.0.2.7\n"
	    "doms domain spam 5 deny bad.example\ndoms domain spam 5 deny deep.bad.example\n"
	    "good domain info 0 allow fine.bad.example\npeople address bec 5 deny boss@fraud.example\n");
	struct indicators_status st;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		test_str(str_of(ask(ind, cases[i].kind, cases[i].value)), str_of(cases[i].want), cases[i].value);
	indicators_status(ind, &st);
	test_int((int64_t)st.entries, 10, "what came twice counts once");
	test_int((int64_t)st.hits, 12, "hits are counted");
	indicators_close(&ind);
	test_str(str_of(ask(NULL, INDICATOR_IP, "192.0.2.7")), STR_NONE, "no service, no hits");
}

static void
urls(void)
{
	static const struct { const char *value, *want; } cases[] = {
		{ "http://evil.example/a/b?c", "pages:evil.example/a" },
		{ "https://evil.example:8443/a", "pages:evil.example/a" },
		{ "http://evil.example/a?b", "pages:evil.example/a" },
		{ "http://evil.example/a#b", "pages:evil.example/a" },
		{ "http://evil.example/a/", "pages:evil.example/a" },
		{ "http://evil.example/ab", "" },
		{ "http://evil.example/A", "" },
		{ "http://evil.example/", "" },
		{ "http://notevil.example/a", "" },
		{ "http://www.evil.example/a", "pages:evil.example/a" },
		{ "http://evil.example/x/..//%61/", "pages:evil.example/a" },
		{ "http://evil.example/a/deep/er", "pages:evil.example/a/deep" },
		{ "http://evil.example/a/good", "+good:evil.example/a/good" },
		{ "http://q.example/get?id=7", "pages:q.example/get?id=7" },
		{ "http://q.example/get?id=77", "" },
		{ "http://q.example/get", "" },
		{ "http://whole.example/any/where", "pages:whole.example" },
		{ "http://sub.whole.example/", "pages:whole.example" },
		{ "http://192.0.2.9/x", "pages:192.0.2.9/x nets:192.0.2.0/24" },
		{ "http://192.0.2.9/y", "nets:192.0.2.0/24" },
		{ "http://[::ffff:c000:209]/x/y", "pages:192.0.2.9/x nets:192.0.2.0/24" },
		{ "http://www.bad.example./x", "doms:bad.example" },
		{ "http://bad.example/good", "+good:bad.example/good" },
		{ "mailto:a@bad.example", "" },
	};
	struct indicators *ind = open_table("pages url phishing 5 deny http://evil.example/a/\n"
	    "pages url phishing 5 deny http://evil.example/a/deep\npages url phishing 5 deny http://q.example/get?id=7\n"
	    "pages url phishing 5 deny whole.example\npages url phishing 5 deny http://192.0.2.9:81/x\n"
	    "nets ip spam 5 deny 192.0.2.0/24\ndoms domain spam 5 deny bad.example\n"
	    "good url info 0 allow http://evil.example/a/good\ngood url info 0 allow http://bad.example/good\n");

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		test_str(str_of(ask(ind, INDICATOR_URL, cases[i].value)), str_of(cases[i].want), cases[i].value);
	indicators_close(&ind);
	test_str(str_of(ask(NULL, INDICATOR_URL, "http://evil.example/a")), STR_NONE, "no service, no hits");
}

static void
damage(void)
{
	struct indicators *ind = open_table("one ip spam 5 deny 192.0.2.7\nd domain spam 5 deny bad.example\n"
	    "u url spam 5 deny bad.example/x\n");
	struct indicators_table t;
	struct buf good, why;
	struct str piece;
	bool kept = true, refused = true;
	char *copy;

	buf_init(&good, FILE_MAX);
	buf_init(&why, 1000);
	test_ok(fdio_read_file(path, &good) == RC_OK, "the file");
	copy = malloc(good.n);
	if (!copy)
		abort();
	for (size_t i = 0; i < good.n; i++) {
		memcpy(copy, good.p, good.n);
		copy[i] = (char)(copy[i] ^ 0x41);
		buf_reset(&why);
		refused = refused && indicators_file_open((struct str){ copy, good.n }, &t, &why) == RC_BAD && why.n;
	}
	test_ok(refused, "a byte changed anywhere is seen");
	for (size_t n = 0; n < good.n && refused; n++)
		refused = indicators_file_open((struct str){ good.p, n }, &t, &why) == RC_BAD;
	test_ok(refused, "and so is an end cut off");
	free(copy);
	piece = (struct str){ good.p, good.n - 1 };
	test_ok(replace_file(path, &piece, 1) == RC_OK, "a damaged file is put in place");
	indicators_look(ind);
	kept = strcmp(ask(ind, INDICATOR_IP, "192.0.2.7"), "one:192.0.2.7") == 0;
	test_ok(kept, "the table from before serves on");
	test_ok(kit_table(path, STR("one ip spam 5 deny 192.0.2.8\n")), "a good one");
	indicators_look(ind);
	test_str(str_of(ask(ind, INDICATOR_IP, "192.0.2.8")), STR("one:192.0.2.8"), "takes its place");
	unlink(path);
	indicators_look(ind);
	test_str(str_of(ask(ind, INDICATOR_IP, "192.0.2.8")), STR_NONE, "no file: no feeds any more");
	indicators_close(&ind);
	buf_clear(&good);
	buf_clear(&why);
}

static void
times(void)
{
	struct indicators_build *b = indicators_build_new(10);
	struct indicators_source row = { .name = "old", .score = 50, .expires_ms = clock_wall_ms() - 1 };
	struct indicators_source now = { .name = "now", .score = 50, .expires_ms = clock_wall_ms() + 60000 };
	struct indicator i = { .kind = INDICATOR_DOMAIN, .value = STR("bad.example"), .first_ms = 2000 };
	struct indicator_hit hit[INDICATOR_HITS];
	struct indicators *ind = NULL;
	struct indicators_table before;
	uint16_t a = 0, c = 0;
	size_t entries;
	struct buf file, why;

	buf_init(&file, FILE_MAX);
	buf_init(&why, 1000);
	test_ok(indicators_build_source(b, &row, &a) == RC_OK && indicators_build_source(b, &now, &c) == RC_OK, "two feeds");
	test_ok(indicators_build_add(b, a, &i) == RC_OK && indicators_build_add(b, c, &i) == RC_OK, "the same in both");
	i.value = STR("over.example");
	i.expires_ms = clock_wall_ms() - 5000;
	test_ok(indicators_build_add(b, c, &i) == RC_OK, "one that is over");
	i.value = STR("com");
	test_int(indicators_build_add(b, c, &i), RC_BAD, "a top-level domain is no indicator");
	test_ok(indicators_build_write(b, path, NULL, &entries) == RC_OK && entries == 3, "written");
	indicators_build_free(&b);
	test_ok(indicators_open(path, lc, &ind) == RC_OK, "opened");
	test_str(str_of(ask(ind, INDICATOR_DOMAIN, "bad.example")), STR("now:bad.example"), "a feed that expired is silent");
	test_str(str_of(ask(ind, INDICATOR_DOMAIN, "over.example")), STR_NONE, "and so is an entry");
	test_ok(fdio_read_file(path, &file) == RC_OK && indicators_file_open(buf_str(&file), &before, &why) == RC_OK,
	    "the table before");
	b = indicators_build_new(1);
	i = (struct indicator){ .kind = INDICATOR_DOMAIN, .value = STR("bad.example"), .first_ms = 9000 };
	test_ok(indicators_build_source(b, &now, &a) == RC_OK && indicators_build_add(b, a, &i) == RC_OK, "again later");
	test_int(indicators_build_add(b, a, &i), RC_LIMIT, "no more than it may have");
	test_ok(indicators_build_write(b, path, &before, &entries) == RC_OK, "written");
	indicators_build_free(&b);
	indicators_look(ind);
	test_int((int64_t)indicators_find(ind, pool, INDICATOR_DOMAIN, STR("bad.example"), hit), 1, "found");
	test_int(hit[0].first_ms, 2000, "first seen when it first was");
	indicators_close(&ind);
	buf_clear(&file);
	buf_clear(&why);
}

/* Every reader sees one table or the other, never half of one. */
static _Atomic bool stop;
static _Atomic int wrong, asked;

static void *
read_on(void *arg)
{
	struct pool *mine = pool_new(0);
	struct indicator_hit hit[INDICATOR_HITS];
	struct ip ip;

	while (!atomic_load(&stop) && ip_parse(STR("192.0.2.7"), &ip)) {
		if (indicators_find_ip(arg, mine, &ip, hit) != 1 || hit[0].source.n != 3)
			atomic_fetch_add(&wrong, 1);
		atomic_fetch_add(&asked, 1);
		pool_clear(mine);
	}
	pool_free(&mine);
	return NULL;
}

static void
swaps(void)
{
	struct indicators *ind = open_table("aaa ip spam 5 deny 192.0.2.7\n");
	pthread_t t[READERS];
	bool good = true;

	for (int i = 0; i < READERS; i++)
		good = pthread_create(&t[i], NULL, read_on, ind) == 0 && good;
	for (int i = 0; i < SWAPS; i++) {
		good = kit_table(path, i % 2 ? STR("aaa ip spam 5 deny 192.0.2.7\n")
		    : STR("bbb ip spam 5 deny 192.0.2.0/24\n")) && good;
		indicators_look(ind);
	}
	atomic_store(&stop, true);
	for (int i = 0; i < READERS; i++)
		pthread_join(t[i], NULL);
	test_ok(good && atomic_load(&asked) > 0, "tables were swapped under readers");
	test_int(atomic_load(&wrong), 0, "who never saw less than a table");
	indicators_close(&ind);
}

static void
write_many(int base)
{
	struct indicators_build *b = indicators_build_new(MANY);
	struct indicators_source row = { .name = "many", .score = 50 };
	uint16_t s;
	size_t entries;

	if (indicators_build_source(b, &row, &s) != RC_OK)
		_exit(1);
	for (int i = 0; i < MANY; i++) {
		char name[40];
		int n = snprintf(name, sizeof(name), "h%d.x%d.example", base, i);
		struct indicator in = { .kind = INDICATOR_DOMAIN, .value = { name, (size_t)n } };

		if (indicators_build_add(b, s, &in) != RC_OK)
			_exit(1);
	}
	if (indicators_build_write(b, path, NULL, &entries) != RC_OK)
		_exit(1);
	indicators_build_free(&b);
}

/* Whenever the writer dies, what lies there is whole. */
static void
kills(void)
{
	struct buf file, why;
	bool whole = true;

	write_many(0);
	for (int i = 0; i < KILLS; i++) {
		struct indicators_table t;
		pid_t pid = fork();

		if (pid == 0)
			for (int j = 0;; j++)
				write_many(j);
		usleep((useconds_t)(20000 + 7000 * i));
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		buf_init(&file, FILE_MAX);
		buf_init(&why, 1000);
		whole = whole && fdio_read_file(path, &file) == RC_OK && indicators_file_open(buf_str(&file), &t, &why) == RC_OK &&
		    t.head->n_entries == MANY;
		buf_clear(&file);
		buf_clear(&why);
	}
	test_ok(whole, "a writer that is killed leaves a whole table");
}

int
main(void)
{
	char beside[64];
	int fd = mkstemp(path);

	fdio_close(&fd);
	pool = pool_new(0);
	kills();
	lookups();
	urls();
	damage();
	times();
	swaps();
	pool_free(&pool);
	unlink(path);
	snprintf(beside, sizeof(beside), "%s.new", path);
	unlink(beside);
	return test_done();
}
