/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* page_mail.c - what a link of a digest leads to */
#include "web/page.h"

const struct page page_mail = {
	.name = "mail",
	.status = 200,
	.title = N_("This mail was held"),
	.lead = N_("It did not reach you. Release it only if you know the sender and expect it."),
	.asks = true,
};
