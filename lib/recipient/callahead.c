/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include <pthread.h>
#include <stdlib.h>
#include <sys/random.h>

#include "base/clock.h"
#include "base/pool.h"
#include "net/smtp_probe.h"
#include "recipient/address.h"
#include "recipient/answers.h"
#include "recipient/server.h"

/* DOMAINS that are remembered to take every address, or not to; NOBODY: letters of a name nobody has. */
enum { DOMAINS = 4096, NOBODY = 20, HOST = 255 };

struct hop {
	struct pool *pool;
	const char *host, *port;
	struct str helo;
	int64_t catchall_ms;
	struct log_ctx lc;
	pthread_mutex_t lock;
	struct answers *domains;	/* RC_LIMIT: takes every address; RC_OK: it does not */
};

static enum rc
domain_state(struct hop *h, struct str domain)
{
	enum rc rc;
	bool known;

	pthread_mutex_lock(&h->lock);
	if (!answers_get(h->domains, domain, clock_mono_ms(), 0, &rc, &known))
		rc = RC_NONE;
	pthread_mutex_unlock(&h->lock);
	return rc;
}

static void
learn_domain(struct hop *h, struct str domain, enum rc state)
{
	pthread_mutex_lock(&h->lock);
	answers_put(h->domains, domain, state, clock_mono_ms() + h->catchall_ms);
	pthread_mutex_unlock(&h->lock);
	if (state == RC_LIMIT)
		log_put(h->lc, LOG_LEVEL_WARNING, "recipients", LOG_CSTR("call_ahead", h->host), LOG_STR("domain", domain),
		    LOG_CSTR("state", "takes every address: not asked for a while"));
}

/* Nobody can know it in advance and make it an address of his. */
static bool
nobody_at(struct str domain, struct buf *out)
{
	unsigned char random[NOBODY];

	if (getrandom(random, sizeof(random), 0) != sizeof(random))
		return false;
	for (size_t i = 0; i < NOBODY; i++)
		buf_addc(out, (char)('a' + random[i] % 26));
	buf_addc(out, '@');
	buf_add(out, domain);
	return !out->full;
}

static enum rc
probe(struct hop *h, struct str address, struct str domain, int64_t deadline_ms, struct buf *why)
{
	struct smtp_probe p = { .host = h->host, .port = h->port, .helo = h->helo, .address = address,
	    .deadline_ms = deadline_ms };
	enum rc state = domain_state(h, domain), rc = RC_TEMP;
	struct buf nobody;

	if (state == RC_LIMIT)
		return RC_LIMIT;
	buf_init(&nobody, RECIPIENT_ADDRESS);
	if (state == RC_NONE && nobody_at(domain, &nobody))
		p.nobody = buf_str(&nobody);
	switch (smtp_probe(&p, why)) {
	case PROBE_YES:
		if (p.nobody.n)
			learn_domain(h, domain, RC_OK);
		rc = RC_OK;
		break;
	case PROBE_ANY:
		learn_domain(h, domain, RC_LIMIT);
		rc = RC_LIMIT;
		break;
	case PROBE_NO:
		rc = RC_NONE;
		break;
	case PROBE_UNCLEAR:
		rc = RC_BAD;
		break;
	case PROBE_NO_ANSWER:
		break;
	}
	buf_clear(&nobody);
	return rc;
}

/* The first key is the whole address, and the only one that the next server would be told. */
static enum rc
ask(void *arg, void **state, struct str question, int64_t deadline_ms, struct buf *why)
{
	struct str address = STR_NONE;
	size_t at;

	(void)state;
	(void)str_next(&question, '\n', &address);
	at = str_rchr(address, '@');
	if (at == STR_NPOS)
		return RC_NONE;
	return probe(arg, address, str_from(address, at + 1), deadline_ms, why);
}

static void
hang_up(void *state)
{
	(void)state;
}

static void
done(void *arg)
{
	struct hop *h = arg;
	struct pool *pool = h->pool;

	pthread_mutex_destroy(&h->lock);
	answers_free(&h->domains);
	pool_free(&pool);
}

static const struct asker_ops ops = { ask, hang_up, done };

/* host, host:port, [address]:port, address */
static bool
split(struct str s, struct str *host, struct str *port)
{
	size_t colon = str_rchr(s, ':'), close = str_chr(s, ']');
	uint64_t number;

	*port = STR("25");
	if (s.n && s.p[0] == '[') {
		if (close == STR_NPOS || (close + 1 < s.n && s.p[close + 1] != ':'))
			return false;
		*host = str_sub(s, 1, close - 1);
		if (close + 1 < s.n)
			*port = str_from(s, close + 2);
	} else if (colon != STR_NPOS && str_chr(s, ':') == colon) {
		*host = str_upto(s, colon);
		*port = str_from(s, colon + 1);
	} else {
		*host = s;
	}
	return host->n && host->n <= HOST && str_to_u64(*port, &number) && number > 0 && number < 65536;
}

enum rc
server_callahead(struct str where, struct str helo, int64_t catchall_ms, struct log_ctx lc, struct server *out,
    struct buf *why)
{
	struct str host, port;
	struct pool *pool;
	struct hop *h;

	if (!split(where, &host, &port)) {
		buf_printf(why, "'%.*s' is not host, host:port or [address]:port\n", STR_ARG(str_upto(where, 100)));
		return RC_BAD;
	}
	pool = pool_new(0);
	h = pool_alloc(pool, sizeof(*h));
	h->pool = pool;
	h->host = pool_cstr(pool, host);
	h->port = pool_cstr(pool, port);
	h->helo = pool_str(pool, helo);
	h->catchall_ms = catchall_ms;
	h->lc = lc;
	h->domains = answers_new(DOMAINS);
	pthread_mutex_init(&h->lock, NULL);
	*out = (struct server){ &ops, h };
	return RC_OK;
}
