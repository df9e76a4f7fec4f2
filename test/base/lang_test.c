/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "base/lang.h"

#include "test.h"
#include "web/page.h"

static void
choose(void)
{
	static const struct {
		const char *accept, *want;
	} cases[] = {
		{ "", "en" },
		{ "ja", "ja" },
		{ "JA-jp", "ja" },
		{ "ja-JP,ja;q=0.9,en-US;q=0.8,en;q=0.7", "ja" },
		{ "en-US,en;q=0.9,ja;q=0.8", "en" },
		{ "de, fr;q=0.9, ja;q=0.1", "ja" },
		{ "de", "en" },
		{ "*", "en" },
		{ "ja;q=0", "en" },
		{ "ja;q=0.000, en;q=0.001", "en" },
		{ "ja;q=0.5,en;q=0.55", "en" },
		{ "ja;q=1.0,en;q=0.9", "ja" },
		{ "java", "en" },
		{ ";;;,,,=", "en" },
		{ "ja;q=x", "en" },
		{ "ja ; q=0.7 , en;q=0.6", "ja" },
		{ "xx,xx,xx,xx,xx,xx,xx,xx,xx,xx,xx,xx,xx,xx,xx,xx,xx,xx,xx,xx,xx,xx,xx,xx,xx,xx,xx,xx,xx,xx,xx,xx,ja", "en" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		test_str(str_of(lang_choose(str_of(cases[i].accept)).name), str_of(cases[i].want), cases[i].accept);
}

static void
texts(void)
{
	struct lang en = lang_choose(STR("en")), ja = lang_choose(STR("ja"));

	test_str(lang_text(&en, "Reference"), STR("Reference"), "English");
	test_str(lang_text(&ja, "Reference"), STR("\xe7\x85\xa7\xe4\xbc\x9a\xe7\x95\xaa\xe5\x8f\xb7"), "Japanese");
	test_str(lang_text(&ja, "no such text"), STR("no such text"), "a text without translation");
	test_str(lang_text(&ja, ""), STR(""), "no text is not the header of the file");
	test_int((int64_t)lang_text(&ja, NULL).n, 0, "none at all");
	for (const struct page *const *p = pages; *p; p++) {
		test_ok(!str_eq(lang_text(&ja, (*p)->title), str_of((*p)->title)), (*p)->name);
		test_ok(!str_eq(lang_text(&ja, (*p)->lead), str_of((*p)->lead)), (*p)->lead);
	}
}

/* A damaged file gives the English text, and nothing is read beyond it. */
static void
damaged(void)
{
	struct lang ja = lang_choose(STR("ja")), cut = ja;
	size_t wrong = 0;
	char bytes[64];

	for (size_t n = 0; n < ja.mo.n; n += 7) {
		cut.mo = str_upto(ja.mo, n);
		wrong += lang_text(&cut, "Reference").n == 0;
	}
	test_int((int64_t)wrong, 0, "cut at any place");
	memcpy(bytes, ja.mo.p, 28);
	memset(bytes + 12, 0xff, 16);
	cut.mo = (struct str){ bytes, 28 };
	test_str(lang_text(&cut, "Reference"), STR("Reference"), "tables beyond the end");
}

int
main(void)
{
	choose();
	texts();
	damaged();
	return test_done();
}
