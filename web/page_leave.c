/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* page_leave.c - on the way, after the warning */
#include "web/page.h"

const struct page page_leave = {
	.name = "leave",
	.status = 200,
	.title = N_("On the way"),
	.lead = N_("If nothing happens, open the address below."),
	.shows_link = true,
};
