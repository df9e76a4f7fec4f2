/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Mail inside files: .eml and .mht in archives or with another type, and a MIME document
 * behind the header of something else (a PDF that is a web archive to Word). Our own reader
 * gives every reading of it. */
#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "engine/dig.h"
#include "message/defect.h"
#include "message/mime.h"

enum {
	SEARCHED = 256 * 1024,	/* a web archive begins early, or Word does not see it */
	BLOCK = 16 * 1024	/* of fields in front of MIME-Version */
};

/* Where the reader stopped, something is left that was not looked at. */
static const uint64_t limits = DEFECT_BIT(LIMIT_DEPTH) | DEFECT_BIT(LIMIT_PARTS) | DEFECT_BIT(LIMIT_HEADER) |
    DEFECT_BIT(LIMIT_PARAMS) | DEFECT_BIT(LIMIT_DECODED);

struct state {
	struct dig_site *site;
	struct message *msg;		/* NULL: one mail too many */
	struct limits lim;
	size_t part, view;
	struct buf decoded;
};

static bool
is_mail(const struct filetype *t)
{
	return strcmp(t->label, "eml") == 0 || strcmp(t->label, "mht") == 0 || strcmp(t->label, "mbox") == 0;
}

/* Back over the fields in front of the one at `at`. */
static size_t
first_field(struct str in, size_t at)
{
	size_t floor = at > BLOCK ? at - BLOCK : 0;

	while (at > floor && in.p[at - 1] == '\n') {
		size_t from = at - 1;
		struct str line;

		while (from > floor && in.p[from - 1] != '\n')
			from--;
		line = str_trim(str_sub(in, from, at - from));
		if (!line.n || (!ascii_is_wsp((unsigned char)in.p[from]) && str_chr(line, ':') == STR_NPOS))
			break;
		at = from;
	}
	return at;
}

/* Where a MIME document may begin in a file of another kind: at the first field of a block
 * that has MIME-Version. STR_NPOS: nowhere. */
static size_t
hidden_mail(struct str in)
{
	struct str head = str_upto(in, SEARCHED);
	struct str mark = STR("MIME-Version:");
	size_t at = str_find_nocase(head, mark), next;

	while (at != STR_NPOS && at > 0 && head.p[at - 1] != '\n' && head.p[at - 1] != '\r') {
		next = str_find_nocase(str_from(head, at + mark.n), mark);
		at = next == STR_NPOS ? STR_NPOS : at + mark.n + next;
	}
	if (at == STR_NPOS)
		return STR_NPOS;
	at = first_field(in, at);
	return str_find_nocase(str_sub(in, at, SEARCHED), STR("Content-Type:")) == STR_NPOS ? STR_NPOS : at;
}

static bool
wants(const struct dig_site *site, const struct dig_content *c)
{
	(void)site;
	if (is_mail(c->type))
		return true;
	/* Plain text that quotes a mail is read by nobody as one. */
	if (c->type->group == FILETYPE_TEXT || c->type->group == FILETYPE_HTML || c->type->group == FILETYPE_MAIL)
		return false;
	return hidden_mail(c->bytes) != STR_NPOS;
}

static void *
open_it(struct dig_site *site, const struct dig_content *c)
{
	struct state *s = calloc(1, sizeof(*s));
	struct str bytes = c->bytes;

	if (!s)
		abort();
	s->site = site;
	if (site->mails <= 0 || site->budget->bytes <= 0)
		return s;
	site->mails--;
	if (!is_mail(c->type)) {
		bytes = str_from(bytes, hidden_mail(bytes));
		*site->defects |= DEFECT_BIT(POLYGLOT);
	}
	s->lim = *site->lim;
	if (site->budget->bytes < s->lim.decoded_bytes)
		s->lim.decoded_bytes = site->budget->bytes;
	s->msg = mime_parse(site->pool, &s->lim, bytes);
	buf_init(&s->decoded, (size_t)site->lim->decoded_bytes + 1);
	return s;
}

static void
close_it(void *state)
{
	struct state *s = state;

	buf_clear(&s->decoded);
	free(s);
}

static enum rc
next(void *state, struct unpack_member *m)
{
	struct state *s = state;
	struct unpack_budget *budget = s->site->budget;

	if (!s->msg || budget->bytes <= 0 || budget->files <= 0)
		return RC_LIMIT;
	while (s->part < s->msg->n_parts) {
		struct mime_part *p = &s->msg->parts[s->part];
		size_t view = s->view++;

		if (p->kind != MIME_LEAF || view >= p->n_views) {
			s->part++;
			s->view = 0;
			continue;
		}
		*m = (struct unpack_member){ .name = p->views[view].name };
		if (!m->name.n && p->n_names)
			m->name = p->names[0];
		buf_reset(&s->decoded);
		m->cut = mime_decode(s->msg, &s->lim, p, view, &s->decoded, &m->content) != RC_OK;
		budget->files--;
		m->cut |= !unpack_budget_take(budget, m->content.n);
		return RC_OK;
	}
	return s->msg->defects & limits ? RC_LIMIT : RC_NONE;
}

const struct dig_kind dig_mail = { "mail", wants, open_it, next, close_it };
