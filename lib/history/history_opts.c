/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "history/history.h"

#define FIELD(f) offsetof(struct history_conf, f)
#define DAY (24 * 3600 * 1000LL)

static const struct opt opts[] = {
	{ .name = "enable", .type = OPT_BOOL, .offset = FIELD(enable), .def = "yes",
	  .help = "Learn from the outcome of each message, and judge clients and senders by it. What the operator has set with sekimorictl reputation holds in either case." },
	{ .name = "half_life_ms", .type = OPT_MSEC, .offset = FIELD(half_life_ms), .def = "7d",
	  .min = 3600000, .max = 366 * DAY,
	  .help = "After this time without mail half of what was seen has been forgotten; after ten times as long, all. A client that sends bad mail no more has its way back within three to four of these." },
	{ .name = "min_messages", .type = OPT_INT, .offset = FIELD(min_messages), .def = "5", .min = 1, .max = 100000,
	  .help = "Evidence that is needed for a reputation: messages, a bad one as often as its class weighs. Below that, the band is unknown." },
	{ .name = "bad", .type = OPT_SCORE, .offset = FIELD(bad), .def = "-3", .min = -100, .max = 100,
	  .help = "Reputations from -10 up to this one are in the band bad: about half of the mail, or more, is." },
	{ .name = "suspect", .type = OPT_SCORE, .offset = FIELD(suspect), .def = "-1", .min = -100, .max = 100,
	  .help = "Reputations above bad, up to this one, are in the band suspect: more than a quarter of the mail is bad." },
	{ .name = "good", .type = OPT_SCORE, .offset = FIELD(good), .def = "4", .min = -100, .max = 100,
	  .help = "Reputations from this one on are in the band good; those below, above suspect, in the band neutral." },
	{ .name = "contact_ms", .type = OPT_MSEC, .offset = FIELD(contact_ms), .def = "90d",
	  .min = 3600000, .max = 10 * 366 * DAY,
	  .help = "How long it is remembered after the last message that a sender wrote to a domain of ours." },
	OPT_END
};

static enum rc
check(const void *values, struct buf *why)
{
	const struct history_conf *c = values;

	if (c->bad < c->suspect && c->suspect < c->good)
		return RC_OK;
	buf_adds(why, "bad must be below suspect, and suspect below good");
	return RC_BAD;
}

const struct opt_table history_table = {
	.prefix = "reputation.",
	.title = "Reputation by own history",
	.size = sizeof(struct history_conf),
	.opts = opts,
	.check = check,
};
