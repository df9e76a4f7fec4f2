/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* covers: lib/recipient/edition.c, lib/recipient/callahead.c */
#include "recipient/recipients.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fdio.h"
#include "net/smtp_stub.h"
#include "test.h"

static char dir[] = "/tmp/recipients_test.XXXXXX";
static struct pool *pool;

static const char *
path(const char *name)
{
	return pool_printf(pool, "%s/%s", dir, name).p;
}

/* As editors do: another file under the same name. */
static void
put(const char *name, const char *text)
{
	const char *temp = path("new");
	int fd = open(temp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd < 0 || fdio_write_all(fd, str_of(text)) != RC_OK || rename(temp, path(name)) != 0)
		test_ok(false, path(name));
	fdio_close(&fd);
}

/* Options of one word are enough here. */
struct words {
	struct str item[8];
	size_t n;
};

static struct opt_list
list(const char *text)
{
	struct words *w = pool_alloc(pool, sizeof(*w));
	struct str rest = str_of(text), word;

	while (w->n < 8 && str_next(&rest, ' ', &word))
		if (word.n)
			w->item[w->n++] = word;
	return (struct opt_list){ w->item, w->n };
}

static struct recipients_conf
conf(const char *domains, const char *maps, const char *callahead)
{
	return (struct recipients_conf){ .domains = list(domains), .maps = list(maps), .callahead = list(callahead),
	    .local_domains = list("local.example"), .always = list("postmaster@ abuse@x.example"),
	    .delimiter = STR("+"), .helo = STR("mx.x.example"), .deadline_ms = 1000, .threads = 2, .positive_ms = 60000,
	    .negative_ms = 60000, .cache = 1000, .retry_ms = 60000, .catchall_ms = 60000, .entries_max = 1000,
	    .rules = { .harvest_max = 25 } };
}

static struct recipients *
opened(const struct recipients_conf *c)
{
	struct recipients *r = NULL;
	struct buf why;

	buf_init(&why, 65536);
	if (!test_int(recipients_open(c, (struct log_ctx){ .id = "-" }, &r, &why), RC_OK, "open"))
		test_show("why", buf_str(&why));
	buf_clear(&why);
	return r;
}

static void
is(struct recipients *r, const char *address, enum recipient want)
{
	struct str by;

	test_int(recipients_find(r, pool, str_of(address), &by), want, address);
}

static void
tables(void)
{
	struct recipients_conf c;
	struct recipients *r;

	put("people", "bob@x.example\nroot\n@all.example\n");
	put("aliases", "@old.example @x.example\n@away.example @elsewhere.example\n@loop.example @loop2.example\n"
	    "@loop2.example @loop.example\nfriend@x.example far@elsewhere.example\n");
	put("domains", "table.example x\n");
	c = conf("x.example .sub.example all.example old.example away.example loop.example loop2.example local.example",
	    pool_printf(pool, "file:%s texthash:%s", path("people"), path("aliases")).p, "");
	r = opened(&c);
	is(r, "bob@x.example", RECIPIENT_KNOWN);
	is(r, "BOB+new@X.example.", RECIPIENT_KNOWN);
	is(r, "friend@x.example", RECIPIENT_KNOWN);
	is(r, "eve@x.example", RECIPIENT_UNKNOWN);
	is(r, "root@x.example", RECIPIENT_UNKNOWN);
	is(r, "root@local.example", RECIPIENT_KNOWN);
	is(r, "postmaster@x.example", RECIPIENT_KNOWN);
	is(r, "abuse@x.example", RECIPIENT_KNOWN);
	is(r, "abuse@old.example", RECIPIENT_KNOWN);
	is(r, "bob@old.example", RECIPIENT_KNOWN);
	is(r, "eve@old.example", RECIPIENT_UNKNOWN);
	is(r, "eve@away.example", RECIPIENT_KNOWN);
	is(r, "eve@loop.example", RECIPIENT_KNOWN);
	is(r, "bob@a.b.sub.example", RECIPIENT_UNKNOWN);
	is(r, "bob@sub.example", RECIPIENT_ELSEWHERE);
	is(r, "postmaster@elsewhere.example", RECIPIENT_ELSEWHERE);
	is(r, "any@all.example", RECIPIENT_KNOWN);
	is(r, "b b@x.example", RECIPIENT_UNKNOWN);
	recipients_close(&r);
	is(NULL, "bob@x.example", RECIPIENT_OFF);
	c = conf("", "", "");
	r = opened(&c);
	is(r, "bob@x.example", RECIPIENT_OFF);
	recipients_close(&r);
	c = conf(pool_printf(pool, "texthash:%s", path("domains")).p, "", "");
	r = opened(&c);
	is(r, "bob@table.example", RECIPIENT_KNOWN);
	is(r, "bob@x.example", RECIPIENT_ELSEWHERE);
	recipients_close(&r);
}

