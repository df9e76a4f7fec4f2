/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "worker/content.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/fdio.h"
#include "test.h"

static int
file_of(struct str s, bool sealed)
{
	int fd;

	if (fdio_memfd("content", s, &fd) != RC_OK || (sealed && fdio_seal(fd) != RC_OK))
		exit(1);
	return fd;
}

static void
test_sizes(void)
{
	static const size_t sizes[] = { 0, 1, 4095, 4096, CONTENT_KEEP, CONTENT_KEEP + 1, 3000000 };
	char *bytes = malloc(3000000);
	struct content c = { .copy = NULL };

	if (!bytes)
		exit(1);
	for (size_t i = 0; i < 3000000; i++)
		bytes[i] = (char)(i * 7);
	for (size_t i = 0; i < 2 * sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct str want = { bytes, sizes[i / 2] };
		int fd = file_of(want, i % 2);
		char name[60];

		snprintf(name, sizeof(name), "%zu bytes, %s", want.n, i % 2 ? "sealed" : "not sealed");
		test_ok(content_open(&c, fd) == RC_OK && str_eq(c.bytes, want), name);
		test_ok((c.map.n > 0) == (i % 2 && want.n > CONTENT_KEEP), "mapped only when sealed and large");
		content_close(&c);
		test_ok(c.cap <= CONTENT_KEEP, "large copies are given back");
		close(fd);
	}
	free(c.copy);
	free(bytes);
}

/* A file that others can cut must not be mapped: reading behind its end would be SIGBUS. */
static void
test_cut(void)
{
	struct content c = { .copy = NULL };
	char *bytes = calloc(1, 1000000);
	int fd = file_of((struct str){ bytes, 1000000 }, false);
	size_t sum = 0;

	test_int(content_open(&c, fd), RC_OK, "opened");
	if (ftruncate(fd, 0) != 0)
		exit(1);
	for (size_t i = 0; i < c.bytes.n; i++)
		sum += (unsigned char)c.bytes.p[i];
	test_ok(sum == 0 && c.bytes.n == 1000000, "still all there when the file is cut");
	content_close(&c);
	close(fd);
	test_int(content_open(&c, -1), RC_TEMP, "no file");
	free(c.copy);
	free(bytes);
}

int
main(void)
{
	test_sizes();
	test_cut();
	return test_done();
}
