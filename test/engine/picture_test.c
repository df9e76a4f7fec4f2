/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* A QR code in each format and kind of it, damaged ones, sizes that lie; and the pictures of
 * zxing-cpp, which are photos as people make them. */
#include "engine/picture.h"

#include <gif_lib.h>
#include <stdio.h>
#include <jpeglib.h>
#include <png.h>
#include <stdlib.h>
#include <unistd.h>
#include <webp/encode.h>

#include "base/clock.h"
#include "link/qr.h"
#include "link/qr_make.h"
#include "message/mail.h"
#include "test.h"

enum { MODULE = 4, BORDER = 4, RATE_MIN = 62 };

static const char url[] = "https://bad.example/login?x=1";
static struct bitmap sample;

static void
make_sample(void)
{
	static struct qr_code c;

	qr_make(&c, url);
	sample.width = sample.height = (c.side + 2 * BORDER) * MODULE;
	sample.px = malloc(bitmap_bytes(&sample));
	if (!sample.px)
		abort();
	for (unsigned y = 0; y < sample.height; y++)
		for (unsigned x = 0; x < sample.width; x++) {
			unsigned mx = x / MODULE - BORDER, my = y / MODULE - BORDER;

			sample.px[(size_t)y * sample.width + x] = mx < c.side && my < c.side && *qr_at(&c, mx, my) ? 0 : 255;
		}
}

/* --- reading --- */

struct seen {
	struct buf text;
	unsigned pictures;
};

static void
on_found(void *arg, struct str text)
{
	struct seen *s = arg;

	buf_add(&s->text, text);
	buf_addc(&s->text, '\n');
}

static bool
on_late(void *arg)
{
	(void)arg;
	return false;
}

static bool
on_picture(void *arg, const struct bitmap *b)
{
	struct seen *s = arg;
	struct qr_job job = { on_found, on_late, s };

	s->pictures++;
	return qr_find(b, &job);
}

static enum rc
read_all(struct str content, uint64_t pixels, struct seen *s)
{
	struct picture_limits lim = { .pixels = pixels, .bytes = 64 << 20, .deadline_ms = clock_mono_ms() + 20000 };

	buf_reset(&s->text);
	s->pictures = 0;
	return picture_read(content, &lim, on_picture, s);
}

/* --- writing --- */

static void
le(struct buf *b, uint32_t v, int n)
{
	for (; n > 0; n--, v >>= 8)
		buf_addc(b, (char)v);
}

/* Kinds: bits a pixel; negative: rows from top to bottom. 8 with `rle` is run-length coded. */
static void
make_bmp(struct buf *b, int bits, bool rle)
{
	unsigned n = bits < 0 ? (unsigned)-bits : (unsigned)bits, colours = n <= 8 ? 1u << n : 0;
	uint32_t height = bits < 0 ? -sample.height : sample.height;

	buf_adds(b, "BM");
	le(b, 0, 8);
	le(b, 54 + colours * 4, 4);
	le(b, 40, 4);
	le(b, sample.width, 4);
	le(b, height, 4);
	le(b, 1, 2);
	le(b, n, 2);
	le(b, rle, 4);
	le(b, 0, 20);
	for (unsigned i = 0; i < colours; i++)
		le(b, i + 1 == colours ? 0xffffff : 0, 4);
	for (unsigned i = 0; i < sample.height; i++) {
		const unsigned char *row = sample.px + (size_t)(bits < 0 ? i : sample.height - 1 - i) * sample.width;
		unsigned acc = 0;

		for (unsigned x = 0; x < sample.width; x++) {
			if (rle) {
				le(b, 1u | (row[x] ? colours - 1 : 0) << 8, 2);
			} else if (n < 8) {
				acc = acc << n | (row[x] ? colours - 1 : 0);
				if ((x + 1) % (8 / n) == 0 || x + 1 == sample.width)
					le(b, acc << (8 - n * (x % (8 / n) + 1)), 1);
			} else {
				le(b, row[x] ? 0xffffffffu : 0, (int)n / 8);
			}
		}
		if (rle)
			le(b, 0, 2);
		while (!rle && (b->n - 54 - colours * 4) % 4)
			buf_addc(b, 0);
	}
	if (rle)
		le(b, 0x100, 2);
}

