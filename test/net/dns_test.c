/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "net/dns.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>
#include <time.h>

#include "base/clock.h"
#include "conf/conf.h"
#include "net/zone.h"
#include "test.h"

static const char zone_text[] =
	"a.example A 192.0.2.1\n"
	"a.example A 192.0.2.2\n"
	"a.example AAAA 2001:db8::1\n"
	"a.example MX 10 MX1.a.Example\n"
	"a.example MX 20 mx2.a.example\n"
	"a.example TXT \"v=spf1 \" \"-all\"\n"
	"a.example TXT \"\"\n"
	"a.example TXT \"b\\000\\255\"\n"
	"a.example NS ns.a.example\n"
	"a.example SOA ns.a.example hostmaster.a.example 1 2 3 4 60\n"
	"null.example MX 0 .\n"
	"1.2.0.192.in-addr.arpa PTR Mail.A.example\n"
	"1.0.0.10.in-addr.arpa PTR lan.a.example\n"
	"odd.example PTR \"we\\032ird\\\\x.a.example\"\n"
	"sp\\032ace\\\\.example A 192.0.2.9\n"
	"alias.example CNAME chain.example\n"
	"chain.example CNAME a.example\n"
	"lost.example CNAME nowhere.example\n"
	"half.example CNAME a.example\n"
	"round.example CNAME about.example\n"
	"about.example CNAME round.example\n"
	"*.wild.example A 127.0.0.2\n"
	"deep.below.example A 192.0.2.3\n"
	"servfail.example !servfail\n"
	"refused.example !refused\n"
	"formerr.example !formerr\n"
	"silent.example !timeout\n"
	"slow.example A 192.0.2.4\n"
	"slow.example !delay 150\n"
	"tcp.example TXT \"over TCP\"\n"
	"tcp.example !truncate\n"
	"cut.example !cut\n"
	"id.example A 192.0.2.5\n"
	"id.example !wrong_id\n"
	"name.example A 192.0.2.6\n"
	"name.example !wrong_name\n"
	"type.example A 192.0.2.7\n"
	"type.example TXT \"text\"\n"
	"type.example !wrong_type\n"
	"class.example A 192.0.2.8\n"
	"class.example !wrong_class\n"
	"garbage.example !garbage\n"
	"bad.example RAW A 010203\n"
	"badtxt.example RAW TXT 05616263\n"
	"short.example 1 A 192.0.2.10\n"
	"zero.example 0 A 192.0.2.11\n"
	"local.test A 192.0.2.12\n"
	"*.many.example A 127.0.0.2\n"
	"*.silent.example !timeout\n"
	"late.example A 192.0.2.13\n"
	"late.example !delay 250\n";

struct fixture {
	struct zone *zone;
	struct dns *dns;
	struct pool *pool;
	struct dns_conf conf;
	struct str server;
	char forward[32];
};

static void
quiet(void *arg, enum log_level level, const char *line, size_t n)
{
	(void)arg;
	(void)level;
	printf("# log: %.*s\n", (int)n, line);
}

static const struct log test_log = { .write = quiet, .level = LOG_LEVEL_INFO };

static void
set_up(struct fixture *f, const char *text)
{
	struct buf why;

	buf_init(&why, 4096);
	memset(f, 0, sizeof(*f));
	f->pool = pool_new(0);
	if (zone_new(text, 0, &f->zone, &why) != RC_OK) {
		printf("Bail out! %s\n", buf_cstr(&why));
		exit(1);
	}
	zone_forward(f->zone, f->forward);
	f->server = str_of(f->forward);
	f->conf = (struct dns_conf){
		.enable = true, .forward = { &f->server, 1 }, .phase_ms = 300, .message_ms = 1000,
		.inflight_max = 2000, .cache_size = 4 * 1024 * 1024, .ttl_max = 3600000
	};
	buf_clear(&why);
}

