/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* A header block is read line by line:
 *
 *	empty line           the header ends, the body begins behind it
 *	white space + text   belongs to the field before (RFC 5322 2.2.3)
 *	white space only     the same (RFC 5322 4.2, obsolete folding); a reading: the end
 *	name ":" value       a field
 *	"--" ...             never a field: the body begins here (a delimiter in a header);
 *	                     a reading, where it delimits nothing: junk that is skipped
 *	"From " first        the separator of an mbox file, skipped
 *	anything else        junk: skipped when fields follow, else the body begins here;
 *	                     a reading: the other way round
 *
 * White space in front of a MIME field hides it from some clients: a reading.
 */
#include "message/header.h"

#include "base/ascii.h"
#include "base/vec.h"
#include "message/charset.h"
#include "message/defect.h"
#include "message/lines.h"

enum {
	LINE_MAX_BYTES = 998,	/* RFC 5322 2.1.1 */
	JUNK_LOOK_LINES = 8	/* lines behind junk in which a field must follow */
};

struct reader {
	struct pool *pool;
	const struct limits *lim;
	struct str in;
	size_t start;
	const struct header_reading *reading;
	struct vec fields;
	struct header_block out;
};

/* Length of the field name at the start of a line, 0 when it is no field. */
static size_t
name_length(struct str line)
{
	size_t n = 0, text;

	if (str_starts(line, STR("--")))
		return 0;
	while (n < line.n && line.p[n] > ' ' && line.p[n] < 0x7f && line.p[n] != ':')
		n++;
	text = n;
	/* RFC 5322 4.5: obsolete fields may have white space before the colon. */
	while (n < line.n && ascii_is_wsp((unsigned char)line.p[n]))
		n++;
	return n < line.n && line.p[n] == ':' ? text : 0;
}

static bool
is_mime_name(struct str name)
{
	return str_starts_nocase(name, STR("content-")) || str_eq_nocase(name, STR("mime-version"));
}

static bool
is_blank(struct str line)
{
	return str_trim(line).n == 0;
}

/* Does a field follow within a few lines behind the junk line? */
static bool
fields_follow(const struct reader *r, struct line junk)
{
	struct line l = junk;

	for (int i = 0; i < JUNK_LOOK_LINES && l.next < r->in.n; i++) {
		struct str text;
		size_t n;

		l = line_at(r->in, l.next, r->reading->how & HEADER_CR);
		text = line_text(r->in, l);
		if (text.n == 0 || str_starts(text, STR("--")))
			return false;
		n = name_length(text);
		if (n && (i == 0 || is_mime_name(str_upto(text, n))))
			return true;
	}
	return false;
}

/* Over a limit only the fields that shape the message are kept. */
static bool
has_room(struct reader *r, struct str name, size_t at)
{
	size_t max = (size_t)r->lim->header_fields;

	if (r->fields.n < max && at - r->start < (size_t)r->lim->header_bytes)
		return true;
	r->out.defects |= DEFECT_BIT(LIMIT_HEADER);
	return is_mime_name(name) && r->fields.n < 2 * max;
}

static void
add_field(struct reader *r, struct line l, size_t name_n)
{
	struct str text = line_text(r->in, l), name = str_upto(text, name_n);
	size_t colon = str_chr(text, ':');
	struct mime_field *f;

	if (colon != name_n && is_mime_name(name))
		r->out.defects |= DEFECT_BIT(BAD_HEADER_LINE);
	if (!has_room(r, name, l.off))
		return;
	f = vec_push(r->pool, &r->fields, sizeof(*f));
	f->name = name;
	f->value = str_from(text, colon + 1);
	f->off = l.off;
	f->end = l.next;
}

static struct mime_field *
last_field(const struct reader *r)
{
	return r->fields.n ? (struct mime_field *)r->fields.items + r->fields.n - 1 : NULL;
}

/* Make the line part of the field before it. */
static void
extend_field(struct reader *r, struct line l)
{
	struct mime_field *f = last_field(r);

	if (!f || f->end != l.off)
		return;	/* the field was over a limit, or junk was before */
	f->value.n = (size_t)(r->in.p + l.end - f->value.p);
	f->end = l.next;
}

static void
note_line(struct reader *r, struct line l)
{
	struct str text = line_text(r->in, l);

	if (text.n > LINE_MAX_BYTES)
		r->out.defects |= DEFECT_BIT(LONG_LINE);
	if (l.next - l.end == 2)
		r->out.crlf = true;
	else if (l.next > l.end && r->in.p[l.end] == '\n')
		r->out.lf = true;
	if (text.n && memchr(text.p, '\r', text.n)) {
		r->out.defects |= DEFECT_BIT(BARE_CR);
		r->out.other |= HEADER_CR;
	}
}

/* A MIME field behind white space, where it follows on another MIME field. (Elsewhere
 * such lines are usual, DKIM-Signature lists field names.) True when it was taken. */
