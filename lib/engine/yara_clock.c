/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* What a rule costs. Debian's libyara is built without its own profiling (the functions are
 * there and give zeros), so now and then a scan is done twice more: with no rule at all, and
 * with a single one. The difference is what this rule cost on that content; its mean times
 * the number of scans is the estimate that `rules list` shows. Rules take turns, and each
 * worker begins with another one. */
#include <unistd.h>

#include "base/clock.h"
#include "engine/yara_engine.h"

/* One scan in so many is timed: at most 2 in SAMPLE_EVERY more work. */
enum { SAMPLE_EVERY = 64, SAMPLE_BYTES = 512 * 1024 };

static int64_t
timed(struct yara *y, struct str content)
{
	int64_t began = clock_mono_us();

	(void)yr_scanner_scan_mem(y->scanner, (const uint8_t *)content.p, content.n);
	return clock_mono_us() - began;
}

void
yara_clock(struct yara *y, struct str content)
{
	YR_RULE *rule;
	struct yara_rule *r;
	int64_t none, one;

	if (y->scans % SAMPLE_EVERY != 0 || y->n_rules < 2 || content.n > SAMPLE_BYTES)
		return;
	if (y->scans == SAMPLE_EVERY)
		y->next_sample = (size_t)getpid() * 2654435761u % y->n_rules;
	rule = y->rules->rules_table + y->next_sample;
	r = &y->rule[y->next_sample];
	y->next_sample = (y->next_sample + 1) % y->n_rules;
	y->silent = true;
	for (size_t i = 0; i < y->n_rules; i++)
		yr_rule_disable(y->rules->rules_table + i);
	none = timed(y, content);
	yr_rule_enable(rule);
	one = timed(y, content);
	for (size_t i = 0; i < y->n_rules; i++)
		yr_rule_enable(y->rules->rules_table + i);
	y->silent = false;
	r->cost_us += one - none;
	r->samples++;
}
