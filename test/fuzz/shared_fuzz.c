/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* What a Redis server answers, in pieces as a network gives them. Each reply is taken as the answer to
 * an operation of each type and as the fields of a key; what is taken must be sound. */
#include <math.h>
#include <stdlib.h>

#include "store/shared_find.h"
#include "store/shared_script.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define NOW 1700000000000LL

static void
as_result(const redisReply *r)
{
	for (int type = COUNT_RATE; type <= COUNT_MARK; type++) {
		struct counter_op op = { .type = (enum counter_type)type, .kind = "k", .window_ms = 60000, .add = 1 };
		struct tally t;

		if (shared_script_take(r, &op, NOW, &t) != RC_OK)
			continue;
		if (!tally_is_sound(&t) || op.count < 0 || op.count > TALLY_MAX || op.first_ms < 0 || op.last_ms < 0 ||
		    !(op.good_now >= 0) || !(op.bad_now >= 0) || isinf(op.good_now) || isinf(op.bad_now))
			abort();
	}
}

static void
as_others(const redisReply *r)
{
	struct shared_place place;
	struct tally t;
	struct buf why;

	if (shared_script_fields(r, &t) == RC_OK && !tally_is_sound(&t))
		abort();
	buf_init(&why, 500);
	/* A Sentinel's answer. */
	if (shared_place_set(&place, shared_reply_text(shared_reply_item(r, 0)),
	    shared_reply_text(shared_reply_item(r, 1)), &why) == RC_OK && place.host[0] == '\0')
		abort();
	if (shared_place_parse(shared_reply_text(r), &place, &why) == RC_OK && place.host[0] == '\0')
		abort();
	buf_clear(&why);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str in = { (const char *)data, size };
	struct shared_reader reader;
	size_t step = size ? 1 + data[0] : 1;

	in = str_from(in, 1);
	shared_reader_init(&reader);
	while (in.n) {
		struct str piece = str_upto(in, step);
		redisReply *r;

		if (shared_reader_feed(&reader, piece) != RC_OK)
			break;
		in = str_from(in, piece.n);
		while (shared_reader_next(&reader, &r) == RC_OK) {
			as_result(r);
			as_others(r);
			shared_reply_free(&r);
		}
	}
	shared_reader_clear(&reader);
	return 0;
}
