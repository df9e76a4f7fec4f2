/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "store/bodies.h"

#define GIB (1024LL * 1024 * 1024)
#define TIB (1024 * GIB)

static const char *const backends[] = { [BODIES_FILES] = "files", NULL };

static const struct opt opts[] = {
	{ .name = "backend", .type = OPT_ENUM, .offset = offsetof(struct bodies_conf, backend), .words = backends,
	  .def = "files", .restart = true,
	  .help = "Where the messages of the quarantine are: files has them below state_dir/bodies." },
	{ .name = "level", .type = OPT_INT, .offset = offsetof(struct bodies_conf, level), .def = "3", .min = 1, .max = 19,
	  .restart = true, .help = "How hard zstd tries to make them small." },
	{ .name = "min_free", .type = OPT_SIZE, .offset = offsetof(struct bodies_conf, min_free), .def = "256M", .min = 0,
	  .max = 1024 * TIB, .restart = true,
	  .help = "So much of the disk stays free: a message that would be quarantined beyond that is answered 4xx." },
	{ .name = "max_bytes", .type = OPT_SIZE, .offset = offsetof(struct bodies_conf, max_bytes), .def = "0", .min = 0,
	  .max = 1024 * TIB, .restart = true,
	  .help = "Bytes of all messages together, compressed; beyond that the same answer is given. 0: no limit." },
	OPT_END
};

const struct opt_table bodies_table = {
	.prefix = "bodies.",
	.title = "Bodies",
	.size = sizeof(struct bodies_conf),
	.opts = opts,
};
