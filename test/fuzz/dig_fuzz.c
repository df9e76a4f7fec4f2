/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Any bytes as a page with files inside, a mail in a file, winmail.dat, XML with entities and
 * BinHex: as the type they have, and as each type that would be looked into. */
#include "engine/dig_kit.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void
dig_as(const struct filetype *type, struct str in)
{
	static const struct dig_kind *const kinds[] = { &dig_html, &dig_mail, &dig_tnef, &dig_xml, &dig_binhex };
	struct dig_content c = { .bytes = in, .type = type };

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct dig_kit k;

		dig_kit_init(&k, NULL, 0);
		if (kinds[i]->wants(&k.site, &c))
			(void)dig_kit_run(&k, kinds[i], &c);
		dig_kit_clear(&k);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const struct filetype types[] = {
		{ "text/html", "html", FILETYPE_HTML }, { "message/rfc822", "eml", FILETYPE_MAIL },
		{ "application/pdf", "pdf", FILETYPE_PDF }, { "text/xml", "xml", FILETYPE_TEXT },
		{ "text/plain", "text", FILETYPE_TEXT },
	};
	struct str in = { (const char *)data, n };

	dig_as(filetype_of(in), in);
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		dig_as(&types[i], in);
	return 0;
}
