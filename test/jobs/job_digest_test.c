/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Runs of the job: who is told of what, once, whatever the mail server does meanwhile.
 * covers: lib/jobs/job_digest.c */
#include "jobs/jobs.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "click/folder.h"
#include "gate/settings.h"
#include "jobs/digest_state.h"
#include "net/smtp_stub.h"
#include "response/digest_opts.h"
#include "store/records_kit.h"

static struct str dir;
static struct smtp_stub *stub;
static struct records *records;
static struct pool *pool;
static struct conf *conf;
static struct buf why;

static struct conf *
conf_of(const char *more)
{
	struct buf text, errors;
	struct conf *out = NULL;

	buf_init(&text, 8192);
	buf_init(&errors, 8192);
	buf_printf(&text, "state_dir = %.*s\nrelease.server = 127.0.0.1:%u\nrelease.helo = gate.test\nrelease.deadline = 2s\n"
	    "bodies.min_free = 0\ndnsbl.files =\ndns.enable = no\ndigest.from = gate@example.com\ndigest.pace = 0\n"
	    "click.url = https://x.test/l\n%s", STR_ARG(dir), smtp_stub_port(stub), more);
	if (conf_parse(buf_str(&text), "test", settings, (struct conf_base){ .key = NULL }, &out, &errors) != RC_OK)
		printf("# %s\n", buf_cstr(&errors));
	buf_clear(&text);
	buf_clear(&errors);
	return out;
}

static enum rc
run(void)
{
	const struct job_run jr = { .conf = conf, .state_dir = pool_cstr(pool, dir), .why = &why };

	buf_reset(&why);
	return job_digest.run(&jr, conf_values(conf, &digest_table));
}

/* rcpt-TAG@example.com is held, in this quarantine. */
static void
hold(const char *tag, enum quarantine_kind kind)
{
	struct kit_message m;

	kit_message(&m, clock_wall_ms(), tag, ENTRY_HELD);
	m.rcpts[0].kind = kind;
	m.rcpts[0].expires_ms = clock_wall_ms() + 3600000;
	if (records_put(records, &m.record, kit_deadline()) != RC_OK)
		test_ok(false, "a message in the quarantine");
}

static unsigned
taken(void)
{
	unsigned n;

	(void)smtp_stub_mail(stub, &n);
	return n;
}

static void
once(void)
{
	unsigned before = taken();

	hold("none", QUARANTINE_VIRUS);
	test_int(run(), RC_OK, "nothing that people may see");
	test_int(taken(), before, "no mail");
	hold("one", QUARANTINE_SPAM);
	test_int(run(), RC_OK, "spam");
	test_int(taken(), before + 1, "one mail");
	test_ok(str_find(smtp_stub_heard(stub), STR("MAIL FROM:<>")) != STR_NPOS, "nobody answers it");
	test_ok(str_find(smtp_stub_heard(stub), STR("RCPT TO:<rcpt-one@example.com>|DATA")) != STR_NPOS, "to this person alone");
	test_ok(str_starts(smtp_stub_mail(stub, &before), STR("X-Sekimori-Pass: ")), "with a pass");
	test_int(run(), RC_OK, "again");
	test_int(taken(), before, "nothing is told twice");
}

static void
server_is_away(void)
{
	unsigned before;
	struct digest_mail m = { .made_ms = 0 };
	char path[DIGEST_NAME];

	smtp_stub_script(stub, "end=451 4.7.1 later");
	hold("later", QUARANTINE_SPAM);
	before = taken();
	test_int(run(), RC_TEMP, "the server does not take it");
	test_ok(strstr(buf_cstr(&why), "451 4.7.1 later") != NULL, "and why");
	digest_mail_path(dir, STR("rcpt-later@example.com"), path);
	test_int(digest_mail_get(path, pool, &m), RC_OK, "it is on the disk");
	smtp_stub_script(stub, "");
	test_int(run(), RC_OK, "the server is back");
	test_ok(access(path, F_OK) != 0, "it was sent");
	test_str(smtp_stub_mail(stub, &before), m.mail, "as it was, with the same pass");
	test_int(run(), RC_OK, "again");
	test_int(taken(), before, "not once more");
}

static void
nobody_knows(void)
{
	unsigned before;

	smtp_stub_script(stub, "end=!");
	hold("unknown", QUARANTINE_SPAM);
	test_int(run(), RC_TEMP, "hung up behind the mail: nobody knows");
	smtp_stub_script(stub, "end=550 5.7.1 its pass was used before");
	test_int(run(), RC_OK, "it had been taken");
	smtp_stub_script(stub, "");
	before = taken();
	test_int(run(), RC_OK, "again");
	test_int(taken(), before, "the person is not told twice");
}

/* Killed behind the mail, before what was told is noted: the mail is still on the disk. */
static void
killed(void)
{
	struct digest_mail m = { .person = STR("rcpt-killed@example.com"), .made_ms = clock_wall_ms(), .told = STR("\nx.1\n"),
	    .mail = STR("X-Sekimori-Pass: x\r\nSubject: y\r\n\r\nz\r\n") };
	unsigned before = taken();
	struct digest_state s;

	test_int(digest_mail_put(dir, pool, &m), RC_OK, "a mail that was under way");
	test_int(run(), RC_OK, "the next run");
	test_int(taken(), before + 1, "sends it as it is");
	test_int(digest_state_get(dir, pool, m.person, &s), RC_OK, "and notes it");
	test_str(s.told, m.told, "what was told");
	m.made_ms -= 2 * 86400000LL;
	test_int(digest_mail_put(dir, pool, &m), RC_OK, "one whose pass is no good any more");
	before = taken();
	test_int(run(), RC_OK, "the next run");
	test_int(taken(), before, "makes a new one when there is reason to");
}

static void
not_yet(void)
{
	unsigned before = taken();

	conf_put(&conf);
	conf = conf_of("digest.every = week\ndigest.recipients = example.com\n");
	hold("weekly", QUARANTINE_SPAM);
	test_int(run(), RC_OK, "once a week");
	test_int(taken(), before, "what came just now waits for its day");
	conf_put(&conf);
	conf = conf_of("digest.every = run\ndigest.recipients = example.org\n");
	test_int(run(), RC_OK, "for another domain");
	test_int(taken(), before, "nobody else is told");
	conf_put(&conf);
	conf = conf_of("digest.every = run\ndigest.recipients = example.com\nledger.addresses = hashed\n");
	test_int(run(), RC_BAD, "without addresses");
	test_ok(strstr(buf_cstr(&why), "ledger.addresses") != NULL, "it says what is missing");
}

int
main(void)
{
	dir = folder_make();
	pool = pool_new(0);
	stub = smtp_stub_new("");
	buf_init(&why, 4096);
	mkdir(folder_file("ledger"), 0700);	/* the gate makes it */
	conf = conf_of("digest.every = run\ndigest.recipients = example.com\n");
	if (!conf || records_open(conf_values(conf, &records_table), dir, RECORDS_TOOL, (struct log_ctx){ NULL, "-" },
	    &records, &why) != RC_OK) {
		test_ok(false, buf_cstr(&why));
		return test_done();
	}
	once();
	server_is_away();
	nobody_knows();
	killed();
	not_yet();
	records_close(&records);
	conf_put(&conf);
	smtp_stub_free(&stub);
	buf_clear(&why);
	pool_free(&pool);
	return test_done();
}
