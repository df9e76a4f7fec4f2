/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* uuencode, yEnc and BinHex blocks that stand inside text. All of it walks lines once;
 * a block that never ends reaches to the next begin line or to the end of the text. */
#include "message/decode.h"

#include "base/ascii.h"
#include "message/defect.h"

/* Cut the next line off *rest, without its line end. */
static bool
next_line(struct str *rest, struct str *line)
{
	if (!str_next(rest, '\n', line))
		return false;
	if (line->n && line->p[line->n - 1] == '\r')
		line->n--;
	return true;
}

/* "begin 644 name" or "begin-base64 644 name". The mode tells it from a sentence. */
static bool
is_uu_begin(struct str line, struct str *name, bool *base64)
{
	size_t digits = 0;

	if (!str_starts(line, STR("begin")))
		return false;
	line = str_from(line, 5);
	*base64 = str_starts(line, STR("-base64"));
	if (*base64)
		line = str_from(line, 7);
	if (line.n == 0 || !ascii_is_wsp((unsigned char)line.p[0]))
		return false;
	line = str_trim(line);
	while (digits < line.n && ascii_is_digit((unsigned char)line.p[digits]))
		digits++;
	if (digits < 1 || digits > 6 || (digits < line.n && !ascii_is_wsp((unsigned char)line.p[digits])))
		return false;
	*name = str_trim(str_from(line, digits));
	return true;
}

static bool
is_uu_end(struct str line)
{
	return str_starts(line, STR("end")) && str_trim(line).n == 3;
}

/* How many data characters a length character asks for. */
static size_t
uu_chars(char c)
{
	size_t n = ((unsigned char)c - 32u) & 63u;

	return (n + 2) / 3 * 4;
}

/* A data line as encoders write it: the length fits, give or take lost blanks and a
 * checksum, and all characters are of the alphabet. */
static bool
is_uu_line(struct str line)
{
	size_t want;

	if (line.n == 0)
		return false;
	want = uu_chars(line.p[0]);
	if (want == 0)
		return str_trim(line).n <= 1;
	if (line.n - 1 > want + 2 || line.n - 1 + 4 < want)
		return false;
	for (size_t i = 0; i < line.n; i++)
		if (line.p[i] < 32 || line.p[i] > 96)
			return false;
	return true;
}

static unsigned
uu_value(struct str line, size_t at)
{
	return at < line.n ? ((unsigned char)line.p[at] - 32u) & 63u : 0;
}

static void
uu_line(struct str line, struct buf *out, uint64_t *defects)
{
	size_t left = ((unsigned char)line.p[0] - 32u) & 63u;
	char bytes[64];
	size_t n = 0;

	if (!is_uu_line(line))
		*defects |= DEFECT_BIT(UU_BAD);
	for (size_t at = 1; n < left; at += 4) {
		unsigned v = uu_value(line, at) << 18 | uu_value(line, at + 1) << 12 |
		    uu_value(line, at + 2) << 6 | uu_value(line, at + 3);

		for (int shift = 16; shift >= 0 && n < left; shift -= 8)
			bytes[n++] = (char)(v >> shift);
	}
	buf_add_cut(out, (struct str){ bytes, n });
}

/* The content of begin-base64 ends with a line of four equals signs. */
static void
uu_base64(struct str body, struct buf *out, uint64_t *defects)
{
	struct str rest = body, line;
	size_t end = body.n;
	bool closed = false;

	while (!closed && next_line(&rest, &line)) {
		closed = str_eq(str_trim(line), STR("===="));
		if (closed)
			end = (size_t)(line.p - body.p);
	}
	if (!closed)
		*defects |= DEFECT_BIT(UU_BAD);
	decode_base64(str_upto(body, end), MIME_LENIENT, out, defects);
}

void
decode_uu(struct str in, struct buf *out, uint64_t *defects)
{
	struct str rest = in, line, name;
	bool base64 = false, ended = false;

	if (!next_line(&rest, &line) || !is_uu_begin(line, &name, &base64)) {
		/* The encoding field says uuencode, the body has no begin line: take all lines. */
		*defects |= DEFECT_BIT(UU_BAD);
		rest = in;
	}
	if (base64) {
		uu_base64(rest, out, defects);
		return;
	}
	while (!ended && !out->full && next_line(&rest, &line)) {
		ended = is_uu_end(line);
		if (!ended && line.n > 0)
			uu_line(line, out, defects);
	}
	if (!ended)
		*defects |= DEFECT_BIT(UU_BAD);
}

/* The number behind "key=" in a yEnc control line; false when there is none. */
static bool
yenc_number(struct str line, struct str key, uint64_t *out)
{
	size_t at = str_find(line, key), n = 0;
	struct str v;

	if (at == STR_NPOS)
		return false;
	v = str_from(line, at + key.n);
	while (n < v.n && ascii_is_digit((unsigned char)v.p[n]))
		n++;
	return str_to_u64(str_upto(v, n), out);
}

