/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* lang.h - the texts of pages and digests in the language of the one who reads them
 *
 * Input    Accept-Language of anybody; texts marked N_() in the code, in English
 * Units    none
 * Limits   LANG_RANGES ranges of Accept-Language are looked at
 * Memory   constants
 * Errors   a text without translation stays English
 * Threads  reentrant: no locale of the process is touched
 * Source   RFC 9110 12.5.4; po/LANGUAGE.po, compiled by msgfmt(1). The form of .mo files: manual
 *          of GNU gettext, "The Format of GNU MO Files"
 */
#ifndef BASE_LANG_H
#define BASE_LANG_H

#include "base/str.h"

enum { LANG_RANGES = 32 };

#define N_(text) text			/* for xgettext(1) */

struct lang {
	const char *name;		/* "ja": for the lang attribute */
	struct str mo;			/* empty: English */
};

/* The best of the languages there are; English when nothing fits. */
struct lang lang_choose(struct str accept_language);
/* C string, NULL is "". */
struct str lang_text(const struct lang *, const char *text);

#endif
