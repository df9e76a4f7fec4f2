/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Questions on their way. A question that goes to libunbound stays there until libunbound has
 * answered it, however long that takes; ub_cancel would only hide it from us, not end it. So one
 * whose batch has gone is an orphan: nobody waits, its answer fills the cache. That keeps the
 * count of what is at work true, and a late answer shows that the server lives. */
#include "net/dns.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fdio.h"
#include "base/hash.h"
#include "net/dns_cache.h"
#include "net/dns_unbound.h"

/* A resolver is dead when so many questions in a row, the first of them phase_ms ago, have no
 * answer at all. From then on DEAD_PROBES questions a second are asked behind everybody's back. */
enum { DEAD_QUESTIONS = 64, DEAD_PROBES = 8, SECOND_MS = 1000 };
enum { RCODE_NOERROR = 0, RCODE_NXDOMAIN = 3, CLASS_IN = 1 };

struct question {
	struct question *next, *prev;	/* in dns.open, while `open` */
	struct dns *dns;
	struct dns_batch *batch;	/* NULL: an orphan */
	bool open;			/* libunbound has it */
	enum dns_type type;
	uint64_t hash;
	struct dns_packed *packed;	/* once answered */
	const struct dns_answer *answer;	/* once given to the batch's owner */
	char key[];
};

