/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "net/http_transfer.h"

#include <inttypes.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "base/ascii.h"
#include "base/clock.h"

enum { HEADER_BYTES = HTTP_SECRET + 128, SLOW_SEC = 30 };

/* ---- addresses ---- */

static bool
is_in(const struct ip *ip, const char *const *nets)
{
	struct ip_net net;

	for (; *nets; nets++)
		if (ip_net_parse(str_of(*nets), &net) && ip_in(ip, &net))
			return true;
	return false;
}

/* IPv6 addresses that lead to an IPv4 address: NAT64 (RFC 6052) and 6to4 (RFC 3056). */
static bool
embeds_v4(const struct ip *ip, struct ip *out)
{
	static const char *const nat64[] = { "64:ff9b::/96", NULL }, *const six_to_four[] = { "2002::/16", NULL };
	const unsigned char *at = is_in(ip, nat64) ? ip->b + 12 : is_in(ip, six_to_four) ? ip->b + 2 : NULL;

	if (at)
		*out = ip_of_bytes(at, 32);
	return at != NULL;
}

bool
http_is_public(const struct ip *ip)
{
	/* RFC 6890 and its registries; multicast. */
	static const char *const v4[] = { "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16",
	    "172.16.0.0/12", "192.0.0.0/24", "192.168.0.0/16", "198.18.0.0/15", "224.0.0.0/3", NULL };
	static const char *const v6[] = { "::/96", "64:ff9b:1::/48", "100::/64", "2001::/32", "fc00::/7", "fe80::/10",
	    "fec0::/10", "ff00::/8", NULL };
	struct ip inner;

	if (ip->bits == 32)
		return !is_in(ip, v4);
	if (embeds_v4(ip, &inner))
		return !is_in(&inner, v4);
	return !is_in(ip, v6);
}

/* ---- one transfer ---- */

/* curl asks for a socket to an address it is about to connect to: after DNS, before the connection. */
static curl_socket_t
open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *to)
{
	struct http_transfer *t = arg;
	struct ip ip = { .bits = 0 };

	(void)purpose;
	if (to->family == AF_INET)
		ip = ip_of_bytes((const unsigned char *)
		    &((const struct sockaddr_in *)(const void *)&to->addr)->sin_addr, 32);
	else if (to->family == AF_INET6)
		ip = ip_of_bytes((const unsigned char *)
		    &((const struct sockaddr_in6 *)(const void *)&to->addr)->sin6_addr, 128);
	if (ip.bits == 128 && memcmp(ip.b, "\0\0\0\0\0\0\0\0\0\0\xff\xff", 12) == 0)
		ip = ip_of_bytes((const unsigned char[]){ ip.b[12], ip.b[13], ip.b[14], ip.b[15] }, 32);
	if (ip.bits == 0 || (!t->conf->allow_private && t->conf->proxy.n == 0 && !http_is_public(&ip))) {
		t->refused = true;
		return CURL_SOCKET_BAD;
	}
	return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

static size_t
take_body(char *p, size_t size, size_t n, void *arg)
{
	struct http_transfer *t = arg;

	buf_add(&t->a->body, (struct str){ p, size * n });
	if (!t->a->body.full)
		return size * n;
	t->full = true;
	return 0;
}

static void
keep_header(struct str line, struct str name, char out[HTTP_TAG])
{
	struct str value;

	if (!str_starts_nocase(line, name))
		return;
	value = str_trim(str_from(line, name.n));
	out[0] = '\0';
	if (value.n >= HTTP_TAG)
		return;
	for (size_t i = 0; i < value.n; i++)
		if (!ascii_is_print((unsigned char)value.p[i]))
			return;
	snprintf(out, HTTP_TAG, "%.*s", STR_ARG(value));
}

static size_t
take_header(char *p, size_t size, size_t n, void *arg)
{
	struct http_transfer *t = arg;
	struct str line = { p, size * n };

	if (str_starts_nocase(line, STR("HTTP/")))
		t->a->etag[0] = t->a->modified[0] = '\0';
	keep_header(line, STR("etag:"), t->a->etag);
	keep_header(line, STR("last-modified:"), t->a->modified);
	return size * n;
}

void
http_transfer_header(struct http_transfer *t, const char *name, struct str value)
{
	char line[HEADER_BYTES];
	struct curl_slist *more;

	if (value.n == 0 || (size_t)snprintf(line, sizeof(line), "%s: %.*s", name, STR_ARG(value)) >= sizeof(line))
		return;
	more = curl_slist_append(t->headers, line);
	if (more)
		t->headers = more;
	explicit_bzero(line, sizeof(line));
}

void
http_transfer_set_up(struct http_transfer *t, const char *schemes)
{
	CURL *c = t->curl;
	char text[1024];

	curl_easy_setopt(c, CURLOPT_URL, t->url);
	curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, schemes);
	curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_ERRORBUFFER, t->error);
	curl_easy_setopt(c, CURLOPT_USERAGENT, "sekimori/" SEKIMORI_VERSION);
	curl_easy_setopt(c, CURLOPT_ACCEPT_ENCODING, "gzip");
	curl_easy_setopt(c, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	snprintf(text, sizeof(text), "%.*s", STR_ARG(t->conf->proxy));
	curl_easy_setopt(c, CURLOPT_PROXY, text);		/* "" also keeps the environment's away */
	curl_easy_setopt(c, CURLOPT_NOPROXY, "");
	snprintf(text, sizeof(text), "%.*s", STR_ARG(t->conf->ca_file));
	if (*text)
		curl_easy_setopt(c, CURLOPT_CAINFO, text);
	curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 2L);
	curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, (long)t->conf->connect_ms);
	curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, (long)clock_left_ms(t->by_ms) + 1);
	curl_easy_setopt(c, CURLOPT_LOW_SPEED_LIMIT, 1L);
	curl_easy_setopt(c, CURLOPT_LOW_SPEED_TIME, (long)SLOW_SEC);
	curl_easy_setopt(c, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	curl_easy_setopt(c, CURLOPT_OPENSOCKETDATA, t);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, t);
	curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, take_header);
	curl_easy_setopt(c, CURLOPT_HEADERDATA, t);
}

enum rc
http_transfer_failed(const struct http_transfer *t, CURLcode code, struct buf *why)
{
	if (t->full) {
		buf_printf(why, "larger than %" PRId64 " bytes", t->rq->max_bytes);
		return RC_LIMIT;
	}
	if (t->refused) {
		buf_adds(why, "leads to an address of this machine or a private network; see http.allow_private");
		return RC_BAD;
	}
	buf_adds(why, *t->error ? t->error : curl_easy_strerror(code));
	return code == CURLE_UNSUPPORTED_PROTOCOL || code == CURLE_URL_MALFORMAT ? RC_BAD : RC_TEMP;
}
