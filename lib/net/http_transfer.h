/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* http_transfer.h - one request in the hands of libcurl: what every request of ours has in common
 *
 * Input    a URL; whatever the server answers
 * Units    bytes; milliseconds on the monotonic clock
 * Limits   HTTP_URL bytes of URL; a->body's maximum; by_ms
 * Memory   the caller's; `headers` is freed by curl_slist_free_all
 * Errors   http_transfer_failed tells what a CURLcode means
 * Threads  one at a time
 * Source   libcurl; http.h: certificates and addresses are looked at, redirects are not followed
 */
#ifndef NET_HTTP_TRANSFER_H
#define NET_HTTP_TRANSFER_H

#include <curl/curl.h>

#include "net/http.h"

enum { HTTP_URL = 4096 };

struct http_transfer {
	const struct http_conf *conf;
	const struct http_request *rq;
	struct http_answer *a;
	CURL *curl;
	struct curl_slist *headers;
	int64_t by_ms;
	bool refused, full;		/* the address is not allowed; the body is too large */
	char error[CURL_ERROR_SIZE];
	char url[HTTP_URL];
};

/* schemes: "https" or "http,https". */
void http_transfer_set_up(struct http_transfer *, const char *schemes);
/* One more header of the request; none without a value. */
void http_transfer_header(struct http_transfer *, const char *name, struct str value);
enum rc http_transfer_failed(const struct http_transfer *, CURLcode, struct buf *why);

#endif
