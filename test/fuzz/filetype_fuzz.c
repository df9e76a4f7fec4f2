/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Any bytes as a file, a name and a media type: there is always an answer, and it agrees
 * with itself. */
#include "message/filetype.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str in = { (const char *)data, n }, ext = filetype_extension(in);
	bool encrypted;
	const struct filetype *t = filetype_of(in), *named = filetype_by_name(in), *declared = filetype_by_media(in);

	assert(t && t->media[0] && t->label[0] && filetype_agrees(t, t) && filetype_agrees(t, NULL));
	assert(!ext.n || (ext.p >= in.p && ext.p + ext.n <= in.p + in.n));
	if (named)
		filetype_agrees(t, named);
	if (declared)
		filetype_agrees(t, declared);
	assert(filetype_read(in, &encrypted) == t);
	return 0;
}