static void
errors(void)
{
	struct recipients_conf c;
	struct recipients *r = NULL;
	struct buf why;

	put("bad", "a b\nc d\n");
	c = conf("x.example what:ever", pool_printf(pool, "file:%s file:%s", path("bad"), path("none")).p,
	    "x.example *=host:99999 *=");
	buf_init(&why, 65536);
	test_int(recipients_open(&c, (struct log_ctx){ .id = "-" }, &r, &why), RC_BAD, "errors");
	for (size_t i = 0; i < 6; i++) {
		static const char *const want[] = { "recipients.domains: 'what:ever' is not TYPE:FILE", "bad:1: one address",
		    "bad:2: one address",
		    "none: no such file", "'x.example' is not DOMAIN=HOST", "'host:99999' is not host" };

		test_ok(str_find(buf_str(&why), str_of(want[i])) != STR_NPOS, want[i]);
	}
	buf_reset(&why);
	test_int(recipients_try(&c, &why), RC_BAD, "the same for configtest");
	buf_clear(&why);
}

/* A table on a disk that hangs: whoever hands over the configuration does not. */
static void
hanging_table(struct recipients *r, struct recipients_conf c)
{
	struct str words[1] = { pool_printf(pool, "file:%s", path("fifo")) };
	int64_t start = clock_mono_ms();
	int fd;

	test_int(mkfifo(path("fifo"), 0600), 0, "a file without an end");
	c.maps = (struct opt_list){ words, 1 };
	recipients_follow(r, &c);
	test_ok(clock_mono_ms() - start < 10 * RECIPIENTS_WAIT_MS, "it is not waited for");
	is(r, "again@x.example", RECIPIENT_KNOWN);
	while (clock_mono_ms() - start < 1000) {	/* however often it is read: it ends now */
		fd = open(path("fifo"), O_WRONLY | O_NONBLOCK);
		if (fd >= 0)
			close(fd);
		usleep(10000);
	}
	unlink(path("fifo"));
}

static void
changes(void)
{
	struct recipients_conf c = conf("x.example", pool_printf(pool, "file:%s", path("people")).p, "");
	struct recipients *r = opened(&c);
	struct recipients_status st;
	struct buf why;
	int64_t until;
	struct str by;

	is(r, "new@x.example", RECIPIENT_UNKNOWN);
	put("people", "bob@x.example\nnew@x.example\n");
	is(r, "new@x.example", RECIPIENT_UNKNOWN);
	recipients_poll(r);
	is(r, "new@x.example", RECIPIENT_KNOWN);
	put("people", "this is no list\n");
	recipients_poll(r);
	is(r, "new@x.example", RECIPIENT_KNOWN);
	recipients_status(r, pool, &st);
	test_ok(st.files_are_bad && st.tables >= 2 && st.n_servers == 0, "the status says that a file is bad");
	test_ok(st.answers[RECIPIENT_KNOWN] == 2 && st.answers[RECIPIENT_UNKNOWN] == 2, "and what was answered");
	buf_init(&why, 65536);
	test_int(recipients_reload(r, &c, &why), RC_BAD, "a reload sees it as well");
	is(r, "bob@x.example", RECIPIENT_KNOWN);
	buf_reset(&why);
	put("people", "new@x.example\n");
	c.poll_ms = 50;
	test_int(recipients_reload(r, &c, &why), RC_OK, "a reload with a good file");
	recipients_status(r, pool, &st);
	test_ok(!st.files_are_bad, "and the status forgets it");
	is(r, "bob@x.example", RECIPIENT_UNKNOWN);
	put("people", "again@x.example\n");
	c.poll_ms = 0;
	recipients_follow(r, &c);
	is(r, "again@x.example", RECIPIENT_KNOWN);
	put("people", "this is no list\n");
	recipients_follow(r, &c);
	is(r, "again@x.example", RECIPIENT_KNOWN);
	hanging_table(r, c);
	c.poll_ms = 50;
	put("people", "new@x.example\n");
	recipients_follow(r, &c);
	is(r, "new@x.example", RECIPIENT_KNOWN);
	put("people", "later@x.example\n");
	until = clock_mono_ms() + 5000;
	while (recipients_find(r, pool, STR("later@x.example"), &by) != RECIPIENT_KNOWN && clock_left_ms(until) > 0)
		usleep(10000);
	is(r, "later@x.example", RECIPIENT_KNOWN);
	unlink(path("people"));
	recipients_poll(r);
	is(r, "later@x.example", RECIPIENT_KNOWN);
	buf_clear(&why);
	recipients_close(&r);
}

