/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* confusables - write lib/link/confusables.list from the data of ICU
 *
 *   cc -o confusables contrib/confusables.c $(pkg-config --cflags --libs icu-i18n icu-uc) && ./confusables
 *
 * Of each character that a host may have (UTS 46): the skeleton of UTS 39, without accents and in lower case, where it is
 * ASCII or one character of kana or kanji. Needed only when Unicode has new characters: the list is kept. */
#include <stdio.h>
#include <string.h>
#include <unicode/uchar.h>
#include <unicode/uidna.h>
#include <unicode/uscript.h>
#include <unicode/uspoof.h>
#include <unicode/ustring.h>

enum { MANY = 32, BYTES = 8 };

/* Is it one that URLs keep as it is? */
static int
stays(const UIDNA *idna, UChar32 c, const UChar *text, int32_t n)
{
	UChar out[MANY];
	UIDNAInfo info = UIDNA_INFO_INITIALIZER;
	UErrorCode err = U_ZERO_ERROR;
	int32_t len = uidna_labelToUnicode(idna, text, n, out, MANY, &info, &err);
	const uint32_t harmless = UIDNA_ERROR_LEADING_COMBINING_MARK | UIDNA_ERROR_BIDI | UIDNA_ERROR_CONTEXTJ;

	(void)c;
	return U_SUCCESS(err) && !(info.errors & ~harmless) && len == n && u_memcmp(out, text, n) == 0;
}

static int
is_cjk(UChar32 c)
{
	UErrorCode err = U_ZERO_ERROR;
	UScriptCode s = uscript_getScript(c, &err);

	return s == USCRIPT_HIRAGANA || s == USCRIPT_KATAKANA || s == USCRIPT_HAN || c == 0x30fc;
}

int
main(void)
{
	UErrorCode err = U_ZERO_ERROR;
	USpoofChecker *spoof = uspoof_open(&err);
	UIDNA *idna = uidna_openUTS46(UIDNA_NONTRANSITIONAL_TO_UNICODE, &err);

	if (U_FAILURE(err))
		return 1;
	printf("/* CONFUSABLE(character, what it looks like). Made by contrib/confusables.c from Unicode %s, confusables.txt of\n"
	    " * UTS 39: Copyright (c) Unicode, Inc., Unicode License v3 (https://www.unicode.org/license.txt). */\n",
	    U_UNICODE_VERSION);
	for (UChar32 c = 0x80; c < 0x110000; c++) {
		UChar in[2], out[MANY];
		char as[BYTES];
		int32_t n = 0, len, at = 0, size = 0, chars = 0, ascii = 1;
		UChar32 one = 0;

		if (U_IS_SURROGATE(c) || u_charType(c) == U_UNASSIGNED || u_charType(c) == U_PRIVATE_USE_CHAR)
			continue;
		U16_APPEND_UNSAFE(in, n, c);
		err = U_ZERO_ERROR;
		len = uspoof_getSkeleton(spoof, 0, in, n, out, MANY, &err);
		if (U_FAILURE(err) || !stays(idna, c, in, n))
			continue;
		while (at < len) {
			UChar32 x;

			U16_NEXT(out, at, len, x);
			if (u_getCombiningClass(x) != 0 && x < 0x3000)
				continue;
			x = u_tolower(x);
			if (size + U8_LENGTH(x) >= BYTES)
				goto next;
			U8_APPEND_UNSAFE(as, size, x);
			ascii &= x < 0x80 && u_isalnum(x);
			one = x;
			chars++;
		}
		as[size] = 0;
		if (chars && one != c && (ascii || (chars == 1 && is_cjk(c) && is_cjk(one))))
			printf("CONFUSABLE(0x%04x, \"%s\")\n", (unsigned)c, as);
next:		;
	}
	uidna_close(idna);
	uspoof_close(spoof);
	return 0;
}
