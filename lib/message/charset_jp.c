/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* The C library's converters of these two charsets refuse the vendor extensions that
 * Japanese mail is full of. Both are only other spellings of the same 94 by 94 table,
 * so they are rewritten as Shift_JIS here, whose CP932 converter knows the extensions. */
#include "message/charset_jp.h"

#include "base/utf8.h"
#include "message/charset_iconv.h"

enum { ESC = 0x1b, SO = 0x0e, SI = 0x0f, SPAN = 2048 };

struct jis {
	struct buf *out;
	uint64_t *defects;
	struct charset_conv cp932, eucms;
	char span[SPAN];		/* Shift_JIS that waits for conversion */
	size_t n;
};

static void
flush(struct jis *j)
{
	struct str span = { j->span, j->n };

	if (j->n == 0)
		return;
	if (utf8_ascii_run(span, 0) == span.n)
		charset_put(j->out, span);
	else if (j->cp932.opened || charset_conv_open(&j->cp932, "CP932") == RC_OK)
		charset_conv_run(&j->cp932, span, j->out, j->defects);
	else
		charset_put_bad(j->out, j->defects);
	j->n = 0;
}

static void
one(struct jis *j, unsigned c)
{
	if (j->n + 2 > SPAN)
		flush(j);
	j->span[j->n++] = (char)c;
}

static void
bad(struct jis *j)
{
	flush(j);
	charset_put_bad(j->out, j->defects);
}

static bool
is_94(unsigned c)
{
	return c >= 0x21 && c <= 0x7e;
}

/* A character of JIS X 0208, both bytes 21-7E, in the spelling of Shift_JIS. */
static void
jis0208(struct jis *j, unsigned row, unsigned cell)
{
	unsigned lead = (row - 0x21) / 2 + 0x81;

	if (j->n + 2 > SPAN)
		flush(j);
	j->span[j->n++] = (char)(lead > 0x9f ? lead + 0x40 : lead);
	if (row % 2 == 1)
		j->span[j->n++] = (char)(cell + (cell < 0x60 ? 0x1f : 0x20));
	else
		j->span[j->n++] = (char)(cell + 0x7e);
}

/* JIS X 0212 does not exist in Shift_JIS. */
static void
jis0212(struct jis *j, unsigned row, unsigned cell)
{
	char bytes[3] = { (char)0x8f, (char)(row | 0x80), (char)(cell | 0x80) };

	flush(j);
	if (j->eucms.opened || charset_conv_open(&j->eucms, "EUC-JP-MS") == RC_OK)
		charset_conv_run(&j->eucms, (struct str){ bytes, 3 }, j->out, j->defects);
	else
		charset_put_bad(j->out, j->defects);
}

static void
finish(struct jis *j)
{
	flush(j);
	charset_conv_close(&j->cp932);
	charset_conv_close(&j->eucms);
}

enum set { SET_ASCII, SET_KATAKANA, SET_0208, SET_0212 };

/* What the bytes behind an ESC select. Returns their number, 0 for an unknown sequence. */
static size_t
escape(struct str s, enum set *set)
{
	static const struct {
		const char *seq;
		enum set set;
	} known[] = {
		{ "(B", SET_ASCII }, { "(J", SET_ASCII }, { "(H", SET_ASCII }, { "(I", SET_KATAKANA },
		{ "$@", SET_0208 }, { "$B", SET_0208 }, { "$(@", SET_0208 }, { "$(B", SET_0208 },
		{ "&@\033$B", SET_0208 }, { "$(D", SET_0212 },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		struct str seq = str_of(known[i].seq);

		if (str_starts(s, seq)) {
			*set = known[i].set;
			return seq.n;
		}
	}
	return 0;
}

/* One character behind the control codes. Returns how many bytes it took. */
static size_t
character(struct jis *j, enum set set, struct str in)
{
	unsigned c = (unsigned char)in.p[0], next = in.n > 1 ? (unsigned char)in.p[1] : 0;

	/* Line ends and blanks do not change the set: RFC 1468 wants ASCII there, mailers forget. */
	if (c <= 0x20 || c == 0x7f || (set == SET_ASCII && c < 0x80)) {
		one(j, c);
		return 1;
	}
	if (c >= 0xa1 && c <= 0xdf && set <= SET_KATAKANA) {
		one(j, c);	/* half-width katakana sent as eight bits */
		return 1;
	}
	if (set == SET_KATAKANA && c <= 0x5f) {
		one(j, c | 0x80);
		return 1;
	}
	if (set >= SET_0208 && is_94(c & 0x7f) && is_94(next & 0x7f)) {
		(set == SET_0208 ? jis0208 : jis0212)(j, c & 0x7f, next & 0x7f);
		return 2;
	}
	bad(j);
	return 1;
}

void
charset_iso2022jp(struct str in, struct buf *out, uint64_t *defects)
{
	struct jis j = { .out = out, .defects = defects };
	enum set set = SET_ASCII;
	bool shifted = false;		/* SO: katakana until SI (CP50222) */

	while (in.n && !out->full) {
		unsigned c = (unsigned char)in.p[0];
		size_t took = 0;

		if (c == ESC) {
			took = escape(str_from(in, 1), &set);
			if (took == 0)
				bad(&j);
			in = str_from(in, 1 + took);
		} else if (c == SO || c == SI) {
			shifted = c == SO;
			in = str_from(in, 1);
		} else {
			in = str_from(in, character(&j, shifted ? SET_KATAKANA : set, in));
		}
	}
	finish(&j);
}

void
charset_eucjp(struct str in, struct buf *out, uint64_t *defects)
{
	struct jis j = { .out = out, .defects = defects };

	while (in.n && !out->full) {
		unsigned c = (unsigned char)in.p[0], b = in.n > 1 ? (unsigned char)in.p[1] : 0;
		unsigned d = in.n > 2 ? (unsigned char)in.p[2] : 0;
		size_t took = 1;

		if (c < 0x80) {
			one(&j, c);
		} else if (c == 0x8e && b >= 0xa1 && b <= 0xdf) {
			one(&j, b);
			took = 2;
		} else if (c == 0x8f && b > 0xa0 && b < 0xff && d > 0xa0 && d < 0xff) {
			jis0212(&j, b & 0x7f, d & 0x7f);
			took = 3;
		} else if (c > 0xa0 && c < 0xff && b > 0xa0 && b < 0xff) {
			jis0208(&j, c & 0x7f, b & 0x7f);
			took = 2;
		} else {
			bad(&j);
		}
		in = str_from(in, took);
	}
	finish(&j);
}
