/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "base/ascii.h"
#include "link/url_in.h"

/* The states of the URL Standard 4.4 are functions here; each takes what is left of the input and hands on the
 * rest. `out` is filled as the states go, the path in a buffer because ".." takes away from its end. */

enum { PORT_MAX = 65535 };

struct reading {
	struct pool *pool;
	const struct url *base;
	struct url *out;
	bool special;
	struct buf path;
};

static const struct scheme { const char *name; int port; } schemes[] = {
	{ "http", 80 }, { "https", 443 }, { "ws", 80 }, { "wss", 443 }, { "ftp", 21 }, { "file", -1 }
};

static const struct scheme *
special_scheme(struct str name)
{
	for (size_t i = 0; i < sizeof(schemes) / sizeof(*schemes); i++)
		if (str_eq(name, str_of(schemes[i].name)))
			return &schemes[i];
	return NULL;
}

static bool
is_file(const struct url *u)
{
	return str_eq(u->scheme, STR("file"));
}

static bool
is_slash(const struct reading *r, struct str s)
{
	return s.n && (s.p[0] == '/' || (s.p[0] == '\\' && r->special));
}

static struct str
encoded(struct reading *r, enum url_set set, struct str s)
{
	struct buf b;
	struct str out;

	buf_init(&b, s.n * 3 + 1);
	url_encode(&b, set, s);
	out = pool_str(r->pool, buf_str(&b));
	buf_clear(&b);
	return out;
}

/* ---- behind the path ---- */

static void
read_fragment(struct reading *r, struct str s)
{
	r->out->has_fragment = true;
	r->out->fragment = encoded(r, URL_SET_FRAGMENT, s);
}

/* "?query#fragment", either may be missing. */
static void
read_tail(struct reading *r, struct str s)
{
	size_t hash = str_chr(s, '#');

	if (s.n && s.p[0] == '?') {
		r->out->has_query = true;
		r->out->query = encoded(r, r->special ? URL_SET_SPECIAL_QUERY | URL_SET_QUERY : URL_SET_QUERY,
		    str_from(str_upto(s, hash), 1));
	}
	if (hash != STR_NPOS)
		read_fragment(r, str_from(s, hash + 1));
}

static size_t
tail_at(struct str s)
{
	size_t q = str_chr(s, '?'), h = str_chr(s, '#');

	return q < h ? q : h < s.n ? h : s.n;
}

/* ---- path ---- */

/* "c:" or, as people wrote it once, "c|". */
static bool
is_drive(struct str s)
{
	return s.n == 2 && ascii_is_alpha((unsigned char)s.p[0]) && (s.p[1] == ':' || s.p[1] == '|');
}

static bool
starts_with_drive(struct str s)
{
	return is_drive(str_upto(s, 2)) && (s.n == 2 || strchr("/\\?#", s.p[2]));
}

/* Does "%2e" or "." stand at s[*at]? */
static bool
dot(struct str s, size_t *at)
{
	if (*at < s.n && s.p[*at] == '.') {
		*at += 1;
		return true;
	}
	if (str_starts_nocase(str_from(s, *at), STR("%2e"))) {
		*at += 3;
		return true;
	}
	return false;
}

/* 1 for ".", 2 for "..", 0 for all else. */
static unsigned
dots(struct str s)
{
	size_t at = 0;
	unsigned n = 0;

	while (n < 3 && dot(s, &at))
		n++;
	return at == s.n && n <= 2 ? n : 0;
}

/* The last segment goes; the drive of a file stays. */
static void
shorten(struct reading *r)
{
	struct str path = buf_str(&r->path);

	if (is_file(r->out) && path.n == 3 && is_drive(str_from(path, 1)))
		return;
	while (r->path.n && r->path.p[--r->path.n] != '/')
		;
}

static void
add_segment(struct reading *r, struct str seg)
{
	buf_addc(&r->path, '/');
	if (is_file(r->out) && r->path.n == 1 && is_drive(seg)) {
		buf_addc(&r->path, seg.p[0]);
		buf_addc(&r->path, ':');
		return;
	}
	url_encode(&r->path, URL_SET_PATH, seg);
}

static size_t
next_slash(const struct reading *r, struct str s)
{
	size_t at = 0;

	while (at < s.n && !is_slash(r, str_from(s, at)))
		at++;
	return at;
}

/* Segments from behind the first slash on. */
static void
read_path(struct reading *r, struct str s)
{
	size_t end = tail_at(s);
	struct str rest = str_upto(s, end);

	for (;;) {
		size_t at = next_slash(r, rest);
		struct str seg = str_upto(rest, at);
		bool last = at == rest.n;
		unsigned n = dots(seg);

		if (n == 2)
			shorten(r);
		if (n && last)
			buf_addc(&r->path, '/');
		if (!n)
			add_segment(r, seg);
		if (last)
			break;
		rest = str_from(rest, at + 1);
	}
	read_tail(r, str_from(s, end));
}

