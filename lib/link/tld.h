/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* tld.h - is this the end of a domain name?
 *
 * Input    one label, UTF-8 or ASCII, any case
 * Units    bytes
 * Limits   a label of DNS: 63 bytes
 * Memory   none
 * Errors   none
 * Threads  reentrant
 * Source   the list that libpsl has built in (publicsuffix.org): no file is read
 */
#ifndef LINK_TLD_H
#define LINK_TLD_H

#include "base/str.h"

bool tld_is_real(struct str label);
/* One that is also the extension of files people write about: README.md, archive.zip. */
bool tld_is_extension(struct str label);

#endif
