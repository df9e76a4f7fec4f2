/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "store/records.h"

static const char *const backends[] = { [RECORDS_SQLITE] = "sqlite", NULL };

static const struct opt opts[] = {
	{ .name = "backend", .type = OPT_ENUM, .offset = offsetof(struct records_conf, backend), .words = backends,
	  .def = "sqlite", .restart = true,
	  .help = "Where the records of messages are: sqlite has them in files below state_dir/ledger, one for each week." },
	{ .name = "deadline_ms", .type = OPT_MSEC, .offset = offsetof(struct records_conf, deadline_ms), .def = "5s",
	  .min = 100, .max = 60000, .restart = true,
	  .help = "How long a message waits until its record is stored. After that it is written to state_dir/ledger/spill.jsonl, from where it is taken over when the store is well again." },
	OPT_END
};

const struct opt_table records_table = {
	.prefix = "records.",
	.title = "Records",
	.size = sizeof(struct records_conf),
	.opts = opts,
};
