/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "scan/auth.h"

static const char *const results[AUTH_RESULT_N] = {
	[AUTH_UNKNOWN] = "", [AUTH_NONE] = "none", [AUTH_PASS] = "pass", [AUTH_FAIL] = "fail",
	[AUTH_SOFTFAIL] = "softfail", [AUTH_NEUTRAL] = "neutral", [AUTH_POLICY] = "policy",
	[AUTH_TEMPERROR] = "temperror", [AUTH_PERMERROR] = "permerror",
};

const char *
auth_result_name(enum auth_result r)
{
	return results[r];
}

bool
auth_result_parse(struct str s, enum auth_result *out)
{
	for (int i = AUTH_NONE; i < AUTH_RESULT_N; i++) {
		if (str_eq_nocase(s, str_of(results[i]))) {
			*out = (enum auth_result)i;
			return true;
		}
	}
	return false;
}
