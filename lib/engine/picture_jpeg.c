/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* JPEG by libjpeg-turbo. Its errors leave through longjmp: nothing that has to be freed may be
 * known only to a local variable that changes in between. */
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

#include <jpeglib.h>
#include <jerror.h>

#include "engine/picture_in.h"

enum { EIGHTHS = 8 };

struct reader {
	struct jpeg_decompress_struct j;
	struct jpeg_error_mgr err;
	struct jpeg_progress_mgr progress;
	struct picture_job *job;
	struct bitmap out;
	unsigned char *row;		/* of CMYK, four bytes a pixel */
	bool late;
	jmp_buf back;
};

static void
on_error(j_common_ptr c)
{
	struct reader *r = c->client_data;

	longjmp(r->back, 1);
}

static void
on_message(j_common_ptr c, int level)
{
	if (level < 0)
		c->err->num_warnings++;
}

static void
be_quiet(j_common_ptr c)
{
	(void)c;
}

/* A progressive picture can have any number of passes over all of it. */
static void
on_progress(j_common_ptr c)
{
	struct reader *r = c->client_data;

	if (!picture_late(r->job))
		return;
	r->late = true;
	longjmp(r->back, 1);
}

/* Whole, a half, a quarter: as large as the search takes it. */
static void
choose_scale(struct jpeg_decompress_struct *j)
{
	j->scale_denom = EIGHTHS;
	j->scale_num = EIGHTHS;
	while (j->scale_num > 1 && (uint64_t)j->image_width * j->image_height * j->scale_num * j->scale_num >
	    (uint64_t)PICTURE_FULL * EIGHTHS * EIGHTHS)
		j->scale_num /= 2;
	j->out_color_space = j->num_components == 4 ? JCS_CMYK : JCS_GRAYSCALE;
	j->dct_method = JDCT_ISLOW;
	j->do_fancy_upsampling = FALSE;
}

/* Adobe writes CMYK with 255 for no ink. */
static void
gray_of_cmyk(const struct reader *r, unsigned char *out)
{
	for (unsigned x = 0; x < r->out.width; x++) {
		const unsigned char *in = r->row + (size_t)x * 4;
		unsigned k = r->j.saw_Adobe_marker ? in[3] : 255u - in[3];
		unsigned gray = picture_gray(in[0], in[1], in[2]);

		if (!r->j.saw_Adobe_marker)
			gray = 255 - gray;
		out[x] = (unsigned char)(gray * k / 255);
	}
}

static enum rc
read_all(struct reader *r)
{
	struct jpeg_decompress_struct *j = &r->j;
	enum rc rc;

	jpeg_mem_src(j, (const unsigned char *)r->job->content.p, r->job->content.n);
	if (jpeg_read_header(j, TRUE) != JPEG_HEADER_OK)
		return RC_BAD;
	rc = picture_fits(r->job, j->image_width, j->image_height);
	if (rc != RC_OK)
		return rc;
	choose_scale(j);
	jpeg_start_decompress(j);
	picture_new(&r->out, j->output_width, j->output_height);
	if (j->out_color_space == JCS_CMYK && !(r->row = malloc((size_t)j->output_width * 4)))
		abort();
	while (j->output_scanline < j->output_height) {
		unsigned char *out = r->out.px + (size_t)j->output_scanline * r->out.width;
		unsigned char *row = r->row ? r->row : out;

		if (jpeg_read_scanlines(j, &row, 1) != 1)
			return RC_BAD;
		if (r->row)
			gray_of_cmyk(r, out);
	}
	return r->err.num_warnings ? RC_BAD : RC_OK;
}

enum rc
picture_jpeg(struct picture_job *job)
{
	struct reader *r = calloc(1, sizeof(*r));
	volatile enum rc rc = RC_BAD;

	if (!r)
		abort();
	r->job = job;
	r->j.err = jpeg_std_error(&r->err);
	r->err.error_exit = on_error;
	r->err.emit_message = on_message;
	r->err.output_message = be_quiet;
	r->j.client_data = r;
	if (setjmp(r->back) == 0) {
		jpeg_create_decompress(&r->j);
		r->progress.progress_monitor = on_progress;
		r->j.progress = &r->progress;
		r->j.mem->max_memory_to_use = (long)job->lim->bytes;
		rc = read_all(r);
	} else if (r->err.msg_code == JERR_NO_BACKING_STORE) {
		rc = RC_LIMIT;
	}
	if (r->late)
		rc = RC_TEMP;
	jpeg_destroy_decompress(&r->j);
	if (r->out.px)
		picture_give(job, &r->out);
	free(r->row);
	free(r);
	return rc;
}
