/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* canon.h - bring header fields and bodies into the form that is signed
 *
 * Input    raw fields with their line ends, raw bodies; any bytes
 * Units    bytes of the canonical form
 * Limits   CANON_LENGTHS different lengths in one pass; a field's text by the caller's buf
 * Memory   canon_body keeps a digest state per length while it runs
 * Errors   none: what is no line end and no white space is data
 * Threads  reentrant
 * Source   RFC 6376 3.4 (simple, relaxed, l=), RFC 8617 4.1.2
 *
 * A body is read once, whatever number of digests over however many bytes of it is asked for:
 * sixteen signatures with sixteen l= cost as much as one.
 */
#ifndef AUTH_CANON_H
#define AUTH_CANON_H

#include "base/buf.h"
#include "base/hash.h"

enum canon { CANON_SIMPLE, CANON_RELAXED };
enum { CANON_LENGTHS = 64 };
#define CANON_ALL UINT64_MAX

/* One field as it is signed, with a final CRLF. lf: lines end with LF alone (a file on disk). */
void canon_field(struct buf *, enum canon, struct str field, bool lf);
/* The field of the signature itself: `value`, a slice of it, counts as empty; no final CRLF. */
void canon_signature(struct buf *, enum canon, struct str field, struct str value, bool lf);

struct canon_digest {
	uint64_t length;			/* how many bytes to take; CANON_ALL */
	unsigned char digest[HASH_SHA256_BYTES];
	bool reached;				/* the body has so many; CANON_ALL: always */
};

/* Fill in the digests of one body. Returns the length of its canonical form. */
uint64_t canon_body(struct str body, enum canon, bool lf, struct canon_digest *, size_t n);

#endif
