/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "store/s3.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/hash.h"
#include "net/http_transfer.h"

enum { STATUS_OK = 200, STATUS_NO_CONTENT = 204, STATUS_NOT_FOUND = 404, STATUS_SERVER = 500,
	TEXT = 1024, CONNECT_MS = 5000 };

struct s3 {
	struct http_conf http;
	struct buf secret;		/* ACCESS:SECRET */
	char url[TEXT], prefix[TEXT], provider[TEXT], ca_file[TEXT];
	pthread_mutex_t lock;
	CURL *idle[S3_IDLE];
	size_t n_idle;
	_Atomic int failures;		/* in a row */
	_Atomic int64_t quiet_until_ms;
};

static bool
copy(char out[TEXT], const char *form, struct str a, struct str b)
{
	return (size_t)snprintf(out, TEXT, form, STR_ARG(a), STR_ARG(b)) < TEXT;
}

enum rc
s3_new(const struct bodies_conf *conf, struct s3 **out, struct buf *why)
{
	struct str url = conf->s3_url, key_file = conf->s3_key_file;
	struct s3 *s = calloc(1, sizeof(*s));
	char path[TEXT];
	bool fits;

	if (!s)
		abort();	/* out of memory */
	pthread_mutex_init(&s->lock, NULL);
	while (url.n && url.p[url.n - 1] == '/')
		url.n--;
	fits = copy(s->url, "%.*s/%.*s", url, conf->s3_bucket) &&
	    copy(s->prefix, "%.*s%.*s", conf->s3_prefix, STR_NONE) && copy(path, "%.*s%.*s", key_file, STR_NONE) &&
	    copy(s->provider, "aws:amz:%.*s:s3%.*s", conf->s3_region, STR_NONE) &&
	    copy(s->ca_file, "%.*s%.*s", conf->s3_ca_file, STR_NONE);
	s->http = (struct http_conf){ .allow_private = true, .ca_file = str_of(s->ca_file), .connect_ms = CONNECT_MS };
	if (!fits)
		buf_adds(why, "bodies.s3_*: too long");
	else if (http_secret(path, &s->secret, why) == RC_OK && str_chr(buf_str(&s->secret), ':') != STR_NPOS) {
		s->secret.p[s->secret.n] = '\0';	/* where the line ended */
		*out = s;
		return RC_OK;
	} else if (why->n == 0) {
		buf_printf(why, "%s: must be one line, ACCESS:SECRET", path);
	}
	s3_free(&s);
	return RC_BAD;
}

void
s3_free(struct s3 **at)
{
	struct s3 *s = *at;

	if (!s)
		return;
	while (s->n_idle)
		curl_easy_cleanup(s->idle[--s->n_idle]);
	if (s->secret.p)
		explicit_bzero(s->secret.p, s->secret.n);
	buf_clear(&s->secret);
	pthread_mutex_destroy(&s->lock);
	free(s);
	*at = NULL;
}

struct str
s3_prefix(const struct s3 *s)
{
	return str_of(s->prefix);
}

/* ---- connections, and when there are none ---- */

static CURL *
take(struct s3 *s)
{
	CURL *c = NULL;

	pthread_mutex_lock(&s->lock);
	if (s->n_idle)
		c = s->idle[--s->n_idle];
	pthread_mutex_unlock(&s->lock);
	if (!c && !(c = curl_easy_init()))
		abort();	/* out of memory */
	return c;
}

/* Its connection stays open; what was set for the request goes. */
static void
give_back(struct s3 *s, CURL *c)
{
	curl_easy_reset(c);
	pthread_mutex_lock(&s->lock);
	if (s->n_idle < S3_IDLE) {
		s->idle[s->n_idle++] = c;
		c = NULL;
	}
	pthread_mutex_unlock(&s->lock);
	if (c)
		curl_easy_cleanup(c);
}

/* A server that is away costs its deadline a few times, not each time. */
static void
remember(struct s3 *s, bool answered)
{
	if (answered)
		atomic_store(&s->failures, 0);
	else if (atomic_fetch_add(&s->failures, 1) + 1 >= S3_FAILURES)
		atomic_store(&s->quiet_until_ms, clock_mono_ms() + S3_PAUSE_MS);
}

/* ---- one request ---- */

