/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "history/identity.h"

#include "base/ascii.h"
#include "base/suffix.h"

static const struct {
	const char *name, *counter;
} kinds[IDENTITY_KINDS] = {
	[IDENTITY_IP] = { "ip", "history/ip" },
	[IDENTITY_NET] = { "net", "history/net" },
	[IDENTITY_ASN] = { "asn", "history/asn" },
	[IDENTITY_DOMAIN] = { "domain", "history/domain" },
	[IDENTITY_HELO] = { "helo", "history/helo" },
	[IDENTITY_CLAIMED] = { "unverified", "history/unverified" },
};

const char *
identity_kind_name(enum identity_kind k)
{
	return kinds[k].name;
}

const char *
identity_counter(enum identity_kind k)
{
	return kinds[k].counter;
}

bool
identity_kind_parse(struct str text, enum identity_kind *out)
{
	for (int k = 0; k < IDENTITY_KINDS; k++) {
		if (str_eq_nocase(text, str_of(kinds[k].name))) {
			*out = (enum identity_kind)k;
			return true;
		}
	}
	return false;
}

void
identity_add(struct identities *ids, enum identity_kind kind, struct str name)
{
	if (name.n == 0 || ids->n == IDENTITIES)
		return;
	for (size_t i = 0; i < ids->n; i++)
		if (ids->item[i].kind == kind && str_eq(ids->item[i].name, name))
			return;
	ids->item[ids->n++] = (struct identity){ kind, name };
}

/* ---- networks ---- */

static struct ip_net
cut(const struct ip *ip, unsigned prefix)
{
	struct ip_net net = { .ip = *ip, .prefix = prefix };

	for (unsigned i = 0; i < sizeof(net.ip.b); i++) {
		unsigned keep = prefix > 8 * i ? prefix - 8 * i : 0;

		if (keep < 8)
			net.ip.b[i] &= (unsigned char)(0xff00 >> keep);
	}
	return net;
}

/* RFC 6177: a site usually has a /48. */
struct ip_net
identity_net(const struct ip *ip)
{
	return cut(ip, ip->bits == 32 ? 24 : 48);
}

struct str
identity_net_text(struct pool *pool, const struct ip_net *net)
{
	struct ip_net base = cut(&net->ip, net->prefix);

	return pool_printf(pool, "%.*s/%u", STR_ARG(ip_text(pool, &base.ip)), net->prefix);
}

/* RFC 1122 3.2.1.3, RFC 4291 2.5.2 and 2.5.3: 0.0.0.0/8, 127.0.0.0/8, :: and ::1 */
static bool
is_local(const struct ip *ip)
{
	static const unsigned char zero[15];

	if (ip->bits == 32)
		return ip->b[0] == 0 || ip->b[0] == 127;
	return memcmp(ip->b, zero, sizeof(zero)) == 0 && ip->b[15] <= 1;
}

void
identity_client(struct pool *pool, struct str addr, uint32_t asn, struct identities *ids)
{
	struct ip_net net;
	struct ip ip;

	if (!ip_parse(addr, &ip) || is_local(&ip))
		return;
	net = identity_net(&ip);
	identity_add(ids, IDENTITY_IP, ip_text(pool, &ip));
	identity_add(ids, IDENTITY_NET, identity_net_text(pool, &net));
	if (asn)
		identity_add(ids, IDENTITY_ASN, pool_printf(pool, "AS%u", asn));
}

/* ---- names ---- */

/* In lower case, without the dot at the end; empty: no host name. */
static struct str
host_name(struct pool *pool, struct str name)
{
	if (name.n && name.p[name.n - 1] == '.')
		name = str_upto(name, name.n - 1);
	if (name.n == 0 || name.n > IDENTITY_NAME)
		return STR_NONE;
	for (size_t i = 0; i < name.n; i++) {
		unsigned char c = (unsigned char)name.p[i];

		if (!ascii_is_alnum(c) && c != '.' && c != '-' && c != '_' && c < 0x80)
			return STR_NONE;
	}
	return pool_lower(pool, name);
}

