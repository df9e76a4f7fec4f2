/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* The text of a feed, by every format and kind; the first byte chooses. And the table, as bytes. */
#include <assert.h>
#include <stdlib.h>

#include "jobs/feed_read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MAX = 1000 };

static bool
put(void *arg, const struct indicator *i)
{
	char key[INDICATORS_KEY];
	size_t n = i->kind == INDICATOR_IP ? indicators_key_ip(&i->net, key) : indicators_key(i->kind, i->value, key);

	assert(n > 2 && n <= INDICATORS_KEY);
	(*(size_t *)arg)++;
	return true;
}

static void
read_table(struct str in)
{
	struct indicators_table t;
	struct buf why;
	char *copy = malloc(in.n ? in.n : 1);

	if (!copy)
		abort();
	if (in.n)
		memcpy(copy, in.p, in.n);
	buf_init(&why, 256);
	if (indicators_file_open((struct str){ copy, in.n }, &t, &why) != RC_OK)
		assert(why.n > 0);
	buf_clear(&why);
	free(copy);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str in = { (const char *)data, size };
	size_t n = 0;
	struct feed f = { .kind = INDICATOR_IP, .column = 2, .separator = ',', .class = CLASS_SPAM };
	struct feed_reading r = { .feed = &f, .max = MAX, .put = put, .arg = &n };

	if (size == 0)
		return 0;
	read_table(in);
	f.kind = data[0] & 0x80 ? INDICATOR_URL : data[0] & 3;
	f.format = &feed_readers[data[0] >> 2 & 1];
	f.any_url = data[0] >> 3 & 1;
	r.pool = pool_new(0);
	f.format->read(&r, str_from(in, 1));
	assert(n == r.good && r.good <= MAX);
	pool_free(&r.pool);
	return 0;
}