/* Channels: 1 gray, 3 colour, 4 with the light part transparent. */
static void
make_png(struct buf *b, int channels)
{
	png_image image = { .version = PNG_IMAGE_VERSION, .width = sample.width, .height = sample.height,
		.format = channels == 1 ? PNG_FORMAT_GRAY : channels == 3 ? PNG_FORMAT_RGB : PNG_FORMAT_RGBA };
	unsigned char *px = malloc(bitmap_bytes(&sample) * 4);
	png_alloc_size_t n = 1 << 20;
	char *out = buf_room(b, n);

	for (size_t i = 0; px && i < bitmap_bytes(&sample); i++)
		for (int k = 0; k < channels; k++)
			px[i * (size_t)channels + (size_t)k] = channels == 4 ? (k == 3 ? 255 - sample.px[i] : 0) : sample.px[i];
	if (!px || !out || !png_image_write_to_memory(&image, out, &n, 0, px, 0, NULL))
		abort();
	b->n += n;
	free(px);
}

static void
make_jpeg(struct buf *b, int channels, bool progressive)
{
	struct jpeg_compress_struct j;
	struct jpeg_error_mgr err;
	unsigned char *out = NULL, *row = malloc((size_t)sample.width * 4);
	unsigned long n = 0;

	j.err = jpeg_std_error(&err);
	jpeg_create_compress(&j);
	jpeg_mem_dest(&j, &out, &n);
	j.image_width = sample.width;
	j.image_height = sample.height;
	j.input_components = channels;
	j.in_color_space = channels == 1 ? JCS_GRAYSCALE : channels == 3 ? JCS_RGB : JCS_CMYK;
	jpeg_set_defaults(&j);
	if (progressive)
		jpeg_simple_progression(&j);
	jpeg_start_compress(&j, TRUE);
	while (row && j.next_scanline < j.image_height) {
		for (unsigned i = 0; i < sample.width * (unsigned)channels; i++)
			row[i] = sample.px[(size_t)j.next_scanline * sample.width + i / (unsigned)channels];
		jpeg_write_scanlines(&j, &row, 1);
	}
	jpeg_finish_compress(&j);
	buf_add(b, (struct str){ (char *)out, n });
	jpeg_destroy_compress(&j);
	free(out);
	free(row);
}

static void
make_webp(struct buf *b)
{
	unsigned char *rgb = malloc(bitmap_bytes(&sample) * 3), *out = NULL;
	size_t n;

	for (size_t i = 0; rgb && i < bitmap_bytes(&sample) * 3; i++)
		rgb[i] = sample.px[i / 3];
	n = WebPEncodeLosslessRGB(rgb, (int)sample.width, (int)sample.height, (int)sample.width * 3, &out);
	buf_add(b, (struct str){ (char *)out, n });
	WebPFree(out);
	free(rgb);
}

static int
on_write(GifFileType *g, const GifByteType *p, int n)
{
	buf_add(g->UserData, (struct str){ (const char *)p, (size_t)n });
	return n;
}

/* The code comes in the last of `frames`; those before are blank. */
static void
make_gif(struct buf *b, int frames, bool interlaced)
{
	static const int from[] = { 0, 4, 2, 1 }, step[] = { 8, 8, 4, 2 };
	const GifColorType colours[] = { { 0, 0, 0 }, { 255, 255, 255 } };
	ColorMapObject *map = GifMakeMapObject(2, colours);
	int w = (int)sample.width, h = (int)sample.height, error;
	GifFileType *g = EGifOpen(b, on_write, &error);
	GifPixelType *row = malloc(sample.width);

	if (!g || !row || EGifPutScreenDesc(g, w, h, 1, 0, map) != GIF_OK)
		abort();
	for (int f = 1; f <= frames; f++) {
		EGifPutImageDesc(g, 0, 0, w, h, interlaced, NULL);
		for (int p = 0; p < (interlaced ? 4 : 1); p++)
			for (int y = interlaced ? from[p] : 0; y < h; y += interlaced ? step[p] : 1) {
				for (int x = 0; x < w; x++)
					row[x] = f < frames || sample.px[y * w + x] ? 1 : 0;
				EGifPutLine(g, row, w);
			}
	}
	EGifCloseFile(g, &error);
	GifFreeMapObject(map);
	free(row);
}

