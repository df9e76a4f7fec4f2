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

/* Each tag asks: the search compares numbers, and calls nothing until one is equal. */
unsigned
html_element(struct str name)
{
	char lower[NAME_MAX_BYTES + 1] = "";
	size_t lo = 0, hi = sizeof(elements) / sizeof(elements[0]);
	uint64_t head;

	if (name.n > NAME_MAX_BYTES)
		return 0;
	for (size_t i = 0; i < name.n; i++) {
		lower[i] = (char)ascii_lower((unsigned char)name.p[i]);
		if (lower[i] == '\0')
			return 0;
	}
	head = head_of(lower);
	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		uint64_t at = head_of(elements[mid].name);
		int order = at < head ? -1 : at > head ? 1 : memcmp(elements[mid].name + 8, lower + 8, sizeof(lower) - 8);

		if (order == 0)
			return elements[mid].bits;
		if (order < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return 0;
}
