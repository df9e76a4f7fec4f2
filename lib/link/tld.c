/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "link/tld.h"

#include <libpsl.h>

#include "base/ascii.h"
#include "base/utf8.h"

enum { LABEL_BYTES = 63, SHORTEST = 2, WIDE_BYTES = 24 };

/* Sentences of Japanese end in what browsers take for a dot: the list's kana or kanji have six letters at most. */
static bool
is_sentence(struct str label)
{
	unsigned char first = (unsigned char)label.p[0];

	return first >= 0xe3 && first <= 0xe9 && label.n > WIDE_BYTES;
}

/* Lower case for ASCII: the list has its own names in lower case, IDN ones as UTF-8 and xn--. */
bool
tld_is_real(struct str label)
{
	char name[LABEL_BYTES + 1];

	if (label.n < SHORTEST || label.n > LABEL_BYTES || is_sentence(label) || !utf8_is_valid(label))
		return false;
	for (size_t i = 0; i < label.n; i++) {
		unsigned char c = (unsigned char)label.p[i];

		if (c == '\0' || c == '.' || (ascii_is_digit(c) && i == 0))
			return false;
		name[i] = (char)ascii_lower(c);
	}
	name[label.n] = '\0';
	return psl_is_public_suffix2(psl_builtin(), name, PSL_TYPE_ICANN | PSL_TYPE_NO_STAR_RULE) != 0;
}

bool
tld_is_extension(struct str label)
{
	static const char *const names[] = { "md", "mk", "mov", "pl", "ps", "py", "rs", "sh", "so", "zip" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (str_eq_nocase(label, str_of(names[i])))
			return true;
	return false;
}
