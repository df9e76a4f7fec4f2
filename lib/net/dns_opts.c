/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include <arpa/inet.h>

#include "net/dns_in.h"

#define AT(field) .offset = offsetof(struct dns_conf, field)
#define KB 1024LL
#define MB (1024 * KB)

static const struct opt opts[] = {
	{ .name = "enable", .type = OPT_BOOL, AT(enable), .def = "yes", .restart = true,
	  .help = "Ask DNS. Without it nothing is known about addresses and domains: no DNS lists, no SPF, no DKIM, no DMARC." },
	{ .name = "forward", .type = OPT_LIST, AT(forward), .def = "", .restart = true,
	  .value_help = "addresses, each with @port or without",
	  .help = "Name servers that are asked. A resolver of your own on this machine is best: DNS lists refuse the large public resolvers." },
	{ .name = "resolv_conf", .type = OPT_BOOL, AT(resolv_conf), .def = "yes", .restart = true,
	  .help = "Without dns.forward, ask the name servers of /etc/resolv.conf. With no, the root servers and those below them are asked directly, which needs port 53 outwards." },
	{ .name = "phase_ms", .type = OPT_MSEC, AT(phase_ms), .def = "5s", .min = 50, .max = 60000,
	  .help = "How long one SMTP phase waits for all of its answers together. While nothing was answered for so long, half a second." },
	{ .name = "message_ms", .type = OPT_MSEC, AT(message_ms), .def = "8s", .min = 50, .max = 120000,
	  .help = "How long a message waits for the keys of its signatures, counted from its header on, and then for all answers about what is in it together." },
	{ .name = "inflight_max", .type = OPT_INT, AT(inflight_max), .def = "20000",
	  .min = 10, .max = 1000000, .restart = true,
	  .help = "Questions at once; those beyond fail like ones the server refused." },
	{ .name = "cache_size", .type = OPT_SIZE, AT(cache_size), .def = "32M",
	  .min = 256 * KB, .max = 4096 * MB, .restart = true,
	  .help = "Memory for answers that are kept." },
	{ .name = "ttl_min", .type = OPT_MSEC, AT(ttl_min), .def = "0", .min = 0, .max = 3600000, .restart = true,
	  .help = "Keep answers at least this long. Answers of DNS lists that are kept too long miss what is new." },
	{ .name = "ttl_max", .type = OPT_MSEC, AT(ttl_max), .def = "1h", .min = 1000, .max = 7 * 86400000LL, .restart = true,
	  .help = "Keep answers no longer than this." },
	OPT_END
};

/* An address, perhaps with @port. */
static bool
good_server(struct str s)
{
	size_t at = str_chr(s, '@');
	struct str addr = str_upto(s, at);
	unsigned char bytes[16];
	char text[INET6_ADDRSTRLEN];
	uint64_t port = 53;

	if (addr.n == 0 || addr.n >= sizeof(text))
		return false;
	memcpy(text, addr.p, addr.n);
	text[addr.n] = '\0';
	if (at != STR_NPOS && !str_to_u64(str_from(s, at + 1), &port))
		return false;
	return port > 0 && port < 65536 &&
	    (inet_pton(AF_INET, text, bytes) == 1 || inet_pton(AF_INET6, text, bytes) == 1);
}

static enum rc
check(const void *values, struct buf *why)
{
	const struct dns_conf *conf = values;
	bool bad = false;

	for (size_t i = 0; i < conf->forward.n; i++) {
		if (good_server(conf->forward.item[i]))
			continue;
		buf_printf(why, "%sdns.forward: '%.*s' is no address such as 192.0.2.53 or 192.0.2.53@5353",
		    bad ? "; " : "", STR_ARG(str_upto(conf->forward.item[i], 80)));
		bad = true;
	}
	if (conf->ttl_min > conf->ttl_max) {
		buf_printf(why, "%sdns.ttl_min is above dns.ttl_max", bad ? "; " : "");
		bad = true;
	}
	return bad ? RC_BAD : RC_OK;
}

const struct opt_table dns_table = {
	.prefix = "dns.",
	.title = "DNS",
	.size = sizeof(struct dns_conf),
	.opts = opts,
	.check = check,
};
