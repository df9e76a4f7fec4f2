/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "engine/hugepages.h"

#include <sys/mman.h>

#include "base/ascii.h"
#include "base/fdio.h"
#include "base/sanitizer.h"

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25	/* linux/mman.h of 6.1; Debian 12's C library does not have it */
#endif

enum { MAPS_MAX = 4 * 1024 * 1024 };
#define PAGE_BYTES (UINT64_C(2) * 1024 * 1024)

/* A hexadecimal number up to `end`; the rest of the line behind it. */
static bool
take_hex(struct str *line, char end, uint64_t *out)
{
	uint64_t v = 0;
	size_t i = 0;

	for (; i < line->n && ascii_hex((unsigned char)line->p[i]) >= 0 && i < 16; i++)
		v = v << 4 | (uint64_t)ascii_hex((unsigned char)line->p[i]);
	if (i == 0 || i == line->n || line->p[i] != end)
		return false;
	*line = str_from(*line, i + 1);
	*out = v;
	return true;
}

/* "7f0000000000-7f0000400000 rw-p 00000000 00:00 0    [heap]" */
bool
hugepages_region(struct str line, uint64_t *from, uint64_t *to)
{
	struct str word;

	if (!take_hex(&line, '-', from) || !take_hex(&line, ' ', to) || *to < *from)
		return false;
	if (!str_starts(line, STR("rw-p ")))
		return false;
	for (int i = 0; i < 4; i++)		/* rights, offset, device, inode */
		if (!str_next(&line, ' ', &word))
			return false;
	line = str_trim(line);
	return str_eq(word, STR("0")) && !str_starts(line, STR("[stack"));
}

static uint64_t
collapse(uint64_t from, uint64_t to)
{
	uint64_t done = 0;

	for (from = (from + PAGE_BYTES - 1) & ~(PAGE_BYTES - 1); from + PAGE_BYTES <= to; from += PAGE_BYTES)
		if (madvise((void *)(uintptr_t)from, PAGE_BYTES, MADV_COLLAPSE) == 0)
			done += PAGE_BYTES;
	return done;
}

uint64_t
hugepages_collapse(void)
{
	struct str rest, line;
	struct buf maps;
	uint64_t from, to, done = 0;

	buf_init(&maps, MAPS_MAX);
	/* A sanitizer's shadow is terabytes of next to nothing: better left as it is. */
	if (!SANITIZED && fdio_read_file("/proc/self/maps", &maps) == RC_OK) {
		rest = buf_str(&maps);
		while (str_next(&rest, '\n', &line))
			if (hugepages_region(line, &from, &to) && to - from >= HUGEPAGES_REGION)
				done += collapse(from, to);
	}
	buf_clear(&maps);
	return done;
}