static void
start(struct fixture *f)
{
	struct buf why;

	buf_init(&why, 4096);
	if (dns_new(&f->conf, (struct log_ctx){ &test_log, "-" }, &f->dns, &why) != RC_OK) {
		printf("Bail out! %s\n", buf_cstr(&why));
		exit(1);
	}
	buf_clear(&why);
}

static void
tear_down(struct fixture *f)
{
	dns_free(&f->dns);
	zone_free(&f->zone);
	pool_free(&f->pool);
}

static struct str
show(struct pool *pool, const struct dns_answer *a)
{
	struct buf b;
	struct str out;

	buf_init(&b, 65536);
	buf_adds(&b, dns_rc_name(a->rc));
	for (size_t i = 0; i < a->n; i++) {
		buf_adds(&b, " ");
		if (a->records[i].preference)
			buf_printf(&b, "%u:", a->records[i].preference);
		buf_add(&b, a->records[i].text);
	}
	out = pool_str(pool, buf_str(&b));
	buf_clear(&b);
	return out;
}

static void
test_answers(void)
{
	static const struct {
		const char *name;
		enum dns_type type;
		struct str want, or;
	} cases[] = {
		{ "a.example", DNS_A, STR("OK 192.0.2.1 192.0.2.2"), STR("OK 192.0.2.2 192.0.2.1") },
		{ "A.Example.", DNS_AAAA, STR("OK 2001:db8::1"), STR_NONE },
		{ "a.example", DNS_MX, STR("OK 10:mx1.a.example 20:mx2.a.example"), STR("OK 20:mx2.a.example 10:mx1.a.example") },
		{ "a.example", DNS_NS, STR("OK ns.a.example"), STR_NONE },
		{ "a.example", DNS_SOA, STR("OK ns.a.example"), STR_NONE },
		{ "null.example", DNS_MX, STR("OK "), STR_NONE },
		{ "1.2.0.192.in-addr.arpa", DNS_PTR, STR("OK mail.a.example"), STR_NONE },
		{ "1.0.0.10.in-addr.arpa", DNS_PTR, STR("OK lan.a.example"), STR_NONE },
		{ "odd.example", DNS_PTR, STR("OK we\\032ird\\092x.a.example"), STR_NONE },
		{ "sp ace\\.example", DNS_A, STR("OK 192.0.2.9"), STR_NONE },
		{ "alias.example", DNS_A, STR("OK 192.0.2.1 192.0.2.2"), STR("OK 192.0.2.2 192.0.2.1") },
		{ "lost.example", DNS_A, STR("NXDOMAIN"), STR_NONE },
		{ "half.example", DNS_PTR, STR("NODATA"), STR_NONE },
		{ "round.example", DNS_A, STR("FAIL"), STR("NODATA") },
		{ "x.y.wild.example", DNS_A, STR("OK 127.0.0.2"), STR_NONE },
		{ "wild.example", DNS_A, STR("NODATA"), STR_NONE },
		{ "below.example", DNS_A, STR("NODATA"), STR_NONE },
		{ "a.example", DNS_PTR, STR("NODATA"), STR_NONE },
		{ "nowhere.example", DNS_A, STR("NXDOMAIN"), STR_NONE },
		{ "servfail.example", DNS_A, STR("FAIL"), STR_NONE },
		{ "refused.example", DNS_A, STR("FAIL"), STR_NONE },
		{ "formerr.example", DNS_A, STR("FAIL"), STR_NONE },
		{ "slow.example", DNS_A, STR("OK 192.0.2.4"), STR_NONE },
		{ "tcp.example", DNS_TXT, STR("OK over TCP"), STR_NONE },
		{ "cut.example", DNS_TXT, STR("FAIL"), STR("TIMEOUT") },
		{ "id.example", DNS_A, STR("TIMEOUT"), STR("FAIL") },
		{ "name.example", DNS_A, STR("NODATA"), STR("FAIL") },
		{ "type.example", DNS_A, STR("NODATA"), STR("FAIL") },
		{ "class.example", DNS_A, STR("FAIL"), STR("NODATA") },
		{ "garbage.example", DNS_A, STR("FAIL"), STR("TIMEOUT") },
		{ "bad.example", DNS_A, STR("FAIL"), STR_NONE },
		{ "badtxt.example", DNS_TXT, STR("FAIL"), STR_NONE },
		{ "silent.example", DNS_A, STR("TIMEOUT"), STR("FAIL") },
		{ "local.test", DNS_A, STR("OK 192.0.2.12"), STR_NONE },
		{ "", DNS_A, STR("BAD_NAME"), STR_NONE },
		{ ".", DNS_A, STR("BAD_NAME"), STR_NONE },
		{ "a..example", DNS_A, STR("BAD_NAME"), STR_NONE },
		{ ".a.example", DNS_A, STR("BAD_NAME"), STR_NONE },
	};
	struct fixture f;
	struct dns_batch *b;

	set_up(&f, zone_text);
	start(&f);
	b = dns_batch_new(f.dns, f.pool, clock_mono_ms() + 2500);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		dns_want(b, cases[i].type, str_of(cases[i].name));
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct str got = show(f.pool, dns_get(b, cases[i].type, str_of(cases[i].name)));
		struct str label = pool_printf(f.pool, "%s %s", cases[i].name, dns_type_name(cases[i].type));

		bool other = cases[i].or.n && str_eq(got, cases[i].or);

		test_str(got, other ? cases[i].or : cases[i].want, pool_cstr(f.pool, label));
	}
	dns_batch_free(&b);
	tear_down(&f);
}

