/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* links_bench [MAIL...]: how fast links are found, one thread, by CPU time, the median of some rounds. HTML: made
 * newsletters and those of the mails given, in MB a second; three figures, each with more done: tokens alone,
 * the places of links, and links read as browsers do, unwrapped and merged. Then letters of plain text. */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/fdio.h"
#include "conf/limits_opts.h"
#include "link/find_html.h"
#include "link/find_into.h"
#include "link/qr_drawn.h"
#include "message/charset.h"
#include "message/html.h"
#include "message/mime.h"

enum { ROUNDS = 9, DOCS = 4000, MAIL_BYTES = 32 << 20, MADE_BYTES = 200 << 10, LEAST_BYTES = 2000,
	LETTER_BYTES = 10 << 10, LINE_BYTES = 72, ROUND_BYTES = 8 << 20 };

static struct limits lim;

struct docs {
	struct str doc[DOCS];
	size_t n, bytes;
};

static size_t
tokens(struct pool *pool, struct str in)
{
	struct html h;
	struct html_token t;
	size_t n = 0;

	(void)pool;
	html_init(&h, &lim, in);
	while (html_next(&h, &t))
		n += t.kind;
	return n;
}

static size_t
places(struct pool *pool, struct str in)
{
	struct html_places p;
	struct buf shown;

	buf_init(&shown, (size_t)lim.text_bytes);
	find_html_places(pool, &lim, in, &shown, &p);
	buf_clear(&shown);
	return p.all.n;
}

static size_t
links(struct pool *pool, struct str in)
{
	struct links *l = links_new(pool, &lim, NULL);

	find_html(l, in, 0, NULL);
	return links_all(l)->n;
}

