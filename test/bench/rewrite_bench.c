/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* What it costs to rewrite the links of a message: 1000 of them in 200 KB of HTML, in each transfer encoding.
 * Best of a few rounds, from the parsed message to the new body. */
#include <stdio.h>
#include <stdlib.h>

#include "base/base64.h"
#include "base/clock.h"
#include "conf/limits_opts.h"
#include "link/rewrite_mail.h"

enum { LINKS = 1000, BYTES = 200 * 1024, ROUNDS = 20 };

static struct limits lim;

static void
write_mail(const char *cte, struct buf *out)
{
	struct buf html;

	buf_init(&html, 1 << 20);
	for (int i = 0; i < LINKS; i++)
		buf_printf(&html, "<tr><td class=\"a\" style=\"font:12px\"><a href=\"http://news.example/c?id=%d&amp;u=31\" "
		    "class=\"b\">Some words to click on</a><br>And a paragraph of text, as long as one is.</td></tr>\r\n", i);
	while (html.n < BYTES)
		buf_adds(&html, "<p>Some more words.</p>\r\n");
	buf_printf(out, "MIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: %s\r\n\r\n", cte);
	if (cte[0] == 'q') {
		edit_qp(out, buf_str(&html), STR("\r\n"));
	} else if (cte[0] == 'b') {
		for (size_t at = 0; at < html.n; at += 57) {
			base64_put(out, str_sub(buf_str(&html), at, 57));
			buf_adds(out, "\r\n");
		}
	} else {
		buf_add(out, buf_str(&html));
	}
	buf_clear(&html);
}

static void
measure(const char *cte)
{
	struct pool *pool = pool_new(0), *work = pool_new(0);
	struct rewrite_row *rows = pool_alloc(pool, LINKS * sizeof(*rows));
	int64_t best = INT64_MAX;
	size_t changed = 0;
	struct buf mail;

	buf_init(&mail, 1 << 20);
	write_mail(cte, &mail);
	for (int i = 0; i < LINKS; i++)
		rows[i] = (struct rewrite_row){ pool_printf(pool, "http://news.example/c?id=%d&u=31", i), REWRITE_TO,
			pool_printf(pool, "https://links.example.com/AQABqRZ8wXp2V1nQ7sBfYt0cJm4uLhKd9eRgZaNiTxOyWvEkPjMbHqUl3r6S%d", i) };
	for (int i = 0; i < ROUNDS; i++) {
		struct message *m = mime_parse(work, &lim, buf_str(&mail));
		struct rewrite_mail rm = { .words = STR("[gone]") };
		const struct edit_header *headers;
		struct edit e = { .n_strips = 0 };
		struct vec bodies;
		struct buf out;
		size_t n;
		int64_t us = clock_mono_us();

		buf_init(&out, 4 << 20);
		rm.table = rewrite_table_new(work, rows, LINKS);
		if (rewrite_mail(work, &lim, m, &rm, &bodies) != RC_OK || bodies.n != 1)
			exit(1);
		e.bodies = bodies.items;
		e.n_bodies = bodies.n;
		if (edit_message(work, m, &e, &out, &headers, &n) != RC_OK)
			exit(1);
		us = clock_mono_us() - us;
		best = us < best ? us : best;
		changed = rm.changed;
		buf_clear(&out);
		pool_clear(work);
	}
	printf("%-34s %8.2f ms   (%zu links, %zu KB)\n", cte, (double)best / 1000, changed, mail.n / 1024);
	buf_clear(&mail);
	pool_free(&work);
	pool_free(&pool);
}

int
main(void)
{
	limits_default(&lim);
	measure("8bit");
	measure("quoted-printable");
	measure("base64");
	return 0;
}
