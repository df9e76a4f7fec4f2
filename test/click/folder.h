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

__attribute__((unused)) static void
folder_remove(void)
{
	static const char *const files[] = { "keys/click", "keys/click.new", "other", "clicks.jsonl", "clicks.jsonl.1",
		"blocked_links" };

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		unlink(folder_file(files[i]));
	rmdir(folder_file("keys"));
	rmdir(folder_path);
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
