/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* fdio.h - bytes and descriptors between processes
 *
 * Input    descriptors; frames of other processes, which may be hostile
 * Units    bytes; deadlines in monotonic milliseconds (clock.h)
 * Limits   a frame is at most `max` bytes and carries at most FDIO_FDS descriptors
 * Memory   fdio_recv fills the caller's buf; received descriptors belong to the caller
 * Errors   RC_NONE: the peer closed between frames. RC_TEMP: deadline passed, the
 *          peer went away in mid-frame, or the kernel refused. RC_LIMIT: frame too
 *          large. RC_BAD: not a frame
 * Threads  reentrant
 * Source   unix(7), memfd_create(2), fcntl(2) F_ADD_SEALS. A frame is
 *          u32 length, u32 tag (both little-endian), then the bytes; descriptors
 *          travel with the first byte. Sockets are SOCK_STREAM, close-on-exec
 */
#ifndef BASE_FDIO_H
#define BASE_FDIO_H

#include <stdint.h>

#include "base/buf.h"
#include "base/rc.h"
#include "base/str.h"

enum { FDIO_FDS = 4 };

struct fdio_frame {
	uint32_t tag;
	struct str body;		/* fdio_send: what to send; fdio_recv: borrowed from its buf */
	int fds[FDIO_FDS];
	size_t n_fds;
};

/* A connected pair of stream sockets, both close-on-exec. */
enum rc fdio_pair(int pair[2]) MUST_CHECK;
enum rc fdio_send(int sock, const struct fdio_frame *, int64_t deadline_ms) MUST_CHECK;
enum rc fdio_recv(int sock, struct buf *, struct fdio_frame *, int64_t deadline_ms) MUST_CHECK;
void fdio_close_fds(struct fdio_frame *);

/* An anonymous memory file holding `content`, position 0, not yet sealed. */
enum rc fdio_memfd(const char *name, struct str content, int *fd) MUST_CHECK;
/* No more writing, growing, shrinking or unsealing: safe to map. */
enum rc fdio_seal(int fd) MUST_CHECK;
enum rc fdio_write_all(int fd, struct str) MUST_CHECK;
/* Append the whole file to buf; RC_LIMIT when it does not fit. Reads from offset 0. */
enum rc fdio_read_all(int fd, struct buf *) MUST_CHECK;
enum rc fdio_read_file(const char *path, struct buf *) MUST_CHECK;	/* RC_NONE: no such file */
/* Map a whole file read-only; *out is empty for an empty file. */
enum rc fdio_map(int fd, struct str *out) MUST_CHECK;
void fdio_unmap(struct str *);
void fdio_close(int *fd);			/* closes when >= 0 and sets -1 */

#endif
