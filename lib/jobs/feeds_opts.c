/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "jobs/feeds.h"

#define AT(field) .offset = offsetof(struct feeds_conf, field)

static const struct opt opts[] = {
	{ .name = "file", .type = OPT_PATH, AT(file), .def = "",
	  .help = "The file that says which feeds there are; empty: none. Each feed begins with a line feed = NAME. Your own block and allow lists are feeds, too: files on this machine." },
	{ .name = "interval_ms", .type = OPT_MSEC, AT(interval_ms), .def = "60s", .min = 500, .max = 86400000,
	  .help = "How often the feeds are gone through; fetched are those whose refresh has come. Files on this machine are looked at each time." },
	{ .name = "deadline_ms", .type = OPT_MSEC, AT(deadline_ms), .def = "10m", .min = 1000, .max = 86400000,
	  .help = "How long that may take in all; the job is killed then, and what was fetched so far is kept." },
	{ .name = "max_entries", .type = OPT_INT, AT(max_entries), .def = "5000000", .min = 1000, .max = 50000000,
	  .help = "Entries of all feeds together. A feed that does not fit any more is left out, with an error in the log." },
	OPT_END
};

const struct opt_table feeds_table = {
	.prefix = "feeds.",
	.title = "Feeds",
	.size = sizeof(struct feeds_conf),
	.opts = opts,
};
