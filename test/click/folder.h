/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* folder.h - a state_dir of a test, gone when the test ends
 *
 * Input    none
 * Units    none
 * Limits   none
 * Memory   static
 * Errors   ends the test
 * Threads  one
 * Source   none
 */
#ifndef TEST_CLICK_FOLDER_H
#define TEST_CLICK_FOLDER_H

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/str.h"

static char folder_path[] = "/tmp/sekimori-click.XXXXXX";

__attribute__((unused)) static const char *
folder_file(const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s", folder_path, name);
	return path;
}

static int
folder_unlink(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st, (void)type, (void)at;
	return remove(path);
}

__attribute__((unused)) static void
folder_remove(void)
{
	nftw(folder_path, folder_unlink, 16, FTW_DEPTH | FTW_PHYS);
}

__attribute__((unused)) static struct str
folder_make(void)
{
	if (!mkdtemp(folder_path))
		abort();
	atexit(folder_remove);
	return str_of(folder_path);
}

#endif
