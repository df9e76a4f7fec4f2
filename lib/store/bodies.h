/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* bodies.h - messages as they came, kept byte for byte
 *
 * Input    a descriptor of the message; keys of ours (record ids)
 * Units    bytes; deadlines are monotonic milliseconds
 * Limits   bodies_conf.min_free and max_bytes: what would go beyond is not taken. BODIES_KEY characters of a key
 * Memory   bodies_get: the descriptor is the caller's
 * Errors   RC_TEMP: not taken, or no answer now: nothing is there under the key. RC_NONE: there is none.
 *          RC_BAD: it is damaged
 * Threads  any
 * Source   bodies_ops.h: what a backend is. When bodies_put returns RC_OK the message is on the disk
 */
#ifndef STORE_BODIES_H
#define STORE_BODIES_H

#include "base/log.h"
#include "base/rc.h"
#include "conf/opt.h"

enum { BODIES_KEY = 64, BODIES_S3_PAGE = 1000 };

enum bodies_backend { BODIES_FILES, BODIES_S3, BODIES_BACKENDS };

struct bodies_conf {
	int backend;			/* enum bodies_backend */
	int64_t level;			/* of zstd */
	int64_t min_free;		/* bytes that stay free on the disk */
	int64_t max_bytes;		/* of all together; 0: no limit */
	struct str s3_url, s3_bucket, s3_prefix, s3_region, s3_key_file, s3_ca_file;
	int64_t s3_ms;			/* for one request */
	unsigned s3_page;		/* keys of one page of a list; no option: what servers give at most */
};
extern const struct opt_table bodies_table;

struct bodies;

enum rc bodies_open(const struct bodies_conf *, struct str state_dir, struct log_ctx, struct bodies **out,
    struct buf *why) MUST_CHECK;
void bodies_close(struct bodies **);

/* The first `size` bytes of fd, read from its beginning without moving its position. */
enum rc bodies_put(struct bodies *, struct str key, int fd, uint64_t size, int64_t deadline_ms) MUST_CHECK;
/* Into a new file without a name, at its beginning. */
enum rc bodies_get(struct bodies *, struct str key, int *fd, uint64_t *size) MUST_CHECK;
/* RC_NONE: it was not there. */
enum rc bodies_delete(struct bodies *, struct str key) MUST_CHECK;
/* In no order. each: false ends it. */
enum rc bodies_each(struct bodies *, bool (*each)(void *arg, struct str key, int64_t wall_ms, uint64_t bytes), void *arg)
    MUST_CHECK;

#endif