static struct str
domain_of(struct pool *pool, struct str address)
{
	size_t at = str_rchr(address, '@');

	return at == STR_NPOS ? STR_NONE : host_name(pool, str_from(address, at + 1));
}

static bool
is_proved_helo(const struct session *s, const struct auth_facts *a)
{
	if (str_eq_nocase(s->helo, s->client_name))
		return true;
	return a && (a->spf_helo.result == AUTH_PASS ||
	    (a->iprev.result == AUTH_PASS && str_eq_nocase(s->helo, a->iprev.name)));
}

void
identity_helo(struct pool *pool, const struct session *s, const struct auth_facts *a, struct identities *ids)
{
	identity_add(ids, is_proved_helo(s, a) ? IDENTITY_HELO : IDENTITY_CLAIMED, host_name(pool, s->helo));
}

/* Itself, and what was registered of it: a new subdomain for each message hides nothing. */
static void
add_with_owner(struct identities *ids, enum identity_kind kind, struct str domain, size_t room)
{
	if (ids->n < room)
		identity_add(ids, kind, domain);
	if (ids->n < room)
		identity_add(ids, kind, suffixes_registered(NULL, domain));
}

static void
add_domain(struct pool *pool, struct str name, size_t room_from, struct identities *ids)
{
	add_with_owner(ids, IDENTITY_DOMAIN, host_name(pool, name), room_from + IDENTITY_DOMAINS);
}

/* A signature that leaves the end of the body open says nothing about what was put there. */
static bool
is_proof(const struct auth_dkim *d)
{
	return d->result == AUTH_PASS && !d->testing && !d->partial;
}

/* RFC 9989: the organisational domain first. */
static void
add_proved(struct pool *pool, const struct auth_facts *a, struct identities *ids)
{
	size_t from = ids->n;

	if (a->dmarc.result == AUTH_PASS)
		add_domain(pool, a->dmarc.org.n ? a->dmarc.org : a->dmarc.domain, from, ids);
	for (size_t i = 0; i < a->n_dkim; i++)
		if (is_proof(&a->dkim[i]))
			add_domain(pool, a->dkim[i].domain, from, ids);
	if (a->spf_mail.result == AUTH_PASS)
		add_domain(pool, a->spf_mail.domain, from, ids);
}

void
identity_sender(struct pool *pool, const struct session *s, const struct auth_facts *a, struct identities *ids)
{
	size_t before = ids->n;

	if (a)
		add_proved(pool, a, ids);
	if (ids->n == before)
		add_with_owner(ids, IDENTITY_CLAIMED, domain_of(pool, s->mail_from), IDENTITIES);
}

void
identity_foresee(struct pool *pool, const struct session *s, struct identities *ids)
{
	struct str helo = host_name(pool, s->helo), domain = domain_of(pool, s->mail_from);

	identity_add(ids, IDENTITY_HELO, helo);
	identity_add(ids, IDENTITY_CLAIMED, helo);
	add_with_owner(ids, IDENTITY_DOMAIN, domain, IDENTITIES);
	add_with_owner(ids, IDENTITY_CLAIMED, domain, IDENTITIES);
}

/* ---- contacts ---- */

static bool
is_proved(struct pool *pool, struct str domain, const struct auth_facts *a)
{
	struct identities ids = { .n = 0 };

	if (!a)
		return false;
	add_proved(pool, a, &ids);
	for (size_t i = 0; i < ids.n; i++)
		if (str_eq(ids.item[i].name, domain))
			return true;
	return false;
}

/* Senders that put a number, the recipient or a tag into each envelope stay the same sender (VERP, RFC
 * 5233): up to the first + or =, numbers as one 0. */
static struct str
local_part(struct pool *pool, struct str address)
{
	struct str in = str_upto(address, str_rchr(address, '@'));
	char *out = pool_alloc(pool, in.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < in.n && in.p[i] != '+' && in.p[i] != '='; i++) {
		unsigned char c = (unsigned char)in.p[i];

		if (!ascii_is_digit(c))
			out[n++] = (char)ascii_lower(c);
		else if (n == 0 || out[n - 1] != '0')
			out[n++] = '0';
	}
	return (struct str){ out, n };
}