static struct dns_batch *
batch(struct fixture *f, int64_t ms)
{
	return dns_batch_new(f->dns, f->pool, clock_mono_ms() + ms);
}

static enum dns_rc
ask(struct fixture *f, int64_t ms, enum dns_type type, const char *name)
{
	struct dns_batch *b = batch(f, ms);
	enum dns_rc rc = dns_get(b, type, str_of(name))->rc;

	dns_batch_free(&b);
	return rc;
}

static bool
within(int64_t start_ms, int64_t least, int64_t most)
{
	int64_t took = clock_mono_ms() - start_ms;
	bool good = took >= least && took <= most;

	if (!good)
		printf("#   took %" PRId64 " ms\n", took);
	return good;
}

/* However many names are silent, the deadline is paid once; the next phase has its own. */
static void
test_deadline(void)
{
	struct fixture f;
	struct dns_batch *b;
	int64_t start_ms;
	unsigned timeouts = 0;

	set_up(&f, zone_text);
	start(&f);
	b = batch(&f, 200);
	start_ms = clock_mono_ms();
	dns_want(b, DNS_A, STR("late.example"));
	for (int i = 0; i < 20; i++)
		timeouts += dns_get(b, DNS_A, pool_printf(f.pool, "%d.silent.example", i))->rc == DNS_TIMEOUT;
	test_int(timeouts, 20, "silent names");
	test_int(dns_get(b, DNS_A, STR("late.example"))->rc, DNS_TIMEOUT, "an answer after the deadline");
	test_ok(within(start_ms, 190, 1500), "the deadline is paid once");
	start_ms = clock_mono_ms();
	test_int(dns_get(b, DNS_A, STR("a.example"))->rc, DNS_TIMEOUT, "nothing is asked after the deadline");
	test_int(zone_asked(f.zone, "a.example", NULL), 0, "the server did not hear of it");
	test_ok(within(start_ms, 0, 190), "and nothing waits");
	dns_batch_deadline(b, clock_mono_ms() + 1000);
	test_int(dns_get(b, DNS_AAAA, STR("a.example"))->rc, DNS_OK, "the next phase asks again");
	dns_batch_free(&b);
	tear_down(&f);
}

