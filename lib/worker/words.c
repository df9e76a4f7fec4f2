/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "worker/words.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fdio.h"

enum { READ_BYTES = 4096, SECOND_MS = 1000 };

enum rc
words_open(struct words *w)
{
	int fds[2];

	*w = (struct words){ .in = -1, .out = -1 };
	if (pipe2(fds, O_CLOEXEC | O_NONBLOCK) != 0)
		return RC_TEMP;
	w->in = fds[0];
	w->out = fds[1];
	return RC_OK;
}

void
words_close(struct words *w)
{
	fdio_close(&w->in);
	fdio_close(&w->out);
}

/* A new second: say how many lines the last one lost. */
static void
next_second(struct words *w, struct log_ctx lc, int64_t now)
{
	if (w->dropped > 0)
		log_put(lc, LOG_LEVEL_WARNING, "worker-words-dropped", LOG_NUM("lines", w->dropped));
	w->second = now;
	w->lines = w->dropped = 0;
}

static void
end_line(struct words *w, struct log_ctx lc)
{
	int64_t now = clock_mono_ms() / SECOND_MS;

	if (now != w->second)
		next_second(w, lc, now);
	if (w->n > 0 && w->lines < WORDS_RATE) {
		w->lines++;
		log_put(lc, LOG_LEVEL_WARNING, "worker-says", LOG_STR("text", ((struct str){ w->line, w->n })));
	} else {
		w->dropped += w->n > 0;
	}
	w->n = 0;
}

void
words_read(struct words *w, struct log_ctx lc)
{
	char bytes[READ_BYTES];
	ssize_t n = read(w->in, bytes, sizeof(bytes));

	for (ssize_t i = 0; i < n; i++) {
		if (bytes[i] == '\n' || w->n == WORDS_LINE)
			end_line(w, lc);
		if (bytes[i] != '\n')
			w->line[w->n++] = bytes[i];
	}
}
