/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "policy/group_test.h"

#include "base/ascii.h"
#include "conf/value.h"

/* ---- names ---- */

/* "host.example.net", or ".example.net" for it and all below. */
static bool
parse_name(struct str word, struct group_value *v)
{
	for (size_t i = 0; i < word.n; i++) {
		unsigned char c = (unsigned char)word.p[i];

		if (!ascii_is_alnum(c) && c != '.' && c != '-' && c != '_')
			return false;
	}
	v->text = word;
	return word.n > 1;
}

static bool
parse_ptr(struct str word, struct group_value *v)
{
	v->none = str_eq_nocase(word, STR("none"));
	return v->none || parse_name(word, v);
}

/* A HELO name may be an address in brackets, too. */
static bool
parse_helo(struct str word, struct group_value *v)
{
	v->text = word;
	return word.n > 2 && word.p[0] == '[' && word.p[word.n - 1] == ']' ? true : parse_name(word, v);
}

static bool
parse_from(struct str word, struct group_value *v)
{
	size_t at = str_rchr(word, '@');

	v->none = str_eq(word, STR("<>"));
	v->text = word;
	return v->none || (at == STR_NPOS ? parse_name(word, v) : at > 0 && at + 1 < word.n);
}

static bool
is_name(struct str name, struct str pattern)
{
	if (name.n && name.p[name.n - 1] == '.')
		name.n--;
	if (pattern.p[0] != '.')
		return str_eq_nocase(name, pattern);
	return str_ends_nocase(name, pattern) || str_eq_nocase(name, str_from(pattern, 1));
}

/* The name that the MTA verified, or else we. */
static struct str
verified_name(const struct group_facts *f)
{
	const struct str name = f->session->client_name;

	if (name.n && name.p[0] != '[' && !str_eq_nocase(name, STR("unknown")))
		return name;
	return f->auth && f->auth->iprev.result == AUTH_PASS ? f->auth->iprev.name : STR_NONE;
}

static bool
holds_ptr(const struct group_facts *f, const struct group_value *v)
{
	struct str name = verified_name(f);

	if (v->none)
		return name.n == 0 && f->session->client_addr.n > 0;
	return name.n > 0 && is_name(name, v->text);
}

static bool
holds_helo(const struct group_facts *f, const struct group_value *v)
{
	return is_name(f->session->helo, v->text);
}

static bool
holds_from(const struct group_facts *f, const struct group_value *v)
{
	struct str from = f->session->mail_from;
	size_t at = str_rchr(from, '@');

	if (v->none)
		return from.n == 0;
	if (str_chr(v->text, '@') != STR_NPOS)
		return str_eq_nocase(from, v->text);
	return at != STR_NPOS && is_name(str_from(from, at + 1), v->text);
}

/* ---- where from ---- */

static bool
parse_network(struct str word, struct group_value *v)
{
	return ip_net_parse(word, &v->net);
}

static bool
holds_network(const struct group_facts *f, const struct group_value *v)
{
	return f->has_ip && ip_in(&f->ip, &v->net);
}

static bool
parse_asn(struct str word, struct group_value *v)
{
	uint64_t n;

	if (str_starts_nocase(word, STR("AS")))
		word = str_from(word, 2);
	if (!str_to_u64(word, &n) || n == 0 || n > UINT32_MAX)
		return false;
	v->low = (int64_t)n;
	return true;
}

static bool
holds_asn(const struct group_facts *f, const struct group_value *v)
{
	return f->standing && f->standing->asn == (uint32_t)v->low;
}

static bool
parse_country(struct str word, struct group_value *v)
{
	v->none = str_eq_nocase(word, STR("none"));
	v->text = word;
	return v->none || (word.n == 2 && ascii_is_alpha((unsigned char)word.p[0]) &&
	    ascii_is_alpha((unsigned char)word.p[1]));
}

static bool
holds_country(const struct group_facts *f, const struct group_value *v)
{
	struct str country = f->standing ? str_of(f->standing->country) : STR_NONE;

	return v->none ? country.n == 0 : str_eq_nocase(country, v->text);
}

/* ---- what is thought of it ---- */

static bool
parse_band(struct str word, struct group_value *v)
{
	for (int i = 0; i < BAND_N; i++) {
		if (str_eq_nocase(word, str_of(band_name((enum band)i)))) {
			v->low = i;
			return true;
		}
	}
	return false;
}

