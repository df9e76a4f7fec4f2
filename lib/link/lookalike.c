/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "link/lookalike.h"

#include "base/utf8.h"
#include "base/uts46.h"
#include "link/confusable.h"
#include "link/url.h"

enum { SLIP_LEAST = 6 };	/* shorter names are one letter apart by chance */

static const char *const brands[] = {
#define BRAND(domain, name) domain,
#define ALSO(domain, name)
#define WORD(word, name)
#include "link/brands.list"
#undef BRAND
#undef ALSO
#undef WORD
};

struct label {
	uint32_t cp[LOOKALIKE_LABEL];
	size_t n;
};

static struct label
label_of(struct str s, bool folded)
{
	struct label l = { .n = 0 };

	l.n = folded ? confusable_fold(s, l.cp, LOOKALIKE_LABEL) : confusable_points(s, l.cp, LOOKALIKE_LABEL);
	return l;
}

static bool
same(const struct label *a, const struct label *b)
{
	return a->n == b->n && memcmp(a->cp, b->cp, a->n * sizeof(*a->cp)) == 0;
}

/* Is b one slip away from a? What is equal at both ends is left out; one step must explain the rest. */
static bool
is_slip(const struct label *a, const struct label *b)
{
	size_t head = 0, tail = 0, left_a, left_b;

	while (head < a->n && head < b->n && a->cp[head] == b->cp[head])
		head++;
	while (tail < a->n - head && tail < b->n - head && a->cp[a->n - 1 - tail] == b->cp[b->n - 1 - tail])
		tail++;
	left_a = a->n - head - tail;
	left_b = b->n - head - tail;
	if (left_a <= 1 && left_b <= 1)
		return left_a + left_b > 0;
	return left_a == 2 && left_b == 2 && a->cp[head] == b->cp[head + 1] && a->cp[head + 1] == b->cp[head];
}

static struct str
first_label(struct str domain)
{
	return str_upto(domain, str_chr(domain, '.'));
}

/* "amazon.co.jp." in front of the labels that somebody registered. */
static bool
is_inside(struct str host, struct str registered, struct str domain)
{
	struct str front = str_upto(host, host.n - registered.n);
	size_t at = str_find(front, domain);

	return at != STR_NPOS && at + domain.n < front.n && front.p[at + domain.n] == '.' &&
	    (at == 0 || front.p[at - 1] == '.');
}

struct looking {
	struct str host, registered;
	struct label plain, folded;
	enum lookalike best;
	struct str of;
	bool genuine;
};

/* Names of others that are one letter away from a brand. */
static bool
is_neighbour(struct str label)
{
	static const char *const names[] = { "pcloud" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (str_eq(label, str_of(names[i])))
			return true;
	return false;
}

/* Of a word of quite another length nothing needs to be read; folding makes at most two letters one. */
static enum lookalike
compare_words(const struct looking *l, struct str word, bool *abroad)
{
	bool ascii = utf8_ascii_run(word, 0) == word.n;
	bool near = !ascii || (word.n + 1 >= l->plain.n && word.n <= l->plain.n + 1);
	struct label plain = { .n = 0 }, folded = { .n = 0 };

	if (near)
		plain = label_of(word, false);
	*abroad = near && same(&l->plain, &plain);
	if (!ascii || (word.n >= l->folded.n && word.n <= 2 * l->folded.n))
		folded = label_of(word, true);
	if (folded.n && same(&l->folded, &folded))
		return LOOKALIKE_LETTERS;
	return plain.n >= SLIP_LEAST && is_slip(&plain, &l->plain) && !is_neighbour(first_label(l->registered)) ?
	    LOOKALIKE_SLIP : LOOKALIKE_NONE;
}

static void
compare(struct looking *l, struct str domain)
{
	enum lookalike how;
	bool abroad = false;

	if (str_eq(l->registered, domain) || str_ends_nocase(l->host, domain)) {
		l->genuine |= l->host.n == domain.n || l->host.p[l->host.n - domain.n - 1] == '.';
		return;
	}
	how = compare_words(l, first_label(domain), &abroad);
	if (abroad)
		return;			/* the same word in another country */
	if (is_inside(l->host, l->registered, domain))
		how = LOOKALIKE_INSIDE;
	if (how > l->best) {
		l->best = how;
		l->of = domain;
	}
}

enum lookalike
lookalike_find(struct pool *pool, struct str host, const struct str *own, size_t n, struct str *of)
{
	struct looking l = { .host = host, .registered = url_registered(host) };
	struct str shown = first_label(uts46_unicode(pool, l.registered));

	if (host.n == 0 || host.p[0] == '[' || str_chr(host, '.') == STR_NPOS)
		return LOOKALIKE_NONE;
	l.plain = label_of(shown, false);
	l.folded = label_of(shown, true);
	for (size_t i = 0; i < n; i++)
		compare(&l, own[i]);
	for (size_t i = 0; i < sizeof(brands) / sizeof(*brands); i++)
		compare(&l, str_of(brands[i]));
	*of = l.of;
	return l.genuine ? LOOKALIKE_NONE : l.best;
}

bool
lookalike_is_known(struct str domain, const struct str *own, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq_nocase(domain, own[i]))
			return true;
	for (size_t i = 0; i < sizeof(brands) / sizeof(*brands); i++)
		if (str_eq(domain, str_of(brands[i])))
			return true;
	return false;
}

const char *
lookalike_name(enum lookalike how)
{
	static const char *const names[] = { [LOOKALIKE_NONE] = "none", [LOOKALIKE_SLIP] = "slip",
		[LOOKALIKE_LETTERS] = "letters", [LOOKALIKE_INSIDE] = "inside" };

	return names[how];
}
