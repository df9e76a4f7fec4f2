/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Outlook's winmail.dat, in our own reading. */
#include <stdlib.h>

#include "engine/dig.h"
#include "message/tnef.h"

struct state {
	const struct tnef_item *item;
	size_t n, at;
};

static bool
wants(const struct dig_site *site, const struct dig_content *c)
{
	(void)site;
	return c->type->group == FILETYPE_TNEF || tnef_is(c->bytes);
}

static void *
open_it(struct dig_site *site, const struct dig_content *c)
{
	struct state *s = calloc(1, sizeof(*s));

	if (!s)
		abort();
	s->n = tnef_read(site->pool, site->lim, c->bytes, &s->item, site->defects);
	return s;
}

static enum rc
next(void *state, struct unpack_member *m)
{
	struct state *s = state;

	if (s->at >= s->n)
		return RC_NONE;
	*m = (struct unpack_member){ .name = s->item[s->at].name, .content = s->item[s->at].data };
	s->at++;
	return RC_OK;
}

const struct dig_kind dig_tnef = { "tnef", wants, open_it, next, free };
