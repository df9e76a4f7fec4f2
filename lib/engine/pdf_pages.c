/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Pages by poppler: annotations, text, and how they look. */
#include <fontconfig/fontconfig.h>
#include <math.h>
#include <poppler.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "engine/pdf.h"

enum { POINTS_PER_INCH = 72, PIXEL_BYTES = 4, SIDE_MAX = 16000 };

/* A fontconfig without fonts: a worker can read no files, and a code is not made of letters. */
void
pdf_warm(void)
{
	FcConfig *none = FcConfigCreate();
	FcPattern *any = FcPatternCreate();

	if (none) {
		FcConfigSetCurrent(none);
		FcConfigDestroy(none);
	}
	if (any) {
		/* reads the name of the program and the locale, once */
		FcConfigSubstitute(NULL, any, FcMatchPattern);
		FcDefaultSubstitute(any);
		FcPatternDestroy(any);
	}
	g_type_ensure(POPPLER_TYPE_DOCUMENT);
	g_type_ensure(POPPLER_TYPE_PAGE);
}

static void
give_uri(const struct pdf_sink *sink, const char *uri)
{
	if (uri && uri[0])
		sink->uri(sink->arg, str_of(uri));
}

static void
give_action(const struct pdf_sink *sink, const PopplerAction *a)
{
	if (a->type == POPPLER_ACTION_URI)
		give_uri(sink, a->uri.uri);
	else if (a->type == POPPLER_ACTION_LAUNCH)
		give_uri(sink, a->launch.file_name);
	else if (a->type == POPPLER_ACTION_GOTO_REMOTE)
		give_uri(sink, a->goto_remote.file_name);
	else if (a->type == POPPLER_ACTION_JAVASCRIPT && a->javascript.script)
		sink->text(sink->arg, str_of(a->javascript.script));
}

static void
give_links(PopplerPage *page, const struct pdf_sink *sink)
{
	GList *all = poppler_page_get_link_mapping(page);

	for (GList *i = all; i; i = i->next) {
		const PopplerLinkMapping *m = i->data;

		if (m->action)
			give_action(sink, m->action);
	}
	poppler_page_free_link_mapping(all);
}

static void
give_text(PopplerPage *page, const struct pdf_sink *sink)
{
	char *text = poppler_page_get_text(page);

	if (text)
		sink->text(sink->arg, str_of(text));
	g_free(text);
}

/* cairo's rows of four bytes a pixel, in place. */
static void
to_gray(cairo_surface_t *s, struct bitmap *b)
{
	unsigned char *px = cairo_image_surface_get_data(s);
	size_t stride = (size_t)cairo_image_surface_get_stride(s);
	uint32_t last = 0;
	unsigned char gray = 0;

	b->px = px;
	for (unsigned y = 0; y < b->height; y++)
		for (unsigned x = 0; x < b->width; x++) {
			const unsigned char *p = px + y * stride + (size_t)x * PIXEL_BYTES;
			uint32_t v;

			memcpy(&v, p, sizeof(v));
			v &= 0xffffff;
			if (v != last)
				gray = (unsigned char)(((v >> 16) * 77 + (v >> 8 & 0xff) * 150 + (v & 0xff) * 29) >> 8);
			last = v;
			px[(size_t)y * b->width + x] = gray;
		}
}

/* Smaller when the page is large: a poster is drawn as a whole all the same. */
static enum rc
draw(PopplerPage *page, const struct pdf_limits *lim, const struct pdf_sink *sink, bool *more)
{
	double w, h, scale = (double)PDF_DPI / POINTS_PER_INCH;
	struct bitmap b;
	cairo_surface_t *surface;
	cairo_t *c;

	poppler_page_get_size(page, &w, &h);
	if (!(w >= 1 && h >= 1 && w < 1e6 && h < 1e6))
		return RC_OK;
	scale = fmin(scale, sqrt((double)lim->pixels / w / h));
	scale = fmin(scale, SIDE_MAX / fmax(w, h));
	b.width = (unsigned)ceil(w * scale);
	b.height = (unsigned)ceil(h * scale);
	surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)b.width, (int)b.height);
	if (cairo_surface_status(surface) != CAIRO_STATUS_SUCCESS) {
		cairo_surface_destroy(surface);
		return RC_LIMIT;
	}
	c = cairo_create(surface);
	cairo_set_source_rgb(c, 1, 1, 1);
	cairo_paint(c);
	cairo_scale(c, scale, scale);
	poppler_page_render(page, c);
	cairo_destroy(c);
	cairo_surface_flush(surface);
	to_gray(surface, &b);
	*more = sink->page(sink->arg, &b);
	cairo_surface_destroy(surface);
	return RC_OK;
}

static enum rc
each_page(PopplerDocument *doc, const struct pdf_limits *lim, const struct pdf_sink *sink)
{
	int n = poppler_document_get_n_pages(doc);
	bool more = true;
	enum rc rc = RC_OK, worst = RC_OK;

	for (int i = 0; i < n && more; i++) {
		PopplerPage *page;

		if (i >= lim->pages)
			return RC_LIMIT;
		if (clock_left_ms(lim->deadline_ms) <= 0)
			return RC_TEMP;
		page = poppler_document_get_page(doc, i);
		if (!page) {
			worst = RC_BAD;
			continue;
		}
		give_links(page, sink);
		give_text(page, sink);
		rc = clock_left_ms(lim->deadline_ms) > 0 ? draw(page, lim, sink, &more) : RC_TEMP;
		g_object_unref(page);
		worst = rc != RC_OK ? rc : worst;
	}
	return more ? worst : RC_TEMP;
}

static ssize_t
swallow(void *cookie, const char *text, size_t n)
{
	(void)cookie;
	(void)text;
	return (ssize_t)n;
}

/* poppler says on stderr what it thinks of a stranger's fonts: nothing for the log of this machine. The
 * C library lets stderr be set as any other variable. */
static FILE *
hush(FILE *to)
{
	FILE *before = stderr;

	if (to)
		stderr = to;
	return before;
}

enum rc
pdf_pages(struct str content, const struct pdf_limits *lim, const struct pdf_sink *sink)
{
	GBytes *bytes = g_bytes_new_static(content.p, content.n);
	GError *error = NULL;
	FILE *nowhere = fopencookie(NULL, "w", (cookie_io_functions_t){ .write = swallow }), *before = hush(nowhere);
	PopplerDocument *doc = poppler_document_new_from_bytes(bytes, NULL, &error);
	enum rc rc = RC_BAD;

	if (doc)
		rc = each_page(doc, lim, sink);
	else if (error && error->domain == POPPLER_ERROR && error->code == POPPLER_ERROR_ENCRYPTED)
		rc = RC_NONE;
	if (doc)
		g_object_unref(doc);
	if (error)
		g_error_free(error);
	g_bytes_unref(bytes);
	hush(before);
	if (nowhere)
		fclose(nowhere);
	return rc;
}
