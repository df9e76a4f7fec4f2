/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* mta.h - what hangs on a libmilter connection
 *
 * Input    none
 * Units    none
 * Limits   none
 * Memory   made at negotiation, freed at close
 * Errors   none
 * Threads  as the connection
 * Source   smfi_setpriv
 */
#ifndef MILTER_MTA_H
#define MILTER_MTA_H

#include "gate/session.h"

struct mta {
	struct gate_session *session;	/* NULL: refused at connect */
	unsigned long steps;		/* as negotiated */
	bool delrcpt;			/* recipients may be taken out */
};

#endif
