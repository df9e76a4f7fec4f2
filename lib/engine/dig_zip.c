/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include <string.h>

#include "engine/dig.h"

static bool
wants(const struct dig_site *site, const struct dig_content *c)
{
	return site->unpack && strcmp(c->type->label, "zip") == 0 && (!c->opened || c->encrypted);
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

const struct dig_kind dig_zip = { "zip", wants, open_it, next, close_it };
