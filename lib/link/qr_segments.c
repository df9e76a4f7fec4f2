/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* The data of a QR code: segments of digits, letters, bytes and kanji (ISO/IEC 18004:2015, 7.4). */
#include "base/utf8.h"
#include "link/qr_code.h"
#include "message/charset.h"

enum mode {
	END = 0, DIGITS = 1, LETTERS = 2, APPEND = 3, BYTES = 4, FNC1_FIRST = 5, ECI = 7, KANJI = 8, FNC1_SECOND = 9,
	HANZI = 13
};
enum { MODE_BITS = 4, APPEND_BITS = 16, FNC1_BITS = 8, KANJI_BITS = 13, SUBSET_BITS = 4 };
enum { KANA_MIN = 3, CHUNK_MAX = 8 * 1024, SMALL = 9, MIDDLE = 26 };	/* versions with shorter counts */

struct bits {
	struct str in;
	size_t at;			/* bit */
	bool err;
};

static unsigned
take(struct bits *b, unsigned n)
{
	unsigned v = 0;

	if (b->err || b->at + n > b->in.n * 8) {
		b->err = true;
		return 0;
	}
	for (unsigned i = 0; i < n; i++, b->at++)
		v = v << 1 | ((unsigned char)b->in.p[b->at / 8] >> (7 - b->at % 8) & 1);
	return v;
}

static unsigned
count_bits(enum mode m, unsigned version)
{
	unsigned size = version <= SMALL ? 0 : version <= MIDDLE ? 1 : 2;

	if (m == DIGITS)
		return 10 + 2 * size;
	if (m == LETTERS)
		return 9 + 2 * size;
	if (m == BYTES)
		return size ? 16 : 8;
	return 8 + 2 * size;
}

static void
read_digits(struct bits *b, unsigned n, struct buf *out)
{
	for (; n > 0 && !b->err; n -= n < 3 ? n : 3) {
		unsigned len = n < 3 ? n : 3, v = take(b, len == 3 ? 10 : len == 2 ? 7 : 4);

		buf_printf(out, "%0*u", (int)len, v);
	}
}

static void
read_letters(struct bits *b, unsigned n, struct buf *out)
{
	static const char set[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";

	for (; n > 0 && !b->err; n -= n < 2 ? n : 2) {
		unsigned v = take(b, n >= 2 ? 11 : 6);

		if (v >= 45 * 45 || (n < 2 && v >= 45)) {
			b->err = true;
			return;
		}
		if (n >= 2)
			buf_addc(out, set[v / 45]);
		buf_addc(out, set[v % 45]);
	}
}

/* Japanese makers write Shift_JIS without a label: pairs that begin with what is a control character
 * elsewhere, or some half-width kana in a row. */
static bool
is_shift_jis(struct str s)
{
	size_t kana = 0, sure = 0;

	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i], next = i + 1 < s.n ? (unsigned char)s.p[i + 1] : 0;

		if (c < 0x80)
			continue;
		if (c >= 0xa1 && c <= 0xdf) {
			kana++;
			continue;
		}
		if (c == 0x80 || c == 0xa0 || c > 0xfc || next < 0x40 || next == 0x7f || next > 0xfc)
			return false;
		sure += c < 0xa0;
		i++;
	}
	return sure > 0 || kana >= KANA_MIN;
}

static struct str
charset_of(struct str raw, const char *label)
{
	if (label)
		return str_of(label);
	return is_shift_jis(raw) ? STR("shift_jis") : charset_guess(raw);
}

/* Bytes without a label are UTF-8 when they can be. */
static void
read_bytes(struct bits *b, unsigned n, const char *charset, struct buf *out)
{
	struct buf raw;
	uint64_t defects = 0;

	buf_init(&raw, CHUNK_MAX);
	for (; n > 0 && !b->err; n--)
		buf_addc(&raw, (char)take(b, 8));
	if (utf8_is_valid(buf_str(&raw)))
		buf_add(out, buf_str(&raw));
	else
		charset_to_utf8(buf_str(&raw), charset_of(buf_str(&raw), charset), out, &defects);
	buf_clear(&raw);
}

