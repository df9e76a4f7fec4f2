/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "auth/spf_eval.h"

enum dns_type
spf_address_type(const struct spf_eval *e)
{
	return e->ip.bits == 32 ? DNS_A : DNS_AAAA;
}

/* RFC 7208 4.6.4 and 5.5: names that lead back; asked once, and only when a record wants them. */
static const struct iprev_names *
names_of_client(struct spf_eval *e)
{
	if (!e->names_known)
		iprev_names(e->dns, e->pool, &e->ip, &e->names);
	e->names_known = true;
	return &e->names;
}

static bool
is_below(struct str name, struct str domain)
{
	return name.n > domain.n && name.p[name.n - domain.n - 1] == '.' && str_ends_nocase(name, domain);
}

/* RFC 7208 7.3: the domain itself, else a name below it, else any, else "unknown". */
static struct str
name_macro(struct spf_eval *e)
{
	const struct iprev_names *names = names_of_client(e);

	for (size_t i = 0; i < names->n; i++)
		if (str_eq_nocase(names->name[i], e->vars.domain))
			return names->name[i];
	for (size_t i = 0; i < names->n; i++)
		if (is_below(names->name[i], e->vars.domain))
			return names->name[i];
	return names->n ? names->name[0] : STR("unknown");
}

void
spf_need_name(struct spf_eval *e, struct str text)
{
	if (spf_macro_has(text, STR("p")))
		e->vars.name = name_macro(e);
}

/* RFC 7208 7.3: labels go from the left until the name is short enough. */
static struct str
shorten(struct str name)
{
	if (name.n && name.p[name.n - 1] == '.')
		name.n--;
	while (name.n > DNS_NAME && str_chr(name, '.') != STR_NPOS)
		name = str_from(name, str_chr(name, '.') + 1);
	return name;
}

enum spf_match
spf_target(struct spf_eval *e, struct str spec, struct str *name)
{
	struct buf text;
	bool full;

	*name = e->vars.domain;
	if (spec.n == 0)
		return SPF_HIT;
	spf_need_name(e, spec);
	buf_init(&text, SPF_EXPANDED);
	spf_macro_expand(&e->vars, spec, &text);
	full = text.full;
	*name = pool_str(e->pool, shorten(buf_str(&text)));
	buf_clear(&text);
	if (!full)
		return SPF_HIT;
	e->why = STR("macros expand to too much");
	return SPF_PERM;
}

enum spf_match
spf_count(struct spf_eval *e)
{
	if (++e->lookups <= SPF_LOOKUPS)
		return SPF_MISS;
	e->why = STR("more than 10 terms that ask");
	return SPF_PERM;
}

/* RFC 7208 4.6.4: a term that asked in vain. */
static enum spf_match
count_void(struct spf_eval *e)
{
	if (++e->voids <= SPF_VOIDS)
		return SPF_MISS;
	e->why = STR("more than 2 terms that ask in vain");
	return SPF_PERM;
}

/* A name that cannot be asked does not exist (RFC 7208 4.8 leaves it open). */
static enum spf_match
answer(struct spf_eval *e, const struct dns_answer *a, struct str name)
{
	switch (a->rc) {
	case DNS_OK:
		return SPF_HIT;
	case DNS_NODATA: case DNS_NXDOMAIN: case DNS_BAD_NAME:
		return SPF_MISS;
	case DNS_FAIL: case DNS_TIMEOUT: case DNS_OFF:
		e->why = pool_printf(e->pool, "%.*s: %s", STR_ARG(str_upto(name, DNS_NAME)), dns_rc_name(a->rc));
		return SPF_TEMP;
	}
	return SPF_TEMP;
}

enum spf_match
spf_ask(struct spf_eval *e, enum dns_type type, struct str name, const struct dns_answer **out)
{
	enum spf_match m;

	*out = dns_get(e->dns, type, name);
	m = answer(e, *out, name);
	return m == SPF_MISS && (*out)->rc != DNS_BAD_NAME ? count_void(e) : m;
}

