/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "link/brand.h"

#include <assert.h>

#include "base/ascii.h"
#include "base/utf8.h"
#include "base/uts46.h"
#include "link/confusable.h"
#include "link/url.h"

enum { HOST_MOST = 256, WORD_MOST = 40, LATIN_LEAST = 5, HOST_LEAST = 4 };

#define S(lit) { lit, sizeof(lit) - 1 }
#define BRAND(domain, name)
#define ALSO(domain, name)
#define WORD(word, name)

/* Domains with the names of their owners. */
static const struct owned { struct str domain, name; } owned[] = {
#undef BRAND
#undef ALSO
#define BRAND(domain, name) { S(domain), S(name) },
#define ALSO(domain, name) { S(domain), S(name) },
#include "link/brands.list"
#undef BRAND
#undef ALSO
#define BRAND(domain, name)
#define ALSO(domain, name)
};

enum where { TEXT_LATIN = 1, TEXT_KANJI = 2, HOST_LATIN = 4 };

/* What they are called, and where that is looked for. */
static const struct name { struct str word, name; unsigned where; } names[] = {
#undef WORD
#define WORD(word, name) { S(word), S(name), TEXT_KANJI },
#include "link/brands.list"
#undef WORD
#define WORD(word, name)
#undef BRAND
#define BRAND(domain, name) { S(name), S(name), TEXT_LATIN }, { S(domain), S(name), HOST_LATIN },
#include "link/brands.list"
};
enum { NAMES = sizeof(names) / sizeof(*names) };

static_assert(NAMES < UINT16_MAX, "lists have numbers of 16 bits");

struct word {
	const struct name *of;
	unsigned where;			/* 0: not looked for */
	uint32_t plain[WORD_MOST], drawn[WORD_MOST];
	size_t n_plain, n_drawn;
	uint16_t next_plain, next_drawn;
};

/* Words by their first character: lists of numbers, counted from one, that end with zero. */
enum { FIRSTS = 256 };

struct brands {
	struct word words[NAMES];
	uint16_t plain[FIRSTS], drawn[FIRSTS];
};

struct points {
	uint32_t cp[HOST_MOST];
	size_t n;
};

static bool
is_word(uint32_t cp)
{
	return cp < 0x80 && ascii_is_alnum((unsigned char)cp);
}

/* Latin names stand on their own, kana and kanji have no blanks around them. */
static bool
stands(const struct points *in, size_t at, const uint32_t *word, size_t n)
{
	if (at + n > in->n || memcmp(in->cp + at, word, n * sizeof(*word)) != 0)
		return false;
	if (at > 0 && is_word(word[0]) && is_word(in->cp[at - 1]))
		return false;
	return at + n == in->n || !is_word(word[n - 1]) || !is_word(in->cp[at + n]);
}

struct reading {
	struct points plain, drawn;
};

static void
read_text(struct pool *pool, struct str text, struct reading *out)
{
	text = confusable_plain(pool, text);
	out->plain.n = confusable_points(text, out->plain.cp, HOST_MOST);
	out->drawn.n = confusable_fold(text, out->drawn.cp, HOST_MOST);
}

/* "amazon" of amazon.co.jp: what hosts of others have in them. Some are words, too. */
static struct str
host_word(struct str domain)
{
	static const char *const common[] = { "apple", "outlook", "nomura", "aeon", "orico", "viewcard", "lifecard" };
	struct str label = str_upto(domain, str_chr(domain, '.'));

	for (size_t i = 0; i < sizeof(common) / sizeof(*common); i++)
		if (str_eq(label, str_of(common[i])))
			return STR_NONE;
	return label.n >= HOST_LEAST ? label : STR_NONE;
}

