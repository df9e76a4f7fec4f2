/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Questions on their way. A question that goes to libunbound stays there until libunbound has
 * answered it, however long that takes; ub_cancel would only hide it from us, not end it. So one
 * that nobody waits for is an orphan: its answer fills the cache. That keeps the count of what is
 * at work true, and a late answer shows that the server lives. */
#include "net/dns_resolver.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fdio.h"
#include "net/dns_cache.h"
#include "net/dns_unbound.h"

/* A resolver is dead when so many questions in a row, the first of them phase_ms ago, have no
 * answer at all. From then on DEAD_PROBES questions a second are asked, and not
 * waited for long: it may be that only one sender's servers are silent. It is silent, and not waited
 * for long, with SILENT_QUESTIONS: the server of a single name may be dead, too. */
enum { SILENT_QUESTIONS = 4, DEAD_QUESTIONS = 64, DEAD_PROBES = 8, SECOND_MS = 1000 };
enum { RCODE_NOERROR = 0, RCODE_NXDOMAIN = 3, CLASS_IN = 1 };

struct dns {
	pthread_mutex_t lock;		/* of everything below, and of `open` and `packed` of questions */
	struct dns_question *open;
	struct dns_stats stats;
	uint64_t silent;		/* questions since the last answer */
	int64_t silent_since_ms;
	int64_t probe_ms;		/* the second in which `probes` were sent */
	unsigned probes;
	bool dead;			/* as told to the log */

	struct dns_conf conf;		/* numbers only; its lists are not kept */
	struct log_ctx log;
	struct ub_ctx *ctx;		/* NULL: dns.enable = no */
	struct dns_cache *cache;
	pthread_t dispatcher;
	int stop_fd;
};

/* ---- what libunbound says ---- */

static struct dns_packed *
read_records(enum dns_type type, const struct ub_result *res)
{
	struct str rdata[DNS_RECORDS];
	size_t n = 0;

	while (n < DNS_RECORDS && res->data[n]) {
		rdata[n] = (struct str){ res->data[n], (size_t)(res->len[n] > 0 ? res->len[n] : 0) };
		n++;
	}
	return dns_packed_read(type, rdata, n, res->ttl > 0 ? (uint32_t)res->ttl : 0);
}

static struct dns_packed *
read_result(enum dns_type type, int err, const struct ub_result *res)
{
	uint32_t ttl = res && res->ttl > 0 ? (uint32_t)res->ttl : 0;

	if (err || !res || res->bogus)
		return dns_packed_none(DNS_FAIL, 0);
	if (res->rcode == RCODE_NXDOMAIN)
		return dns_packed_none(DNS_NXDOMAIN, ttl);
	if (res->rcode != RCODE_NOERROR)
		return dns_packed_none(DNS_FAIL, 0);
	return res->havedata ? read_records(type, res) : dns_packed_none(DNS_NODATA, ttl);
}

static void
keep(struct dns *dns, const struct dns_question *q, struct dns_packed *packed)
{
	int64_t ms = (int64_t)packed->answer.ttl * SECOND_MS;

	if (packed->answer.rc == DNS_FAIL)
		return;
	if (ms < dns->conf.ttl_min)
		ms = dns->conf.ttl_min;
	if (ms > dns->conf.ttl_max)
		ms = dns->conf.ttl_max;
	if (ms > 0)
		dns_cache_put(dns->cache, q->type, q->key, packed, clock_mono_ms() + ms);
}

/* Under the lock: what the state of the resolver became, to be logged outside. */
static bool
note_answer(struct dns *dns, enum dns_rc rc)
{
	bool back = false;

	dns->stats.inflight--;
	if (rc == DNS_FAIL) {
		dns->stats.failures++;
		return false;
	}
	dns->stats.answers++;
	dns->silent = 0;
	back = dns->dead;
	dns->dead = false;
	return back;
}

static void
unlink_open(struct dns_question *q)
{
	if (q->next)
		q->next->prev = q->prev;
	if (q->prev)
		q->prev->next = q->next;
	else
		q->dns->open = q->next;
	q->open = false;
}

static void
question_free(struct dns_question *q)
{
	dns_packed_put(&q->packed);
	free(q);
}

