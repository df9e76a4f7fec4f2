/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "worker/workers.h"

#define MB (1024LL * 1024)

static const struct opt opts[] = {
	{ .name = "count", .type = OPT_INT, .offset = offsetof(struct worker_conf, count), .def = "0", .min = 0, .max = 512,
	  .help = "Workers that scan at the same time; 0 is one for each processor." },
	{ .name = "recycle", .type = OPT_INT, .offset = offsetof(struct worker_conf, recycle), .def = "1000",
	  .min = 1, .max = 1000000, .help = "Messages after which a worker is replaced by a fresh one." },
	{ .name = "queue_max", .type = OPT_INT, .offset = offsetof(struct worker_conf, queue_max), .def = "200",
	  .min = 1, .max = 100000,
	  .help = "Messages that may wait for a worker. Further ones get the policy line on_fail at once." },
	{ .name = "memory_max", .type = OPT_SIZE, .offset = offsetof(struct worker_conf, memory_max), .def = "1G",
	  .min = 64 * MB, .max = 64 * 1024 * MB,
	  .help = "Memory that one worker may take in addition to the shared engines." },
	{ .name = "tmp_dir", .type = OPT_PATH, .offset = offsetof(struct worker_conf, tmp_dir), .def = "/tmp",
	  .help = "Folder in which each worker gets a temporary folder of its own." },
	{ .name = "tmp_max", .type = OPT_SIZE, .offset = offsetof(struct worker_conf, tmp_max), .def = "512M",
	  .min = 1 * MB, .max = 64 * 1024 * MB, .help = "Size of one temporary file of a worker." },
	{ .name = "load_ms", .type = OPT_MSEC, .offset = offsetof(struct worker_conf, load_ms), .def = "3m",
	  .min = 1000, .max = 3600000, .help = "Time for loading signatures and rules and for passing the canary." },
	{ .name = "low_memory_reload", .type = OPT_BOOL, .offset = offsetof(struct worker_conf, low_memory_reload),
	  .def = "no",
	  .help = "Unload the old signatures before the new ones are loaded. Messages wait meanwhile. For machines that cannot hold both." },
	{ .name = "namespaces", .type = OPT_BOOL, .offset = offsetof(struct worker_conf, namespaces), .def = "yes",
	  .help = "Put workers into namespaces of their own where the kernel allows it." },
	OPT_END
};

const struct opt_table worker_table = {
	.prefix = "worker.",
	.title = "Workers",
	.size = sizeof(struct worker_conf),
	.opts = opts,
};
