/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* A snapshot of the counters. The first byte says whether the rest is a whole file, or entries that get
 * a sound head and tail, so that the reader of entries is reached. What is taken must be sound, and must
 * be written and read again as the same. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "base/fdio.h"
#include "store/snapshot.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define NOW 1700000000000LL
enum { ENTRIES = 4096, TAIL = 12, FILE_BYTES = 1 << 20 };

static bool
count_sound(void *arg, struct str key, const struct tally *t)
{
	if (!tally_is_sound(t) || key.n == 0 || key.n > KEY_MAX)
		abort();
	++*(uint64_t *)arg;
	return true;
}

static uint64_t
entries(struct memory *m)
{
	uint64_t n = 0;

	for (size_t i = 0; i < MEMORY_SHARDS; i++)
		memory_each(m, i, NOW, count_sound, &n);
	return n;
}

/* Reading what was read and written finds as much. */
static void
again(struct memory *m, uint64_t n)
{
	char path[] = "/tmp/snapshot-fuzz-XXXXXX";
	struct memory *other = memory_new(ENTRIES);
	struct buf why;
	int fd = mkstemp(path);

	buf_init(&why, 1000);
	if (fd < 0 || snapshot_write(m, path, NOW, &why) != RC_OK || snapshot_read(other, path, NOW, &why) != RC_OK ||
	    entries(other) != n)
		abort();
	close(fd);
	unlink(path);
	memory_free(&other);
	buf_clear(&why);
}

/* The first byte is the number of entries. */
static enum rc
wrapped(struct memory *m, struct str in, struct buf *why)
{
	unsigned char tail[TAIL] = { in.n ? (unsigned char)in.p[0] : 0 };
	struct buf file;
	enum rc rc;
	uint32_t crc;

	buf_init(&file, FILE_BYTES);
	buf_adds(&file, "SKCOUNT1");
	buf_add(&file, str_from(in, 1));
	buf_add(&file, (struct str){ (const char *)tail, 8 });
	crc = (uint32_t)crc32_z(0, (const unsigned char *)file.p, file.n);
	for (int i = 0; i < 4; i++)
		buf_addc(&file, (char)(crc >> (8 * i)));
	rc = snapshot_parse(m, buf_str(&file), NOW, why);
	buf_clear(&file);
	return rc;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str in = { (const char *)data, size };
	struct memory *m;
	struct buf why;
	enum rc rc;
	uint64_t n;

	if (size == 0)
		return 0;
	m = memory_new(ENTRIES);
	buf_init(&why, 1000);
	rc = data[0] & 1 ? wrapped(m, str_from(in, 1), &why) : snapshot_parse(m, str_from(in, 1), NOW, &why);
	n = entries(m);
	if (rc != RC_OK && n != 0)
		abort();
	if (n > 0)
		again(m, n);
	buf_clear(&why);
	memory_free(&m);
	return 0;
}
