/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "worker/workers.h"

enum { MB = 1024 * 1024 };
#define GB (1024LL * MB)
#define FIELD(f) .offset = offsetof(struct worker_conf, f)

static const struct opt opts[] = {
	{ .name = "count", .type = OPT_INT, FIELD(count), .def = "0", .min = 0, .max = 1024,
	  .help = "Messages that are scanned at the same time. 0: one for each processor core." },
	{ .name = "recycle", .type = OPT_INT, FIELD(recycle), .def = "1000", .min = 1, .max = 1000000,
	  .help = "Messages after which a worker is replaced by a fresh one." },
	{ .name = "queue_max", .type = OPT_INT, FIELD(queue_max), .def = "1000", .min = 0, .max = 100000,
	  .help = "Messages that may wait for a worker. Beyond it messages get the failure policy at once." },
	{ .name = "memory_max", .type = OPT_SIZE, FIELD(memory_max), .def = "1G", .min = 64 * MB, .max = 64 * GB,
	  .help = "Address space that one worker may use besides the engines." },
	{ .name = "tmp_dir", .type = OPT_PATH, FIELD(tmp_dir), .def = "",
	  .help = "Folder in which each worker gets a private temporary folder. Empty: /tmp." },
	{ .name = "tmp_max", .type = OPT_SIZE, FIELD(tmp_max), .def = "512M", .min = 1 * MB, .max = 64 * GB,
	  .help = "Bytes that one worker may write there. With worker.namespaces they are memory, and this "
	      "is their sum; without, it is the largest single file." },
	{ .name = "load_ms", .type = OPT_MSEC, FIELD(load_ms), .def = "3m", .min = 1000, .max = 3600000,
	  .help = "Time in which the engines must load and prove themselves." },
	{ .name = "low_memory_reload", .type = OPT_BOOL, FIELD(low_memory_reload), .def = "no",
	  .help = "Stop the old engines before new ones load: for machines that cannot hold both. Messages "
	      "wait meanwhile, at most half of limit.scan_ms, and then get the policy line on_fail; when the new "
	      "engines do not load, they get it at once until some do." },
	{ .name = "namespaces", .type = OPT_BOOL, FIELD(namespaces), .def = "yes",
	  .help = "Also give each worker its own empty file system, network, IPC and user namespace where the "
	      "kernel allows it." },
	OPT_END
};

const struct opt_table worker_table = {
	.prefix = "worker.",
	.title = "Workers",
	.size = sizeof(struct worker_conf),
	.opts = opts,
};
