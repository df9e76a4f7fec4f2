/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "base/embedded.h"

struct str
embedded_find(const struct embedded *e, const char *name)
{
	for (; e->name; e++)
		if (strcmp(e->name, name) == 0)
			return (struct str){ e->bytes, e->n };
	return STR_NONE;
}
