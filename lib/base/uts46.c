/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "base/uts46.h"

#include <unicode/uidna.h>
#include <unicode/uscript.h>

#include "base/utf8.h"

/* URL Standard 3.3: CheckHyphens and VerifyDnsLength are false. */
enum {
	TOLERATED = UIDNA_ERROR_EMPTY_LABEL | UIDNA_ERROR_LABEL_TOO_LONG | UIDNA_ERROR_DOMAIN_NAME_TOO_LONG |
	    UIDNA_ERROR_LEADING_HYPHEN | UIDNA_ERROR_TRAILING_HYPHEN | UIDNA_ERROR_HYPHEN_3_4,
	/* A letter of UTF-8 may become several of Punycode, and some are mapped to words. */
	GROWTH = 20,
	MANY = 8		/* scripts in one label that are told apart */
};

/* What UTS 46 changed with Unicode 15.1 and 16: browsers follow, the ICU of a distribution is older. Zero: dropped.
 * Newer ICU does the same itself. */
static uint32_t
as_of_now(uint32_t cp)
{
	if (cp == 0x180e || (cp >= 0x2061 && cp <= 0x2064) || (cp >= 0x206a && cp <= 0x206f))
		return 0;
	if (cp == 0x115f || cp == 0x1160 || cp == 0x3164 || cp == 0xffa0 || cp == 0x17b4 || cp == 0x17b5)
		return 0;			/* Hangul fillers, Khmer vowels that are not seen */
	if (cp == 0x1e9e)
		return 0xdf;			/* capital sharp s, formerly "ss" */
	if (cp == 0x04c0)
		return 0x04cf;
	if (cp >= 0x10a0 && cp <= 0x10c5)
		return cp - 0x10a0 + 0x2d00;	/* Georgian capitals */
	if (cp == 0x2132 || cp == 0x2183)
		return cp == 0x2132 ? 0x214e : 0x2184;
	return cp;
}

static struct str
modern(struct pool *pool, struct str in)
{
	char *out = pool_alloc(pool, in.n + 1);		/* no row is longer than what it replaces */
	size_t n = 0;

	for (size_t at = 0; at < in.n;) {
		uint32_t cp = utf8_next(in, &at), now = as_of_now(cp);

		if (now || cp == 0)
			n += utf8_put(out + n, now);
	}
	return (struct str){ out, n };
}

typedef int32_t convert_fn(const UIDNA *, const char *, int32_t, char *, int32_t, UIDNAInfo *, UErrorCode *);

static struct str
convert(struct pool *pool, struct str in, convert_fn *fn, uint32_t tolerated)
{
	UErrorCode err = U_ZERO_ERROR;
	UIDNAInfo info = UIDNA_INFO_INITIALIZER;
	const int32_t max = UTS46_BYTES * GROWTH;
	UIDNA *u;
	struct str out = STR_NONE;
	char *to;
	int32_t n;

	if (in.n == 0 || in.n > UTS46_BYTES)
		return STR_NONE;
	u = uidna_openUTS46(UIDNA_CHECK_BIDI | UIDNA_CHECK_CONTEXTJ | UIDNA_NONTRANSITIONAL_TO_ASCII |
	    UIDNA_NONTRANSITIONAL_TO_UNICODE, &err);
	if (U_FAILURE(err))
		return STR_NONE;
	to = pool_alloc(pool, in.n * GROWTH + 16);
	n = fn(u, in.p, (int32_t)in.n, to, (int32_t)(in.n * GROWTH), &info, &err);
	if (!U_FAILURE(err) && n > 0 && n <= max && !(info.errors & ~tolerated))
		out = (struct str){ to, (size_t)n };
	uidna_close(u);
	return out;
}

struct str
uts46_ascii(struct pool *pool, struct str host)
{
	/* URL Standard 3.3: an ASCII host is only put in lower case, whatever its Punycode says. */
	if (utf8_ascii_run(host, 0) == host.n)
		return pool_lower(pool, host);
	if (host.n > UTS46_BYTES || !utf8_is_valid(host))
		return STR_NONE;
	host = modern(pool, host);
	return convert(pool, host, uidna_nameToASCII_UTF8, TOLERATED);
}

struct str
uts46_unicode(struct pool *pool, struct str host)
{
	struct str out;

	if (str_find_nocase(host, STR("xn--")) == STR_NPOS && utf8_ascii_run(host, 0) == host.n)
		return pool_lower(pool, host);
	if (!utf8_is_valid(host))
		return host;
	/* Whatever is wrong with a label, people are shown something. */
	out = convert(pool, host, uidna_nameToUnicodeUTF8, UINT32_MAX);
	return out.n ? out : host;
}

struct scripts {
	UScriptCode of[MANY];
	size_t n;
};

static bool
has(const struct scripts *s, UScriptCode code)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->of[i] == code)
			return true;
	return false;
}

static void
see(struct scripts *s, uint32_t cp)
{
	UErrorCode err = U_ZERO_ERROR;
	UScriptCode code = uscript_getScript((UChar32)cp, &err);

	if (U_FAILURE(err) || code == USCRIPT_COMMON || code == USCRIPT_INHERITED || has(s, code) || s->n == MANY)
		return;
	s->of[s->n++] = code;
}

/* UTS 39 5.2, "highly restrictive": one script, or Latin with what Japanese, Chinese and Korean are written in. */
static bool
is_mixed(const struct scripts *s)
{
	bool kana = has(s, USCRIPT_HIRAGANA) || has(s, USCRIPT_KATAKANA);
	size_t east = (size_t)has(s, USCRIPT_HIRAGANA) + has(s, USCRIPT_KATAKANA) + has(s, USCRIPT_HAN) +
	    has(s, USCRIPT_HANGUL) + has(s, USCRIPT_BOPOMOFO);

	if (s->n <= 1)
		return false;
	if (east + has(s, USCRIPT_LATIN) != s->n)
		return true;
	return (size_t)kana + has(s, USCRIPT_HANGUL) + has(s, USCRIPT_BOPOMOFO) > 1;
}

bool
uts46_mixed(struct str host)
{
	struct scripts s = { .n = 0 };

	for (size_t at = 0; at < host.n;) {
		uint32_t cp = utf8_next(host, &at);

		if (cp == UTF8_BAD)
			continue;
		if (cp == '.') {
			if (is_mixed(&s))
				return true;
			s.n = 0;
			continue;
		}
		see(&s, cp);
	}
	return is_mixed(&s);
}
