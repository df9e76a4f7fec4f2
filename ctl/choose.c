/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "choose.h"

#include "conf/suggest.h"
#include "policy/action.h"
#include "scan/class.h"
#include "store/record.h"

bool
choose(const char *what, struct str word, const char *(*name)(int i), int *out, struct buf *why)
{
	struct suggest near;

	suggest_init(&near, word);
	for (int i = 0; name(i); i++) {
		if (str_eq(word, str_of(name(i)))) {
			*out = i;
			return true;
		}
		suggest_try(&near, str_of(name(i)));
	}
	buf_printf(why, "%s wants one of", what);
	for (int i = 0; name(i); i++)
		buf_printf(why, "%s %s", i ? "," : "", name(i));
	buf_printf(why, ", not '%.*s'", STR_ARG(word));
	suggest_write(&near, why);
	return false;
}

const char *
choose_kind(int i)
{
	return i < QUARANTINE_KINDS ? quarantine_name((enum quarantine_kind)i) : NULL;
}

/* But for "none": of that there are no entries. */
const char *
choose_state(int i)
{
	return i + 1 < ENTRY_STATES ? entry_state_name((enum entry_state)(i + 1)) : i + 1 == ENTRY_STATES ? "all" : NULL;
}

const char *
choose_outcome(int i)
{
	return i < INTERCEPT_N ? intercept_name((enum intercept)i) : NULL;
}

const char *
choose_verdict(int i)
{
	static const char *const more[] = { "clean", "none", NULL };

	return i < CLASS_N ? class_name((enum class)i) : more[i - CLASS_N];
}
