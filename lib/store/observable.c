/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "store/observable.h"

#include "base/ascii.h"
#include "base/buf.h"
#include "base/hash.h"
#include "base/utf8.h"

enum form {
	EXACT,
	LOWER,			/* ASCII letters are made small */
	ADDRESS			/* the same, without angle brackets */
};

static const struct {
	const char *name, *help;
	enum form form;
} kinds[] = {
#define OBSERVABLE(id, name, form, help) { name, help, form },
#include "store/observables.list"
#undef OBSERVABLE
};

const char *
observable_name(enum observable_kind k)
{
	return kinds[k].name;
}

const char *
observable_help(enum observable_kind k)
{
	return kinds[k].help;
}

bool
observable_parse(struct str name, enum observable_kind *out)
{
	for (size_t i = 0; i < OBS_KINDS; i++) {
		if (!str_eq(name, str_of(kinds[i].name)))
			continue;
		*out = (enum observable_kind)i;
		return true;
	}
	return false;
}

static struct str
bare(struct str s, enum form form)
{
	if (form == ADDRESS && s.n >= 2 && s.p[0] == '<' && s.p[s.n - 1] == '>')
		s = str_sub(s, 1, s.n - 2);
	return str_upto(s, OBSERVABLE_BYTES);
}

int64_t
observable_number(const struct observable *o)
{
	enum form form = kinds[o->kind].form;
	struct str value = bare(o->value, form);
	unsigned char digest[HASH_SHA256_BYTES];
	char text[OBSERVABLE_BYTES + 1];
	uint64_t number = 0;

	text[0] = (char)o->kind;
	for (size_t i = 0; i < value.n; i++)
		text[i + 1] = form == EXACT ? value.p[i] : (char)ascii_lower((unsigned char)value.p[i]);
	hash_sha256((struct str){ text, value.n + 1 }, digest);
	for (size_t i = 0; i < sizeof(number); i++)
		number = number << 8 | digest[i];
	return (int64_t)number;
}

/* ---- words ---- */

/* Writing that puts no spaces between words: kana, Han, Thai to Khmer, Hangul is read the same way. */
static bool
has_no_spaces(uint32_t c)
{
	return (c >= 0x0e00 && c <= 0x0eff) || (c >= 0x1000 && c <= 0x109f) || (c >= 0x1780 && c <= 0x17ff) ||
	    (c >= 0x3040 && c <= 0x30ff) || (c >= 0x3400 && c <= 0x9fff) || (c >= 0xac00 && c <= 0xd7a3) ||
	    (c >= 0xf900 && c <= 0xfaff) || (c >= 0xff66 && c <= 0xff9f) || (c >= 0x20000 && c <= 0x3ffff);
}

/* Punctuation of ASCII, Latin-1, general and CJK; spaces. */
static bool
is_between(uint32_t c)
{
	if (c < 0x80)
		return !ascii_is_alnum((unsigned char)c);
	return (c >= 0x80 && c <= 0xbf) || (c >= 0x2000 && c <= 0x206f) || (c >= 0x3000 && c <= 0x303f) ||
	    (c >= 0xff00 && c <= 0xff0f) || (c >= 0xff1a && c <= 0xff20) || c == UTF8_REPLACEMENT;
}

static void
add(struct pool *pool, struct vec *out, size_t first, struct str word)
{
	struct observable *o;

	if (word.n == 0 || out->n - first >= OBSERVABLE_WORDS)
		return;
	o = vec_push(pool, out, sizeof(*o));
	*o = (struct observable){ OBS_SUBJECT, word };
}

/* Each character with the one behind it; the last, or a lonely one, by itself: so that one character
 * of writing without spaces can be looked for at the end of a word, at least. */
static size_t
add_pairs(struct pool *pool, struct vec *out, size_t first, struct str s, size_t at, bool asked)
{
	for (size_t begin = at;;) {
		size_t next = at, end;

		utf8_next(s, &next);
		end = next;
		if (next >= s.n || !has_no_spaces(utf8_next(s, &end))) {
			if (!asked || at == begin)
				add(pool, out, first, str_sub(s, at, next - at));
			return next;
		}
		add(pool, out, first, str_sub(s, at, end - at));
		at = next;
	}
}

static void
cut(struct pool *pool, struct str subject, bool asked, struct vec *out)
{
	size_t first = out->n, at = 0, word = 0;

	while (at < subject.n) {
		size_t next = at;
		uint32_t c = utf8_next(subject, &next);

		if (!is_between(c) && !has_no_spaces(c)) {
			at = next;
			continue;
		}
		add(pool, out, first, str_sub(subject, word, at - word));
		word = at = is_between(c) ? next : add_pairs(pool, out, first, subject, at, asked);
	}
	add(pool, out, first, str_from(subject, word));
}

void
observable_subject(struct pool *pool, struct str subject, struct vec *out)
{
	cut(pool, subject, false, out);
}

/* What is asked for may go on in the subject: its last character need not be a last one there. */
void
observable_asked(struct pool *pool, struct str text, struct vec *out)
{
	cut(pool, text, true, out);
}
