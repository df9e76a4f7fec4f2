/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "message/edit_range.h"

bool
edit_ranges_fit(const struct vec *ranges, size_t size)
{
	const struct edit_range *r = ranges->items;
	size_t behind = 0;

	for (size_t i = 0; i < ranges->n; i++) {
		if (r[i].at < behind || r[i].at > size || r[i].n > size - r[i].at)
			return false;
		behind = r[i].at + r[i].n;
	}
	return true;
}

void
edit_ranges_apply(struct str in, const struct vec *ranges, struct buf *out)
{
	const struct edit_range *r = ranges->items;
	size_t at = 0;

	for (size_t i = 0; i < ranges->n; i++) {
		buf_add(out, str_sub(in, at, r[i].at - at));
		buf_add(out, r[i].with);
		at = r[i].at + r[i].n;
	}
	buf_add(out, str_from(in, at));
}
