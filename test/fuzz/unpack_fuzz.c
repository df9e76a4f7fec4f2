/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Any bytes to libarchive through unpack.c: it ends within the budget, and no member is given
 * with more than there was room for. RAR is left out: the readers of Debian 12's libarchive
 * 3.6.2 crash on broken ones, which only the worker's sandbox can contain. */
#include "engine/dig_kit.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct dig_content c = { .bytes = { (const char *)data, n } };
	struct dig_kit k;

	if (str_find(c.bytes, STR("Rar!")) != STR_NPOS || str_find(c.bytes, STR("RE~^")) != STR_NPOS)
		return 0;
	dig_kit_init(&k, NULL, 0);
	c.type = filetype_of(c.bytes);
	(void)dig_kit_run(&k, &dig_archive, &c);
	dig_kit_clear(&k);
	return 0;
}
