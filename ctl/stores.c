/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "stores.h"

#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "gate/settings.h"
#include "notice.h"
#include "store/ledger_opts.h"

enum { WHY_BYTES = 4096, PATH = 4096, FILES_OF_ONE = 077 };

/* Whoever owns the folder decides what its names lead to: root must not follow them as root. */
static int
become_owner(struct stores *s)
{
	char path[PATH];
	struct stat st;

	snprintf(path, sizeof(path), "%.*s", STR_ARG(str_upto(s->state_dir, PATH - 1)));
	umask(FILES_OF_ONE);
	if (s->state_dir.n == 0 || stat(path, &st) != 0) {
		notice("state_dir %s: %s", path, s->state_dir.n ? strerror(errno) : "is not set");
		return EX_NOINPUT;
	}
	if (geteuid() != 0 && st.st_uid != geteuid()) {
		notice("state_dir %s belongs to somebody else: what root does is done as one owner", path);
		return EX_NOPERM;
	}
	if (geteuid() != 0 || st.st_uid == 0)
		return EX_OK;
	if (setgroups(1, &st.st_gid) != 0 || setegid(st.st_gid) != 0 || seteuid(st.st_uid) != 0) {
		notice("cannot become the owner of %s: %s", path, strerror(errno));
		return EX_OSERR;
	}
	s->changed = true;
	return EX_OK;
}

int
stores_open(const struct conf *conf, struct stores *out)
{
	const struct ledger_conf *lc = conf_values(conf, &ledger_table);
	const struct gate_conf *gc = conf_values(conf, &gate_table);
	struct log_ctx log = notice_log(LOG_LEVEL_WARNING);
	struct buf why;
	int status;
	enum rc rc;

	*out = (struct stores){ .conf = conf, .state_dir = gc->state_dir };
	if (!lc->enable) {
		notice("ledger.enable is no: nothing is remembered");
		return EX_CONFIG;
	}
	status = become_owner(out);
	if (status != EX_OK)
		return status;
	buf_init(&why, WHY_BYTES);
	rc = records_open(conf_values(conf, &records_table), out->state_dir, RECORDS_TOOL, log, &out->records, &why);
	if (rc == RC_OK)
		rc = bodies_open(conf_values(conf, &bodies_table), out->state_dir, log, &out->bodies, &why);
	if (rc != RC_OK) {
		notice("%s", buf_cstr(&why));
		stores_close(out);
		status = EX_UNAVAILABLE;
	}
	buf_clear(&why);
	return status;
}

void
stores_close(struct stores *s)
{
	records_close(&s->records);
	bodies_close(&s->bodies);
	if (s->changed && (seteuid(0) != 0 || setegid(0) != 0))
		notice("cannot become root again: %s", strerror(errno));
	s->changed = false;
}

bool
stores_same_records(const struct stores *a, const struct stores *b)
{
	const struct records_conf *x = conf_values(a->conf, &records_table), *y = conf_values(b->conf, &records_table);

	if (x->backend != y->backend)
		return false;
	return x->backend == RECORDS_SQLITE ? str_eq(a->state_dir, b->state_dir) : str_eq(x->postgres, y->postgres);
}

bool
stores_same_bodies(const struct stores *a, const struct stores *b)
{
	const struct bodies_conf *x = conf_values(a->conf, &bodies_table), *y = conf_values(b->conf, &bodies_table);

	if (x->backend != y->backend)
		return false;
	if (x->backend == BODIES_FILES)
		return str_eq(a->state_dir, b->state_dir);
	return str_eq(x->s3_url, y->s3_url) && str_eq(x->s3_bucket, y->s3_bucket) && str_eq(x->s3_prefix, y->s3_prefix);
}
