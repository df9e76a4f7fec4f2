/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Lines of spills and backups, as a crash or a bad disk leaves them: what is read is written and read again the same. */
#include "store/record_json.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct pool *pool = pool_new(0);
	struct records_item item = { .record = NULL }, again = { .record = NULL };
	struct buf one, two;

	buf_init(&one, SIZE_MAX);
	buf_init(&two, SIZE_MAX);
	if (record_json_read(pool, (struct str){ (const char *)data, n }, &item) == RC_OK) {
		assert((item.record != NULL) != (item.event != NULL));
		record_json_write(&item, &one);
		assert(one.n > 0 && memchr(one.p, '\n', one.n) == one.p + one.n - 1);
		assert(record_json_read(pool, str_upto(buf_str(&one), one.n - 1), &again) == RC_OK);
		record_json_write(&again, &two);
		assert(str_eq(buf_str(&one), buf_str(&two)));
	}
	buf_clear(&one);
	buf_clear(&two);
	pool_free(&pool);
	return 0;
}