/* 13 bits are two bytes of Shift_JIS (7.4.6). */
static void
read_kanji(struct bits *b, unsigned n, struct buf *out)
{
	struct buf raw;
	uint64_t defects = 0;

	buf_init(&raw, CHUNK_MAX);
	for (; n > 0 && !b->err; n--) {
		unsigned v = take(b, KANJI_BITS), both = v / 0xc0 << 8 | v % 0xc0;

		both += both < 0x1f00 ? 0x8140 : 0xc140;
		buf_addc(&raw, (char)(both >> 8));
		buf_addc(&raw, (char)both);
	}
	charset_to_utf8(buf_str(&raw), STR("shift_jis"), out, &defects);
	buf_clear(&raw);
}

/* The same of GB 2312 (GB/T 18284-2000). */
static void
read_hanzi(struct bits *b, unsigned n, struct buf *out)
{
	struct buf raw;
	uint64_t defects = 0;

	buf_init(&raw, CHUNK_MAX);
	for (; n > 0 && !b->err; n--) {
		unsigned v = take(b, KANJI_BITS), both = v / 0x60 << 8 | v % 0x60;

		both += both < 0x0a00 ? 0xa1a1 : 0xa6a1;
		buf_addc(&raw, (char)(both >> 8));
		buf_addc(&raw, (char)both);
	}
	charset_to_utf8(buf_str(&raw), STR("gb18030"), out, &defects);
	buf_clear(&raw);
}

/* AIM ECI assignments that occur. */
static const char *
read_eci(struct bits *b)
{
	unsigned v = take(b, 8);

	if ((v & 0xc0) == 0x80)
		v = (v & 0x3f) << 8 | take(b, 8);
	else if ((v & 0xe0) == 0xc0)
		v = (v & 0x1f) << 16 | take(b, 16);
	switch (v) {
	case 1:
	case 3:
		return "iso-8859-1";
	case 20:
		return "shift_jis";
	case 25:
		return "utf-16be";
	case 26:
		return "utf-8";
	case 28:
		return "big5";
	case 29:
		return "gb18030";
	case 30:
		return "euc-kr";
	}
	return NULL;
}

/* The content of one segment. False: a mode that nobody knows. */
static bool
read_segment(struct bits *b, enum mode m, unsigned version, const char **charset, struct buf *out)
{
	unsigned n = 0;

	if (m == HANZI)
		take(b, SUBSET_BITS);
	if (m == DIGITS || m == LETTERS || m == BYTES || m == KANJI || m == HANZI)
		n = take(b, count_bits(m, version));
	if (m == DIGITS)
		read_digits(b, n, out);
	else if (m == LETTERS)
		read_letters(b, n, out);
	else if (m == BYTES)
		read_bytes(b, n, *charset, out);
	else if (m == KANJI)
		read_kanji(b, n, out);
	else if (m == HANZI)
		read_hanzi(b, n, out);
	else if (m == ECI)
		*charset = read_eci(b);
	else if (m == APPEND)
		take(b, APPEND_BITS);
	else if (m == FNC1_SECOND)
		take(b, FNC1_BITS);
	else
		return m == FNC1_FIRST;
	return true;
}

/* Readers show what stands before the damage, too. */
enum rc
qr_segments(struct str data, unsigned version, struct buf *out)
{
	struct bits b = { .in = data };
	const char *charset = NULL;
	size_t before = out->n;

	while (!b.err && data.n * 8 - b.at >= MODE_BITS) {
		enum mode m = (enum mode)take(&b, MODE_BITS);

		if (m == END || !read_segment(&b, m, version, &charset, out))
			break;
	}
	return out->n > before ? RC_OK : RC_BAD;
}
