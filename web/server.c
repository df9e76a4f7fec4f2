/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "web/server.h"

#include <microhttpd.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/ip.h"
#include "click/click_opts.h"
#include "web/conns.h"

enum { DESCRIPTORS_SPARE = 256, FORWARDED_HOPS = 16 };

struct server {
	struct web *web;
	struct MHD_Daemon *daemon;
	struct conns *conns;
};

/* What is known of a request while it comes in. */
struct coming {
	struct pool *pool;
	struct buf body;
};

/* ---- the client's address ---- */

static bool
peer_ip(struct MHD_Connection *c, struct ip *out)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(c, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	const struct sockaddr *sa = info ? info->client_addr : NULL;

	if (sa && sa->sa_family == AF_INET)
		*out = ip_of_bytes((const unsigned char *)&((const struct sockaddr_in *)(const void *)sa)->sin_addr, 32);
	else if (sa && sa->sa_family == AF_INET6)
		*out = ip_of_bytes((const unsigned char *)&((const struct sockaddr_in6 *)(const void *)sa)->sin6_addr, 128);
	else
		return false;
	return true;
}

/* From the end: each proxy adds the one it heard; the first that is no proxy of ours is the client. */
static struct str
client_of(struct MHD_Connection *c, const struct click_conf *cc, struct pool *pool)
{
	struct str forwarded = str_of(MHD_lookup_connection_value(c, MHD_HEADER_KIND, "X-Forwarded-For"));
	struct ip ip = { .bits = 0 };
	bool inet = peer_ip(c, &ip);

	for (int hop = 0; hop < FORWARDED_HOPS && forwarded.n && (!inet || networks_have(&cc->proxies, &ip)); hop++) {
		size_t comma = str_rchr(forwarded, ',');
		struct str last = str_trim(comma == STR_NPOS ? forwarded : str_from(forwarded, comma + 1));
		struct ip next;

		if (!ip_parse(last, &next))
			break;
		ip = next;
		inet = true;
		forwarded = str_upto(forwarded, comma == STR_NPOS ? 0 : comma);
	}
	return inet ? ip_text(pool, &ip) : STR_NONE;
}

/* ---- answers ---- */

/* No script, no frame, nothing from elsewhere; forms come to us only. */
static const char *const careful[][2] = {
	{ "Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
	    "frame-ancestors 'none'; base-uri 'none'" },
	{ "X-Content-Type-Options", "nosniff" },
	{ "X-Frame-Options", "DENY" },
	{ "Referrer-Policy", "no-referrer" },
	{ "Cross-Origin-Opener-Policy", "same-origin" },
	{ "Cross-Origin-Resource-Policy", "same-origin" },
	{ "Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()" },
	{ "X-Robots-Tag", "noindex, nofollow" },
};

static void
add_text(struct MHD_Response *r, struct pool *pool, const char *name, struct str value)
{
	if (value.n)
		MHD_add_response_header(r, name, pool_cstr(pool, value));
}

static enum MHD_Result
send_answer(struct MHD_Connection *c, struct pool *pool, struct web_response *rs, int64_t burst_ms)
{
	struct MHD_Response *r = MHD_create_response_from_buffer(rs->body.n, rs->body.p, MHD_RESPMEM_MUST_COPY);
	enum MHD_Result done;

	if (!r)
		return MHD_NO;
	for (size_t i = 0; i < sizeof(careful) / sizeof(careful[0]); i++)
		MHD_add_response_header(r, careful[i][0], careful[i][1]);
	MHD_add_response_header(r, "Cache-Control", rs->keeps ? "public, max-age=3600" : "no-store");
	if (rs->type)
		MHD_add_response_header(r, "Content-Type", rs->type);
	if (!rs->keeps)
		MHD_add_response_header(r, "Vary", "Accept-Language");
	if (rs->status == 429)
		add_text(r, pool, "Retry-After", pool_printf(pool, "%lld", (long long)(burst_ms + 999) / 1000));
	if (rs->status == 405)
		MHD_add_response_header(r, "Allow", "GET, HEAD, POST");
	add_text(r, pool, "Location", rs->location);
	add_text(r, pool, "Refresh", rs->refresh);
	add_text(r, pool, "Set-Cookie", rs->cookie);
	done = MHD_queue_response(c, rs->status, r);
	MHD_destroy_response(r);
	return done;
}

static enum web_method
method_of(const char *name)
{
	return strcmp(name, "GET") == 0 ? WEB_GET : strcmp(name, "HEAD") == 0 ? WEB_HEAD :
	    strcmp(name, "POST") == 0 ? WEB_POST : WEB_OTHER;
}

static struct str
field(struct MHD_Connection *c, const char *name)
{
	return str_of(MHD_lookup_connection_value(c, MHD_HEADER_KIND, name));
}