/* Wanted in one phase, read in the next: the time between them is not lost. */
static void
test_next_phase(void)
{
	struct fixture f;
	struct dns_batch *b;

	set_up(&f, zone_text);
	start(&f);
	b = batch(&f, 100);
	dns_want(b, DNS_A, STR("late.example"));
	test_int(dns_get(b, DNS_A, STR("silent.example"))->rc, DNS_TIMEOUT, "this phase is over");
	dns_batch_deadline(b, clock_mono_ms() + 1000);
	test_int(dns_get(b, DNS_A, STR("late.example"))->rc, DNS_OK, "the answer is there in the next");
	test_int(dns_get(b, DNS_A, STR("silent.example"))->rc, DNS_TIMEOUT, "what timed out stays so");
	test_int(zone_asked(f.zone, "late.example", NULL), 1, "asked once");
	dns_batch_free(&b);
	tear_down(&f);
}

/* What one question took of the time, those that follow from another have anew; a silent server
 * still costs its deadline once. */
static void
test_later(void)
{
	struct fixture f;
	struct dns_batch *b;
	int64_t start_ms;

	set_up(&f, zone_text);
	start(&f);
	b = batch(&f, 200);
	dns_want(b, DNS_AAAA, STR("silent.example"));
	test_int(dns_get(b, DNS_A, STR("silent.example"))->rc, DNS_TIMEOUT, "the time is over");
	start_ms = clock_mono_ms();
	dns_batch_later(b, start_ms + 2000);
	test_int(dns_get(b, DNS_AAAA, STR("silent.example"))->rc, DNS_TIMEOUT, "also for what was asked then");
	test_ok(within(start_ms, 0, 190), "which is not waited for again");
	test_int(dns_get(b, DNS_A, STR("a.example"))->rc, DNS_OK, "a new question has time");
	dns_batch_free(&b);
	tear_down(&f);
}

/* A server that is dead costs a deadline, not one for each phase and each message; until it is back
 * little. */
static void
test_silent(void)
{
	struct fixture f;
	struct dns_batch *b;
	int64_t start_ms;

	set_up(&f, zone_text);
	start(&f);
	b = batch(&f, 200);
	for (int i = 0; i < 5; i++)
		dns_want(b, DNS_A, pool_printf(f.pool, "%d.silent.example", i));
	test_int(dns_get(b, DNS_A, STR("0.silent.example"))->rc, DNS_TIMEOUT, "the first deadline");
	usleep((unsigned)f.conf.phase_ms * 1000);
	start_ms = clock_mono_ms();
	dns_batch_deadline(b, start_ms + 10000);
	test_int(dns_get(b, DNS_A, STR("8.silent.example"))->rc, DNS_TIMEOUT, "the next phase");
	test_ok(within(start_ms, DNS_SILENT_MS - 10, 3000), "does not wait for as long");
	dns_batch_free(&b);
	b = batch(&f, 10000);
	test_int(dns_get(b, DNS_A, STR("a.example"))->rc, DNS_OK, "one that lives is heard in that time");
	start_ms = clock_mono_ms();
	dns_batch_deadline(b, start_ms + 2 * DNS_SILENT_MS);
	test_int(dns_get(b, DNS_A, STR("9.silent.example"))->rc, DNS_TIMEOUT, "a name that has no server");
	test_ok(within(start_ms, 2 * DNS_SILENT_MS - 10, 4000), "has its whole deadline again");
	dns_batch_free(&b);
	tear_down(&f);
}

/* Who fills a batch leaves room for what must be asked in the end, and for the next phase. */
static void
test_full(void)
{
	struct fixture f;
	struct dns_batch *b;

	set_up(&f, zone_text);
	start(&f);
	b = batch(&f, 2000);
	for (int i = 0; i < DNS_BATCH_QUESTIONS; i++)
		dns_want(b, DNS_A, pool_printf(f.pool, "%d.many.example", i));
	test_int(dns_get(b, DNS_A, STR("a.example"))->rc, DNS_OK, "room behind what was wanted");
	for (int i = 0; i < DNS_BATCH_QUESTIONS; i++)
		(void)dns_get(b, DNS_A, pool_printf(f.pool, "%d.many.example", i));
	test_int(dns_get(b, DNS_AAAA, STR("a.example"))->rc, DNS_FAIL, "until that is used up");
	dns_batch_clear(b);
	test_int(dns_get(b, DNS_AAAA, STR("a.example"))->rc, DNS_OK, "cleared, there is room");
	dns_batch_free(&b);
	tear_down(&f);
}

