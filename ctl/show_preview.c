/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "show_preview.h"

#include <stdio.h>
#include <sysexits.h>

#include "base/fdio.h"
#include "gate/local.h"
#include "notice.h"

static int
failed(struct str word, enum rc rc, unsigned picture, struct str why)
{
	if (rc == RC_NONE)
		notice("%.*s: there is no picture %u that can be shown", STR_ARG(word), picture);
	else if (rc == RC_LIMIT)
		notice("%.*s: the picture is too large", STR_ARG(word));
	else
		notice("%.*s: cannot be shown%s%.*s", STR_ARG(word), why.n ? ": " : "", STR_ARG(why));
	return rc == RC_TEMP ? EX_TEMPFAIL : EX_DATAERR;
}

static int
put_file(int fd)
{
	struct str all;

	if (fdio_map(fd, &all) != RC_OK)
		return EX_OSERR;
	fwrite(all.p, 1, all.n, stdout);
	fdio_unmap(&all);
	return EX_OK;
}

static int
show(struct local *local, struct str word, int fd, uint64_t size, unsigned picture)
{
	struct workers_preview job = { .picture = picture, .out_fd = -1 };
	struct pool *pool = pool_new(0);
	struct str why = STR_NONE;
	int status = EX_OSERR;
	enum rc rc;

	if (fdio_memfd("preview", STR_NONE, &job.out_fd) == RC_OK) {
		rc = local_preview(local, fd, size, &job, pool, &why);
		status = rc == RC_OK ? put_file(job.out_fd) : failed(word, rc, picture, why);
	}
	fdio_close(&job.out_fd);
	pool_free(&pool);
	return status;
}

int
show_preview(const struct conf *conf, struct str word, int fd, uint64_t size, unsigned picture)
{
	static const struct local_override quick[] = {
	    { "engine.clamav", "no" }, { "engine.yara", "no" }, { "worker.count", "1" }, { NULL, NULL }
	};
	struct conf *own = NULL;
	struct local *local = NULL;
	struct buf errors;
	int status = EX_UNAVAILABLE;

	buf_init(&errors, NOTICE_BYTES);
	if (local_conf(conf, quick, &own, &errors) == RC_OK &&
	    local_open(own, notice_log(LOG_LEVEL_WARNING), &local, &errors) == RC_OK) {
		status = show(local, word, fd, size, picture);
		local_close(&local);
	} else {
		notice_lines(buf_str(&errors));
	}
	conf_put(&own);
	buf_clear(&errors);
	return status;
}