static enum MHD_Result
answer(struct server *s, struct MHD_Connection *c, struct coming *in, const char *url, const char *method)
{
	struct conf *conf = web_conf_get(s->web);
	const struct click_conf *cc = conf_values(conf, &click_table);
	struct web_request rq = { .pool = in->pool, .method = method_of(method), .path = str_of(url),
	    .body = buf_str(&in->body), .language = field(c, "Accept-Language"), .cookie = field(c, "Cookie"),
	    .agent = field(c, "User-Agent"), .fetch_site = field(c, "Sec-Fetch-Site"),
	    .client = client_of(c, cc, in->pool),
	    .prefetch = str_find_nocase(field(c, "Sec-Purpose"), STR("prefetch")) != STR_NPOS ||
	        str_find_nocase(field(c, "Purpose"), STR("prefetch")) != STR_NPOS };
	struct web_response rs;
	enum MHD_Result done;

	web_answer(s->web, &rq, &rs);
	done = send_answer(c, in->pool, &rs, cc->burst_ms);
	buf_clear(&rs.body);
	conf_put(&conf);
	return done;
}

/* ---- what libmicrohttpd calls ---- */

static enum MHD_Result
on_request(void *arg, struct MHD_Connection *c, const char *url, const char *method, const char *version,
    const char *data, size_t *n, void **state)
{
	struct coming *in = *state;

	(void)version;
	if (!in) {
		in = calloc(1, sizeof(*in));
		if (!in)
			return MHD_NO;
		in->pool = pool_new(0);
		buf_init(&in->body, WEB_BODY);
		*state = in;
		return MHD_YES;
	}
	if (*n) {
		buf_add(&in->body, (struct str){ data, *n });
		*n = 0;
		return in->body.full ? MHD_NO : MHD_YES;	/* whoever sends that much is no browser: hang up */
	}
	return answer(arg, c, in, url, method);
}

static int
descriptor(struct MHD_Connection *c)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD);

	return info ? info->connect_fd : -1;
}

static void
on_completed(void *arg, struct MHD_Connection *c, void **state, enum MHD_RequestTerminationCode why)
{
	struct server *s = arg;
	struct coming *in = *state;

	if (why == MHD_REQUEST_TERMINATED_COMPLETED_OK)
		conns_begin(s->conns, descriptor(c), clock_mono_ms());
	if (!in)
		return;
	buf_clear(&in->body);
	pool_free(&in->pool);
	free(in);
	*state = NULL;
}

static void
on_connection(void *arg, struct MHD_Connection *c, void **state, enum MHD_ConnectionNotificationCode what)
{
	struct server *s = arg;

	(void)state;
	if (what == MHD_CONNECTION_NOTIFY_STARTED)
		conns_begin(s->conns, descriptor(c), clock_mono_ms());
	else
		conns_end(s->conns, descriptor(c));
}

/* libmicrohttpd's own lines speak of single connections, not of us. */
static void
on_line(void *arg, const char *form, va_list ap)
{
	struct server *s = arg;
	char text[512];
	size_t n;

	vsnprintf(text, sizeof(text), form, ap);
	n = strlen(text);
	log_put(s->web->lc, LOG_LEVEL_DEBUG, "http", LOG_STR("text", str_trim((struct str){ text, n })));
}

enum rc
server_start(struct web *w, int fd, struct server **out, struct buf *why)
{
	const struct click_conf *cc = conf_values(w->conf, &click_table);
	struct server *s = calloc(1, sizeof(*s));

	if (!s)
		abort();	/* out of memory */
	s->web = w;
	s->conns = conns_new((size_t)cc->connections_max + DESCRIPTORS_SPARE);
	s->daemon = MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ERROR_LOG, 0, NULL, NULL, on_request, s,
	    MHD_OPTION_EXTERNAL_LOGGER, on_line, s,
	    MHD_OPTION_LISTEN_SOCKET, fd,
	    MHD_OPTION_THREAD_POOL_SIZE, (unsigned)cc->threads,
	    MHD_OPTION_CONNECTION_LIMIT, (unsigned)(cc->connections_max < cc->threads ? cc->threads : cc->connections_max),
	    MHD_OPTION_PER_IP_CONNECTION_LIMIT, (unsigned)cc->client_max,
	    MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)(cc->timeout_ms / 1000),
	    MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)SERVER_MEMORY,
	    MHD_OPTION_STRICT_FOR_CLIENT, 1,
	    MHD_OPTION_NOTIFY_COMPLETED, on_completed, s,
	    MHD_OPTION_NOTIFY_CONNECTION, on_connection, s,
	    MHD_OPTION_END);
	if (!s->daemon) {
		buf_adds(why, "libmicrohttpd does not start");
		conns_free(&s->conns);
		free(s);
		return RC_TEMP;
	}
	*out = s;
	return RC_OK;
}

void
server_tick(struct server *s)
{
	conns_reap(s->conns, clock_mono_ms(), SERVER_AGE_MS);
}

void
server_stop(struct server **at)
{
	struct server *s = *at;

	if (!s)
		return;
	MHD_stop_daemon(s->daemon);
	conns_free(&s->conns);
	free(s);
	*at = NULL;
}