static void
pause_ms(int64_t ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&t, NULL);
}

/* Without waiting for it. */
static bool
rc_is_ok(struct fixture *f, const char *name)
{
	return ask(f, 1, DNS_A, name) == DNS_OK;
}

static void
test_cache(void)
{
	struct fixture f;
	struct dns_stats stats;
	uint64_t cached;

	set_up(&f, zone_text);
	f.conf.ttl_max = 5000;
	start(&f);
	test_int(ask(&f, 50, DNS_A, "late.example"), DNS_TIMEOUT, "nobody waits any more");
	for (int i = 0; i < 100 && !rc_is_ok(&f, "late.example"); i++)
		pause_ms(30);
	test_int(ask(&f, 50, DNS_A, "late.example"), DNS_OK, "the late answer was kept");
	dns_stats(f.dns, &stats);
	cached = stats.cached;
	for (int i = 0; i < 3; i++) {
		test_int(ask(&f, 1000, DNS_A, "A.example."), DNS_OK, "an answer");
		test_int(ask(&f, 1000, DNS_A, "nowhere.example"), DNS_NXDOMAIN, "no such name");
		test_int(ask(&f, 1000, DNS_AAAA, "late.example"), DNS_NODATA, "no such type");
		test_int(ask(&f, 1000, DNS_A, "servfail.example"), DNS_FAIL, "a failure");
		test_int(ask(&f, 1000, DNS_A, "zero.example"), DNS_OK, "an answer for this moment");
	}
	test_int(zone_asked(f.zone, "a.example", "A"), 1, "answers are kept");
	test_int(zone_asked(f.zone, "nowhere.example", "A"), 1, "names that are not there are kept");
	test_int(zone_asked(f.zone, "late.example", "AAAA"), 1, "types that are not there are kept");
	test_int(zone_asked(f.zone, "zero.example", "A"), 3, "a ttl of 0 is not kept");
	dns_stats(f.dns, &stats);
	test_int((int64_t)(stats.cached - cached), 6, "counted");
	pause_ms(6300);	/* libunbound counts whole seconds */
	test_int(ask(&f, 1000, DNS_A, "a.example"), DNS_OK, "after its time");
	test_int(zone_asked(f.zone, "a.example", "A"), 2, "it is asked again");
	tear_down(&f);
}

/* More answers than fit: the cache stays within its bytes, answers stay right. */
static void
test_cache_full(void)
{
	struct fixture f;
	unsigned right = 0;

	set_up(&f, zone_text);
	f.conf.cache_size = 64 * 1024;
	f.conf.phase_ms = 5000;
	start(&f);
	for (int round = 0; round < 2; round++) {
		for (int part = 0; part < 4; part++) {
			struct dns_batch *b = batch(&f, 5000);

			for (int i = 0; i < 300; i++)
				dns_want(b, DNS_A, pool_printf(f.pool, "%d.%d.many.example", i, part));
			for (int i = 0; i < 300; i++)
				right += dns_get(b, DNS_A, pool_printf(f.pool, "%d.%d.many.example", i, part))->n == 1;
			dns_batch_free(&b);
		}
	}
	test_int(right, 2400, "a small cache forgets, but does not err");
	tear_down(&f);
}

enum { THREADS = 8, QUESTIONS = 500 };

struct asker {
	struct fixture *f;
	pthread_t thread;
	int number;
	unsigned right;
};

