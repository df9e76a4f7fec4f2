/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* covers: lib/policy/rcpt_conds.c lib/conf/overlay.c */
#include "policy/rcpt_groups.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fdio.h"
#include "gate/settings.h"
#include "policy/links_opts.h"
#include "policy/policy.h"
#include "test.h"

static char dir[] = "/tmp/rcpt_groups.XXXXXX";

static void
write_file(const char *name, const char *text)
{
	char path[200];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	if (!f || fputs(text, f) < 0 || fclose(f) != 0)
		abort();
}

static enum rc
load_with(const char *groups, const char *more, struct conf **out, struct buf *errors)
{
	char lines[600];

	write_file("groups", groups);
	snprintf(lines, sizeof(lines), "on.content = tag\nsender_groups =\nrecipients.delimiter = +\n"
	    "recipient_groups = %s/groups\nrecipient_presets = %s/presets\n%s", dir, dir, more);
	buf_reset(errors);
	return conf_parse(str_of(lines), "t", settings, (struct conf_base){ .files = true }, out, errors);
}

static enum rc
load(const char *groups, struct conf **out, struct buf *errors)
{
	return load_with(groups, "", out, errors);
}

/* Without the folder, which has another name each time. */
static struct str
plain(struct pool *pool, struct str text)
{
	struct buf out;
	struct str done;
	size_t at;

	buf_init(&out, 1 << 16);
	while ((at = str_find(text, str_of(dir))) != STR_NPOS) {
		buf_add(&out, str_upto(text, at));
		text = str_from(text, at + strlen(dir) + 1);
	}
	buf_add(&out, text);
	done = pool_str(pool, buf_str(&out));
	buf_clear(&out);
	return done;
}

static void
errors(void)
{
	static const struct { const char *name, *text, *want; } cases[] = {
		{ "good", "A own address=a@x.example domain=.x.example percent=10 list=list\n", "" },
		{ "no policy", "A\n", "groups:1: A: a policy is missing: a preset, the name of a file in policies, or default\n" },
		{ "a policy mistyped", "A observ\n", "groups:1: A: 'observ' is no policy: neither policies/observ.conf nor a "
		    "preset in presets; did you mean 'observe'?\n" },
		{ "no name of a file", "A ../own\n", "groups:1: A: '../own' is no policy: neither policies/../own.conf nor a "
		    "preset in presets\n" },
		{ "conditions", "A own adress=x\nB own address=x percent=0\nC own percent=101 domain=a/b\n",
		    "groups:1: A: 'adress' is no condition; did you mean 'address'?\n"
		    "groups:2: address: 'x' is not an address, such as user@example.org\n"
		    "groups:2: percent: '0' is not a number from 1 to 100\n"
		    "groups:3: percent: '101' is not a number from 1 to 100\n"
		    "groups:3: domain: 'a/b' is not a domain, or .domain for all below it\n" },
		{ "lists", "A own list=none\nB own list=bad\n", "groups:1: list: no file none\n"
		    "groups:2: list: bad:2: neither an address nor a domain\n" },
		{ "tables", "A own ldap= table=texthash\nB own table=foo:bar,texthash:\n",
		    "groups:1: ldap: needs a value: ldap=a file\n"
		    "groups:1: table: 'texthash' is not TYPE:FILE, such as cdb:/etc/postfix/pilot\n"
		    "groups:2: table: 'foo:bar' is not TYPE:FILE, such as cdb:/etc/postfix/pilot\n"
		    "groups:2: table: 'texthash:' is not TYPE:FILE, such as cdb:/etc/postfix/pilot\n" },
		{ "a name with two policies", "A own percent=1\nA observe\n", "groups:2: A: is observe, but own at line 1\n" },
		{ "a policy with errors", "A broken\n",
		    "policies/broken.conf:1: on.contnt: unknown key; did you mean 'on.content'?\n"
		    "policies/broken.conf:2: threshold.spam: 'x' is not points with at most one decimal, such as 2.5\n"
		    "policies/broken.conf:3: milter_socket: holds for all recipients: it belongs into the main configuration\n"
		    "policies/broken.conf:4: forged_headers: holds for all recipients: it belongs into the main configuration\n"
		    "policies/broken.conf:6: on.spam: set already at policies/broken.conf:5\n"
		    "policies/broken.conf:7: preset: no 'none.conf' in presets\n" },
	};
	struct pool *pool = pool_new(0);
	struct buf why;

	buf_init(&why, 1 << 16);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct conf *conf = NULL;

		test_int(load(cases[i].text, &conf, &why), cases[i].want[0] ? RC_BAD : RC_OK, cases[i].name);
		test_str(plain(pool, buf_str(&why)), str_of(cases[i].want), cases[i].name);
		conf_put(&conf);
	}
	buf_clear(&why);
	pool_free(&pool);
}

