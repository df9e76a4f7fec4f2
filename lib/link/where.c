/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "link/where.h"

static const struct {
	const char *name, *help;
} wheres[LINK_IN_N] = {
#define LINK_WHERE(id, name, help) { name, help },
#include "link/link_where.list"
#undef LINK_WHERE
};

const char *
link_where_name(enum link_where w)
{
	return wheres[w].name;
}

const char *
link_where_help(enum link_where w)
{
	return wheres[w].help;
}
