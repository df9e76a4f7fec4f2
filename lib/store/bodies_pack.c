/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "store/bodies_pack.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zstd.h>

#include "base/clock.h"
#include "base/fdio.h"

enum { CHUNK = 256 * 1024 };

struct packing {
	ZSTD_CCtx *zstd;
	int from, to;
	uint64_t left, at;
	char *in, *out;
	int64_t deadline_ms;
};

static enum rc
pack_chunk(struct packing *p, size_t n)
{
	ZSTD_EndDirective end = n == p->left ? ZSTD_e_end : ZSTD_e_continue;
	ZSTD_inBuffer in = { p->in, n, 0 };
	size_t more;

	do {
		ZSTD_outBuffer out = { p->out, CHUNK, 0 };

		more = ZSTD_compressStream2(p->zstd, &out, &in, end);
		if (ZSTD_isError(more) || fdio_write_all(p->to, (struct str){ p->out, out.pos }) != RC_OK)
			return RC_TEMP;
	} while (end == ZSTD_e_end ? more != 0 : in.pos < in.size);
	return RC_OK;
}

static enum rc
pack(struct packing *p)
{
	enum rc rc = RC_OK;

	do {
		size_t want = p->left < CHUNK ? (size_t)p->left : CHUNK;
		ssize_t n = pread(p->from, p->in, want, (off_t)p->at);

		if (n < 0 || (size_t)n != want || clock_mono_ms() > p->deadline_ms)
			return RC_TEMP;
		rc = pack_chunk(p, want);
		p->left -= want;
		p->at += want;
	} while (rc == RC_OK && p->left > 0);
	return rc;
}

enum rc
bodies_pack(int from, uint64_t size, int level, int to, int64_t deadline_ms)
{
	struct packing p = { .zstd = ZSTD_createCCtx(), .from = from, .to = to, .left = size, .in = malloc(CHUNK),
	    .out = malloc(CHUNK), .deadline_ms = deadline_ms };
	enum rc rc = RC_TEMP;

	if (!p.zstd || !p.in || !p.out)
		abort();
	if (!ZSTD_isError(ZSTD_CCtx_setParameter(p.zstd, ZSTD_c_compressionLevel, level)) &&
	    !ZSTD_isError(ZSTD_CCtx_setParameter(p.zstd, ZSTD_c_checksumFlag, 1)) &&
	    !ZSTD_isError(ZSTD_CCtx_setPledgedSrcSize(p.zstd, size)))
		rc = pack(&p);
	ZSTD_freeCCtx(p.zstd);
	free(p.in);
	free(p.out);
	return rc;
}

/* No more than the size that its beginning tells: a damaged one does not fill the memory. */
static enum rc
unpack(struct str packed, int to, uint64_t size)
{
	ZSTD_DCtx *zstd = ZSTD_createDCtx();
	ZSTD_inBuffer in = { packed.p, packed.n, 0 };
	char *chunk = malloc(CHUNK);
	uint64_t done = 0;
	enum rc rc = RC_OK;
	size_t more = 1;

	if (!zstd || !chunk)
		abort();
	while (rc == RC_OK && more != 0) {
		ZSTD_outBuffer out = { chunk, CHUNK, 0 };

		more = ZSTD_decompressStream(zstd, &out, &in);
		done += out.pos;
		if (ZSTD_isError(more) || done > size || (more != 0 && out.pos == 0 && in.pos == in.size))
			rc = RC_BAD;
		else
			rc = fdio_write_all(to, (struct str){ chunk, out.pos });
	}
	ZSTD_freeDCtx(zstd);
	free(chunk);
	return rc == RC_OK && (done != size || in.pos != in.size) ? RC_BAD : rc;
}

enum rc
bodies_unpack(struct str packed, int *fd, uint64_t *size)
{
	unsigned long long told = ZSTD_getFrameContentSize(packed.p, packed.n);
	int to = memfd_create("body", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	enum rc rc = RC_BAD;

	if (told != ZSTD_CONTENTSIZE_ERROR && told != ZSTD_CONTENTSIZE_UNKNOWN)
		rc = to >= 0 ? unpack(packed, to, told) : RC_TEMP;
	if (rc == RC_OK && (lseek(to, 0, SEEK_SET) != 0 || fdio_seal(to) != RC_OK))
		rc = RC_TEMP;
	if (rc != RC_OK) {
		fdio_close(&to);
		return rc;
	}
	*fd = to;
	*size = told;
	return RC_OK;
}
