/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* page_later.c - the ledger or the mail server does not answer */
#include "web/page.h"

const struct page page_later = {
	.name = "later",
	.status = 503,
	.title = N_("That did not work just now"),
	.lead = N_("Nothing is lost. Please wait a few minutes, then open the link in the notice again."),
	.asks = true,
};
