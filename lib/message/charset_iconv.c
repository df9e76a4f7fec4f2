/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "message/charset_iconv.h"

#include <errno.h>

#include "base/utf8.h"
#include "message/defect.h"

void
charset_put(struct buf *out, struct str utf8)
{
	size_t room = out->max > out->n ? out->max - out->n : 0;

	if (utf8.n > room && !out->full) {
		while (room > 0 && ((unsigned char)utf8.p[room] & 0xc0) == 0x80)
			room--;
		buf_add(out, str_upto(utf8, room));
		out->full = true;
	}
	buf_add(out, utf8);
}

void
charset_put_cp(struct buf *out, uint32_t cp)
{
	char bytes[UTF8_MAX];

	buf_add(out, (struct str){ bytes, utf8_put(bytes, cp) });
}

void
charset_put_bad(struct buf *out, uint64_t *defects)
{
	*defects |= DEFECT_BIT(CHARSET_BAD);
	charset_put_cp(out, UTF8_REPLACEMENT);
}

enum rc
charset_conv_open(struct charset_conv *c, const char *name)
{
	c->cd = iconv_open("UTF-8", name);
	c->opened = c->cd != (iconv_t)-1;
	return c->opened ? RC_OK : RC_NONE;
}

void
charset_conv_close(struct charset_conv *c)
{
	if (c->opened)
		iconv_close(c->cd);
	c->opened = false;
}

/* Windows-1255 and 1258 hold a letter back until they have seen whether a mark follows. */
static void
put_held_back(struct charset_conv *c, struct buf *out)
{
	char bytes[64], *to = bytes;
	size_t room = sizeof(bytes);

	if (iconv(c->cd, NULL, NULL, &to, &room) != (size_t)-1)
		charset_put(out, (struct str){ bytes, sizeof(bytes) - room });
}

void
charset_conv_run(struct charset_conv *c, struct str in, struct buf *out, uint64_t *defects)
{
	char *from = (char *)(uintptr_t)in.p;
	size_t left = in.n;

	iconv(c->cd, NULL, NULL, NULL, NULL);
	while (left > 0 && !out->full) {
		char bytes[4096], *to = bytes;
		size_t room = sizeof(bytes);
		bool bad = iconv(c->cd, &from, &left, &to, &room) == (size_t)-1 && errno != E2BIG;

		charset_put(out, (struct str){ bytes, sizeof(bytes) - room });
		if (bad && left > 0) {
			charset_put_bad(out, defects);
			from++;
			left--;
		}
	}
	put_held_back(c, out);
}
