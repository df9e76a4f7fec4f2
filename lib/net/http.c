/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "net/http_transfer.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/ascii.h"
#include "base/clock.h"
#include "base/fdio.h"

enum { STATUS_TOO_MANY = 429, STATUS_TIMEOUT = 408 };

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
	if (out->p)
		out->p[out->n] = '\0';	/* also for those who read it as a C string */
	if (rc == RC_OK && out->n == 0) {
		buf_printf(why, "%s has no line of printable text", path);
		rc = RC_BAD;
	}
	return rc;
}

/* ---- one transfer ---- */

static void
set_headers(struct http_transfer *t, bool home)
{
	char name[80];

	http_transfer_header(t, "If-None-Match", t->rq->etag);
	http_transfer_header(t, "If-Modified-Since", t->rq->modified);
	if (home && t->rq->header.n) {
		snprintf(name, sizeof(name), "%.*s", STR_ARG(str_upto(t->rq->header, sizeof(name) - 1)));
		http_transfer_header(t, name, t->rq->secret);
	}
	curl_easy_setopt(t->curl, CURLOPT_HTTPHEADER, t->headers);
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
ask(struct http_transfer *t, const char *schemes, bool home, char next[HTTP_URL], struct buf *why)
{
	char *location = NULL;
	CURLcode code;
	enum rc rc;

	next[0] = '\0';
	http_transfer_set_up(t, schemes);
	set_headers(t, home);
	buf_reset(&t->a->body);
	code = curl_easy_perform(t->curl);
	curl_slist_free_all(t->headers);
	t->headers = NULL;
	if (code != CURLE_OK)
		return http_transfer_failed(t, code, why);
	curl_easy_getinfo(t->curl, CURLINFO_RESPONSE_CODE, &t->a->status);
	curl_easy_getinfo(t->curl, CURLINFO_REDIRECT_URL, &location);
	rc = judge(t->a->status, why);
	if (location && rc != RC_OK && rc != RC_NONE && strlen(location) < HTTP_URL)
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
follow(struct http_transfer *t, struct buf *why)
{
	bool secure = str_starts_nocase(t->rq->url, STR("https:")), home = true;
	char first[HTTP_URL], next[HTTP_URL];
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
	struct http_transfer t = { .conf = conf, .rq = rq, .a = a, .by_ms = clock_mono_ms() + conf->total_ms };
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
	struct http_transfer t = { .conf = conf, .rq = &rq, .a = &a, .by_ms = by_ms };
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
	http_transfer_set_up(&t, "http,https");
	curl_easy_setopt(t.curl, CURLOPT_NOBODY, 1L);
	code = curl_easy_perform(t.curl);
	rc = code == CURLE_OK ? RC_NONE : http_transfer_failed(&t, code, why);
	if (code == CURLE_OK && curl_easy_getinfo(t.curl, CURLINFO_REDIRECT_URL, &location) == CURLE_OK && location) {
		buf_adds(next, location);
		rc = RC_OK;
	}
	curl_easy_cleanup(t.curl);
	return rc;
}