struct dns {
	pthread_mutex_t lock;		/* of everything below, and of `open` and `packed` of questions */
	struct question *open;
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

struct dns_batch {
	struct dns *dns;
	struct pool *pool;
	int64_t deadline_ms;
	pthread_cond_t answered;	/* with dns->lock */
	size_t n;
	struct question *question[DNS_BATCH_QUESTIONS];
};

static const struct dns_answer without[] = {
	[DNS_FAIL] = { .rc = DNS_FAIL }, [DNS_TIMEOUT] = { .rc = DNS_TIMEOUT },
	[DNS_BAD_NAME] = { .rc = DNS_BAD_NAME }, [DNS_OFF] = { .rc = DNS_OFF },
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
keep(struct dns *dns, const struct question *q, struct dns_packed *packed)
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
unlink_open(struct question *q)
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
question_free(struct question *q)
{
	dns_packed_put(&q->packed);
	free(q);
}

/* Called by ub_process, on the dispatcher's thread. */
static void
on_answer(void *arg, int err, struct ub_result *res)
{
	struct question *q = arg;
	struct dns *dns = q->dns;
	struct dns_packed *packed = read_result(q->type, err, res);
	bool back;

	ub_resolve_free(res);
	keep(dns, q, packed);
	pthread_mutex_lock(&dns->lock);
	back = note_answer(dns, packed->answer.rc);
	unlink_open(q);
	q->packed = packed;
	if (q->batch)
		pthread_cond_signal(&q->batch->answered);
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
	struct question *q;

	if (!dns)
		return;
	if (dns->ctx) {
		(void)!write(dns->stop_fd, &(uint64_t){ 1 }, sizeof(uint64_t));
		pthread_join(dns->dispatcher, NULL);
		ub_ctx_delete(dns->ctx);	/* ends its thread; no callback comes any more */
	}
	while ((q = dns->open) != NULL) {
		assert(!q->batch);		/* batches are freed first */
		unlink_open(q);
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

struct dns_batch *
dns_batch_new(struct dns *dns, struct pool *pool, int64_t deadline_ms)
{
	struct dns_batch *b = calloc(1, sizeof(*b));
	pthread_condattr_t attr;

	if (!b)
		abort();
	b->dns = dns && dns->ctx ? dns : NULL;
	b->pool = pool;
	b->deadline_ms = deadline_ms;
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&b->answered, &attr);
	pthread_condattr_destroy(&attr);
	return b;
}

void
dns_batch_free(struct dns_batch **p)
{
	struct dns_batch *b = *p;

	if (!b)
		return;
	if (b->dns)
		pthread_mutex_lock(&b->dns->lock);
	for (size_t i = 0; i < b->n; i++) {
		b->question[i]->batch = NULL;
		if (!b->question[i]->open)
			question_free(b->question[i]);
	}
	if (b->dns)
		pthread_mutex_unlock(&b->dns->lock);
	pthread_cond_destroy(&b->answered);
	free(b);
	*p = NULL;
}

void
dns_batch_deadline(struct dns_batch *b, int64_t deadline_ms)
{
	b->deadline_ms = deadline_ms;
}

/* ---- asking ---- */

static struct question *
question_new(struct dns *dns, enum dns_type type, const char *key, uint64_t hash)
{
	size_t n = strlen(key) + 1;
	struct question *q = calloc(1, sizeof(*q) + n);

	if (!q)
		abort();
	q->dns = dns;
	q->type = type;
	q->hash = hash;
	memcpy(q->key, key, n);
	return q;
}

static void
send(struct question *q)
{
	struct dns *dns = q->dns;
	char name[DNS_NAME_ESCAPED];

	dns_name_escape(q->key, name);
	if (ub_resolve_async(dns->ctx, name, (int)q->type, CLASS_IN, q, on_answer, NULL) == 0)
		return;
	pthread_mutex_lock(&dns->lock);
	unlink_open(q);
	dns->stats.inflight--;
	dns->stats.failures++;
	if (!q->batch)
		question_free(q);
	else
		q->answer = &without[DNS_FAIL];
	pthread_mutex_unlock(&dns->lock);
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
enlist(struct question *q, struct dns_batch *batch, int64_t now)
{
	struct dns *dns = q->dns;

	q->batch = batch;
	q->open = true;
	q->next = dns->open;
	if (q->next)
		q->next->prev = q;
	dns->open = q;
	dns->stats.inflight++;
	if (dns->silent++ == 0)
		dns->silent_since_ms = now;
}

static void
ask(struct dns_batch *b, struct question *q)
{
	struct dns *dns = b->dns;
	struct question *out = q;
	int64_t now = clock_mono_ms();
	enum way way;
	bool died;

	pthread_mutex_lock(&dns->lock);
	way = decide(dns, now, &died);
	if (way == PROBE)
		out = question_new(dns, q->type, q->key, q->hash);
	if (way == ASK || way == PROBE)
		enlist(out, way == ASK ? b : NULL, now);
	pthread_mutex_unlock(&dns->lock);
	if (died)
		log_put(dns->log, LOG_LEVEL_ERR, "dns", LOG_CSTR("state", "no answers; asking now and then"));
	if (way == DROP)
		q->answer = &without[DNS_FAIL];
	else if (way != ASK)
		q->answer = &without[DNS_TIMEOUT];
	if (way == ASK || way == PROBE)
		send(out);
}

static struct question *
find(const struct dns_batch *b, enum dns_type type, const char *key, uint64_t hash)
{
	for (size_t i = 0; i < b->n; i++) {
		struct question *q = b->question[i];

		if (q->hash == hash && q->type == type && strcmp(q->key, key) == 0)
			return q;
	}
	return NULL;
}

/* The batch's question with this name, asked now if it was not before. NULL: no more of them. */
static struct question *
want(struct dns_batch *b, enum dns_type type, const char *key)
{
	uint64_t hash = hash_key(str_of(key), type);
	struct question *q = find(b, type, key, hash);
	int64_t now = clock_mono_ms();

	if (q || b->n == DNS_BATCH_QUESTIONS)
		return q;
	q = question_new(b->dns, type, key, hash);
	b->question[b->n++] = q;
	q->packed = dns_cache_get(b->dns->cache, type, key, now);
	if (q->packed) {
		pthread_mutex_lock(&b->dns->lock);
		b->dns->stats.cached++;
		pthread_mutex_unlock(&b->dns->lock);
	} else if (now >= b->deadline_ms) {
		q->answer = &without[DNS_TIMEOUT];
	} else {
		ask(b, q);
	}
	return q;
}

void
dns_want(struct dns_batch *b, enum dns_type type, struct str name)
{
	char key[DNS_NAME + 1];

	if (b && b->dns && dns_name_key(name, key))
		want(b, type, key);
}

/* Until the question is answered or the deadline has passed. */
static const struct dns_packed *
wait_for(struct dns_batch *b, const struct question *q)
{
	struct dns *dns = b->dns;
	struct timespec until = {
		.tv_sec = (time_t)(b->deadline_ms / SECOND_MS), .tv_nsec = b->deadline_ms % SECOND_MS * 1000000
	};
	const struct dns_packed *packed;
	int err = 0;

	pthread_mutex_lock(&dns->lock);
	while (q->open && err == 0)
		err = pthread_cond_timedwait(&b->answered, &dns->lock, &until);
	packed = q->packed;
	dns->stats.timeouts += !packed;
	pthread_mutex_unlock(&dns->lock);
	return packed;
}

const struct dns_answer *
dns_get(struct dns_batch *b, enum dns_type type, struct str name)
{
	const struct dns_packed *packed;
	char key[DNS_NAME + 1];
	struct question *q;

	if (!b || !b->dns)
		return &without[DNS_OFF];
	if (!dns_name_key(name, key))
		return &without[DNS_BAD_NAME];
	q = want(b, type, key);
	if (!q)
		return &without[DNS_FAIL];
	if (q->answer)
		return q->answer;
	packed = wait_for(b, q);
	q->answer = packed ? dns_packed_copy(packed, b->pool) : &without[DNS_TIMEOUT];
	return q->answer;
}
