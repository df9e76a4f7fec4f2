/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* XML whose entities are made of entities, or come from elsewhere. We expand none, so what a
 * viewer would make of such a document has not been looked at, and that is all this says. */
#include <string.h>

#include "base/ascii.h"
#include "engine/dig.h"

enum { DTD_MAX = 64 * 1024, ENTITIES_MAX = 1000, VALUES_MAX = 4 * DTD_MAX };

/* Does a name begin here? XML 1.0, 2.3; bytes above 7F count as letters. */
static bool
is_name_start(struct str s, size_t at)
{
	unsigned char c = at < s.n ? (unsigned char)s.p[at] : 0;

	return ascii_is_alpha(c) || c == '_' || c == ':' || c >= 0x80;
}

/* "&#38;" and "&#x25;" are undone where the entity is declared (XML 1.0, 4.4), and leave an &
 * or a % that is read again. */
static bool
is_marked(struct str s)
{
	bool hex = str_starts(s, STR("&#x"));
	struct str digits = str_from(s, hex ? 3 : 2);

	if (!str_starts(s, STR("&#")))
		return false;
	while (digits.n && digits.p[0] == '0')
		digits = str_from(digits, 1);
	if (hex)
		return str_starts(digits, STR("26;")) || str_starts(digits, STR("25;"));
	return str_starts(digits, STR("38;")) || str_starts(digits, STR("37;"));
}

/* name "value"> or % name SYSTEM "address">, what stands behind <!ENTITY. Values without an
 * end overlap, so what was read of them is counted in *bytes. */
static bool
is_nested(struct str declaration, size_t *bytes)
{
	size_t quote = 0;
	struct str head, value;

	while (quote < declaration.n && declaration.p[quote] != '"' && declaration.p[quote] != '\'' &&
	    declaration.p[quote] != '>')
		quote++;
	head = str_upto(declaration, quote);
	if (str_find(head, STR("SYSTEM")) != STR_NPOS || str_find(head, STR("PUBLIC")) != STR_NPOS)
		return true;
	if (quote == declaration.n || declaration.p[quote] == '>')
		return false;
	value = str_from(declaration, quote + 1);
	value = str_upto(value, str_chr(value, declaration.p[quote]));
	*bytes += value.n;
	for (size_t i = 0; i < value.n; i++)
		if (((value.p[i] == '&' || value.p[i] == '%') && is_name_start(value, i + 1)) ||
		    is_marked(str_from(value, i)))
			return true;
	return false;
}

static bool
wants(const struct dig_site *site, const struct dig_content *c)
{
	struct str rest = str_upto(c->bytes, DTD_MAX);
	size_t at, bytes = 0;

	(void)site;
	if (c->type->group == FILETYPE_HTML ||
	    (strcmp(c->type->label, "xml") != 0 && strcmp(c->type->label, "svg") != 0 &&
	    strcmp(c->type->label, "office-xml") != 0 && c->type->group != FILETYPE_TEXT))
		return false;
	for (int n = 0; (at = str_find(rest, STR("<!ENTITY"))) != STR_NPOS; n++) {
		rest = str_from(rest, at + sizeof("<!ENTITY") - 1);
		if (n >= ENTITIES_MAX || bytes > VALUES_MAX || is_nested(rest, &bytes))
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
