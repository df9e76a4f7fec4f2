/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* YARA rules that matched. Each rule says its class and score in its meta. */
#include "check/check.h"

static const struct finding_def found[] = {
	{ "YARA", CLASS_MALWARE, 100, true, "A YARA rule matched; its meta says class and score." },
	{ .name = NULL }
};

static enum rc
run(const struct scan *scan, const void *conf, struct report *out)
{
	const struct engine_hit *hits = scan->hits.items;

	(void)conf;
	for (size_t i = 0; i < scan->hits.n; i++) {
		const struct engine_hit *h = &hits[i];
		struct str text;

		if (h->engine != HIT_YARA)
			continue;
		text = pool_printf(scan->pool, "%.*s%s%.*s", STR_ARG(str_upto(h->name, REPORT_EVIDENCE)),
		    h->detail.n ? ": " : "", STR_ARG(str_upto(h->detail, REPORT_EVIDENCE)));
		report_add_as(out, &found[0], h->class, h->score, h->part, text);
	}
	return RC_OK;
}

const struct check check_yara = {
	.name = "yara",
	.title = "YARA rules",
	.source = "sekimori-rules(5)",
	.phase = PHASE_MESSAGE,
	.place = PLACE_WORKER,
	.found = found,
	.run = run,
};