static bool
has(const struct str *list, size_t n, struct str what)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(list[i], what))
			return true;
	return false;
}

size_t
identity_contacts(struct pool *pool, const struct session *s, const struct auth_facts *a, struct str *out)
{
	struct str domain = domain_of(pool, s->mail_from), local, mark;
	size_t n = 0;

	if (domain.n == 0)
		return 0;
	local = local_part(pool, s->mail_from);
	/* Who forges a known sender is not known because of it. */
	mark = is_proved(pool, domain, a) ? STR("") : STR("? ");
	for (size_t i = 0; i < s->n_rcpts && n < IDENTITY_CONTACTS; i++) {
		struct str to = domain_of(pool, s->rcpts[i]), name;

		if (to.n == 0)
			continue;
		name = pool_printf(pool, "%.*s%.*s@%.*s %.*s", STR_ARG(mark), STR_ARG(local), STR_ARG(domain), STR_ARG(to));
		if (!has(out, n, name))
			out[n++] = name;
	}
	return n;
}

/* ---- what an operator writes ---- */

/* RFC 5396: "AS64496". */
static bool
parse_asn(struct str text, uint32_t *asn)
{
	uint64_t n;

	if (!str_starts_nocase(text, STR("AS")) || !str_to_u64(str_from(text, 2), &n) || n == 0 || n > UINT32_MAX)
		return false;
	*asn = (uint32_t)n;
	return true;
}

/* A text of one kind; empty: it is none. */
static struct str
canonical(struct pool *pool, enum identity_kind kind, struct str text)
{
	struct ip_net net;
	struct ip ip;
	uint32_t asn;

	switch (kind) {
	case IDENTITY_IP:
		return ip_parse(text, &ip) ? ip_text(pool, &ip) : STR_NONE;
	case IDENTITY_NET:
		return ip_net_parse(text, &net) ? identity_net_text(pool, &net) : STR_NONE;
	case IDENTITY_ASN:
		return parse_asn(text, &asn) ? pool_printf(pool, "AS%u", asn) : STR_NONE;
	case IDENTITY_DOMAIN: case IDENTITY_HELO: case IDENTITY_CLAIMED:
		return host_name(pool, text);
	case IDENTITY_KINDS:
		break;
	}
	return STR_NONE;
}

/* "192.0.2.300" is a wrong address rather than a name. */
static bool
is_number(struct str text)
{
	for (size_t i = 0; i < text.n; i++)
		if (!ascii_is_digit((unsigned char)text.p[i]) && text.p[i] != '.')
			return false;
	return true;
}

static void
add_names(struct pool *pool, struct str text, struct identities *out)
{
	struct str name = is_number(text) ? STR_NONE : host_name(pool, text);

	for (int k = IDENTITY_DOMAIN; k <= IDENTITY_CLAIMED; k++)
		identity_add(out, (enum identity_kind)k, name);
}

enum rc
identity_parse(struct pool *pool, struct str text, struct identities *out, struct buf *why)
{
	size_t colon = str_chr(text, ':');
	enum identity_kind kind;

	out->n = 0;
	if (colon != STR_NPOS && identity_kind_parse(str_upto(text, colon), &kind)) {
		identity_add(out, kind, canonical(pool, kind, str_from(text, colon + 1)));
	} else {
		identity_add(out, IDENTITY_IP, canonical(pool, IDENTITY_IP, text));
		if (out->n == 0 && str_chr(text, '/') != STR_NPOS)
			identity_add(out, IDENTITY_NET, canonical(pool, IDENTITY_NET, text));
		if (out->n == 0)
			identity_add(out, IDENTITY_ASN, canonical(pool, IDENTITY_ASN, text));
		if (out->n == 0)
			add_names(pool, text, out);
	}
	if (out->n)
		return RC_OK;
	buf_printf(why, "'%.*s' is no address, network (192.0.2.0/24), AS number (AS64496), host name or domain",
	    STR_ARG(str_upto(text, 80)));
	return RC_BAD;
}
