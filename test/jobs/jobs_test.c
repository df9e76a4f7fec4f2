/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "test.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fdio.h"
#include "base/replace.h"
#include "gate/settings.h"
#include "jobs/feeds.h"
#include "jobs/jobs.h"
#include "net/tls.h"
#include "net/web.h"
#include "store/indicators.h"

enum { WAIT_MS = 10000, STEP_MS = 20 };

static char dir[] = "/tmp/jobs-test.XXXXXX";
static struct web *web;
static char said[65536];
static struct pool *pool;

static void
note(void *arg, enum log_level level, const char *line, size_t n)
{
	(void)arg;
	(void)level;
	(void)line;
	(void)n;			/* of the parent; runs are processes of their own */
}

static const struct log quiet = { .write = note, .level = LOG_LEVEL_DEBUG };

static void
put(const char *name, const char *text)
{
	struct str piece = str_of(text);

	test_ok(replace_file(pool_printf(pool, "%s/%s", dir, name).p, &piece, 1) == RC_OK, name);
}

static const char *
text_of(const char *name)
{
	struct buf b;

	buf_init(&b, sizeof(said) - 1);
	if (fdio_read_file(pool_printf(pool, "%s/%s", dir, name).p, &b) != RC_OK)
		buf_reset(&b);
	memcpy(said, buf_cstr(&b), b.n + 1);
	buf_clear(&b);
	return said;
}

static struct conf *
configure(const char *more)
{
	struct conf *conf = NULL;
	struct str text = pool_printf(pool, "state_dir = %s\nfeeds.file = %s/feeds.conf\nfeeds.interval_ms = 500ms\n"
	    "http.allow_private = yes\n%s", dir, dir, more);
	struct buf errors;

	buf_init(&errors, 4096);
	if (!test_ok(conf_parse(text, "test", settings, (struct conf_base){ .key = NULL }, &conf, &errors) == RC_OK, "configuration"))
		test_show("got", buf_str(&errors));
	buf_clear(&errors);
	return conf;
}

/* Until `name` has `what`. */
static bool
run_until(struct jobs *j, const char *name, const char *what)
{
	int64_t by = clock_mono_ms() + WAIT_MS;

	while (clock_mono_ms() < by) {
		jobs_tick(j);
		if (strstr(text_of(name), what))
			return true;
		poll(NULL, 0, STEP_MS);
	}
	test_show("has", str_of(text_of(name)));
	return false;
}

static bool
has(struct indicators *ind, const char *domain)
{
	struct indicator_hit hit[INDICATOR_HITS];

	indicators_look(ind);
	return indicators_find(ind, pool, INDICATOR_DOMAIN, str_of(domain), hit) == 1;
}

static struct str
many(int n)
{
	struct buf b;
	struct str s;

	buf_init(&b, 65536);
	for (int i = 0; i < n; i++)
		buf_printf(&b, "d%d.example\n", i);
	s = pool_str(pool, buf_str(&b));
	buf_clear(&b);
	return s;
}

