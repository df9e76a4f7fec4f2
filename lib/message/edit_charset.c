/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "message/edit_charset.h"

#include "base/ascii.h"
#include "base/utf8.h"
#include "message/charset.h"

/* How bytes make characters. */
enum way {
	WAY_SINGLE,		/* bytes over 127 are no ASCII, whatever they are: UTF-8, ISO-8859, EUC */
	WAY_KANA_PAIRS,		/* Shift_JIS: a lead byte takes the next one with it, A1 to DF stand alone */
	WAY_PAIRS,		/* GB 18030, Big5, Korean */
	WAY_ESCAPES,		/* ISO-2022 */
	WAY_16LE, WAY_16BE, WAY_32LE, WAY_32BE,
	WAYS
};

enum { ESC = 0x1b, OTHER = 0x80, ESCAPE_MAX = 4, UTF8_GROWTH = 3 };

/* A place in the content: between two characters, and behind which escape. */
struct spot {
	size_t at;
	struct str escape;	/* the last one; empty: ASCII from the start */
};

struct walker {
	enum way way;
	struct str in;
	struct spot now;
	bool shifted;		/* another set than ASCII is chosen */
};

/* RFC 1468, RFC 1557, RFC 1922: ESC, intermediates 20 to 2F, a final byte. 0: none. */
static size_t
escape_at(struct str in, size_t at)
{
	size_t n = 1;

	while (n < ESCAPE_MAX && at + n < in.n && (unsigned char)in.p[at + n] >= 0x20 && (unsigned char)in.p[at + n] < 0x30)
		n++;
	return n > 1 && at + n < in.n && (unsigned char)in.p[at + n] >= 0x30 ? n + 1 : 0;
}

static bool
chooses_ascii(struct str escape)
{
	return escape.n == 0 || str_eq(escape, STR("\033(B")) || str_eq(escape, STR("\033(J")) ||
	    str_eq(escape, STR("\033(H"));
}

static void
take_escapes(struct walker *w)
{
	size_t n;

	while (w->now.at < w->in.n && w->in.p[w->now.at] == ESC && (n = escape_at(w->in, w->now.at)) > 0) {
		w->now.escape = str_sub(w->in, w->now.at, n);
		w->shifted = !chooses_ascii(w->now.escape);
		w->now.at += n;
	}
}

/* How many bytes the character takes that begins with a byte over 127. */
static size_t
pair(const struct walker *w, unsigned char c)
{
	struct str rest = str_from(w->in, w->now.at);
	unsigned char second = rest.n > 1 ? (unsigned char)rest.p[1] : 0;

	if (w->way == WAY_SINGLE || w->way == WAY_ESCAPES || rest.n < 2 || c == 0x80 || c == 0xff || second < 0x30)
		return 1;
	if (w->way == WAY_KANA_PAIRS && (c == 0xa0 || (c > 0xa0 && c < 0xe0) || second < 0x40))
		return 1;
	if (second < 0x40)		/* GB 18030: four bytes, the second and the last are digits */
		return rest.n >= 4 && ascii_is_digit(second) ? 4 : 1;
	return 2;
}

/* One character of 16 or 32 bits: its code, OTHER for all that is not ASCII. */
static unsigned
wide(struct walker *w, size_t size, bool big)
{
	struct str unit = str_sub(w->in, w->now.at, size);
	unsigned low = 0, others = 0;

	for (size_t i = 0; i < unit.n; i++) {
		unsigned char c = (unsigned char)unit.p[i];

		if (i == (big ? size - 1 : 0))
			low = c;
		else
			others |= c;
	}
	w->now.at += unit.n;
	if (size == 2 && !others && unit.n == 2)
		return low < 0x80 ? low : OTHER;
	if (size == 2 && unit.n == 2 && ((unsigned char)unit.p[big ? 0 : 1] & 0xfc) == 0xd8)
		w->now.at += str_sub(w->in, w->now.at, 2).n;	/* the other half of a surrogate pair */
	return others || unit.n < size || low >= 0x80 ? OTHER : low;
}