static void *
ask_many(void *arg)
{
	struct asker *a = arg;
	struct pool *pool = pool_new(0);
	struct dns_batch *b = dns_batch_new(a->f->dns, pool, clock_mono_ms() + 20000);

	for (int i = 0; i < QUESTIONS; i++)		/* every second name is everybody's */
		dns_want(b, DNS_A, pool_printf(pool, "%d.%d.many.example", i, i % 2 ? a->number : 99));
	for (int i = 0; i < QUESTIONS; i++) {
		const struct dns_answer *got =
		    dns_get(b, DNS_A, pool_printf(pool, "%d.%d.many.example", i, i % 2 ? a->number : 99));

		a->right += got->rc == DNS_OK && got->n == 1 && memcmp(got->records[0].addr, "\177\0\0\2", 4) == 0;
	}
	dns_batch_free(&b);
	pool_free(&pool);
	return NULL;
}

static void
test_threads(void)
{
	struct asker askers[THREADS];
	struct fixture f;
	struct dns_stats stats;
	int64_t start_ms = clock_mono_ms();

	set_up(&f, zone_text);
	f.conf.inflight_max = 20000;
	f.conf.phase_ms = 20000;
	start(&f);
	for (int i = 0; i < THREADS; i++) {
		askers[i] = (struct asker){ .f = &f, .number = i };
		if (pthread_create(&askers[i].thread, NULL, ask_many, &askers[i]) != 0)
			exit(1);
	}
	for (int i = 0; i < THREADS; i++) {
		pthread_join(askers[i].thread, NULL);
		test_int(askers[i].right, QUESTIONS, "500 questions of one thread of eight");
	}
	printf("# %d questions in %" PRId64 " ms\n", THREADS * QUESTIONS, clock_mono_ms() - start_ms);
	dns_stats(f.dns, &stats);
	test_int((int64_t)stats.inflight, 0, "nothing is left on its way");
	test_int((int64_t)(stats.questions + stats.cached), THREADS * QUESTIONS, "all are counted");
	test_int((int64_t)stats.dropped, 0, "none was dropped");
	tear_down(&f);
}

/* The connection goes away, then the daemon ends, with questions that nobody has answered. */
static void
test_leave(void)
{
	struct fixture f;
	struct dns_batch *b;
	int64_t start_ms;

	set_up(&f, zone_text);
	start(&f);
	for (int round = 0; round < 3; round++) {
		b = batch(&f, 10000);
		for (int i = 0; i < 100; i++)
			dns_want(b, DNS_A, pool_printf(f.pool, "%d.%d.silent.example", round, i));
		dns_want(b, DNS_A, STR("slow.example"));
		start_ms = clock_mono_ms();
		dns_batch_free(&b);
		test_ok(within(start_ms, 0, 1000), "a batch goes with its questions open");
	}
	pause_ms(200);		/* slow.example finds its batch gone */
	start_ms = clock_mono_ms();
	dns_free(&f.dns);
	test_ok(within(start_ms, 0, 5000), "so does the resolver");
	tear_down(&f);
}

static void
test_limits(void)
{
	struct fixture f;
	struct dns_batch *b;
	struct dns_stats stats;
	unsigned failed = 0;

	set_up(&f, zone_text);
	f.conf.inflight_max = 10;
	start(&f);
	b = batch(&f, 200);
	for (int i = 0; i < 30; i++)
		dns_want(b, DNS_A, pool_printf(f.pool, "%d.silent.example", i));
	for (int i = 0; i < 30; i++)
		failed += dns_get(b, DNS_A, pool_printf(f.pool, "%d.silent.example", i))->rc == DNS_FAIL;
	dns_stats(f.dns, &stats);
	test_int((int64_t)stats.inflight, 10, "inflight_max are on their way");
	test_int((int64_t)stats.dropped, 20, "the rest was dropped");
	test_int(failed, 20, "and failed");
	test_int((int64_t)stats.timeouts, 10, "the others were late");
	dns_batch_free(&b);
	tear_down(&f);

	set_up(&f, zone_text);
	start(&f);
	b = batch(&f, 5000);
	for (int i = 0; i < DNS_BATCH_QUESTIONS; i++)
		(void)dns_get(b, DNS_A, pool_printf(f.pool, "%d.many.example", i));
	test_int(dns_get(b, DNS_A, STR("511.many.example"))->rc, DNS_OK, "the last question of a batch");
	test_int(dns_get(b, DNS_A, STR("512.many.example"))->rc, DNS_FAIL, "one more");
	test_int(dns_get(b, DNS_A, STR("0.many.example"))->rc, DNS_OK, "the first is still known");
	dns_batch_free(&b);
	tear_down(&f);
}

