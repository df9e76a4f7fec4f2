/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Scanning. Loading is in clamav_load.c. */
#include "engine/clamav.h"

#include <clamav.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/clamav_engine.h"

/* libclamav does not look at content of up to five bytes: nothing fits in there. */
enum { LOOKS_ABOVE = 5 };
enum { MESSAGE_CUT = 200 };

/* One call of libclamav, behind its callbacks. */
struct call {
	const struct clamav_sink *sink;
	unsigned depth;			/* layers that are open now */
	bool level0;			/* it has shown us the content itself */
	bool told;			/* the sink knows of something unscanned */
	char message[MESSAGE_CUT];	/* the first error message */
};

static void
tell(struct call *c, enum unscanned_why why, struct str what)
{
	c->told = true;
	c->sink->unscanned(c->sink->arg, c->depth ? c->depth - 1 : 0, why, what);
}

static cl_error_t
on_layer(int fd, const char *type, const char **ancestors, size_t parent_size, const char *name, size_t size,
    const char *content, uint32_t level, uint32_t attributes, void *context)
{
	struct call *c = context;
	struct clamav_layer layer = {
		.content = { content, content ? size : 0 }, .name = level ? str_of(name) : STR_NONE,
		.type = type ? type : "", .level = level,
		.decrypted = (attributes & LAYER_ATTRIBUTES_DECRYPTED) != 0,
		.normalized = (attributes & LAYER_ATTRIBUTES_NORMALIZED) != 0,
	};

	(void)fd;
	(void)ancestors;
	(void)parent_size;
	c->depth = level + 1;
	c->level0 |= level == 0;
	/* CL_BREAK would also count as clean: the sink has said that it was left out. */
	return c->sink->layer(c->sink->arg, &layer) ? CL_CLEAN : CL_BREAK;
}

static cl_error_t
on_left(int fd, int result, const char *name, void *context)
{
	struct call *c = context;

	(void)fd;
	(void)result;
	(void)name;
	if (c->depth > 0 && c->sink->left)
		c->sink->left(c->sink->arg, c->depth - 1);
	c->depth -= c->depth > 0;
	return CL_CLEAN;
}

/* Modules are stored packed, so no other layer shows what they say. */
static int
on_macros(const unsigned char *source, const size_t n, void *context)
{
	struct call *c = context;

	if (source && n && c->sink->macros)
		c->sink->macros(c->sink->arg, c->depth ? c->depth - 1 : 0, (struct str){ (const char *)source, n });
	return 0;
}

/* Some names are no signatures: they say what libclamav could not look into. */
static void
on_hit(int fd, const char *name, void *context)
{
	struct call *c = context;
	struct str s = str_of(name), what;

	(void)fd;
	if (str_starts(s, STR("Heuristics.Limits.Exceeded."))) {
		what = str_from(s, sizeof("Heuristics.Limits.Exceeded.") - 1);
		tell(c, str_find(s, STR("MaxScanTime")) == STR_NPOS ? UNSCANNED_LIMIT : UNSCANNED_TIMEOUT, what);
	} else if (str_starts(s, STR("Heuristics.Encrypted."))) {
		tell(c, UNSCANNED_ENCRYPTED, str_from(s, sizeof("Heuristics.") - 1));
	} else {
		c->sink->hit(c->sink->arg, c->depth ? c->depth - 1 : 0, s);
	}
}

/* libclamav fails open: a message is often the only trace of a failure. */
void
clamav_on_message(enum cl_msg severity, const char *full, const char *text, void *context)
{
	struct call *c = context;

	if (!c) {		/* while loading: the loader reads standard error */
		fputs(full, stderr);
		return;
	}
	if (severity < CL_MSG_ERROR || c->message[0])
		return;
	snprintf(c->message, sizeof(c->message), "%s", text);
	c->message[strcspn(c->message, "\r\n")] = '\0';
}

