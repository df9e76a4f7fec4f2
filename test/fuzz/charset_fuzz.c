/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Any bytes under any label: the result is valid UTF-8, also when it was cut. The first
 * line of the input is the label. */
#include "message/charset.h"

#include <assert.h>

#include "base/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void
convert(struct str in, struct str label, size_t max)
{
	struct buf out;
	uint64_t defects = 0;

	buf_init(&out, max);
	charset_to_utf8(in, label, &out, &defects);
	assert(out.n <= max && utf8_is_valid(buf_str(&out)));
	buf_clear(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str in = { (const char *)data, n };
	size_t line = str_chr(in, '\n');
	struct str label = str_upto(in, line);

	in = line == STR_NPOS ? STR_NONE : str_from(in, line + 1);
	convert(in, label, 1 << 20);
	convert(in, label, 10);
	convert(in, charset_guess(in), 1 << 20);
	return 0;
}
