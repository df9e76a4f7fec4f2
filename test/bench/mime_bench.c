/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* mime_bench [FILE…]: parse, and parse + decode, ours beside GMime's, in one run. Without
 * files it reads messages it makes: small text, HTML with a text twin, attachments. */
#include <stdio.h>

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#pragma GCC diagnostic ignored "-Wcast-qual"
#include <gmime/gmime.h>
#pragma GCC diagnostic pop

#include "message/mail.h"

enum { MAILS_MAX = 20000, MAIL_MAX = 64 << 20 };
#define MEASURE_SEC 1.0

struct mails {
	struct str item[MAILS_MAX];
	size_t n, bytes;
};

typedef void (*reader)(struct str mail);

static struct limits lim;

static void
ours(struct str mail, bool decode)
{
	struct pool *pool = pool_new(0);
	struct message *m = mime_parse(pool, &lim, mail);
	struct buf space;
	struct str out;

	buf_init(&space, MAIL_MAX);
	for (size_t i = 0; decode && i < m->n_parts; i++)
		for (size_t v = 0; v < m->parts[i].n_views; v++)
			if (mime_decode(m, &lim, &m->parts[i], v, &space, &out) != RC_OK)
				fputs("limit\n", stderr);
	buf_clear(&space);
	pool_free(&pool);
}

static void
our_parse(struct str mail)
{
	ours(mail, false);
}

static void
our_decode(struct str mail)
{
	ours(mail, true);
}

static void
decode_leaf(GMimeObject *parent, GMimeObject *part, gpointer data)
{
	GMimeDataWrapper *content;
	GMimeStream *out;

	(void)parent, (void)data;
	if (!GMIME_IS_PART(part))
		return;
	content = g_mime_part_get_content((GMimePart *)part);
	if (!content)
		return;
	out = g_mime_stream_mem_new();
	g_mime_data_wrapper_write_to_stream(content, out);
	g_object_unref(out);
}

static void
gmime(struct str mail, bool decode)
{
	GMimeStream *in = g_mime_stream_mem_new_with_buffer(mail.p, mail.n);
	GMimeParser *parser = g_mime_parser_new_with_stream(in);
	GMimeMessage *m = g_mime_parser_construct_message(parser, NULL);

	if (m && decode)
		g_mime_message_foreach(m, decode_leaf, NULL);
	if (m)
		g_object_unref(m);
	g_object_unref(parser);
	g_object_unref(in);
}

static void
gmime_parse(struct str mail)
{
	gmime(mail, false);
}

static void
gmime_decode(struct str mail)
{
	gmime(mail, true);
}

/* Megabytes a second over the set, read again and again. */
static double
measure(const struct mails *set, reader read)
{
	double start = mail_now(), spent;
	size_t rounds = 0;

	do {
		for (size_t i = 0; i < set->n; i++)
			read(set->item[i]);
		rounds++;
		spent = mail_now() - start;
	} while (spent < MEASURE_SEC);
	return (double)(set->bytes * rounds) / 1e6 / spent;
}

static void
compare(const char *name, const struct mails *set)
{
	double a = measure(set, our_parse), b = measure(set, gmime_parse);
	double c = measure(set, our_decode), d = measure(set, gmime_decode);

	printf("%-28s %6zu mails %7.1f MB | parse MB/s %6.0f gmime %6.0f ratio %5.2f | "
	    "+decode %6.0f gmime %6.0f ratio %5.2f\n", name, set->n, (double)set->bytes / 1e6, a, b, a / b, c, d, c / d);
}

static void
add(struct mails *set, struct pool *pool, const struct buf *mail)
{
	if (set->n == MAILS_MAX)
		return;
	set->item[set->n++] = pool_str(pool, buf_str(mail));
	set->bytes += mail->n;
}