/* --- cases --- */

static void
expect(const char *name, const struct buf *b, unsigned pictures)
{
	struct seen s;

	buf_init(&s.text, 1 << 16);
	test_int(read_all(buf_str(b), 1 << 24, &s), RC_OK, name);
	test_int(s.pictures, pictures, name);
	test_ok(str_find(buf_str(&s.text), str_of(url)) != STR_NPOS, name);
	test_int(read_all(buf_str(b), 100 * 100, &s), RC_LIMIT, "over the limit");
	test_int(s.pictures, 0, "nothing was made");
	/* Cut at every place: never more than a bad picture. */
	for (size_t n = 0; n < b->n; n += 1 + b->n / 50) {
		char *cut = malloc(n + 1);

		memcpy(cut, b->p, n);
		if (read_all((struct str){ cut, n }, 1 << 24, &s) == RC_LIMIT)
			test_ok(false, "a cut picture is not too large");
		free(cut);
	}
	buf_clear(&s.text);
}

static void
formats(void)
{
	static const int bits[] = { 1, 4, 8, 16, 24, 32, -24, -1 }, channels[] = { 1, 3, 4 };
	struct buf b;
	char name[64];

	buf_init(&b, 8 << 20);
	for (size_t i = 0; i < sizeof(bits) / sizeof(bits[0]); i++, buf_reset(&b)) {
		snprintf(name, sizeof(name), "BMP of %d bits", bits[i]);
		make_bmp(&b, bits[i], false);
		expect(name, &b, 1);
	}
	make_bmp(&b, 8, true);
	expect("BMP, run-length coded", &b, 1);
	for (size_t i = 0; i < sizeof(channels) / sizeof(channels[0]); i++) {
		buf_reset(&b);
		snprintf(name, sizeof(name), "PNG of %d channels", channels[i]);
		make_png(&b, channels[i]);
		expect(name, &b, 1);
		buf_reset(&b);
		snprintf(name, sizeof(name), "JPEG of %d channels", channels[i]);
		make_jpeg(&b, channels[i], false);
		expect(name, &b, 1);
	}
	buf_reset(&b);
	make_jpeg(&b, 3, true);
	expect("progressive JPEG", &b, 1);
	buf_reset(&b);
	make_webp(&b);
	expect("WebP", &b, 1);
	for (int frames = 1; frames <= PICTURE_FRAMES; frames += 7)
		for (int interlaced = 0; interlaced <= 1; interlaced++) {
			buf_reset(&b);
			snprintf(name, sizeof(name), "GIF of %d frames%s", frames, interlaced ? ", interlaced" : "");
			make_gif(&b, frames, interlaced);
			expect(name, &b, (unsigned)frames);
		}
	buf_clear(&b);
}

static void
no_pictures(void)
{
	static const struct {
		const char *name;
		struct str in;
		enum rc want;
	} rows[] = {
		{ "nothing", STR(""), RC_NONE },
		{ "text", STR("BMW is a maker of cars, and this goes on"), RC_NONE },
		{ "only a mark", STR("\x89PNG\r\n\x1a\n"), RC_BAD },
		{ "a tracking pixel", STR("GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff,\0\0\0\0\x01\0\x01\0\0\x02\x02""D\x01\0;"),
		    RC_NONE },
		{ "a GIF of 65535 squared", STR("GIF89a\xff\xff\xff\xff\x80\0\0\0\0\0\xff\xff\xff,\0\0\0\0\x01\0\x01\0\0\x02\x02""D\x01\0;"),
		    RC_LIMIT },
	};
	struct seen s;

	buf_init(&s.text, 1 << 16);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		test_int(read_all(rows[i].in, 1 << 24, &s), rows[i].want, rows[i].name);
	buf_clear(&s.text);
}

/* --- pictures of zxing-cpp: index.tsv names the text of each --- */

struct index_row {
	char file[600], path[300];
};

