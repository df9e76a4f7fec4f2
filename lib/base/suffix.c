/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "base/suffix.h"

#include <libpsl.h>
#include <stdlib.h>

#include "base/ascii.h"

struct suffixes {
	psl_ctx_t *list;
};

struct suffixes *
suffixes_new(void)
{
	struct suffixes *s = calloc(1, sizeof(*s));

	if (!s || !(s->list = psl_latest(NULL)))
		abort();		/* out of memory: there is always the list that is built in */
	return s;
}

void
suffixes_free(struct suffixes **at)
{
	struct suffixes *s = *at;

	*at = NULL;
	if (!s)
		return;
	psl_free(s->list);
	free(s);
}

struct str
suffixes_registered(const struct suffixes *s, struct str domain)
{
	char name[SUFFIX_NAME + 1];
	const char *found;

	if (domain.n == 0 || domain.n > SUFFIX_NAME || str_chr(domain, '\0') != STR_NPOS)
		return STR_NONE;
	for (size_t i = 0; i < domain.n; i++)
		name[i] = (char)ascii_lower((unsigned char)domain.p[i]);
	name[domain.n] = '\0';
	found = psl_registrable_domain(s ? s->list : psl_builtin(), name);
	return found ? str_from(domain, (size_t)(found - name)) : STR_NONE;
}
