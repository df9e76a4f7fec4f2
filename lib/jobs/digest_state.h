/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* digest_state.h - which of their mail people were told of, and the digest that is on its way
 *
 * Input    STATE_DIR/digests/HASH and HASH.mail, of ours
 * Units    milliseconds since 1970 UTC
 * Limits   DIGEST_STATE_BYTES of a file
 * Memory   texts live in the pool
 * Errors   RC_NONE: there is none. RC_BAD: it is garbled. RC_TEMP: the system refuses
 * Threads  one job at a time
 * Source   a digest is written to the disk, with its pass, before it is sent, and what it told of is noted after
 *          that. Whoever is killed in between sends the same mail again: the gate lets a pass by once
 *          (gate/passes.h), so that a second one is refused and nobody gets it twice
 */
#ifndef JOBS_DIGEST_STATE_H
#define JOBS_DIGEST_STATE_H

#include "base/pool.h"
#include "base/rc.h"

enum { DIGEST_STATE_BYTES = 16 * 1024 * 1024, DIGEST_NAME = 4096 };

struct digest_state {
	struct str person;
	int64_t last_ms;		/* of the last digest */
	struct str told;		/* "\nID.N\nID.N\n": every entry begins and ends with a line feed; or empty */
};
/* A digest that is to be sent. */
struct digest_mail {
	struct str person;
	int64_t made_ms;
	struct str told;		/* as it will be when it has been sent */
	struct str mail;		/* with its pass */
};

enum rc digest_state_get(struct str state_dir, struct pool *, struct str person, struct digest_state *out) MUST_CHECK;
enum rc digest_state_put(struct str state_dir, struct pool *, const struct digest_state *) MUST_CHECK;
enum rc digest_mail_put(struct str state_dir, struct pool *, const struct digest_mail *) MUST_CHECK;
enum rc digest_mail_get(const char *path, struct pool *, struct digest_mail *out) MUST_CHECK;
void digest_mail_path(struct str state_dir, struct str person, char out[DIGEST_NAME]);
/* Make STATE_DIR/digests; its path. */
enum rc digest_state_folder(struct str state_dir, char out[DIGEST_NAME]) MUST_CHECK;

#endif
