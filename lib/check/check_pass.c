/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Mail that comes with a pass of ours which is none, or which is not for this mail: somebody tries to get past
 * us with it. Whoever has one from an old message gets nothing by it either. */
#include "check/check.h"

enum { FORGED };

static const struct finding_def found[] = {
	[FORGED] = { "PASS_FORGED", CLASS_AUTH, 100, false,
	    "It came with a field X-Sekimori-Pass that is forged, expired, or not for this message." },
	{ .name = NULL }
};

static enum rc
run(const struct scan *scan, const void *conf, struct report *out)
{
	(void)conf;
	if (scan->session->pass.n)
		report_add(out, &found[FORGED], REPORT_NO_PART, "%.*s", STR_ARG(scan->session->pass));
	return RC_OK;
}

const struct check check_pass = {
	.name = "pass",
	.title = "No forged pass",
	.source = "response/pass.h",
	.phase = PHASE_LOOKUP,
	.place = PLACE_GATE,
	.found = found,
	.run = run,
};
