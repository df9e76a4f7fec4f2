/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* page_wrong.c - a request that is none */
#include "web/page.h"

const struct page page_wrong = {
	.name = "wrong",
	.status = 400,
	.title = N_("That did not work"),
	.lead = N_("Your browser sent something that could not be understood."),
};
