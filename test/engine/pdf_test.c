/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Documents made here: links, words, a QR code of rectangles; damaged ones, many pages. */
#include "engine/pdf.h"

#include <stdlib.h>
#include <zlib.h>

#include "base/clock.h"
#include "link/qr.h"
#include "link/qr_make.h"
#include "test.h"

static const char url[] = "https://bad.example/login?x=1";

struct seen {
	struct buf uris, text, codes, objects;
	unsigned pages, streams;
};

static void
on_uri(void *arg, struct str s)
{
	buf_add(&((struct seen *)arg)->uris, s);
	buf_addc(&((struct seen *)arg)->uris, ' ');
}

static void
on_text(void *arg, struct str s)
{
	buf_add(&((struct seen *)arg)->text, s);
}

static void
on_code(void *arg, struct str s)
{
	buf_add(&((struct seen *)arg)->codes, s);
}

static bool
on_late(void *arg)
{
	(void)arg;
	return false;
}

static bool
on_page(void *arg, const struct bitmap *b)
{
	struct qr_job job = { on_code, on_late, arg };

	((struct seen *)arg)->pages++;
	return qr_find(b, &job);
}

static void
on_object(void *arg, struct str s)
{
	((struct seen *)arg)->streams++;
	buf_add(&((struct seen *)arg)->objects, s);
}

static void
begin(struct seen *s)
{
	*s = (struct seen){ .pages = 0 };
	buf_init(&s->uris, 1 << 16);
	buf_init(&s->text, 1 << 16);
	buf_init(&s->codes, 1 << 16);
	buf_init(&s->objects, 1 << 22);
}

static void
end(struct seen *s)
{
	buf_clear(&s->uris);
	buf_clear(&s->text);
	buf_clear(&s->codes);
	buf_clear(&s->objects);
}

static struct pdf_limits
limits(int64_t pages)
{
	return (struct pdf_limits){ .pages = pages, .pixels = 4 << 20, .deadline_ms = clock_mono_ms() + 20000 };
}

/* A document of `pages` equal pages; without a table of objects, which readers make themselves. */
static void
make(struct buf *b, int pages, const char *annotations, struct str content)
{
	buf_printf(b, "%%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Count %d/Kids[", pages);
	for (int i = 0; i < pages; i++)
		buf_printf(b, "%d 0 R ", 10 + i);
	buf_adds(b, "]>>endobj\n");
	for (int i = 0; i < pages; i++)
		buf_printf(b, "%d 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 400 400]/Contents 4 0 R/Annots[%s]"
		    "/Resources<</Font<</F1 5 0 R>>>>>>endobj\n", 10 + i, annotations);
	buf_adds(b, "5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj\n");
	buf_printf(b, "4 0 obj<</Length %zu>>stream\n", content.n);
	buf_add(b, content);
	buf_adds(b, "\nendstream endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n");
}

static void
draw_code(struct buf *b)
{
	static struct qr_code c;

	qr_make(&c, url);
	buf_adds(b, "0 g\n");
	for (unsigned y = 0; y < c.side; y++)
		for (unsigned x = 0; x < c.side; x++)
			if (*qr_at(&c, x, y))
				buf_printf(b, "%u %u 2 2 re f\n", 100 + 2 * x, 300 - 2 * y);
}