static void
a_feed(void)
{
	struct conf *conf = configure("http.total_ms = 1s\n");
	struct jobs *j;
	struct indicators *ind = NULL;
	struct str feeds = pool_printf(pool, "feed = web\nkind = domain\nsource = http://127.0.0.1:%u/file/list\nrefresh = 1s\n",
	    (unsigned)web_port(web));

	put("feeds.conf", feeds.p);
	put("list", many(100).p);
	j = jobs_new(conf, dir, (struct log_ctx){ &quiet, "-" });
	test_ok(run_until(j, "feeds/web.state", "entries = 100"), "a feed is fetched");
	test_ok(run_until(j, "jobs.state", "job = feeds"), "the run is noted");
	test_ok(strstr(text_of("jobs.state"), "failures = 0"), "as one that went well");
	test_ok(indicators_open(pool_printf(pool, "%s/" INDICATORS_FILE, dir).p, (struct log_ctx){ &quiet, "-" }, &ind) == RC_OK &&
	    has(ind, "www.d99.example"), "and is in the table");
	put("list", many(40).p);
	test_ok(run_until(j, "feeds/web.state", "SHRUNK from 100 to 40"), "one that shrinks is refused");
	test_ok(has(ind, "d99.example"), "and the table is as it was");
	put("list", many(60).p);
	jobs_conf(j, conf);
	test_ok(run_until(j, "feeds/web.state", "entries = 100"), "until its next time");
	put("feeds.conf", pool_printf(pool, "%.*smay_shrink = yes\n", STR_ARG(feeds)).p);
	unlink(pool_printf(pool, "%s/feeds/web.state", dir).p);
	test_ok(run_until(j, "feeds/web.state", "entries = 60"), "when it may, it is taken");
	test_ok(run_until(j, "jobs.state", "runs") && (poll(NULL, 0, 700), jobs_tick(j), true) && !has(ind, "d99.example") &&
	    has(ind, "d59.example"), "and the table follows");
	put("feeds.conf", "feed = web\nkind = nonsense\n");
	test_ok(run_until(j, "jobs.state", "error = "), "a wrong file of feeds is an error");
	test_ok(has(ind, "d59.example"), "and the table serves on");
	jobs_free(&j);
	indicators_close(&ind);
	conf_put(&conf);
}

/* A run that hangs is killed at its deadline. */
static void
late(void)
{
	struct conf *conf = configure("feeds.deadline_ms = 1s\nhttp.total_ms = 60s\n");
	struct jobs *j;

	put("feeds.conf", pool_printf(pool, "feed = slow\nkind = domain\nsource = http://127.0.0.1:%u/slow\n",
	    (unsigned)web_port(web)).p);
	j = jobs_new(conf, dir, (struct log_ctx){ &quiet, "-" });
	test_ok(run_until(j, "jobs.state", "late, was killed"), "a run that hangs is killed");
	jobs_free(&j);
	conf_put(&conf);
}

/* One server hangs; what the others have is in the table long before it is given up, and a list of
 * the operator's own that changes meanwhile is, too. */
static void
one_hangs(void)
{
	struct conf *conf = configure("http.total_ms = 60s\n");
	struct web *slow = web_new(NULL);
	int64_t start = clock_mono_ms();
	struct indicators *ind = NULL;
	struct jobs *j;
	struct str feeds = pool_printf(pool, "feed = slow\nkind = domain\nsource = http://127.0.0.1:%u/slow\n"
	    "feed = quick\nkind = domain\nsource = http://127.0.0.1:%u/file/quick\n"
	    "feed = own\nkind = domain\nsource = %s/own\n", (unsigned)web_port(slow), (unsigned)web_port(web), dir);

	put("feeds.conf", feeds.p);
	put("quick", "quick.example\n");
	put("own", "first.example\n");
	unlink(pool_printf(pool, "%s/" INDICATORS_FILE, dir).p);
	j = jobs_new(conf, dir, (struct log_ctx){ &quiet, "-" });
	test_ok(indicators_open(pool_printf(pool, "%s/" INDICATORS_FILE, dir).p, (struct log_ctx){ &quiet, "-" }, &ind) == RC_OK,
	    "the table is followed");
	test_ok(run_until(j, "feeds/quick.state", "entries = 1") && run_until(j, "feeds/own.state", "entries = 1"),
	    "the others are fetched");
	for (int i = 0; i < 150 && !has(ind, "quick.example"); i++)
		poll(NULL, 0, STEP_MS);
	test_ok(has(ind, "quick.example") && has(ind, "first.example"), "and in the table");
	put("own", "second.example\n");
	for (int i = 0; i < 150 && !has(ind, "second.example"); i++)
		poll(NULL, 0, STEP_MS);
	test_ok(has(ind, "second.example") && !has(ind, "first.example"), "what changes meanwhile is, too");
	test_ok(*text_of("feeds/slow.state") == '\0' && clock_mono_ms() - start < 4900, "while one still hangs");
	jobs_free(&j);
	indicators_close(&ind);
	web_free(&slow);
	conf_put(&conf);
}

