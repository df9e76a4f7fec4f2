/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Character references: numeric ones, those of HTML 4, and of HTML 5 those that mail uses
 * or hides behind (colon, sol, period, Tab, NewLine, ZeroWidthSpace ...). */
#include <stdlib.h>

#include "base/ascii.h"
#include "base/utf8.h"
#include "message/charset_unicode.h"
#include "message/html.h"

enum { NAME_MAX_BYTES = 24, BARE_MAX_BYTES = 6 };	/* of the names below */

/* WHATWG HTML 13.5, sorted by name. bare: browsers take it without ';' too. */
static const struct name {
	const char *name;
	uint16_t cp;
	bool bare;
} names[] = {
	{ "AElig", 0xc6, true }, { "AMP", 0x26, true }, { "Aacute", 0xc1, true },
	{ "Abreve", 0x102, false }, { "Acirc", 0xc2, true }, { "Acy", 0x410, false },
	{ "Agrave", 0xc0, true }, { "Alpha", 0x391, false }, { "Amacr", 0x100, false },
	{ "Aogon", 0x104, false }, { "ApplyFunction", 0x2061, false }, { "Aring", 0xc5, true },
	{ "Atilde", 0xc3, true }, { "Auml", 0xc4, true }, { "Bcy", 0x411, false },
	{ "Beta", 0x392, false }, { "COPY", 0xa9, true }, { "Cacute", 0x106, false },
	{ "Ccaron", 0x10c, false }, { "Ccedil", 0xc7, true }, { "Chi", 0x3a7, false },
	{ "CloseCurlyDoubleQuote", 0x201d, false }, { "CloseCurlyQuote", 0x2019, false },
	{ "Dagger", 0x2021, false }, { "Dcaron", 0x10e, false }, { "Delta", 0x394, false },
	{ "DiacriticalGrave", 0x60, false }, { "Dot", 0xa8, false }, { "Dstrok", 0x110, false },
	{ "ETH", 0xd0, true }, { "Eacute", 0xc9, true }, { "Ecaron", 0x11a, false },
	{ "Ecirc", 0xca, true }, { "Ecy", 0x42d, false }, { "Egrave", 0xc8, true },
	{ "Emacr", 0x112, false }, { "Eogon", 0x118, false }, { "Epsilon", 0x395, false },
	{ "Eta", 0x397, false }, { "Euml", 0xcb, true }, { "GT", 0x3e, true }, { "Gamma", 0x393, false },
	{ "Gbreve", 0x11e, false }, { "Hat", 0x5e, false }, { "IEcy", 0x415, false },
	{ "Iacute", 0xcd, true }, { "Icirc", 0xce, true }, { "Idot", 0x130, false },
	{ "Igrave", 0xcc, true }, { "InvisibleComma", 0x2063, false },
	{ "InvisibleTimes", 0x2062, false }, { "Iota", 0x399, false }, { "Iuml", 0xcf, true },
	{ "KHcy", 0x425, false }, { "Kappa", 0x39a, false }, { "Kcy", 0x41a, false },
	{ "LT", 0x3c, true }, { "Lambda", 0x39b, false }, { "Lstrok", 0x141, false },
	{ "Mcy", 0x41c, false }, { "MediumSpace", 0x205f, false }, { "Mu", 0x39c, false },
	{ "Nacute", 0x143, false }, { "Ncaron", 0x147, false }, { "Ncy", 0x41d, false },
	{ "NewLine", 0xa, false }, { "NoBreak", 0x2060, false }, { "NonBreakingSpace", 0xa0, false },
	{ "Ntilde", 0xd1, true }, { "Nu", 0x39d, false }, { "OElig", 0x152, false },
	{ "Oacute", 0xd3, true }, { "Ocirc", 0xd4, true }, { "Ocy", 0x41e, false },
	{ "Odblac", 0x150, false }, { "Ograve", 0xd2, true }, { "Omega", 0x3a9, false },
	{ "Omicron", 0x39f, false }, { "OpenCurlyDoubleQuote", 0x201c, false },
	{ "OpenCurlyQuote", 0x2018, false }, { "Oslash", 0xd8, true }, { "Otilde", 0xd5, true },
	{ "Ouml", 0xd6, true }, { "Pcy", 0x41f, false }, { "Phi", 0x3a6, false }, { "Pi", 0x3a0, false },
	{ "Prime", 0x2033, false }, { "Psi", 0x3a8, false }, { "QUOT", 0x22, true },
	{ "REG", 0xae, true }, { "Rcaron", 0x158, false }, { "Rho", 0x3a1, false },
	{ "Sacute", 0x15a, false }, { "Scaron", 0x160, false }, { "Scedil", 0x15e, false },
	{ "Scy", 0x421, false }, { "Sigma", 0x3a3, false }, { "THORN", 0xde, true },
	{ "TRADE", 0x2122, false }, { "Tab", 0x9, false }, { "Tau", 0x3a4, false },
	{ "Tcaron", 0x164, false }, { "Tcy", 0x422, false }, { "Theta", 0x398, false },
	{ "Uacute", 0xda, true }, { "Ucirc", 0xdb, true }, { "Ucy", 0x423, false },
	{ "Udblac", 0x170, false }, { "Ugrave", 0xd9, true }, { "UnderBar", 0x5f, false },
	{ "Upsilon", 0x3a5, false }, { "Uring", 0x16e, false }, { "Uuml", 0xdc, true },
	{ "Xi", 0x39e, false }, { "Yacute", 0xdd, true }, { "Yuml", 0x178, false },
	{ "Zacute", 0x179, false }, { "Zcaron", 0x17d, false }, { "Zdot", 0x17b, false },
	{ "ZeroWidthSpace", 0x200b, false }, { "Zeta", 0x396, false }, { "aacute", 0xe1, true },
	{ "abreve", 0x103, false }, { "acirc", 0xe2, true }, { "acute", 0xb4, true },
	{ "acy", 0x430, false }, { "aelig", 0xe6, true }, { "agrave", 0xe0, true },
	{ "alefsym", 0x2135, false }, { "alpha", 0x3b1, false }, { "amacr", 0x101, false },
	{ "amp", 0x26, true }, { "and", 0x2227, false }, { "ang", 0x2220, false },
	{ "aogon", 0x105, false }, { "apos", 0x27, false }, { "aring", 0xe5, true },
	{ "ast", 0x2a, false }, { "asymp", 0x2248, false }, { "atilde", 0xe3, true },
	{ "auml", 0xe4, true }, { "bcy", 0x431, false }, { "bdquo", 0x201e, false },
	{ "beta", 0x3b2, false }, { "blk12", 0x2592, false }, { "blk14", 0x2591, false },
	{ "blk34", 0x2593, false }, { "block", 0x2588, false }, { "boxh", 0x2500, false },
	{ "boxv", 0x2502, false }, { "breve", 0x2d8, false }, { "brvbar", 0xa6, true },
	{ "bsol", 0x5c, false }, { "bull", 0x2022, false }, { "cacute", 0x107, false },
	{ "cap", 0x2229, false }, { "caron", 0x2c7, false }, { "ccaron", 0x10d, false },
	{ "ccedil", 0xe7, true }, { "cedil", 0xb8, true }, { "cent", 0xa2, true },
	{ "chcy", 0x447, false }, { "check", 0x2713, false }, { "chi", 0x3c7, false },
	{ "circ", 0x2c6, false }, { "clubs", 0x2663, false }, { "colon", 0x3a, false },
	{ "comma", 0x2c, false }, { "commat", 0x40, false }, { "cong", 0x2245, false },
	{ "copy", 0xa9, true }, { "crarr", 0x21b5, false }, { "cross", 0x2717, false },
	{ "ctdot", 0x22ef, false }, { "cup", 0x222a, false }, { "curren", 0xa4, true },
	{ "dArr", 0x21d3, false }, { "dagger", 0x2020, false }, { "darr", 0x2193, false },
	{ "dash", 0x2010, false }, { "dblac", 0x2dd, false }, { "dcaron", 0x10f, false },
	{ "dcy", 0x434, false }, { "deg", 0xb0, true }, { "delta", 0x3b4, false },
	{ "diams", 0x2666, false }, { "divide", 0xf7, true }, { "dollar", 0x24, false },
	{ "dot", 0x2d9, false }, { "dstrok", 0x111, false }, { "dtri", 0x25bf, false },
	{ "dtrif", 0x25be, false }, { "eacute", 0xe9, true }, { "ecaron", 0x11b, false },
	{ "ecirc", 0xea, true }, { "ecy", 0x44d, false }, { "egrave", 0xe8, true },
	{ "emacr", 0x113, false }, { "empty", 0x2205, false }, { "emsp", 0x2003, false },
	{ "emsp13", 0x2004, false }, { "emsp14", 0x2005, false }, { "ensp", 0x2002, false },
	{ "eogon", 0x119, false }, { "epsilon", 0x3b5, false }, { "equals", 0x3d, false },
	{ "equiv", 0x2261, false }, { "eta", 0x3b7, false }, { "eth", 0xf0, true },
	{ "euml", 0xeb, true }, { "euro", 0x20ac, false }, { "excl", 0x21, false },
	{ "exist", 0x2203, false }, { "fcy", 0x444, false }, { "female", 0x2640, false },
	{ "fnof", 0x192, false }, { "forall", 0x2200, false }, { "frac12", 0xbd, true },
	{ "frac14", 0xbc, true }, { "frac34", 0xbe, true }, { "frasl", 0x2044, false },
	{ "gamma", 0x3b3, false }, { "gbreve", 0x11f, false }, { "gcy", 0x433, false },
	{ "ge", 0x2265, false }, { "grave", 0x60, false }, { "gt", 0x3e, true },
	{ "hArr", 0x21d4, false }, { "hairsp", 0x200a, false }, { "hardcy", 0x44a, false },
	{ "harr", 0x2194, false }, { "hearts", 0x2665, false }, { "hellip", 0x2026, false },
	{ "horbar", 0x2015, false }, { "hyphen", 0x2010, false }, { "iacute", 0xed, true },
	{ "icirc", 0xee, true }, { "icy", 0x438, false }, { "iecy", 0x435, false },
	{ "iexcl", 0xa1, true }, { "igrave", 0xec, true }, { "image", 0x2111, false },
	{ "imath", 0x131, false }, { "infin", 0x221e, false }, { "inodot", 0x131, false },
	{ "int", 0x222b, false }, { "iota", 0x3b9, false }, { "iquest", 0xbf, true },
	{ "isin", 0x2208, false }, { "iuml", 0xef, true }, { "jcy", 0x439, false },
	{ "jsercy", 0x458, false }, { "kappa", 0x3ba, false }, { "kcy", 0x43a, false },
	{ "khcy", 0x445, false }, { "lArr", 0x21d0, false }, { "lambda", 0x3bb, false },
	{ "lang", 0x27e8, false }, { "laquo", 0xab, true }, { "larr", 0x2190, false },
	{ "lbrace", 0x7b, false }, { "lbrack", 0x5b, false }, { "lceil", 0x2308, false },
	{ "lcub", 0x7b, false }, { "lcy", 0x43b, false }, { "ldquo", 0x201c, false },
	{ "ldquor", 0x201e, false }, { "le", 0x2264, false }, { "lfloor", 0x230a, false },
	{ "lhblk", 0x2584, false }, { "lowast", 0x2217, false }, { "lowbar", 0x5f, false },
	{ "loz", 0x25ca, false }, { "lpar", 0x28, false }, { "lrm", 0x200e, false },
	{ "lsaquo", 0x2039, false }, { "lsqb", 0x5b, false }, { "lsquo", 0x2018, false },
	{ "lsquor", 0x201a, false }, { "lstrok", 0x142, false }, { "lt", 0x3c, true },
	{ "ltri", 0x25c3, false }, { "ltrif", 0x25c2, false }, { "macr", 0xaf, true },
	{ "male", 0x2642, false }, { "mcy", 0x43c, false }, { "mdash", 0x2014, false },
	{ "micro", 0xb5, true }, { "midast", 0x2a, false }, { "middot", 0xb7, true },
	{ "minus", 0x2212, false }, { "mldr", 0x2026, false }, { "mu", 0x3bc, false },
	{ "nabla", 0x2207, false }, { "nacute", 0x144, false }, { "nbsp", 0xa0, true },
	{ "ncaron", 0x148, false }, { "ncy", 0x43d, false }, { "ndash", 0x2013, false },
	{ "ne", 0x2260, false }, { "ni", 0x220b, false }, { "nldr", 0x2025, false },
	{ "not", 0xac, true }, { "notin", 0x2209, false }, { "nsub", 0x2284, false },
	{ "ntilde", 0xf1, true }, { "nu", 0x3bd, false }, { "num", 0x23, false },
	{ "numsp", 0x2007, false }, { "oacute", 0xf3, true }, { "ocirc", 0xf4, true },
	{ "ocy", 0x43e, false }, { "odblac", 0x151, false }, { "oelig", 0x153, false },
	{ "ogon", 0x2db, false }, { "ograve", 0xf2, true }, { "oline", 0x203e, false },
	{ "omega", 0x3c9, false }, { "omicron", 0x3bf, false }, { "oplus", 0x2295, false },
	{ "or", 0x2228, false }, { "ordf", 0xaa, true }, { "ordm", 0xba, true },
	{ "oslash", 0xf8, true }, { "otilde", 0xf5, true }, { "otimes", 0x2297, false },
	{ "ouml", 0xf6, true }, { "para", 0xb6, true }, { "part", 0x2202, false },
	{ "pcy", 0x43f, false }, { "percnt", 0x25, false }, { "period", 0x2e, false },
	{ "permil", 0x2030, false }, { "perp", 0x22a5, false }, { "phi", 0x3c6, false },
	{ "phone", 0x260e, false }, { "pi", 0x3c0, false }, { "piv", 0x3d6, false },
	{ "plus", 0x2b, false }, { "plusmn", 0xb1, true }, { "pound", 0xa3, true },
	{ "prime", 0x2032, false }, { "prod", 0x220f, false }, { "prop", 0x221d, false },
	{ "psi", 0x3c8, false }, { "puncsp", 0x2008, false }, { "quest", 0x3f, false },
	{ "quot", 0x22, true }, { "rArr", 0x21d2, false }, { "radic", 0x221a, false },
	{ "rang", 0x27e9, false }, { "raquo", 0xbb, true }, { "rarr", 0x2192, false },
	{ "rbrace", 0x7d, false }, { "rbrack", 0x5d, false }, { "rcaron", 0x159, false },
	{ "rceil", 0x2309, false }, { "rcub", 0x7d, false }, { "rcy", 0x440, false },
	{ "rdquo", 0x201d, false }, { "rdquor", 0x201d, false }, { "real", 0x211c, false },
	{ "reg", 0xae, true }, { "rfloor", 0x230b, false }, { "rho", 0x3c1, false },
	{ "ring", 0x2da, false }, { "rlm", 0x200f, false }, { "rpar", 0x29, false },
	{ "rsaquo", 0x203a, false }, { "rsqb", 0x5d, false }, { "rsquo", 0x2019, false },
	{ "rsquor", 0x2019, false }, { "rtri", 0x25b9, false }, { "rtrif", 0x25b8, false },
	{ "sacute", 0x15b, false }, { "sbquo", 0x201a, false }, { "scaron", 0x161, false },
	{ "scedil", 0x15f, false }, { "scy", 0x441, false }, { "sdot", 0x22c5, false },
	{ "sect", 0xa7, true }, { "semi", 0x3b, false }, { "shchcy", 0x449, false },
	{ "shcy", 0x448, false }, { "shy", 0xad, true }, { "sigma", 0x3c3, false },
	{ "sigmaf", 0x3c2, false }, { "sim", 0x223c, false }, { "softcy", 0x44c, false },
	{ "sol", 0x2f, false }, { "spades", 0x2660, false }, { "squ", 0x25a1, false },
	{ "squf", 0x25aa, false }, { "star", 0x2606, false }, { "starf", 0x2605, false },
	{ "sub", 0x2282, false }, { "sube", 0x2286, false }, { "sum", 0x2211, false },
	{ "sup", 0x2283, false }, { "sup1", 0xb9, true }, { "sup2", 0xb2, true }, { "sup3", 0xb3, true },
	{ "supe", 0x2287, false }, { "szlig", 0xdf, true }, { "tau", 0x3c4, false },
	{ "tcaron", 0x165, false }, { "tcy", 0x442, false }, { "there4", 0x2234, false },
	{ "theta", 0x3b8, false }, { "thetasym", 0x3d1, false }, { "thinsp", 0x2009, false },
	{ "thorn", 0xfe, true }, { "tilde", 0x2dc, false }, { "times", 0xd7, true },
	{ "trade", 0x2122, false }, { "tscy", 0x446, false }, { "uArr", 0x21d1, false },
	{ "uacute", 0xfa, true }, { "uarr", 0x2191, false }, { "ucirc", 0xfb, true },
	{ "ucy", 0x443, false }, { "udblac", 0x171, false }, { "ugrave", 0xf9, true },
	{ "uhblk", 0x2580, false }, { "uml", 0xa8, true }, { "upsih", 0x3d2, false },
	{ "upsilon", 0x3c5, false }, { "uring", 0x16f, false }, { "utri", 0x25b5, false },
	{ "utrif", 0x25b4, false }, { "uuml", 0xfc, true }, { "vcy", 0x432, false },
	{ "vellip", 0x22ee, false }, { "verbar", 0x7c, false }, { "vert", 0x7c, false },
	{ "weierp", 0x2118, false }, { "xi", 0x3be, false }, { "yacute", 0xfd, true },
	{ "yacy", 0x44f, false }, { "ycy", 0x44b, false }, { "yen", 0xa5, true },
	{ "yucy", 0x44e, false }, { "yuml", 0xff, true }, { "zacute", 0x17a, false },
	{ "zcaron", 0x17e, false }, { "zcy", 0x437, false }, { "zdot", 0x17c, false },
	{ "zeta", 0x3b6, false }, { "zhcy", 0x436, false }, { "zwj", 0x200d, false },
	{ "zwnj", 0x200c, false },
};

