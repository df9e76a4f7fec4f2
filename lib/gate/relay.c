/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "gate/relay.h"

const struct report_hop *
relay_origin(const struct networks *relays, const struct report *r)
{
	const struct report_hop *hops = r->hops.items;

	for (size_t i = 0; i < r->hops.n; i++) {
		struct ip ip;

		if (hops[i].local)
			return NULL;	/* a user of the relay: what is below is that user's */
		if (!hops[i].from)
			continue;	/* handed on within the relay */
		if (!ip_parse(hops[i].addr, &ip))
			return NULL;
		if (!networks_have(relays, &ip))
			return &hops[i];
	}
	return NULL;
}

struct session
relay_session(const struct session *s, const struct report_hop *hop)
{
	struct session own = *s;

	own.client_addr = hop ? hop->addr : STR_NONE;
	own.client_name = hop ? hop->name : STR_NONE;
	own.helo = hop ? hop->helo : STR_NONE;
	own.tls_version = hop && hop->tls ? STR("TLS") : STR_NONE;
	own.relay_told = hop && hop->told;
	own.relay_login = hop && hop->login;
	own.client_port = 0;
	own.connections = own.messages = 0;
	return own;
}
