/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* What is known about elements, in one table. */
#include <endian.h>
#include <string.h>

#include "base/ascii.h"
#include "message/html.h"

enum { NAME_MAX_BYTES = 10 };		/* of the names below */

/* Sorted by name. BREAKOUT is the list of WHATWG HTML 13.2.6.5. */
static const struct {
	char name[NAME_MAX_BYTES + 1];
	unsigned bits;
} elements[] = {
	{ "address", HTML_BLOCK }, { "area", HTML_PICTURE }, { "article", HTML_BLOCK },
	{ "aside", HTML_BLOCK }, { "b", HTML_BREAKOUT }, { "big", HTML_BREAKOUT },
	{ "blockquote", HTML_BREAKOUT | HTML_BLOCK }, { "body", HTML_BREAKOUT | HTML_BLOCK },
	{ "br", HTML_BREAKOUT | HTML_BLOCK }, { "button", HTML_SPACE }, { "caption", HTML_BLOCK },
	{ "center", HTML_BREAKOUT | HTML_BLOCK }, { "code", HTML_BREAKOUT },
	{ "dd", HTML_BREAKOUT | HTML_BLOCK }, { "details", HTML_BLOCK },
	{ "div", HTML_BREAKOUT | HTML_BLOCK }, { "dl", HTML_BREAKOUT | HTML_BLOCK },
	{ "dt", HTML_BREAKOUT | HTML_BLOCK }, { "em", HTML_BREAKOUT }, { "embed", HTML_BREAKOUT },
	{ "fieldset", HTML_BLOCK }, { "figcaption", HTML_BLOCK }, { "figure", HTML_BLOCK },
	{ "font", HTML_BREAKOUT }, { "footer", HTML_BLOCK }, { "form", HTML_BLOCK },
	{ "h1", HTML_BREAKOUT | HTML_BLOCK }, { "h2", HTML_BREAKOUT | HTML_BLOCK },
	{ "h3", HTML_BREAKOUT | HTML_BLOCK }, { "h4", HTML_BREAKOUT | HTML_BLOCK },
	{ "h5", HTML_BREAKOUT | HTML_BLOCK }, { "h6", HTML_BREAKOUT | HTML_BLOCK },
	{ "head", HTML_BREAKOUT }, { "header", HTML_BLOCK }, { "hr", HTML_BREAKOUT | HTML_BLOCK },
	{ "html", HTML_BLOCK }, { "i", HTML_BREAKOUT }, { "iframe", HTML_RAW },
	{ "img", HTML_BREAKOUT | HTML_PICTURE }, { "input", HTML_SPACE }, { "legend", HTML_BLOCK },
	{ "li", HTML_BREAKOUT | HTML_BLOCK }, { "listing", HTML_BREAKOUT }, { "main", HTML_BLOCK },
	{ "math", HTML_FOREIGN }, { "menu", HTML_BREAKOUT }, { "meta", HTML_BREAKOUT },
	{ "nav", HTML_BLOCK }, { "nobr", HTML_BREAKOUT }, { "noembed", HTML_RAW }, { "noframes", HTML_RAW },
	{ "ol", HTML_BREAKOUT | HTML_BLOCK }, { "option", HTML_BLOCK }, { "p", HTML_BREAKOUT | HTML_BLOCK },
	{ "plaintext", HTML_RAW | HTML_BLOCK | HTML_SHOWN },
	{ "pre", HTML_BREAKOUT | HTML_BLOCK | HTML_PRE }, { "ruby", HTML_BREAKOUT }, { "s", HTML_BREAKOUT },
	{ "script", HTML_RAW }, { "section", HTML_BLOCK }, { "select", HTML_SPACE },
	{ "small", HTML_BREAKOUT }, { "span", HTML_BREAKOUT }, { "strike", HTML_BREAKOUT },
	{ "strong", HTML_BREAKOUT }, { "style", HTML_RAW }, { "sub", HTML_BREAKOUT },
	{ "summary", HTML_BLOCK }, { "sup", HTML_BREAKOUT }, { "svg", HTML_FOREIGN },
	{ "table", HTML_BREAKOUT | HTML_BLOCK }, { "tbody", HTML_BLOCK }, { "td", HTML_SPACE },
	{ "template", HTML_TEMPLATE }, { "textarea", HTML_RAW | HTML_BLOCK | HTML_SHOWN | HTML_REFERENCES },
	{ "tfoot", HTML_BLOCK }, { "th", HTML_SPACE }, { "thead", HTML_BLOCK },
	{ "title", HTML_RAW | HTML_BLOCK | HTML_SHOWN | HTML_REFERENCES }, { "tr", HTML_BLOCK },
	{ "tt", HTML_BREAKOUT }, { "u", HTML_BREAKOUT }, { "ul", HTML_BREAKOUT | HTML_BLOCK },
	{ "var", HTML_BREAKOUT }, { "xmp", HTML_RAW | HTML_BLOCK | HTML_SHOWN },
};

/* The first eight bytes as a number that sorts as the bytes do. */
static uint64_t
head_of(const char name[NAME_MAX_BYTES + 1])
{
	uint64_t v;

	memcpy(&v, name, sizeof(v));
	return be64toh(v);
}

/* The same of a name as written, in lower case. False: a NUL is in it, which would read as its end. */
static bool
head_of_name(struct str name, uint64_t *out)
{
	uint64_t v = 0;
	bool nul = false;

	for (size_t i = 0; i < name.n && i < sizeof(v); i++) {
		unsigned char c = (unsigned char)name.p[i];

		nul |= c == '\0';
		v |= (uint64_t)ascii_lower(c) << (8 * (sizeof(v) - 1 - i));
	}
	*out = v;
	return !nul;
}

static unsigned
find(struct str name, uint64_t head)
{
	size_t lo = 0, n = sizeof(elements) / sizeof(elements[0]);

	while (n > 1) {
		lo += head_of(elements[lo + n / 2].name) <= head ? n / 2 : 0;
		n -= n / 2;
	}
	/* No two names of the table begin with the same eight bytes. */
	if (head_of(elements[lo].name) != head || !str_eq_nocase(name, str_of(elements[lo].name)))
		return 0;
	return elements[lo].bits;
}

/* Each tag asks, and a document has few kinds of them. */
unsigned
html_element(struct html_known known[HTML_KNOWN], struct str name)
{
	uint64_t head;
	struct html_known *k;

	if (name.n > NAME_MAX_BYTES || !head_of_name(name, &head))
		return 0;
	if (name.n > sizeof(head))
		return find(name, head);
	k = &known[head * UINT64_C(0x9e3779b97f4a7c15) >> 58];
	if (k->head != head)
		*k = (struct html_known){ head, find(name, head) };
	return k->bits;
}