static void
yenc_line(struct str line, struct buf *out)
{
	char bytes[256];
	size_t n = 0;

	for (size_t i = 0; i < line.n; i++) {
		unsigned c = (unsigned char)line.p[i];

		/* yEnc 1.3: '=' shifts the next byte by 64 more, all are shifted by 42. */
		if (c == '=' && i + 1 < line.n)
			c = (unsigned char)line.p[++i] - 64u;
		bytes[n++] = (char)(c - 42u);
		if (n == sizeof(bytes)) {
			buf_add_cut(out, (struct str){ bytes, n });
			n = 0;
		}
	}
	buf_add_cut(out, (struct str){ bytes, n });
}

void
decode_yenc(struct str in, struct buf *out, uint64_t *defects)
{
	size_t before = out->n;
	struct str rest = in, line;
	bool begun = false, ended = false;
	uint64_t size;

	while (!ended && !out->full && next_line(&rest, &line)) {
		if (str_starts(line, STR("=ybegin ")))
			begun = true;
		else if (str_starts(line, STR("=yend")))
			ended = true;
		else if (!str_starts(line, STR("=ypart ")))
			yenc_line(line, out);
	}
	if (!begun || !ended)
		*defects |= DEFECT_BIT(UU_BAD);
	else if (yenc_number(line, STR("size="), &size) && size != out->n - before && !out->full)
		*defects |= DEFECT_BIT(UU_BAD);
}

/* Offset behind the line that starts at `at`. */
static size_t
after_line(struct str text, size_t at)
{
	size_t nl = str_chr(str_from(text, at), '\n');

	return nl == STR_NPOS ? text.n : at + nl + 1;
}

static struct str
line_at(struct str text, size_t at)
{
	struct str rest = str_from(text, at), line = STR_NONE;

	next_line(&rest, &line);
	return line;
}

/* Do lines of data follow? A letter may hold the words "begin 1 ..." as well. */
static bool
uu_follows(struct str text, size_t at, bool base64)
{
	enum { LOOK_LINES = 8 };

	for (int i = 0; i < LOOK_LINES && at < text.n; i++) {
		struct str line = line_at(text, at);

		if (base64 ? line.n > 0 : is_uu_line(line) || is_uu_end(line))
			return true;
		at = after_line(text, at);
	}
	return false;
}

static bool
uu_block(struct str text, size_t at, struct decode_block *out)
{
	struct str name, inner, line = line_at(text, at);
	bool base64, inner_base64, ended = false;
	size_t end = after_line(text, at);

	if (!is_uu_begin(line, &name, &base64) || !uu_follows(text, end, base64))
		return false;
	while (!ended && end < text.n) {
		line = line_at(text, end);
		if (is_uu_begin(line, &inner, &inner_base64))
			break;
		ended = base64 ? str_eq(str_trim(line), STR("====")) : is_uu_end(line);
		end = after_line(text, end);
	}
	*out = (struct decode_block){ DECODE_UU, at, end, name };
	return true;
}

static bool
yenc_block(struct str text, size_t at, struct decode_block *out)
{
	struct str line = line_at(text, at), name = STR_NONE;
	size_t end = after_line(text, at), name_at = str_find(line, STR(" name="));
	bool ended = false;

	if (!str_starts(line, STR("=ybegin ")))
		return false;
	if (name_at != STR_NPOS)
		name = str_trim(str_from(line, name_at + 6));
	while (!ended && end < text.n) {
		line = line_at(text, end);
		if (str_starts(line, STR("=ybegin ")))
			break;
		ended = str_starts(line, STR("=yend"));
		end = after_line(text, end);
	}
	*out = (struct decode_block){ DECODE_YENC, at, end, name };
	return true;
}

/* RFC 1741: a line with these words, then data between two colons. */
#define BINHEX_MARK STR("(This file must be converted with BinHex")

static bool
binhex_block(struct str text, size_t at, struct decode_block *out)
{
	size_t end = after_line(text, at);
	bool begun = false, closed = false;

	if (!str_starts(str_from(text, at), BINHEX_MARK))
		return false;
	while (!closed && end < text.n) {
		struct str line = str_trim(line_at(text, end));

		if (str_chr(line, ' ') != STR_NPOS)
			break;		/* no data: the block was never closed */
		closed = line.n > 0 && line.p[line.n - 1] == ':' && (begun || line.n > 1);
		begun |= line.n > 0;
		end = after_line(text, end);
	}
	*out = (struct decode_block){ DECODE_BINHEX, at, end, STR_NONE };
	return true;
}

bool
decode_find_block(struct str text, size_t from, struct decode_block *out)
{
	/* By lines and not by searching for words: a search for a word that does not come again
	 * would read to the end of the text on every call. */
	for (size_t at = from; at < text.n; at = after_line(text, at)) {
		if (at > 0 && text.p[at - 1] != '\n')
			continue;	/* the caller began in the middle of a line */
		switch (text.p[at]) {
		case 'b':
			if (uu_block(text, at, out))
				return true;
			break;
		case '=':
			if (yenc_block(text, at, out))
				return true;
			break;
		case '(':
			if (binhex_block(text, at, out))
				return true;
			break;
		}
	}
	return false;
}
