/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* base64, quoted-printable and percent encoding. Blocks inside text are in decode_block.c. */
#include "message/decode.h"

#include "base/ascii.h"
#include "message/defect.h"

/* Class of a byte in base64: DIGIT plus its value, or one of the others. */
enum { JUNK = 0, SKIP = 1, PAD = 2, DIGIT = 0x40 };

/* RFC 2045 table 1. Line ends and blanks carry no meaning between the digits. */
static const unsigned char base64_class[256] = {
	['\t'] = SKIP, ['\n'] = SKIP, ['\v'] = SKIP, ['\f'] = SKIP, ['\r'] = SKIP, [' '] = SKIP, ['='] = PAD,
	['A'] = 64, ['B'] = 65, ['C'] = 66, ['D'] = 67, ['E'] = 68, ['F'] = 69, ['G'] = 70, ['H'] = 71,
	['I'] = 72, ['J'] = 73, ['K'] = 74, ['L'] = 75, ['M'] = 76, ['N'] = 77, ['O'] = 78, ['P'] = 79,
	['Q'] = 80, ['R'] = 81, ['S'] = 82, ['T'] = 83, ['U'] = 84, ['V'] = 85, ['W'] = 86, ['X'] = 87,
	['Y'] = 88, ['Z'] = 89, ['a'] = 90, ['b'] = 91, ['c'] = 92, ['d'] = 93, ['e'] = 94, ['f'] = 95,
	['g'] = 96, ['h'] = 97, ['i'] = 98, ['j'] = 99, ['k'] = 100, ['l'] = 101, ['m'] = 102, ['n'] = 103,
	['o'] = 104, ['p'] = 105, ['q'] = 106, ['r'] = 107, ['s'] = 108, ['t'] = 109, ['u'] = 110, ['v'] = 111,
	['w'] = 112, ['x'] = 113, ['y'] = 114, ['z'] = 115, ['0'] = 116, ['1'] = 117, ['2'] = 118, ['3'] = 119,
	['4'] = 120, ['5'] = 121, ['6'] = 122, ['7'] = 123, ['8'] = 124, ['9'] = 125, ['+'] = 126, ['/'] = 127,
};

static inline unsigned
class_of(char c)
{
	return base64_class[(unsigned char)c];
}

static void
put(struct buf *out, const char *p, size_t n)
{
	buf_add_cut(out, (struct str){ p, n });
}

enum { STEP_IN = 16 * 1024, STEP_OUT = STEP_IN / 4 * 3 + 4 };

/* A base64 decoder between two bytes of its input. */
struct base64 {
	uint32_t bits;		/* of the digits of the current group */
	unsigned n;		/* how many digits that are, 0 to 3 */
	bool stop;		/* junk and padding end the data */
	bool done;		/* they have */
	bool padded;		/* the last thing seen that mattered was padding */
	uint64_t defects;
	char out[STEP_OUT];
	size_t n_out;
};

/* The four DIGIT marks of a group, where its sum has them. */
#define DIGITS4 (((uint32_t)DIGIT << 18) + (DIGIT << 12) + (DIGIT << 6) + DIGIT)

/* Complete groups, four digits a step, for as long as there is nothing else. */
static size_t
groups(struct base64 *d, struct str in, size_t at)
{
	const char *p = in.p + at;
	size_t left = in.n - at, n_out = d->n_out;

	for (; left >= 4; left -= 4, p += 4) {
		unsigned a = class_of(p[0]), b = class_of(p[1]), c = class_of(p[2]), e = class_of(p[3]);
		uint32_t v;

		if (!(a & b & c & e & DIGIT))
			break;
		v = (a << 18) + (b << 12) + (c << 6) + e - DIGITS4;
		d->out[n_out] = (char)(v >> 16);
		d->out[n_out + 1] = (char)(v >> 8);
		d->out[n_out + 2] = (char)v;
		n_out += 3;
	}
	d->n_out = n_out;
	return in.n - left;
}