struct brands *
brands_new(struct pool *pool)
{
	struct brands *b = pool_alloc(pool, sizeof(*b));

	*b = (struct brands){ .plain = { 0 } };
	/* From the last to the first, so that lists begin with the first. */
	for (size_t i = NAMES; i-- > 0;) {
		struct word *w = &b->words[i];
		struct str text = names[i].where == HOST_LATIN ? host_word(names[i].word) : pool_lower(pool, names[i].word);

		*w = (struct word){ .of = &names[i], .where = names[i].where };
		if (text.n == 0 || (w->where == TEXT_LATIN && text.n < LATIN_LEAST))
			continue;
		w->n_plain = confusable_points(text, w->plain, WORD_MOST);
		w->n_drawn = confusable_fold(text, w->drawn, WORD_MOST);
		w->next_plain = b->plain[w->plain[0] % FIRSTS];
		b->plain[w->plain[0] % FIRSTS] = (uint16_t)(i + 1);
		w->next_drawn = b->drawn[w->drawn[0] % FIRSTS];
		b->drawn[w->drawn[0] % FIRSTS] = (uint16_t)(i + 1);
	}
	return b;
}

struct best {
	enum brand_how how;
	size_t length;
	struct str name;
};

static void
take(struct best *best, const struct word *w, enum brand_how how)
{
	*best = (struct best){ how, w->n_plain, w->of->name };
}

/* The longest of those that are looked for there; as it is written counts before as it looks. */
static enum brand_how
look(const struct brands *b, const struct reading *r, unsigned where, struct str *name)
{
	struct best best = { .how = BRAND_NONE };
	const struct word *w;

	for (size_t at = 0; at < r->plain.n; at++)
		for (size_t i = b->plain[r->plain.cp[at] % FIRSTS]; i; i = w->next_plain) {
			w = &b->words[i - 1];
			if (w->where & where && w->n_plain > best.length && stands(&r->plain, at, w->plain, w->n_plain))
				take(&best, w, w->where == TEXT_LATIN ? BRAND_LATIN : BRAND_NAMED);
		}
	for (size_t at = 0; at < r->drawn.n; at++)
		for (size_t i = b->drawn[r->drawn.cp[at] % FIRSTS]; i; i = w->next_drawn) {
			w = &b->words[i - 1];
			if (w->where & where && w->n_plain > best.length && stands(&r->drawn, at, w->drawn, w->n_drawn))
				take(&best, w, BRAND_DISGUISED);
		}
	*name = best.name;
	return best.how;
}

enum brand_how
brand_in_text(const struct brands *b, struct pool *pool, struct str text, struct str *name)
{
	struct reading r;

	*name = STR_NONE;
	if (text.n == 0 || text.n > (size_t)BRAND_TEXT * UTF8_MAX)
		return BRAND_NONE;
	read_text(pool, text, &r);
	return r.plain.n > BRAND_TEXT ? BRAND_NONE : look(b, &r, TEXT_LATIN | TEXT_KANJI, name);
}

enum brand_how
brand_in_host(const struct brands *b, struct pool *pool, struct str host, struct str *name)
{
	struct str registered = url_registered(host), suffix = str_from(registered, str_chr(registered, '.'));
	struct reading r;
	enum brand_how how;

	*name = STR_NONE;
	if (host.n <= suffix.n || host.n > HOST_MOST || host.p[0] == '[')
		return BRAND_NONE;
	read_text(pool, uts46_unicode(pool, str_upto(host, host.n - suffix.n)), &r);
	how = look(b, &r, HOST_LATIN | TEXT_KANJI, name);
	if (how != BRAND_NONE && !brand_owns(*name, host))
		return how;
	*name = STR_NONE;
	return BRAND_NONE;
}

/* The same word below a country is theirs: amazon.de, google.co.uk. */
static bool
is_abroad(struct str registered, struct str domain)
{
	size_t dot = str_chr(registered, '.');
	struct str last = str_from(registered, str_rchr(registered, '.') + 1);

	return last.n == 2 && dot != STR_NPOS && str_chr(domain, '.') == dot &&
	    str_eq(str_upto(registered, dot), str_upto(domain, dot));
}

bool
brand_owns(struct str name, struct str host)
{
	struct str registered = url_registered(host);

	for (size_t i = 0; i < sizeof(owned) / sizeof(*owned); i++)
		if (str_eq(owned[i].name, name) && (str_eq(registered, owned[i].domain) || str_eq(host, owned[i].domain) ||
		    str_eq(registered, url_registered(owned[i].domain)) || is_abroad(registered, owned[i].domain)))
			return true;
	return false;
}
