/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* XML whose entities are made of entities, or come from elsewhere. We expand none, so what a
 * viewer would make of such a document has not been looked at, and that is all this says. */
#include <string.h>

#include "base/ascii.h"
#include "engine/dig.h"

enum { DTD_MAX = 64 * 1024, ENTITIES_MAX = 1000 };

/* <!ENTITY name "value"> or <!ENTITY name SYSTEM "address"> */
static bool
is_nested(struct str declaration)
{
	size_t quote = 0;
	char q;

	while (quote < declaration.n && declaration.p[quote] != '"' && declaration.p[quote] != '\'')
		quote++;
	if (quote == declaration.n)
		return false;
	if (str_find(str_upto(declaration, quote), STR("SYSTEM")) != STR_NPOS ||
	    str_find(str_upto(declaration, quote), STR("PUBLIC")) != STR_NPOS)
		return true;
	q = declaration.p[quote];
	declaration = str_from(declaration, quote + 1);
	declaration = str_upto(declaration, str_chr(declaration, q));
	for (size_t i = 0; i + 1 < declaration.n; i++)
		if (declaration.p[i] == '&' && ascii_is_alpha((unsigned char)declaration.p[i + 1]))
			return true;
	return false;
}

static bool
wants(const struct dig_site *site, const struct dig_content *c)
{
	struct str rest = str_upto(c->bytes, DTD_MAX);
	size_t at;

	(void)site;
	if (c->type->group == FILETYPE_HTML ||
	    (strcmp(c->type->label, "xml") != 0 && strcmp(c->type->label, "svg") != 0 &&
	    strcmp(c->type->label, "office-xml") != 0 && c->type->group != FILETYPE_TEXT))
		return false;
	for (int n = 0; n < ENTITIES_MAX && (at = str_find(rest, STR("<!ENTITY"))) != STR_NPOS; n++) {
		rest = str_from(rest, at + sizeof("<!ENTITY") - 1);
		if (is_nested(str_upto(rest, str_chr(rest, '>'))))
			return true;
	}
	return false;
}

static void *
open_it(struct dig_site *site, const struct dig_content *c)
{
	(void)c;
	return site;	/* nothing to keep, but there is something to say */
}

static enum rc
next(void *state, struct unpack_member *m)
{
	(void)state;
	(void)m;
	return RC_LIMIT;
}

static void
close_it(void *state)
{
	(void)state;
}

const struct dig_kind dig_xml = { "xml entities", wants, open_it, next, close_it };
