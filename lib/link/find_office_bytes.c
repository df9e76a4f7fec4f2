/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* OLE files keep hyperlinks in half a dozen structures. All of them hold the URL in one piece, as
 * UTF-16 or as bytes: so "://" and "\\server" are looked for in both, and read to their ends. */
#include "base/ascii.h"
#include "link/find_office_in.h"

enum { SCHEME_MAX = 10, WIDE = 2 };

/* Names of XML, which programs write into properties and pictures: nobody follows them. */
static bool
is_namespace(struct str url)
{
	static const char *const hosts[] = {
		"://schemas.microsoft.com/", "://schemas.openxmlformats.org/", "://www.w3.org/1", "://www.w3.org/2",
		"://ns.adobe.com/", "://purl.org/dc/", "://iptc.org/std/", "://www.iec.ch",
	};

	for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++)
		if (str_find(str_upto(url, 64), str_of(hosts[i])) != STR_NPOS)
			return true;
	return false;
}

/* Of a handful of schemes: three bytes that happen to be "://" are no link. */
static bool
is_scheme(struct str url)
{
	static const char *const names[] = { "http:", "https:", "ftp:", "file:", "mhtml:", "smb:", "ldap:", "search-ms:" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (str_starts_nocase(url, str_of(names[i])))
			return true;
	return str_starts_nocase(url, STR("ms-"));
}

/* The character at `at`: 0 when it is none of a URL. */
static char
character(struct str s, size_t at, size_t width)
{
	unsigned char c;

	if (at + width > s.n)
		return 0;
	c = (unsigned char)s.p[at];
	if (width == WIDE && s.p[at + 1] != 0)
		return 0;
	return ascii_is_print(c) && c != ' ' && c != '"' && c != '<' && c != '>' && c != '{' && c != '}' && c != '\\' ?
	    (char)c : 0;
}

static bool
in_scheme(char c)
{
	return ascii_is_alpha((unsigned char)c) || c == '-';
}

/* Around "://" at `at`. Returns the offset behind the URL. */
static size_t
url_at(struct links *l, struct str s, size_t at, size_t width, size_t part)
{
	struct link_found f = { .part = part, .where = LINK_IN_OFFICE };
	char url[OFFICE_URL_BYTES];
	size_t from = at, n = 0;

	for (int i = 0; i < SCHEME_MAX && from >= width && in_scheme(character(s, from - width, width)); i++)
		from -= width;
	while (n < sizeof(url) && character(s, from, width)) {
		url[n++] = character(s, from, width);
		from += width;
	}
	f.url = (struct str){ url, n };
	if (is_scheme(f.url) && !is_namespace(f.url))
		links_add(l, &f);
	return from > at ? from : at + width;
}

static void
scan(struct links *l, struct str s, struct str mark, size_t width, size_t part)
{
	size_t from = 0, at;

	while ((at = str_find(str_from(s, from), mark)) != STR_NPOS)
		from = url_at(l, s, from + at, width, part);
}

void
find_office_bytes(struct links *l, struct str s, size_t part)
{
	scan(l, s, STR("://"), 1, part);
	scan(l, s, STR(":\0/\0/\0"), WIDE, part);
}
