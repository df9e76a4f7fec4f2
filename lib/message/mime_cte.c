/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* What Content-Transfer-Encoding may mean. A value that the standard does not know is
 * read as clients do that look for the encoding anywhere in it. */
#include "message/mime_build.h"

enum { FIELDS_MAX = 4 };	/* fields of one part that differ */

static const struct {
	struct str word;
	enum mime_cte cte;
} known[] = {
	{ { "base64", 6 }, MIME_CTE_BASE64 },
	{ { "quoted-printable", 16 }, MIME_CTE_QP },
	{ { "7bit", 4 }, MIME_CTE_IDENTITY },
	{ { "8bit", 4 }, MIME_CTE_IDENTITY },
	{ { "binary", 6 }, MIME_CTE_IDENTITY },
	{ { "x-uuencode", 10 }, MIME_CTE_UU },
	{ { "uuencode", 8 }, MIME_CTE_UU },
	{ { "x-uue", 5 }, MIME_CTE_UU },
	{ { "uue", 3 }, MIME_CTE_UU },
	{ { "x-uu", 4 }, MIME_CTE_UU },
	{ { "x-yenc", 6 }, MIME_CTE_YENC },
	{ { "x-yencode", 9 }, MIME_CTE_YENC },
};

/* Parts of words that make some client take an unknown value for an encoding. */
static const struct {
	struct str word;
	enum mime_cte cte;
} hints[] = {
	{ { "64", 2 }, MIME_CTE_BASE64 },
	{ { "quoted", 6 }, MIME_CTE_QP },
	{ { "printable", 9 }, MIME_CTE_QP },
	{ { "qp", 2 }, MIME_CTE_QP },
	{ { "uu", 2 }, MIME_CTE_UU },
	{ { "yenc", 4 }, MIME_CTE_YENC },
};

struct guesses {
	enum mime_cte *out;
	size_t n;
};

static void
add(struct guesses *g, enum mime_cte cte)
{
	for (size_t i = 0; i < g->n; i++)
		if (g->out[i] == cte)
			return;
	if (g->n < ENCODINGS_MAX)
		g->out[g->n++] = cte;
}

static bool
add_known(struct guesses *g, struct str value)
{
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (str_eq_nocase(value, known[i].word)) {
			add(g, known[i].cte);
			return true;
		}
	return false;
}

static void
add_hints(struct guesses *g, struct str value)
{
	for (size_t i = 0; i < sizeof(hints) / sizeof(hints[0]); i++)
		if (str_find_nocase(value, hints[i].word) != STR_NPOS)
			add(g, hints[i].cte);
}

/* Values with something around the word, or without a word that is known. */
static void
add_odd(struct mime_builder *b, struct guesses *g, struct str value)
{
	struct str word = header_token(b->pool, b->lim, value), text;
	size_t end = 0;
	uint64_t ignored = 0;

	while (end < word.n && word.p[end] != ';' && word.p[end] != ',')
		end++;
	add_known(g, str_upto(word, end));
	text = header_text(b->pool, b->lim, value, &ignored);
	add_known(g, str_trim(text));
	add_hints(g, text);
	add_hints(g, word);
	add(g, MIME_CTE_IDENTITY);
}

size_t
mime_encodings(struct mime_builder *b, struct mime_part *part, enum mime_cte out[ENCODINGS_MAX])
{
	struct guesses g = { .out = out };
	struct str values[FIELDS_MAX];
	size_t n = mime_values(b, part, STR("content-transfer-encoding"), values, FIELDS_MAX);

	for (size_t i = 0; i < n; i++) {
		if (i && !str_eq_nocase(values[i], values[0]))
			part->defects |= DEFECT_BIT(DUPLICATE_ENCODING);
		if (add_known(&g, values[i]))
			continue;
		part->defects |= DEFECT_BIT(BAD_ENCODING);
		add_odd(b, &g, values[i]);
	}
	if (g.n == 0)
		add(&g, MIME_CTE_IDENTITY);
	return g.n;
}
