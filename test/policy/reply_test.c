/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* covers: lib/policy/reply.c */
#include "test.h"

#include "policy/reply.h"

static const struct finding_def plain = { "PLAIN", CLASS_MALWARE, 100, false, "x" };
static const struct finding_def nobody = { "NOBODY", CLASS_RECIPIENT, 100, false, "x",
	{ "50", "1.1", "No such recipient" } };

int
main(void)
{
	static const struct { const char *name; struct outcome o; const char *want; } cases[] = {
		{ "accept", { .act = { INTERCEPT_ACCEPT } }, "" },
		{ "discard", { .act = { INTERCEPT_DISCARD } }, "" },
		{ "reject", { .decided = true, .verdict = CLASS_MALWARE, .act = { INTERCEPT_REJECT }, .decider = &plain },
		    "550 5.7.1 Message refused by policy (malware), reference Q1" },
		{ "tempfail", { .act = { INTERCEPT_TEMPFAIL } }, "451 4.7.1 Message deferred by policy, reference Q1" },
		{ "not scanned", { .failed = true, .decider = &nobody, .act = { INTERCEPT_TEMPFAIL } },
		    "451 4.7.1 Message could not be checked, try again later, reference Q1" },
		{ "its own words", { .act = { INTERCEPT_REJECT }, .decider = &nobody },
		    "550 5.1.1 No such recipient, reference Q1" },
		{ "deferred in them", { .act = { INTERCEPT_TEMPFAIL }, .decider = &nobody },
		    "450 4.1.1 No such recipient, reference Q1" },
		{ "a stranger's words", { .act = { INTERCEPT_REJECT }, .decider = &nobody,
		    .quote = { "100%\r\n250 ok", 12 } }, "550 5.1.1 No such recipient, reference Q1; 100%??250 ok" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct reply r = { .code = "" };
		char got[REPLY_TEXT + 32] = "";

		if (reply_words(&cases[i].o, STR("Q1"), &r))
			snprintf(got, sizeof(got), "%s %s %s", r.code, r.enhanced, r.text);
		test_str(str_of(got), str_of(cases[i].want), cases[i].name);
	}
	return test_done();
}
