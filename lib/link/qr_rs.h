/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* qr_rs.h - mend a block of bytes by its redundancy (Reed-Solomon over GF(256))
 *
 * Input    one block: data bytes, then check bytes
 * Units    bytes
 * Limits   RS_BLOCK bytes, RS_CHECK of them check bytes
 * Memory   none
 * Errors   RC_BAD: more errors than half the check bytes
 * Threads  reentrant
 * Source   ISO/IEC 18004:2015, 7.5.2 (polynomial 285, first root 1); Berlekamp-Massey,
 *          Chien and Forney as in every book on it
 */
#ifndef LINK_QR_RS_H
#define LINK_QR_RS_H

#include <stddef.h>

#include "base/rc.h"

enum { RS_BLOCK = 255, RS_CHECK = 30 };

enum rc qr_rs_mend(unsigned char *block, size_t n, size_t check) MUST_CHECK;

#endif