static const char groups_text[] =
    "ADDRESS own address=Boss@x.example,a.b@y.example\n"
    "EXCEPT default address=not@sub.x.example\n"
    "BELOW observe domain=.x.example\n"
    "DOMAIN observe domain=z.example\n"
    "LIST own list=list\n";

static const struct { const char *address, *group, *policy; } whose[] = {
	{ "boss@x.example", "ADDRESS", "own" },
	{ "BOSS+tag@X.Example", "ADDRESS", "own" },
	{ "other@x.example", "", "default" },
	{ "a@sub.x.example", "BELOW", "observe" },
	{ "a@deep.sub.x.example", "BELOW", "observe" },
	{ "not@sub.x.example", "EXCEPT", "default" },
	{ "a@z.example", "DOMAIN", "observe" },
	{ "a@sub.z.example", "", "default" },
	{ "a@notz.example", "", "default" },
	{ "listed@l.example", "LIST", "own" },
	{ "other@l.example", "", "default" },
	{ "any@whole.example", "LIST", "own" },
	{ "any@a.below.example", "LIST", "own" },
	{ "any@below.example", "", "default" },
	{ "", "", "default" },
	{ "postmaster", "", "default" },
};

static void
check_whose(const struct conf *conf, const char *what)
{
	struct pool *pool = pool_new(0);

	for (size_t i = 0; i < sizeof(whose) / sizeof(whose[0]); i++) {
		struct rcpt_whose got;

		rcpt_groups_find(conf, NULL, pool, str_of(whose[i].address), &got);

		test_str(rcpt_policy_name(got.policy), str_of(whose[i].policy), whose[i].address);
		test_str(got.group, str_of(whose[i].group), what);
	}
	pool_free(&pool);
}

/* What holds in an overlay, and what a child makes of the text it is handed. */
static void
overlays(void)
{
	struct conf *conf = NULL, *child = NULL;
	const struct policy_conf *own, *main;
	struct pool *pool = pool_new(0);
	struct rcpt_whose boss;
	struct buf why;
	int fd;

	buf_init(&why, 1 << 16);
	test_int(load(groups_text, &conf, &why), RC_OK, "loaded");
	check_whose(conf, "as loaded");
	main = conf_values(conf, &policy_table);
	rcpt_groups_find(conf, NULL, pool, STR("boss@x.example"), &boss);
	own = conf_values(rcpt_policy_conf(conf, boss.policy), &policy_table);
	test_int(own->mode, POLICY_OBSERVE, "of its preset");
	test_int(own->on[CLASS_CONTENT].intercept, INTERCEPT_REJECT, "its own line stands over the preset");
	test_int(own->on[CLASS_SPAM].intercept, INTERCEPT_QUARANTINE, "a line of the preset");
	test_int(own->threshold[CLASS_SPAM], main->threshold[CLASS_SPAM], "the rest is of the main configuration");
	test_int(main->on[CLASS_CONTENT].intercept, INTERCEPT_TAG, "which stays as it is");
	test_int(main->mode, POLICY_ENFORCE, "in all");
	test_int(conf_pass(conf, &fd), RC_OK, "handed to a child");
	buf_reset(&why);
	test_int(conf_take(fd, settings, &child, &why), RC_OK, "which takes it");
	test_str(buf_str(&why), STR_NONE, "without errors");
	if (child)
		check_whose(child, "in the child");
	fdio_close(&fd);
	conf_put(&child);
	conf_put(&conf);
	buf_clear(&why);
	pool_free(&pool);
}

/* ---- tables and directories ---- */

/* A directory that refuses connections, and a file that answers. */
static const char asking_text[] =
    "TABLE own table=texthash:people\n"
    "AGAIN observe table=texthash:people domain=x.example\n"
    "NEVER own ldap=silent.cf domain=never.example\n"
    "SILENT own ldap=silent.cf domain=s.example\n"
    "REST observe\n";

static const struct { const char *address, *group; bool unanswered, skipped; } asking[] = {
	{ "known@x.example", "TABLE", false, false },
	{ "KNOWN+tag@x.example", "TABLE", false, false },
	{ "other@x.example", "REST", false, false },
	{ "other@t.example", "TABLE", false, false },		/* the table has the domain */
	{ "a@s.example", "SILENT", true, true },
	{ "known@s.example", "TABLE", false, false },		/* a line above it answers */
	{ "a@z.example", "REST", false, false },		/* nobody is asked: the domain is another */
};