static bool
take_hidden(struct reader *r, struct line l)
{
	const struct mime_field *before = last_field(r);
	struct str text = line_text(r->in, l);
	size_t name_n;

	while (l.off < l.end && ascii_is_space((unsigned char)r->in.p[l.off]))
		l.off++;
	name_n = name_length(line_text(r->in, l));
	if (!name_n || !is_mime_name(str_upto(line_text(r->in, l), name_n)))
		return false;
	if (ascii_is_wsp((unsigned char)text.p[0]) && before && !is_mime_name(before->name))
		return false;
	r->out.defects |= DEFECT_BIT(BAD_HEADER_LINE);
	r->out.other |= HEADER_HIDDEN;
	if (!(r->reading->how & HEADER_HIDDEN))
		return false;
	add_field(r, l, name_n);
	return true;
}

/* A line that begins with "--". Where it delimits nothing, it hides fields behind it from
 * those who end the header here. */
static bool
skip_dashes(struct reader *r, struct line l)
{
	const struct header_reading *as = r->reading;
	bool delimits = !as->is_delimiter || as->is_delimiter(as->bounds, line_text(r->in, l));

	if (l.off > r->start || !delimits)
		r->out.defects |= DEFECT_BIT(NO_BLANK_LINE);
	if (delimits)
		return false;
	r->out.other |= HEADER_JUNK;
	return r->reading->how & HEADER_JUNK;
}

/* A line that is no field. True when the header goes on behind it. */
static bool
skip_junk(struct reader *r, struct line l)
{
	struct str text = line_text(r->in, l);
	bool skip;

	if (take_hidden(r, l))
		return true;
	if (l.off == r->start && (str_starts(text, STR("From ")) || str_starts(text, STR(">From "))))
		return true;
	if (str_starts(text, STR("--")))
		return skip_dashes(r, l);
	skip = fields_follow(r, l);
	r->out.other |= HEADER_JUNK;
	if (r->reading->how & HEADER_JUNK)
		skip = !skip;
	r->out.defects |= skip ? DEFECT_BIT(BAD_HEADER_LINE) : DEFECT_BIT(NO_BLANK_LINE);
	return skip;
}

/* A line that starts with white space. True when the header goes on behind it. */
static bool
take_fold(struct reader *r, struct line l)
{
	if (!is_blank(line_text(r->in, l))) {
		if (l.off == r->start)
			return skip_junk(r, l);
		if (!take_hidden(r, l))
			extend_field(r, l);
		return true;
	}
	r->out.defects |= DEFECT_BIT(OBSOLETE_FOLD);
	r->out.other |= HEADER_BLANK;
	if (r->reading->how & HEADER_BLANK)
		return false;
	extend_field(r, l);
	return true;
}

static void
read_lines(struct reader *r)
{
	size_t off = r->start, name_n;

	while (off < r->in.n) {
		struct line l = line_at(r->in, off, r->reading->how & HEADER_CR);
		struct str text = line_text(r->in, l);

		note_line(r, l);
		if (text.n == 0) {
			off = l.next;
			break;
		}
		if (ascii_is_wsp((unsigned char)text.p[0])) {
			if (!take_fold(r, l)) {
				off = is_blank(text) ? l.next : l.off;
				break;
			}
		} else if ((name_n = name_length(text)) != 0) {
			add_field(r, l, name_n);
		} else if (!skip_junk(r, l)) {
			break;
		}
		off = l.next;
	}
	r->out.body = off;
}

static bool
has_8bit(struct str s)
{
	unsigned char any = 0;

	for (size_t i = 0; i < s.n; i++)
		any |= (unsigned char)s.p[i];
	return any & 0x80;
}

static void
note_bytes(struct reader *r)
{
	struct str block = str_sub(r->in, r->start, r->out.body - r->start);

	if (block.n && memchr(block.p, '\0', block.n))
		r->out.defects |= DEFECT_BIT(NUL_HEADER);
	if (has_8bit(block) && !charset_is_utf8(block))
		r->out.defects |= DEFECT_BIT(RAW_8BIT_HEADER);
}

struct header_block
header_read_as(struct pool *pool, const struct limits *lim, struct str in, size_t off,
    const struct header_reading *reading)
{
	struct reader r = { .pool = pool, .lim = lim, .in = in, .start = off,
		.reading = reading };

	read_lines(&r);
	note_bytes(&r);
	r.out.fields = r.fields.items;
	r.out.n = r.fields.n;
	return r.out;
}

size_t
header_read(struct pool *pool, const struct limits *lim, struct str in, size_t off,
    const struct mime_field **fields, size_t *n, uint64_t *defects)
{
	struct header_block b = header_read_as(pool, lim, in, off, &(struct header_reading){ .how = 0 });

	*fields = b.fields;
	*n = b.n;
	*defects |= b.defects;
	return b.body;
}

struct str
header_unfold(struct pool *pool, struct str value)
{
	struct str in = str_trim(value);
	char *p;
	size_t n = 0;

	if (!in.n || (!memchr(in.p, '\n', in.n) && !memchr(in.p, '\r', in.n)))
		return in;
	p = pool_cstr(pool, in);
	for (size_t i = 0; i < in.n; i++)
		if (in.p[i] != '\r' && in.p[i] != '\n')
			p[n++] = in.p[i];
	p[n] = '\0';
	return (struct str){ p, n };
}
