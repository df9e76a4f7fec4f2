/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* WebP by libwebp. The frames of an animation are found here: each carries a picture that libwebp
 * reads by itself (WebP Container Specification, ANMF). */
#include <stdlib.h>
#include <webp/decode.h>

#include "base/rd.h"
#include "engine/picture_in.h"

enum { RIFF_HEAD = 12, TAG = 4, FRAME_HEAD = 16, CHUNKS_MAX = 10000, SHRINK_MAX = 16 };

/* Transparent is white, as on paper. */
static void
to_gray(const struct WebPRGBABuffer *in, struct bitmap *out)
{
	for (unsigned y = 0; y < out->height; y++) {
		const unsigned char *p = in->rgba + (size_t)y * (size_t)in->stride;

		for (unsigned x = 0; x < out->width; x++, p += 4)
			out->px[(size_t)y * out->width + x] =
			    picture_on_white(picture_gray(p[0], p[1], p[2]), p[3]);
	}
}

/* Four bytes a pixel while decoding, so it is scaled there already. */
static void
choose_size(WebPDecoderConfig *c)
{
	int by = 1;

	while (by < SHRINK_MAX && (uint64_t)c->input.width * (uint64_t)c->input.height / (uint64_t)(by * by) > PICTURE_FULL)
		by *= 2;
	c->options.use_scaling = by > 1;
	c->options.scaled_width = c->input.width / by;
	c->options.scaled_height = c->input.height / by;
	c->output.colorspace = MODE_RGBA;
}

static enum rc
read_one(struct picture_job *job, struct str content, bool *more)
{
	WebPDecoderConfig c;
	struct bitmap b;
	VP8StatusCode status;
	enum rc rc;

	*more = true;
	if (!WebPInitDecoderConfig(&c) ||
	    WebPGetFeatures((const uint8_t *)content.p, content.n, &c.input) != VP8_STATUS_OK)
		return RC_BAD;
	rc = picture_fits(job, (uint64_t)c.input.width, (uint64_t)c.input.height);
	if (rc != RC_OK)
		return rc;
	choose_size(&c);
	status = WebPDecode((const uint8_t *)content.p, content.n, &c);
	if ((status == VP8_STATUS_OK || status == VP8_STATUS_NOT_ENOUGH_DATA) && c.output.u.RGBA.rgba) {
		picture_new(&b, (unsigned)c.output.width, (unsigned)c.output.height);
		to_gray(&c.output.u.RGBA, &b);
		*more = picture_give(job, &b);
	}
	WebPFreeDecBuffer(&c.output);
	return status == VP8_STATUS_OK ? RC_OK : RC_BAD;
}

static enum rc
read_frames(struct picture_job *job)
{
	struct rd r = { .in = str_from(job->content, RIFF_HEAD) };
	enum rc rc = RC_OK, worst = RC_OK;
	bool more = true;

	for (int n = 0; n < CHUNKS_MAX && more && rd_left(&r) >= 2 * TAG; n++) {
		struct str tag = rd_bytes(&r, TAG);
		size_t size = rd_u32(&r);
		struct str body = rd_bytes(&r, size < rd_left(&r) ? size : rd_left(&r));

		if (size & 1 && rd_left(&r))
			rd_bytes(&r, 1);
		if (!str_eq(tag, STR("ANMF")))
			continue;
		rc = read_one(job, str_from(body, FRAME_HEAD), &more);
		if (rc != RC_OK && rc != RC_NONE)
			worst = rc;
	}
	return worst;
}

enum rc
picture_webp(struct picture_job *job)
{
	WebPBitstreamFeatures f;
	bool more;

	if (WebPGetFeatures((const uint8_t *)job->content.p, job->content.n, &f) != VP8_STATUS_OK)
		return RC_BAD;
	return f.has_animation ? read_frames(job) : read_one(job, job->content, &more);
}
