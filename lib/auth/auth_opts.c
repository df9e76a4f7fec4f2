/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "auth/auth_opts.h"

#define AT(field) .offset = offsetof(struct auth_conf, field)

static const struct opt opts[] = {
	{ .name = "serv_id", .type = OPT_TEXT, AT(serv_id), .def = "", .min = 0, .max = 255, .value_help = "name",
	  .help = "The name (authserv-id) under which results are written. Empty: the MTA's own host name. All mail "
	      "servers of a site may share one name, such as its domain. Fields of incoming mail that claim this name "
	      "are forged and are removed." },
	{ .name = "results", .type = OPT_BOOL, AT(results), .def = "yes",
	  .help = "Write one Authentication-Results field at the top of every message that is delivered." },
	{ .name = "results_in_observe", .type = OPT_BOOL, AT(observe), .def = "no",
	  .help = "Write it, and remove forged ones, in observe mode too. It is the only change made there." },
	{ .name = "show_login", .type = OPT_BOOL, AT(show_login), .def = "no",
	  .help = "Write the login name of users who authenticate (smtp.auth) into the results, where all recipients "
	      "can read it." },
	{ .name = "milter_ids", .type = OPT_LIST, AT(milter_ids), .def = "", .value_help = "authserv-ids",
	  .help = "Names of milters that run before this one in the same mail server. The results they write are taken in "
	      "place of our own, whoever the client is: of SPF, DKIM and DMARC those that they state. Only the first such "
	      "field above all Received fields counts. Such a milter must itself remove fields of that name that come "
	      "from outside, and must never be left out: a client can write one at the same place." },
	{ .name = "trusted_ids", .type = OPT_LIST, AT(trusted_ids), .def = "", .value_help = "authserv-ids",
	  .help = "Names under which mail servers in auth.trusted_networks write results, which are taken in the same way "
	      "when such a server is the client. Under these names and those of auth.milter_ids, fields that cannot be "
	      "theirs by who the client is and where they stand are forged and are removed." },
	{ .name = "trusted_networks", .type = OPT_CUSTOM, AT(trusted_networks), .def = "", .parse = networks_parse,
	  .value_help = "networks",
	  .help = "Mail servers of your own that pass mail on to this one. Those of trusted_relays are among them; name "
	      "here only servers that are to be judged as clients themselves. What stands above their own Received "
	      "field, or below it but above the one before, may hold results of auth.trusted_ids." },
	{ .name = "trusted_arc_sealers", .type = OPT_LIST, AT(trusted_arc_sealers), .def = "", .value_help = "domains",
	  .help = "Forwarders and mailing lists that are believed: when they sealed a message last (ARC), the chain "
	      "passes, and they say that DMARC passed when it came to them, a failing DMARC policy is not applied." },
	OPT_END
};

const struct opt_table auth_table = {
	.prefix = "auth.",
	.title = "Sender proof",
	.size = sizeof(struct auth_conf),
	.opts = opts,
};

struct str
auth_serv_id(const struct auth_conf *conf, struct str mta_name)
{
	return conf->serv_id.n ? conf->serv_id : mta_name;
}

bool
auth_trusts_sealer(const struct auth_conf *conf, struct str domain)
{
	for (size_t i = 0; i < conf->trusted_arc_sealers.n; i++)
		if (domain.n && str_eq_nocase(domain, conf->trusted_arc_sealers.item[i]))
			return true;
	return false;
}
