/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "base/lang.h"

#include "base/ascii.h"
#include "base/rd.h"
#include "base/embedded.h"

enum { MO_MAGIC = 0x950412de, MO_HEAD = 28, FULL = 1000 };

static const struct {
	const char *name, *file;	/* file NULL: the texts as they are in the code */
} languages[] = { { "en", NULL }, { "ja", "ja.mo" } };
enum { LANGUAGES = sizeof(languages) / sizeof(languages[0]) };

/* ";q=0.85" in thousandths; 0 when it cannot be read. */
static int
weight(struct str params)
{
	struct str p = str_trim(params);
	int q = 0, unit = FULL / 10;

	if (p.n == 0)
		return FULL;
	if (!str_starts_nocase(p, STR("q=")) || p.n < 3)
		return 0;
	if (p.p[2] == '1')
		return FULL;
	for (size_t i = 4; i < p.n && i < 7 && ascii_is_digit((unsigned char)p.p[i]); i++, unit /= 10)
		q += (p.p[i] - '0') * unit;
	return q;
}

/* "ja" and "ja-JP" are for ja, "*" for the first. */
static int
which(struct str range)
{
	struct str primary = str_upto(range, str_chr(range, '-') == STR_NPOS ? range.n : str_chr(range, '-'));

	if (str_eq(range, STR("*")))
		return 0;
	for (int i = 0; i < LANGUAGES; i++)
		if (str_eq_nocase(primary, str_of(languages[i].name)))
			return i;
	return -1;
}

struct lang
lang_choose(struct str accept)
{
	struct str item, range;
	int best = 0, best_q = 0;

	for (int n = 0; n < LANG_RANGES && str_next(&accept, ',', &item); n++) {
		struct str params = item;
		int i, q;

		if (!str_next(&params, ';', &range))
			continue;
		i = which(str_trim(range));
		q = weight(params);
		if (i >= 0 && q > best_q) {
			best = i;
			best_q = q;
		}
	}
	return (struct lang){ languages[best].name,
		languages[best].file ? embedded_find(lang_files, languages[best].file) : STR_NONE };
}

/* The string that row i of the table at `table` describes. */
static struct str
string_at(struct str mo, uint32_t table, uint32_t i)
{
	struct rd r = { .in = mo, .off = table + (size_t)i * 8 };
	uint32_t n, at;

	if (r.off > mo.n)
		return STR_NONE;
	n = rd_u32(&r);
	at = rd_u32(&r);
	return r.err || at > mo.n || n > mo.n - at ? STR_NONE : str_sub(mo, at, n);
}

struct str
lang_text(const struct lang *lang, const char *text)
{
	struct rd r = { .in = lang->mo };
	struct str want = str_of(text), got;
	uint32_t low = 0, high, originals, translations;

	if (want.n == 0 || lang->mo.n < MO_HEAD || rd_u32(&r) != (uint32_t)MO_MAGIC)
		return want;
	rd_u32(&r);		/* revision */
	high = rd_u32(&r);
	originals = rd_u32(&r);
	translations = rd_u32(&r);
	while (low < high) {	/* sorted */
		uint32_t mid = low + (high - low) / 2;
		int order = str_cmp(want, string_at(lang->mo, originals, mid));

		if (order == 0) {
			got = string_at(lang->mo, translations, mid);
			return got.n ? got : want;
		}
		if (order < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return want;
}
