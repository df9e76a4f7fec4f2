/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "milter/thread.h"

#include <pthread.h>
#include <signal.h>

void
thread_defaults(void)
{
	pthread_attr_t attr;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, THREAD_STACK);
	pthread_setattr_default_np(&attr);
	pthread_attr_destroy(&attr);
}

enum rc
thread_start(void *(*run)(void *), void *arg)
{
	pthread_t thread;
	sigset_t all, old;
	int error;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	error = pthread_create(&thread, NULL, run, arg);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (error != 0)
		return RC_TEMP;
	pthread_detach(thread);
	return RC_OK;
}