static void
next_server(void)
{
	struct smtp_stub *stub = smtp_stub_new("only=<bob@x.example>");
	struct recipients_conf c;
	struct recipients_status st;
	struct recipients *r;
	int64_t start;

	put("people", "listed@x.example\n");
	c = conf("x.example .sub.example plain.example", pool_printf(pool, "file:%s", path("people")).p,
	    pool_printf(pool, "x.example=127.0.0.1:%u .sub.example=localhost:%u", smtp_stub_port(stub), smtp_stub_port(stub)).p);
	r = opened(&c);
	is(r, "listed@x.example", RECIPIENT_KNOWN);
	test_int(smtp_stub_connections(stub), 0, "a table knows: nobody is asked");
	is(r, "bob@x.example", RECIPIENT_KNOWN);
	is(r, "eve@x.example", RECIPIENT_UNKNOWN);
	is(r, "eve@a.sub.example", RECIPIENT_UNKNOWN);
	is(r, "eve@plain.example", RECIPIENT_UNKNOWN);
	test_int(smtp_stub_connections(stub), 3, "three questions");
	is(r, "Bob@x.example", RECIPIENT_KNOWN);
	is(r, "eve@x.example", RECIPIENT_UNKNOWN);
	test_int(smtp_stub_connections(stub), 3, "answers are remembered");
	smtp_stub_script(stub, "rcpt=450 4.2.0 later");
	is(r, "mary@x.example", RECIPIENT_NO_ANSWER);
	for (int i = 0; i < 5; i++)
		is(r, pool_printf(pool, "later%d@x.example", i).p, RECIPIENT_NO_ANSWER);
	test_int(smtp_stub_connections(stub), 9, "who answers `later` is well, and asked on");
	smtp_stub_script(stub, "greet=");
	start = clock_mono_ms();
	is(r, "slow@x.example", RECIPIENT_NO_ANSWER);
	test_ok(clock_mono_ms() - start < 1500, "a server that hangs costs its deadline");
	is(r, "slow2@x.example", RECIPIENT_NO_ANSWER);
	is(r, "slow2a@x.example", RECIPIENT_NO_ANSWER);
	usleep(50000);		/* the thread's own deadline is a little later than ours */
	start = clock_mono_ms();
	is(r, "slow3@x.example", RECIPIENT_NO_ANSWER);
	test_ok(clock_mono_ms() - start < 200, "after the third time it is left alone");
	recipients_status(r, pool, &st);
	test_ok(st.n_servers == 2 && st.server[0].left_alone && st.server[0].failed >= 3 && st.server[0].asked >= 5,
	    "the status says so");
	is(r, "bob@x.example", RECIPIENT_KNOWN);
	recipients_close(&r);
	smtp_stub_free(&stub);
}

static void
takes_all(void)
{
	struct smtp_stub *stub = smtp_stub_new("");
	struct recipients_conf c = conf("x.example", "", pool_printf(pool, "*=127.0.0.1:%u", smtp_stub_port(stub)).p);
	struct recipients *r = opened(&c);

	is(r, "bob@x.example", RECIPIENT_UNSURE);
	is(r, "eve@x.example", RECIPIENT_UNSURE);
	test_int(smtp_stub_connections(stub), 1, "who takes every address is not asked again");
	test_ok(str_find(smtp_stub_heard(stub), STR("RCPT TO:<bob@x.example>|RCPT TO:<")) != STR_NPOS,
	    "after one that nobody has");
	recipients_close(&r);
	smtp_stub_free(&stub);
}

