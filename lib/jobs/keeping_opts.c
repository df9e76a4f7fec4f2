/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "jobs/keeping.h"

#include "store/record.h"

#define TIB (1024LL * 1024 * 1024 * 1024)
#define AT(conf, field) .offset = offsetof(struct conf, field)

static const struct opt holds[] = {
	{ .name = "interval", .type = OPT_MSEC, AT(holds_conf, interval_ms), .def = "30s", .min = 500, .max = 86400000,
	  .help = "How often the job `holds' looks for mail whose hold is over, and for releases that nobody is at any more." },
	{ .name = "deadline", .type = OPT_MSEC, AT(holds_conf, deadline_ms), .def = "10m", .min = 1000, .max = 86400000,
	  .help = "How long that may take in all; the job is killed then, and goes on at its next time." },
	{ .name = "retry", .type = OPT_MSEC, AT(holds_conf, retry_ms), .def = "5m", .min = 500, .max = 86400000,
	  .help = "How long mail stays held that the mail server did not take at the end of its hold." },
	OPT_END
};

const struct opt_table holds_table = {
	.prefix = "holds.",
	.title = "Ends of holds",
	.size = sizeof(struct holds_conf),
	.opts = holds,
};

static enum rc
check_purge(const void *values, struct buf *why)
{
	const struct purge_conf *c = values;
	enum quarantine_kind kind;

	for (size_t i = 0; i < c->quota_kinds.n; i++)
		if (!quarantine_parse(c->quota_kinds.item[i], &kind) || kind == QUARANTINE_HOLD) {
			buf_printf(why, "purge.quota_kinds: `%.*s' is no quarantine that may be emptied",
			    STR_ARG(c->quota_kinds.item[i]));
			return RC_BAD;
		}
	return RC_OK;
}

static const struct opt purge[] = {
	{ .name = "interval", .type = OPT_MSEC, AT(purge_conf, interval_ms), .def = "15m", .min = 500, .max = 86400000,
	  .help = "How often the job `purge' deletes what has been kept long enough: mail in the quarantine (quarantine.*.keep), records (ledger.keep), and messages that no record names." },
	{ .name = "deadline", .type = OPT_MSEC, AT(purge_conf, deadline_ms), .def = "30m", .min = 1000, .max = 86400000,
	  .help = "How long that may take; the job is killed then, and goes on at its next time." },
	{ .name = "quota", .type = OPT_SIZE, AT(purge_conf, quota), .def = "0", .min = 0, .max = 1024 * TIB,
	  .help = "When the messages of the quarantine take more than so many bytes of disk, the oldest of purge.quota_kinds are deleted before their time. 0: none. Set it below bodies.max_bytes." },
	{ .name = "quota_kinds", .type = OPT_LIST, AT(purge_conf, quota_kinds), .def = "spam",
	  .help = "Quarantines whose oldest mail may be deleted for that: policy, virus, spam, content." },
	OPT_END
};

const struct opt_table purge_table = {
	.prefix = "purge.",
	.title = "Purging",
	.size = sizeof(struct purge_conf),
	.opts = purge,
	.check = check_purge,
};