/* A batch of questions to the dead server; how many of them were given up. */
static unsigned
phase(struct fixture *f, int64_t ms, int number)
{
	struct dns_batch *b = batch(f, ms);
	unsigned n = 0;

	for (int i = 0; i < 30; i++)
		dns_want(b, DNS_A, pool_printf(f->pool, "%d.%d.many.example", i, number));
	for (int i = 0; i < 30; i++)
		n += dns_get(b, DNS_A, pool_printf(f->pool, "%d.%d.many.example", i, number))->rc == DNS_TIMEOUT;
	dns_batch_free(&b);
	return n;
}

/* One sender's names are silent, and nobody else asks: the next one is answered all the same. */
static void
test_silent_sender(void)
{
	struct fixture f;
	struct dns_stats stats;
	struct dns_batch *b;

	set_up(&f, zone_text);
	start(&f);
	b = batch(&f, 400);
	for (int i = 0; i < 100; i++)
		dns_want(b, DNS_TXT, pool_printf(f.pool, "%d.silent.example", i));
	for (int i = 0; i < 100; i++)
		(void)dns_get(b, DNS_TXT, pool_printf(f.pool, "%d.silent.example", i));
	dns_batch_clear(b);
	dns_batch_deadline(b, clock_mono_ms() + 2000);
	test_int(dns_get(b, DNS_A, STR("a.example"))->rc, DNS_OK, "a question behind many that are silent");
	dns_stats(f.dns, &stats);
	test_ok(!stats.dead && stats.refused == 1, "asked as a probe, and the server is alive");
	dns_batch_free(&b);
	tear_down(&f);
}

static void
test_dead_server(void)
{
	struct fixture f;
	struct dns_stats stats;
	int64_t start_ms;
	int64_t back_ms;

	set_up(&f, zone_text);
	start(&f);
	test_int(ask(&f, 1000, DNS_A, "a.example"), DNS_OK, "the server answers");
	zone_mute(f.zone, true);
	for (int i = 0; i < 3; i++) {
		start_ms = clock_mono_ms();
		test_int(phase(&f, 200, i), 30, "the server is dead");
		test_ok(within(start_ms, 190, 1500), "a phase costs its deadline");
	}
	start_ms = clock_mono_ms();
	test_int(phase(&f, 5000, 4), 30, "the server is known to be dead");
	test_ok(within(start_ms, 0, 2500), "nobody waits for it long");
	test_int(ask(&f, 200, DNS_A, "a.example"), DNS_OK, "what is known is still answered");
	dns_stats(f.dns, &stats);
	test_ok(stats.dead, "the stats say so");
	test_ok(stats.refused >= 30, "and how many were not asked");
	zone_mute(f.zone, false);
	back_ms = clock_mono_ms();
	for (int i = 0; i < 200 && ask(&f, 200, DNS_A, (char *)pool_printf(f.pool, "%d.back.many.example", i).p) != DNS_OK; i++)
		pause_ms(100);
	printf("# the server is back after %" PRId64 " ms\n", clock_mono_ms() - back_ms);
	test_ok(within(back_ms, 0, 10000), "a server that is back is noticed");
	test_int(phase(&f, 2000, 5), 0, "and asked");
	dns_stats(f.dns, &stats);
	test_ok(!stats.dead, "the stats say so");
	tear_down(&f);
}

