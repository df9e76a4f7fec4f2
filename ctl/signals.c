/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "signals.h"

#include <signal.h>
#include <stdio.h>

static volatile sig_atomic_t caught;

static void
on_signal(int sig)
{
	caught = sig;
}

void
signals_watch(void)
{
	struct sigaction sa = { .sa_handler = on_signal };

	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGHUP, &sa, NULL);
}

int
signals_caught(void)
{
	return caught;
}

void
signals_die(void)
{
	if (!caught)
		return;
	fflush(stdout);
	signal(caught, SIG_DFL);
	raise(caught);
}
