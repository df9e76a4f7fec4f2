/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Any bytes as a FAT image, and as a disk with partitions: loops of clusters and of folders
 * end. What is no file system is never said to be an empty one. */
#include "engine/dig_kit.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* Small inputs stand for large images: the rest is zeros. */
enum { IMAGE = 8192 };

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const struct filetype type = { "application/x-disk", "disk-image", FILETYPE_DISK_IMAGE };
	static const char zeros[IMAGE];
	struct dig_content c = { .type = &type };
	struct dig_kit k;
	struct buf image;

	buf_init(&image, n + IMAGE);
	buf_add(&image, (struct str){ (const char *)data, n });
	if (n < IMAGE)
		buf_add(&image, (struct str){ zeros, IMAGE - n });
	c.bytes = buf_str(&image);
	dig_kit_init(&k, NULL, 0);
	if (dig_fat.wants(&k.site, &c)) {
		enum rc rc = dig_kit_run(&k, &dig_fat, &c);

		assert(rc != RC_NONE || k.budget.files < DIG_KIT_FILES);
	}
	dig_kit_clear(&k);
	buf_clear(&image);
	return 0;
}
