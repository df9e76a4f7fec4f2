/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "engine/picture_show.h"

#include <png.h>

#include "base/clock.h"
#include "message/preview.h"

struct show {
	struct buf *png;
	bool done;
};

/* The first frame is the picture. */
static bool
write_png(void *arg, const struct bitmap *b)
{
	struct show *s = arg;
	png_image image = { .version = PNG_IMAGE_VERSION, .width = b->width, .height = b->height,
	    .format = PNG_FORMAT_GRAY };
	png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(image);
	char *room = buf_room(s->png, size);

	s->done = room && png_image_write_to_memory(&image, room, &size, 0, b->px, 0, NULL);
	if (s->done)
		s->png->n += size;
	png_image_free(&image);
	return false;
}

enum rc
picture_show(struct str content, const struct picture_limits *lim, struct buf *png)
{
	struct show s = { png, false };
	enum rc rc;

	buf_init(png, PICTURE_SHOW_BYTES);
	rc = picture_read(content, lim, write_png, &s);
	/* What of a damaged one can be read is shown. */
	if (s.done)
		return RC_OK;
	return rc == RC_OK ? RC_LIMIT : rc;
}

enum rc
picture_show_part(struct message *msg, const struct limits *lim, unsigned number, struct buf *png)
{
	size_t part = preview_picture(msg, number);
	struct picture_limits own = { .pixels = (uint64_t)lim->picture_pixels, .bytes = 4 * (uint64_t)lim->picture_pixels,
	    .deadline_ms = clock_mono_ms() + lim->clamav_ms };
	struct str content;
	struct buf space;
	enum rc rc;

	if (part == MIME_NO_PART)
		return RC_NONE;
	buf_init(&space, (size_t)lim->decoded_bytes);
	rc = mime_decode(msg, lim, &msg->parts[part], 0, &space, &content);
	if (rc == RC_OK)
		rc = picture_show(content, &own, png);
	buf_clear(&space);
	return rc;
}