static void
pages(void)
{
	struct pdf_limits lim = limits(3);
	struct buf doc, content;
	struct seen s;
	struct pdf_sink sink = { on_uri, on_text, on_page, on_object, &s };

	begin(&s);
	buf_init(&doc, 1 << 20);
	buf_init(&content, 1 << 20);
	buf_adds(&content, "BT /F1 12 Tf 20 20 Td (see https://text.example/ here) Tj ET\n");
	draw_code(&content);
	make(&doc, 2, "<</Type/Annot/Subtype/Link/Rect[0 0 9 9]/A<</S/URI/URI(https://uri.example/a)>>>>"
	    "<</Type/Annot/Subtype/Link/Rect[0 0 9 9]/A<</S/Launch/F(x.exe)>>>>", buf_str(&content));
	test_int(pdf_pages(buf_str(&doc), &lim, &sink), RC_OK, "two pages");
	test_int(s.pages, 2, "both were drawn");
	test_str(buf_str(&s.uris), STR("x.exe https://uri.example/a x.exe https://uri.example/a "), "where annotations lead");
	test_ok(str_find(buf_str(&s.text), STR("https://text.example/")) != STR_NPOS, "text");
	test_ok(str_find(buf_str(&s.codes), str_of(url)) != STR_NPOS, "a QR code of rectangles");
	lim.pages = 1;
	test_int(pdf_pages(buf_str(&doc), &lim, &sink), RC_LIMIT, "more pages than the limit");
	test_int(s.pages, 3, "the first was drawn");
	lim.pixels = 100 * 100;
	test_int(pdf_pages(buf_str(&doc), &lim, &sink), RC_LIMIT, "smaller pixels");
	lim = limits(3);
	lim.deadline_ms = clock_mono_ms() - 1;
	test_int(pdf_pages(buf_str(&doc), &lim, &sink), RC_TEMP, "late");
	lim = limits(3);
	for (size_t n = 0; n < doc.n; n += 97)
		(void)!pdf_pages(str_upto(buf_str(&doc), n), &lim, &sink);
	test_int(pdf_pages(STR("%PDF-1.4\nnothing"), &lim, &sink), RC_BAD, "no document");
	test_int(pdf_pages(STR(""), &lim, &sink), RC_BAD, "nothing");
	buf_clear(&doc);
	buf_clear(&content);
	end(&s);
}

static void
streams(void)
{
	static const char secret[] = "<</S/JavaScript/JS(app.launchURL('https://js.example/'))>>";
	struct pdf_limits lim = limits(3);
	unsigned char packed[4096];
	uLongf n = sizeof(packed);
	struct buf doc;
	struct seen s;
	struct pdf_sink sink = { on_uri, on_text, on_page, on_object, &s };

	begin(&s);
	buf_init(&doc, 1 << 20);
	compress(packed, &n, (const unsigned char *)secret, sizeof(secret) - 1);
	buf_adds(&doc, "%PDF-1.5\n1 0 obj<</Filter/FlateDecode>>stream\r\n");
	buf_add(&doc, (struct str){ (char *)packed, n });
	buf_adds(&doc, "\nendstream endobj 2 0 obj<<>>stream\nplain\nendstream endobj 3 0 obj<</Filter/#46lateDecode>>stream\n");
	buf_add(&doc, (struct str){ (char *)packed, n - 6 });	/* cut */
	test_int(pdf_objects(buf_str(&doc), &lim, &sink), RC_OK, "objects");
	test_ok(s.streams >= 5 && s.streams <= 6, "two streams that could be opened, and what is around them");
	test_ok(str_find(buf_str(&s.objects), str_of(secret)) != STR_NPOS, "what was packed");
	lim.deadline_ms = clock_mono_ms() - 1;
	test_int(pdf_objects(buf_str(&doc), &lim, &sink), RC_TEMP, "late");
	buf_clear(&doc);
	end(&s);
}

/* What expands to gigabytes ends at the limit. */
static void
bomb(void)
{
	struct pdf_limits lim = limits(3);
	size_t size = 64u << 20;
	unsigned char *zeros = calloc(1, size), *packed = malloc(compressBound(size));
	uLongf n = compressBound(size);
	struct buf doc;
	struct seen s;
	struct pdf_sink sink = { on_uri, on_text, on_page, on_object, &s };

	if (!zeros || !packed)
		abort();
	begin(&s);
	buf_init(&doc, 4 << 20);
	compress2(packed, &n, zeros, size, 9);
	buf_adds(&doc, "%PDF-1.5\n");
	for (int i = 0; i < 12; i++) {
		buf_adds(&doc, "1 0 obj<</Filter/FlateDecode>>stream\n");
		buf_add(&doc, (struct str){ (char *)packed, n });
		buf_adds(&doc, "\nendstream endobj\n");
	}
	test_int(pdf_objects(buf_str(&doc), &lim, &sink), RC_LIMIT, "streams that do not end");
	test_ok(s.streams <= 2 * (2 + PDF_STREAMS_BYTES / PDF_STREAM_BYTES), "stopped");
	free(zeros);
	free(packed);
	buf_clear(&doc);
	end(&s);
}

int
main(void)
{
	pdf_warm();
	pages();
	streams();
	bomb();
	return test_done();
}
