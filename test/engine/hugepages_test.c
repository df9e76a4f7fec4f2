/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "engine/hugepages.h"

#include <stdlib.h>
#include <sys/mman.h>

#include "test.h"

static const struct {
	const char *line;
	bool want;
} lines[] = {
	{ "7f0000000000-7f0000400000 rw-p 00000000 00:00 0 ", true },
	{ "55d0c0000000-55d0c0800000 rw-p 00000000 00:00 0                          [heap]", true },
	{ "7f0000000000-7f0000400000 r--p 00000000 00:00 0 ", false },
	{ "7f0000000000-7f0000400000 rw-s 00000000 00:00 0 ", false },
	{ "7f0000000000-7f0000400000 rw-p 00000000 fe:00 1234   /lib/x.so", false },
	{ "7ffc00000000-7ffc00400000 rw-p 00000000 00:00 0      [stack]", false },
	{ "7f0000400000-7f0000000000 rw-p 00000000 00:00 0 ", false },
	{ "no map", false },
	{ "", false },
};

static void
regions(void)
{
	uint64_t from = 0, to = 0;

	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++)
		test_ok(hugepages_region(str_of(lines[i].line), &from, &to) == lines[i].want, lines[i].line);
	hugepages_region(str_of(lines[0].line), &from, &to);
	test_int((int64_t)(to - from), 0x400000, "bounds of a region");
}

/* Contents stay; whether the kernel has large pages is its own business. */
static void
contents(void)
{
	enum { SIZE = 16 * 1024 * 1024 };
	unsigned char *p = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint64_t done;
	bool same = true;

	if (!test_ok(p != MAP_FAILED, "memory"))
		return;
	for (size_t i = 0; i < SIZE; i++)
		p[i] = (unsigned char)(i * 7 >> 3);
	done = hugepages_collapse();
	for (size_t i = 0; i < SIZE; i++)
		same &= p[i] == (unsigned char)(i * 7 >> 3);
	test_ok(same, "every byte is what it was");
	if (done)
		test_ok(done % (2 * 1024 * 1024) == 0, "whole large pages");
	else
		test_skip("whole large pages", "this kernel gives none");
	munmap(p, SIZE);
}

int
main(void)
{
	regions();
	contents();
	return test_done();
}
