/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "click/blocked.h"

#include <sys/stat.h>
#include <time.h>

#include "click/folder.h"
#include "test.h"

static void
wait_look(void)
{
	nanosleep(&(struct timespec){ 1, 100 * 1000000L }, NULL);
}

int
main(void)
{
	static const struct {
		const char *name, *message, *host, *url;
		bool want;
	} cases[] = {
		{ "the host", "", "bad.example", "https://bad.example/", true },
		{ "one below it", "", "www.x.bad.example", "", true },
		{ "one that only ends so", "", "notbad.example", "", false },
		{ "the one above", "", "example", "", false },
		{ "the message", "queue-1", "www.example.net", "https://www.example.net/", true },
		{ "another message", "queue-2", "www.example.net", "https://www.example.net/", false },
		{ "the URL", "", "www.example.net", "https://www.example.net/this?x", true },
		{ "another URL of the host", "", "www.example.net", "https://www.example.net/that", false },
		{ "nothing", "", "", "", false },
	};
	struct str dir = folder_make();
	struct blocked *b = blocked_open(dir);
	struct stat st;
	struct buf why;
	bool changed;

	buf_init(&why, 1000);
	test_ok(!blocked_has(b, STR("queue-1"), STR("bad.example"), STR("u")), "no file: nothing");
	test_ok(blocked_change(dir, STR("bad.example"), true, &changed, &why) == RC_OK && changed, "add a host");
	test_ok(blocked_change(dir, STR("bad.example"), true, &changed, &why) == RC_OK && !changed, "once");
	test_ok(blocked_change(dir, STR("queue-1"), true, &changed, &why) == RC_OK && changed, "add a message");
	test_ok(blocked_change(dir, STR("https://www.example.net/this?x"), true, &changed, &why) == RC_OK && changed, "add a URL");
	test_ok(stat(folder_file(BLOCKED_FILE), &st) == 0 && (st.st_mode & 0777) == 0600, "for us alone");
	wait_look();
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		test_ok(blocked_has(b, str_of(cases[i].message), str_of(cases[i].host), str_of(cases[i].url)) ==
		    cases[i].want, cases[i].name);
	test_int(blocked_change(dir, STR("two words"), true, &changed, &why), RC_BAD, "no name");
	test_int(blocked_change(dir, STR("a\nb"), true, &changed, &why), RC_BAD, "nor two lines");
	test_int(blocked_change(dir, STR(""), true, &changed, &why), RC_BAD, "nor nothing");
	test_ok(blocked_change(dir, STR("none.example"), false, &changed, &why) == RC_OK && !changed, "take out what is not there");
	test_ok(blocked_change(dir, STR("bad.example"), false, &changed, &why) == RC_OK && changed, "take out a host");
	wait_look();
	test_ok(!blocked_has(b, STR(""), STR("bad.example"), STR("")) && blocked_has(b, STR("queue-1"), STR(""), STR("")),
	    "only that one");
	unlink(folder_file(BLOCKED_FILE));
	wait_look();
	test_ok(!blocked_has(b, STR("queue-1"), STR(""), STR("")), "without the file nothing is blocked");
	blocked_close(&b);
	test_int(blocked_change(STR("/nonexistent"), STR("x"), true, &changed, &why), RC_TEMP, "no folder");
	buf_clear(&why);
	return test_done();
}
