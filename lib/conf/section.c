/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "conf/section.h"

#include "conf/suggest.h"

enum { REASON = 1024 };

static struct str
name_of_word(const void *arg, size_t i)
{
	const char *const *words = arg;

	return words[i] ? str_of(words[i]) : STR_NONE;
}

struct section_names
section_names_of(const char *const *words)
{
	return (struct section_names){ name_of_word, words };
}

static int
find(struct section_names names, struct str word)
{
	struct str name;

	for (size_t i = 0; (name = names.name(names.arg, i)).n; i++)
		if (str_eq(word, name))
			return (int)i;
	return -1;
}

static bool
put_nearest(struct section_names names, struct str word, struct buf *out)
{
	struct suggest near;
	struct str name;

	suggest_init(&near, word);
	for (size_t i = 0; (name = names.name(names.arg, i)).n; i++)
		suggest_try(&near, name);
	suggest_write(&near, out);
	return near.best.n > 0;
}

static void
put_all(struct section_names names, struct buf *out)
{
	struct str name;

	buf_adds(out, "; possible:");
	for (size_t i = 0; (name = names.name(names.arg, i)).n; i++)
		buf_printf(out, " %.*s", STR_ARG(name));
}

void
section_error(struct conf_errors *errors, const struct conf_line *line, const char *what, struct str word)
{
	conf_errorf(errors, line->file, line->line, line->key, "%s '%.*s'", what, STR_ARG(str_upto(word, SECTION_QUOTE)));
}

int
section_word(struct conf_errors *errors, const struct conf_line *line, struct section_names names, struct str word)
{
	int i = find(names, word);
	struct buf why;

	if (i >= 0)
		return i;
	buf_init(&why, REASON);
	buf_printf(&why, "unknown word '%.*s'", STR_ARG(str_upto(word, SECTION_QUOTE)));
	if (!put_nearest(names, word, &why))
		put_all(names, &why);
	conf_error(errors, line->file, line->line, line->key, buf_str(&why));
	buf_clear(&why);
	return -1;
}

int
section_key(struct conf_errors *errors, const struct conf_line *line, struct section_names names)
{
	int i = find(names, line->key);

	if (i < 0)
		section_unknown(errors, line, names);
	return i;
}

void
section_unknown(struct conf_errors *errors, const struct conf_line *line, struct section_names names)
{
	struct buf why;

	buf_init(&why, REASON);
	buf_adds(&why, "unknown key");
	if (errors->n < CONF_ERRORS)		/* else it is not shown: spare the search */
		put_nearest(names, line->key, &why);
	conf_error(errors, line->file, line->line, line->key, buf_str(&why));
	buf_clear(&why);
}
