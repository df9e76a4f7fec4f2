/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/*
 * record    = version terms *SP
 * terms     = *( 1*SP ( directive / modifier ) )
 * directive = [ "+" / "-" / "?" / "~" ] mechanism
 * modifier  = name "=" value           name = ALPHA *( ALPHA / DIGIT / "-" / "_" / "." )
 *
 * Names are compared without regard to case (RFC 7208 4.6.1).
 */
#include "auth/spf_record.h"

#include "auth/spf_macro.h"
#include "base/ascii.h"

/* What may follow the name of a mechanism. */
enum args { NOTHING, DOMAIN, DOMAIN_OR_NOTHING, DOMAIN_AND_PREFIX, NETWORK };

static const struct mechanism {
	struct str name;
	enum spf_kind kind;
	enum args args;
} mechanisms[] = {
	{ { "all", 3 }, SPF_ALL, NOTHING },
	{ { "include", 7 }, SPF_INCLUDE, DOMAIN },
	{ { "a", 1 }, SPF_A, DOMAIN_AND_PREFIX },
	{ { "mx", 2 }, SPF_MX, DOMAIN_AND_PREFIX },
	{ { "ptr", 3 }, SPF_PTR, DOMAIN_OR_NOTHING },
	{ { "ip4", 3 }, SPF_IP4, NETWORK },
	{ { "ip6", 3 }, SPF_IP6, NETWORK },
	{ { "exists", 6 }, SPF_EXISTS, DOMAIN },
};

static const struct str version = { "v=spf1", 6 };

bool
spf_record_is(struct str txt)
{
	return str_starts_nocase(txt, version) && (txt.n == version.n || txt.p[version.n] == ' ');
}

/* "+", "-", "?" or "~" in front; AUTH_PASS without. */
static enum auth_result
cut_qualifier(struct str *word)
{
	static const enum auth_result results[] = { AUTH_PASS, AUTH_FAIL, AUTH_NEUTRAL, AUTH_SOFTFAIL };
	size_t at = word->n ? str_chr(STR("+-?~"), word->p[0]) : STR_NPOS;

	if (at == STR_NPOS)
		return AUTH_PASS;
	*word = str_from(*word, 1);
	return results[at];
}

static size_t
name_length(struct str word)
{
	size_t n = 0;

	if (word.n == 0 || !ascii_is_alpha((unsigned char)word.p[0]))
		return 0;
	while (n < word.n && (ascii_is_alnum((unsigned char)word.p[n]) || str_chr(STR("-_."), word.p[n]) != STR_NPOS))
		n++;
	return n;
}

/* Cut "/NUMBER" off the end, without leading zeros (RFC 7208 12: "0" / %x31-39 0*2DIGIT). 0: there is
 * none, 1: cut, -1: a number that no prefix can be. */
static int
cut_prefix(struct str *word, unsigned max, unsigned *out)
{
	size_t slash = str_rchr(*word, '/');
	struct str digits = str_from(*word, slash + 1);
	uint64_t prefix;

	if (slash == STR_NPOS || digits.n == 0)
		return 0;
	for (size_t i = 0; i < digits.n; i++)
		if (!ascii_is_digit((unsigned char)digits.p[i]))
			return 0;
	if ((digits.n > 1 && digits.p[0] == '0') || !str_to_u64(digits, &prefix) || prefix > max)
		return -1;
	*out = (unsigned)prefix;
	word->n = slash;
	return 1;
}

/* dual-cidr-length = [ "/" ip4 ] [ "//" ip6 ], read from the end: a domain-spec may have slashes too. */
static bool
cut_prefixes(struct str *args, struct spf_term *t)
{
	struct str left = *args;
	unsigned number;
	int found = cut_prefix(&left, 128, &number);

	t->prefix4 = 32;
	t->prefix6 = 128;
	if (found < 0)
		return false;
	if (found && left.n && left.p[left.n - 1] == '/') {
		t->prefix6 = number;
		left.n--;
		*args = left;
	}
	return cut_prefix(args, 32, &t->prefix4) >= 0;
}

