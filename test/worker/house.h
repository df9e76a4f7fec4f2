/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* house.h - a zygote with workers on it, for tests
 *
 * Input    lines of configuration
 * Units    milliseconds
 * Limits   none
 * Memory   house_close frees
 * Errors   what a test cannot go on without ends it
 * Threads  scan: any
 * Source   the program that includes this answers ZYGOTE_ARG with zygote_main(settings, NULL)
 */
#ifndef TEST_WORKER_HOUSE_H
#define TEST_WORKER_HOUSE_H

#include <dirent.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fdio.h"
#include "conf/limits_opts.h"
#include "gate/settings.h"
#include "test.h"
#include "worker/wire.h"
#include "worker/workers.h"
#include "worker/zygote.h"

#define UNUSED __attribute__((unused))

static char folder[] = "/tmp/workers-test-XXXXXX";
static const struct log quiet = { .write = NULL };

/* A zygote with a pool of workers on it. */
struct house {
	struct conf *conf;
	struct zygote zygote;
	struct workers *workers;
	struct pool *pool;
	struct buf text;		/* last words of the zygote */
};

static struct log_ctx lc = { &quiet, "test" };

static struct conf *
conf_of(const char *more)
{
	struct buf text, errors;
	struct conf *conf = NULL;
	struct conf_base none = { .key = NULL };

	buf_init(&text, 100000);
	buf_init(&errors, 100000);
	if (!strstr(more, "worker.tmp_dir"))
		buf_printf(&text, "worker.tmp_dir = %s\n", folder);
	if (!strstr(more, "worker.count"))
		buf_adds(&text, "worker.count = 2\n");
	buf_adds(&text, more);
	if (conf_parse(buf_str(&text), "test", settings, none, &conf, &errors) != RC_OK) {
		printf("# %s\n", buf_cstr(&errors));
		exit(1);
	}
	buf_clear(&text);
	buf_clear(&errors);
	return conf;
}

/* The zygote's first news: the tag, its text in h->text. A warning counts as well. */
static uint32_t
first_news(struct house *h)
{
	struct fdio_frame f;

	buf_init(&h->text, 100000);
	if (fdio_recv(h->zygote.supervisor, &h->text, &f, clock_mono_ms() + 20000) != RC_OK)
		return 0;
	fdio_close_fds(&f);
	return f.tag;
}

static void
attach(struct house *h)
{
	int channel;

	if (zygote_client(&h->zygote, &channel) != RC_OK)
		exit(1);
	workers_use(h->workers, channel);
}

static void
start_zygote(struct house *h)
{
	if (zygote_start(h->conf, &h->zygote) != RC_OK || first_news(h) != WIRE_READY) {
		printf("# zygote: %s\n", buf_cstr(&h->text));
		exit(1);
	}
	buf_clear(&h->text);
}

UNUSED static void
house_open(struct house *h, const char *more)
{
	*h = (struct house){ .conf = conf_of(more) };
	start_zygote(h);
	h->pool = pool_new(0);
	h->workers = workers_new(h->conf, conf_values(h->conf, &limits_table), lc);
	attach(h);
}

static int
end_zygote(struct zygote *z)
{
	int status = -1;

	fdio_close(&z->supervisor);
	waitpid(z->pid, &status, 0);
	return status;
}

UNUSED static int
house_close(struct house *h)
{
	int status;

	workers_free(&h->workers);
	status = end_zygote(&h->zygote);
	pool_free(&h->pool);
	conf_put(&h->conf);
	return status;
}

UNUSED static int
message(const char *body)
{
	struct buf text;
	int fd;

	buf_init(&text, 100 << 20);
	buf_printf(&text, "From: =?utf-8?q?J=C3=B6?= <jo@Example.COM>\r\nReply-To: other@example.net\r\n"
	    "Subject: =?iso-2022-jp?b?GyRCNFg8aRsoQg==?=\r\nMessage-ID: <1@x>\r\n\r\n%s", body);
	if (fdio_memfd("message", buf_str(&text), &fd) != RC_OK || fdio_seal(fd) != RC_OK)
		exit(1);
	buf_clear(&text);
	return fd;
}

struct answer {
	enum rc rc;
	struct report report;
	struct str why;
	int64_t ms;
};

static struct answer
scan_fd(struct house *h, struct pool *pool, int fd, uint64_t size)
{
	struct wire_job job = { .queue_id = STR("Q1") };
	struct answer a;
	int64_t began = clock_mono_ms();

	a.why = STR_NONE;
	a.rc = workers_scan(h->workers, lc, &job, fd, size, pool, &a.report, &a.why);
	a.ms = clock_mono_ms() - began;
	return a;
}

UNUSED static struct answer
scan(struct house *h, const char *body)
{
	int fd = message(body);
	struct answer a = scan_fd(h, h->pool, fd, strlen(body));

	close(fd);
	return a;
}

/* Pids of the zygote's children. */
UNUSED static size_t
children(pid_t zygote, pid_t *out, size_t max)
{
	char path[64];
	struct buf text;
	struct str rest, word;
	size_t n = 0;
	uint64_t pid;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", zygote, zygote);
	buf_init(&text, 100000);
	if (fdio_read_file(path, &text) != RC_OK)
		exit(1);
	rest = buf_str(&text);
	while (n < max && str_next(&rest, ' ', &word))
		if (str_to_u64(word, &pid))
			out[n++] = (pid_t)pid;
	buf_clear(&text);
	return n;
}

UNUSED static struct workers_status
status_of(struct house *h)
{
	struct workers_status s;

	workers_status(h->workers, &s);
	return s;
}

UNUSED static size_t
entries(const char *path)
{
	DIR *d = opendir(path);
	size_t n = 0;

	while (d && readdir(d))
		n++;
	if (d)
		closedir(d);
	return n > 2 ? n - 2 : 0;
}

#endif
