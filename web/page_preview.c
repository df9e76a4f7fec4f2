/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* page_preview.c - where a link leads, without going there */
#include "web/page.h"

const struct page page_preview = {
	.name = "preview",
	.status = 200,
	.title = N_("Where this link leads"),
	.lead = N_("Nothing was opened. This is the address behind the link, and what is thought of it just now."),
	.button = N_("Open the link"),
	.shows_link = true,
};
