/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "scan/standing.h"

static const char *const bands[BAND_N] = {
	[BAND_UNKNOWN] = "unknown", [BAND_BAD] = "bad", [BAND_SUSPECT] = "suspect", [BAND_NEUTRAL] = "neutral",
	[BAND_GOOD] = "good",
};

static const char *const flows[FLOW_N] = {
	[FLOW_NONE] = "none", [FLOW_BLOCKED] = "blocked", [FLOW_THROTTLED] = "throttled",
	[FLOW_ACCEPTED] = "accepted", [FLOW_TRUSTED] = "trusted",
};

const char *
band_name(enum band b)
{
	return bands[b];
}

const char *
flow_name(enum flow f)
{
	return flows[f];
}