static bool
holds_band(const struct group_facts *f, const struct group_value *v)
{
	return (f->standing ? f->standing->band : BAND_UNKNOWN) == (enum band)v->low;
}

static bool
parse_score(struct str word, struct group_value *v)
{
	size_t dots = str_find(word, STR(".."));

	v->none = str_eq_nocase(word, STR("none"));
	if (v->none)
		return true;
	return dots != STR_NPOS && value_score(str_upto(word, dots), &v->low) &&
	    value_score(str_from(word, dots + 2), &v->high) && v->low >= -100 && v->low <= v->high && v->high <= 100;
}

static bool
holds_score(const struct group_facts *f, const struct group_value *v)
{
	const struct standing *s = f->standing;

	if (v->none)
		return !s || !s->has_reputation;
	return s && s->has_reputation && s->reputation >= v->low && s->reputation <= v->high;
}

static bool
holds_list(const struct group_facts *f, const struct group_value *v)
{
	for (size_t i = 0; f->standing && i < f->standing->n_lists; i++)
		if (str_eq_nocase(f->standing->lists[i], v->text))
			return true;
	return false;
}

/* ---- yes or no ---- */

static bool
parse_yes(struct str word, struct group_value *v)
{
	v->low = str_eq_nocase(word, STR("yes"));
	return v->low || str_eq_nocase(word, STR("no"));
}

static bool
holds_authenticated(const struct group_facts *f, const struct group_value *v)
{
	return (f->session->auth_user.n > 0) == (v->low != 0);
}

static bool
holds_tls(const struct group_facts *f, const struct group_value *v)
{
	return (f->session->tls_version.n > 0) == (v->low != 0);
}

/* Mail of a relay whose sender could not be found has no address either, and is not local; nor is
 * that of which nobody said where it comes from. */
static bool
holds_local(const struct group_facts *f, const struct group_value *v)
{
	bool local = f->session->client_addr.n == 0 &&
	    !(f->standing && (f->standing->relay || f->standing->unsaid));

	return local == (v->low != 0);
}

const struct group_cond group_conds[] = {
	{ .name = "network", .value = "an address or network, such as 192.0.2.0/24",
	  .parse = parse_network, .holds = holds_network,
	  .help = "The client's address." },
	{ .name = "ptr", .value = "a host name, .domain for it and all below, or none",
	  .parse = parse_ptr, .holds = holds_ptr,
	  .help = "The client's host name, when it leads back to the address; none: there is no such name." },
	{ .name = "helo", .value = "a host name, .domain for it and all below, or [address]",
	  .parse = parse_helo, .holds = holds_helo,
	  .help = "What the client calls itself: its own claim." },
	{ .name = "asn", .value = "a number, such as AS64500",
	  .parse = parse_asn, .holds = holds_asn,
	  .help = "The network operator that announces the address." },
	{ .name = "country", .value = "two letters, or none",
	  .parse = parse_country, .holds = holds_country,
	  .help = "Where the address is; none: not known." },
	{ .name = "band", .value = "bad, suspect, neutral, good or unknown",
	  .parse = parse_band, .holds = holds_band,
	  .help = "The band of the client's reputation." },
	{ .name = "score", .value = "a range, such as -10.0..-3.0, or none",
	  .parse = parse_score, .holds = holds_score,
	  .help = "The client's reputation from -10.0 (sends only bad mail) to 10.0; both ends belong to the range. "
	    "none: it has none." },
	{ .name = "list", .value = "the zone of a DNS list",
	  .parse = parse_name, .holds = holds_list,
	  .help = "That list has the client's address." },
	{ .name = "from", .value = "a domain, .domain for it and all below, user@domain, or <>",
	  .parse = parse_from, .holds = holds_from,
	  .help = "The envelope sender: the client's own claim. <> is the sender of bounces." },
	{ .name = "authenticated", .value = "yes or no",
	  .parse = parse_yes, .holds = holds_authenticated,
	  .help = "The client has logged in." },
	{ .name = "tls", .value = "yes or no",
	  .parse = parse_yes, .holds = holds_tls,
	  .help = "The connection is encrypted." },
	{ .name = "local", .value = "yes or no",
	  .parse = parse_yes, .holds = holds_local,
	  .help = "The message was submitted on this machine, without a connection." },
	{ .name = NULL }
};
