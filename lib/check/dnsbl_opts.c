/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "check/dnsbl.h"

#define AT(field) .offset = offsetof(struct dnsbl_conf, field)

static const struct opt opts[] = {
	{ .name = "files", .type = OPT_LIST, AT(files), .def = "$rules_dir/lists/dns_lists.conf", .value_help = "files",
	  .help = "Tables of DNS lists; the first one explains their keys. A list that is in several is taken from the last, so a file of your own can add lists and change those that are shipped." },
	{ .name = "enable", .type = OPT_LIST, AT(enable), .def = "", .value_help = "names of lists",
	  .help = "Lists to ask beyond those that their table has enabled. Most lists are shipped disabled, as their terms limit who may ask or want you to register: read them first." },
	{ .name = "disable", .type = OPT_LIST, AT(disable), .def = "", .value_help = "names of lists",
	  .help = "Lists not to ask, whatever their table says." },
	{ .name = "keys", .type = OPT_LIST, AT(keys), .def = "", .value_help = "LIST=KEY",
	  .help = "Keys that you got from the operators of lists. The list is then asked in the zone made for it. Let only sekimorid and the administrators read the file that has them." },
	{ .name = "block_ms", .type = OPT_MSEC, AT(block_ms), .def = "300s", .min = 1000, .max = 86400000,
	  .help = "How long a list is left alone after it has answered that it blocks this resolver or that its limit is reached." },
	OPT_END
};

const struct opt_table dnsbl_table = {
	.prefix = "dnsbl.",
	.title = "DNS lists",
	.size = sizeof(struct dnsbl_conf),
	.opts = opts,
};