/* The next character; the walker is not at its end. */
static unsigned
next(struct walker *w)
{
	unsigned char c = (unsigned char)w->in.p[w->now.at];

	switch (w->way) {
	case WAY_16LE: case WAY_16BE:
		return wide(w, 2, w->way == WAY_16BE);
	case WAY_32LE: case WAY_32BE:
		return wide(w, 4, w->way == WAY_32BE);
	case WAY_ESCAPES:
		if (w->shifted && c > 0x20 && c != 0x7f) {
			bool half = str_eq(w->now.escape, STR("\033(I"));

			w->now.at += half ? 1 : str_sub(w->in, w->now.at, 2).n;
			return OTHER;
		}
		break;
	case WAY_SINGLE: case WAY_KANA_PAIRS: case WAY_PAIRS: case WAYS:
		break;
	}
	w->now.at += c < 0x80 ? 1 : pair(w, c);
	return c < 0x80 ? c : OTHER;
}

/* --- both texts in step --- */

struct steps {
	struct walker w;
	struct str utf8;
	size_t at;
	const struct edit_range *range;
	size_t n, next;		/* boundaries: 2 * range, and 1 for its end */
	struct spot *spots;
};

/* The offset in UTF-8 of boundary i. */
static size_t
boundary(const struct steps *s, size_t i)
{
	return s->range[i / 2].at + (i % 2 ? s->range[i / 2].n : 0);
}

/* A range begins behind the escapes in front of it, and ends before those behind it. */
static void
note_ends(struct steps *s)
{
	while (s->next < 2 * s->n && s->next % 2 && boundary(s, s->next) <= s->at)
		s->spots[s->next++] = s->w.now;
}

static void
note(struct steps *s)
{
	note_ends(s);
	if (s->w.way == WAY_ESCAPES)
		take_escapes(&s->w);
	while (s->next < 2 * s->n && boundary(s, s->next) <= s->at)
		s->spots[s->next++] = s->w.now;
}

/* What is no ASCII may be more or fewer characters on the other side: wait at the next ASCII. */
static bool
step(struct steps *s)
{
	size_t at = s->at;
	struct spot before = s->w.now;
	bool more = before.at < s->w.in.n, left = at < s->utf8.n;
	uint32_t cp = left ? utf8_next(s->utf8, &at) : 0;
	unsigned c = more ? next(&s->w) : 0;

	if (left && more && ((cp < 0x80 && cp == c) || (cp >= 0x80 && c == OTHER))) {
		s->at = at;
		return true;
	}
	if (left && cp >= 0x80) {
		s->w.now = before;
		s->at = at;
		return true;
	}
	return more && c == OTHER;
}

static bool
walk(struct steps *s, enum way way, struct str content)
{
	s->w = (struct walker){ .way = way, .in = content };
	s->at = s->next = 0;
	for (;;) {
		note(s);
		if (s->w.now.at >= content.n && s->at >= s->utf8.n)
			return s->next == 2 * s->n;
		if (!step(s))
			return false;
	}
}

/* --- what is put in --- */

static void
put_wide(struct buf *out, struct str text, enum way way)
{
	bool big = way == WAY_16BE || way == WAY_32BE;
	size_t size = way == WAY_16LE || way == WAY_16BE ? 2 : 4, at = 0;

	while (at < text.n) {
		uint32_t cp = utf8_next(text, &at), unit[2] = { cp, 0 };
		size_t n = 1;

		if (size == 2 && cp > 0xffff) {		/* RFC 2781 2.1 */
			unit[0] = 0xd800 + ((cp - 0x10000) >> 10);
			unit[1] = 0xdc00 + ((cp - 0x10000) & 0x3ff);
			n = 2;
		}
		for (size_t i = 0; i < n; i++)
			for (size_t b = 0; b < size; b++)
				buf_addc(out, (char)(unit[i] >> 8 * (big ? size - 1 - b : b)));
	}
}

/* Text between two escapes: ASCII is chosen for it, and behind it what was chosen there. */
static void
put_escaped(struct buf *out, struct str text, const struct spot *from, const struct spot *to)
{
	bool ascii = chooses_ascii(from->escape);

	if (!ascii && text.n)
		buf_adds(out, "\033(B");
	buf_add(out, text);
	if (text.n && !ascii ? !chooses_ascii(to->escape) : !str_eq(from->escape, to->escape))
		buf_add(out, to->escape.n ? to->escape : STR("\033(B"));
}

