/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "recipient/recipients.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "recipient/edition.h"

enum { WHY = 65536, SLEEP_MS = 60000 };
enum { MEMBER_YES, MEMBER_NO, MEMBER_UNANSWERED, MEMBER_ANSWERS };

struct recipients {
	pthread_mutex_t lock;		/* of edition and stop */
	pthread_mutex_t making;		/* one new edition at a time */
	pthread_cond_t wake;
	struct edition *edition;
	struct log_ctx lc;
	pthread_t poller;
	bool polling, stop;
	struct edition_conf *wanted;	/* to take over; NULL: none */
	bool busy;			/* it is being taken over */
	pthread_cond_t followed;
	atomic_bool complained;		/* about the files as they are now */
	atomic_uint_least64_t answers[RECIPIENT_ANSWERS];
	atomic_uint_least64_t members[MEMBER_ANSWERS];
};

static struct edition *
edition_get(struct recipients *r)
{
	struct edition *e;

	pthread_mutex_lock(&r->lock);
	e = r->edition;
	atomic_fetch_add(&e->holders, 1);
	pthread_mutex_unlock(&r->lock);
	return e;
}

static void
swap(struct recipients *r, struct edition *next)
{
	struct edition *old;

	pthread_mutex_lock(&r->lock);
	old = r->edition;
	r->edition = next;
	pthread_cond_signal(&r->wake);
	pthread_mutex_unlock(&r->lock);
	edition_put(&old);
}

/* ---- files that change ---- */

void
recipients_poll(struct recipients *r)
{
	struct edition *e, *next;
	struct buf why;

	buf_init(&why, WHY);
	pthread_mutex_lock(&r->making);
	e = edition_get(r);
	if (!edition_changed(e)) {
		r->complained = false;
	} else if (edition_new(&e->conf, e, r->lc, &next, &why) == RC_OK) {
		swap(r, next);
		r->complained = false;
		log_put(r->lc, LOG_LEVEL_INFO, "recipients", LOG_CSTR("state", "files that changed are in use"));
	} else if (!r->complained) {
		r->complained = true;
		log_lines(r->lc, LOG_LEVEL_ERR, "recipients", "kept_the_old_tables", buf_str(&why));
	}
	pthread_mutex_unlock(&r->making);
	buf_clear(&why);
	edition_put(&e);
}

/* With the lock, which is open while tables are read. */
static void
take_over(struct recipients *r)
{
	struct edition_conf *c = r->wanted;
	struct buf why;

	r->wanted = NULL;
	r->busy = true;
	pthread_mutex_unlock(&r->lock);
	buf_init(&why, WHY);
	if (recipients_reload(r, &c->conf, &why) != RC_OK)
		log_lines(r->lc, LOG_LEVEL_ERR, "recipients", "kept_the_old_tables", buf_str(&why));
	buf_clear(&why);
	edition_conf_free(&c);
	pthread_mutex_lock(&r->lock);
	r->busy = false;
	pthread_cond_broadcast(&r->followed);
}

static void *
poller(void *arg)
{
	struct recipients *r = arg;

	pthread_mutex_lock(&r->lock);
	while (!r->stop) {
		int64_t every = r->edition->conf.poll_ms, until = clock_mono_ms() + (every ? every : SLEEP_MS);
		struct timespec t = { until / 1000, until % 1000 * 1000000L };

		if (!r->wanted)
			pthread_cond_timedwait(&r->wake, &r->lock, &t);
		while (r->wanted && !r->stop)
			take_over(r);
		if (r->stop || !every || clock_left_ms(until) > 0)
			continue;
		pthread_mutex_unlock(&r->lock);
		recipients_poll(r);
		pthread_mutex_lock(&r->lock);
	}
	pthread_mutex_unlock(&r->lock);
	return NULL;
}

/* ---- life ---- */

