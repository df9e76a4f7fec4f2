/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* verb_backup.c - ledger, quarantine and state as one file */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "conf_file.h"
#include "notice.h"
#include "progress.h"
#include "store/backup.h"
#include "stores.h"
#include "verb.h"

enum { NO_KEYS, CONFIG };
static const struct args_opt opts[] = {
	[NO_KEYS] = { 0, "no-keys", NULL,
	    "Without the keys of links, passes and digests: whoever has them can make such links." },
	[CONFIG] = { 'c', "config", "FILE", "The configuration that names state_dir and the stores." },
	{ .name = NULL }
};

enum { PATH = 4096, WHY_BYTES = 4096, FILE_MODE = 0600 };

struct order {
	const char *path, *config;
	bool no_keys;
};

/* ---- where it goes ---- */

/* PATH.new until it is whole: an older backup stays until then. */
struct target {
	char path[PATH], beside[PATH];
	int fd;
};

static int
cannot(const char *path)
{
	notice("%s: %s", path, strerror(errno));
	return EX_CANTCREAT;
}

static int
target_open(const char *path, struct target *t)
{
	*t = (struct target){ .fd = STDOUT_FILENO };
	if (strcmp(path, "-") == 0) {
		if (!isatty(STDOUT_FILENO))
			return EX_OK;
		notice("an archive is no text: redirect it into a file");
		return EX_USAGE;
	}
	snprintf(t->path, sizeof(t->path), "%s", path);
	if ((size_t)snprintf(t->beside, sizeof(t->beside), "%s.new", path) >= sizeof(t->beside)) {
		errno = ENAMETOOLONG;
		return cannot(path);
	}
	unlink(t->beside);		/* of a run that was killed */
	t->fd = open(t->beside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, FILE_MODE);
	return t->fd >= 0 ? EX_OK : cannot(t->beside);
}

static int
sync_folder(char *path)
{
	char *slash = strrchr(path, '/');
	int fd, failed;

	if (slash)
		slash[slash == path] = '\0';
	fd = open(slash ? path : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	failed = fd < 0 || fsync(fd) != 0;
	if (fd >= 0)
		close(fd);
	return failed;
}

static int
target_close(struct target *t, int status)
{
	if (!t->path[0])
		return status;
	if (status == EX_OK && fsync(t->fd) != 0)
		status = cannot(t->beside);
	if (close(t->fd) != 0 && status == EX_OK)
		status = cannot(t->beside);
	if (status == EX_OK && (rename(t->beside, t->path) != 0 || sync_folder(t->path) != 0))
		status = cannot(t->path);
	if (status != EX_OK)
		unlink(t->beside);
	return status;
}

/* ---- what goes there ---- */

static void
show(void *arg, const struct backup_count *n)
{
	struct progress *p = arg;

	p->done = (size_t)n->merge.records;
	progress_show(p);
}

static int
write_all(const struct order *order, const struct stores *s, int fd, struct backup_count *count)
{
	struct progress p;
	struct backup b = { .records = s->records, .bodies = s->bodies, .state_dir = s->state_dir,
	    .version = STR(SEKIMORI_VERSION), .keys = !order->no_keys, .each = show, .arg = &p };
	char node[256] = "";
	struct buf why;
	enum rc rc;

	if (gethostname(node, sizeof(node) - 1) == 0)
		b.node = str_of(node);
	buf_init(&why, WHY_BYTES);
	progress_start(&p, 0);
	rc = backup_write(&b, fd, count, &why);
	progress_erase(&p);
	if (rc != RC_OK)
		notice("%s", buf_cstr(&why));
	buf_clear(&why);
	return rc == RC_OK ? EX_OK : EX_IOERR;
}

static int
backup(const struct order *order, const struct conf *conf)
{
	struct backup_count n = { .bodies = 0 };
	struct target t;
	struct stores s;
	int status = target_open(order->path, &t);

	if (status != EX_OK)
		return status;
	status = stores_open(conf, &s);
	if (status == EX_OK) {
		status = write_all(order, &s, t.fd, &n);
		stores_close(&s);
	}
	status = target_close(&t, status);
	if (status == EX_OK && n.lost)
		notice("of %" PRIu64 " messages that are held the store has nothing, or damaged ones", n.lost);
	if (status == EX_OK)
		fprintf(t.path[0] ? stdout : stderr,
		    "%" PRIu64 " records, %" PRIu64 " messages, %" PRIu64 " files of state%s\n",
		    n.merge.records, n.bodies, n.files, order->no_keys ? ", no keys" : "");
	return status;
}

static int
run(struct args *a)
{
	struct order order = { .path = NULL };
	struct conf *conf;
	const char *value;
	int i, status;

	while ((i = args_next(a, &value)) != ARGS_END) {
		switch (i) {
		case NO_KEYS: order.no_keys = true; break;
		case CONFIG: order.config = value; break;
		case ARGS_BAD: return EX_USAGE;
		case ARGS_WORD:
			if (order.path)
				return args_usage(a, "takes one file");
			order.path = value;
		}
	}
	if (!order.path)
		return args_usage(a, "to which file? - for the standard output");
	status = conf_file_open(order.config, &conf);
	if (status != 0)
		return status;
	status = backup(&order, conf);
	conf_put(&conf);
	return status;
}

const struct verb verb_backup = {
	.name = "backup", .words = "FILE | -", .opts = opts, .run = run,
	.help = "Ledger, quarantine, keys and state as one file, while mail flows.",
};
