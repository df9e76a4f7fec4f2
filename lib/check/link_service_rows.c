/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* URLhaus      urlhaus-api.abuse.ch, "URLhaus API": POST /v1/url/ and /v1/host/, header Auth-Key. It keeps what is long
 *              gone, so only what is "online" or "unknown" is a hit.
 * PhishTank    phishtank.com/api_info.php: POST url, format, app_key. A hit has been verified and is valid.
 * VirusTotal   docs.virustotal.com, API v3: GET /urls/{id}, /domains/{name}, /ip_addresses/{address}, header
 *              x-apikey. Only looked up: nothing is uploaded for analysis. */
#include "check/link_service_rows.h"

#include "base/ascii.h"
#include "base/base64.h"
#include "base/hash.h"

enum { JSON_DEPTH = 16, FORM_MAX = 16384 };
enum { OK = 200, UNAUTHORIZED = 401, FORBIDDEN = 403, NOT_FOUND = 404, TOO_MANY = 429, OVER_LIMIT = 509 };

/* ---- JSON ---- */

static struct json_object *
parse(struct str body)
{
	struct json_tokener *t = json_tokener_new_ex(JSON_DEPTH);
	struct json_object *o;
	size_t end;

	if (!t)
		return NULL;
	json_tokener_set_flags(t, JSON_TOKENER_STRICT);
	o = json_tokener_parse_ex(t, body.p ? body.p : "", (int)body.n);
	end = json_tokener_get_parse_end(t);
	if (json_tokener_get_error(t) != json_tokener_success || str_trim(str_from(body, end)).n) {
		json_object_put(o);
		o = NULL;
	}
	json_tokener_free(t);
	return o;
}

/* A member of this type, or NULL. */
static struct json_object *
member(struct json_object *o, const char *name, enum json_type type)
{
	struct json_object *v = NULL;

	if (!json_object_is_type(o, json_type_object) || !json_object_object_get_ex(o, name, &v))
		return NULL;
	return json_object_is_type(v, type) ? v : NULL;
}

static struct str
text(struct json_object *o, const char *name)
{
	struct json_object *v = member(o, name, json_type_string);

	return v ? (struct str){ json_object_get_string(v), (size_t)json_object_get_string_len(v) } : STR_NONE;
}

/* 1, 0, or -1 where there is no such member. */
static int
truth(struct json_object *o, const char *name)
{
	struct json_object *v = member(o, name, json_type_boolean);

	return v ? json_object_get_boolean(v) : -1;
}

/* A number of the server, as far as it can be meant. */
static int64_t
number(struct json_object *o, const char *name)
{
	struct json_object *v = member(o, name, json_type_int);
	int64_t n = v ? json_object_get_int64(v) : -1;

	return n > 100000 ? -1 : n;
}

/* Words of a stranger, for the log and the manual's kind of evidence. */
static void
add_word(struct buf *out, struct str word)
{
	for (size_t i = 0; i < word.n && i < LINK_SERVICE_FOUND; i++)
		buf_addc(out, ascii_is_alnum((unsigned char)word.p[i]) ? word.p[i] : '_');
}

/* ---- forms ---- */

static void
add_encoded(struct buf *b, struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (ascii_is_alnum(c) || c == '-' || c == '.' || c == '_' || c == '~')
			buf_addc(b, (char)c);
		else
			buf_printf(b, "%%%02X", c);
	}
}

static struct str
form(struct pool *pool, const char *name, struct str value, const char *more, struct str last)
{
	struct buf b;
	struct str out;

	buf_init(&b, FORM_MAX);
	buf_printf(&b, "%s=", name);
	add_encoded(&b, value);
	if (more)
		buf_adds(&b, more);
	add_encoded(&b, last);
	out = b.full ? STR_NONE : pool_str(pool, buf_str(&b));
	buf_clear(&b);
	return out;
}

/* ---- URLhaus ---- */

