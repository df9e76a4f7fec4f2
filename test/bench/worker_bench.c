/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* worker_bench [N] [BYTES] [THREADS]: what the way to a worker and back costs, with both engines
 * off: messages per second of wall time, and CPU time of the asking and of the working side. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fdio.h"
#include "conf/limits_opts.h"
#include "gate/settings.h"
#include "worker/workers.h"
#include "worker/zygote.h"

struct shared {
	struct workers *workers;
	struct log_ctx lc;
	struct str mail;
	long n;				/* per thread */
	long failed;
};

static struct str
make_mail(struct buf *b, size_t bytes)
{
	buf_init(b, bytes + 10000);
	buf_adds(b, "From: =?utf-8?q?J=C3=B6?= <jo@example.com>\r\nTo: <a@example.net>\r\nSubject: quarterly figures\r\n"
	    "Message-ID: <1@example.com>\r\nDate: Mon, 1 Jan 2024 00:00:00 +0000\r\nMIME-Version: 1.0\r\n"
	    "Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n");
	while (b->n < bytes / 2)
		buf_adds(b, "The quick brown fox jumps over the lazy dog, again and again.\r\n");
	buf_adds(b, "--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n");
	while (b->n < bytes)
		buf_adds(b, "<p>The <b>quick</b> brown fox <a href=\"https://example.com/x\">jumps</a> over</p>\r\n");
	buf_adds(b, "--b--\r\n");
	return buf_str(b);
}

static void *
drive(void *arg)
{
	struct shared *s = arg;
	struct pool *pool = pool_new(0);
	struct wire_job job = { .queue_id = STR("4QXabc") };

	for (long i = 0; i < s->n; i++) {
		struct report r;
		struct str why;
		int fd;

		if (fdio_memfd("m", s->mail, &fd) != RC_OK || fdio_seal(fd) != RC_OK)
			exit(1);
		if (workers_scan(s->workers, s->lc, &job, fd, s->mail.n, pool, &r, &why) != RC_OK)
			__atomic_fetch_add(&s->failed, 1, __ATOMIC_RELAXED);
		close(fd);
		pool_clear(pool);
	}
	pool_free(&pool);
	return NULL;
}

static double
cpu_us(int who)
{
	struct rusage u;

	getrusage(who, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1e6 + (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}

static void
to_stderr(void *arg, enum log_level level, const char *line, size_t n)
{
	(void)arg;
	(void)level;
	fprintf(stderr, "%.*s\n", (int)n, line);
}

static struct zygote
start(const struct conf *conf)
{
	struct zygote z;
	struct fdio_frame f = { .tag = WIRE_WARNING };
	struct buf in;

	buf_init(&in, 1 << 20);
	if (zygote_start(conf, &z) != RC_OK)
		exit(1);
	while (f.tag == WIRE_WARNING)
		if (fdio_recv(z.supervisor, &in, &f, clock_mono_ms() + 60000) != RC_OK)
			exit(1);
	if (f.tag != WIRE_READY) {
		fprintf(stderr, "%s\n", buf_cstr(&in));
		exit(1);
	}
	buf_clear(&in);
	return z;
}

static void
measure(struct shared *s, long threads)
{
	pthread_t t[64];
	double began = (double)clock_mono_us(), own = cpu_us(RUSAGE_SELF), wall;

	for (long i = 0; i < threads; i++)
		if (pthread_create(&t[i], NULL, drive, s) != 0)
			exit(1);
	for (long i = 0; i < threads; i++)
		pthread_join(t[i], NULL);
	wall = (double)clock_mono_us() - began;
	own = cpu_us(RUSAGE_SELF) - own;
	printf("%ld messages of %zu bytes, %ld threads: %.0f messages/s, %.1f us wall and %.1f us CPU each "
	    "on the asking side, %ld failed\n", s->n * threads, s->mail.n, threads,
	    (double)(s->n * threads) / wall * 1e6, wall / (double)(s->n * threads), own / (double)(s->n * threads),
	    s->failed);
}

int
main(int argc, char **argv)
{
	struct log log = { .write = to_stderr, .level = LOG_LEVEL_WARNING };
	struct conf_base none = { .key = NULL };
	struct shared s = { .lc = { &log, "bench" } };
	struct buf errors, mail;
	struct conf *conf;
	struct zygote z;
	long total, threads;
	int channel;

	if (argc > 1 && strcmp(argv[1], ZYGOTE_ARG) == 0)
		return zygote_main(settings, NULL);
	total = argc > 1 ? strtol(argv[1], NULL, 10) : 20000;
	threads = argc > 3 ? strtol(argv[3], NULL, 10) : 1;
	threads = threads < 1 ? 1 : threads > 64 ? 64 : threads;
	s.n = total / threads;
	s.mail = make_mail(&mail, argc > 2 ? strtoul(argv[2], NULL, 10) : 10240);
	buf_init(&errors, 1 << 16);
	if (conf_parse(STR("engine.clamav = no\nengine.yara = no\nworker.recycle = 1000\n"), "bench", settings, none,
	    &conf, &errors) != RC_OK) {
		fprintf(stderr, "%s", buf_cstr(&errors));
		return 1;
	}
	z = start(conf);
	s.workers = workers_new(conf, conf_values(conf, &limits_table), s.lc);
	if (zygote_client(&z, &channel) != RC_OK)
		return 1;
	workers_use(s.workers, channel);
	measure(&s, threads);
	workers_free(&s.workers);
	fdio_close(&z.supervisor);
	waitpid(z.pid, NULL, 0);
	printf("%.1f us CPU each on the working side, loading and forking included\n",
	    cpu_us(RUSAGE_CHILDREN) / (double)(s.n * threads));
	conf_put(&conf);
	buf_clear(&mail);
	buf_clear(&errors);
	return s.failed != 0;
}
