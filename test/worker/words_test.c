/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "worker/words.h"

#include <unistd.h>

#include "base/buf.h"
#include "test.h"

static struct buf seen;
static int lines;

static void
keep(void *arg, enum log_level level, const char *line, size_t n)
{
	(void)arg;
	(void)level;
	buf_add(&seen, (struct str){ line, n });
	buf_addc(&seen, '\n');
	lines++;
}

static const struct log log_to_us = { .write = keep, .level = LOG_LEVEL_INFO };
static const struct log_ctx lc = { &log_to_us, "zygote" };

static void
say(struct words *w, struct str text)
{
	if (write(w->out, text.p, text.n) != (ssize_t)text.n)
		printf("# the pipe is full\n");
	words_read(w, lc);
}

static void
start(struct words *w)
{
	buf_reset(&seen);
	lines = 0;
	if (words_open(w) != RC_OK)
		test_ok(false, "words_open");
}

static void
test_lines(void)
{
	struct words w;

	start(&w);
	say(&w, STR("half a"));
	test_int(lines, 0, "half a line waits");
	say(&w, STR(" line\n\nand one more\n"));
	test_str(buf_str(&seen), STR("zygote worker-says text=\"half a line\"\nzygote worker-says text=\"and one more\"\n"),
	    "lines, empty ones left out");
	words_close(&w);

	start(&w);
	say(&w, STR("\x1b[2Jx\ry\n"));
	test_ok(str_chr(buf_str(&seen), '\x1b') == STR_NPOS && str_chr(buf_str(&seen), '\r') == STR_NPOS,
	    "no control byte gets through");
	words_close(&w);
}

static void
test_bounds(void)
{
	struct words w;
	char big[3000];

	start(&w);
	memset(big, 'x', sizeof(big));
	say(&w, (struct str){ big, sizeof(big) });
	test_int(lines, sizeof(big) / WORDS_LINE, "a line without end comes in pieces");
	words_close(&w);

	start(&w);
	for (int i = 0; i < 10; i++) {
		memset(big, '\n', sizeof(big));
		for (size_t k = 0; k < sizeof(big); k += 2)
			big[k] = 'x';
		say(&w, (struct str){ big, sizeof(big) });
	}
	test_ok(lines >= WORDS_RATE && lines <= 3 * WORDS_RATE, "a flood is cut to its rate");
	words_close(&w);
}

static void
test_never_blocks(void)
{
	struct words w;
	char big[4096];
	ssize_t n;
	int writes = 0;

	memset(big, 'x', sizeof(big));
	start(&w);
	while ((n = write(w.out, big, sizeof(big))) > 0 && writes < 10000)
		writes++;
	test_ok(n < 0 && writes > 1, "a full pipe refuses, it does not wait");
	words_close(&w);
}

int
main(void)
{
	buf_init(&seen, 1 << 20);
	test_lines();
	test_bounds();
	test_never_blocks();
	buf_clear(&seen);
	return test_done();
}