void
clamav_set_callbacks(struct cl_engine *e)
{
	cl_engine_set_clcb_file_inspection(e, on_layer);
	cl_engine_set_clcb_post_scan(e, on_left);
	cl_engine_set_clcb_virus_found(e, on_hit);
	cl_engine_set_clcb_vba(e, on_macros);
}

static unsigned
parsers(const struct clamav *c, const struct clamav_job *job)
{
	if (job->flat)
		return ~(unsigned)CL_SCAN_PARSE_ARCHIVE;
	if (job->what != CLAMAV_MESSAGE || c->depth == CLAMAV_DEPTH_ALL)
		return ~0u;
	return c->depth == CLAMAV_DEPTH_PARTS ? CL_SCAN_PARSE_MAIL | CL_SCAN_PARSE_HTML : 0;
}

static bool
set_budget(struct cl_engine *e, const struct clamav *c, const struct clamav_job *job)
{
	int64_t ms = job->ms < c->lim.clamav_ms ? job->ms : c->lim.clamav_ms;
	int64_t bytes = job->bytes < c->lim.unpack_bytes ? job->bytes : c->lim.unpack_bytes;
	int64_t files = job->files < c->lim.unpack_files ? job->files : c->lim.unpack_files;

	/* 0 would mean no limit. The content itself counts, but is no unpacked byte. */
	return cl_engine_set_num(e, CL_ENGINE_MAX_SCANTIME, ms > 0 ? ms : 1) == CL_SUCCESS &&
	    cl_engine_set_num(e, CL_ENGINE_MAX_SCANSIZE,
	        (bytes > 0 ? bytes : 1) + (int64_t)job->content.n) == CL_SUCCESS &&
	    cl_engine_set_num(e, CL_ENGINE_MAX_FILES, files > 0 ? files : 1) == CL_SUCCESS;
}

/* What the return code adds to what the callbacks saw. */
static void
judge(struct call *c, cl_error_t code, size_t n)
{
	if (code == CL_ETIMEOUT)
		tell(c, UNSCANNED_TIMEOUT, STR("MaxScanTime"));
	else if (code == CL_EMAXREC || code == CL_EMAXSIZE || code == CL_EMAXFILES)
		tell(c, UNSCANNED_LIMIT, str_of(cl_strerror(code)));
	else if (code != CL_CLEAN && code != CL_VIRUS)
		tell(c, UNSCANNED_ENGINE, str_of(cl_strerror(code)));
	if (c->message[0])
		tell(c, UNSCANNED_ENGINE, str_of(c->message));
	if (!c->level0 && !c->told && n > LOOKS_ABOVE)
		tell(c, UNSCANNED_ENGINE, STR("did not look at the content"));
}

enum rc
clamav_scan(struct clamav *clam, const struct clamav_job *job, const struct clamav_sink *sink)
{
	struct call c = { .sink = sink };
	struct cl_scan_options options = {
		.general = CL_SCAN_GENERAL_ALLMATCHES | CL_SCAN_GENERAL_HEURISTICS,
		.parse = parsers(clam, job),
		.heuristic = CL_SCAN_HEURISTIC_EXCEEDS_MAX | CL_SCAN_HEURISTIC_ENCRYPTED_ARCHIVE |
		    CL_SCAN_HEURISTIC_ENCRYPTED_DOC,
	};
	struct cl_engine *engine = job->what == CLAMAV_MESSAGE ? clam->mail : clam->content;
	const char *name = NULL;
	unsigned long scanned = 0;
	cl_fmap_t *map;

	if (!engine || job->content.n == 0)
		return RC_OK;
	map = cl_fmap_open_memory(job->content.p, job->content.n);
	if (!map || !set_budget(engine, clam, job)) {
		tell(&c, UNSCANNED_ENGINE, STR("cannot start a scan"));
	} else {
		judge(&c, cl_scanmap_callback(map, NULL, &name, &scanned, engine, &options, &c), job->content.n);
	}
	if (map)
		cl_fmap_close(map);
	return c.told ? RC_TEMP : RC_OK;
}