static void
sign(const struct s3 *s, struct http_transfer *t, struct str content)
{
	unsigned char digest[HASH_SHA256_BYTES];
	char hex[HASH_SHA256_HEX + 1];

	hash_sha256(content, digest);
	hash_hex(digest, hex);
	http_transfer_header(t, "x-amz-content-sha256", str_of(hex));
	curl_easy_setopt(t->curl, CURLOPT_AWS_SIGV4, s->provider);
	curl_easy_setopt(t->curl, CURLOPT_USERPWD, buf_cstr(&s->secret));
}

static void
send_content(struct http_transfer *t, struct str content)
{
	curl_easy_setopt(t->curl, CURLOPT_POSTFIELDS, content.n ? content.p : "");
	curl_easy_setopt(t->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)content.n);
	http_transfer_header(t, "Content-Type", STR("application/octet-stream"));
	t->headers = curl_slist_append(t->headers, "Expect:");
}

static CURLcode
perform(struct s3 *s, struct http_transfer *t, const char *method, struct str content)
{
	bool put = strcmp(method, "PUT") == 0;
	CURLcode code;

	http_transfer_set_up(t, "http,https");
	curl_easy_setopt(t->curl, CURLOPT_ACCEPT_ENCODING, NULL);
	if (put)
		send_content(t, content);
	sign(s, t, content);
	curl_easy_setopt(t->curl, CURLOPT_CUSTOMREQUEST, method);
	curl_easy_setopt(t->curl, CURLOPT_HTTPHEADER, t->headers);
	buf_reset(&t->a->body);
	t->a->status = 0;
	code = curl_easy_perform(t->curl);
	if (code == CURLE_OK)
		curl_easy_getinfo(t->curl, CURLINFO_RESPONSE_CODE, &t->a->status);
	curl_slist_free_all(t->headers);
	t->headers = NULL;
	return code;
}

/* "AccessDenied" of an answer that is none, for the log. */
static struct str
error_word(struct str answer)
{
	size_t at = str_find(answer, STR("<Code>")), end;

	answer = at == STR_NPOS ? STR_NONE : str_from(answer, at + 6);
	end = str_chr(answer, '<');
	return end == STR_NPOS || end > 60 ? STR_NONE : str_upto(answer, end);
}

static enum rc
judge(const struct http_answer *a, const char *method, struct buf *why)
{
	struct str word = error_word(buf_str(&a->body));

	if (a->status == STATUS_OK || (a->status == STATUS_NO_CONTENT && strcmp(method, "DELETE") == 0))
		return RC_OK;
	buf_reset(why);
	buf_printf(why, "the server answers %ld %.*s", a->status, STR_ARG(word));
	return a->status == STATUS_NOT_FOUND && str_eq(word, STR("NoSuchKey")) ? RC_NONE : RC_TEMP;
}

static bool
make_url(const struct s3 *s, struct str key, struct str query, char out[HTTP_URL])
{
	int n = snprintf(out, HTTP_URL, "%s%s%s%.*s%s%.*s", s->url, key.n ? "/" : "", key.n ? s->prefix : "", STR_ARG(key),
	    query.n ? "?" : "", STR_ARG(query));

	return n > 0 && n < HTTP_URL;
}

enum rc
s3_ask(struct s3 *s, const char *method, struct str key, struct str query, struct str content, int64_t deadline_ms,
    struct buf *out, struct buf *why)
{
	static const struct http_request plain = { .max_bytes = S3_BODY };
	struct http_answer a = { .status = 0 };
	struct http_transfer t = { .conf = &s->http, .rq = &plain, .a = &a, .by_ms = deadline_ms };
	enum rc rc = RC_TEMP;

	buf_init(out, S3_BODY);
	buf_init(&a.body, S3_BODY);
	if (clock_mono_ms() < atomic_load(&s->quiet_until_ms)) {
		buf_adds(why, "the server failed a moment ago");
		return RC_TEMP;
	}
	if (!make_url(s, key, query, t.url)) {
		buf_adds(why, "the URL is too long");
		return RC_TEMP;
	}
	t.curl = take(s);
	for (int i = 0; i < S3_TRIES && clock_left_ms(deadline_ms) > 0; i++) {
		CURLcode code = perform(s, &t, method, content);

		buf_reset(why);
		rc = code == CURLE_OK ? judge(&a, method, why) : http_transfer_failed(&t, code, why);
		if (rc != RC_OK && rc != RC_NONE && rc != RC_LIMIT)
			rc = RC_TEMP;
		if (code == CURLE_OK && a.status < STATUS_SERVER)
			break;
		curl_easy_reset(t.curl);
	}
	remember(s, a.status != 0 && a.status < STATUS_SERVER);
	give_back(s, t.curl);
	*out = a.body;
	return rc;
}