static void
check_asking(const struct conf *conf, struct recipients *r, bool next)
{
	struct pool *pool = pool_new(0);

	for (size_t i = 0; i < sizeof(asking) / sizeof(asking[0]); i++) {
		bool skips = next && asking[i].skipped;
		struct rcpt_whose got;

		rcpt_groups_find(conf, r, pool, str_of(asking[i].address), &got);
		test_str(got.group, skips ? STR("REST") : str_of(asking[i].group), asking[i].address);
		test_int(got.unanswered, asking[i].unanswered && !skips, "an answer, or none");
		test_ok(!got.unanswered || !got.policy, "no policy is made up");
	}
	pool_free(&pool);
}

static void
asked(const char *more, bool next)
{
	const struct rcpt_groups_conf *groups;
	struct recipients_conf who;
	struct recipients *r = NULL;
	struct recipients_status st;
	struct pool *pool = pool_new(0);
	struct conf *conf = NULL;
	struct rcpt_whose got;
	struct buf why;

	buf_init(&why, 1 << 16);
	test_int(load_with(asking_text, more, &conf, &why), RC_OK, "loaded");
	test_str(buf_str(&why), STR_NONE, "without errors");
	groups = conf_values(conf, &rcpt_groups_table);
	test_int((int64_t)groups->tables.n, 2, "each table once");
	who = *(const struct recipients_conf *)conf_values(conf, &recipients_table);
	who.groups = groups->tables;
	test_int(recipients_open(&who, (struct log_ctx){ 0 }, &r, &why), RC_OK, "tables are open");
	test_str(buf_str(&why), STR_NONE, "all of them");
	check_asking(conf, r, next);
	recipients_status(r, pool, &st);
	test_int((int64_t)st.members, 4, "in a table");
	test_int((int64_t)st.not_members, 4, "in none");
	test_int((int64_t)st.members_unanswered, 1, "asked only where the rest of the line holds");
	rcpt_groups_find(conf, NULL, pool, STR("known@x.example"), &got);
	test_str(got.group, next ? STR("REST") : STR("TABLE"), "nothing to ask by");
	test_int(got.unanswered, !next, "is no answer");
	recipients_close(&r);
	conf_put(&conf);
	buf_clear(&why);
	pool_free(&pool);
}

/* Who is among 10 percent is among 20, and it is about so many. */
static void
percent(void)
{
	struct pool *pool = pool_new(0);
	struct recipient_address a, b;
	int below10 = 0;

	for (int i = 0; i < 10000; i++) {
		if (!recipient_parse(pool, pool_printf(pool, "user%d@example.com", i), STR("+"), &a))
			abort();
		below10 += rcpt_percentile(&a) < 10;
	}
	test_ok(below10 > 900 && below10 < 1100, "10 percent are about 1000 of 10000");
	test_ok(recipient_parse(pool, STR("Some.One+tag@Example.COM"), STR("+"), &a), "an address");
	test_ok(recipient_parse(pool, STR("some.one@example.com"), STR("+"), &b), "the same one");
	test_int(rcpt_percentile(&a), rcpt_percentile(&b), "case and extension do not matter");
	test_int(rcpt_percentile(&b), 99, "always the same place");
	pool_free(&pool);
}

int
main(void)
{
	char path[200];

	if (!mkdtemp(dir))
		abort();
	snprintf(path, sizeof(path), "%s/policies", dir);
	mkdir(path, 0755);
	snprintf(path, sizeof(path), "%s/presets", dir);
	mkdir(path, 0755);
	write_file("presets/observe.conf", "mode = observe\non.spam = quarantine\non.content = tag\n");
	write_file("policies/own.conf", "on.content = reject\npreset = observe\nlinks.bad = defang\n");
	write_file("policies/broken.conf", "on.contnt = tag\nthreshold.spam = x\nmilter_socket = unix:/x\nforged_headers = X\n"
	    "on.spam = tag\non.spam = reject\npreset = none\n");
	write_file("list", "# people\nListed@l.example\n@whole.example\n.below.example\n");
	write_file("bad", "a@b.example\nno address\n");
	write_file("people", "known@x.example x\nknown@s.example x\nt.example x\n@t.example x\n");
	write_file("silent.cf", "server_host = ldap://127.0.0.1:1\nsearch_base = dc=x\nbind = no\nresult_attribute = cn\n"
	    "query_filter = (mail=%s)\n");
	errors();
	overlays();
	asked("", false);
	asked("recipient_groups_unanswered = next\n", true);
	percent();
	snprintf(path, sizeof(path), "rm -rf %s", dir);
	return system(path) == 0 ? test_done() : 1;
}