/* Called by ub_process, on the dispatcher's thread. */
static void
on_answer(void *arg, int err, struct ub_result *res)
{
	struct dns_question *q = arg;
	struct dns *dns = q->dns;
	struct dns_packed *packed = read_result(q->type, err, res);
	bool back;

	ub_resolve_free(res);
	keep(dns, q, packed);
	pthread_mutex_lock(&dns->lock);
	back = note_answer(dns, packed->answer.rc);
	unlink_open(q);
	q->packed = packed;
	if (q->waiter)
		pthread_cond_signal(q->waiter);
	else
		question_free(q);
	pthread_mutex_unlock(&dns->lock);
	if (back)
		log_put(dns->log, LOG_LEVEL_INFO, "dns", LOG_CSTR("state", "answers again"));
}

static void *
dispatch(void *arg)
{
	struct dns *dns = arg;
	struct pollfd fds[2] = {
		{ .fd = ub_fd(dns->ctx), .events = POLLIN }, { .fd = dns->stop_fd, .events = POLLIN }
	};

	while (fds[1].revents == 0) {
		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			break;
		if (fds[0].revents)
			ub_process(dns->ctx);
	}
	return NULL;
}

/* ---- life ---- */

static enum rc
start_dispatcher(struct dns *dns, struct buf *why)
{
	sigset_t all, old;
	int err;

	dns->stop_fd = eventfd(0, EFD_CLOEXEC);
	if (dns->stop_fd < 0) {
		buf_adds(why, "eventfd: too many files are open");
		return RC_BAD;
	}
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	err = pthread_create(&dns->dispatcher, NULL, dispatch, dns);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (err == 0)
		return RC_OK;
	buf_adds(why, "no thread for the answers of DNS");
	fdio_close(&dns->stop_fd);
	return RC_BAD;
}

enum rc
dns_new(const struct dns_conf *conf, struct log_ctx log, struct dns **out, struct buf *why)
{
	struct dns *dns = calloc(1, sizeof(*dns));

	if (!dns)
		abort();
	pthread_mutex_init(&dns->lock, NULL);
	dns->conf = *conf;
	dns->conf.forward = (struct opt_list){ 0 };
	dns->log = log;
	dns->stop_fd = -1;
	if (conf->enable && (dns_unbound_new(conf, &dns->ctx, why) != RC_OK ||
	    start_dispatcher(dns, why) != RC_OK)) {
		if (dns->ctx)
			ub_ctx_delete(dns->ctx);
		pthread_mutex_destroy(&dns->lock);
		free(dns);
		return RC_BAD;
	}
	if (conf->enable)
		dns->cache = dns_cache_new((size_t)conf->cache_size / 2);
	*out = dns;
	return RC_OK;
}

void
dns_free(struct dns **p)
{
	struct dns *dns = *p;

	if (!dns)
		return;
	if (dns->ctx) {
		(void)!write(dns->stop_fd, &(uint64_t){ 1 }, sizeof(uint64_t));
		pthread_join(dns->dispatcher, NULL);
		ub_ctx_delete(dns->ctx);	/* ends its thread; no callback comes any more */
	}
	for (struct dns_question *q = dns->open, *next; q; q = next) {
		next = q->next;
		assert(!q->waiter);		/* batches are freed first */
		question_free(q);
	}
	fdio_close(&dns->stop_fd);
	dns_cache_free(&dns->cache);
	pthread_mutex_destroy(&dns->lock);
	free(dns);
	*p = NULL;
}

void
dns_stats(struct dns *dns, struct dns_stats *out)
{
	pthread_mutex_lock(&dns->lock);
	*out = dns->stats;
	out->dead = dns->dead;
	pthread_mutex_unlock(&dns->lock);
}

/* ---- asking ---- */

struct dns_question *
dns_question_new(struct dns *dns, enum dns_type type, const char *key)
{
	size_t n = strlen(key) + 1;
	struct dns_question *q = calloc(1, sizeof(*q) + n);

	if (!q)
		abort();
	q->dns = dns;
	q->type = type;
	memcpy(q->key, key, n);
	return q;
}

/* False: libunbound did not take it. */
static bool
hand_over(struct dns_question *q)
{
	struct dns *dns = q->dns;
	char name[DNS_NAME_ESCAPED];

	dns_name_escape(q->key, name);
	if (ub_resolve_async(dns->ctx, name, (int)q->type, CLASS_IN, q, on_answer, NULL) == 0)
		return true;
	pthread_mutex_lock(&dns->lock);
	unlink_open(q);
	dns->stats.inflight--;
	dns->stats.failures++;
	pthread_mutex_unlock(&dns->lock);
	return false;
}