static bool
has_client(const struct spf_eval *e, const struct dns_answer *a, const struct spf_term *t)
{
	unsigned prefix = e->ip.bits == 32 ? t->prefix4 : t->prefix6;

	for (size_t i = 0; i < a->n; i++) {
		struct ip_net net = { ip_of_bytes(a->records[i].addr, e->ip.bits), prefix };

		if (ip_in(&e->ip, &net))
			return true;
	}
	return false;
}

static enum spf_match
match_a(struct spf_eval *e, const struct spf_term *t, struct str target)
{
	const struct dns_answer *a;
	enum spf_match m = spf_ask(e, spf_address_type(e), target, &a);

	return m != SPF_HIT ? m : has_client(e, a, t) ? SPF_HIT : SPF_MISS;
}

/* RFC 7208 5.4. Servers are no terms, so those without address do not count as asked in vain; and
 * when one of them has the client, an error of another does not matter: they have no order. */
static enum spf_match
match_mx(struct spf_eval *e, const struct spf_term *t, struct str target)
{
	const struct dns_answer *mx;
	enum spf_match m = spf_ask(e, DNS_MX, target, &mx), worst = SPF_MISS;

	if (m != SPF_HIT)
		return m;
	if (mx->n > SPF_HOSTS) {
		e->why = STR("more than 10 mail servers");
		return SPF_PERM;
	}
	for (size_t i = 0; i < mx->n; i++)
		if (mx->records[i].text.n)	/* RFC 7505: none accepts mail */
			dns_want(e->dns, spf_address_type(e), mx->records[i].text);
	for (size_t i = 0; i < mx->n; i++) {
		struct str host = mx->records[i].text;
		const struct dns_answer *a = host.n ? dns_get(e->dns, spf_address_type(e), host) : NULL;

		m = a ? answer(e, a, host) : SPF_MISS;
		if (m == SPF_HIT && has_client(e, a, t))
			return SPF_HIT;
		worst = m == SPF_TEMP ? SPF_TEMP : worst;
	}
	return worst;
}

/* RFC 7208 5.5: an error of DNS is no match. */
static enum spf_match
match_ptr(struct spf_eval *e, struct str target)
{
	bool known = e->names_known;
	const struct iprev_names *names = names_of_client(e);

	for (size_t i = 0; i < names->n; i++)
		if (str_eq_nocase(names->name[i], target) || is_below(names->name[i], target))
			return SPF_HIT;
	return !known && (names->rc == DNS_NODATA || names->rc == DNS_NXDOMAIN) ? count_void(e) : SPF_MISS;
}

static enum spf_match
match_asking(struct spf_eval *e, const struct spf_term *t)
{
	const struct dns_answer *a;
	struct str target;
	enum spf_match m = spf_count(e);

	if (m == SPF_MISS)
		m = spf_target(e, t->spec, &target);
	if (m != SPF_HIT)
		return m;
	switch (t->kind) {
	case SPF_A: return match_a(e, t, target);
	case SPF_MX: return match_mx(e, t, target);
	case SPF_PTR: return match_ptr(e, target);
	case SPF_EXISTS: return spf_ask(e, DNS_A, target, &a);	/* A for clients of IPv6 too: 5.7 */
	case SPF_ALL: case SPF_INCLUDE: case SPF_IP4: case SPF_IP6:
	case SPF_REDIRECT: case SPF_EXP: case SPF_OTHER: break;
	}
	return SPF_MISS;
}

enum spf_match
spf_match(struct spf_eval *e, const struct spf_term *t)
{
	switch (t->kind) {
	case SPF_ALL:
		return SPF_HIT;
	case SPF_IP4: case SPF_IP6:
		return ip_in(&e->ip, &t->net) ? SPF_HIT : SPF_MISS;
	case SPF_A: case SPF_MX: case SPF_PTR: case SPF_EXISTS:
		return match_asking(e, t);
	case SPF_INCLUDE: case SPF_REDIRECT: case SPF_EXP: case SPF_OTHER:
		break;
	}
	return SPF_MISS;
}
