/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* The size of the message as it came, by the flow policy of the client's group. What was declared
 * at MAIL was judged there. */
#include "check/check.h"
#include "policy/flow.h"

enum { SIZE };

static const struct finding_def found[] = {
	[SIZE] = { "FLOW_SIZE", CLASS_BLOCKED, 100, false,
	    "The message is larger than the flow policy allows.",
	    .reply = { "52", "3.4", "Message is too large" } },
	{ .name = NULL }
};

static enum rc
run(const struct scan *scan, const void *conf, struct report *out)
{
	const struct flow_conf *c = conf;
	const struct session *s = scan->session;
	const struct flow_policy *p;

	if (!scan->standing || scan->standing->flow == FLOW_NONE)
		return RC_OK;
	p = &c->policy[scan->standing->flow];
	if (p->size == 0 || s->size <= (uint64_t)p->size || s->size_declared > (uint64_t)p->size)
		return RC_OK;
	report_add(out, &found[SIZE], REPORT_NO_PART, "size=%llu max=%lld", (unsigned long long)s->size,
	    (long long)p->size);
	if (p->text.n)
		report_quote(out, &found[SIZE], p->text);
	return RC_OK;
}

const struct check check_flow_size = {
	.name = "flow_size",
	.title = "The size of the message by the flow policy",
	.source = "RFC 1870 6.1 (552), RFC 3463 3.4 (5.3.4)",
	.phase = PHASE_LOOKUP,
	.place = PLACE_GATE,
	.opts = &flow_table,
	.found = found,
	.run = run,
};
