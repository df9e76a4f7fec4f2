/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* How fast the readers of content are: MB of input a second, best of a few rounds. */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "message/charset.h"
#include "message/decode.h"
#include "message/filetype.h"
#include "message/html.h"

enum { SIZE = 8 << 20, ROUNDS = 5 };

static const struct limits lim = { .html_tags = 10000000, .html_attrs = 1000, .text_bytes = SIZE };
static uint64_t defects;

static void lenient(struct str in, struct buf *out) { decode_base64(in, MIME_LENIENT, out, &defects); }
static void pad_is_a(struct str in, struct buf *out) { decode_base64(in, MIME_PAD_IS_A, out, &defects); }
static void qp(struct str in, struct buf *out) { decode_qp(in, out, &defects); }
static void uu(struct str in, struct buf *out) { decode_uu(in, out, &defects); }
static void text(struct str in, struct buf *out) { html_text(&lim, in, out, &defects); }
static void utf8(struct str in, struct buf *out) { charset_to_utf8(in, STR("utf-8"), out, &defects); }
static void jp(struct str in, struct buf *out) { charset_to_utf8(in, STR("iso-2022-jp"), out, &defects); }
static void sjis(struct str in, struct buf *out) { charset_to_utf8(in, STR("shift_jis"), out, &defects); }
static void latin1(struct str in, struct buf *out) { charset_to_utf8(in, STR("iso-8859-1"), out, &defects); }

static void
find(struct str in, struct buf *out)
{
	struct decode_block b;

	(void)out;
	for (size_t at = 0; decode_find_block(in, at, &b); at = b.end)
		defects++;
}

static void
tokens(struct str in, struct buf *out)
{
	struct html h;
	struct html_token t;

	(void)out;
	html_init(&h, &lim, in);
	while (html_next(&h, &t))
		defects += t.kind;
}

/* Per call, as its cost does not grow with the file. */
static void
filetype(struct str in, struct buf *out)
{
	(void)out;
	for (size_t at = 0; at < in.n; at += 4096)
		defects += filetype_of(str_sub(in, at, 4096))->group;
}

static void
measure(const char *name, const char *piece, void (*run)(struct str, struct buf *))
{
	struct buf in, out;
	int64_t best = INT64_MAX;

	buf_init(&in, SIZE + 4096);
	while (in.n < SIZE)
		buf_adds(&in, piece);
	for (int i = 0; i < ROUNDS; i++) {
		int64_t start = clock_mono_us(), us;

		buf_init(&out, 4 * SIZE);
		run(buf_str(&in), &out);
		us = clock_mono_us() - start;
		best = us < best ? us : best;
		buf_clear(&out);
	}
	printf("%-34s %8.0f MB/s\n", name, (double)in.n / (double)(best ? best : 1));
	buf_clear(&in);
}

#define LINE "TG9yZW0gaXBzdW0gZG9sb3Igc2l0IGFtZXQsIGNvbnNlY3RldHVyIGFkaXBpc2NpbmcgZWxpdCwg\r\n"
#define PAGE "<table border=0><tr><td class=\"a\" style='font:12px'><a href=\"http://example.com/x?y=1&amp;z\">" \
	"Some words to click on</a><br>And a paragraph of text that is about as long as one.</td></tr></table>\n"
#define LETTER "Dear reader, this is a line of a letter, and it is about as long as lines are.\r\n"

int
main(void)
{
	measure("base64, lenient", LINE, lenient);
	measure("base64, '=' is A", LINE, pad_is_a);
	measure("base64, all junk", "....", lenient);
	measure("quoted-printable, little", LETTER "a =3D b=\r\n", qp);
	measure("quoted-printable, all", "=E9=96=A2=E5=AE=88=\r\n", qp);
	measure("uuencode", "M86)C86)C86)C86)C86)C86)C86)C86)C86)C86)C86)C86)C86)C86)C86)C\n", uu);
	measure("blocks in text", LETTER, find);
	measure("UTF-8, ASCII", LETTER, utf8);
	measure("UTF-8, Japanese", "\xe9\x96\xa2\xe5\xae\x88\xe3\x81\xae\r\n", utf8);
	measure("ISO-2022-JP", "\x1b$B4X<i4X<i4X<i4X<i4X<i\x1b(B\r\n", jp);
	measure("Shift_JIS", "\x8a\xd6\x8e\xe7\x8a\xd6\x8e\xe7\x8a\xd6\x8e\xe7\r\n", sjis);
	measure("ISO-8859-1", "Stra\xdf" "e und \xc4pfel und noch ein paar W\xf6rter\r\n", latin1);
	measure("HTML tokens", PAGE, tokens);
	measure("HTML text", PAGE, text);
	measure("HTML, only tags", "<div>", text);
	measure("file type of 4 KB of text", LETTER, filetype);
	return defects == UINT64_MAX;
}
