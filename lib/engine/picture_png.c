/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* PNG by the simplified interface of libpng, which catches its errors itself. */
#include <png.h>
#include <stdlib.h>

#include "engine/picture_in.h"

/* libpng writes to the whole buffer or says that it failed; rows before the damage stay. */
enum rc
picture_png(struct picture_job *job)
{
	png_image image = { .version = PNG_IMAGE_VERSION };
	const png_color white = { 0xff, 0xff, 0xff };
	struct bitmap b;
	enum rc rc;

	if (!png_image_begin_read_from_memory(&image, job->content.p, job->content.n))
		return RC_BAD;
	rc = picture_fits(job, image.width, image.height);
	if (rc != RC_OK) {
		png_image_free(&image);
		return rc;
	}
	image.format = PNG_FORMAT_GRAY;
	picture_new(&b, image.width, image.height);
	rc = png_image_finish_read(&image, &white, b.px, 0, NULL) ? RC_OK : RC_BAD;
	picture_give(job, &b);
	return rc;
}