static bool
is_wide(enum way way)
{
	return way >= WAY_16LE;
}

static void
convert(struct pool *pool, const struct steps *s, struct vec *out)
{
	for (size_t i = 0; i < s->n; i++) {
		const struct spot *from = &s->spots[2 * i], *to = &s->spots[2 * i + 1];
		struct edit_range *r = vec_push(pool, out, sizeof(*r));
		struct buf b;

		buf_init(&b, s->range[i].with.n * 4 + 16);
		if (s->range[i].n == 0)
			to = from;
		if (is_wide(s->w.way))
			put_wide(&b, s->range[i].with, s->w.way);
		else if (s->w.way == WAY_ESCAPES)
			put_escaped(&b, s->range[i].with, from, to);
		else
			buf_add(&b, s->range[i].with);
		*r = (struct edit_range){ from->at, to->at - from->at, pool_str(pool, buf_str(&b)) };
		buf_clear(&b);
	}
}

static size_t
grown(struct str in, const struct vec *ranges)
{
	const struct edit_range *r = ranges->items;
	size_t n = in.n;

	for (size_t i = 0; i < ranges->n; i++)
		n += r[i].with.n;
	return n;
}

/* Is there nothing to be proved, as the content is the text and what is put in is UTF-8? */
static bool
is_plain(struct str content, struct str label, struct str utf8)
{
	return str_eq(content, utf8) && (label.n == 0 || str_eq_nocase(label, STR("utf-8")) ||
	    str_eq_nocase(label, STR("us-ascii")));
}

/* The edited content must read as the edited text. */
static bool
is_proved(struct str content, struct str label, struct str utf8, const struct vec *in_utf8, const struct vec *ranges)
{
	struct buf raw, got, want;
	uint64_t defects = 0;
	bool same;

	buf_init(&raw, grown(content, ranges) + 16);
	buf_init(&want, grown(utf8, in_utf8) + 16);
	buf_init(&got, want.max * UTF8_GROWTH + 16);
	edit_ranges_apply(content, ranges, &raw);
	edit_ranges_apply(utf8, in_utf8, &want);
	charset_to_utf8(buf_str(&raw), label, &got, &defects);
	same = !raw.full && !want.full && !got.full && str_eq(buf_str(&got), buf_str(&want));
	buf_clear(&raw);
	buf_clear(&got);
	buf_clear(&want);
	return same;
}

bool
edit_charset_is_unicode(struct str content, struct str utf8)
{
	static const char *const marks[] = { "\xef\xbb\xbf", "\xff\xfe", "\xfe\xff" };

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		if (str_starts(content, str_of(marks[i])))
			return true;
	return str_eq(content, utf8) && utf8_ascii_run(utf8, 0) < utf8.n;
}

enum rc
edit_charset(struct pool *pool, struct str content, struct str label, struct str utf8, const struct vec *ranges,
    struct vec *out)
{
	struct steps s = { .utf8 = utf8, .range = ranges->items, .n = ranges->n };
	size_t marks = str_starts(content, STR("\xef\xbb\xbf")) && !str_starts(utf8, STR("\xef\xbb\xbf")) ? 3 : 0;

	*out = (struct vec){ .n = 0 };
	if (!edit_ranges_fit(ranges, utf8.n))
		return RC_NONE;
	s.spots = pool_alloc(pool, (2 * s.n + 1) * sizeof(*s.spots));
	for (int way = WAY_SINGLE; way < WAYS; way++) {
		out->n = 0;
		if (way == WAY_SINGLE && str_eq(str_from(content, marks), utf8)) {
			for (size_t i = 0; i < s.n; i++)
				*(struct edit_range *)vec_push(pool, out, sizeof(struct edit_range)) =
				    (struct edit_range){ s.range[i].at + marks, s.range[i].n, s.range[i].with };
		} else if (walk(&s, (enum way)way, content)) {
			convert(pool, &s, out);
		} else {
			continue;
		}
		if (edit_ranges_fit(out, content.n) && (is_plain(content, label, utf8) ||
		    is_proved(content, label, utf8, ranges, out)))
			return RC_OK;
	}
	return RC_NONE;
}
