/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* conf_file.h - the operator's configuration, for all verbs
 *
 * Input    a path from -c, or NULL for the installed file
 * Units    none
 * Limits   CONF_FILE_ERRORS bytes of errors
 * Memory   the snapshot is the caller's, conf_put
 * Errors   said on stderr, all of them; the exit status is returned: 0 or EX_CONFIG
 * Threads  one
 * Source   gate/settings.h
 */
#ifndef CTL_CONF_FILE_H
#define CTL_CONF_FILE_H

#include "conf/conf.h"

enum { CONF_FILE_ERRORS = 256 * 1024 };

int conf_file_open(const char *path, struct conf **out);
/* Without an official database ClamAV knows next to nothing: say so. */
void conf_file_warn_official(const struct conf *);

#endif