static size_t
read_index(const char *folder, struct index_row *rows, size_t max)
{
	char line[1000], path[600], file[300], sha[100], label[100], origin[300];
	FILE *f;
	size_t n = 0;

	snprintf(path, sizeof(path), "%s/att_zxing/index.tsv", folder);
	f = fopen(path, "r");
	while (f && n < max && fgets(line, sizeof(line), f)) {
		struct str rest = str_trim(str_of(line)), col;
		size_t slash;

		for (int i = 0; str_next(&rest, '\t', &col); i++) {
			if (i == 1)
				snprintf(label, sizeof(label), "%.*s", STR_ARG(col));
			else if (i == 2)
				snprintf(sha, sizeof(sha), "%.*s", STR_ARG(col));
			snprintf(origin, sizeof(origin), "%.*s", STR_ARG(col));
		}
		slash = str_rchr(str_of(origin), '/');
		if (slash == STR_NPOS)
			continue;
		snprintf(rows[n].path, sizeof(rows[n].path), "%s", origin);
		snprintf(file, sizeof(file), "%.8s-%s", sha, origin + slash + 1);
		snprintf(rows[n].file, sizeof(rows[n].file), "%s/att_zxing/%s/%s", folder, label, file);
		if (access(rows[n].file, R_OK) != 0)
			snprintf(rows[n].file, sizeof(rows[n].file), "%s/att_zxing/%s/%s", folder, label, origin + slash + 1);
		n++;
	}
	if (f)
		fclose(f);
	return n;
}

static const struct index_row *
text_of(const struct index_row *rows, size_t n, const char *path)
{
	size_t dot = str_rchr(str_of(path), '.');

	for (size_t i = 0; i < n; i++)
		if (strncmp(rows[i].path, path, dot + 1) == 0 && strcmp(rows[i].path + dot, ".txt") == 0)
			return &rows[i];
	return NULL;
}

/* Git and people change line ends. */
static struct str
without_cr(struct buf *b)
{
	size_t n = 0;

	for (size_t i = 0; i < b->n; i++)
		if (b->p[i] != '\r')
			b->p[n++] = b->p[i];
	b->n = n;
	return buf_str(b);
}

static void
photos(void)
{
	static struct index_row rows[400];
	struct corpus c;
	struct seen s;
	struct buf in, want;
	size_t n, all = 0, found = 0, wrong = 0;
	int64_t us = 0;

	if (!corpus_open(&c, "att-qr-zxing.tar.zst")) {
		test_skip("pictures of zxing-cpp", "SEKIMORI_CORPUS does not have them");
		return;
	}
	buf_init(&s.text, 1 << 20);
	buf_init(&in, 1 << 24);
	buf_init(&want, 1 << 20);
	n = read_index(c.folder, rows, sizeof(rows) / sizeof(rows[0]));
	for (size_t i = 0; i < n; i++) {
		struct str has, wanted;
		const struct index_row *text = text_of(rows, n, rows[i].path);
		int64_t from = clock_mono_us();

		/* Micro QR is another code; no phone reads it. */
		if (strstr(rows[i].path, "microqr") || strstr(rows[i].path, ".txt") || !mail_read(rows[i].file, &in))
			continue;
		all++;
		(void)!read_all(buf_str(&in), 1 << 24, &s);
		us += clock_mono_us() - from;
		found += s.text.n > 0;
		if (s.text.n == 0)
			printf("# not found: %s\n", rows[i].path);
		if (!text || !mail_read(text->file, &want) || s.text.n == 0)
			continue;
		has = str_trim(without_cr(&s.text));
		wanted = str_trim(without_cr(&want));
		if (str_find(has, wanted) == STR_NPOS) {
			wrong++;
			printf("# other text: %s\n", rows[i].path);
			test_show("got ", has);
			test_show("want", wanted);
		}
	}
	printf("# %zu of %zu QR codes read, %.1f ms each\n", found, all, (double)us / 1e3 / (double)(all ? all : 1));
	test_ok(all == 67 && found >= RATE_MIN, "QR codes of zxing-cpp are read");
	test_ok(wrong <= 4, "and say what they should");
	buf_clear(&s.text);
	buf_clear(&in);
	buf_clear(&want);
	corpus_close(&c);
}

int
main(void)
{
	make_sample();
	formats();
	no_pictures();
	photos();
	free(sample.px);
	return test_done();
}
