/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Archives and disk images that ClamAV left closed. */
#include <string.h>

#include "engine/dig.h"
#include "engine/zip_dir.h"

static bool
wants(const struct dig_site *site, const struct dig_content *c)
{
	const char *const others[] = { "deb", "rpm", "pkg", NULL };

	if (!site->unpack || c->opened || zip_is(c->bytes) || dig_fat.wants(site, c))
		return false;
	/* A boot sector that ClamAV shows as a layer of the disk. */
	if (strcmp(c->type->label, "disk-image") == 0)
		return false;
	if (c->type->group == FILETYPE_ARCHIVE || c->type->group == FILETYPE_DISK_IMAGE)
		return true;
	for (size_t i = 0; others[i]; i++)
		if (strcmp(c->type->label, others[i]) == 0)
			return true;
	return false;
}

static void *
open_it(struct dig_site *site, const struct dig_content *c)
{
	return unpack_open(c->bytes, site->budget, NULL);
}

static enum rc
next(void *state, struct unpack_member *m)
{
	return unpack_next(state, m);
}

static void
close_it(void *state)
{
	struct unpack *u = state;

	unpack_close(&u);
}

const struct dig_kind dig_archive = { "unpack", wants, open_it, next, close_it };
