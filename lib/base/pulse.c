/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "base/pulse.h"

void
pulse_start(struct pulse *p, int64_t now_ms)
{
	*p = (struct pulse){ .ask_at = now_ms + PULSE_ASK_MS, .looked = now_ms };
}

enum pulse_news
pulse_look(struct pulse *p, int64_t limit_ms, int64_t now_ms)
{
	int64_t away = now_ms - p->looked;

	p->looked = now_ms;
	if (p->ask_at == 0)
		return PULSE_WELL;
	if (p->since == 0) {
		if (now_ms < p->ask_at)
			return PULSE_WELL;
		p->since = now_ms;
		return PULSE_ASK;
	}
	if (away > PULSE_AWAY_MS)
		p->since += away;
	if (now_ms - p->since < limit_ms)
		return PULSE_WELL;
	*p = (struct pulse){ .ask_at = 0 };
	return PULSE_HUNG;
}

void
pulse_answer(struct pulse *p, int64_t now_ms)
{
	if (p->since == 0)
		return;
	p->since = 0;
	p->ask_at = now_ms + PULSE_ASK_MS;
}
