/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* The file and its streams as bytes. Streams are found by their keyword, whatever the table of objects
 * says of them; those that zlib opens are given, what is damaged up to there. */
#include <zlib.h>

#include "base/buf.h"
#include "base/clock.h"
#include "engine/pdf.h"

enum { LOOK_BACK = 1024, STREAMS_MAX = 20000, CHUNK = 64 * 1024 };

/* Does the dictionary before a stream name zlib's filter, plainly or escaped (7.3.5)? Names may be
 * written in many ways, so a stream that begins like zlib's will do as well. */
static bool
is_deflated(struct str dict, struct str body)
{
	unsigned a = body.n > 1 ? (unsigned char)body.p[0] : 0, b = body.n > 1 ? (unsigned char)body.p[1] : 0;

	return str_find(dict, STR("/FlateDecode")) != STR_NPOS || str_find(dict, STR("/Fl")) != STR_NPOS ||
	    ((a & 0x0f) == 8 && (a << 8 | b) % 31 == 0);
}

/* What comes out; *used is how much of body it took. */
static void
inflate_some(struct str body, struct buf *out, size_t *used)
{
	z_stream z = { .next_in = (unsigned char *)(uintptr_t)body.p,
		.avail_in = body.n > UINT32_MAX ? UINT32_MAX : (unsigned)body.n };
	int rc = Z_OK;

	*used = 0;
	if (inflateInit(&z) != Z_OK)
		return;
	while (rc == Z_OK) {
		size_t room = out->max - out->n < CHUNK ? out->max - out->n : CHUNK;
		char *to = room ? buf_room(out, room) : NULL;

		if (!to)
			break;
		z.next_out = (unsigned char *)to;
		z.avail_out = (unsigned)room;
		rc = inflate(&z, Z_NO_FLUSH);
		out->n += room - z.avail_out;
		if (rc == Z_OK && z.avail_in == 0 && z.avail_out > 0)
			break;
	}
	if (rc == Z_OK && out->n == out->max)
		out->full = true;
	*used = body.n - z.avail_in;
	inflateEnd(&z);
}

static struct str
skip_line_end(struct str s)
{
	if (s.n && s.p[0] == '\r')
		s = str_from(s, 1);
	if (s.n && s.p[0] == '\n')
		s = str_from(s, 1);
	return s;
}

struct walk {
	const struct pdf_sink *sink;
	struct buf out;
	size_t total;			/* bytes read and made */
	bool cut;
};

/* One stream that zlib opens; returns how much of `body` it took. */
static size_t
open_stream(struct walk *w, struct str dict, struct str body)
{
	bool image = str_find(dict, STR("/Image")) != STR_NPOS;
	size_t used;

	buf_reset(&w->out);
	inflate_some(body, &w->out, &used);
	w->total += w->out.n + used;
	/* Of a picture some rows are enough: no reader runs them as a script. */
	w->cut |= w->out.full && !image;
	if (w->out.n)
		w->sink->object(w->sink->arg, buf_str(&w->out));
	return used;
}

enum rc
pdf_objects(struct str content, const struct pdf_limits *lim, const struct pdf_sink *sink)
{
	struct walk w = { .sink = sink };
	size_t from = 0, search = 0, at;
	enum rc rc = RC_OK;

	buf_init(&w.out, PDF_STREAM_BYTES);
	for (int n = 0; (at = str_find(str_from(content, search), STR("stream"))) != STR_NPOS; n++) {
		size_t key = search + at, back = key < LOOK_BACK ? key : LOOK_BACK;
		struct str dict = str_sub(content, key - back, back);
		struct str body = skip_line_end(str_from(content, key + sizeof("stream") - 1));
		bool end = back >= 3 && str_eq(str_from(dict, back - 3), STR("end"));

		search = content.n - body.n;
		if (n >= STREAMS_MAX || w.total > PDF_STREAMS_BYTES || clock_left_ms(lim->deadline_ms) <= 0) {
			rc = clock_left_ms(lim->deadline_ms) <= 0 ? RC_TEMP : RC_LIMIT;
			break;
		}
		if (end || !is_deflated(dict, body))
			continue;
		sink->object(sink->arg, str_sub(content, from, search - from));
		search += open_stream(&w, dict, body);
		from = search;
	}
	sink->object(sink->arg, str_from(content, from));
	buf_clear(&w.out);
	return rc == RC_OK && w.cut ? RC_LIMIT : rc;
}