static void
urlhaus_ask(struct pool *pool, struct str base, enum link_sent sent, const struct service_asked *a,
    struct service_question *out)
{
	bool host = sent == LINK_SENT_HOST;

	out->url = pool_printf(pool, "%.*s/%s/", STR_ARG(base), host ? "host" : "url");
	out->form = host ? form(pool, "host", a->host, NULL, STR_NONE) : form(pool, "url", a->url, NULL, STR_NONE);
}

/* Is it still there? */
static bool
is_live(struct str url_status)
{
	return str_eq(url_status, STR("online")) || str_eq(url_status, STR("unknown"));
}

static enum service_outcome
urlhaus_host(struct json_object *o, struct buf *found)
{
	struct json_object *urls = member(o, "urls", json_type_array);

	if (!urls)
		return SERVICE_FAILED;
	for (size_t i = 0; i < json_object_array_length(urls); i++) {
		struct json_object *u = json_object_array_get_idx(urls, i);

		if (str_eq(text(u, "url_status"), STR("online"))) {
			add_word(found, text(u, "threat"));
			return SERVICE_HIT;
		}
	}
	return SERVICE_UNKNOWN;
}

static enum service_outcome
urlhaus_page(struct json_object *o, struct buf *found)
{
	struct str status = text(o, "url_status");

	if (is_live(status)) {
		add_word(found, text(o, "threat"));
		return SERVICE_HIT;
	}
	return str_eq(status, STR("offline")) ? SERVICE_UNKNOWN : SERVICE_FAILED;
}

static enum service_outcome
urlhaus_read(enum link_sent sent, long status, struct json_object *o, int64_t engines, struct buf *found)
{
	struct str said = text(o, "query_status");

	(void)engines;
	if (str_eq(said, STR("unknown_auth_key")))
		return SERVICE_REFUSED;
	if (status != OK)
		return SERVICE_FAILED;
	if (str_eq(said, STR("no_results")))
		return SERVICE_NO_HIT;
	if (str_eq(said, STR("invalid_url")) || str_eq(said, STR("invalid_host")))
		return SERVICE_UNKNOWN;
	if (!str_eq(said, STR("ok")))
		return SERVICE_FAILED;
	return sent == LINK_SENT_HOST ? urlhaus_host(o, found) : urlhaus_page(o, found);
}

/* ---- PhishTank ---- */

static void
phishtank_ask(struct pool *pool, struct str base, enum link_sent sent, const struct service_asked *a,
    struct service_question *out)
{
	(void)sent;
	out->url = pool_printf(pool, "%.*s/", STR_ARG(base));
	out->form = form(pool, "url", a->url, a->key.n ? "&format=json&app_key=" : "&format=json", a->key);
}

static enum service_outcome
phishtank_read(enum link_sent sent, long status, struct json_object *o, int64_t engines, struct buf *found)
{
	struct json_object *r = member(o, "results", json_type_object);
	int known = truth(r, "in_database"), verified = truth(r, "verified"), valid = truth(r, "valid");

	(void)sent, (void)engines;
	if (status != OK || !str_eq(text(member(o, "meta", json_type_object), "status"), STR("success")) || known < 0)
		return SERVICE_FAILED;
	if (!known)
		return SERVICE_NO_HIT;
	if (verified < 0)
		return SERVICE_FAILED;
	if (!verified || valid < 0)
		return SERVICE_UNKNOWN;		/* reported, and nobody looked */
	if (valid)
		buf_adds(found, "phishing");
	return valid ? SERVICE_HIT : SERVICE_NO_HIT;
}

/* ---- VirusTotal ---- */

/* The identifier of a URL is its SHA-256, or itself in base64url without padding. */
static void
virustotal_ask(struct pool *pool, struct str base, enum link_sent sent, const struct service_asked *a,
    struct service_question *out)
{
	unsigned char digest[HASH_SHA256_BYTES];
	char hex[HASH_SHA256_HEX + 1];
	struct buf id;

