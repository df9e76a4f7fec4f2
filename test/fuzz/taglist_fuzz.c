/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Any bytes as a list of tags: slices lie in the input, names are unique, and what is put together
 * again is read as the same list. */
#include "auth/taglist.h"

#include <assert.h>

#include "base/buf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str in = { (const char *)data, n };
	struct taglist list, again;
	struct buf b;

	if (!taglist_parse(in, &list))
		return 0;
	assert(list.n > 0 && list.n <= TAGLIST_TAGS);
	buf_init(&b, n + TAGLIST_TAGS * 2);
	for (size_t i = 0; i < list.n; i++) {
		const struct tag *t = &list.tag[i];
		struct str value;

		assert(t->raw.p >= in.p && t->raw.p + t->raw.n <= in.p + in.n);
		assert(taglist_get(&list, t->name, &value) && value.p == t->value.p);
		buf_printf(&b, "%.*s=", STR_ARG(t->name));
		buf_add(&b, t->value);
		buf_addc(&b, ';');
	}
	if (b.n <= TAGLIST_BYTES) {
		assert(taglist_parse(buf_str(&b), &again) && again.n == list.n);
		for (size_t i = 0; i < list.n; i++)
			assert(str_eq(again.tag[i].name, list.tag[i].name) && str_eq(again.tag[i].value, list.tag[i].value));
	}
	buf_clear(&b);
	return 0;
}