enum { NAMES = sizeof(names) / sizeof(names[0]) };

static int
by_name(const void *key, const void *row)
{
	return str_cmp(*(const struct str *)key, str_of(((const struct name *)row)->name));
}

static const struct name *
find(struct str name)
{
	return bsearch(&name, names, NAMES, sizeof(names[0]), by_name);
}

/* "&name;", or the longest bare name at the start. */
static size_t
named(struct str in, bool attr, uint32_t *cp)
{
	const struct name *found;
	size_t n = 1;

	while (n < in.n && n <= NAME_MAX_BYTES && ascii_is_alnum((unsigned char)in.p[n]))
		n++;
	found = find(str_sub(in, 1, n - 1));
	if (found && (n < in.n && in.p[n] == ';')) {
		*cp = found->cp;
		return n + 1;
	}
	/* 13.2.5.73: in an attribute, a name that goes on or assigns is no reference. */
	if (attr && ((n < in.n && in.p[n] == '=') || !found || !found->bare))
		return 0;
	if (n > 1 + BARE_MAX_BYTES)
		n = 1 + BARE_MAX_BYTES;
	for (; n > 2; n--) {
		found = find(str_sub(in, 1, n - 1));
		if (found && found->bare) {
			*cp = found->cp;
			return n;
		}
	}
	return 0;
}

