/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* One value of a feed. */
#include "base/ascii.h"
#include "base/idna.h"
#include "jobs/feed_read.h"
#include "link/url_key.h"

enum { DOMAIN_BYTES = 253, LABEL_BYTES = 63, MAILBOX_BYTES = 254, LOCAL_BYTES = 64 };

/* How people make an address harmless, and what it was. */
static const struct { struct str written, meant; } defanged[] = {
	{ STR("[.]"), STR(".") }, { STR("(.)"), STR(".") }, { STR("{.}"), STR(".") }, { STR("[dot]"), STR(".") },
	{ STR("(dot)"), STR(".") }, { STR("[:]"), STR(":") }, { STR("[://]"), STR("://") }, { STR("[@]"), STR("@") },
	{ STR("[at]"), STR("@") }, { STR("(at)"), STR("@") }, { STR("\\."), STR(".") },
};

static size_t
match_at(struct str in, struct str *meant)
{
	for (size_t i = 0; i < sizeof(defanged) / sizeof(defanged[0]); i++) {
		if (str_starts_nocase(in, defanged[i].written)) {
			*meant = defanged[i].meant;
			return defanged[i].written.n;
		}
	}
	*meant = str_upto(in, 1);
	return 1;
}

/* The text never grows. */
static struct str
refang(struct pool *pool, struct str in)
{
	char *out = pool_alloc(pool, in.n + 1);
	size_t n = 0;

	while (in.n) {
		struct str meant;
		size_t used = match_at(in, &meant);

		memcpy(out + n, meant.p, meant.n);
		n += meant.n;
		in = str_from(in, used);
	}
	return (struct str){ out, n };
}

static bool
is_label(struct str s)
{
	if (s.n == 0 || s.n > LABEL_BYTES || s.p[0] == '-' || s.p[s.n - 1] == '-')
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (!ascii_is_alnum((unsigned char)s.p[i]) && s.p[i] != '-' && s.p[i] != '_')
			return false;
	return true;
}

/* Two labels at least, and no address: its last label is no number. */
static bool
is_domain(struct str s)
{
	struct str label = STR_NONE;
	uint64_t number;
	size_t labels = 0;

	if (s.n > DOMAIN_BYTES)
		return false;
	while (str_next(&s, '.', &label)) {
		if (!is_label(label))
			return false;
		labels++;
	}
	return labels >= 2 && !str_to_u64(label, &number);
}

/* "*.example.com" and ".example.com" are how some say what every entry means here: and all below. */
static enum rc
take_domain(struct pool *pool, struct str in, struct str *out)
{
	if (str_starts(in, STR("*.")))
		in = str_from(in, 2);
	else if (str_starts(in, STR(".")))
		in = str_from(in, 1);
	if (in.n && in.p[in.n - 1] == '.')
		in.n--;
	*out = pool_lower(pool, idna_ascii(pool, in));
	return is_domain(*out) ? RC_OK : RC_BAD;
}

/* The host of a URL. A path makes it speak of that page: the site around it may be anybody's. */
static enum rc
take_host(struct pool *pool, const struct feed *f, struct str in, struct str *out)
{
	size_t scheme = str_find(in, STR("://")), end = 0, port, user;
	struct str host = scheme == STR_NPOS ? in : str_from(in, scheme + 3), rest;

	while (end < host.n && host.p[end] != '/' && host.p[end] != '?' && host.p[end] != '#')
		end++;
	rest = str_from(host, end);
	host = str_upto(host, end);
	user = str_rchr(host, '@');
	if (user != STR_NPOS && scheme == STR_NPOS)
		return RC_BAD;			/* a mailbox */
	host = user == STR_NPOS ? host : str_from(host, user + 1);
	port = str_chr(host, ':');
	if (rest.n > 1 && !f->any_url)
		return RC_BAD;
	return take_domain(pool, str_upto(host, port), out);
}

