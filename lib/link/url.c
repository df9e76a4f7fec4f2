/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "link/url.h"

#include <libpsl.h>

#include "base/utf8.h"
#include "link/url_in.h"

/* URL Standard 4.5. */
static struct str
serialize(struct pool *pool, const struct url *u)
{
	struct buf b;
	struct str out;

	buf_init(&b, u->scheme.n + u->userinfo.n + u->host.n + u->path.n + u->query.n + u->fragment.n + 32);
	buf_add(&b, u->scheme);
	buf_addc(&b, ':');
	if (u->host_kind != URL_NO_HOST) {
		buf_adds(&b, "//");
		buf_add(&b, u->userinfo);
		buf_adds(&b, u->userinfo.n ? "@" : "");
		buf_add(&b, u->host);
		if (u->port >= 0)
			buf_printf(&b, ":%d", u->port);
	} else if (!u->opaque_path && str_starts(u->path, STR("//"))) {
		buf_adds(&b, "/.");	/* or the path would be read as a host */
	}
	buf_add(&b, u->path);
	buf_adds(&b, u->has_query ? "?" : "");
	buf_add(&b, u->query);
	buf_adds(&b, u->has_fragment ? "#" : "");
	buf_add(&b, u->fragment);
	out = pool_str(pool, buf_str(&b));
	buf_clear(&b);
	return out;
}

static enum rc
parse(struct pool *pool, struct str in, const struct url *base, uint32_t tricks, struct url *out)
{
	struct str clean = url_clean(pool, in, &tricks);
	enum rc rc = url_read(pool, clean, base, out);

	if (rc != RC_OK)
		return rc;
	out->tricks |= tricks;
	out->href = serialize(pool, out);
	return RC_OK;
}

enum rc
url_parse(struct pool *pool, struct str in, const struct url *base, struct url *out)
{
	if (in.n > URL_BYTES)
		return RC_LIMIT;
	return url_plain(pool, in, out) ? RC_OK : url_any(pool, in, base, out);
}

enum rc
url_any(struct pool *pool, struct str in, const struct url *base, struct url *out)
{
	enum rc rc = parse(pool, in, base, 0, out);
	if (rc == RC_BAD && !utf8_is_valid(in))
		rc = parse(pool, url_sloppy(pool, in), base, URL_BAD_UTF8, out);
	return rc;
}

bool
url_is_web(const struct url *u)
{
	return str_eq(u->scheme, STR("http")) || str_eq(u->scheme, STR("https"));
}

bool
url_user_looks_host(const struct url *u)
{
	return url_is_web(u) && str_chr(u->userinfo, '.') != STR_NPOS;
}

bool
url_address(const struct url *u, struct ip *out)
{
	if (u->host_kind == URL_IPV6)
		return ip_parse(str_sub(u->host, 1, u->host.n - 2), out);
	return u->host_kind == URL_IPV4 && ip_parse(u->host, out);
}

static const struct { const char *name, *help; } tricks_table[] = {
#define URL_TRICK(id, name, help) { name, help },
#include "link/url_trick.list"
#undef URL_TRICK
};

const char *
url_trick_name(enum url_trick_id id)
{
	return tricks_table[id].name;
}

const char *
url_trick_help(enum url_trick_id id)
{
	return tricks_table[id].help;
}

struct str
url_tricks_text(struct pool *pool, uint32_t tricks)
{
	struct buf b;
	struct str out;

	buf_init(&b, 1024);
	for (size_t i = 0; i < URL_TRICK_N; i++) {
		if (!(tricks & 1u << i))
			continue;
		buf_adds(&b, b.n ? "," : "");
		buf_adds(&b, tricks_table[i].name);
	}
	out = pool_str(pool, buf_str(&b));
	buf_clear(&b);
	return out;
}

enum { NAME_BYTES = 253 };

struct str
url_registered(struct str host)
{
	char name[NAME_BYTES + 1];
	const char *found;
	struct ip ip;

	while (host.n && host.p[host.n - 1] == '.')
		host.n--;
	if (host.n == 0 || host.n > NAME_BYTES || host.p[0] == '[' || ip_parse(host, &ip) ||
	    memchr(host.p, '\0', host.n))
		return host;
	memcpy(name, host.p, host.n);
	name[host.n] = '\0';
	/* A slice of `name`: its length counts from the end of the host. */
	found = psl_registrable_domain(psl_builtin(), name);
	return found ? str_from(host, (size_t)(found - name)) : host;
}
