/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Links that are not written as such: QR codes in pictures, in pages and drawn; what PDF and Office
 * documents lead to. One budget of time for the message: it is looked at as far as that goes. */
#include "base/clock.h"
#include "engine/look.h"
#include "engine/pdf.h"
#include "engine/picture.h"
#include "link/find_office.h"
#include "link/find_pdf.h"
#include "link/find_into.h"
#include "link/qr_drawn.h"

enum { DECODER_BYTES = 64 * 1024 * 1024, PDF_HEAD = 1024 };

/* One content being looked at. */
struct deep {
	struct look *l;
	size_t part;
	enum link_where where;
	int64_t began_ms, deadline_ms;
	unsigned pictures;
};

static void
begin(struct look *l, size_t part, enum link_where where, struct deep *d)
{
	int64_t left = l->scan->lim->deep_ms - l->deep_ms, whole = clock_left_ms(l->budget.deadline_ms);

	*d = (struct deep){ .l = l, .part = part, .where = where, .began_ms = clock_mono_ms() };
	d->deadline_ms = d->began_ms + (left < whole ? left : whole);
}

static void
end(const struct deep *d)
{
	d->l->deep_ms += clock_mono_ms() - d->began_ms;
}

static bool
is_late(void *arg)
{
	return clock_left_ms(((struct deep *)arg)->deadline_ms) <= 0;
}

/* What readers of QR codes open: with a scheme or, as they guess, without. */
static void
on_qr(void *arg, struct str text)
{
	struct deep *d = arg;

	find_text(d->l->links, text, d->part, NULL, d->where);
}

static bool
on_bitmap(void *arg, const struct bitmap *b)
{
	struct deep *d = arg;
	const struct qr_job job = { on_qr, is_late, d };

	d->pictures++;
	return qr_find(b, &job);
}

/* --- pictures --- */

static void
look_picture(struct look *l, struct str content, size_t part)
{
	struct picture_limits lim = { .pixels = (uint64_t)l->scan->lim->picture_pixels, .bytes = DECODER_BYTES };
	struct deep d;
	enum rc rc;

	if (l->pictures++ >= l->scan->lim->pictures) {
		report_unscanned(l->r, UNSCANNED_LIMIT, part, "limit.pictures");
		return;
	}
	begin(l, part, LINK_IN_QR, &d);
	lim.deadline_ms = d.deadline_ms;
	rc = picture_read(content, &lim, on_bitmap, &d);
	if (is_late(&d))
		report_unscanned(l->r, UNSCANNED_TIMEOUT, part, "limit.deep_ms");
	else if (rc == RC_LIMIT)
		report_unscanned(l->r, UNSCANNED_LIMIT, part, "limit.picture_pixels");
	/* What of a damaged picture can be shown was looked at; of what nobody sees nobody reads a code. */
	end(&d);
}

/* --- PDF --- */

static void
on_uri(void *arg, struct str uri)
{
	struct deep *d = arg;
	struct link_found f = { .url = uri, .part = d->part, .where = LINK_IN_PDF };

	links_add(d->l->links, &f);
}

static void
on_text(void *arg, struct str text)
{
	struct deep *d = arg;

	find_text(d->l->links, text, d->part, NULL, LINK_IN_PDF);
}

static void
on_object(void *arg, struct str bytes)
{
	struct deep *d = arg;

	find_pdf(d->l->links, bytes, d->part);
}

/* The head may stand a little further down (Acrobat, implementation note 13). */
static bool
is_pdf(struct str c)
{
	return str_find(str_upto(c, PDF_HEAD), STR("%PDF-")) != STR_NPOS;
}

/* What is drawn, and every other content, stands in streams. Without one, all of a damaged file was read as
 * objects: scraps that are called PDF, of which no reader shows a page. */
static bool
has_stream(struct str c)
{
	return str_find(c, STR("stream")) != STR_NPOS;
}

static void
note_pdf(struct look *l, size_t part, enum rc rc)
{
	switch (rc) {
	case RC_OK:
		break;
	case RC_NONE:
		look_part(l, part)->encrypted = true;
		report_unscanned(l->r, UNSCANNED_ENCRYPTED, part, "pdf: needs a password");
		break;
	case RC_LIMIT:
		report_unscanned(l->r, UNSCANNED_LIMIT, part, "limit.pdf_pages");
		break;
	case RC_TEMP:
		report_unscanned(l->r, UNSCANNED_TIMEOUT, part, "limit.deep_ms");
		break;
	case RC_BAD:
		report_unscanned(l->r, UNSCANNED_AMBIGUOUS, part, "pdf: damaged");
		break;
	}
}

static void
look_pdf(struct look *l, struct str content, size_t part)
{
	struct pdf_limits lim = { .pages = l->scan->lim->pdf_pages, .pixels = PICTURE_FULL };
	struct deep d;
	const struct pdf_sink sink = { on_uri, on_text, on_bitmap, on_object, &d };
	enum rc objects, pages;

	begin(l, part, LINK_IN_QR, &d);
	lim.deadline_ms = d.deadline_ms;
	objects = pdf_objects(content, &lim, &sink);
	pages = is_late(&d) ? RC_TEMP : pdf_pages(content, &lim, &sink);
	if (pages == RC_BAD && !has_stream(content))
		pages = RC_OK;
	end(&d);
	if (objects == RC_LIMIT)
		report_unscanned(l->r, UNSCANNED_LIMIT, part, "pdf: objects of more than %d bytes", PDF_STREAMS_BYTES);
	note_pdf(l, part, pages == RC_OK && objects == RC_TEMP ? RC_TEMP : pages);
}

/* --- all --- */

void
look_deep(struct look *l, struct str content, size_t part)
{
	enum office_kind office = office_kind(content);

	if (l->scan->lim->deep_ms == 0)
		return;
	if (picture_is(content))
		look_picture(l, content, part);
	else if (is_pdf(content))
		look_pdf(l, content, part);
	else if (office != OFFICE_NO)
		find_office(l->links, office, content, part);
}

void
look_drawn(struct look *l, struct str utf8, size_t part, bool html)
{
	struct deep d;
	const struct qr_job job = { on_qr, is_late, &d };

	if (l->scan->lim->deep_ms == 0)
		return;
	begin(l, part, LINK_IN_DRAWN, &d);
	if (!(html ? qr_drawn_html(l->scan->lim, utf8, &job) : qr_drawn_text(utf8, &job)))
		report_unscanned(l->r, UNSCANNED_TIMEOUT, part, "limit.deep_ms");
	end(&d);
}
