/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* What ClamAV's signatures matched. Names that start with PUA. or Heuristics. say less
 * than a signature of one piece of malware, and count less. */
#include "check/check.h"

enum { VIRUS, PHISHING, HEURISTIC, UNWANTED };

static const struct finding_def found[] = {
	[VIRUS] = { "CLAMAV", CLASS_MALWARE, 1000, false, "A ClamAV signature matched." },
	[PHISHING] = { "CLAMAV_PHISHING", CLASS_PHISHING, 100, false,
	    "A ClamAV signature or heuristic for phishing matched." },
	[HEURISTIC] = { "CLAMAV_HEURISTIC", CLASS_CONTENT, 60, false, "A ClamAV heuristic matched." },
	[UNWANTED] = { "CLAMAV_UNWANTED", CLASS_CONTENT, 60, false,
	    "A ClamAV signature for possibly unwanted software matched." },
	{ .name = NULL }
};

/* ClamAV's own naming scheme: https://docs.clamav.net/manual/Signatures/SignatureNames.html */
static const struct finding_def *
row_for(struct str name)
{
	if (str_starts_nocase(name, STR("Heuristics.Phishing")) || str_find_nocase(name, STR("Phishing")) != STR_NPOS)
		return &found[PHISHING];
	if (str_starts_nocase(name, STR("Heuristics.")))
		return &found[HEURISTIC];
	if (str_starts_nocase(name, STR("PUA.")))
		return &found[UNWANTED];
	return &found[VIRUS];
}

static enum rc
run(const struct scan *scan, const void *conf, struct report *out)
{
	const struct engine_hit *hits = scan->hits.items;

	(void)conf;
	for (size_t i = 0; i < scan->hits.n; i++)
		if (hits[i].engine == HIT_CLAMAV)
			report_add(out, row_for(hits[i].name), hits[i].part, "%.*s",
			    STR_ARG(str_upto(hits[i].name, REPORT_EVIDENCE)));
	return RC_OK;
}

const struct check check_clamav = {
	.name = "clamav",
	.title = "Signatures of ClamAV",
	.source = "ClamAV documentation, signature names",
	.phase = PHASE_MESSAGE,
	.place = PLACE_WORKER,
	.found = found,
	.run = run,
};
