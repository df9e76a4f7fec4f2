/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "link/confusable.h"

#include <unicode/unorm2.h>
#include <unicode/ustring.h>

#include "base/utf8.h"

enum { AS_BYTES = 8, GROWTH = 4 };

struct row {
	uint32_t cp;
	char as[AS_BYTES];
};

#define CONFUSABLE(cp, as) { cp, as },
static const struct row unicode[] = {
#include "link/confusables.list"
};
static const struct row kana[] = {
#include "link/confusables_kana.list"
};

static const char *
find(const struct row *rows, size_t n, uint32_t cp)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (rows[mid].cp == cp)
			return rows[mid].as;
		if (rows[mid].cp < cp)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}

static uint32_t
ascii_drawn(uint32_t cp)
{
	static const char from[] = "01i358", as[] = "ollesb";

	for (size_t i = 0; i < sizeof(from) - 1; i++)
		if (cp == (uint32_t)from[i])
			return (uint32_t)as[i];
	return cp;
}

struct folding {
	uint32_t *out;
	size_t n, room;
};

static void
add(struct folding *f, uint32_t cp)
{
	uint32_t *last = f->n ? &f->out[f->n - 1] : NULL;

	cp = ascii_drawn(cp);
	if (cp == 'n' && last && *last == 'r')
		*last = 'm';
	else if (cp == 'v' && last && *last == 'v')
		*last = 'w';
	else if (f->n < f->room)
		f->out[f->n++] = cp;
}

size_t
confusable_fold(struct str text, uint32_t *out, size_t room)
{
	struct folding f = { .out = out, .room = room };

	for (size_t at = 0; at < text.n && f.n < room;) {
		uint32_t cp = utf8_next(text, &at);
		const char *as = cp < 0x80 ? NULL : find(kana, sizeof(kana) / sizeof(*kana), cp);

		if (cp >= 0x300 && cp <= 0x36f)
			continue;	/* accents on their own */
		if (cp >= 0x80 && !as)
			as = find(unicode, sizeof(unicode) / sizeof(*unicode), cp);
		if (!as) {
			add(&f, cp);
			continue;
		}
		for (size_t i = 0; as[i];)
			add(&f, utf8_next(str_of(as), &i));
	}
	return f.n;
}

size_t
confusable_points(struct str text, uint32_t *out, size_t room)
{
	size_t n = 0;

	for (size_t at = 0; at < text.n && n < room;)
		out[n++] = utf8_next(text, &at);
	return n;
}

struct str
confusable_plain(struct pool *pool, struct str text)
{
	const UNormalizer2 *fold;
	UErrorCode err = U_ZERO_ERROR;
	UChar *wide, *folded;
	int32_t room, n;
	char *out;

	text = str_upto(text, CONFUSABLE_TEXT);
	if (utf8_ascii_run(text, 0) == text.n)
		return pool_lower(pool, text);
	room = (int32_t)text.n * GROWTH + GROWTH;
	fold = unorm2_getNFKCCasefoldInstance(&err);
	wide = pool_alloc(pool, (size_t)room * sizeof(*wide));
	folded = pool_alloc(pool, (size_t)room * sizeof(*folded));
	u_strFromUTF8WithSub(wide, room, &n, text.p, (int32_t)text.n, UTF8_REPLACEMENT, NULL, &err);
	n = U_SUCCESS(err) ? unorm2_normalize(fold, wide, n, folded, room, &err) : 0;
	out = pool_alloc(pool, (size_t)room * UTF8_MAX);
	u_strToUTF8(out, room * UTF8_MAX, &n, folded, n, &err);
	return U_SUCCESS(err) ? (struct str){ out, (size_t)n } : text;
}
