/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "net/http.h"

#define AT(field) .offset = offsetof(struct http_conf, field)

static const struct opt opts[] = {
	{ .name = "allow_private", .type = OPT_BOOL, AT(allow_private), .def = "no",
	  .help = "Also connect to loopback, private and reserved addresses. Whoever answers for the name of a server outside could otherwise make sekimorid ask servers inside; needed for servers of your own network." },
	{ .name = "proxy", .type = OPT_TEXT, AT(proxy), .def = "", .value_help = "URL",
	  .help = "A proxy for all of it, such as http://proxy.example.com:3128. It sees to it which addresses may be reached then. Nothing is taken from the environment." },
	{ .name = "ca_file", .type = OPT_PATH, AT(ca_file), .def = "",
	  .help = "Certificates of the authorities that are believed; empty: those of the system." },
	{ .name = "connect_ms", .type = OPT_MSEC, AT(connect_ms), .def = "10s", .min = 100, .max = 300000,
	  .help = "How long a connection may take to come about." },
	{ .name = "total_ms", .type = OPT_MSEC, AT(total_ms), .def = "2m", .min = 100, .max = 3600000,
	  .help = "How long one answer may take in all." },
	OPT_END
};

const struct opt_table http_table = {
	.prefix = "http.",
	.title = "HTTP",
	.size = sizeof(struct http_conf),
	.opts = opts,
};
