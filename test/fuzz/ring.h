/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* ring.h - a ring of keys for one run of a fuzz target
 *
 * Input    which ring
 * Units    seconds since 1970 UTC
 * Limits   one ring in a program
 * Memory   lives as long as the program
 * Errors   ends the program
 * Threads  one
 * Source   none
 */
#ifndef FUZZ_RING_H
#define FUZZ_RING_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "click/keyring.h"

enum { FUZZ_NOW_S = 1770000000 };

static struct keyring *
fuzz_ring(enum keyring_use which)
{
	static const char *const names[KEYRING_USES] = {
		[KEYRING_CLICK] = "click", [KEYRING_PASS] = "pass", [KEYRING_LEDGER] = "ledger", [KEYRING_DIGEST] = "digest",
	};
	static struct keyring *r;
	static char dir[] = "/tmp/sekimori-fuzz.XXXXXX";
	char path[128];
	struct buf why;

	if (r)
		return r;
	buf_init(&why, 1024);
	if (!mkdtemp(dir) || keyring_ensure(keyring_of(str_of(dir), which), FUZZ_NOW_S, &r, &why) != RC_OK)
		abort();
	buf_clear(&why);
	if (snprintf(path, sizeof(path), "%s/keys/%s", dir, names[which]) > 0)
		unlink(path);		/* the keyring goes on with what it has */
	if (snprintf(path, sizeof(path), "%s/keys", dir) > 0)
		rmdir(path);
	rmdir(dir);
	return r;
}

#endif
