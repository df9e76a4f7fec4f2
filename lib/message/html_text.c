/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* The text a person sees, line by line. */
#include <endian.h>

#include "base/ascii.h"
#include "message/html.h"

static void
emit(struct html_shown *t, struct str s)
{
	size_t room = t->max > t->out->n ? t->max - t->out->n : 0;

	buf_add(t->out, str_upto(s, room));
	if (s.n > room)
		t->out->full = true;
}

/* A piece without white space. */
static void
word(struct html_shown *t, struct str s)
{
	if (s.n == 0)
		return;
	if (t->line && t->out->n)
		emit(t, STR("\n"));
	else if (t->space && t->out->n)
		emit(t, STR(" "));
	t->line = t->space = false;
	emit(t, s);
}

/* Length of the white space at s.p[at]: ASCII, or U+00A0, which is only layout in mail. */
static size_t
space_at(struct str s, size_t at)
{
	if (ascii_is_space((unsigned char)s.p[at]))
		return 1;
	return at + 1 < s.n && s.p[at] == '\xc2' && s.p[at + 1] == '\xa0' ? 2 : 0;
}

/* The high bit of each of eight bytes that is, without its own high bit, at most n; none for bytes of UTF-8. */
static uint64_t
at_most(uint64_t eight, unsigned char n)
{
	const uint64_t ones = UINT64_C(0x0101010101010101), low = 0x7f * ones;

	return ~(((eight & low) + ones * (0x7fu - n)) | eight) & ~low;
}

/* Eight bytes at a time, while there are only letters and single blanks. */
static size_t
plain_run(struct str s, size_t at)
{
	const uint64_t nbsp = UINT64_C(0xc2c2c2c2c2c2c2c2);

	while (s.n - at > sizeof(uint64_t)) {
		uint64_t eight, blank;

		memcpy(&eight, s.p + at, sizeof(eight));
		eight = le64toh(eight);
		blank = at_most(eight, ' ');
		if (at_most(eight, ' ' - 1) | (blank & blank >> 8) | at_most(eight ^ nbsp, 0))
			break;
		at += blank >> 63 ? 7 : 8;	/* a blank at the end is looked at with what is behind it */
	}
	return at;
}

/* Where a run ends that stands as it is: words with one blank between them. */
static size_t
run_end(struct str s, size_t at)
{
	for (at = plain_run(s, at); at < s.n; at++) {
		unsigned char c = (unsigned char)s.p[at];

		if (c > ' ' && c != 0xc2)
			continue;
		if (c == ' ' && at + 1 < s.n && space_at(s, at + 1) == 0)
			continue;
		if (space_at(s, at))
			break;
	}
	return at;
}

static void
words(struct html_shown *t, struct str s)
{
	size_t at = 0;

	while (at < s.n) {
		size_t n = space_at(s, at), end;

		if (n) {
			t->line |= t->pre && s.p[at] == '\n';
			t->space = true;
			at += n;
			while (!t->pre && at < s.n && ascii_is_space((unsigned char)s.p[at]))
				at++;
			continue;
		}
		end = run_end(s, at);
		word(t, str_sub(s, at, end - at));
		at = end;
	}
}

/* The same with character references. */
static void
run(struct html_shown *t, struct str s, bool attr)
{
	while (s.n && !t->out->full) {
		size_t amp = str_chr(s, '&'), n, took;
		char utf8[8];

		words(t, str_upto(s, amp));
		if (amp == STR_NPOS)
			return;
		s = str_from(s, amp);
		took = html_reference(s, attr, utf8, &n);
		words(t, took ? (struct str){ utf8, n } : STR("&"));
		s = str_from(s, took ? took : 1);
	}
}

static void
picture(struct html_shown *t, struct str attrs)
{
	struct html_attr a;

	while (html_attr_next(&attrs, &a)) {
		if (!str_eq_nocase(a.name, STR("alt")))
			continue;
		t->space = true;
		run(t, a.value, true);
		t->space = true;
		return;		/* the first of two attributes counts */
	}
}

static void
element(struct html_shown *t, const struct html_token *tok)
{
	bool start = tok->kind == HTML_START;

	t->line |= (tok->element & HTML_BLOCK) != 0;
	t->space |= (tok->element & HTML_SPACE) != 0;
	if (tok->element & HTML_PRE)
		t->pre = start;
	if (tok->element & HTML_TEMPLATE)
		t->hidden = start ? t->hidden + 1 : t->hidden > 0 ? t->hidden - 1 : 0;
	if (start && (tok->element & HTML_PICTURE))
		picture(t, tok->attrs);
}

/* Raw text that is shown: of title and textarea with references, of xmp and plaintext as is. */
static void
raw_text(struct html_shown *t, const struct html_token *tok)
{
	if (tok->element & HTML_REFERENCES)
		run(t, tok->raw, false);
	else if (tok->element & HTML_SHOWN)
		words(t, tok->raw);
}

void
html_show(struct html_shown *t, const struct html_token *tok)
{
	switch (tok->kind) {
	case HTML_TEXT:
		if (!t->hidden)
			run(t, tok->raw, false);
		return;
	case HTML_RAWTEXT:
		raw_text(t, tok);
		return;
	case HTML_CDATA:
		return;
	case HTML_START:
	case HTML_END:
		element(t, tok);
		return;
	case HTML_COMMENT:
	case HTML_DOCTYPE:
		return;
	}
}

void
html_text(const struct limits *lim, struct str in, struct buf *out, uint64_t *defects)
{
	struct html_shown t = { .out = out, .max = (size_t)lim->text_bytes };
	struct html h;
	struct html_token tok;

	if (t.max > out->max)
		t.max = out->max;
	html_init(&h, lim, in);
	while (!out->full && html_next(&h, &tok))
		html_show(&t, &tok);
	*defects |= h.defects;
}