/* From its sandbox: a name of libc's resolver, a certificate of one's own, a secret, and a list that is
 * no folder's but one file's. */
static void
over_tls(void)
{
	struct conf *conf = configure(pool_printf(pool, "http.ca_file = %s/ca.pem\n", dir).p);
	struct tls *tls = tls_new(web_port(web), pool_printf(pool, "%s/ca.pem", dir).p, "localhost", 3600);
	struct jobs *j;

	put("secret", "s3cret\n");
	test_ok(tls && chmod(pool_printf(pool, "%s/secret", dir).p, 0600) == 0, "a server with TLS");
	put("quick", "quick.example\n");
	put("feeds.conf", pool_printf(pool, "feed = tls\nkind = domain\nsource = https://localhost:%u/file/quick\n"
	    "header = X-Auth\nsecret_file = %s/secret\n", (unsigned)(tls ? tls_port(tls) : 0), dir).p);
	j = jobs_new(conf, dir, (struct log_ctx){ &quiet, "-" });
	test_ok(run_until(j, "feeds/tls.state", "entries = 1"), "is fetched");
	test_ok(strstr(web_last(web), "X-Auth: s3cret") != NULL, "with its secret");
	jobs_free(&j);
	tls_free(&tls);
	conf_put(&conf);
}

static char heard[65536];

static void
hear(void *arg, enum log_level level, const char *line, size_t n)
{
	size_t at = strlen(heard);

	(void)arg;
	(void)level;
	snprintf(heard + at, sizeof(heard) - at, "%.*s\n", (int)n, line);
}

/* The job is run here, not in a child, so that its log can be heard. */
static enum rc
run_here(const struct conf *conf)
{
	static const struct log loud = { .write = hear, .level = LOG_LEVEL_INFO };
	struct job_run run = { .conf = conf, .state_dir = dir, .lc = { &loud, "-" } };
	struct buf why;
	enum rc rc;

	heard[0] = '\0';
	buf_init(&why, JOB_WHY);
	run.why = &why;
	rc = job_feeds.run(&run, conf_values(conf, &feeds_table));
	buf_clear(&why);
	return rc;
}

static void
stale(void)
{
	struct conf *conf = configure("http.total_ms = 1s\n");

	put("quick", "quick.example\n");
	put("feeds.conf", pool_printf(pool, "feed = old\nkind = domain\nsource = http://127.0.0.1:%u/file/quick\n"
	    "refresh = 1s\nstale = 2s\n", (unsigned)web_port(web)).p);
	test_int(run_here(conf), RC_OK, "a feed is there");
	test_ok(!strstr(heard, "STALE"), "no alarm");
	unlink(pool_printf(pool, "%s/quick", dir).p);
	poll(NULL, 0, 1100);
	test_int(run_here(conf), RC_OK, "then not");
	test_ok(strstr(heard, "answers 404") && strstr(heard, "kept=\"what it had before\"") && !strstr(heard, "STALE"),
	    "it is said, without alarm");
	poll(NULL, 0, 1200);
	test_int(run_here(conf), RC_OK, "nor later");
	if (!test_ok(strstr(heard, "error=STALE") && strstr(text_of("feeds/old.state"), "stale = yes"), "the alarm is given"))
		test_show("heard", str_of(heard));
	test_int(run_here(conf), RC_OK, "again");
	test_ok(!strstr(heard, "STALE"), "once");
	put("quick", "quick.example\n");
	poll(NULL, 0, 1100);
	test_int(run_here(conf), RC_OK, "back");
	if (!test_ok(strstr(heard, "no longer stale") && strstr(text_of("feeds/old.state"), "stale = no"), "and it is over"))
		test_show("heard", str_of(heard));
	conf_put(&conf);
}