/* Under the lock. */
static bool
may_probe(struct dns *dns, int64_t now)
{
	if (now - dns->probe_ms >= SECOND_MS) {
		dns->probe_ms = now;
		dns->probes = 0;
	}
	return dns->probes++ < DEAD_PROBES;
}

enum way { ASK, PROBE, REFUSE, DROP };

/* Under the lock: may this question go out? */
static enum way
decide(struct dns *dns, int64_t now, bool *died)
{
	bool dead = dns->silent >= DEAD_QUESTIONS && now - dns->silent_since_ms >= dns->conf.phase_ms;

	*died = dead && !dns->dead;
	dns->dead = dead;
	dns->stats.questions++;
	if (dns->stats.inflight >= (uint64_t)dns->conf.inflight_max) {
		dns->stats.dropped++;
		return DROP;
	}
	if (!dead)
		return ASK;
	dns->stats.refused++;
	return may_probe(dns, now) ? PROBE : REFUSE;
}

/* Under the lock: libunbound will have it. */
static void
enlist(struct dns_question *q, pthread_cond_t *waiter, int64_t now)
{
	struct dns *dns = q->dns;

	q->waiter = waiter;
	q->open = true;
	q->next = dns->open;
	if (q->next)
		q->next->prev = q;
	dns->open = q;
	dns->stats.inflight++;
	if (dns->silent++ == 0)
		dns->silent_since_ms = now;
}

enum dns_rc
dns_send(struct dns_question *q, pthread_cond_t *waiter)
{
	struct dns *dns = q->dns;
	int64_t now = clock_mono_ms();
	enum way way;
	bool died;

	pthread_mutex_lock(&dns->lock);
	way = decide(dns, now, &died);
	q->probe = way == PROBE;
	if (way == ASK || way == PROBE)
		enlist(q, waiter, now);
	pthread_mutex_unlock(&dns->lock);
	if (died)
		log_put(dns->log, LOG_LEVEL_ERR, "dns", LOG_CSTR("state", "no answers; asking now and then"));
	switch (way) {
	case ASK: case PROBE: return hand_over(q) ? DNS_OK : DNS_FAIL;
	case DROP: return DNS_FAIL;
	case REFUSE: return DNS_TIMEOUT;
	}
	return DNS_TIMEOUT;
}

bool
dns_question_is_open(struct dns_question *q)
{
	struct dns *dns = q->dns;
	bool open;

	pthread_mutex_lock(&dns->lock);
	open = q->open;
	pthread_mutex_unlock(&dns->lock);
	return open;
}

const struct dns_packed *
dns_wait(struct dns_question *q, int64_t deadline_ms)
{
	struct dns *dns = q->dns;
	struct timespec until = {
		.tv_sec = (time_t)(deadline_ms / SECOND_MS), .tv_nsec = deadline_ms % SECOND_MS * 1000000
	};
	const struct dns_packed *packed;
	int err = 0;

	pthread_mutex_lock(&dns->lock);
	while (q->open && err == 0)
		err = pthread_cond_timedwait(q->waiter, &dns->lock, &until);
	packed = q->packed;
	dns->stats.timeouts += !packed;
	pthread_mutex_unlock(&dns->lock);
	return packed;
}

void
dns_question_drop(struct dns_question **p)
{
	struct dns_question *q = *p;
	struct dns *dns = q->dns;

	pthread_mutex_lock(&dns->lock);
	q->waiter = NULL;
	if (!q->open)
		question_free(q);
	pthread_mutex_unlock(&dns->lock);
	*p = NULL;
}

bool
dns_is_silent(struct dns *dns)
{
	bool silent;

	pthread_mutex_lock(&dns->lock);
	silent = dns->silent >= SILENT_QUESTIONS && clock_mono_ms() - dns->silent_since_ms >= dns->conf.phase_ms;
	pthread_mutex_unlock(&dns->lock);
	return silent;
}

struct dns_packed *
dns_known(struct dns *dns, enum dns_type type, const char *key)
{
	struct dns_packed *packed = dns_cache_get(dns->cache, type, key, clock_mono_ms());

	if (!packed)
		return NULL;
	pthread_mutex_lock(&dns->lock);
	dns->stats.cached++;
	pthread_mutex_unlock(&dns->lock);
	return packed;
}

bool
dns_is_on(const struct dns *dns)
{
	return dns && dns->ctx;
}
