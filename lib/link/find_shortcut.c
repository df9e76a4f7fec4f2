/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "link/find_shortcut.h"

#include "base/rd.h"
#include "link/find_into.h"
#include "message/charset.h"
#include "message/charset_unicode.h"
#include "message/lines.h"

static void
add(struct links *links, struct str url, size_t part)
{
	links_add(links, &(struct link_found){ .url = url, .part = part, .where = LINK_IN_SHORTCUT });
}

static void
search(struct links *links, struct str text, size_t part)
{
	find_text(links, text, part, NULL, LINK_IN_SHORTCUT);
}

/* "\\host\share" is a file on another machine. */
static bool
is_share(struct str s)
{
	return str_starts(s, STR("\\\\")) && s.n > 2 && s.p[2] != '\\' && s.p[2] != '.' && s.p[2] != '?';
}

static void
add_share(struct links *links, struct str s, size_t part)
{
	if (is_share(s))
		add(links, pool_printf(links_pool(links), "file:%.*s", STR_ARG(s)), part);
}

/* --- INI --- */

static bool
is_url_key(struct str key)
{
	static const char *const keys[] = { "URL", "BASEURL", "ORIGURL", "URL[$e]" };

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (str_eq_nocase(key, str_of(keys[i])))
			return true;
	return false;
}

void
find_ini(struct links *links, struct str text, size_t part)
{
	for (size_t at = 0; at < text.n;) {
		struct line l = line_at(text, at, true);
		struct str line = line_text(text, l);
		size_t sign = str_chr(line, '=');
		struct str key = str_trim(str_upto(line, sign)), value = str_trim(str_from(line, sign + 1));

		at = l.next;
		if (sign == STR_NPOS)
			continue;
		if (is_share(value))
			add_share(links, value, part);
		else if (is_url_key(key))
			add(links, value, part);
		else
			search(links, value, part);
	}
}

/* --- .lnk --- */

enum {
	LNK_HEADER = 76,
	HAS_ID_LIST = 1, HAS_INFO = 2, IS_UNICODE = 0x80,
	STRINGS = 5, FIRST_STRING = 2,	/* bits 2 to 6: name, relative path, working folder, arguments, icon */
	INFO_SHARE = 2, INFO_SHARE_AT = 20, INFO_HEADER = 28, SHARE_NAME_AT = 8
};

static struct str
to_utf8(struct links *links, struct str s, bool wide)
{
	struct buf b;
	struct str text;

	buf_init(&b, s.n * 3 + 4);
	if (wide)
		charset_utf16(s, false, &b, &(uint64_t){ 0 });
	else
		charset_to_utf8(s, charset_guess(s), &b, &(uint64_t){ 0 });
	text = pool_str(links_pool(links), buf_str(&b));
	buf_clear(&b);
	return text;
}

static uint32_t
u32_at(struct str s, size_t at)
{
	struct rd r = { .in = str_from(s, at) };

	return rd_u32(&r);
}

/* 2.3: the name of a share that the target lies on. */
static void
link_info(struct links *links, struct str info, size_t part)
{
	struct str net, name;

	if (info.n < INFO_HEADER || !(u32_at(info, 8) & INFO_SHARE))
		return;
	net = str_from(info, u32_at(info, INFO_SHARE_AT));
	if (net.n < SHARE_NAME_AT + 4)
		return;
	name = str_from(net, u32_at(net, SHARE_NAME_AT));
	add_share(links, to_utf8(links, str_upto(name, str_chr(name, '\0')), false), part);
}

/* The blocks behind the header; whatever is wrong, all of it is searched as text as well. */
static void
shell_link(struct links *links, struct str in, size_t part)
{
	struct rd r = { .in = in };
	uint32_t flags = u32_at(in, 20);

	rd_bytes(&r, LNK_HEADER);
	if (flags & HAS_ID_LIST)
		rd_bytes(&r, rd_u16(&r));
	if (flags & HAS_INFO) {
		uint32_t size = u32_at(in, r.off);

		link_info(links, rd_bytes(&r, size), part);
	}
	for (unsigned i = 0; i < STRINGS && !r.err; i++) {
		struct str s;

		if (!(flags & 1u << (FIRST_STRING + i)))
			continue;
		s = rd_bytes(&r, (size_t)rd_u16(&r) * (flags & IS_UNICODE ? 2 : 1));
		s = to_utf8(links, s, flags & IS_UNICODE);
		add_share(links, s, part);
		search(links, s, part);
	}
}

/* --- binary property list --- */

enum { TRAILER = 32, TYPE_ASCII = 5, TYPE_UTF16 = 6, LONG_COUNT = 15 };

static uint64_t
number(struct str s, size_t at, size_t n)
{
	uint64_t v = 0;

	for (size_t i = 0; i < n && at + i < s.n; i++)
		v = v << 8 | (unsigned char)s.p[at + i];
	return v;
}

/* The string at `at`: ASCII as it is, UTF-16 as UTF-8; empty for other objects, or when it is
 * longer than what is left. */
static struct str
plist_string(struct links *links, struct str in, size_t at, size_t *left)
{
	unsigned char marker = (unsigned char)in.p[at];
	size_t n = marker & 15, type = marker >> 4;
	struct str s;

	if (type != TYPE_ASCII && type != TYPE_UTF16)
		return STR_NONE;
	at++;
	if (n == LONG_COUNT && at < in.n) {
		size_t bytes = (size_t)1 << ((unsigned char)in.p[at] & 3);

		n = (size_t)number(in, at + 1, bytes);
		at += 1 + bytes;
	}
	if (n > in.n)
		return STR_NONE;
	s = str_sub(in, at, type == TYPE_UTF16 ? n * 2 : n);
	if (s.n > *left) {
		*left = 0;
		return STR_NONE;
	}
	*left -= s.n;
	if (type == TYPE_UTF16) {
		struct buf b;

		buf_init(&b, s.n * 3 + 4);
		charset_utf16(s, true, &b, &(uint64_t){ 0 });
		s = pool_str(links_pool(links), buf_str(&b));
		buf_clear(&b);
	}
	return s;
}

/* Objects do not overlap in an honest file: all strings together are no longer than it is. */
static void
plist(struct links *links, struct str in, size_t part)
{
	size_t trailer, width, n, table, left = in.n;

	if (in.n < TRAILER + 8)
		return;
	trailer = in.n - TRAILER;
	width = (unsigned char)in.p[trailer + 6];
	n = (size_t)number(in, trailer + 8, 8);
	table = (size_t)number(in, trailer + 24, 8);
	if (n > SHORTCUT_OBJECTS)
		links_note_cut(links);
	for (size_t i = 0; i < n && i < SHORTCUT_OBJECTS && width > 0 && width <= 8; i++) {
		size_t at = table < trailer ? (size_t)number(in, table + i * width, width) : trailer;
		struct str s = at < trailer ? plist_string(links, str_upto(in, trailer), at, &left) : STR_NONE;

		if (str_chr(s, ':') != STR_NPOS)
			add(links, s, part);
	}
	if (left == 0)
		links_note_cut(links);
}

void
find_binary(struct links *links, bool shell, struct str content, size_t part)
{
	if (shell && content.n >= LNK_HEADER)
		shell_link(links, content, part);
	else if (!shell)
		plist(links, content, part);
}
