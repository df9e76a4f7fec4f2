/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "store/ledger_opts.h"

#define DAY (24 * 3600 * 1000LL)

static const char *const texts[] = {
	[LEDGER_PLAIN] = "plain", [LEDGER_HASHED] = "hashed", [LEDGER_OMITTED] = "none", NULL
};
static const char *const addresses[] = { [LEDGER_PLAIN] = "plain", [LEDGER_HASHED] = "hashed", NULL };
static const char *const fails[] = { [LEDGER_TEMPFAIL] = "tempfail", [LEDGER_ACCEPT] = "accept", NULL };

static const struct opt opts[] = {
	{ .name = "enable", .type = OPT_BOOL, .offset = offsetof(struct ledger_conf, enable), .def = "yes", .restart = true,
	  .help = "Remember every message: who sent it to whom, what it carried, what was found and done, and what happened since. Without it there is no quarantine but the mail server's." },
	{ .name = "keep", .type = OPT_MSEC, .offset = offsetof(struct ledger_conf, keep_ms), .def = "90d", .min = 7 * DAY,
	  .max = 3650 * DAY,
	  .help = "How long, in whole weeks. No quarantine may keep mail longer." },
	{ .name = "subject", .type = OPT_ENUM, .offset = offsetof(struct ledger_conf, subject), .words = texts,
	  .def = "plain",
	  .help = "How subjects are remembered: plain; hashed, so that a subject can be looked for and not be read; or none." },
	{ .name = "addresses", .type = OPT_ENUM, .offset = offsetof(struct ledger_conf, addresses), .words = addresses,
	  .def = "plain",
	  .help = "How addresses are remembered: plain; or hashed, so that they can be looked for and not be read, but for their domains. Mail in the quarantine has its recipients as they are: it is for them." },
	{ .name = "on_fail", .type = OPT_ENUM, .offset = offsetof(struct ledger_conf, on_fail), .words = fails,
	  .def = "tempfail",
	  .help = "What happens to mail for delivery that can be recorded nowhere, as disks are full: tempfail has it sent again, accept delivers it. What would be quarantined is always answered 4xx." },
	OPT_END
};

const struct opt_table ledger_table = {
	.prefix = "ledger.",
	.title = "Ledger",
	.size = sizeof(struct ledger_conf),
	.opts = opts,
};