	if (sent == LINK_SENT_HOST) {
		out->url = pool_printf(pool, "%.*s/%s/%.*s", STR_ARG(base), a->is_address ? "ip_addresses" : "domains",
		    STR_ARG(a->host));
		return;
	}
	buf_init(&id, 2 * LINK_SERVICE_URL);
	if (sent == LINK_SENT_HASH) {
		hash_sha256(a->url, digest);
		hash_hex(digest, hex);
		buf_adds(&id, hex);
	} else {
		base64_put(&id, a->url);
		while (id.n && id.p[id.n - 1] == '=')
			id.n--;
		for (size_t i = 0; i < id.n; i++)
			id.p[i] = id.p[i] == '+' ? '-' : id.p[i] == '/' ? '_' : id.p[i];
	}
	out->url = pool_printf(pool, "%.*s/urls/%.*s", STR_ARG(base), STR_ARG(buf_str(&id)));
	buf_clear(&id);
}

static enum service_outcome
virustotal_read(enum link_sent sent, long status, struct json_object *o, int64_t engines, struct buf *found)
{
	struct json_object *data = member(o, "data", json_type_object);
	struct json_object *attributes = member(data, "attributes", json_type_object);
	struct json_object *stats = member(attributes, "last_analysis_stats", json_type_object);
	int64_t bad = number(stats, "malicious"), fine = number(stats, "harmless"), silent = number(stats, "undetected");

	(void)sent;
	if (status == NOT_FOUND)	/* it never saw it, and says so */
		return str_eq(text(member(o, "error", json_type_object), "code"), STR("NotFoundError")) ?
		    SERVICE_UNKNOWN : SERVICE_FAILED;
	if (status != OK || bad < 0 || fine < 0 || silent < 0)
		return SERVICE_FAILED;
	if (bad >= engines) {
		int64_t all = bad + fine + silent;

		buf_printf(found, "%lld_of_%lld", (long long)bad, (long long)all);
		return SERVICE_HIT;
	}
	return bad > 0 || fine + silent == 0 ? SERVICE_UNKNOWN : SERVICE_NO_HIT;
}

/* ---- all ---- */

/* A page that is known alone is reason enough; a host of many pages is known for one of them. */
const struct service_row service_rows[LINK_SERVICES] = {
	[LINK_URLHAUS] = { "urlhaus", NULL, "Auth-Key", 1u << LINK_SENT_HOST | 1u << LINK_SENT_URL, true,
	    { CLASS_MALWARE, 100 }, { CLASS_REPUTATION, 30 }, urlhaus_ask, urlhaus_read },
	[LINK_PHISHTANK] = { "phishtank", "phishtank/sekimori", NULL, 1u << LINK_SENT_URL, false,
	    { CLASS_PHISHING, 100 }, { CLASS_PHISHING, 100 }, phishtank_ask, phishtank_read },
	[LINK_VIRUSTOTAL] = { "virustotal", NULL, "x-apikey",
	    1u << LINK_SENT_HOST | 1u << LINK_SENT_HASH | 1u << LINK_SENT_URL, true,
	    { CLASS_PHISHING, 70 }, { CLASS_REPUTATION, 40 }, virustotal_ask, virustotal_read },
};

enum service_outcome
service_read(const struct service_row *row, enum link_sent sent, long status, struct str body, int64_t engines,
    struct buf *found)
{
	struct json_object *o;
	enum service_outcome out;

	if (status == TOO_MANY || status == OVER_LIMIT)
		return SERVICE_QUOTA;
	if (status == UNAUTHORIZED || status == FORBIDDEN)
		return SERVICE_REFUSED;
	if (status == 0)
		return SERVICE_FAILED;
	o = parse(body);
	out = o ? row->read(sent, status, o, engines, found) : SERVICE_FAILED;
	json_object_put(o);
	return out;
}