/* ---- many at once while files change ---- */

enum { READERS = 4, ROUNDS = 20 };
static atomic_bool over;
static atomic_int wrong;

static void *
reader(void *arg)
{
	struct pool *own = pool_new(0);
	struct str by;

	while (!atomic_load(&over)) {
		if (recipients_find(arg, own, STR("always@x.example"), &by) != RECIPIENT_KNOWN ||
		    recipients_find(arg, own, STR("never@x.example"), &by) != RECIPIENT_UNKNOWN)
			atomic_fetch_add(&wrong, 1);
		pool_clear(own);
	}
	pool_free(&own);
	return NULL;
}

static void
under_load(void)
{
	struct recipients_conf c;
	struct recipients *r;
	pthread_t thread[READERS];
	struct str by;
	int seen = 0;

	put("people", "always@x.example\n");
	c = conf("x.example", pool_printf(pool, "file:%s", path("people")).p, "");
	r = opened(&c);
	for (int i = 0; i < READERS; i++)
		pthread_create(&thread[i], NULL, reader, r);
	for (int i = 0; i < ROUNDS; i++) {
		put("people", i % 3 == 2 ? "rubbish in it\n" : pool_printf(pool, "always@x.example\nr%d@x.example\n", i).p);
		recipients_poll(r);
		seen += recipients_find(r, pool, pool_printf(pool, "r%d@x.example", i), &by) == RECIPIENT_KNOWN;
	}
	atomic_store(&over, true);
	for (int i = 0; i < READERS; i++)
		pthread_join(thread[i], NULL);
	test_int(atomic_load(&wrong), 0, "no wrong answer while tables change");
	test_int(seen, ROUNDS - ROUNDS / 3, "each good table served");
	recipients_close(&r);
}

/* What recipient groups ask, while their files change. */
static void
members(void)
{
	struct recipients_conf c = conf("", "", "");
	struct recipient_keys keys = { .n = 2, .key = { STR("a+b@x.example"), STR("a@x.example") } };
	struct recipients_status st;
	struct recipients *r = NULL;
	struct str table;
	struct buf why;

	buf_init(&why, 4096);
	put("pilot", "a@x.example x\n");
	table = str_of(pool_printf(pool, "texthash:%s", path("pilot")).p);
	c.groups = (struct opt_list){ &table, 1 };
	c.deadline_ms = 1000;
	c.entries_max = 100;
	test_int(recipients_open(&c, (struct log_ctx){ 0 }, &r, &why), RC_OK, "a table of groups");
	test_int(recipients_member(r, table, &keys), RC_OK, "a member by one of the keys");
	test_int(recipients_member(r, STR("texthash:/other"), &keys), RC_TEMP, "a table that is not there says nothing");
	put("pilot", "other@x.example x\n");
	recipients_poll(r);
	test_int(recipients_member(r, table, &keys), RC_NONE, "no longer");
	recipients_status(r, pool, &st);
	test_int((int64_t)st.members, 1, "members");
	test_int((int64_t)st.not_members, 1, "others");
	test_int((int64_t)st.members_unanswered, 1, "and those of whom nobody knows");
	recipients_close(&r);
	table = str_of(pool_printf(pool, "texthash:%s", path("none")).p);
	test_int(recipients_try(&c, &why), RC_BAD, "a file that there is not");
	test_ok(str_find(buf_str(&why), STR("recipient_groups: ")) != STR_NPOS, buf_cstr(&why));
	buf_clear(&why);
}

int
main(void)
{
	pool = pool_new(0);
	if (!mkdtemp(dir))
		return 1;
	tables();
	errors();
	changes();
	next_server();
	takes_all();
	under_load();
	members();
	if (system(pool_printf(pool, "rm -r %s", dir).p) != 0)
		test_ok(false, "tidied up");
	pool_free(&pool);
	return test_done();
}