static void
add_top(struct buf *b, size_t i)
{
	buf_printf(b, "Received: from mx.example (mx.example [192.0.2.1])\r\n\tby mail.example with ESMTP id %zu\r\n"
	    "\tfor <b@example.org>; Mon, 6 Jan 2025 10:00:00 +0900\r\nFrom: \"A. Sender\" <a@example.com>\r\n"
	    "To: \"B\" <b@example.org>, c@example.net\r\nSubject: =?iso-2022-jp?B?GyRCNFg8aRsoQg==?= %zu\r\n"
	    "Date: Mon, 6 Jan 2025 10:00:00 +0900\r\nMessage-ID: <%zu@example.com>\r\nMIME-Version: 1.0\r\n", i, i, i);
}

static void
add_lines(struct buf *b, const char *line, size_t bytes)
{
	for (size_t n = strlen(line); bytes >= n; bytes -= n)
		buf_adds(b, line);
}

static const char text[] = "The quick brown fox jumps over the lazy dog - again -- and again.\r\n";
static const char html[] = "<p style=3D\"margin:0\">The quick <a href=3D\"https://example.com/?a=3D1\">fox</a>=\r\n";
static const char base64[] = "TWFuIGlzIGRpc3Rpbmd1aXNoZWQsIG5vdCBvbmx5IGJ5IGhpcyByZWFzb24sIGJ1dCBieSB0aGlz\r\n";

static void
make_text(struct buf *b, size_t i)
{
	add_top(b, i);
	buf_adds(b, "Content-Type: text/plain; charset=utf-8\r\n\r\n");
	add_lines(b, text, 2000 + i % 6000);
}

static void
make_html(struct buf *b, size_t i)
{
	add_top(b, i);
	buf_adds(b, "Content-Type: multipart/alternative; boundary=\"=_b\"\r\n\r\n--=_b\r\n"
	    "Content-Type: text/plain; charset=utf-8\r\n\r\n");
	add_lines(b, text, 3000);
	buf_adds(b, "--=_b\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n");
	add_lines(b, html, 20000 + i % 40000);
	buf_adds(b, "\r\n--=_b--\r\n");
}

static void
make_attachment(struct buf *b, size_t i)
{
	add_top(b, i);
	buf_adds(b, "Content-Type: multipart/mixed; boundary=\"=_b\"\r\n\r\n--=_b\r\n\r\n");
	add_lines(b, text, 1000);
	buf_adds(b, "--=_b\r\nContent-Type: application/pdf; name=\"a.pdf\"\r\nContent-Disposition: attachment; "
	    "filename=\"a.pdf\"\r\nContent-Transfer-Encoding: base64\r\n\r\n");
	add_lines(b, base64, 300000 + i % 1000 * 500);
	buf_adds(b, "--=_b--\r\n");
}

static void
made(const char *name, struct mails *set, void (*make)(struct buf *, size_t), size_t n)
{
	struct pool *pool = pool_new(0);
	struct buf b;

	buf_init(&b, MAIL_MAX);
	set->n = set->bytes = 0;
	for (size_t i = 0; i < n; i++) {
		buf_reset(&b);
		make(&b, i * 37);
		add(set, pool, &b);
	}
	compare(name, set);
	buf_clear(&b);
	pool_free(&pool);
}

static void
files(struct mails *set, char *const *path, int n)
{
	struct pool *pool = pool_new(0);
	struct buf b;

	buf_init(&b, MAIL_MAX);
	set->n = set->bytes = 0;
	for (int i = 0; i < n; i++)
		if (mail_read(path[i], &b))
			add(set, pool, &b);
	if (set->n)
		compare("files", set);
	buf_clear(&b);
	pool_free(&pool);
}

int
main(int argc, char **argv)
{
	struct mails *set = calloc(1, sizeof(*set));

	if (!set)
		return 1;
	lim = mail_limits();
	g_mime_init();
	if (argc > 1) {
		files(set, argv + 1, argc - 1);
	} else {
		made("text, 2-8 kB", set, make_text, 500);
		made("HTML + text, 20-60 kB", set, make_html, 200);
		made("attachment, 300-800 kB", set, make_attachment, 20);
	}
	free(set);
	return 0;
}