/* An unfinished group: two digits make one byte, three make two. */
static void
flush_group(struct base64 *d)
{
	d->bits <<= 6 * (4 - d->n);
	if (d->n >= 2)
		d->out[d->n_out++] = (char)(d->bits >> 16);
	if (d->n == 3)
		d->out[d->n_out++] = (char)(d->bits >> 8);
	d->bits = 0;
	d->n = 0;
}

static void
digit(struct base64 *d, unsigned value)
{
	if (d->padded) {
		d->defects |= DEFECT_BIT(BASE64_PADDING);
		d->padded = false;
		if (d->stop) {
			d->done = true;
			return;
		}
	}
	d->bits = d->bits << 6 | value;
	if (++d->n < 4)
		return;
	d->out[d->n_out++] = (char)(d->bits >> 16);
	d->out[d->n_out++] = (char)(d->bits >> 8);
	d->out[d->n_out++] = (char)d->bits;
	d->bits = 0;
	d->n = 0;
}

static void
odd_byte(struct base64 *d, unsigned class)
{
	switch (class) {
	case SKIP:
		break;
	case PAD:
		flush_group(d);
		d->padded = true;
		break;
	case JUNK:
		d->defects |= DEFECT_BIT(BASE64_JUNK);
		d->done = d->stop;
		break;
	default:
		digit(d, class - DIGIT);
	}
}

/* One piece of at most STEP_IN bytes. The bytes from `tail` on see '=' as padding; before
 * it '=' is the digit A (0 when padding is padding everywhere). */
static void
base64_piece(struct base64 *d, struct str in, size_t tail)
{
	size_t at = 0;

	while (at < in.n && !d->done) {
		unsigned class;

		if (d->n == 0 && !d->padded)
			at = groups(d, in, at);
		if (at == in.n)
			break;
		class = class_of(in.p[at]);
		if (class == PAD && at < tail) {
			d->defects |= DEFECT_BIT(BASE64_PADDING);
			class = DIGIT;
		}
		odd_byte(d, class);
		at++;
	}
}

/* Behind the last digit '=' is padding in every reading. */
static size_t
behind_last_digit(struct str in)
{
	while (in.n && !(class_of(in.p[in.n - 1]) & DIGIT))
		in.n--;
	return in.n;
}

/* A line that is nothing but whole groups, blanks at its ends left aside. */
static bool
is_base64_line(struct str line)
{
	line = str_trim(line);
	if (line.n < 4 || line.n % 4 != 0)
		return false;
	while (line.n && line.p[line.n - 1] == '=')
		line.n--;
	for (size_t i = 0; i < line.n; i++)
		if (!(class_of(line.p[i]) & DIGIT))
			return false;
	return line.n > 0;
}

/* Leave out leading lines that are not base64; all of `in` when none is. */
static struct str
resync(struct str in, uint64_t *defects)
{
	struct str rest = in, from = in, line;

	while (str_next(&rest, '\n', &line)) {
		if (is_base64_line(line)) {
			if (str_trim(str_upto(in, in.n - from.n)).n)
				*defects |= DEFECT_BIT(BASE64_JUNK);
			return from;
		}
		from = rest;
	}
	return in;
}

/* Ask for the memory once; a guess, and never more than is allowed. */
static void
reserve(struct buf *out, size_t n)
{
	size_t room = out->max - out->n;

	if (!out->full)
		(void)buf_room(out, n < room ? n : room);
}

void
decode_base64(struct str in, int how, struct buf *out, uint64_t *defects)
{
	struct base64 d = { .stop = how == MIME_STOP };
	size_t tail;

	if (how == MIME_RESYNC)
		in = resync(in, &d.defects);
	tail = how == MIME_PAD_IS_A ? behind_last_digit(in) : 0;
	reserve(out, in.n / 4 * 3);
	while (in.n && !d.done && !out->full) {
		struct str piece = str_upto(in, STEP_IN);

		base64_piece(&d, piece, tail);
		put(out, d.out, d.n_out);
		d.n_out = 0;
		in = str_from(in, piece.n);
		tail = tail > piece.n ? tail - piece.n : 0;
	}
	if (d.n > 0) {
		d.defects |= DEFECT_BIT(BASE64_SHORT);
		flush_group(&d);
		put(out, d.out, d.n_out);
	}
	*defects |= d.defects;
}

