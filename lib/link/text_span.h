/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* text_span.h - how far a link in text goes
 *
 * Input    UTF-8 text and where its host begins
 * Units    offsets in bytes of the text
 * Limits   TEXT_URL_BYTES, TEXT_LINES
 * Memory   none
 * Errors   none
 * Threads  reentrant
 * Source   find_text.h
 */
#ifndef LINK_TEXT_SPAN_H
#define LINK_TEXT_SPAN_H

#include "base/str.h"
#include "link/find_text.h"

/* Letters, by what ends a run of them. Narrow ones stand with ASCII in one label; wide ones (kana,
 * kanji, hangul ...) are also what Japanese text goes on with, without a blank. */
enum text_char { TEXT_STOP, TEXT_NARROW, TEXT_WIDE, TEXT_DOT /* as browsers map it: U+3002 and the like */ };

/* The character at s.p[*at], not ASCII; moves *at behind it. */
enum text_char text_char_next(struct str s, size_t *at);

/* "[.]", "(dot)", "[:]", "[://]": how many bytes, and what it stands for; 0: no such mark. */
size_t text_mark(struct str s, size_t at, struct str *plain);

struct text_span {
	size_t end;			/* without closing punctuation */
	size_t mark;			/* the first "[.]" in the host, or STR_NPOS */
	bool joined;			/* goes over a line end */
	bool full_width;		/* has letters that are an ASCII one, wide */
};

/* start: of the link with scheme; host: where its authority begins. */
void text_span(const struct text_how *how, struct str text, size_t start, size_t host, struct text_span *out);

/* The same between '<' at start - 1 and '>'. False: it is not closed, or has blanks inside lines. */
bool text_span_angled(struct str text, size_t start, struct text_span *out);

#endif
