/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* taglist.h - read "tag=value; tag=value", of signatures, of key records, of policies
 *
 * Input    a field value or a DNS text; any bytes. The gate reads it too, so it does nothing
 *          but cut slices
 * Units    bytes
 * Limits   TAGLIST_BYTES of text, TAGLIST_TAGS tags
 * Memory   slices point into the input
 * Errors   a list that breaks the grammar, says a tag twice or is over a limit is no list: the
 *          RFC lets nobody guess what its author meant
 * Threads  reentrant
 * Source   RFC 6376 3.2; RFC 8616 4 for bytes over 127
 */
#ifndef AUTH_TAGLIST_H
#define AUTH_TAGLIST_H

#include "base/str.h"

enum { TAGLIST_BYTES = 32 * 1024, TAGLIST_TAGS = 48 };

struct tag {
	struct str name;	/* case matters */
	struct str value;	/* without white space at its ends; folds inside are kept */
	struct str raw;		/* all between '=' and ';' */
};

struct taglist {
	struct tag tag[TAGLIST_TAGS];
	size_t n;
};

bool taglist_parse(struct str in, struct taglist *);
/* Is the tag there? Its value, which may be empty. */
bool taglist_get(const struct taglist *, struct str name, struct str *value);

#endif
