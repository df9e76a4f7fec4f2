/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Whether the chain of those who handled the message before us holds. That it does says who they
 * were, not that they are to be believed: who is, the operator says elsewhere. */
#include "auth/arc.h"

#include "base/clock.h"
#include "check/check.h"

enum { PASS, FAIL, TEMP };

static const struct finding_def found[] = {
	[PASS] = { "ARC_PASS", CLASS_INFO, 0, false,
	    "The chain of sealed authentication results (ARC) holds. Open: another From or Subject than the last sealer "
	    "signed may be shown, so nobody believes it." },
	[FAIL] = { "ARC_FAIL", CLASS_AUTH, 5, false, "The chain of sealed authentication results does not hold." },
	[TEMP] = { "ARC_TEMPERROR", CLASS_INFO, 0, false, "The key of a seal could not be had from DNS now." },
	{ .name = NULL }
};

static enum rc
run(const struct scan *scan, const void *conf, struct report *out)
{
	struct dkim_in in = { .pool = scan->pool, .keys = scan->keys, .now = clock_wall_ms() / 1000,
	    .bits_min = DKIM_BITS_MIN };
	const struct auth_arc *a = &scan->auth->arc;

	(void)conf;
	if (!scan->keys)
		return RC_OK;
	arc_verify(&in, scan->raw, &scan->auth->arc);
	if (a->result == AUTH_PASS)
		report_add(out, &found[PASS], REPORT_NO_PART, "sets=%u d=%.*s s=%.*s oldest-pass=%u%s", a->sets,
		    STR_ARG(str_upto(a->domain, 80)), STR_ARG(str_upto(a->selector, 40)), a->oldest_pass,
		    a->open ? " open" : "");
	else if (a->result != AUTH_NONE)
		report_add(out, &found[a->result == AUTH_TEMPERROR ? TEMP : FAIL], REPORT_NO_PART, "sets=%u %.*s",
		    a->sets, STR_ARG(a->why));
	return RC_OK;
}

const struct check check_arc = {
	.name = "arc",
	.title = "Chain of sealed authentication results",
	.source = "RFC 8617",
	.phase = PHASE_MESSAGE,
	.place = PLACE_WORKER,
	.proof = true,
	.found = found,
	.run = run,
};
