/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Encoded words, RFC 2047: =?charset[*language]?B|Q?text?=
 *
 * White space between two words goes away. The bytes of neighbours in the same charset
 * are put together before they are converted: mailers cut ISO-2022-JP and UTF-8 in the
 * middle of a character although section 5 forbids it, and clients join them. Text may
 * hold spaces, which clients accept too. */
#include "message/header.h"

#include "base/ascii.h"
#include "message/charset.h"
#include "message/decode.h"
#include "message/defect.h"

enum {
	CHARSET_MAX = 64,	/* bytes of a charset label */
	TEXT_GROWTH = 4		/* bytes of UTF-8 for one byte of a header */
};

struct word {
	struct str charset, text;
	char encoding;		/* 'b' or 'q' */
	size_t end;		/* offset behind "?=" */
};

struct words {
	struct str in;
	struct buf bytes;	/* of the words not converted yet */
	struct str charset;
	struct buf out;
	uint64_t *defects;
	size_t last_end;	/* offset of the last "?=" of the whole value; no word ends behind */
	bool utf8;		/* text between the words is UTF-8 as it stands */
};

/* Read the word at in[off..], which starts with "=?". */
static bool
read_word(const struct words *w, size_t off, struct word *out)
{
	struct str in = w->in, head = str_sub(in, off + 2, CHARSET_MAX + 1);
	size_t mark = str_chr(head, '?'), text, end;

	if (mark == STR_NPOS || mark == 0)
		return false;
	out->charset = str_upto(head, mark);
	if (str_chr(out->charset, ' ') != STR_NPOS)
		return false;
	out->charset = str_upto(out->charset, str_chr(out->charset, '*'));	/* RFC 2231 5 */
	text = off + 2 + mark + 1;
	if (text + 2 > in.n || in.p[text + 1] != '?')
		return false;
	out->encoding = (char)ascii_lower((unsigned char)in.p[text]);
	if (out->encoding != 'b' && out->encoding != 'q')
		return false;
	text += 2;
	if (w->last_end == STR_NPOS || text > w->last_end)
		return false;
	end = str_find(str_from(in, text), STR("?="));
	/* "=?utf-8?q??=" is empty; "?=41?=" begins with a code: the first "?=" may be text */
	out->text = str_sub(in, text, end);
	out->end = text + end + 2;
	return true;
}

static void
decode_q(struct str in, struct buf *out)
{
	for (size_t i = 0; i < in.n; i++) {
		int hi, lo;

		if (in.p[i] == '_') {
			buf_addc(out, ' ');
		} else if (in.p[i] == '=' && i + 2 < in.n &&
		    (hi = ascii_hex((unsigned char)in.p[i + 1])) >= 0 &&
		    (lo = ascii_hex((unsigned char)in.p[i + 2])) >= 0) {
			buf_addc(out, (char)(hi << 4 | lo));
			i += 2;
		} else {
			buf_addc(out, in.p[i]);
		}
	}
}

static void
flush(struct words *w)
{
	if (w->bytes.n)
		charset_to_utf8(buf_str(&w->bytes), w->charset, &w->out, w->defects);
	buf_reset(&w->bytes);
}

static void
take_word(struct words *w, const struct word *word)
{
	uint64_t bad = 0;

	if (!str_eq_nocase(w->charset, word->charset))
		flush(w);
	w->charset = word->charset;
	if (word->encoding == 'q')
		decode_q(word->text, &w->bytes);
	else
		decode_base64(word->text, MIME_LENIENT, &w->bytes, &bad);
	if (bad & ~DEFECT_BIT(BASE64_SHORT))
		*w->defects |= DEFECT_BIT(ENCODED_WORD_BAD);
}

static void
take_text(struct words *w, struct str text)
{
	uint64_t ignored = 0;

	flush(w);
	if (w->utf8 || charset_is_utf8(text))
		buf_add(&w->out, text);
	else
		charset_to_utf8(text, charset_guess(text), &w->out, &ignored);
}

static void
read_all(struct words *w)
{
	size_t from = 0, off = 0;
	bool after_word = false;

	while (off < w->in.n) {
		size_t at = str_find(str_from(w->in, off), STR("=?"));
		struct word word;
		struct str gap;

		if (at == STR_NPOS)
			break;
		off += at;
		if (!read_word(w, off, &word)) {
			*w->defects |= DEFECT_BIT(ENCODED_WORD_BAD);
			off += 2;
			continue;
		}
		gap = str_sub(w->in, from, off - from);
		if (!after_word || str_trim(gap).n)
			take_text(w, gap);
		take_word(w, &word);
		after_word = true;
		from = off = word.end;
	}
	take_text(w, str_from(w->in, from));
}

static size_t
last_word_end(struct str in)
{
	for (size_t i = in.n; i >= 2; i--)
		if (in.p[i - 2] == '?' && in.p[i - 1] == '=')
			return i - 2;
	return STR_NPOS;
}

struct str
header_text(struct pool *pool, const struct limits *lim, struct str value, uint64_t *defects)
{
	struct words w = { .in = header_unfold(pool, value), .defects = defects };
	struct str text;

	w.utf8 = charset_is_utf8(w.in);
	if (w.utf8 && str_find(w.in, STR("=?")) == STR_NPOS)
		return w.in;
	w.last_end = last_word_end(w.in);
	buf_init(&w.bytes, (size_t)lim->header_bytes);
	buf_init(&w.out, (size_t)lim->header_bytes * TEXT_GROWTH);
	read_all(&w);
	text = pool_str(pool, buf_str(&w.out));
	buf_clear(&w.bytes);
	buf_clear(&w.out);
	return text;
}
