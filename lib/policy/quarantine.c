/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "policy/quarantine.h"

#define DAY (24 * 3600 * 1000LL)

static const char *const where_words[] = { [QUARANTINE_STORE] = "store", [QUARANTINE_MTA] = "mta", NULL };
static const char *const original_words[] = {
	[ORIGINALS_NO] = "no", [ORIGINALS_STRIP] = "strip", [ORIGINALS_CHANGED] = "changed", NULL
};
static const char *const user_words[] = {
	[USERS_NONE] = "none", [USERS_VIEW] = "view", [USERS_RELEASE] = "release", NULL
};

static const struct opt opts[] = {
	{ .name = "where", .type = OPT_ENUM, .offset = offsetof(struct quarantine_conf, where), .words = where_words,
	  .def = "store",
	  .help = "Where mail is kept that policy quarantines or holds: store has it in the quarantine of sekimori, mta in the hold queue of the mail server." },
	{ .name = "originals", .type = OPT_ENUM, .offset = offsetof(struct quarantine_conf, originals),
	  .words = original_words, .def = "strip",
	  .help = "Whose original is kept although its recipients got a changed copy: strip keeps that of mail that parts were taken out of, changed also that of mail whose links were changed." },
#define QUARANTINE(id, word, dflt_keep, dflt_users, text) \
	{ .name = word ".keep", .type = OPT_MSEC, \
	  .offset = offsetof(struct quarantine_conf, kind[QUARANTINE_##id].keep_ms), \
	  .def = dflt_keep, .min = 60000, .max = 3650 * DAY, \
	  .help = "How long mail stays in the quarantine " word ". " text }, \
	{ .name = word ".users", .type = OPT_ENUM, \
	  .offset = offsetof(struct quarantine_conf, kind[QUARANTINE_##id].users), .words = user_words, .def = dflt_users, \
	  .help = "What people may do with their own mail in the quarantine " word ": nothing, see it, or release it." },
#include "store/quarantine_kind.list"
#undef QUARANTINE
	OPT_END
};

const struct opt_table quarantine_table = {
	.prefix = "quarantine.",
	.title = "Quarantine",
	.size = sizeof(struct quarantine_conf),
	.opts = opts,
};

bool
quarantine_holds(const struct outcome *o)
{
	return o->act.intercept == INTERCEPT_QUARANTINE || o->act.intercept == INTERCEPT_HOLD;
}

enum quarantine_kind
quarantine_of(const struct outcome *o)
{
	if (o->act.intercept == INTERCEPT_HOLD)
		return QUARANTINE_HOLD;
	if (!o->decided)
		return QUARANTINE_CONTENT;
	switch (o->verdict) {
	case CLASS_MALWARE:
		return QUARANTINE_VIRUS;
	case CLASS_SPAM:
	case CLASS_BULK:
		return QUARANTINE_SPAM;
	case CLASS_CONTENT:
		return QUARANTINE_CONTENT;
	case CLASS_PHISHING:
	case CLASS_BEC:
	case CLASS_CAMPAIGN:
	case CLASS_BLOCKED:
	case CLASS_RECIPIENT:
	case CLASS_FLOW:
	case CLASS_AUTH:
	case CLASS_REPUTATION:
	case CLASS_INFO:
	case CLASS_N:
		return QUARANTINE_POLICY;
	}
	return QUARANTINE_POLICY;
}
