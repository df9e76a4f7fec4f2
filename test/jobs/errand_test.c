/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "jobs/errand.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fdio.h"
#include "test.h"

static int spare = -1;

static int
good(void *arg, int result)
{
	return fdio_write_all(result, *(struct str *)arg) == RC_OK ? 0 : 1;
}

static int nothing(void *arg, int result) { (void)arg; (void)result; return 0; }
static int fails(void *arg, int result) { (void)arg; (void)result; return 7; }
static int dies(void *arg, int result) { (void)arg; (void)result; signal(SIGSEGV, SIG_DFL); raise(SIGSEGV); return 0; }
static int hangs(void *arg, int result) { (void)arg; (void)result; while (pause() != 0) continue; return 0; }
static int has_spare(void *arg, int result) { (void)arg; (void)result; return fcntl(spare, F_GETFD) >= 0 ? 9 : 0; }

static const struct { const char *name; int (*run)(void *, int); enum rc want; const char *text; } cases[] = {
	{ "a result", good, RC_OK, "abc" },
	{ "an empty one", nothing, RC_OK, "" },
	{ "fails", fails, RC_TEMP, "failed (7)" },
	{ "crashes", dies, RC_TEMP, "died of signal 11" },
	{ "hangs", hangs, RC_TEMP, "late, was killed" },
	{ "has no descriptors of ours", has_spare, RC_OK, "" },
};

int
main(void)
{
	struct str abc = STR("abc"), got;
	struct buf why;
	struct errand e;

	spare = open("/dev/null", O_RDONLY);
	buf_init(&why, 1000);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		int64_t start = clock_mono_ms();

		buf_reset(&why);
		test_int(errand_start(&e, cases[i].run, &abc, start + 500), RC_OK, cases[i].name);
		while (!errand_ended(&e)) {
			struct pollfd fd = { .fd = e.end, .events = POLLIN };

			poll(&fd, 1, 20);
		}
		test_ok(clock_mono_ms() - start < 3000, "ends in time");
		got = STR_NONE;
		test_int(errand_result(&e, &got, &why), cases[i].want, "its result");
		if (cases[i].want == RC_OK)
			test_str(got, str_of(cases[i].text), "what it wrote");
		else if (!test_ok(str_find(buf_str(&why), str_of(cases[i].text)) != STR_NPOS, "why"))
			test_show("got", buf_str(&why));
		errand_clear(&e);
	}
	test_int(errand_start(&e, hangs, NULL, clock_mono_ms() + 60000), RC_OK, "another that hangs");
	errand_clear(&e);
	test_ok(e.pid == 0 && kill(getpid(), 0) == 0, "is ended by errand_clear");
	buf_clear(&why);
	close(spare);
	return test_done();
}