/* "&#38;" "&#x26;", with or without ';'. 13.2.5.80 says what odd numbers become. */
static size_t
numeric(struct str in, uint32_t *cp)
{
	bool hex = in.n > 2 && (in.p[2] == 'x' || in.p[2] == 'X');
	size_t start = hex ? 3 : 2, at = start;
	uint32_t v = 0;

	for (; at < in.n; at++) {
		int digit = ascii_hex((unsigned char)in.p[at]);

		if (digit < 0 || (!hex && digit > 9))
			break;
		v = v > 0x10ffff ? v : v * (hex ? 16 : 10) + (uint32_t)digit;
	}
	if (at == start)
		return 0;
	*cp = v == 0 ? UTF8_REPLACEMENT : charset_c1(v);
	return at < in.n && in.p[at] == ';' ? at + 1 : at;
}

size_t
html_reference(struct str in, bool attr, char utf8[8], size_t *n)
{
	uint32_t cp = 0;
	size_t took = in.n > 1 && in.p[1] == '#' ? numeric(in, &cp) : named(in, attr, &cp);

	*n = took ? utf8_put(utf8, cp) : 0;
	return took;
}

static void
unescape(struct str in, bool attr, struct buf *out)
{
	while (in.n && !out->full) {
		size_t amp = str_chr(in, '&'), n, took;
		char utf8[8];

		buf_add_cut(out, str_upto(in, amp));
		if (amp == STR_NPOS)
			return;
		in = str_from(in, amp);
		took = html_reference(in, attr, utf8, &n);
		buf_add_cut(out, took ? (struct str){ utf8, n } : STR("&"));
		in = str_from(in, took ? took : 1);
	}
}

void
html_unescape(struct str in, struct buf *out)
{
	unescape(in, false, out);
}

void
html_unescape_attr(struct str in, struct buf *out)
{
	unescape(in, true, out);
}
