/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* zone_server FILE [PORT]: the DNS server of test/net/zone.h for shell tests. Prints the port once
 * it serves; SIGHUP reads the file again, SIGUSR1 makes it deaf, SIGUSR2 lets it answer again;
 * at the end it prints how many questions it got. */
#include "net/zone.h"

#include <signal.h>
#include <stdio.h>

#include "base/fdio.h"

enum { ZONE_TEXT = 4 * 1024 * 1024 };

static bool
read_zone(const char *path, struct buf *text)
{
	buf_reset(text);
	if (fdio_read_file(path, text) == RC_OK)
		return true;
	fprintf(stderr, "zone_server: cannot read %s\n", path);
	return false;
}

static void
serve(struct zone *z, const char *path, const sigset_t *set, struct buf *text, struct buf *why)
{
	int sig;

	while (sigwait(set, &sig) == 0 && sig != SIGTERM && sig != SIGINT) {
		if (sig != SIGHUP) {
			zone_mute(z, sig == SIGUSR1);
			continue;
		}
		buf_reset(why);
		if (read_zone(path, text) && zone_load(z, buf_cstr(text), why) != RC_OK)
			fprintf(stderr, "zone_server: %s", buf_cstr(why));
	}
}

int
main(int argc, char **argv)
{
	struct zone *z = NULL;
	struct buf text, why;
	uint64_t port = 0;
	sigset_t set;
	bool good;

	if (argc < 2 || (argc > 2 && (!str_to_u64(str_of(argv[2]), &port) || port > 65535))) {
		fprintf(stderr, "usage: zone_server FILE [PORT]\n");
		return 64;
	}
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGUSR2);
	sigprocmask(SIG_BLOCK, &set, NULL);
	buf_init(&text, ZONE_TEXT);
	buf_init(&why, 65536);
	good = read_zone(argv[1], &text) && zone_new(buf_cstr(&text), (uint16_t)port, &z, &why) == RC_OK;
	if (good) {
		printf("%u\n", zone_port(z));
		fflush(stdout);
		serve(z, argv[1], &set, &text, &why);
		printf("%u questions\n", zone_asked(z, NULL, NULL));
		zone_free(&z);
	} else {
		fprintf(stderr, "zone_server: %s", buf_cstr(&why));
	}
	buf_clear(&text);
	buf_clear(&why);
	return good ? 0 : 65;
}