/* Whatever its scheme, it is looked up as one of the web. */
static enum rc
take_url(struct pool *pool, struct str in, struct str *out)
{
	size_t scheme = str_find(in, STR("://"));
	struct str rest = scheme == STR_NPOS ? in : str_from(in, scheme + 3), host;
	struct url_key key;
	struct url u;

	if (url_parse(pool, pool_printf(pool, "http://%.*s", STR_ARG(rest)), NULL, &u) != RC_OK)
		return RC_BAD;
	if (u.userinfo.n && scheme == STR_NPOS)
		return RC_BAD;			/* a mailbox */
	url_key(pool, &u, &key);
	host = str_upto(key.text, key.host);
	*out = key.text;
	return (key.address || is_domain(host)) && key.text.n <= INDICATORS_KEY - 2 ? RC_OK : RC_BAD;
}

static enum rc
take_mailbox(struct pool *pool, struct str in, struct str *out)
{
	struct str domain;
	size_t at;

	if (str_starts_nocase(in, STR("mailto:")))
		in = str_from(in, 7);
	if (in.n > 2 && in.p[0] == '<' && in.p[in.n - 1] == '>')
		in = str_sub(in, 1, in.n - 2);
	at = str_rchr(in, '@');
	if (at == STR_NPOS || at == 0 || at > LOCAL_BYTES || take_domain(pool, str_from(in, at + 1), &domain) != RC_OK)
		return RC_BAD;
	for (size_t i = 0; i < at; i++)
		if ((unsigned char)in.p[i] <= ' ' || in.p[i] == 0x7f || in.p[i] == '@')
			return RC_BAD;
	if (at + 1 + domain.n > MAILBOX_BYTES)
		return RC_BAD;
	*out = pool_lower(pool, pool_printf(pool, "%.*s@%.*s", (int)at, in.p, STR_ARG(domain)));
	return RC_OK;
}

static enum rc
take_hash(struct pool *pool, struct str in, struct str *out)
{
	char *bytes = pool_alloc(pool, HASH_SHA256_BYTES);

	if (in.n != HASH_SHA256_HEX)
		return RC_BAD;
	for (size_t i = 0; i < HASH_SHA256_BYTES; i++) {
		int high = ascii_hex((unsigned char)in.p[2 * i]), low = ascii_hex((unsigned char)in.p[2 * i + 1]);

		if (high < 0 || low < 0)
			return RC_BAD;
		bytes[i] = (char)(high << 4 | low);
	}
	*out = (struct str){ bytes, HASH_SHA256_BYTES };
	return RC_OK;
}

/* A feed that lists a large part of the Internet is broken, or worse. */
static enum rc
take_net(struct str in, struct ip_net *out)
{
	if (in.n > 2 && in.p[0] == '[' && in.p[in.n - 1] == ']')
		in = str_sub(in, 1, in.n - 2);
	if (!ip_net_parse(in, out))
		return RC_BAD;
	return out->prefix >= (out->ip.bits == 32 ? FEED_V4_WIDEST : FEED_V6_WIDEST) ? RC_OK : RC_BAD;
}

enum rc
feed_value(struct pool *pool, const struct feed *f, struct str value, struct indicator *out)
{
	struct str in = refang(pool, str_trim(value));

	*out = (struct indicator){ .kind = (enum indicator_kind)f->kind, .class = f->class,
	    .confidence = (unsigned)f->confidence };
	if (in.n == 0)
		return RC_BAD;
	switch (out->kind) {
	case INDICATOR_IP:
		return take_net(in, &out->net);
	case INDICATOR_DOMAIN:
		return take_host(pool, f, in, &out->value);
	case INDICATOR_HASH:
		return take_hash(pool, in, &out->value);
	case INDICATOR_ADDRESS:
		return take_mailbox(pool, in, &out->value);
	case INDICATOR_URL:
		return take_url(pool, in, &out->value);
	case INDICATOR_KINDS:
		break;
	}
	return RC_BAD;
}
