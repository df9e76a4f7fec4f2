/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* brand.h - names of companies in hosts and in what links show
 *
 * Input    a host as struct url has it; text, UTF-8, any bytes
 * Units    characters
 * Limits   BRAND_TEXT characters of a text are read; longer ones are talk, not the words of a link
 * Memory   pool
 * Errors   none
 * Threads  reentrant
 * Source   brands.list; confusable.h says what looks alike
 */
#ifndef LINK_BRAND_H
#define LINK_BRAND_H

#include <stdbool.h>

#include "base/pool.h"

enum { BRAND_TEXT = 30 };

enum brand_how {
	BRAND_NONE,
	BRAND_LATIN,			/* named with Latin letters: in words of links mostly what they are about */
	BRAND_NAMED,			/* in kana or kanji, or in a host */
	BRAND_DISGUISED			/* with characters that only look like those of the name */
};

struct brands;

/* The names, made ready to be looked for: once for a configuration. */
struct brands *brands_new(struct pool *);
/* The name in a text, the longest one: "Amazon". */
enum brand_how brand_in_text(const struct brands *, struct pool *, struct str text, struct str *name);
/* The name in the labels of a host that is not the brand's: "amazon-login.example", "xn--eckwd4c7c.example". */
enum brand_how brand_in_host(const struct brands *, struct pool *, struct str host, struct str *name);
/* Is a host one of the brand's? */
bool brand_owns(struct str name, struct str host);

#endif
