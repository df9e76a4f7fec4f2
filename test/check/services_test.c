/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* covers: lib/check/services.c */
#include "test.h"

#include "check/services.h"
#include "gate/settings.h"

static const struct conf_base none = { .key = NULL };

static struct conf *
load(const char *text)
{
	struct conf *conf = NULL;
	struct buf why;

	buf_init(&why, 65536);
	if (conf_parse(str_of(text), "f", settings, none, &conf, &why) != RC_OK)
		test_show("errors", buf_str(&why));
	buf_clear(&why);
	return conf;
}

int
main(void)
{
	struct conf *off = load("dns.enable = no\ndnsbl.files =\n"), *lists = load("dns.enable = no\ndnsbl.files = /nowhere/lists\n");
	const struct log_ctx lc = { NULL, "-" };
	struct services s;
	struct buf why;

	buf_init(&why, 65536);
	if (!test_ok(off && lists, "the configurations"))
		return test_done();
	if (!test_int(services_open(off, STR_NONE, lc, &s, &why), RC_OK, "open without a folder"))
		return test_done();
	test_ok(s.dns != NULL && s.counters != NULL, "what checks ask is there");
	services_reload(&s, off);
	services_save(&s);
	services_close(&s);
	test_ok(s.dns == NULL && s.counters == NULL, "close");
	test_int(services_open(lists, STR_NONE, lc, &s, &why), RC_BAD, "a table that is not there");
	test_ok(str_find(buf_str(&why), STR("/nowhere/lists")) != STR_NPOS, "is named");
	test_ok(s.dns == NULL && s.counters == NULL, "and nothing stays open");
	conf_put(&off);
	conf_put(&lists);
	buf_clear(&why);
	return test_done();
}
