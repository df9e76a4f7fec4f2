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
load(const char *groups, struct conf **out, struct buf *errors)
{
	char lines[600];

	write_file("groups", groups);
	snprintf(lines, sizeof(lines), "on.content = tag\nsender_groups =\nrecipients.delimiter = +\n"
	    "recipient_groups = %s/groups\nrecipient_presets = %s/presets\n", dir, dir);
	buf_reset(errors);
	return conf_parse(str_of(lines), "t", settings, (struct conf_base){ .files = true }, out, errors);
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
	struct str group;

	for (size_t i = 0; i < sizeof(whose) / sizeof(whose[0]); i++) {
		const struct rcpt_policy *p = rcpt_groups_find(conf, pool, str_of(whose[i].address), &group);

		test_str(rcpt_policy_name(p), str_of(whose[i].policy), whose[i].address);
		test_str(group, str_of(whose[i].group), what);
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
	struct str group;
	struct buf why;
	int fd;

	buf_init(&why, 1 << 16);
	test_int(load(groups_text, &conf, &why), RC_OK, "loaded");
	check_whose(conf, "as loaded");
	main = conf_values(conf, &policy_table);
	own = conf_values(rcpt_policy_conf(conf, rcpt_groups_find(conf, pool, STR("boss@x.example"), &group)), &policy_table);
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
	errors();
	overlays();
	percent();
	snprintf(path, sizeof(path), "rm -rf %s", dir);
	return system(path) == 0 ? test_done() : 1;
}
