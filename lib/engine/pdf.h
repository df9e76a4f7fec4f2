/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* pdf.h - what a PDF document shows and where it leads
 *
 * Input    hostile PDF
 * Units    pages, pixels, bytes, milliseconds (monotonic)
 * Limits   struct pdf_limits; PDF_DPI; PDF_STREAM_BYTES of each stream, PDF_STREAMS_BYTES of all
 * Memory   what is given lives until the callback returns
 * Errors   pdf_pages: RC_NONE needs a password; RC_BAD damaged; RC_LIMIT there are more pages; RC_TEMP
 *          late. pdf_objects: RC_LIMIT, RC_TEMP. What came before was given
 * Threads  none; worker only
 * Source   libpoppler-glib 22.12 for pages; ISO 32000-1 7.3.8 (streams) for objects
 */
#ifndef ENGINE_PDF_H
#define ENGINE_PDF_H

#include <stdbool.h>
#include <stdint.h>

#include "base/rc.h"
#include "base/str.h"
#include "link/bitmap.h"

enum {
	PDF_DPI = 150,			/* a code of 2 cm has 3 pixels a module then */
	PDF_STREAM_BYTES = 4 * 1024 * 1024,
	PDF_STREAMS_BYTES = 32 * 1024 * 1024
};

struct pdf_limits {
	int64_t pages;			/* that are read and drawn */
	uint64_t pixels;		/* of one page */
	int64_t deadline_ms;
};

struct pdf_sink {
	void (*uri)(void *arg, struct str);		/* where an annotation leads */
	void (*text)(void *arg, struct str utf8);	/* of a page; a script */
	bool (*page)(void *arg, const struct bitmap *);	/* false: no more */
	void (*object)(void *arg, struct str bytes);	/* what is no stream, and each stream that could be opened */
	void *arg;
};

/* Load what poppler loads at its first use; before the room is closed. */
void pdf_warm(void);
enum rc pdf_pages(struct str content, const struct pdf_limits *, const struct pdf_sink *) MUST_CHECK;
/* The document as bytes: what poppler does not tell (actions of the document, forms, scripts). */
enum rc pdf_objects(struct str content, const struct pdf_limits *, const struct pdf_sink *) MUST_CHECK;

#endif
