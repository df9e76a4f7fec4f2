/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* mime_diff.h - what GMime sees in a message must be among what we show, or the message
 * must be called ambiguous
 *
 * Input    a message; any bytes
 * Units    none
 * Limits   DIFF_LEAVES leaves of GMime are compared
 * Memory   what GMime decodes is freed here
 * Errors   mime_diff returns the number of leaves that only GMime sees
 * Threads  one; g_mime_init must have been called
 * Source   GMime 3.2 reference manual
 */
#ifndef TEST_MESSAGE_MIME_DIFF_H
#define TEST_MESSAGE_MIME_DIFF_H

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#pragma GCC diagnostic ignored "-Wcast-qual"
#include <gmime/gmime.h>
#pragma GCC diagnostic pop

#include "message/mail.h"

enum { DIFF_LEAVES = 200 };

struct diff {
	GByteArray *leaf[DIFF_LEAVES];
	size_t n;
};

static void
diff_leaf(GMimeObject *parent, GMimeObject *part, gpointer data)
{
	struct diff *d = data;
	GMimeDataWrapper *content;
	GMimeStream *out;

	(void)parent;
	if (!GMIME_IS_PART(part) || d->n == DIFF_LEAVES)
		return;
	content = g_mime_part_get_content((GMimePart *)part);
	if (!content)
		return;
	d->leaf[d->n] = g_byte_array_new();
	out = g_mime_stream_mem_new_with_byte_array(d->leaf[d->n]);
	g_mime_stream_mem_set_owner((GMimeStreamMem *)out, FALSE);
	g_mime_data_wrapper_write_to_stream(content, out);
	g_object_unref(out);
	d->n++;
}

static void
diff_gmime(struct str raw, struct diff *d)
{
	GMimeStream *in = g_mime_stream_mem_new_with_buffer(raw.p, raw.n);
	GMimeParser *parser = g_mime_parser_new_with_stream(in);
	GMimeMessage *m = g_mime_parser_construct_message(parser, NULL);

	if (m) {
		g_mime_message_foreach(m, diff_leaf, d);
		g_object_unref(m);
	}
	g_object_unref(parser);
	g_object_unref(in);
}

/* Bytes about which decoders of quoted-printable may disagree: RFC 2045 6.7 deletes white
 * space at line ends, GMime keeps it and the '=' in front of it; who owns the last line
 * end of a part is a matter of taste everywhere. */
static bool
diff_loose(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '=';
}

/* The same, but for `tail` bytes at the end: of base64 that ends inside a group. */
static bool
diff_same(struct str a, struct str b, size_t tail)
{
	size_t i = 0, j = 0;

	for (;; i++, j++) {
		while (i < a.n && diff_loose(a.p[i]))
			i++;
		while (j < b.n && diff_loose(b.p[j]))
			j++;
		if (i >= a.n || j >= b.n)
			return i + tail >= a.n && j + tail >= b.n;
		if (a.p[i] != b.p[j])
			return false;
	}
}

/* Is the leaf one of our views? */
static bool
diff_shown(struct message *m, const struct limits *lim, struct str leaf)
{
	bool found = diff_same(leaf, STR_NONE, 0);

	for (size_t i = 0; i < m->n_parts && !found; i++)
		for (size_t v = 0; v < m->parts[i].n_views && !found; v++) {
			struct buf space;
			struct str out;

			buf_init(&space, 64 << 20);
			if (mime_decode(m, lim, &m->parts[i], v, &space, &out) == RC_OK)
				found = diff_same(out, leaf,
				    m->parts[i].defects & DEFECT_BIT(BASE64_SHORT) ? 3 : 0);
			buf_clear(&space);
		}
	return found;
}

static bool
diff_ambiguous(const struct message *m)
{
	return m->defects & defect_ambiguous;
}

/* GMime 3.2.13 cuts two bytes in front of a delimiter once it has seen CRLF, also where
 * the line ends in LF only: no oracle for mixed line ends, nor for bare CR. */
TEST_USED static bool
diff_has_mixed_eol(struct str raw)
{
	bool crlf = false, lf = false;

	for (size_t i = 0; i < raw.n; i++) {
		if (raw.p[i] == '\r' && (i + 1 == raw.n || raw.p[i + 1] != '\n'))
			return true;
		crlf |= raw.p[i] == '\n' && i && raw.p[i - 1] == '\r';
		lf |= raw.p[i] == '\n' && (!i || raw.p[i - 1] != '\r');
	}
	return crlf && lf;
}

/* How many leaves only GMime sees, in a message that we do not call ambiguous. */
TEST_USED static size_t
mime_diff(struct str raw, bool tell)
{
	struct limits lim = mail_limits();
	struct pool *pool = pool_new(0);
	struct message *m = mime_parse(pool, &lim, raw);
	struct diff d = { .n = 0 };
	size_t missing = 0;

	if (!diff_ambiguous(m))
		diff_gmime(raw, &d);
	for (size_t i = 0; i < d.n; i++) {
		struct str leaf = { (const char *)d.leaf[i]->data, d.leaf[i]->len };

		if (!diff_shown(m, &lim, leaf) && !diff_ambiguous(m)) {
			missing++;
			if (tell)
				fprintf(stderr, "# only GMime sees: %.*s\n", (int)str_upto(leaf, 200).n, leaf.p);
		}
	}
	for (size_t i = 0; i < d.n; i++)
		g_byte_array_free(d.leaf[i], TRUE);
	pool_free(&pool);
	return missing;
}

#endif
