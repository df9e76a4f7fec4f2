/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "cells.h"

#include <stdlib.h>
#include <sys/ioctl.h>
#include <unicode/uchar.h>
#include <unistd.h>

#include "base/utf8.h"
#include "notice.h"

enum { SCREEN_MAX = 1000, ESCAPED = 16 };

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

/* As much of it as `width` has room for; returns how many cells that were. */
static size_t
put_cut(struct buf *out, struct str s, size_t width)
{
	size_t have = 0, at = 0, room = width_of_all(s) > width && width > 2 ? width - 2 : width;

	while (at < s.n) {
		size_t next = at, w = width_of(utf8_next(s, &next));

		if (have + w > room)
			break;
		buf_add(out, str_sub(s, at, next - at));
		have += w;
		at = next;
	}
	if (at == s.n || room == width)
		return have;
	buf_adds(out, "..");
	return have + 2;
}

static size_t
put_safe(struct buf *out, struct str text, size_t width)
{
	struct buf safe;
	size_t have;

	buf_init(&safe, ESCAPED * text.n + 1);
	notice_escape(text, &safe);
	have = put_cut(out, buf_str(&safe), width);
	buf_clear(&safe);
	return have;
}

static void
fill(struct buf *out, size_t have, size_t width)
{
	while (have++ < width)
		buf_addc(out, ' ');
}

void
cells_put(struct buf *out, struct str text, size_t width)
{
	fill(out, put_safe(out, text, width), width);
}

void
cells_last(struct buf *out, struct str text, size_t width)
{
	put_safe(out, text, width);
}

void
cells_fill(struct buf *out, struct str text, size_t width)
{
	fill(out, put_safe(out, text, SIZE_MAX), width);
}

size_t
cells_screen(void)
{
	const char *columns = getenv("COLUMNS");
	struct winsize size;
	uint64_t n = 0;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col)
		n = size.ws_col;
	else if (!columns || !str_to_u64(str_of(columns), &n) || n == 0)
		return CELLS_ENDLESS;
	return n < SCREEN_MAX ? (size_t)n : SCREEN_MAX;
}
