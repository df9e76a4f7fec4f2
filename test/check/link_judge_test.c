/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "test.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "check/dnsbl.h"
#include "check/link_judge.h"
#include "check/services.h"
#include "jobs/feed_kit.h"
#include "link/brand.h"
#include "net/zone.h"

enum { WAIT_MS = 400, START_MS = 3000 };

static const char feeds[] =
    "phish domain phishing 9.0 deny bad.example\n"
    "bulk domain bulk 3.0 deny bulk.example\n"
    "nets ip malware 9.0 deny 203.0.113.0/24\n"
    "good domain spam 0.0 allow good.bad.example\n";

static void
drop_line(void *arg, enum log_level level, const char *line, size_t n)
{
	(void)arg, (void)level, (void)line, (void)n;
}

static void
judged(const struct services *s, const char *url, const char *want, const char *why)
{
	struct pool *pool = pool_new(0);
	struct dns_batch *b = s && s->dns ? dns_batch_new(s->dns, pool, clock_mono_ms() + WAIT_MS) : NULL;
	const struct str own = STR("corp.co.jp");
	const struct opt_list protected = { &own, 1 };
	struct link_by by = { s, b, NULL, &protected, brands_new(pool) };
	struct link_opinion o;

	link_judge_want(&by, pool, str_of(url));
	link_judge(&by, pool, str_of(url), &o);
	if (b)
		dns_batch_free(&b);
	test_str(str_of(link_verdict_name(o.verdict)), str_of(want), url);
	if (why)
		test_str(o.why, str_of(why), "because");
	pool_free(&pool);
}

static void
alone(void)
{
	judged(NULL, "https://fine.example/", "unjudged", "");
	judged(NULL, "http://3221226050/", "suspicious", "numeric_host");
	judged(NULL, "http://www.bank.example@192.0.2.7/login", "suspicious", "userinfo");
	judged(NULL, "https://www.bank.example%2F:x@fine.example/", "suspicious", "userinfo");
	judged(NULL, "https://anna@fine.example/", "unjudged", "");
	judged(NULL, "https://www.amazon.co.jp.bad.top/", "suspicious", "looks like amazon.co.jp");
	judged(NULL, "https://www.amazon.co.jp/", "unjudged", "");
	judged(NULL, "https://www.corp.co.jp.bad.top/", "suspicious", "looks like corp.co.jp");
	judged(NULL, "https://www.arnazon.jp.bad.top/", "suspicious", "looks like Amazon");
	judged(NULL, "https://amazon-fans.top/", "unjudged", "");
	judged(NULL, "mailto:a@bad.example", "unjudged", "");
	judged(NULL, "http://[::1", "unjudged", "");
}

static void
by_feeds(void)
{
	static const struct log log = { .write = drop_line, .level = LOG_LEVEL_WARNING };
	struct services s = { .lc = { .log = &log } };
	char path[] = "/tmp/link_judge.XXXXXX";
	int fd = mkstemp(path);

	close(fd);
	if (!test_ok(kit_table(path, str_of(feeds)) && indicators_open(path, s.lc, &s.indicators) == RC_OK, "feeds"))
		return;
	judged(&s, "https://www.bad.example/x", "bad", "phish");
	judged(&s, "https://l.facebook.com/l.php?u=https%3A%2F%2Fbad.example", "bad", "phish");
	judged(&s, "http://[::ffff:203.0.113.7]/", "bad", "nets");
	judged(&s, "https://good.bad.example/", "trusted", "good");
	judged(&s, "https://bulk.example/", "suspicious", "bulk");
	judged(&s, "https://fine.example/", "clean", "");
	indicators_close(&s.indicators);
	unlink(path);
}

/* Until the list has passed its test, which it does in the background. */
static bool
is_in_use(struct dnsbl *lists)
{
	const struct dnsbl_status *st;
	struct pool *pool = pool_new(0);
	bool ok = false;

	for (int i = 0; i < START_MS / 20 && !ok; i++) {
		ok = dnsbl_status(lists, pool, &st) == 1 && strcmp(st->state, "ok") == 0;
		if (!ok)
			usleep(20000);
	}
	pool_free(&pool);
	return ok;
}

static bool
open_lists(struct services *s, const char *path, struct zone **zone)
{
	static const char table[] = "list = dom.test\nkind = domain\nenabled = yes\nuses = link\ntest = test.test\ntest_not =\n"
	    "code = 127.0.1.2 spam 5.0 SPAM\ncode = 127.0.1.4 phishing 9.0 PHISH\n";
	static char forward[32];
	static struct str server, file;
	struct dns_conf dc = { .enable = true, .forward = { &server, 1 }, .phase_ms = WAIT_MS, .message_ms = WAIT_MS,
	    .inflight_max = 1000, .cache_size = 1024 * 1024, .ttl_max = 3600000 };
	struct dnsbl_conf lists = { .files = { &file, 1 }, .block_ms = 1000 };
	FILE *out = fopen(path, "w");
	struct buf why;
	bool good;

	buf_init(&why, 4096);
	file = str_of(path);
	good = out && fputs(table, out) >= 0 && fclose(out) == 0 && zone_new("test.test.dom.test A 127.0.1.2\n"
	    "spam.example.dom.test A 127.0.1.2\nphish.example.dom.test A 127.0.1.4\nslow.example.dom.test !timeout\n"
	    "bad.example.dom.test !timeout\n", 0, zone, &why) == RC_OK;
	if (good) {
		zone_forward(*zone, forward);
		server = str_of(forward);
		good = dns_new(&dc, s->lc, &s->dns, &why) == RC_OK && dnsbl_open(&lists, s->dns, s->lc, &s->dnsbl, &why) == RC_OK &&
		    is_in_use(s->dnsbl);
	}
	if (why.n)
		printf("# %s\n", buf_cstr(&why));
	buf_clear(&why);
	return good;
}

static void
by_lists(void)
{
	static const struct log log = { .write = drop_line, .level = LOG_LEVEL_WARNING };
	struct services s = { .lc = { .log = &log } };
	char table[] = "/tmp/link_judge.XXXXXX", path[] = "/tmp/link_judge.XXXXXX";
	struct zone *zone = NULL;

	close(mkstemp(table));
	close(mkstemp(path));
	if (test_ok(open_lists(&s, path, &zone), "a list")) {
		judged(&s, "https://phish.example/x", "bad", "dom.test");
		judged(&s, "https://spam.example/", "suspicious", "dom.test");
		judged(&s, "https://fine.example/", "clean", "");
		judged(&s, "https://slow.example/", "unjudged", "");
		judged(&s, "http://192.0.2.7/", "unjudged", "");
		if (test_ok(kit_table(table, str_of(feeds)) && indicators_open(table, s.lc, &s.indicators) == RC_OK, "and feeds")) {
			judged(&s, "https://slow.example/", "unjudged", "");
			judged(&s, "https://bad.example/", "bad", "phish");
			judged(&s, "http://192.0.2.7/", "clean", "");
		}
	}
	indicators_close(&s.indicators);
	dnsbl_close(&s.dnsbl);
	dns_free(&s.dns);
	zone_free(&zone);
	unlink(table);
	unlink(path);
}

int
main(void)
{
	alone();
	by_feeds();
	by_lists();
	return test_done();
}
