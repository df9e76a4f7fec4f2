/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* page_held.c - too many clicks */
#include "web/page.h"

const struct page page_held = {
	.name = "held",
	.status = 429,
	.title = N_("One moment, please"),
	.lead = N_("This link is being opened very often just now. Wait a few seconds, then try again."),
};