static void
test_off(void)
{
	struct dns_conf conf = { .enable = false };
	struct pool *pool = pool_new(0);
	struct dns *dns = NULL;
	struct dns_stats stats;
	struct dns_batch *b;
	struct buf why;

	buf_init(&why, 1024);
	dns_want(NULL, DNS_A, STR("a.example"));
	test_int(dns_get(NULL, DNS_A, STR("a.example"))->rc, DNS_OFF, "no batch");
	b = dns_batch_new(NULL, pool, clock_mono_ms() + 1000);
	dns_want(b, DNS_A, STR("a.example"));
	test_int(dns_get(b, DNS_A, STR("a.example"))->rc, DNS_OFF, "no resolver");
	dns_batch_free(&b);
	dns_want(NULL, DNS_A, STR("a.example"));
	test_int(dns_get(NULL, DNS_A, STR("a.example"))->rc, DNS_OFF, "no batch");
	test_int(dns_new(&conf, (struct log_ctx){ &test_log, "-" }, &dns, &why), RC_OK, "dns.enable = no");
	b = dns_batch_new(dns, pool, clock_mono_ms() + 1000);
	dns_want(b, DNS_A, STR("a.example"));
	test_int(dns_get(b, DNS_A, STR("a.example"))->rc, DNS_OFF, "is off");
	dns_batch_free(&b);
	dns_stats(dns, &stats);
	test_int((int64_t)stats.questions, 0, "and asks nothing");
	dns_free(&dns);
	buf_clear(&why);
	pool_free(&pool);
}

static void
test_options(void)
{
	static const struct opt_table *const tables[] = { &dns_table, NULL };
	static const struct {
		const char *text, *want;
	} cases[] = {
		{ "dns.forward = 127.0.0.1@5353, 2001:db8::1, 192.0.2.53", "" },
		{ "dns.forward = dns.example, 192.0.2.1@0\n", "dns.forward: 'dns.example'" },
		{ "dns.forward = 192.0.2.1@70000\n", "'192.0.2.1@70000' is no address" },
		{ "dns.ttl_min = 10m\ndns.ttl_max = 1m\n", "dns.ttl_min is above dns.ttl_max" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct conf *conf = NULL;
		struct buf errors;
		enum rc rc;

		buf_init(&errors, 4096);
		rc = conf_parse(str_of(cases[i].text), "t", tables, (struct conf_base){ .key = NULL }, &conf, &errors);
		if (!test_ok((rc == RC_OK) == (*cases[i].want == '\0') &&
		    str_find(buf_str(&errors), str_of(cases[i].want)) != STR_NPOS, "options"))
			test_show("got", buf_str(&errors));
		if (conf)
			conf_put(&conf);
		buf_clear(&errors);
	}
}

static void
test_reverse(void)
{
	static const struct {
		struct str addr;
		bool arpa;
		struct str want;
	} cases[] = {
		{ STR("127.0.0.2"), false, STR("2.0.0.127") },
		{ STR("192.0.2.1"), true, STR("1.2.0.192.in-addr.arpa") },
		{ STR("::ffff:192.0.2.1"), false, STR("1.2.0.192") },
		{ STR("2001:db8::1"), false, STR("1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2") },
		{ STR("2001:DB8::1"), true,
		  STR("1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa") },
		{ STR("192.0.2"), false, STR_NONE },
		{ STR("192.0.2.1.in"), false, STR_NONE },
		{ STR("mail.example"), false, STR_NONE },
		{ STR(""), false, STR_NONE },
		{ STR("1.2.3.4\0"), false, STR_NONE },
	};
	struct pool *pool = pool_new(0);

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		test_str(dns_reverse(pool, cases[i].addr, cases[i].arpa), cases[i].want, "reverse");
	pool_free(&pool);
}

int
main(void)
{
	test_reverse();
	test_options();
	test_off();
	test_answers();
	test_deadline();
	test_later();
	test_silent();
	test_full();
	test_next_phase();
	test_cache();
	test_cache_full();
	test_threads();
	test_leave();
	test_limits();
	test_silent_sender();
	test_dead_server();
	return test_done();
}
