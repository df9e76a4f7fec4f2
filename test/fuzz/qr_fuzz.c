/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* First byte: 0 modules as bits, 1 a picture (then its width), 2 text, 3 HTML, others the data of a code. */
#include <stdlib.h>

#include "link/qr_code.h"
#include "link/qr_drawn.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void
on_found(void *arg, struct str text)
{
	*(size_t *)arg += text.n;
}


static bool
on_late(void *arg)
{
	(void)arg;
	return false;
}

static void
modules(struct str in)
{
	struct qr_code *c = calloc(1, sizeof(*c));
	struct buf out;

	if (!c)
		abort();
	for (c->side = QR_SIDE_MIN; c->side + 4 <= QR_SIDE_MAX && (size_t)c->side * c->side < in.n * 8; c->side += 4)
		;
	for (size_t i = 0; i < (size_t)c->side * c->side && i / 8 < in.n; i++)
		c->dark[i] = (unsigned char)in.p[i / 8] >> (i % 8) & 1;
	buf_init(&out, QR_TEXT_BYTES);
	(void)!qr_read(c, &out);
	buf_clear(&out);
	free(c);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct limits lim = { .html_tags = 10000, .html_attrs = 100 };
	struct str in = { (const char *)data + 1, n ? n - 1 : 0 };
	size_t found = 0;
	struct qr_job job = { on_found, on_late, &found };
	struct buf out;

	if (n < 2)
		return 0;
	if (data[0] == 0) {
		modules(in);
	} else if (data[0] == 1) {
		unsigned width = data[1] ? data[1] : 1;
		unsigned char *px = malloc(in.n);
		struct bitmap b = { px, width, (unsigned)(in.n / width) };

		if (!px)
			abort();
		memcpy(px, in.p, in.n);
		qr_find(&b, &job);
		free(px);
	} else if (data[0] == 2) {
		qr_drawn_text(in, &job);
	} else if (data[0] == 3) {
		qr_drawn_html(&lim, in, &job);
	} else {
		buf_init(&out, QR_TEXT_BYTES);
		(void)!qr_segments(in, data[0] % QR_VERSIONS + 1u, &out);
		buf_clear(&out);
	}
	return 0;
}