/* Behind the host. */
static void
read_path_start(struct reading *r, struct str s)
{
	if (r->special || (s.n && s.p[0] == '/'))
		read_path(r, is_slash(r, s) ? str_from(s, 1) : s);
	else
		read_tail(r, s);
}

static void
read_opaque_path(struct reading *r, struct str s)
{
	size_t end = tail_at(s), n = end;

	r->out->opaque_path = true;
	while (n && s.p[n - 1] == ' ')
		n--;
	url_encode(&r->path, URL_SET_CONTROL, str_upto(s, n));
	/* The last of the blanks is encoded, so that the path reads the same when it is cut out. */
	for (; n < end; n++)
		buf_adds(&r->path, n + 1 < end ? " " : "%20");
	read_tail(r, str_from(s, end));
}

/* ---- authority ---- */

static enum rc
read_port(struct reading *r, struct str s)
{
	const struct scheme *scheme = special_scheme(r->out->scheme);
	int port = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (!ascii_is_digit((unsigned char)s.p[i]))
			return RC_BAD;
		port = port * 10 + (s.p[i] - '0');
		if (port > PORT_MAX)
			return RC_BAD;
	}
	if (s.n && !(scheme && scheme->port == port)) {
		r->out->port = port;
		r->out->tricks |= URL_ODD_PORT;
	}
	return RC_OK;
}

static void
read_userinfo(struct reading *r, struct str s)
{
	size_t colon = str_chr(s, ':');
	struct str name = encoded(r, URL_SET_USERINFO, str_upto(s, colon)), secret = STR_NONE;

	r->out->tricks |= URL_USERINFO;
	if (colon != STR_NPOS)
		secret = encoded(r, URL_SET_USERINFO, str_from(s, colon + 1));
	if (secret.n)
		name = pool_printf(r->pool, "%.*s:%.*s", STR_ARG(name), STR_ARG(secret));
	r->out->userinfo = name;
}

/* The colon before the port; none inside the brackets of an IPv6 address. */
static size_t
port_colon(struct str s)
{
	bool inside = false;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '[')
			inside = true;
		if (s.p[i] == ']')
			inside = false;
		if (s.p[i] == ':' && !inside)
			return i;
	}
	return s.n;
}

static enum rc
read_authority(struct reading *r, struct str s)
{
	size_t slash = next_slash(r, s), tail = tail_at(s), end = slash < tail ? slash : tail;
	size_t at, colon;
	struct str host = str_upto(s, end);

	if (r->special && end < s.n && s.p[end] == '\\')
		r->out->tricks |= URL_BACKSLASH;
	at = str_rchr(host, '@');
	if (at != STR_NPOS) {
		read_userinfo(r, str_upto(host, at));
		host = str_from(host, at + 1);
		if (host.n == 0)
			return RC_BAD;
	}
	colon = port_colon(host);
	if (colon == 0 && (colon < host.n || r->special))
		return RC_BAD;
	if (url_host(r->pool, str_upto(host, colon), r->special, r->out) != RC_OK)
		return RC_BAD;
	if (read_port(r, str_from(host, colon + 1)) != RC_OK)
		return RC_BAD;
	if (str_eq(r->out->host, STR("http")) || str_eq(r->out->host, STR("https")))
		r->out->tricks |= URL_DOUBLE_SCHEME;
	read_path_start(r, str_from(s, end));
	return RC_OK;
}

/* Browsers take any number of slashes, in either direction. */
static enum rc
read_after_slashes(struct reading *r, struct str s, size_t seen)
{
	while (is_slash(r, s)) {
		if (s.p[0] == '\\')
			r->out->tricks |= URL_BACKSLASH;
		s = str_from(s, 1);
		seen++;
	}
	if (seen != 2)
		r->out->tricks |= URL_SLASHES;
	return read_authority(r, s);
}

/* ---- relative ---- */

static void
take_host(struct reading *r)
{
	r->out->userinfo = r->base->userinfo;
	r->out->host = r->base->host;
	r->out->host_kind = r->base->host_kind;
	r->out->port = r->base->port;
}

/* Nothing but "?query" or "#fragment", or less. */
static void
read_same_path(struct reading *r, struct str s)
{
	buf_add(&r->path, r->base->path);
	if (!s.n || s.p[0] != '?') {
		r->out->query = r->base->query;
		r->out->has_query = r->base->has_query;
	}
	read_tail(r, s);
}

static bool
is_tail(struct str s)
{
	return s.n == 0 || s.p[0] == '?' || s.p[0] == '#';
}

