/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* clamav.h - libclamav, made to prove that it looked
 *
 * Input    hostile content; signature databases of the operator
 * Units    milliseconds, bytes
 * Limits   lim->clamav_ms and unpack_* become the engine's MAX_* settings; a job can
 *          lower them to what is left for the message
 * Memory   the engines are loaded before fork and shared by the workers
 * Errors   clamav_open: RC_BAD, errors holds a line `file:line: reason` for every file
 *          that does not load. clamav_scan: RC_OK is returned only when libclamav proved
 *          that it looked (no error message, level 0 inspected, no limit hit, no error
 *          code); RC_TEMP otherwise, and the sink was told why
 * Threads  none
 * Source   clamav.h of libclamav 1.4; it fails open when its temp folder is missing or
 *          full, so "clean" is never taken from the return code alone
 */
#ifndef ENGINE_CLAMAV_H
#define ENGINE_CLAMAV_H

#include "conf/opt.h"
#include "scan/scan.h"

struct clamav;

/* One layer that libclamav opened; level 0 is the content itself. All borrowed, and gone
 * when the callback returns. */
struct clamav_layer {
	struct str content;
	struct str name;		/* file name inside the container, may be empty */
	const char *type;		/* "CL_TYPE_ZIP" */
	unsigned level;
	bool decrypted;
	bool normalized;		/* no file of its own: the level above in another form */
};

struct clamav_sink {
	bool (*layer)(void *arg, const struct clamav_layer *);	/* opened; false: leave it alone */
	void (*left)(void *arg, unsigned level);		/* done with the layer of that level; may be NULL */
	/* The source of one module of a macro project in the layer of that level; may be NULL. */
	void (*macros)(void *arg, unsigned level, struct str source);
	void (*hit)(void *arg, unsigned level, struct str signature);
	void (*unscanned)(void *arg, unsigned level, enum unscanned_why, struct str what);
	void *arg;
};

enum clamav_what {
	CLAMAV_CONTENT,		/* a decoded part: every signature that can match it */
	CLAMAV_MESSAGE,		/* a whole message: only the signatures that need the mail around it */
	CLAMAV_MESSAGE_FULL	/* a whole message with every signature: for malformed ones */
};

struct clamav_job {
	enum clamav_what what;
	struct str content;
	int64_t ms, bytes, files;	/* what is left for this call; above the engine's own limits: those */
	bool flat;			/* do not open archives: too many members to walk through */
};

/* Every extension that libclamav loads a database by, ended by NULL. */
extern const char *const clamav_extensions[];

enum rc clamav_open(struct opt_list databases, const struct limits *, struct log_ctx, struct clamav **out,
    struct buf *errors) MUST_CHECK;
void clamav_close(struct clamav **);
enum rc clamav_start(struct clamav *, const char *tmp_dir) MUST_CHECK;	/* in the worker, before the first scan */
const char *clamav_version(void);
uint64_t clamav_signatures(const struct clamav *);
size_t clamav_files(const struct clamav *);
bool clamav_has_official(const struct clamav *);
/* Does any signature need the mail around a part? Then CLAMAV_MESSAGE is worth its call. */
bool clamav_wants_message(const struct clamav *);
uint64_t clamav_mail_signatures(const struct clamav *);

enum rc clamav_scan(struct clamav *, const struct clamav_job *, const struct clamav_sink *) MUST_CHECK;

#endif
