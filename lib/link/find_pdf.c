/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Strings, wherever they stand: what follows /URI is a link as a whole, of the others (files to open,
 * forms, scripts) what begins with a scheme. */
#include "link/find_pdf.h"

#include "base/ascii.h"
#include "base/utf8.h"
#include "link/find_into.h"

enum { KEY_BACK = 16, NEST_MAX = 64, AGAIN = 8 };

struct reader {
	struct str in;
	size_t at;
	size_t wasted;			/* bytes read as strings that were none */
	struct buf raw;			/* one string, escapes undone */
	struct buf utf8;
};

/* One to three octal digits. */
static char
octal(struct reader *r)
{
	unsigned v = 0;

	for (int i = 0; i < 3 && r->at < r->in.n && r->in.p[r->at] >= '0' && r->in.p[r->at] <= '7'; i++)
		v = v * 8 + (unsigned)(r->in.p[r->at++] - '0');
	return (char)v;
}

static void
escape(struct reader *r)
{
	static const char from[] = "nrtbf", to[] = "\n\r\t\b\f";
	char c = r->at < r->in.n ? r->in.p[r->at] : 0;
	size_t k = str_chr(str_of(from), c);

	if (c >= '0' && c <= '7') {
		buf_addc(&r->raw, octal(r));
		return;
	}
	r->at++;
	if (c == '\r' && r->at < r->in.n && r->in.p[r->at] == '\n')
		r->at++;
	if (c == '\n' || c == '\r')
		return;			/* a line that goes on */
	buf_addc(&r->raw, k < sizeof(from) - 1 ? to[k] : c);
}

/* Strings are words or UTF-16; between other brackets of a font or a picture stands anything. */
static bool
is_binary(const struct reader *r, size_t from, char c)
{
	struct str s = str_from(r->in, from);
	bool wide = str_starts(s, STR("\xfe\xff")) || str_starts(s, STR("\xff\xfe"));

	return (unsigned char)c < ' ' && !ascii_is_space((unsigned char)c) && !wide;
}

/* Behind '('. False: no end, so it was none; the reader stays behind the '('. */
static bool
literal(struct reader *r)
{
	size_t from = r->at;
	int nest = 1;

	buf_reset(&r->raw);
	while (r->at < r->in.n && !r->raw.full && nest <= NEST_MAX) {
		char c = r->in.p[r->at++];

		if (is_binary(r, from, c))
			break;
		if (c == '\\') {
			escape(r);
			continue;
		}
		nest += c == '(' ? 1 : c == ')' ? -1 : 0;
		if (nest == 0)
			return true;
		buf_addc(&r->raw, c);
	}
	/* None after all: it is read again, but not for ever, as many without an end would take quadratic time. */
	r->wasted += r->at - from;
	if (r->wasted <= r->in.n * AGAIN)
		r->at = from;
	return false;
}

/* Behind '<'. */
static bool
hexadecimal(struct reader *r)
{
	int high = -1;

	buf_reset(&r->raw);
	while (r->at < r->in.n && !r->raw.full) {
		unsigned char c = (unsigned char)r->in.p[r->at];
		int d = ascii_hex(c);

		if (c == '>') {
			r->at++;
			if (high >= 0)
				buf_addc(&r->raw, (char)(high << 4));
			return true;
		}
		if (d < 0 && !ascii_is_space(c))
			return false;
		r->at++;
		if (d < 0)
			continue;
		if (high >= 0)
			buf_addc(&r->raw, (char)(high << 4 | d));
		high = high >= 0 ? -1 : d;
	}
	return false;
}

/* UTF-16 by its mark, else bytes as they are. */
static struct str
text_of(struct reader *r)
{
	struct str s = buf_str(&r->raw);
	bool big = str_starts(s, STR("\xfe\xff")), little = str_starts(s, STR("\xff\xfe"));
	char out[UTF8_MAX];

	if (!big && !little)
		return str_starts(s, STR("\xef\xbb\xbf")) ? str_from(s, 3) : s;
	buf_reset(&r->utf8);
	for (size_t i = 2; i + 1 < s.n; i += 2) {
		unsigned a = (unsigned char)s.p[i], b = (unsigned char)s.p[i + 1];

		buf_add(&r->utf8, (struct str){ out, utf8_put(out, big ? a << 8 | b : b << 8 | a) });
	}
	return buf_str(&r->utf8);
}

/* The key before a string that begins at `at`: /URI, also as /#55RI. */
static bool
is_uri(struct str in, size_t at)
{
	struct str key = str_trim(str_sub(in, at < KEY_BACK ? 0 : at - KEY_BACK, at < KEY_BACK ? at : KEY_BACK));
	size_t slash = str_rchr(key, '/');
	char name[KEY_BACK];
	size_t n = 0;

	if (slash == STR_NPOS)
		return false;
	key = str_from(key, slash + 1);
	for (size_t i = 0; i < key.n; i++) {
		int hi = i + 2 < key.n ? ascii_hex((unsigned char)key.p[i + 1]) : -1;
		int lo = i + 2 < key.n ? ascii_hex((unsigned char)key.p[i + 2]) : -1;
		bool escaped = key.p[i] == '#' && hi >= 0 && lo >= 0;

		name[n++] = escaped ? (char)(hi << 4 | lo) : key.p[i];
		i += escaped ? 2 : 0;
	}
	return str_eq((struct str){ name, n }, STR("URI"));
}

/* Between brackets of fonts, pictures and certificates stands anything; metadata names its own
 * schemes. */
static bool
is_words(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if ((c < ' ' && !ascii_is_space(c)) || c == 0x7f)
			return false;
	}
	return str_find(s, STR("xmlns")) == STR_NPOS && str_find(s, STR("?xpacket")) == STR_NPOS;
}

static void
give(struct links *l, struct reader *r, bool uri, size_t part)
{
	const struct text_how how = { .schemes_only = true };
	struct link_found f = { .part = part, .where = LINK_IN_PDF };
	struct str s = text_of(r);

	if (uri) {
		f.url = str_trim(s);
		links_add(l, &f);
	} else if (str_chr(s, ':') != STR_NPOS && is_words(s)) {
		find_text(l, s, part, &how, LINK_IN_PDF);
	}
}

void
find_pdf(struct links *l, struct str bytes, size_t part)
{
	struct reader r = { .in = bytes };

	buf_init(&r.raw, PDF_STRING_BYTES);
	buf_init(&r.utf8, PDF_STRING_BYTES * 2);
	while (r.at < r.in.n) {
		size_t at = r.at;
		char c = r.in.p[r.at++];

		if (c == '(' ? literal(&r) : c == '<' && hexadecimal(&r))
			give(l, &r, is_uri(bytes, at), part);
	}
	if (r.wasted > bytes.n * AGAIN)
		links_note_cut(l);
	buf_clear(&r.raw);
	buf_clear(&r.utf8);
}
