/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* page_blocked.c - no further */
#include "web/page.h"

const struct page page_blocked = {
	.name = "blocked",
	.status = 403,
	.title = N_("This link is blocked"),
	.lead = N_("It leads to a website that is dangerous, or that your organization does not want to be opened. "
	    "You were kept from going there."),
	.shows_link = true,
	.asks = true,
};
