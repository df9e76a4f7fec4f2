/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* One of each format, as small as they go, and what is none. */
#include "engine/picture_show.h"

#include <png.h>
#include <stdio.h>
#include <jpeglib.h>
#include <stdlib.h>
#include <webp/encode.h>

#include "base/clock.h"
#include "message/mail.h"
#include "test.h"

enum { SIDE = 40, WAIT_MS = 20000, LARGE = 3000 };

static struct picture_limits plenty;

/* Left half black, right half white. */
static unsigned char *
halves(unsigned side, unsigned channels)
{
	unsigned char *px = malloc((size_t)side * side * channels);

	if (!px)
		abort();
	for (size_t i = 0; i < (size_t)side * side * channels; i++)
		px[i] = i / channels % side < side / 2 ? 0 : 255;
	return px;
}

/* Is it a PNG of that size, black at the left and white at the right, with nothing behind its end? */
static void
is_ours(const char *name, struct str content, unsigned side)
{
	png_image image = { .version = PNG_IMAGE_VERSION };
	unsigned char *px;
	struct buf png;

	test_int(picture_show(content, &plenty, &png), RC_OK, name);
	test_ok(png.n && png_image_begin_read_from_memory(&image, png.p, png.n) && image.width == side && image.height == side,
	    "it is a PNG of that size");
	image.format = PNG_FORMAT_GRAY;
	px = malloc(PNG_IMAGE_SIZE(image) + 1);
	test_ok(px && png_image_finish_read(&image, NULL, px, 0, NULL) && px[side * 5 + 2] < 40 && px[side * 5 + side - 3] > 215,
	    "it is the same picture");
	test_ok(str_ends_nocase(buf_str(&png), (struct str){ "IEND\xae\x42\x60\x82", 8 }), "nothing stands behind it");
	test_ok(str_find(buf_str(&png), STR("SECRET")) == STR_NPOS, "nor anything else of the mail");
	free(px);
	buf_clear(&png);
}

static void
make_png(struct buf *b, unsigned side)
{
	png_image image = { .version = PNG_IMAGE_VERSION, .width = side, .height = side, .format = PNG_FORMAT_RGB };
	png_alloc_size_t n = PNG_IMAGE_PNG_SIZE_MAX(image);
	unsigned char *px = halves(side, 3);

	if (!png_image_write_to_memory(&image, buf_room(b, n), &n, 0, px, 0, NULL))
		abort();
	b->n += n;
	buf_adds(b, "SECRET");
	free(px);
}

static void
make_jpeg(struct buf *b)
{
	struct jpeg_error_mgr err;
	struct jpeg_compress_struct c = { .err = jpeg_std_error(&err) };
	unsigned char *px = halves(SIDE, 3), *out = NULL;
	unsigned long n = 0;

	jpeg_create_compress(&c);
	jpeg_mem_dest(&c, &out, &n);
	c.image_width = c.image_height = SIDE;
	c.input_components = 3;
	c.in_color_space = JCS_RGB;
	jpeg_set_defaults(&c);
	jpeg_start_compress(&c, TRUE);
	jpeg_write_marker(&c, JPEG_COM, (const unsigned char *)"SECRET", 6);
	for (unsigned y = 0; y < SIDE; y++)
		jpeg_write_scanlines(&c, &(JSAMPROW){ px + y * SIDE * 3 }, 1);
	jpeg_finish_compress(&c);
	buf_add(b, (struct str){ (char *)out, n });
	jpeg_destroy_compress(&c);
	free(out);
	free(px);
}

static void
make_webp(struct buf *b)
{
	unsigned char *px = halves(SIDE, 3), *out = NULL;
	size_t n = WebPEncodeLosslessRGB(px, SIDE, SIDE, SIDE * 3, &out);

	buf_add(b, (struct str){ (char *)out, n });
	WebPFree(out);
	free(px);
}

/* 24 bits, bottom up. */
static void
make_bmp(struct buf *b)
{
	static const unsigned char head[] = { 'B', 'M', 0, 0, 0, 0, 0, 0, 0, 0, 54, 0, 0, 0, 40, 0, 0, 0, SIDE, 0, 0, 0, SIDE, 0, 0, 0,
	    1, 0, 24, 0 };
	unsigned char *px = halves(SIDE, 3);

	buf_add(b, (struct str){ (const char *)head, sizeof(head) });
	for (size_t i = sizeof(head); i < 54; i++)
		buf_addc(b, 0);
	buf_add(b, (struct str){ (char *)px, SIDE * SIDE * 3 });
	free(px);
}

