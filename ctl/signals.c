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

/* What was ignored stays ignored: nohup, jobs in the background. */
static void
watch(int sig)
{
	struct sigaction sa = { .sa_handler = on_signal }, before;

	if (sigaction(sig, NULL, &before) == 0 && before.sa_handler != SIG_IGN)
		sigaction(sig, &sa, NULL);
}

void
signals_watch(void)
{
	watch(SIGINT);
	watch(SIGTERM);
	watch(SIGHUP);
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
