/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "base/clock.h"

#include <limits.h>
#include <time.h>

static int64_t
now_us(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

int64_t clock_mono_us(void) { return now_us(CLOCK_MONOTONIC); }
int64_t clock_mono_ms(void) { return now_us(CLOCK_MONOTONIC) / 1000; }
int64_t clock_wall_ms(void) { return now_us(CLOCK_REALTIME) / 1000; }

int
clock_left_ms(int64_t deadline_ms)
{
	int64_t left = deadline_ms - clock_mono_ms();

	if (left <= 0)
		return 0;
	return left > INT_MAX ? INT_MAX : (int)left;
}