/* 40 x 40, one bit a pixel, without compression: each code is a pixel, and every second one clears the table. */
static void
make_gif(struct buf *b)
{
	static const unsigned char head[] = { 'G', 'I', 'F', '8', '9', 'a', SIDE, 0, SIDE, 0, 0x80, 0, 0, 0, 0, 0, 255, 255, 255,
	    0x2c, 0, 0, 0, 0, SIDE, 0, SIDE, 0, 0, 2 };
	unsigned char *px = halves(SIDE, 1), block[255];
	unsigned bits = 0, n_bits = 0, n = 0;

	buf_add(b, (struct str){ (const char *)head, sizeof(head) });
	for (size_t i = 0; i <= 2 * SIDE * SIDE; i++) {
		/* minimum code size 2: codes of three bits, 4 clears, 5 ends */
		unsigned code = i == 2 * SIDE * SIDE ? 5 : i % 2 == 0 ? 4 : px[i / 2] ? 1 : 0;

		bits |= code << n_bits;
		n_bits += 3;
		for (; n_bits >= 8 || (code == 5 && n_bits); n_bits = n_bits > 8 ? n_bits - 8 : 0, bits >>= 8) {
			block[n++] = (unsigned char)bits;
			if (n == sizeof(block) || (code == 5 && n_bits <= 8)) {
				buf_addc(b, (char)n);
				buf_add(b, (struct str){ (char *)block, n });
				n = 0;
			}
		}
	}
	buf_add(b, (struct str){ "\0;", 2 });
	free(px);
}

static void
formats(void)
{
	static const struct {
		const char *name;
		void (*make)(struct buf *);
	} rows[] = { { "JPEG", make_jpeg }, { "WebP", make_webp }, { "BMP", make_bmp }, { "GIF", make_gif } };
	struct buf b;

	buf_init(&b, 100 << 20);
	make_png(&b, SIDE);
	is_ours("PNG", buf_str(&b), SIDE);
	buf_reset(&b);
	make_png(&b, LARGE);
	is_ours("a large one is shown at a half", buf_str(&b), LARGE / 2);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		buf_reset(&b);
		rows[i].make(&b);
		is_ours(rows[i].name, buf_str(&b), SIDE);
	}
	buf_clear(&b);
}

static void
refused(void)
{
	struct picture_limits few = plenty, late = plenty;
	struct buf b, png;

	buf_init(&b, 1 << 20);
	make_png(&b, SIDE);
	few.pixels = 100;
	test_int(picture_show(buf_str(&b), &few, &png), RC_LIMIT, "too many pixels");
	test_int((int64_t)png.n, 0, "nothing is written");
	buf_clear(&png);
	late.deadline_ms = clock_mono_ms() - 1;
	test_int(picture_show(buf_str(&b), &late, &png), RC_TEMP, "too late");
	buf_clear(&png);
	test_int(picture_show(STR("<svg onload=x>"), &plenty, &png), RC_NONE, "SVG is none");
	buf_clear(&png);
	test_int(picture_show(str_upto(buf_str(&b), 30), &plenty, &png), RC_BAD, "half a head");
	buf_clear(&png);
	buf_clear(&b);
}

static void
in_a_mail(void)
{
	static const char mail[] = "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
	    "Content-Type: image/svg+xml\r\n\r\n<svg/>\r\n"
	    "--b\r\nContent-Type: image/png\r\n\r\n";
	struct limits lim = mail_limits();
	struct pool *pool = pool_new(0);
	struct message *msg;
	struct buf b, png = { .p = NULL };

	lim.picture_pixels = 1 << 20;
	lim.clamav_ms = WAIT_MS;
	buf_init(&b, 1 << 20);
	buf_adds(&b, mail);
	make_png(&b, SIDE);
	buf_adds(&b, "\r\n--b--\r\n");
	msg = mime_parse(pool, &lim, buf_str(&b));
	test_int(picture_show_part(msg, &lim, 2, &png), RC_OK, "the second picture");
	test_ok(str_starts(buf_str(&png), STR("\x89PNG")), "is a PNG");
	buf_clear(&png);
	test_int(picture_show_part(msg, &lim, 1, &png), RC_NONE, "the first is none that is shown");
	buf_clear(&png);
	test_int(picture_show_part(msg, &lim, 3, &png), RC_NONE, "there is no third");
	test_int(picture_show_part(msg, &lim, 0, &png), RC_NONE, "nor one before the first");
	buf_clear(&b);
	pool_free(&pool);
}

int
main(void)
{
	plenty = (struct picture_limits){ .pixels = 40 << 20, .bytes = 200 << 20, .deadline_ms = clock_mono_ms() + WAIT_MS };
	formats();
	refused();
	in_a_mail();
	return test_done();
}
