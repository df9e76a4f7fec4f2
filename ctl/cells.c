/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "cells.h"

#include <sys/ioctl.h>
#include <unicode/uchar.h>
#include <unistd.h>

#include "base/utf8.h"
#include "notice.h"

enum { SCREEN = 80, SCREEN_MAX = 1000, ESCAPED = 16 };

static size_t
width_of(uint32_t c)
{
	int wide = u_getIntPropertyValue((UChar32)c, UCHAR_EAST_ASIAN_WIDTH);
	int8_t type = u_charType((UChar32)c);

	if (type == U_NON_SPACING_MARK || type == U_ENCLOSING_MARK)
		return 0;
	return wide == U_EA_WIDE || wide == U_EA_FULLWIDTH ? 2 : 1;
}

static size_t
width_of_all(struct str s)
{
	size_t width = 0;

	for (size_t at = 0; at < s.n;)
		width += width_of(utf8_next(s, &at));
	return width;
}

void
cells_put(struct buf *out, struct str text, size_t width)
{
	size_t have = 0, at = 0, room;
	struct buf safe;
	struct str s;

	buf_init(&safe, ESCAPED * text.n + 1);
	notice_escape(text, &safe);
	s = buf_str(&safe);
	room = width_of_all(s) > width && width > 2 ? width - 2 : width;
	while (at < s.n) {
		size_t next = at, w = width_of(utf8_next(s, &next));

		if (have + w > room)
			break;
		buf_add(out, str_sub(s, at, next - at));
		have += w;
		at = next;
	}
	if (at < s.n && room < width) {
		buf_adds(out, "..");
		have += 2;
	}
	buf_clear(&safe);
	while (have++ < width)
		buf_addc(out, ' ');
}

size_t
cells_screen(void)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
		return SCREEN;
	return size.ws_col < SCREEN_MAX ? size.ws_col : SCREEN_MAX;
}