static enum rc
read_relative(struct reading *r, struct str s)
{
	if (is_slash(r, s)) {
		struct str next = str_from(s, 1);

		if (is_slash(r, next)) {
			if (s.p[0] == '\\')
				r->out->tricks |= URL_BACKSLASH;
			return r->special ? read_after_slashes(r, next, 1) : read_authority(r, str_from(next, 1));
		}
		take_host(r);
		read_path(r, next);
		return RC_OK;
	}
	take_host(r);
	if (is_tail(s)) {
		read_same_path(r, s);
		return RC_OK;
	}
	buf_add(&r->path, r->base->path);
	shorten(r);
	read_path(r, s);
	return RC_OK;
}

/* ---- file ---- */

static enum rc
read_file_host(struct reading *r, struct str s)
{
	size_t slash = next_slash(r, s), tail = tail_at(s), end = slash < tail ? slash : tail;
	struct str host = str_upto(s, end);

	r->out->host_kind = URL_OPAQUE;
	if (is_drive(host)) {
		read_path(r, s);
		return RC_OK;
	}
	if (host.n) {
		if (url_host(r->pool, host, true, r->out) != RC_OK)
			return RC_BAD;
		if (str_eq(r->out->host, STR("localhost"))) {
			r->out->host = STR_NONE;
			r->out->host_kind = URL_OPAQUE;
		}
	}
	read_path_start(r, str_from(s, end));
	return RC_OK;
}

static enum rc
read_file(struct reading *r, struct str s)
{
	bool on_file = r->base && is_file(r->base);

	r->out->host_kind = URL_OPAQUE;
	if (is_slash(r, s) && is_slash(r, str_from(s, 1)))
		return read_file_host(r, str_from(s, 2));
	if (on_file)
		take_host(r);
	if (is_slash(r, s)) {
		s = str_from(s, 1);
		if (on_file && !starts_with_drive(s) && is_drive(str_sub(r->base->path, 1, 2)) &&
		    (r->base->path.n == 3 || r->base->path.p[3] == '/'))
			buf_add(&r->path, str_upto(r->base->path, 3));
		read_path(r, s);
		return RC_OK;
	}
	if (on_file && is_tail(s)) {
		read_same_path(r, s);
		return RC_OK;
	}
	if (on_file && !starts_with_drive(s)) {
		buf_add(&r->path, r->base->path);
		shorten(r);
	}
	read_path(r, s);
	return RC_OK;
}

/* ---- the whole ---- */

/* Length of "scheme:" at the start, 0 when there is none. */
static size_t
scheme_length(struct str s)
{
	if (s.n == 0 || !ascii_is_alpha((unsigned char)s.p[0]))
		return 0;
	for (size_t i = 1; i < s.n; i++) {
		if (s.p[i] == ':')
			return i + 1;
		if (!ascii_is_alnum((unsigned char)s.p[i]) && s.p[i] != '+' && s.p[i] != '-' && s.p[i] != '.')
			return 0;
	}
	return 0;
}

static enum rc
read_without_scheme(struct reading *r, struct str s)
{
	const struct url *base = r->base;

	if (!base || (base->opaque_path && !(s.n && s.p[0] == '#')))
		return RC_BAD;
	r->out->scheme = base->scheme;
	r->special = special_scheme(base->scheme) != NULL;
	if (base->opaque_path) {
		r->out->opaque_path = true;
		read_same_path(r, s);
		return RC_OK;
	}
	return is_file(base) ? read_file(r, s) : read_relative(r, s);
}

static enum rc
read_with_scheme(struct reading *r, struct str s)
{
	const struct url *base = r->base;

	r->special = special_scheme(r->out->scheme) != NULL;
	if (str_eq(r->out->scheme, STR("data")))
		r->out->tricks |= URL_DATA_URL;
	if (is_file(r->out))
		return read_file(r, s);
	if (r->special && base && str_eq(base->scheme, r->out->scheme) && !str_starts(s, STR("//")))
		return read_relative(r, s);
	if (r->special)
		return read_after_slashes(r, s, 0);
	if (str_starts(s, STR("//")))
		return read_authority(r, str_from(s, 2));
	if (is_slash(r, s))
		read_path(r, str_from(s, 1));
	else
		read_opaque_path(r, s);
	return RC_OK;
}

enum rc
url_read(struct pool *pool, struct str in, const struct url *base, struct url *out)
{
	struct reading r = { .pool = pool, .base = base, .out = out };
	size_t n = scheme_length(in);
	enum rc rc;

	*out = (struct url){ .port = -1 };
	buf_init(&r.path, in.n * 3 + (base ? base->path.n : 0) + 8);
	if (n) {
		out->scheme = pool_lower(pool, str_upto(in, n - 1));
		rc = read_with_scheme(&r, str_from(in, n));
	} else {
		rc = read_without_scheme(&r, in);
	}
	if (rc == RC_OK)
		out->path = pool_str(pool, buf_str(&r.path));
	buf_clear(&r.path);
	return rc;
}
