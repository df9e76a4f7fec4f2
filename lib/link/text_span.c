/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "link/text_span.h"

#include "base/ascii.h"
#include "base/utf8.h"
#include "link/tld.h"

enum { PAIRS = 2 };		/* ( ) and [ ] */

/* Ranges of code points that end a link, or stand in it; what is in none is a narrow letter.
 * White space, quotation marks, brackets and full stops of CJK; general punctuation but for
 * the invisible characters, which browsers drop or clients keep. Sorted. */
static const struct {
	uint32_t from, to;
	enum text_char is;
} ranges[] = {
	{ 0x80, 0xa0, TEXT_STOP }, { 0xab, 0xab, TEXT_STOP }, { 0xbb, 0xbb, TEXT_STOP },
	{ 0x1100, 0x11ff, TEXT_WIDE }, { 0x1680, 0x1680, TEXT_STOP }, { 0x2000, 0x200a, TEXT_STOP },
	{ 0x2013, 0x2014, TEXT_STOP }, { 0x2018, 0x201f, TEXT_STOP }, { 0x2022, 0x2022, TEXT_STOP },
	{ 0x2026, 0x2026, TEXT_STOP }, { 0x2028, 0x2029, TEXT_STOP }, { 0x202f, 0x202f, TEXT_STOP },
	{ 0x2039, 0x203a, TEXT_STOP }, { 0x205f, 0x205f, TEXT_STOP }, { 0x2190, 0x21ff, TEXT_STOP },
	{ 0x2e80, 0x2fff, TEXT_WIDE }, { 0x3000, 0x3001, TEXT_STOP }, { 0x3002, 0x3002, TEXT_DOT },
	{ 0x3003, 0x3004, TEXT_STOP }, { 0x3005, 0x3007, TEXT_WIDE }, { 0x3008, 0x3020, TEXT_STOP },
	{ 0x3021, 0x302f, TEXT_WIDE }, { 0x3030, 0x3030, TEXT_STOP }, { 0x3031, 0x33ff, TEXT_WIDE },
	{ 0x3400, 0x9fff, TEXT_WIDE }, { 0xa000, 0xa4cf, TEXT_WIDE }, { 0xac00, 0xd7ff, TEXT_WIDE },
	{ 0xf900, 0xfaff, TEXT_WIDE }, { 0xfe10, 0xfe6f, TEXT_STOP }, { 0xff01, 0xff0c, TEXT_STOP },
	{ 0xff0d, 0xff0d, TEXT_NARROW }, { 0xff0e, 0xff0e, TEXT_DOT }, { 0xff0f, 0xff19, TEXT_NARROW },
	{ 0xff1a, 0xff20, TEXT_STOP }, { 0xff21, 0xff3a, TEXT_NARROW }, { 0xff3b, 0xff40, TEXT_STOP },
	{ 0xff41, 0xff5a, TEXT_NARROW }, { 0xff5b, 0xff60, TEXT_STOP }, { 0xff61, 0xff61, TEXT_DOT },
	{ 0xff62, 0xff64, TEXT_STOP }, { 0xff65, 0xff9f, TEXT_WIDE }, { 0xfffd, 0xfffd, TEXT_NARROW },
	{ 0x20000, 0x3ffff, TEXT_WIDE }, { 0xe0000, 0x10ffff, TEXT_STOP },
};

/* U+3040 to 33FF and U+4000 to 9FFF, of which Japanese and Chinese text is made: TEXT_WIDE, by their first bytes. */
static bool
is_common_wide(struct str s, size_t at)
{
	const unsigned char *p = (const unsigned char *)s.p + at;

	return s.n - at >= 3 && (p[0] == 0xe3 ? p[1] >= 0x81 : p[0] >= 0xe4 && p[0] <= 0xe9) && (p[1] & 0xc0) == 0x80 &&
	    p[1] <= (p[0] == 0xe3 ? 0x8f : 0xbf) && (p[2] & 0xc0) == 0x80;
}

enum text_char
text_char_next(struct str s, size_t *at)
{
	size_t lo = 0, hi = sizeof(ranges) / sizeof(ranges[0]);
	uint32_t cp;

	if (is_common_wide(s, *at)) {
		*at += 3;
		return TEXT_WIDE;
	}
	cp = utf8_next(s, at);
	if (cp == UTF8_BAD)
		return TEXT_STOP;
	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (cp > ranges[mid].to)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < sizeof(ranges) / sizeof(ranges[0]) && cp >= ranges[lo].from ? ranges[lo].is : TEXT_NARROW;
}

size_t
text_mark(struct str s, size_t at, struct str *plain)
{
	static const struct {
		const char *mark, *plain;
	} marks[] = {
		{ "[.]", "." }, { "(.)", "." }, { "{.}", "." }, { "[dot]", "." }, { "(dot)", "." }, { "{dot}", "." },
		{ "[:]", ":" }, { "[/]", "/" }, { "[//]", "//" }, { "[@]", "@" }, { "[://]", "://" }, { "[:]//", "://" },
	};
	struct str rest = str_from(s, at);

	if (rest.n < 3 || (rest.p[0] != '[' && rest.p[0] != '(' && rest.p[0] != '{'))
		return 0;
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		if (!str_starts_nocase(rest, str_of(marks[i].mark)))
			continue;
		*plain = str_of(marks[i].plain);
		return strlen(marks[i].mark);
	}
	return 0;
}

/* --- the walk --- */

struct walk {
	const struct text_how *how;
	struct str in;
	size_t start, at;
	size_t label;			/* where the label of the host begins that `at` is in */
	bool authority;
	size_t open[PAIRS];		/* brackets not closed yet */
	unsigned lines;
	struct text_span *out;
};

