/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* verb_restore.c - what a backup has, into the stores and state_dir */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "conf_file.h"
#include "notice.h"
#include "progress.h"
#include "store/backup.h"
#include "stores.h"
#include "verb.h"

enum { CHECK, REPLACE, CONFIG };
static const struct args_opt opts[] = {
	[CHECK] = { 'C', "check", NULL, "Only read the file to its end and say what is in it." },
	[REPLACE] = { 0, "replace", NULL, "Keys and files of state_dir that are others become those of the backup." },
	[CONFIG] = { 'c', "config", "FILE", "The configuration that names state_dir and the stores." },
	{ .name = NULL }
};

enum { WHY_BYTES = 4096, WHEN = 32 };

struct order {
	const char *path, *config;
	bool check, replace;
};

static void
show(void *arg, const struct backup_count *n)
{
	struct progress *p = arg;

	p->done = (size_t)n->merge.records;
	progress_show(p);
}

static void
say_other(void *arg, struct str file)
{
	progress_erase(arg);
	notice("%.*s: there is another one, which stays; --replace would change it", STR_ARG(file));
}

static int
failed(const struct order *order, enum rc rc, const struct buf *why)
{
	notice("%s: %s", order->path, buf_cstr(why));
	return rc == RC_BAD ? EX_DATAERR : EX_TEMPFAIL;
}

/* It is believed as a whole, or not at all. */
static int
look(const struct order *order, int fd)
{
	struct backup_manifest m;
	struct backup_count n;
	char when[WHEN] = "-";
	struct buf why;
	int status = EX_OK;
	struct tm tm;
	enum rc rc;
	time_t t;

	buf_init(&why, WHY_BYTES);
	rc = backup_check(fd, &m, &n, &why);
	t = (time_t)(m.time_ms / 1000);
	if (rc == RC_OK && localtime_r(&t, &tm))
		strftime(when, sizeof(when), "%Y-%m-%d %H:%M", &tm);
	if (rc == RC_OK)
		printf("backup of %s, %s, by sekimori %s: %" PRIu64 " records, %" PRIu64 " messages, %" PRIu64
		    " files of state%s\n", m.node[0] ? m.node : "-", when, m.version, n.merge.records, n.bodies, n.files,
		    m.keys ? "" : ", no keys");
	else
		status = failed(order, rc, &why);
	fflush(stdout);
	buf_clear(&why);
	return status;
}

static int
take(const struct order *order, const struct stores *s, int fd)
{
	struct progress p;
	struct backup b = { .records = s->records, .bodies = s->bodies, .state_dir = s->state_dir, .replace = order->replace,
	    .each = show, .other = say_other, .arg = &p };
	struct backup_count n;
	struct buf why;
	size_t settled;
	int status = EX_OK;
	enum rc rc;

	buf_init(&why, WHY_BYTES);
	progress_start(&p, 0);
	rc = backup_restore(&b, fd, &n, &why);
	if (rc == RC_OK && records_settle(s->records, &settled) != RC_OK) {
		buf_adds(&why, "the ledger is not indexed yet: once more");
		rc = RC_TEMP;
	}
	progress_erase(&p);
	if (rc != RC_OK)
		status = failed(order, rc, &why);
	printf("%" PRIu64 " of %" PRIu64 " records were new, %" PRIu64 " of %" PRIu64 " messages, %" PRIu64 " of %" PRIu64
	    " files are as in the backup\n", n.merge.new_records, n.merge.records, n.new_bodies, n.bodies, n.new_files,
	    n.files);
	if (n.merge.refused) {
		notice("%" PRIu64 " records and events are refused for good by the ledger", n.merge.refused);
		status = status ? status : EX_DATAERR;
	}
	if (n.merge.moved || n.merge.kept)
		printf("%" PRIu64 " recipients were brought to a later state; of %" PRIu64 " the ledger knew more\n",
		    n.merge.moved, n.merge.kept);
	buf_clear(&why);
	return status;
}

static int
restore(const struct order *order, const struct conf *conf)
{
	int fd = open(order->path, O_RDONLY | O_CLOEXEC), status;
	struct stores s;

	if (fd < 0) {
		notice("%s: %s", order->path, strerror(errno));
		return EX_NOINPUT;
	}
	status = look(order, fd);
	if (status == EX_OK && !order->check)
		status = stores_open(conf, &s);
	if (status == EX_OK && !order->check) {
		status = take(order, &s, fd);
		stores_close(&s);
	}
	close(fd);
	return status;
}

static int
run(struct args *a)
{
	struct order order = { .path = NULL };
	struct conf *conf = NULL;
	const char *value;
	int i, status = EX_OK;

	while ((i = args_next(a, &value)) != ARGS_END) {
		switch (i) {
		case CHECK: order.check = true; break;
		case REPLACE: order.replace = true; break;
		case CONFIG: order.config = value; break;
		case ARGS_BAD: return EX_USAGE;
		case ARGS_WORD:
			if (order.path)
				return args_usage(a, "takes one file");
			order.path = value;
		}
	}
	if (!order.path)
		return args_usage(a, "from which file?");
	if (!order.check)
		status = conf_file_open(order.config, &conf);
	if (status == EX_OK)
		status = restore(&order, conf);
	conf_put(&conf);
	return status;
}

const struct verb verb_restore = {
	.name = "restore", .words = "FILE", .opts = opts, .run = run,
	.help = "Put what a backup has into the stores; what they know better stays.",
};