/* Of this thread, so that it holds on a busy machine. */
static int64_t
cpu_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static int
by_size(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* MB a second; *found: what came out of all documents in one round. */
static double
measure(const struct docs *d, size_t (*run)(struct pool *, struct str), size_t *found)
{
	struct pool *pool = pool_new(0);
	int64_t us[ROUNDS], median;
	size_t times = 1 + ROUND_BYTES / (d->bytes + 1);	/* small ones often enough for the clock */

	for (int r = 0; r < ROUNDS; r++) {
		int64_t start = cpu_us();

		*found = 0;
		for (size_t i = 0; i < d->n * times; i++) {
			*found += run(pool, d->doc[i % d->n]);
			pool_clear(pool);
		}
		us[r] = cpu_us() - start;
		*found /= times;
	}
	pool_free(&pool);
	qsort(us, ROUNDS, sizeof(us[0]), by_size);
	median = us[ROUNDS / 2];
	return (double)(d->bytes * times) / (double)(median ? median : 1);
}

static void
show(const char *name, const struct docs *d)
{
	size_t n, n_places, n_links;
	double t = measure(d, tokens, &n), p = measure(d, places, &n_places), l = measure(d, links, &n_links);

	printf("links: %-9s %5zu documents, %6.1f MB, %7zu places, %6zu links: tokens %4.0f, places %4.0f, links %4.0f MB/s "
	    "(aim 300); ratio to tokens %.2f\n", name, d->n, (double)d->bytes / 1e6, n_places, n_links, t, p, l, l / t);
}

/* What mailing programs write: tables, styles, a tracking link and a picture an article. repeat: so many
 * articles have the same links. */
static void
make(struct docs *d, struct buf *b, size_t repeat)
{
	buf_reset(b);
	for (size_t k = 0; b->n < MADE_BYTES; k++) {
		size_t i = k / repeat;

		buf_printf(b, "<table width=\"600\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\" style=\"border-collapse:collapse;"
		    "mso-table-lspace:0pt\"><tr><td align=\"center\" valign=\"top\" style=\"padding:10px 20px 0 20px;font-family:"
		    "Arial,Helvetica,sans-serif;font-size:14px;line-height:20px;color:#333333\"><a href=\"https://click.news%zu"
		    ".example/u/?qs=%016zx9f3a&amp;utm_source=mail&amp;utm_medium=letter\" target=\"_blank\" style=\"color:#0066cc;"
		    "text-decoration:none\"><img src=\"https://image.example/lib/%zu/m/1/banner.png\" width=\"560\" height=\"120\" "
		    "alt=\"Article %zu\" border=\"0\" style=\"display:block\"></a>", i % 7, i * 2654435761u, i, i);
		buf_adds(b, "<p style=\"margin:0 0 10px 0\">Some words about it that make a paragraph, and a few more of them, as "
		    "letters have them &mdash; about as long as such things are.</p></td></tr></table>\r\n");
	}
	d->doc[0] = buf_str(b);
	d->n = 1;
	d->bytes = b->n;
}

static void
take_part(struct docs *d, struct pool *pool, struct message *msg, struct mime_part *p)
{
	struct buf raw, utf8;
	struct str in;

	buf_init(&raw, MAIL_BYTES);
	buf_init(&utf8, MAIL_BYTES);
	if (mime_decode(msg, &lim, p, 0, &raw, &in) == RC_OK && in.n >= LEAST_BYTES) {
		charset_to_utf8(in, p->charset, &utf8, &(uint64_t){ 0 });
		d->doc[d->n++] = pool_str(pool, buf_str(&utf8));
		d->bytes += utf8.n;
	}
	buf_clear(&raw);
	buf_clear(&utf8);
}

static void
take(struct docs *d, struct pool *pool, const char *path)
{
	struct buf mail;
	struct message *msg;

	buf_init(&mail, MAIL_BYTES);
	if (fdio_read_file(path, &mail) == RC_OK) {
		msg = mime_parse(pool, &lim, pool_str(pool, buf_str(&mail)));
		for (size_t i = 0; i < msg->n_parts && d->n < DOCS; i++)
			if (msg->parts[i].kind == MIME_LEAF && str_eq(msg->parts[i].type, STR("text/html")))
				take_part(d, pool, msg, &msg->parts[i]);
	}
	buf_clear(&mail);
}

/* --- plain text --- */

static void
write_english(struct buf *b, size_t seed)
{
	static const char *const words[] = { "the", "meeting", "on", "Thursday", "about", "delivery", "contract", "of", "our",
		"partner", "and", "next", "steps.", "Should", "be", "prepared", "by", "everyone", "who", "takes", "part." };
	size_t line = b->n;

	while (b->n - line < LINE_BYTES) {
		seed = seed * 6364136223846793005u + 1442695040888963407u;
		buf_printf(b, "%s ", words[(seed >> 33) % (sizeof(words) / sizeof(words[0]))]);
	}
	buf_adds(b, "\r\n");
}

/* "We thank you for your support. About the meeting next time, see below." */
static void
write_japanese(struct buf *b, size_t seed)
{
	buf_adds(b, "\xe3\x81\x8a\xe4\xb8\x96\xe8\xa9\xb1\xe3\x81\xab\xe3\x81\xaa\xe3\x81\xa3\xe3\x81\xa6\xe3\x81\x8a\xe3"
	    "\x82\x8a\xe3\x81\xbe\xe3\x81\x99\xe3\x80\x82\xe6\xac\xa1\xe5\x9b\x9e\xe3\x81\xae\xe4\xbc\x9a\xe8\xad\xb0\xe3\x81"
	    "\xab\xe3\x81\xa4\xe3\x81\x84\xe3\x81\xa6\xe3\x80\x81");
	buf_adds(b, seed % 2 ? "\r\n" : "\xe3\x81\x94\xe9\x80\xa3\xe7\xb5\xa1\xe3\x81\x97\xe3\x81\xbe\xe3\x81\x99\xe3\x80\x82\r\n");
}

static size_t
in_text(struct pool *pool, struct str in)
{
	struct links *l = links_new(pool, &lim, NULL);

	find_text(l, in, 0, NULL, LINK_IN_TEXT);
	return links_all(l)->n;
}

static void
never(void *arg, struct str text)
{
	(void)arg, (void)text;
}

static bool
not_late(void *arg)
{
	(void)arg;
	return false;
}

static size_t
drawn(struct pool *pool, struct str in)
{
	static const struct qr_job job = { never, not_late, NULL };

	(void)pool;
	return qr_drawn_text(in, &job);
}

static void
letter(const char *name, void (*line)(struct buf *, size_t), size_t n_links)
{
	struct docs d = { .n = 1 };
	size_t put = 0, found, same;
	struct buf b;
	double text, codes;

	buf_init(&b, 2 * LETTER_BYTES);
	for (size_t i = 0; b.n < LETTER_BYTES; i++) {
		line(&b, i);
		if (put < n_links && b.n > LETTER_BYTES / (n_links + 1) * (put + 1))
			buf_printf(&b, "https://www.example%zu.com/path/page.html?id=%zu\r\n", put++, i);
	}
	d.doc[0] = buf_str(&b);
	d.bytes = b.n;
	text = measure(&d, in_text, &found);
	codes = measure(&d, drawn, &same);
	printf("text:  %-9s %zu KB, %zu links found: links %5.1f us (%4.0f MB/s), drawn QR codes %5.1f us\n", name, b.n >> 10,
	    found, (double)b.n / text, text, (double)b.n / codes);
	buf_clear(&b);
}

int
main(int argc, char **argv)
{
	struct pool *pool = pool_new(0);
	struct docs *d = calloc(1, sizeof(*d));
	struct buf made;

	if (!d)
		return 1;
	/* As in a worker: engine/engine.c says why. */
	mallopt(M_MMAP_THRESHOLD, 32 << 20);
	mallopt(M_TRIM_THRESHOLD, 16 << 20);
	limits_default(&lim);
	buf_init(&made, 2 * MADE_BYTES);
	make(d, &made, 1);
	show("made", d);
	make(d, &made, 4);
	show("repeats", d);
	*d = (struct docs){ .n = 0 };
	for (int i = 1; i < argc && d->n < DOCS; i++)
		take(d, pool, argv[i]);
	if (d->n)
		show("real", d);
	for (size_t n = 0; n <= 3; n++)
		letter("English", write_english, n);
	letter("Japanese", write_japanese, 3);
	buf_clear(&made);
	free(d);
	pool_free(&pool);
	return 0;
}
