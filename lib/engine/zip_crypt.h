/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* zip_crypt.h - the old encryption of ZIP, for passwords that the letter gives away
 *
 * Input    encrypted content of an entry; words
 * Units    bytes
 * Limits   none of its own: time and space grow with the input
 * Memory   out is the caller's
 * Errors   zip_crypt_starts: false, this is not the password (or by chance 1 in 256 true)
 * Threads  reentrant
 * Source   PKWARE APPNOTE 6.3.10, 6.1 "Traditional PKWARE Encryption"
 */
#ifndef ENGINE_ZIP_CRYPT_H
#define ENGINE_ZIP_CRYPT_H

#include "base/str.h"

enum { ZIP_CRYPT_HEAD = 12 };

struct zip_crypt {
	uint32_t key[3];
};

/* Set up the keys and check the head of the content against its check byte. */
bool zip_crypt_starts(struct zip_crypt *, struct str password, struct str content, unsigned char check);
/* Decrypt what follows the head; out has room for in.n bytes. */
void zip_crypt_run(struct zip_crypt *, struct str in, char *out);

#endif
