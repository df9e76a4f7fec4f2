/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Any bytes as winmail.dat: limits hold, every byte of every item can be read. */
#include "message/tnef.h"

#include <assert.h>

#include "base/hash.h"
#include "base/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct limits lim = { .unpack_files = 20, .mime_depth = 4, .decoded_bytes = 1 << 20 };
	struct str in = { (const char *)data, n };
	struct pool *pool = pool_new(0);
	const struct tnef_item *items;
	uint64_t defects = 0;
	size_t count = tnef_read(pool, &lim, in, &items, &defects);

	assert(count <= (size_t)lim.unpack_files);
	for (size_t i = 0; i < count; i++) {
		unsigned char digest[HASH_SHA256_BYTES];

		hash_sha256(items[i].data, digest);
		assert(utf8_is_valid(items[i].name));
	}
	tnef_rtf(pool, in, 1 << 20, &defects);
	pool_free(&pool);
	return 0;
}
