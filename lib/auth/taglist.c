/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* tag-list  =  tag-spec *( ";" tag-spec ) [ ";" ]
 * tag-spec  =  [FWS] tag-name [FWS] "=" [FWS] tag-value [FWS]
 * tag-name  =  ALPHA *( ALPHA / DIGIT / "_" )
 * tag-value =  VALCHARs with white space between them; may be empty */
#include "auth/taglist.h"

#include "base/ascii.h"

static bool
is_name(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (!ascii_is_alpha(c) && (i == 0 || (!ascii_is_digit(c) && c != '_')))
			return false;
	}
	return s.n > 0;
}

static bool
is_value(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if ((c < 0x20 && !ascii_is_space(c)) || c == 0x7f)
			return false;
	}
	return true;
}

static bool
add(struct taglist *list, struct str spec)
{
	size_t eq = str_chr(spec, '=');
	struct tag *t = &list->tag[list->n];
	struct str ignored;

	if (eq == STR_NPOS || list->n == TAGLIST_TAGS)
		return false;
	t->name = str_trim(str_upto(spec, eq));
	t->raw = str_from(spec, eq + 1);
	t->value = str_trim(t->raw);
	if (!is_name(t->name) || !is_value(t->value) || taglist_get(list, t->name, &ignored))
		return false;
	list->n++;
	return true;
}

bool
taglist_parse(struct str in, struct taglist *list)
{
	struct str rest = in;

	list->n = 0;
	if (in.n > TAGLIST_BYTES)
		return false;
	while (rest.n) {
		size_t end = str_chr(rest, ';');
		struct str spec = str_upto(rest, end == STR_NPOS ? rest.n : end);

		rest = end == STR_NPOS ? STR_NONE : str_from(rest, end + 1);
		/* Behind the last ';' there may be white space. */
		if (end == STR_NPOS && list->n > 0 && str_trim(spec).n == 0)
			return true;
		if (!add(list, spec))
			return false;
	}
	return list->n > 0;
}

bool
taglist_get(const struct taglist *list, struct str name, struct str *value)
{
	for (size_t i = 0; i < list->n; i++)
		if (str_eq(list->tag[i].name, name)) {
			*value = list->tag[i].value;
			return true;
		}
	return false;
}
