/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* page_gone.c - too late */
#include "web/page.h"

const struct page page_gone = {
	.name = "gone",
	.status = 410,
	.title = N_("This mail is no longer there"),
	.lead = N_("Mail is held for a limited time, and this time is over."),
	.asks = true,
};
