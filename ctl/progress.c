/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "progress.h"

#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"

void
progress_start(struct progress *p, size_t total)
{
	*p = (struct progress){ .on = isatty(STDERR_FILENO), .total = total, .start_ms = clock_mono_ms() };
}

void
progress_show(struct progress *p)
{
	int64_t now = clock_mono_ms(), ran = now - p->start_ms;
	double rate, left;

	if (!p->on || p->total == 1 || ran < PROGRESS_AFTER_MS || now - p->last_ms < PROGRESS_EVERY_MS)
		return;
	p->last_ms = now;
	p->shown = true;
	rate = (double)p->done * 1000 / (double)ran;
	left = rate > 0 ? (double)(p->total - p->done) / rate : 0;
	if (p->total > 0)
		fprintf(stderr, "\r%zu/%zu  %zu %%  %.0f/s", p->done, p->total, p->done * 100 / p->total, rate);
	else
		fprintf(stderr, "\r%zu  %.0f/s", p->done, rate);
	if (p->done > 0 && p->total > 0)
		fprintf(stderr, "  %d:%02d left", (int)left / 60, (int)left % 60);
	fputs("\033[K", stderr);
	fflush(stderr);
}

void
progress_erase(struct progress *p)
{
	if (!p->shown)
		return;
	fputs("\r\033[K", stderr);
	fflush(stderr);
	p->shown = false;
}
