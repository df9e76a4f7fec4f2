/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* A zygote's birth and death, as its supervisor sees them. */
#include "worker/zygote.h"

#include <signal.h>

#include "worker/fake_engine.h"
#include "worker/house.h"

static void
test_start(void)
{
	static const struct { const char *conf, *name, *want; uint32_t tag; } rows[] = {
		{ "engine.yara_rules = /fail\n", "a broken rule file", "x.yar:3: syntax error\n", WIRE_FAILED },
		{ "engine.yara_rules = /warn\n", "a rule file left out", "y.yar:1: left out\n", WIRE_WARNING },
		{ "engine.yara_rules = /canary\n", "a canary that is not found", "the canary was not found", WIRE_FAILED },
		{ "worker.tmp_dir = /proc/nowhere\n", "no temp folder",
		    "worker.tmp_dir: cannot make /proc/nowhere: No such file or directory", WIRE_FAILED },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct house h = { .conf = conf_of(rows[i].conf) };

		if (zygote_start(h.conf, &h.zygote) != RC_OK)
			exit(1);
		test_int(first_news(&h), rows[i].tag, rows[i].name);
		test_str(buf_str(&h.text), str_of(rows[i].want), rows[i].name);
		buf_clear(&h.text);
		end_zygote(&h.zygote);
		conf_put(&h.conf);
	}
}

static void
test_info(void)
{
	struct house h = { .conf = conf_of("") };
	struct pool *pool = pool_new(0);
	struct wire_info info = { .missing = STR("?") };

	if (zygote_start(h.conf, &h.zygote) != RC_OK)
		exit(1);
	test_int(first_news(&h), WIRE_READY, "ready");
	test_int(wire_get_info(pool, buf_str(&h.text), &info), RC_OK, "what is loaded");
	test_str(info.engine.clamav_version, STR("fake"), "version");
	test_int((int64_t)info.engine.yara_rules, 2, "rules");
	buf_clear(&h.text);
	end_zygote(&h.zygote);
	conf_put(&h.conf);
	pool_free(&pool);
}

/* The exit status of a zygote that is told to drain, or whose supervisor goes away. */
static void
test_end(void)
{
	struct house h = { .conf = conf_of("") };
	int channel, status = -1;
	pid_t worker;

	start_zygote(&h);
	if (zygote_client(&h.zygote, &channel) != RC_OK)
		exit(1);
	test_int(fdio_send(h.zygote.supervisor, &(struct fdio_frame){ .tag = WIRE_DRAIN }, clock_mono_ms() + 1000),
	    RC_OK, "told to drain while it has a client");
	nap(100);
	test_int(waitpid(h.zygote.pid, &status, WNOHANG), 0, "it stays for its client");
	close(channel);
	test_int(waitpid(h.zygote.pid, &status, 0), h.zygote.pid, "and goes with it");
	test_int(status, 0, "well");
	close(h.zygote.supervisor);

	start_zygote(&h);
	kill(h.zygote.pid, SIGTERM);
	kill(h.zygote.pid, SIGINT);
	kill(h.zygote.pid, SIGHUP);
	kill(h.zygote.pid, SIGUSR1);
	nap(100);
	test_int(waitpid(h.zygote.pid, &status, WNOHANG), 0, "signals for the supervisor do not touch it");
	if (zygote_client(&h.zygote, &channel) != RC_OK ||
	    fdio_send(channel, &(struct fdio_frame){ .tag = WIRE_SPAWN }, clock_mono_ms() + 1000) != RC_OK)
		exit(1);
	nap(200);
	test_int((int64_t)children(h.zygote.pid, &worker, 1), 1, "it has a worker");
	test_int(end_zygote(&h.zygote), 0, "the supervisor goes away: it ends well");
	test_ok(kill(worker, 0) != 0, "and its worker with it");
	test_int((int64_t)entries(folder), 0, "and no folder is left");
	close(channel);
	conf_put(&h.conf);
}

static void
test_ping(void)
{
	struct house h = { .conf = conf_of("") };

	start_zygote(&h);
	for (int i = 0; i < 3; i++)
		test_int(fdio_send(h.zygote.supervisor, &(struct fdio_frame){ .tag = WIRE_PING }, clock_mono_ms() + 1000),
		    RC_OK, "asked whether it is there");
	for (int i = 0; i < 3; i++) {
		test_int(first_news(&h), WIRE_PONG, "it answers each time");
		buf_clear(&h.text);
	}
	end_zygote(&h.zygote);
	conf_put(&h.conf);
}

/* A killed zygote takes its workers along: none is left that nobody watches. */
static void
test_killed(void)
{
	struct house h;
	pid_t worker;
	int gone = 0;

	house_open(&h, "");
	test_int(scan(&h, "hello").rc, RC_OK, "a worker is there");
	test_ok(children(h.zygote.pid, &worker, 1) == 1, "its pid");
	kill(h.zygote.pid, SIGKILL);
	for (int i = 0; i < 200 && !gone; i++) {
		nap(10);
		gone = kill(worker, 0) != 0;
	}
	test_ok(gone, "the worker dies with its zygote");
	house_close(&h);
}

static void
test_user(void)
{
	struct house h = { .conf = conf_of("worker.tmp_dir = /tmp\n") };
	char path[64];
	struct stat st;

	test_int(zygote_start_as(h.conf, "no-such-user", &h.zygote), RC_BAD, "a user that does not exist");
	if (geteuid() != 0) {
		test_skip("as nobody", "needs root");
		conf_put(&h.conf);
		return;
	}
	test_int(zygote_start_as(h.conf, "nobody", &h.zygote), RC_OK, "as nobody");
	test_int(first_news(&h), WIRE_READY, "it gets ready");
	snprintf(path, sizeof(path), "/proc/%d", h.zygote.pid);
	test_ok(stat(path, &st) == 0 && st.st_uid != 0, "and is not root any more");
	buf_clear(&h.text);
	end_zygote(&h.zygote);
	conf_put(&h.conf);
}

int
main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], ZYGOTE_ARG) == 0)
		return zygote_main(settings, NULL);
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (!mkdtemp(folder))
		return 1;
	test_start();
	test_info();
	test_end();
	test_ping();
	test_killed();
	test_user();
	rmdir(folder);
	return test_done();
}
