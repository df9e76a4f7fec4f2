/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "scan/scan.h"

const char *
phase_name(enum phase p)
{
	static const char *const names[PHASE_N] = { "CONNECT", "HELO", "MAIL", "RCPT", "MESSAGE", "LOOKUP" };

	return names[p];
}

const char *
place_name(enum place p)
{
	switch (p) {
	case PLACE_GATE: return "gate";
	case PLACE_WORKER: return "worker";
	}
	return "?";
}
