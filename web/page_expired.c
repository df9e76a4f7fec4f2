/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* page_expired.c - a link too old */
#include "web/page.h"

const struct page page_expired = {
	.name = "expired",
	.status = 410,
	.title = N_("This link has expired"),
	.lead = N_("Links in messages work for a limited time only. If you still need it, ask the sender for a new "
	    "one."),
	.shows_link = true,
	.asks = true,
};
