/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "base/idna.h"

#include <idn2.h>

#include "base/utf8.h"

struct str
idna_ascii(struct pool *pool, struct str domain)
{
	const int flags = IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL;
	char in[IDNA_BYTES + 1];
	char *out = NULL;
	struct str ascii;

	if (utf8_ascii_run(domain, 0) == domain.n)
		return domain;
	if (domain.n > IDNA_BYTES || !utf8_is_valid(domain) || memchr(domain.p, '\0', domain.n))
		return STR_NONE;
	memcpy(in, domain.p, domain.n);
	in[domain.n] = '\0';
	if (idn2_to_ascii_8z(in, &out, flags) != IDN2_OK)
		return STR_NONE;
	ascii = pool_str(pool, str_of(out));
	idn2_free(out);
	return ascii;
}

struct str
idna_unicode(struct pool *pool, struct str domain)
{
	char in[IDNA_BYTES + 1];
	char *out = NULL;
	struct str text = domain;

	if (domain.n > IDNA_BYTES || str_find_nocase(domain, STR("xn--")) == STR_NPOS || memchr(domain.p, '\0', domain.n))
		return domain;
	memcpy(in, domain.p, domain.n);
	in[domain.n] = '\0';
	if (idn2_to_unicode_8z8z(in, &out, 0) == IDN2_OK)
		text = pool_str(pool, str_of(out));
	idn2_free(out);
	return text;
}