static void
init(struct recipients *r)
{
	pthread_condattr_t attr;
	sigset_t all, before;

	pthread_mutex_init(&r->lock, NULL);
	pthread_mutex_init(&r->making, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&r->wake, &attr);
	pthread_cond_init(&r->followed, &attr);
	pthread_condattr_destroy(&attr);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	r->polling = pthread_create(&r->poller, NULL, poller, r) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

enum rc
recipients_open(const struct recipients_conf *conf, struct log_ctx lc, struct recipients **out, struct buf *why)
{
	struct recipients *r;
	struct edition *e;

	if (edition_new(conf, NULL, lc, &e, why) != RC_OK)
		return RC_BAD;
	r = calloc(1, sizeof(*r));
	if (!r)
		abort();
	r->lc = lc;
	r->edition = e;
	init(r);
	*out = r;
	return RC_OK;
}

enum rc
recipients_reload(struct recipients *r, const struct recipients_conf *conf, struct buf *why)
{
	struct edition *next, *e;
	enum rc rc;

	pthread_mutex_lock(&r->making);
	e = edition_get(r);
	rc = edition_new(conf, e, r->lc, &next, why);
	if (rc == RC_OK)
		swap(r, next);
	r->complained = false;
	pthread_mutex_unlock(&r->making);
	edition_put(&e);
	return rc;
}

void
recipients_follow(struct recipients *r, const struct recipients_conf *conf)
{
	int64_t until = clock_mono_ms() + RECIPIENTS_WAIT_MS;
	struct timespec t = { until / 1000, until % 1000 * 1000000L };
	struct edition_conf *mine = edition_conf_new(conf);

	pthread_mutex_lock(&r->lock);
	edition_conf_free(&r->wanted);	/* nobody has begun with it: the last one counts */
	r->wanted = mine;
	if (!r->polling)
		take_over(r);
	pthread_cond_signal(&r->wake);
	while ((r->wanted || r->busy) && clock_left_ms(until) > 0)
		pthread_cond_timedwait(&r->followed, &r->lock, &t);
	pthread_mutex_unlock(&r->lock);
}

void
recipients_close(struct recipients **at)
{
	struct recipients *r = *at;

	*at = NULL;
	if (!r)
		return;
	pthread_mutex_lock(&r->lock);
	r->stop = true;
	pthread_cond_signal(&r->wake);
	pthread_mutex_unlock(&r->lock);
	if (r->polling)
		pthread_join(r->poller, NULL);
	edition_put(&r->edition);
	edition_conf_free(&r->wanted);
	pthread_cond_destroy(&r->wake);
	pthread_cond_destroy(&r->followed);
	pthread_mutex_destroy(&r->lock);
	pthread_mutex_destroy(&r->making);
	free(r);
}

enum rc
recipients_try(const struct recipients_conf *conf, struct buf *why)
{
	struct edition *e = NULL;
	enum rc rc = edition_new(conf, NULL, (struct log_ctx){ .id = "-" }, &e, why);

	edition_put(&e);
	return rc;
}

struct recipients_rules
recipients_rules(struct recipients *r)
{
	struct edition *e = edition_get(r);
	struct recipients_rules rules = e->conf.rules;

	edition_put(&e);
	return rules;
}

/* ---- questions ---- */

struct look {
	struct edition *e;
	struct pool *pool;
	int64_t deadline;
	struct str by;			/* who said it */
};

/* The first table that knows one of the keys; RC_TEMP when none does and not all answered. */
static enum rc
find_in(struct look *l, const struct tables *t, const struct recipient_keys *keys, struct str *value)
{
	enum rc worst = RC_NONE;

	for (size_t i = 0; i < t->n; i++) {
		enum rc rc = table_find(t->item[i], keys, l->deadline, value);

		if (rc != RC_NONE)
			l->by = table_word(t->item[i]);
		if (rc == RC_OK)
			return RC_OK;
		if (rc != RC_NONE)
			worst = rc;
	}
	return worst;
}

/* "postmaster@" is one in every domain, and the name alone. */
static bool
is_always(const struct opt_list *words, const struct recipient_address *a)
{
	for (size_t i = 0; i < words->n; i++) {
		struct str w = words->item[i];
		size_t at = str_rchr(w, '@');
		struct str domain = at == STR_NPOS ? STR_NONE : str_from(w, at + 1);

		if (str_eq(str_upto(w, at), a->user) && (!domain.n || str_eq(domain, a->domain)))
			return true;
	}
	return false;
}

/* "@other.example": the same name there. */
static bool
is_moved(struct str value, struct str *domain)
{
	if (value.n < 2 || value.p[0] != '@')
		return false;
	*domain = str_from(value, 1);
	return str_chr(*domain, ' ') == STR_NPOS && str_chr(*domain, ',') == STR_NPOS && str_chr(*domain, '@') == STR_NPOS;
}

static enum recipient
call_ahead(struct look *l, const struct hop *hop, const struct recipient_address *a, enum rc before)
{
	struct recipient_keys key;

	recipient_keys(l->pool, a, false, &key);
	switch (asker_ask(hop->asker, pool_printf(l->pool, "%.*s\n", STR_ARG(key.key[0])), l->deadline)) {
	case RC_OK:
		l->by = hop->where;
		return RECIPIENT_KNOWN;
	case RC_LIMIT:
		l->by = hop->where;
		return RECIPIENT_UNSURE;
	case RC_NONE:
		if (before == RC_TEMP)
			return RECIPIENT_NO_ANSWER;
		l->by = hop->where;
		return RECIPIENT_UNKNOWN;
	case RC_TEMP: case RC_BAD:
		l->by = hop->where;
		return RECIPIENT_NO_ANSWER;
	}
	return RECIPIENT_NO_ANSWER;
}

/* One address in a domain of ours. *moved: its domain is another name of that one. */
static enum recipient
look_up(struct look *l, const struct recipient_address *a, const struct recipient_keys *domain, struct str *moved)
{
	const struct hop *hop = a->domain.n ? edition_hop(l->e, domain) : NULL;
	struct recipient_keys keys;
	struct str value;
	enum rc rc;

	*moved = STR_NONE;
	if (is_always(&l->e->conf.always, a))
		return RECIPIENT_KNOWN;
	if (!l->e->maps.n && !hop)
		return RECIPIENT_KNOWN;
	recipient_keys(l->pool, a, find_in(l, &l->e->local, domain, NULL) == RC_OK, &keys);
	l->by = STR_NONE;
	rc = find_in(l, &l->e->maps, &keys, &value);
	if (rc == RC_OK) {
		if (!is_moved(value, moved))
			*moved = STR_NONE;
		*moved = pool_lower(l->pool, *moved);
		return RECIPIENT_KNOWN;
	}
	if (hop)
		return call_ahead(l, hop, a, rc);
	return rc == RC_NONE ? RECIPIENT_UNKNOWN : RECIPIENT_NO_ANSWER;
}

static enum recipient
judge(struct look *l, struct recipient_address *a)
{
	enum recipient answer = RECIPIENT_KNOWN;

	for (int hops = 0; hops < RECIPIENTS_HOPS; hops++) {
		struct recipient_keys domain;
		struct str moved;
		enum rc rc;

		recipient_domain_keys(a->domain, &domain);
		rc = a->domain.n ? find_in(l, &l->e->domains, &domain, NULL) : RC_OK;
		if (rc == RC_NONE)	/* moved out of here: that is a forwarding */
			return hops ? RECIPIENT_KNOWN : RECIPIENT_ELSEWHERE;
		if (rc != RC_OK)
			return RECIPIENT_NO_ANSWER;
		answer = look_up(l, a, &domain, &moved);
		if (answer != RECIPIENT_KNOWN || !moved.n || str_eq(moved, a->domain))
			break;
		a->domain = moved;
	}
	return answer;
}

enum recipient
recipients_find(struct recipients *r, struct pool *pool, struct str address, struct str *by)
{
	struct look l = { .pool = pool };
	struct recipient_address a;
	enum recipient answer = RECIPIENT_OFF;

	*by = STR_NONE;
	if (!r)
		return RECIPIENT_OFF;
	l.e = edition_get(r);
	l.deadline = clock_mono_ms() + l.e->conf.deadline_ms;
	if (l.e->domains.n && !recipient_parse(pool, address, l.e->conf.delimiter, &a)) {
		answer = RECIPIENT_UNKNOWN;
		l.by = STR("no address");
	} else if (l.e->domains.n) {
		answer = judge(&l, &a);
	}
	*by = pool_str(pool, l.by);
	edition_put(&l.e);
	atomic_fetch_add_explicit(&r->answers[answer], 1, memory_order_relaxed);
	return answer;
}

enum rc
recipients_member(struct recipients *r, struct str table, const struct recipient_keys *keys)
{
	struct edition *e = edition_get(r);
	int64_t deadline_ms = clock_mono_ms() + e->conf.deadline_ms;
	enum rc rc = RC_TEMP;

	for (size_t i = 0; i < e->groups.n; i++)
		if (str_eq(table_word(e->groups.item[i]), table))
			rc = table_find(e->groups.item[i], keys, deadline_ms, NULL);
	edition_put(&e);
	if (rc != RC_OK && rc != RC_NONE)
		rc = RC_TEMP;
	atomic_fetch_add_explicit(&r->members[rc == RC_OK ? MEMBER_YES : rc == RC_NONE ? MEMBER_NO : MEMBER_UNANSWERED], 1,
	    memory_order_relaxed);
	return rc;
}

/* ---- for people ---- */

const char *
recipient_name(enum recipient answer)
{
	static const char *const names[RECIPIENT_ANSWERS] = {
		[RECIPIENT_OFF] = "off", [RECIPIENT_KNOWN] = "known", [RECIPIENT_UNKNOWN] = "unknown",
		[RECIPIENT_ELSEWHERE] = "elsewhere", [RECIPIENT_UNSURE] = "unsure", [RECIPIENT_NO_ANSWER] = "no answer",
	};

	return names[answer];
}

void
recipients_status(struct recipients *r, struct pool *pool, struct recipients_status *out)
{
	struct recipients_server *server;
	struct edition *e;

	*out = (struct recipients_status){ .tables = 0 };
	if (!r)
		return;
	e = edition_get(r);
	for (size_t i = 0; i < RECIPIENT_ANSWERS; i++)
		out->answers[i] = atomic_load(&r->answers[i]);
	out->files_are_bad = atomic_load(&r->complained);
	out->tables = e->domains.n + e->local.n + e->maps.n + e->groups.n;
	out->members = atomic_load(&r->members[MEMBER_YES]);
	out->not_members = atomic_load(&r->members[MEMBER_NO]);
	out->members_unanswered = atomic_load(&r->members[MEMBER_UNANSWERED]);
	out->n_servers = e->n_hops;
	out->server = server = pool_alloc(pool, (e->n_hops + 1) * sizeof(*server));
	for (size_t i = 0; i < e->n_hops; i++) {
		struct asker_status st;

		asker_status(e->hops[i].asker, &st);
		server[i] = (struct recipients_server){ pool_str(pool, e->hops[i].where), st.asked, st.cached, st.failed,
		    st.left_alone };
	}
	edition_put(&e);
}
