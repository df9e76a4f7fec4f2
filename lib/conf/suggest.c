/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "conf/suggest.h"

#include <string.h>

#include "base/ascii.h"

static size_t
least(size_t a, size_t b)
{
	return a < b ? a : b;
}

static bool
same(char a, char b)
{
	return ascii_lower((unsigned char)a) == ascii_lower((unsigned char)b);
}

/* Three rows of the distance table: the row two above is needed for swaps. */
size_t
suggest_distance(struct str a, struct str b)
{
	size_t rows[3][SUGGEST_WORD + 1];
	size_t *above2 = rows[0], *above = rows[1], *row = rows[2];

	if (a.n > SUGGEST_WORD || b.n > SUGGEST_WORD)
		return SUGGEST_WORD;
	memset(rows, 0, sizeof(rows));
	for (size_t j = 0; j <= b.n; j++)
		above[j] = j;
	for (size_t i = 1; i <= a.n; i++) {
		size_t *spare = above2;

		row[0] = i;
		for (size_t j = 1; j <= b.n; j++) {
			row[j] = least(above[j], row[j - 1]) + 1;
			row[j] = least(row[j], above[j - 1] + !same(a.p[i - 1], b.p[j - 1]));
			if (i > 1 && j > 1 && same(a.p[i - 1], b.p[j - 2]) && same(a.p[i - 2], b.p[j - 1]))
				row[j] = least(row[j], above2[j - 2] + 1);
		}
		above2 = above;
		above = row;
		row = spare;
	}
	return above[b.n];
}

void
suggest_init(struct suggest *s, struct str word)
{
	/* One edit in three bytes, at least one, is near. */
	*s = (struct suggest){ .word = word, .distance = (word.n < 6 ? 2 : word.n / 3) + 1 };
}

/* "timeout" for "check.ptr.timeout": the tail of a dotted key counts as one edit. */
static bool
is_tail(struct str known, struct str word)
{
	return word.n && known.n > word.n && known.p[known.n - word.n - 1] == '.' &&
	    str_ends_nocase(known, word);
}

void
suggest_try(struct suggest *s, struct str known)
{
	size_t d = is_tail(known, s->word) ? 1 : suggest_distance(s->word, known);

	if (d < s->distance && d < known.n) {
		s->distance = d;
		s->best = known;
	}
}

void
suggest_write(const struct suggest *s, struct buf *out)
{
	if (s->best.n) {
		buf_adds(out, "; did you mean '");
		buf_add(out, s->best);
		buf_adds(out, "'?");
	}
}
