/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "net/http.h"

#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/ascii.h"
#include "base/clock.h"
#include "base/fdio.h"

enum { URL_BYTES = 4096, HEADER_BYTES = HTTP_SECRET + 128, PIECE = 65536, SLOW_SEC = 30, STATUS_TOO_MANY = 429,
       STATUS_TIMEOUT = 408 };

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

/* ---- a file of this machine ---- */

static enum rc
read_file(const char *path, const struct http_request *rq, struct http_answer *a, struct buf *why)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	enum rc rc;

	if (fd < 0 || fstat(fd, &st) != 0) {
		buf_printf(why, "%s: %s", path, strerror(errno));
		rc = RC_TEMP;
	} else if (!S_ISREG(st.st_mode)) {
		buf_printf(why, "%s is no file", path);
		rc = RC_BAD;
	} else {
		snprintf(a->etag, sizeof(a->etag), "%" PRIdMAX ".%ld.%" PRIuMAX ".%" PRIdMAX, (intmax_t)st.st_mtim.tv_sec,
		    st.st_mtim.tv_nsec, (uintmax_t)st.st_ino, (intmax_t)st.st_size);
		rc = str_eq(str_of(a->etag), rq->etag) ? RC_NONE : fdio_read_all(fd, &a->body);
		if (rc == RC_LIMIT)
			buf_printf(why, "%s is larger than %" PRId64 " bytes", path, rq->max_bytes);
		else if (rc == RC_TEMP)
			buf_printf(why, "%s: %s", path, strerror(errno));
	}
	fdio_close(&fd);
	return rc;
}

enum rc
http_secret(const char *path, struct buf *out, struct buf *why)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat st;
	struct str line;
	enum rc rc = RC_BAD;

	buf_init(out, HTTP_SECRET);
	if (fd < 0 || fstat(fd, &st) != 0)
		buf_printf(why, "%s: %s", path, strerror(errno));
	else if (!S_ISREG(st.st_mode) || (st.st_mode & 077) != 0)
		buf_printf(why, "%s must be a file that only its owner may read (mode 0600)", path);
	else if (fdio_read_all(fd, out) != RC_OK)
		buf_printf(why, "%s cannot be read", path);
	else
		rc = RC_OK;
	fdio_close(&fd);
	line = buf_str(out);
	out->n = str_chr(line, '\n') == STR_NPOS ? out->n : str_chr(line, '\n');
	for (size_t i = 0; i < out->n; i++)
		if (!ascii_is_print((unsigned char)out->p[i]))
			out->n = 0;
	if (rc == RC_OK && out->n == 0) {
		buf_printf(why, "%s has no line of printable text", path);
		rc = RC_BAD;
	}
	return rc;
}

/* ---- one transfer ---- */

struct transfer {
	const struct http_conf *conf;
	const struct http_request *rq;
	struct http_answer *a;
	CURL *curl;
	struct curl_slist *headers;
	int64_t by_ms;
	bool refused, full;
	char error[CURL_ERROR_SIZE];
	char url[URL_BYTES];
};

/* curl asks for a socket to an address it is about to connect to: after DNS, before the connection. */
static curl_socket_t
open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *to)
{
	struct transfer *t = arg;
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
	struct transfer *t = arg;

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
	struct transfer *t = arg;
	struct str line = { p, size * n };

	if (str_starts_nocase(line, STR("HTTP/")))
		t->a->etag[0] = t->a->modified[0] = '\0';
	keep_header(line, STR("etag:"), t->a->etag);
	keep_header(line, STR("last-modified:"), t->a->modified);
	return size * n;
}

static void
add_header(struct transfer *t, const char *name, struct str value)
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

static void
set_headers(struct transfer *t, bool home)
{
	char name[80];

	add_header(t, "If-None-Match", t->rq->etag);
	add_header(t, "If-Modified-Since", t->rq->modified);
	if (home && t->rq->header.n) {
		snprintf(name, sizeof(name), "%.*s", STR_ARG(str_upto(t->rq->header, sizeof(name) - 1)));
		add_header(t, name, t->rq->secret);
	}
	curl_easy_setopt(t->curl, CURLOPT_HTTPHEADER, t->headers);
}

static void
set_up(struct transfer *t, const char *schemes)
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

static enum rc
failed(const struct transfer *t, CURLcode code, struct buf *why)
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

static enum rc
judge(long status, struct buf *why)
{
	if (status == 200)
		return RC_OK;
	if (status == 304)
		return RC_NONE;
	buf_printf(why, "the server answers %ld", status);
	return status >= 500 || status == STATUS_TOO_MANY || status == STATUS_TIMEOUT ? RC_TEMP : RC_BAD;
}

