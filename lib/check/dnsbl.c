/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Asking DNS lists, and which of them can be believed now.
 *
 *     untested --test passed--> ok --10 questions in a row without answer--> silent
 *        |  \                    |                                              |
 *        |   no answer: a        `--a code that means blocked--> blocked        |
 *        |   minute later        ^                                  |           |
 *     failed --10 minutes--> untested <------ block_ms ------------'<---minute--'
 *
 * A list is used while it is ok. A connection that finds it untested asks for the test entries
 * beside its own question and judges both together, so nothing waits for a test of its own.
 * The thread that is started once only saves the first connections that work. */
#include "check/dnsbl.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/clock.h"
#include "check/dnsbl_lists.h"
#include "check/dnsbl_names.h"

enum {
	SILENT_AFTER = 10,		/* questions in a row */
	SILENT_MS = 60000,
	FAILED_MS = 600000,
	TEST_MS = 5000,			/* for the tests in the background */
	ANSWERS = 64,			/* of one list that are read: bits of a uint64_t */
	TEXT_MAX = 256
};

enum state { UNTESTED, GOOD, FAILED, BLOCKED, SILENT };
static const char *const state_names[] = { "untested", "ok", "failed", "blocked", "silent" };

struct mood {
	atomic_int state;
	atomic_int told;		/* the state that the log has; UNTESTED: none yet */
	atomic_llong until_ms;		/* left alone before; 0: not */
	atomic_uint unanswered;
	atomic_ullong asked, hits, strange;
};

/* One table with what is known about its lists; the last holder frees it. */
struct edition {
	atomic_uint holders;
	struct dnsbl_lists *lists;
	int64_t block_ms;
	struct mood mood[];		/* one for each list */
};

struct dnsbl {
	struct pool *pool;		/* where this struct is */
	pthread_mutex_t lock;		/* of edition, testers */
	struct edition *edition;
	struct dns *dns;
	struct log_ctx log;
	pthread_cond_t tested;		/* testers is 0 */
	size_t testers;			/* threads in test_all() */
};

/* ---- editions ---- */

static void
edition_put(struct edition *e)
{
	struct dnsbl_lists *lists;

	if (!e || atomic_fetch_sub(&e->holders, 1) != 1)
		return;
	lists = e->lists;
	dnsbl_lists_free(&lists);	/* e is in its pool */
}

static struct edition *
edition_get(struct dnsbl *d)
{
	struct edition *e;

	pthread_mutex_lock(&d->lock);
	e = d->edition;
	atomic_fetch_add(&e->holders, 1);
	pthread_mutex_unlock(&d->lock);
	return e;
}

/* What was learned about a zone stays true when the table is read again. */
static void
inherit(struct edition *e, const struct edition *old)
{
	for (size_t i = 0; old && i < e->lists->list.n; i++) {
		for (size_t k = 0; k < old->lists->list.n; k++) {
			const struct mood *from = &old->mood[k];

			if (!str_eq(dnsbl_list_at(e->lists, i)->zone, dnsbl_list_at(old->lists, k)->zone))
				continue;
			atomic_store(&e->mood[i].state, atomic_load(&from->state));
			atomic_store(&e->mood[i].until_ms, atomic_load(&from->until_ms));
			atomic_store(&e->mood[i].told, atomic_load(&from->told));
		}
	}
}

static enum rc
edition_new(const struct dnsbl_conf *conf, const struct edition *old, struct edition **out, struct buf *why)
{
	struct dnsbl_lists *lists;
	struct edition *e;

	if (dnsbl_lists_read(conf, &lists, why) != RC_OK)
		return RC_BAD;
	e = pool_alloc(lists->pool, sizeof(*e) + lists->list.n * sizeof(e->mood[0]));
	atomic_init(&e->holders, 1);
	e->lists = lists;
	e->block_ms = conf->block_ms;
	inherit(e, old);
	*out = e;
	return RC_OK;
}

/* ---- states ---- */

static void
tell(struct dnsbl *d, enum log_level level, const struct dnsbl_list *l, enum state state, const char *why)
{
	log_put(d->log, level, "dnsbl", LOG_STR("list", l->name), LOG_CSTR("state", state_names[state]),
	    LOG_CSTR("why", why));
}

/* Once for each change: a hundred connections see it at the same time, and a list that is tested again
 * and again is as silent as before. */
static void
become(struct dnsbl *d, const struct dnsbl_list *l, struct mood *m, enum state state, int64_t ms, const char *why)
{
	atomic_store(&m->until_ms, ms ? clock_mono_ms() + ms : 0);
	atomic_store(&m->state, (int)state);
	atomic_store(&m->unanswered, 0);
	if (atomic_exchange(&m->told, (int)state) == (int)state)
		return;
	if (state == FAILED || state == BLOCKED)
		tell(d, LOG_LEVEL_ERR, l, state, why);
	else if (state == SILENT)
		tell(d, LOG_LEVEL_WARNING, l, state, why);
}

/* A test that passed says nothing against what an answer said in the meantime. */
static void
become_good(struct dnsbl *d, const struct dnsbl_list *l, struct mood *m)
{
	int untested = UNTESTED;

	if (!atomic_compare_exchange_strong(&m->state, &untested, GOOD))
		return;
	atomic_store(&m->unanswered, 0);
	if (atomic_exchange(&m->told, GOOD) != GOOD)
		tell(d, LOG_LEVEL_INFO, l, GOOD, l->test.n ? "test passed" : "has no test");
}

/* Asked at all just now? After its time a list is untested again. */
static bool
is_open(struct mood *m)
{
	long long until = atomic_load(&m->until_ms);

	if (until == 0)
		return true;
	if (clock_mono_ms() < until)
		return false;
	if (atomic_compare_exchange_strong(&m->until_ms, &until, 0))
		atomic_store(&m->state, UNTESTED);
	return atomic_load(&m->until_ms) == 0;
}

static void
note_unanswered(struct dnsbl *d, const struct dnsbl_list *l, struct mood *m)
{
	struct dns_stats stats;

	if (atomic_fetch_add(&m->unanswered, 1) + 1 < SILENT_AFTER)
		return;
	dns_stats(d->dns, &stats);
	if (!stats.dead)		/* else nothing answers, and that is known elsewhere */
		become(d, l, m, SILENT, SILENT_MS, "no answers");
}

/* ---- answers ---- */

struct meaning {
	struct buf labels, codes;
	const struct dnsbl_code *best;
	bool blocked;
	bool strange;			/* some answer that the table does not know */
};

static bool
matches(const struct dnsbl_code *c, const unsigned char addr[4])
{
	for (int i = 0; i < 4; i++)
		if (addr[i] < c->low[i] || addr[i] > c->high[i])
			return false;
	return c->bit == 0 || (addr[3] & c->bit) != 0;
}

static void
add_text(struct buf *b, struct str s)
{
	if (b->n)
		buf_addc(b, ',');
	buf_add(b, s);
}

/* One row of the table against all answers; `known` has a bit for each answer that counts. */
static void
read_code(const struct dnsbl_code *c, const struct dns_answer *a, struct meaning *m, uint64_t *known)
{
	bool here = false;

	for (size_t i = 0; i < a->n && i < ANSWERS; i++) {
		if (!matches(c, a->records[i].addr))
			continue;
		here = true;
		*known |= (uint64_t)1 << i;
	}
	if (here && c->blocked)
		m->blocked = true;
	if (!here || c->blocked)
		return;
	add_text(&m->labels, c->label);
	if (!m->best || abs(c->score) > abs(m->best->score))
		m->best = c;
}

/* Servers turn the order of answers: always show them in the same. */
static void
show_codes(const struct dns_answer *a, uint64_t known, struct buf *out)
{
	while (known) {
		size_t least = ANSWERS;

		for (size_t i = 0; i < ANSWERS; i++)
			if (known >> i & 1 && (least == ANSWERS ||
			    memcmp(a->records[i].addr, a->records[least].addr, 4) < 0))
				least = i;
		add_text(out, a->records[least].text);
		known &= ~((uint64_t)1 << least);
	}
}

static void
meaning_clear(struct meaning *m)
{
	buf_clear(&m->labels);
	buf_clear(&m->codes);
}

static void
read_meaning(const struct dnsbl_list *l, const struct dns_answer *a, struct meaning *m)
{
	const struct dnsbl_code *c = l->codes.items;
	uint64_t known = 0;

	*m = (struct meaning){ .best = NULL };
	buf_init(&m->labels, TEXT_MAX);
	buf_init(&m->codes, TEXT_MAX);
	for (size_t i = 0; i < l->codes.n; i++)
		read_code(&c[i], a, m, &known);
	show_codes(a, known, &m->codes);
	for (size_t i = 0; i < a->n && i < ANSWERS; i++)
		m->strange |= !(known >> i & 1);
}

/* ---- tests ---- */

static void
want_tests(const struct dnsbl_list *l, struct dns_batch *b, struct pool *pool)
{
	if (l->test.n)
		dns_want(b, DNS_A, dnsbl_test_name(pool, l, l->test));
	if (l->test_not.n)
		dns_want(b, DNS_A, dnsbl_test_name(pool, l, l->test_not));
}

enum test { PASSED, NOT_PASSED, NO_ANSWER, REFUSED, NOT_ASKED };

/* The entry that every list has (`listed`) or that none has. */
static enum test
judge_test(const struct dnsbl_list *l, const struct dns_answer *a, bool listed)
{
	struct meaning m;
	bool refused;

	if (a->rc == DNS_NXDOMAIN || a->rc == DNS_NODATA)
		return listed ? NOT_PASSED : PASSED;
	if (a->rc != DNS_OK)
		return a->unasked || a->rc == DNS_OFF ? NOT_ASKED : NO_ANSWER;
	read_meaning(l, a, &m);
	refused = m.blocked;
	meaning_clear(&m);
	if (refused)
		return REFUSED;
	/* The test entry may have a code of its own, but it is one of a list: in 127/8. */
	return listed && a->records[0].addr[0] == 127 ? PASSED : NOT_PASSED;
}

static void
run_test(struct dnsbl *d, struct edition *e, size_t i, struct dns_batch *b, struct pool *pool)
{
	const struct dnsbl_list *l = dnsbl_list_at(e->lists, i);
	struct mood *m = &e->mood[i];
	enum test yes = PASSED, no = PASSED;

	if (l->test.n)
		yes = judge_test(l, dns_get(b, DNS_A, dnsbl_test_name(pool, l, l->test)), true);
	if (l->test_not.n)
		no = judge_test(l, dns_get(b, DNS_A, dnsbl_test_name(pool, l, l->test_not)), false);
	if (yes == REFUSED || no == REFUSED)
		become(d, l, m, BLOCKED, e->block_ms, "it refuses to answer this resolver");
	else if (yes == NOT_PASSED)
		become(d, l, m, FAILED, FAILED_MS, "its test entry is not listed");
	else if (no == NOT_PASSED)
		become(d, l, m, FAILED, FAILED_MS, "it lists what it must not");
	else if (yes == NO_ANSWER || no == NO_ANSWER)
		become(d, l, m, SILENT, SILENT_MS, "no answer to its test");
	else if (yes != NOT_ASKED && no != NOT_ASKED)
		become_good(d, l, m);
}

/* Every list at the start, so that the first connections find them tested. */
static void *
test_all(void *arg)
{
	struct dnsbl *d = arg;
	struct edition *e = edition_get(d);
	struct pool *pool = pool_new(0);
	struct dns_batch *b = dns_batch_new(d->dns, pool, clock_mono_ms() + TEST_MS);

	for (size_t i = 0; i < e->lists->list.n; i++)
		if (atomic_load(&e->mood[i].state) == UNTESTED)
			want_tests(dnsbl_list_at(e->lists, i), b, pool);
	for (size_t i = 0; i < e->lists->list.n; i++)
		if (atomic_load(&e->mood[i].state) == UNTESTED)
			run_test(d, e, i, b, pool);
	dns_batch_free(&b);
	pool_free(&pool);
	edition_put(e);
	pthread_mutex_lock(&d->lock);
	d->testers--;
	pthread_cond_signal(&d->tested);
	pthread_mutex_unlock(&d->lock);
	return NULL;
}

/* Detached, so that a reload waits for no answer of the lists before it; dnsbl_close does. */
static void
start_tests(struct dnsbl *d)
{
	pthread_attr_t detached;
	pthread_t tester;
	sigset_t all, old;

	if (!d->dns)
		return;
	pthread_attr_init(&detached);
	pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	pthread_mutex_lock(&d->lock);
	if (pthread_create(&tester, &detached, test_all, d) == 0)
		d->testers++;
	pthread_mutex_unlock(&d->lock);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	pthread_attr_destroy(&detached);
}

/* ---- asking ---- */

void
dnsbl_want(struct dnsbl *d, struct dns_batch *b, struct pool *pool, const struct dnsbl_item *item)
{
	struct edition *e = edition_get(d);

	for (size_t i = 0; i < e->lists->list.n; i++) {
		const struct dnsbl_list *l = dnsbl_list_at(e->lists, i);
		struct str name[DNSBL_NAMES];
		size_t n = dnsbl_names(pool, l, item, name);

		if (n == 0 || !is_open(&e->mood[i]))
			continue;
		for (size_t k = 0; k < n; k++)
			dns_want(b, DNS_A, name[k]);
		if (atomic_load(&e->mood[i].state) != GOOD)
			want_tests(l, b, pool);
	}
	edition_put(e);
}

static bool
take_answer(struct dnsbl *d, struct edition *e, size_t i, const struct dns_answer *a, struct pool *pool,
    struct dnsbl_hit *hit)
{
	const struct dnsbl_list *l = dnsbl_list_at(e->lists, i);
	struct mood *mood = &e->mood[i];
	struct meaning m;
	bool found;

	read_meaning(l, a, &m);
	if (m.blocked)
		become(d, l, mood, BLOCKED, e->block_ms, "it refuses to answer this resolver");
	if (m.strange)
		atomic_fetch_add(&mood->strange, 1);
	found = m.best && !m.blocked;
	if (found) {
		atomic_fetch_add(&mood->hits, 1);
		*hit = (struct dnsbl_hit){ .list = pool_str(pool, l->name), .labels = pool_str(pool, buf_str(&m.labels)),
		    .codes = pool_str(pool, buf_str(&m.codes)), .allow = l->allow, .class = m.best->class,
		    .score = m.best->score };
	}
	meaning_clear(&m);
	return found;
}

/* What one list says; the names of a question are tried until one is listed. */
static bool
ask_list(struct dnsbl *d, struct edition *e, size_t i, struct dns_batch *b, struct pool *pool,
    const struct str *name, size_t n, struct dnsbl_hit *hit)
{
	struct mood *m = &e->mood[i];

	if (atomic_load(&m->state) != GOOD)
		run_test(d, e, i, b, pool);
	if (atomic_load(&m->state) != GOOD)
		return false;
	for (size_t k = 0; k < n; k++) {
		const struct dns_answer *a = dns_get(b, DNS_A, name[k]);

		atomic_fetch_add(&m->asked, 1);
		if (a->rc == DNS_TIMEOUT || a->rc == DNS_FAIL) {
			if (!a->unasked)
				note_unanswered(d, dnsbl_list_at(e->lists, i), m);
			continue;
		}
		atomic_store(&m->unanswered, 0);
		if (a->rc == DNS_OK && take_answer(d, e, i, a, pool, hit))
			return true;
	}
	return false;
}

size_t
dnsbl_look(struct dnsbl *d, struct dns_batch *b, struct pool *pool, const struct dnsbl_item *item,
    struct dnsbl_hit out[DNSBL_HITS])
{
	struct edition *e = edition_get(d);
	size_t hits = 0;

	for (size_t i = 0; i < e->lists->list.n && hits < DNSBL_HITS; i++) {
		struct str name[DNSBL_NAMES];
		size_t n = dnsbl_names(pool, dnsbl_list_at(e->lists, i), item, name);

		if (n && is_open(&e->mood[i]))
			hits += ask_list(d, e, i, b, pool, name, n, &out[hits]);
	}
	edition_put(e);
	return hits;
}

/* ---- life ---- */

enum rc
dnsbl_try(const struct dnsbl_conf *conf, struct buf *why)
{
	struct dnsbl_lists *lists;

	if (dnsbl_lists_read(conf, &lists, why) != RC_OK)
		return RC_BAD;
	dnsbl_lists_free(&lists);
	return RC_OK;
}

enum rc
dnsbl_open(const struct dnsbl_conf *conf, struct dns *dns, struct log_ctx log, struct dnsbl **out, struct buf *why)
{
	struct edition *e;
	struct pool *pool;
	struct dnsbl *d;

	if (edition_new(conf, NULL, &e, why) != RC_OK)
		return RC_BAD;
	pool = pool_new(0);
	d = pool_alloc(pool, sizeof(*d));
	d->pool = pool;
	pthread_mutex_init(&d->lock, NULL);
	pthread_cond_init(&d->tested, NULL);
	d->edition = e;
	d->dns = dns;
	d->log = log;
	start_tests(d);
	*out = d;
	return RC_OK;
}

enum rc
dnsbl_reload(struct dnsbl *d, const struct dnsbl_conf *conf, struct buf *why)
{
	struct edition *next, *old = edition_get(d);
	enum rc rc = edition_new(conf, old, &next, why);

	edition_put(old);
	if (rc != RC_OK)
		return rc;
	pthread_mutex_lock(&d->lock);
	old = d->edition;
	d->edition = next;
	pthread_mutex_unlock(&d->lock);
	edition_put(old);
	start_tests(d);
	return RC_OK;
}

void
dnsbl_close(struct dnsbl **p)
{
	struct dnsbl *d = *p;
	struct pool *pool;

	if (!d)
		return;
	pthread_mutex_lock(&d->lock);
	while (d->testers)
		pthread_cond_wait(&d->tested, &d->lock);
	pthread_mutex_unlock(&d->lock);
	edition_put(d->edition);
	pthread_cond_destroy(&d->tested);
	pthread_mutex_destroy(&d->lock);
	pool = d->pool;
	pool_free(&pool);
	*p = NULL;
}

/* Of one list, whose answers are there by now. */
static enum dnsbl_heard
heard_of(int state, struct dns_batch *b, const struct str *name, size_t n)
{
	enum dnsbl_heard heard = DNSBL_NOBODY;

	if (state == BLOCKED || state == FAILED)
		return DNSBL_NOBODY;
	if (state == SILENT)
		return n ? DNSBL_SILENCE : DNSBL_NOBODY;	/* it is left alone */
	for (size_t k = 0; k < n; k++) {
		enum dns_rc rc = dns_get(b, DNS_A, name[k])->rc;

		if (rc == DNS_OFF || rc == DNS_BAD_NAME)
			continue;
		if (state == GOOD && rc != DNS_FAIL && rc != DNS_TIMEOUT)
			return DNSBL_ANSWER;
		heard = DNSBL_SILENCE;
	}
	return heard;
}

enum dnsbl_heard
dnsbl_heard(struct dnsbl *d, struct dns_batch *b, struct pool *pool, const struct dnsbl_item *item)
{
	struct edition *e = edition_get(d);
	enum dnsbl_heard heard = DNSBL_NOBODY;

	for (size_t i = 0; i < e->lists->list.n && heard != DNSBL_ANSWER; i++) {
		struct str name[DNSBL_NAMES];
		size_t n = dnsbl_names(pool, dnsbl_list_at(e->lists, i), item, name);
		enum dnsbl_heard one = heard_of(atomic_load(&e->mood[i].state), b, name, n);

		heard = one > heard ? one : heard;
	}
	edition_put(e);
	return heard;
}

size_t
dnsbl_status(struct dnsbl *d, struct pool *pool, const struct dnsbl_status **out)
{
	struct edition *e = edition_get(d);
	size_t n = e->lists->list.n;
	struct dnsbl_status *list = pool_alloc(pool, (n + 1) * sizeof(*list));
	int64_t now = clock_mono_ms();

	for (size_t i = 0; i < n; i++) {
		struct mood *m = &e->mood[i];
		int64_t until = atomic_load(&m->until_ms);

		list[i] = (struct dnsbl_status){ .list = pool_str(pool, dnsbl_list_at(e->lists, i)->name),
		    .state = state_names[atomic_load(&m->state)], .again_ms = until > now ? until - now : 0,
		    .asked = atomic_load(&m->asked), .hits = atomic_load(&m->hits),
		    .strange = atomic_load(&m->strange) };
	}
	edition_put(e);
	*out = list;
	return n;
}
