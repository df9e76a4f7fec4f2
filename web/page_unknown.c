/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* page_unknown.c - not a link of ours */
#include "web/page.h"

const struct page page_unknown = {
	.name = "unknown",
	.status = 404,
	.title = N_("This link is not valid"),
	.lead = N_("It is not one that was made here, or not all of it arrived. Long links are cut by some "
	    "programs: open the message again and click there."),
	.asks = true,
};
