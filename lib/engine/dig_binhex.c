/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* BinHex blocks in text, and parts that are one. */
#include <stdlib.h>

#include "engine/dig.h"
#include "message/decode.h"

struct state {
	struct dig_site *site;
	struct str in;
	size_t off;
	char name[DECODE_BINHEX_NAME];
	struct buf file;
};

static bool
wants(const struct dig_site *site, const struct dig_content *c)
{
	(void)site;
	return (c->type->group == FILETYPE_TEXT || c->type->group == FILETYPE_ARCHIVE ||
	    c->type->group == FILETYPE_UNKNOWN) && str_find(c->bytes, STR("with BinHex")) != STR_NPOS;
}

static void *
open_it(struct dig_site *site, const struct dig_content *c)
{
	struct state *s = calloc(1, sizeof(*s));

	if (!s)
		abort();
	s->site = site;
	s->in = c->bytes;
	return s;
}

static void
close_it(void *state)
{
	struct state *s = state;

	buf_clear(&s->file);
	free(s);
}

static enum rc
next(void *state, struct unpack_member *m)
{
	struct state *s = state;
	struct unpack_budget *budget = s->site->budget;
	struct decode_block block;
	uint64_t defects = 0;

	do {
		if (!decode_find_block(s->in, s->off, &block))
			return RC_NONE;
		s->off = block.end;
	} while (block.kind != DECODE_BINHEX);
	if (budget->files <= 0 || budget->bytes <= 0)
		return RC_LIMIT;
	budget->files--;
	buf_clear(&s->file);
	buf_init(&s->file, (size_t)budget->bytes);
	decode_binhex(str_sub(s->in, block.off, block.end - block.off), &s->file, s->name, &defects);
	*s->site->defects |= defects;
	*m = (struct unpack_member){ .name = str_of(s->name), .content = buf_str(&s->file), .damaged = defects != 0 };
	m->cut = !unpack_budget_take(budget, s->file.n) || s->file.full;
	return RC_OK;
}

const struct dig_kind dig_binhex = { "binhex", wants, open_it, next, close_it };