bool
decode_looks_base64(struct str in)
{
	enum { LOOK = 4096, LINES_MIN = 32 };
	struct str rest = str_upto(in, LOOK), line;
	size_t digits = 0, width = 0;
	unsigned kinds = 0;

	while (str_next(&rest, '\n', &line)) {
		bool cut = rest.n == 0 && in.n > LOOK;

		line = str_trim(line);
		if (line.n == 0 && digits == 0)
			continue;
		if (line.n == 0)
			break;
		if (cut)
			line.n -= line.n % 4;
		if (line.n && !is_base64_line(line))
			return false;
		if (width && line.n > width)
			return false;
		width = width ? width : line.n;
		for (size_t i = 0; i < line.n; i++) {
			unsigned char c = (unsigned char)line.p[i];

			kinds |= ascii_is_upper(c) ? 1u : ascii_is_lower(c) ? 2u : 4u;
		}
		digits += line.n;
	}
	/* Words have no capitals in the middle, numbers no letters. */
	return digits >= LINES_MIN && kinds == 7;
}

/* Decode the codes of a line without its end; trailing '=' was cut off by the caller. */
static void
qp_line(struct str line, struct buf *out, uint64_t *defects)
{
	while (line.n) {
		size_t at = str_chr(line, '=');
		int high, low;
		char c;

		put(out, line.p, at == STR_NPOS ? line.n : at);
		if (at == STR_NPOS)
			return;
		line = str_from(line, at);
		if (line.n >= 2 && line.p[1] == '\r') {
			/* Not RFC: clients take a bare CR for a soft line break too. */
			line = str_from(line, 2);
			continue;
		}
		high = line.n >= 3 ? ascii_hex((unsigned char)line.p[1]) : -1;
		low = line.n >= 3 ? ascii_hex((unsigned char)line.p[2]) : -1;
		if (high < 0 || low < 0) {
			*defects |= DEFECT_BIT(QP_JUNK);
			put(out, "=", 1);
			line = str_from(line, 1);
			continue;
		}
		c = (char)(high << 4 | low);
		put(out, &c, 1);
		line = str_from(line, 3);
	}
}

/* RFC 2045 6.7 (3): blanks at the end of a line were added on the way. */
static struct str
without_trailing_blanks(struct str line)
{
	while (line.n && ascii_is_wsp((unsigned char)line.p[line.n - 1]))
		line.n--;
	return line;
}

void
decode_qp(struct str in, struct buf *out, uint64_t *defects)
{
	reserve(out, in.n);
	while (in.n && !out->full) {
		size_t nl = str_chr(in, '\n');
		size_t full = nl == STR_NPOS ? in.n : nl + 1;
		struct str line = str_upto(in, nl == STR_NPOS ? in.n : nl);
		size_t eol;

		if (line.n && line.p[line.n - 1] == '\r')
			line.n--;
		eol = line.n;
		line = without_trailing_blanks(line);
		if (line.n && line.p[line.n - 1] == '=') {
			line.n--;	/* a soft line break: the line end is no text */
			eol = full;
		}
		qp_line(line, out, defects);
		put(out, in.p + eol, full - eol);
		in = str_from(in, full);
	}
}

void
decode_percent(struct str in, struct buf *out)
{
	while (in.n && !out->full) {
		size_t at = str_chr(in, '%');
		int high, low;
		char c;

		put(out, in.p, at == STR_NPOS ? in.n : at);
		if (at == STR_NPOS)
			return;
		in = str_from(in, at);
		high = in.n >= 3 ? ascii_hex((unsigned char)in.p[1]) : -1;
		low = in.n >= 3 ? ascii_hex((unsigned char)in.p[2]) : -1;
		c = high >= 0 && low >= 0 ? (char)(high << 4 | low) : '%';
		put(out, &c, 1);
		in = str_from(in, high >= 0 && low >= 0 ? 3 : 1);
	}
}