/* One request. *next: where it is redirected to, or empty. */
static enum rc
ask(struct transfer *t, const char *schemes, bool home, char next[URL_BYTES], struct buf *why)
{
	char *location = NULL;
	CURLcode code;
	enum rc rc;

	next[0] = '\0';
	set_up(t, schemes);
	set_headers(t, home);
	buf_reset(&t->a->body);
	code = curl_easy_perform(t->curl);
	curl_slist_free_all(t->headers);
	t->headers = NULL;
	if (code != CURLE_OK)
		return failed(t, code, why);
	curl_easy_getinfo(t->curl, CURLINFO_RESPONSE_CODE, &t->a->status);
	curl_easy_getinfo(t->curl, CURLINFO_REDIRECT_URL, &location);
	rc = judge(t->a->status, why);
	if (location && rc != RC_OK && rc != RC_NONE && strlen(location) < URL_BYTES)
		memcpy(next, location, strlen(location) + 1);
	return rc;
}

/* Scheme, host and port: as far as a secret goes. */
static struct str
origin(const char *url)
{
	struct str s = str_of(url);
	size_t scheme = str_find(s, STR("://"));
	size_t slash = scheme == STR_NPOS ? STR_NPOS : str_chr(str_from(s, scheme + 3), '/');

	return slash == STR_NPOS ? s : str_upto(s, scheme + 3 + slash);
}

static enum rc
follow(struct transfer *t, struct buf *why)
{
	bool secure = str_starts_nocase(t->rq->url, STR("https:")), home = true;
	char first[URL_BYTES], next[URL_BYTES];
	enum rc rc;

	memcpy(first, t->url, sizeof(first));
	for (int i = 0; i <= HTTP_REDIRECTS; i++) {
		rc = ask(t, secure ? "https" : "http,https", home, next, why);
		if (!*next)
			return rc;
		buf_reset(why);
		curl_easy_reset(t->curl);
		memcpy(t->url, next, sizeof(next));
		home = home && str_eq_nocase(origin(first), origin(next));
	}
	buf_printf(why, "more than %d redirects", HTTP_REDIRECTS);
	return RC_BAD;
}

enum rc
http_get(const struct http_conf *conf, const struct http_request *rq, struct http_answer *a, struct buf *why)
{
	struct transfer t = { .conf = conf, .rq = rq, .a = a, .by_ms = clock_mono_ms() + conf->total_ms };
	struct str path = str_starts_nocase(rq->url, STR("file://")) ? str_from(rq->url, 7) : rq->url;
	enum rc rc;

	*a = (struct http_answer){ .status = 0 };
	buf_init(&a->body, (size_t)rq->max_bytes);
	if ((size_t)snprintf(t.url, sizeof(t.url), "%.*s", STR_ARG(path)) >= sizeof(t.url)) {
		buf_adds(why, "the URL is too long");
		return RC_BAD;
	}
	if (str_starts(path, STR("/")))
		return read_file(t.url, rq, a, why);
	t.curl = curl_easy_init();
	if (!t.curl) {
		buf_adds(why, "libcurl does not start");
		return RC_TEMP;
	}
	rc = follow(&t, why);
	curl_easy_cleanup(t.curl);
	return rc;
}

enum rc
http_where(const struct http_conf *conf, struct str url, int64_t by_ms, struct buf *next, struct buf *why)
{
	const struct http_request rq = { .url = url };
	struct http_answer a = { .status = 0 };
	struct transfer t = { .conf = conf, .rq = &rq, .a = &a, .by_ms = by_ms };
	char *location = NULL;
	CURLcode code;
	enum rc rc;

	if ((size_t)snprintf(t.url, sizeof(t.url), "%.*s", STR_ARG(url)) >= sizeof(t.url)) {
		buf_adds(why, "the URL is too long");
		return RC_BAD;
	}
	t.curl = curl_easy_init();
	if (!t.curl) {
		buf_adds(why, "libcurl does not start");
		return RC_TEMP;
	}
	set_up(&t, "http,https");
	curl_easy_setopt(t.curl, CURLOPT_NOBODY, 1L);
	code = curl_easy_perform(t.curl);
	rc = code == CURLE_OK ? RC_NONE : failed(&t, code, why);
	if (code == CURLE_OK && curl_easy_getinfo(t.curl, CURLINFO_REDIRECT_URL, &location) == CURLE_OK && location) {
		buf_adds(next, location);
		rc = RC_OK;
	}
	curl_easy_cleanup(t.curl);
	return rc;
}