/* ":" domain-spec, or nothing where that is allowed. */
static bool
read_spec(struct str args, bool optional, struct spf_term *t)
{
	if (args.n == 0)
		return optional;
	t->spec = str_from(args, 1);
	return args.p[0] == ':' && spf_domain_spec_valid(t->spec);
}

static bool
read_network(struct str args, struct spf_term *t)
{
	unsigned bits = t->kind == SPF_IP4 ? 32 : 128;

	t->net.prefix = bits;
	if (args.n == 0 || args.p[0] != ':' || cut_prefix(&args, bits, &t->net.prefix) < 0)
		return false;
	args = str_from(args, 1);
	return bits == 32 ? ip_parse_v4(args, &t->net.ip) : ip_parse_v6(args, &t->net.ip);
}

static bool
read_args(enum args want, struct str args, struct spf_term *t)
{
	switch (want) {
	case NOTHING: return args.n == 0;
	case DOMAIN: return read_spec(args, false, t);
	case DOMAIN_OR_NOTHING: return read_spec(args, true, t);
	case DOMAIN_AND_PREFIX: return cut_prefixes(&args, t) && read_spec(args, true, t);
	case NETWORK: return read_network(args, t);
	}
	return false;
}

static bool
read_mechanism(struct str word, struct spf_term *t)
{
	size_t n = 0;

	t->result = cut_qualifier(&word);
	while (n < word.n && ascii_is_alnum((unsigned char)word.p[n]))
		n++;
	for (size_t i = 0; i < sizeof(mechanisms) / sizeof(*mechanisms); i++) {
		if (str_eq_nocase(str_upto(word, n), mechanisms[i].name)) {
			t->kind = mechanisms[i].kind;
			return read_args(mechanisms[i].args, str_from(word, n), t);
		}
	}
	return false;
}

/* RFC 7208 6: redirect and exp are never unknown modifiers, so they must hold a domain-spec. */
static bool
read_modifier(struct str name, struct str value, struct spf_term *t)
{
	t->spec = value;
	if (str_eq_nocase(name, STR("redirect")))
		t->kind = SPF_REDIRECT;
	else if (str_eq_nocase(name, STR("exp")))
		t->kind = SPF_EXP;
	else
		t->kind = SPF_OTHER;
	return t->kind == SPF_OTHER ? spf_macro_valid(value, SPF_USE_MODIFIER) : spf_domain_spec_valid(value);
}

static bool
read_term(struct str word, struct spf_term *t)
{
	size_t n = name_length(word);

	*t = (struct spf_term){ .text = word };
	if (n && n < word.n && word.p[n] == '=')
		return read_modifier(str_upto(word, n), str_from(word, n + 1), t);
	return read_mechanism(word, t);
}

static bool
next_word(struct str *rest, struct str *word)
{
	while (rest->n && rest->p[0] == ' ')
		*rest = str_from(*rest, 1);
	return rest->n && str_next(rest, ' ', word);
}

/* RFC 7208 6: redirect and exp stand at most once in a record. */
static bool
keep_once(struct str *slot, struct str spec)
{
	if (slot->n)
		return false;
	*slot = spec;
	return true;
}

bool
spf_record_parse(struct str txt, struct spf_record *out, struct str *bad)
{
	struct str rest = str_from(txt, version.n), word;
	struct spf_term t;
	size_t mechs = 0;
	bool ok = true, fail_all = false;

	*out = (struct spf_record){ .terms = rest };
	while (ok && next_word(&rest, &word)) {
		*bad = word;
		ok = read_term(word, &t);
		if (ok && t.kind == SPF_REDIRECT)
			ok = keep_once(&out->redirect, t.spec);
		else if (ok && t.kind == SPF_EXP)
			ok = keep_once(&out->exp, t.spec);
		else if (ok && t.kind != SPF_OTHER)
			fail_all |= mechs++ == 0 && t.kind == SPF_ALL && t.result == AUTH_FAIL;
	}
	out->no_mail = fail_all;	/* nothing behind "all" is ever looked at */
	return ok;
}

bool
spf_record_next(struct str *terms, struct spf_term *out)
{
	struct str word;

	return next_word(terms, &word) && read_term(word, out);
}
