/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* dns_fixture.h - a resolver whose only server is a zone in this process
 *
 * Input    zone text, see test/net/zone.h
 * Units    milliseconds
 * Limits   none: test data
 * Memory   dns_fixture_close frees everything
 * Errors   "Bail out!" ends the test: without resolver there is nothing to test
 * Threads  one of the zone, one of the resolver
 * Source   none
 */
#ifndef TEST_NET_DNS_FIXTURE_H
#define TEST_NET_DNS_FIXTURE_H

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "net/dns.h"
#include "net/zone.h"

struct dns_fixture {
	struct zone *zone;
	struct dns *dns;
	struct str server;
	char forward[32];
};

static inline void
dns_fixture_open(struct dns_fixture *f, const char *zone_text)
{
	struct dns_conf conf = { .enable = true, .phase_ms = 5000, .message_ms = 5000, .inflight_max = 2000,
	    .cache_size = 4 * 1024 * 1024, .ttl_max = 3600000 };
	struct buf why;

	buf_init(&why, 65536);
	if (zone_new(zone_text, 0, &f->zone, &why) != RC_OK) {
		printf("Bail out! zone: %s\n", buf_cstr(&why));
		exit(1);
	}
	zone_forward(f->zone, f->forward);
	f->server = str_of(f->forward);
	conf.forward = (struct opt_list){ &f->server, 1 };
	if (dns_new(&conf, (struct log_ctx){ .id = "-" }, &f->dns, &why) != RC_OK) {
		printf("Bail out! resolver: %s\n", buf_cstr(&why));
		exit(1);
	}
	buf_clear(&why);
}

static inline void
dns_fixture_close(struct dns_fixture *f)
{
	dns_free(&f->dns);
	zone_free(&f->zone);
}

#endif
