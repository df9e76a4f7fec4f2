/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* RTF: its text without control words holds the fields (HYPERLINK, INCLUDEPICTURE, templates); long
 * rows of hexadecimal digits are objects. */
#include "base/ascii.h"
#include "base/utf8.h"
#include "link/find_office.h"
#include "link/find_office_in.h"
#include "link/find_into.h"

enum { WORD_MAX = 32, HEX_MIN = 64, SKIP_MAX = 4 };

struct rtf {
	struct str in;
	size_t at;
	struct buf text, object;
};

/* \'hh is a byte of the document's code page; those of URLs are ASCII. */
static void
quoted(struct rtf *r)
{
	int hi = r->at + 2 < r->in.n ? ascii_hex((unsigned char)r->in.p[r->at + 1]) : -1;
	int lo = r->at + 2 < r->in.n ? ascii_hex((unsigned char)r->in.p[r->at + 2]) : -1;

	if (hi < 0 || lo < 0) {
		r->at++;
		return;
	}
	buf_addc(&r->text, hi < 8 ? (char)(hi << 4 | lo) : ' ');
	r->at += 3;
}

/* Behind a backslash. */
static void
control(struct rtf *r)
{
	size_t from = r->at;
	struct str word;
	char c = r->at < r->in.n ? r->in.p[r->at] : 0, out[UTF8_MAX];
	int64_t number = 0;
	bool negative;

	if (c == '\'') {
		quoted(r);
		return;
	}
	if (!ascii_is_alpha((unsigned char)c)) {
		r->at++;
		if (c == '\\' || c == '{' || c == '}')
			buf_addc(&r->text, c);
		else if (c == '~')
			buf_addc(&r->text, ' ');
		return;
	}
	while (r->at < r->in.n && r->at - from < WORD_MAX && ascii_is_alpha((unsigned char)r->in.p[r->at]))
		r->at++;
	word = str_sub(r->in, from, r->at - from);
	negative = r->at < r->in.n && r->in.p[r->at] == '-';
	r->at += negative;
	for (; r->at < r->in.n && ascii_is_digit((unsigned char)r->in.p[r->at]); r->at++)
		number = number < 100000 ? number * 10 + (r->in.p[r->at] - '0') : number;
	r->at += r->at < r->in.n && r->in.p[r->at] == ' ';
	if (str_eq(word, STR("u")))
		buf_add(&r->text, (struct str){ out, utf8_put(out, (uint32_t)(negative ? -number : number) & 0xffff) });
	else if (str_eq(word, STR("xmlns")))
		while (r->at < r->in.n && r->in.p[r->at] != '}')
			r->at++;
	else if (str_eq(word, STR("par")) || str_eq(word, STR("line")) || str_eq(word, STR("field")) ||
	    str_eq(word, STR("fldrslt")))
		buf_addc(&r->text, '\n');
}

/* A row of digits, blanks and line ends in between. True: it was one, and r->object holds it. */
static bool
digits(struct rtf *r)
{
	size_t at = r->at, n = 0;
	int high = -1;

	buf_reset(&r->object);
	for (; at < r->in.n; at++) {
		int d = ascii_hex((unsigned char)r->in.p[at]);

		if (d < 0 && !ascii_is_space((unsigned char)r->in.p[at]))
			break;
		if (d < 0)
			continue;
		n++;
		if (high >= 0)
			buf_addc(&r->object, (char)(high << 4 | d));
		high = high >= 0 ? -1 : d;
	}
	if (n < HEX_MIN)
		return false;
	r->at = at;
	return true;
}

void
find_office_rtf(struct links *l, struct str rtf, size_t part)
{
	const struct text_how how = { .schemes_only = true };
	struct rtf r = { .in = rtf };
	bool start = true;		/* digits are only tried where a word begins: linear */

	buf_init(&r.text, OFFICE_TEXT_BYTES);
	buf_init(&r.object, OFFICE_TEXT_BYTES);
	while (r.at < r.in.n) {
		char c = r.in.p[r.at];

		if (start && ascii_hex((unsigned char)c) >= 0 && digits(&r)) {
			find_office_bytes(l, buf_str(&r.object), part);
			continue;
		}
		start = !ascii_is_alnum((unsigned char)c);
		r.at++;
		if (c == '\\')
			control(&r);
		else if (c != '{' && c != '}' && c != '\r' && c != '\n')
			buf_addc(&r.text, c);
	}
	if (r.text.full || r.object.full)
		links_note_cut(l);
	find_text(l, buf_str(&r.text), part, &how, LINK_IN_OFFICE);
	buf_clear(&r.text);
	buf_clear(&r.object);
}
