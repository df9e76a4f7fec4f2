/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* The same rows four times, with the values that Cisco's guide suggests as defaults. */
#include "base/ascii.h"
#include "policy/flow.h"

enum { MB = 1024 * 1024, MANY = 1000000000, TEXT_MAX = 200 };

static const char *const checks[] = {
	[FLOW_CHECKS_ALL] = "all", [FLOW_CHECKS_MALWARE] = "malware", NULL
};

/* It goes into an SMTP reply: RFC 5321 4.2, textstring. */
static enum rc
parse_reply(struct pool *pool, struct str value, void *field, struct buf *why)
{
	(void)pool;
	for (size_t i = 0; i < value.n; i++) {
		if (ascii_is_print((unsigned char)value.p[i]))
			continue;
		buf_adds(why, "must be ASCII: it becomes a part of an SMTP reply");
		return RC_BAD;
	}
	if (value.n > TEXT_MAX) {
		buf_printf(why, "is longer than %d bytes", TEXT_MAX);
		return RC_BAD;
	}
	*(struct str *)field = value;
	return RC_OK;
}

#define AT(flow, field) offsetof(struct flow_conf, policy[flow].field)
#define NUMBER(flow, word, key, field, dflt, text) \
	{ .name = word "." key, .type = OPT_INT, .offset = AT(flow, field), .def = dflt, .min = 0, .max = MANY, \
	  .help = text " 0: no limit." }
#define BITS(flow, word, key, field, most, dflt, text) \
	{ .name = word "." key, .type = OPT_INT, .offset = AT(flow, field), .def = dflt, .min = 1, .max = most, \
	  .help = text }
#define POLICY(flow, word, connections_, messages_, recipients_, hour_, size_, checks_) \
	NUMBER(flow, word, "connections_max", connections, connections_, \
	    "Connections of one client at the same time (one IPv4 address, or one IPv6 /64)."), \
	NUMBER(flow, word, "messages_max", messages, messages_, "Messages over one connection."), \
	NUMBER(flow, word, "recipients_max", recipients, recipients_, "Recipients of one message."), \
	NUMBER(flow, word, "recipients_per_hour", recipients_hour, hour_, "Recipients in an hour from one client."), \
	NUMBER(flow, word, "sender_recipients_per_hour", sender_hour, "0", \
	    "Recipients in an hour of one envelope sender."), \
	BITS(flow, word, "ipv4_prefix", bits4, 32, "32", \
	    "For recipients_per_hour, clients with so many leading bits of their address in common are one."), \
	BITS(flow, word, "ipv6_prefix", bits6, 128, "64", "The same for IPv6."), \
	{ .name = word ".message_max", .type = OPT_SIZE, .offset = AT(flow, size), .def = size_, .min = 0, \
	  .max = 2048LL * MB, .help = "Size of one message. 0: no limit." }, \
	{ .name = word ".require_auth", .type = OPT_BOOL, .offset = AT(flow, auth), .def = "no", \
	  .help = "Only who has logged in may send." }, \
	{ .name = word ".require_tls", .type = OPT_BOOL, .offset = AT(flow, tls), .def = "no", \
	  .help = "Only encrypted connections may send." }, \
	{ .name = word ".checks", .type = OPT_ENUM, .offset = AT(flow, checks), .def = checks_, .words = checks, \
	  .help = "With malware the classes reputation, spam and bulk are recorded, but decide nothing." }, \
	{ .name = word ".text", .type = OPT_TEXT, .offset = AT(flow, text), .def = "", .parse = parse_reply, \
	  .help = "Added to the answer when a client is turned away by this policy: whom to ask, for example." }

static const struct opt opts[] = {
	POLICY(FLOW_BLOCKED, "blocked", "0", "0", "0", "0", "0", "all"),
	POLICY(FLOW_THROTTLED, "throttled", "10", "10", "20", "20", "1M", "all"),
	POLICY(FLOW_ACCEPTED, "accepted", "1000", "1000", "1000", "0", "100M", "all"),
	POLICY(FLOW_TRUSTED, "trusted", "1000", "1000", "1000", "0", "100M", "malware"),
	OPT_END
};

const struct opt_table flow_table = {
	.prefix = "flow.",
	.title = "Flow policies",
	.size = sizeof(struct flow_conf),
	.opts = opts,
};
