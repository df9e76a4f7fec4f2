/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "test.h"

#include "scan/auth.h"

int
main(void)
{
	enum auth_result r;

	for (int i = AUTH_NONE; i < AUTH_RESULT_N; i++) {
		const char *name = auth_result_name((enum auth_result)i);

		test_ok(auth_result_parse(str_of(name), &r) && (int)r == i, name);
	}
	test_str(str_of(auth_result_name(AUTH_UNKNOWN)), STR(""), "what was not looked at has no word");
	test_ok(auth_result_parse(STR("PermError"), &r) && r == AUTH_PERMERROR, "in any case");
	test_ok(!auth_result_parse(STR(""), &r) && !auth_result_parse(STR("maybe"), &r), "other words");
	return test_done();
}
