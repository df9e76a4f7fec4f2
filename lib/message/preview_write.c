/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "message/preview_write.h"

#include "base/utf8.h"

const struct preview_tags preview_tags[PREVIEW_BLOCKS] = {
	[PREVIEW_NONE] = { STR_NONE, STR_NONE },
	[PREVIEW_P] = { { "<p>", 3 }, { "</p>\n", 5 } },
	[PREVIEW_HEAD] = { { "<h3>", 4 }, { "</h3>\n", 6 } },
	[PREVIEW_ITEM] = { { "<ul><li>", 8 }, { "</li></ul>\n", 11 } },
	[PREVIEW_QUOTE] = { { "<blockquote>", 12 }, { "</blockquote>\n", 14 } },
	[PREVIEW_PRE] = { { "<pre>", 5 }, { "</pre>\n", 7 } },
};

static bool
has_room(struct preview_out *w, size_t n)
{
	if (w->out->n + n + PREVIEW_TAIL > w->out->max)
		w->full = w->cut = true;
	return !w->full;
}

void
preview_end(struct preview_out *w)
{
	buf_add(w->out, preview_tags[w->open].close);
	w->open = w->next = PREVIEW_NONE;
	w->space = false;
}

void
preview_begin(struct preview_out *w, enum preview_block kind)
{
	w->next = kind;
	w->space = false;
}

void
preview_ours(struct preview_out *w, struct str s)
{
	if (has_room(w, s.n))
		buf_add(w->out, s);
}

/* Direction marks make text read as what it is not; most controls have no place in HTML. */
static bool
is_shown(uint32_t cp)
{
	if (cp < 0x20 || (cp >= 0x7f && cp < 0xa0))
		return cp == '\n' || cp == '\t';
	if ((cp >= 0x202a && cp <= 0x202e) || (cp >= 0x2066 && cp <= 0x2069) || cp == 0x200e || cp == 0x200f || cp == 0x61c)
		return false;
	return cp != UTF8_BAD && (cp & 0xfffe) != 0xfffe && !(cp >= 0xfdd0 && cp <= 0xfdef);
}

static void
character(struct preview_out *w, uint32_t cp)
{
	char utf8[UTF8_MAX];

	if (!has_room(w, PREVIEW_PIECE))
		return;
	switch (cp) {
	case '<':
		buf_adds(w->out, "&lt;");
		return;
	case '>':
		buf_adds(w->out, "&gt;");
		return;
	case '&':
		buf_adds(w->out, "&amp;");
		return;
	case '"':
		buf_adds(w->out, "&quot;");
		return;
	case '\'':
		buf_adds(w->out, "&#39;");
		return;
	}
	buf_add(w->out, (struct str){ utf8, utf8_put(utf8, is_shown(cp) ? cp : UTF8_REPLACEMENT) });
}

/* What comes before a word: the block it opens, or a blank. */
static void
lead(struct preview_out *w)
{
	if (w->open == PREVIEW_NONE && w->next == PREVIEW_NONE)
		w->next = PREVIEW_P;
	if (w->next != PREVIEW_NONE && has_room(w, 3 * PREVIEW_PIECE)) {
		enum preview_block next = w->next;

		preview_end(w);
		buf_add(w->out, preview_tags[next].open);
		w->open = next;
	} else if (w->space && has_room(w, 1)) {
		buf_addc(w->out, ' ');
	}
	w->space = false;
}

void
preview_text(struct preview_out *w, struct str s)
{
	size_t at = 0;

	while (at < s.n && !w->full) {
		uint32_t cp = utf8_next(s, &at);
		bool pre = (w->next ? w->next : w->open) == PREVIEW_PRE;

		if (cp == '\r' || (cp == 0xfeff && at == 3))
			continue;
		if (!pre && (cp == ' ' || cp == '\t' || cp == '\n' || cp == '\f' || cp == 0xa0)) {
			w->space = w->open != PREVIEW_NONE && w->next == PREVIEW_NONE;
			continue;
		}
		if (w->space || w->next || w->open == PREVIEW_NONE)
			lead(w);
		character(w, cp);
	}
}