/* A server that never had it is not asked all the time, and the log has it once. */
static void
never_there(void)
{
	struct conf *conf = configure("http.total_ms = 1s\n");
	int before = web_count(web);

	put("feeds.conf", pool_printf(pool, "feed = never\nkind = domain\nsource = http://127.0.0.1:%u/404\n",
	    (unsigned)web_port(web)).p);
	for (int i = 0; i < 3; i++) {
		test_int(run_here(conf), RC_OK, "a run");
		if (!test_ok(!strstr(heard, "answers 404") == (i > 0) && !strstr(heard, "never there") == (i > 0), "said once"))
			test_show("heard", str_of(heard));
	}
	test_int(web_count(web) - before, 1, "asked once");
	conf_put(&conf);
}

/* A run is killed while it fetches, and another one while the disk has half of what it wrote: what is
 * there stays whole, and the next run mends it. */
static void
killed(void)
{
	struct conf *conf = configure("http.total_ms = 60s\n");
	struct web *slow = web_new(NULL);
	struct indicators *ind = NULL;
	struct jobs *j;

	put("quick", "quick.example\n");
	put("feeds.conf", pool_printf(pool, "feed = k\nkind = domain\nsource = http://127.0.0.1:%u/file/quick\n"
	    "feed = slow\nkind = domain\nsource = http://127.0.0.1:%u/slow\n", (unsigned)web_port(web), (unsigned)web_port(slow)).p);
	j = jobs_new(conf, dir, (struct log_ctx){ &quiet, "-" });
	test_ok(run_until(j, "feeds/k.state", "entries = 1"), "in mid-run");
	jobs_free(&j);			/* SIGKILL */
	put("feeds/k.text.new", "half.exa");
	put("feeds/indicators.db.new", "SKMRI");
	put("feeds/indicators.db", "SKMRIND1 cut");
	put("feeds/k.state", "feed = k\nsource = 1\ntried_ms = 99999999");
	put("feeds.conf", pool_printf(pool, "feed = k\nkind = domain\nsource = http://127.0.0.1:%u/file/quick\n",
	    (unsigned)web_port(web)).p);
	test_int(run_here(conf), RC_OK, "the next run");
	test_ok(indicators_open(pool_printf(pool, "%s/" INDICATORS_FILE, dir).p, (struct log_ctx){ &quiet, "-" }, &ind) == RC_OK &&
	    has(ind, "quick.example"), "has mended the table");
	test_ok(strstr(text_of("feeds/k.state"), "entries = 1"), "and the state");
	indicators_close(&ind);
	web_free(&slow);
	conf_put(&conf);
}

static void
bad_servers(void)
{
	static const struct { const char *path, *want; } cases[] = {
		{ "/500", "answers 500" }, { "/cut", "error = " }, { "/large", "larger than" }, { "/to/file:///etc/passwd", "error = " },
	};
	struct conf *conf = configure("http.total_ms = 1s\n");
	struct jobs *j;
	struct buf b;

	buf_init(&b, 65536);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		buf_printf(&b, "feed = bad%zu\nkind = ip\nmax_bytes = 2k\nsource = http://127.0.0.1:%u%s\n", i, (unsigned)web_port(web), cases[i].path);
	put("feeds.conf", buf_cstr(&b));
	j = jobs_new(conf, dir, (struct log_ctx){ &quiet, "-" });
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		test_ok(run_until(j, pool_printf(pool, "feeds/bad%zu.state", i).p, cases[i].want), cases[i].path);
	jobs_free(&j);
	conf_put(&conf);
	buf_clear(&b);
}

int
main(void)
{
	signal(SIGPIPE, SIG_IGN);	/* as the process of the jobs has it */
	if (!mkdtemp(dir) || !(web = web_new(dir)))
		return 1;
	pool = pool_new(0);
	a_feed();
	late();
	one_hangs();
	over_tls();
	stale();
	killed();
	never_there();
	bad_servers();
	test_ok(system(pool_printf(pool, "rm -rf %s", dir).p) == 0, "tidied up");
	web_free(&web);
	pool_free(&pool);
	return test_done();
}
