/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Any bytes as ZIP: its directory, and its second reading by local headers with passwords of
 * the letter. Entries with AES go to libarchive's ZIP reader. */
#include "engine/zip_dir.h"

#include "engine/dig_kit.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* In the order of their offsets, and each is found again. */
static void
directory(struct pool *pool, struct str in)
{
	const struct zip_central *list;
	size_t n = zip_central_read(pool, in, &list);
	struct zip_local l;

	assert(n <= ZIP_ENTRIES);
	for (size_t i = 0; i < n; i++) {
		assert(i == 0 || list[i - 1].local <= list[i].local);
		assert(zip_central_at(list, n, list[i].local)->local == list[i].local);
		assert(list[i].name.n == 0 || (list[i].name.p >= in.p && list[i].name.p + list[i].name.n <= in.p + in.n));
		if (zip_local_at(in, list[i].local, &l))
			assert(l.data <= in.n && l.name.n <= in.n);
	}
	assert(!zip_is_straight(in) || n > 0 || zip_central_room(in) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const struct str words[] = { STR("wrong"), STR("secret1"), STR("infected") };
	struct dig_content c = { .bytes = { (const char *)data, n } };
	struct dig_kit k;

	dig_kit_init(&k, words, sizeof(words) / sizeof(words[0]));
	c.type = filetype_of(c.bytes);
	directory(k.site.pool, c.bytes);
	if (dig_zip.wants(&k.site, &c))
		(void)dig_kit_run(&k, &dig_zip, &c);
	dig_kit_clear(&k);
	return 0;
}