static bool
is_host_char(struct str s, size_t at)
{
	size_t next = at;

	if (at >= s.n)
		return false;
	if ((unsigned char)s.p[at] < 0x80)
		return ascii_is_alnum((unsigned char)s.p[at]);
	return text_char_next(s, &next) != TEXT_STOP;
}

/* A line that ends in a blank goes on behind its line end and one blank (RFC 3676 4.4). */
static bool
next_line(struct walk *w)
{
	struct str rest = str_from(w->in, w->at);
	size_t n = str_starts(rest, STR(" \r\n")) ? 3 : str_starts(rest, STR(" \n")) ? 2 : 0;

	if (!w->how->joins_lines || n == 0 || ++w->lines > TEXT_LINES)
		return false;
	while (n < rest.n && rest.p[n] == '>')
		n++;
	if (n < rest.n && rest.p[n] == ' ')
		n++;
	if (n >= rest.n || (unsigned char)rest.p[n] <= ' ')
		return false;
	w->at += n;
	w->out->joined = true;
	return true;
}

static bool
opening(struct walk *w, char c)
{
	struct str plain;
	size_t n = text_mark(w->in, w->at, &plain);

	if (w->authority && n) {
		if (w->out->mark == STR_NPOS)
			w->out->mark = w->at;
		w->at += n;
		w->label = w->at;
		return true;
	}
	w->open[c == '[']++;
	w->at++;
	return true;
}

static bool
closing(struct walk *w, char c)
{
	size_t *open = &w->open[c == ']'];

	if (*open == 0)
		return false;
	(*open)--;
	w->at++;
	return true;
}

/* False: the link ends here. */
static bool
ascii(struct walk *w, unsigned char c)
{
	switch (c) {
	case '<': case '>': case '"': case '`': case '{': case '}': case '|': case '^':
		return false;
	case ' ':
		return next_line(w);
	case '(': case '[':
		return opening(w, (char)c);
	case ')': case ']':
		return closing(w, (char)c);
	case '\'': case ';':
		if (w->how->schemes_only)
			return false;
		break;
	case '\\':
		if (w->how->schemes_only)
			return false;
		w->authority = false;
		break;
	case '/': case '?': case '#':
		w->authority = false;
		break;
	case '.':
		w->label = w->at + 1;
		break;
	}
	if (c < ' ' || c == 0x7f)
		return false;
	w->at++;
	return true;
}

/* Does Japanese text go on here, behind a URL? In the host behind a real top-level domain, in
 * the path where a wide letter stands right behind ASCII that is no delimiter. */
static bool
text_goes_on(const struct walk *w)
{
	unsigned char before;

	if (w->at == w->start)
		return false;
	before = (unsigned char)w->in.p[w->at - 1];
	if (!w->authority)
		return ascii_is_alnum(before);
	return before < 0x80 && w->label > w->start + 1 && tld_is_real(str_sub(w->in, w->label, w->at - w->label));
}

static bool
other(struct walk *w)
{
	size_t next = w->at;

	switch (text_char_next(w->in, &next)) {
	case TEXT_STOP:
		return false;
	case TEXT_DOT:
		if (!w->authority || !is_host_char(w->in, next))
			return false;
		w->label = next;
		break;
	case TEXT_WIDE:
		if (text_goes_on(w))
			return false;
		break;
	case TEXT_NARROW:
		w->out->full_width |= str_starts(str_from(w->in, w->at), STR("\xef\xbc"));
		w->out->full_width |= str_starts(str_from(w->in, w->at), STR("\xef\xbd"));
		break;
	}
	w->at = next;
	return true;
}

/* Without what closes the sentence around it. */
static size_t
trim(const struct walk *w)
{
	size_t end = w->at;
	char around = w->start > 0 ? w->in.p[w->start - 1] : '\0';

	while (end > w->start) {
		char c = w->in.p[end - 1];
		bool mark = str_chr(STR(".,;:!?'"), c) != STR_NPOS;
		bool pair = (c == '*' || c == '_' || c == '~') && around == c;

		if (!mark && !pair)
			break;
		end--;
	}
	/* A bracket that was opened in the link and not closed does not belong to it at its end. */
	while (end > w->start && (w->in.p[end - 1] == '(' || w->in.p[end - 1] == '['))
		end--;
	return end;
}

void
text_span(const struct text_how *how, struct str text, size_t start, size_t host, struct text_span *out)
{
	struct walk w = { .how = how, .in = text, .start = start, .at = host, .label = host, .authority = true,
	    .out = out };

	*out = (struct text_span){ .mark = STR_NPOS };
	while (w.at < text.n && w.at - start < TEXT_URL_BYTES) {
		unsigned char c = (unsigned char)text.p[w.at];

		if (c < 0x80 ? !ascii(&w, c) : !other(&w))
			break;
	}
	out->end = trim(&w);
}

/* White space belongs to a line end, or the brackets are around more than a URL. */
bool
text_span_angled(struct str text, size_t start, struct text_span *out)
{
	size_t at = start, lines = 0, blank = 0;
	bool line = false;

	*out = (struct text_span){ .mark = STR_NPOS };
	for (; at < text.n && at - start < TEXT_URL_BYTES && text.p[at] != '<' && text.p[at] != '"'; at++) {
		unsigned char c = (unsigned char)text.p[at];

		if (c == '>') {
			out->end = at - blank;
			return out->end > start;
		}
		if (ascii_is_space(c)) {
			line |= c == '\n';
			lines += c == '\n';
			blank++;
			continue;
		}
		if ((blank && !line) || c < ' ' || lines > TEXT_LINES)
			return false;
		out->joined |= blank > 0;
		blank = 0;
		line = false;
	}
	return false;
}
