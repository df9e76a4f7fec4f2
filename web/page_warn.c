/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* page_warn.c - think before you go on */
#include "web/page.h"

const struct page page_warn = {
	.name = "warn",
	.status = 200,
	.title = N_("Do you want to go there?"),
	.lead = N_("This link was checked just now. Look at the name below: is it the one you expect? If you were "
	    "not expecting this message, it is safer to stay away."),
	.button = N_("Go on to this website"),
	.shows_link = true,
	.asks = true,
};
