/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "message/defect.h"

#include <assert.h>

static const struct {
	const char *name, *help;
} defects[] = {
#define DEFECT(name, ambiguous, help) { #name, help },
#include "message/defect.list"
#undef DEFECT
};

static_assert(DEFECT_N <= 64, "defects are bits of a uint64_t");

const uint64_t defect_ambiguous = 0
#define DEFECT(name, ambiguous, help) | (ambiguous ? DEFECT_BIT(name) : 0)
#include "message/defect.list"
#undef DEFECT
;

const char *
defect_name(enum defect d)
{
	return defects[d].name;
}

const char *
defect_help(enum defect d)
{
	return defects[d].help;
}
