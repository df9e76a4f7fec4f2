/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "test.h"

#include <stdlib.h>
#include <unistd.h>

#include "check/link_judge.h"
#include "check/services.h"
#include "jobs/feed_kit.h"

static const char *const verdicts[] = { [LINK_TRUSTED] = "trusted", [LINK_CLEAN] = "clean", [LINK_UNJUDGED] = "unjudged",
	[LINK_SUSPICIOUS] = "suspicious", [LINK_BAD] = "bad" };

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
	struct link_opinion o;

	link_judge_want(s, NULL, pool, str_of(url));
	link_judge(s, NULL, pool, str_of(url), &o);
	test_str(str_of(verdicts[o.verdict]), str_of(want), url);
	if (why)
		test_str(o.why, str_of(why), "because");
	pool_free(&pool);
}

static void
alone(void)
{
	judged(NULL, "https://fine.example/", "unjudged", "");
	judged(NULL, "http://3221226050/", "suspicious", "numeric_host");
	judged(NULL, "https://www.amazon.co.jp.bad.top/", "suspicious", "looks like amazon.co.jp");
	judged(NULL, "https://www.amazon.co.jp/", "unjudged", "");
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

int
main(void)
{
	alone();
	by_feeds();
	return test_done();
}
