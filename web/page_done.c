/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* page_done.c - somebody has decided already */
#include "web/page.h"

const struct page page_done = {
	.name = "done",
	.status = 200,
	.title = N_("This mail was held before"),
	.lead = N_("Nothing is left to do."),
	.asks = true,
};
