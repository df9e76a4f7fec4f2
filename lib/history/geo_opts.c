/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "history/geo.h"

#define FIELD(f) offsetof(struct geo_conf, f)

static const struct opt opts[] = {
	{ .name = "asn_database", .type = OPT_PATH, .offset = FIELD(asn_database), .def = "", .max = 4000,
	  .help = "MaxMind DB file that tells the autonomous system of an address, such as GeoLite2-ASN.mmdb; empty: not known. The same file may be named twice." },
	{ .name = "country_database", .type = OPT_PATH, .offset = FIELD(country_database), .def = "", .max = 4000,
	  .help = "MaxMind DB file that tells the country of an address, such as GeoLite2-Country.mmdb; empty: not known." },
	{ .name = "check_ms", .type = OPT_MSEC, .offset = FIELD(check_ms), .def = "1m", .min = 0, .max = 86400000,
	  .help = "How often the files are looked at for changes; 0: only at reload. A broken file is not taken, the one before goes on serving." },
	OPT_END
};

const struct opt_table geo_table = {
	.prefix = "geo.",
	.title = "Autonomous systems and countries",
	.size = sizeof(struct geo_conf),
	.opts = opts,
};
