/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "web/embedded.h"

struct str
embedded_find(const char *name)
{
	for (const struct embedded *e = embedded; e->name; e++)
		if (strcmp(e->name, name) == 0)
			return (struct str){ e->bytes, e->n };
	return STR_NONE;
}
