/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "consent.h"

#include <stdio.h>
#include <sysexits.h>
#include <unistd.h>

#include "notice.h"

int
consent(const char *deed, bool yes)
{
	int c, first;

	if (yes)
		return 0;
	if (!isatty(STDIN_FILENO)) {
		notice("%s? Say so with --yes, or look first with --check", deed);
		return EX_USAGE;
	}
	fprintf(stderr, "%s? [y/N] ", deed);
	first = c = getchar();
	while (c != '\n' && c != EOF)
		c = getchar();
	if (first == 'y' || first == 'Y')
		return 0;
	notice("nothing was done");
	return EX_TEMPFAIL;
}
