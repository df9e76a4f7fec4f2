/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Which service can be asked now, as with DNS lists:
 *
 *     ok --BREAK_AFTER failures in a row--> silent
 *      |--the key is not taken------------> refused
 *      `--too many questions--------------> quota
 *
 * After break_ms one question is sent; its answer makes it ok again, or leaves it alone as long once more. */
#include "check/link_service.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

#include "base/clock.h"
#include "check/link_answers.h"
#include "net/fetch.h"
#include "policy/links_opts.h"

enum { BREAK_AFTER = 5, FAILED_MS = 60000, MINUTE_MS = 60000, DAY_MS = 86400000, SECRET = 16, WHY_BYTES = 4096 };

enum state { GOOD, SILENT, REFUSED, QUOTA };
static const char *const state_names[] = { "ok", "silent", "refused", "quota" };

struct span {			/* questions since `from_ms` */
	int64_t from_ms, n;
};

struct mood {
	enum state state;
	int64_t until_ms;		/* left alone before */
	unsigned failures;		/* in a row */
	bool probing;			/* the one question is on its way */
	bool told_day;
	struct span minute, day;
	uint64_t asked, hits, kept, failed, over;
};

/* What one configuration says; the last holder frees it. */
struct edition {
	atomic_uint holders;
	struct pool *pool;
	struct link_service_conf conf;
	struct http_conf http;
	struct opt_list internal, allow;
	struct str key[LINK_SERVICES];
	bool used;			/* some service is */
};

struct link_services {
	struct pool *pool;		/* where this is */
	struct log_ctx log;
	unsigned char secret[SECRET];
	struct fetch *fetch;		/* these two from the first configuration on that uses a service */
	pthread_mutex_t lock;		/* of what follows */
	pthread_cond_t answered;
	struct edition *edition;
	struct link_answers *answers;
	struct mood mood[LINK_SERVICES];
	bool closing;
};

/* ---- editions ---- */

static void
edition_put(struct edition *e)
{
	struct pool *pool;

	if (!e || atomic_fetch_sub(&e->holders, 1) != 1)
		return;
	for (size_t i = 0; i < LINK_SERVICES; i++)
		if (e->key[i].n)
			explicit_bzero((char *)(uintptr_t)e->key[i].p, e->key[i].n);
	pool = e->pool;
	pool_free(&pool);
}

static struct edition *
edition_get(struct link_services *s)
{
	struct edition *e;

	pthread_mutex_lock(&s->lock);
	e = s->edition;
	atomic_fetch_add(&e->holders, 1);
	pthread_mutex_unlock(&s->lock);
	return e;
}

static struct opt_list
copy_list(struct pool *pool, const struct opt_list *from)
{
	struct str *to = pool_alloc(pool, (from->n + 1) * sizeof(*to));

	for (size_t i = 0; i < from->n; i++)
		to[i] = pool_str(pool, from->item[i]);
	return (struct opt_list){ to, from->n };
}

static enum rc
read_key(struct edition *e, size_t i, struct buf *why)
{
	struct str path = e->conf.of[i].key_file;
	struct buf key, one;
	enum rc rc;

	if (path.n == 0)
		return RC_OK;
	buf_init(&one, WHY_BYTES);
	rc = http_secret(path.p, &key, &one);
	if (rc == RC_OK)
		e->key[i] = pool_str(e->pool, str_trim(buf_str(&key)));
	else
		buf_printf(why, "link_service.%s_key_file: %s\n", service_rows[i].name, buf_cstr(&one));
	if (key.n)
		explicit_bzero(key.p, key.n);
	buf_clear(&key);
	buf_clear(&one);
	return rc;
}

static struct edition *
edition_copy(const struct conf *conf)
{
	const struct links_conf *lc = conf_values(conf, &links_table);
	struct pool *pool = pool_new(0);
	struct edition *e = pool_alloc(pool, sizeof(*e));

	atomic_init(&e->holders, 1);
	e->pool = pool;
	e->conf = *(const struct link_service_conf *)conf_values(conf, &link_service_table);
	e->http = *(const struct http_conf *)conf_values(conf, &http_table);
	e->http.proxy = pool_str(pool, e->http.proxy);
	e->http.ca_file = pool_str(pool, e->http.ca_file);
	e->internal = copy_list(pool, &lc->internal);
	e->allow = copy_list(pool, &lc->allow);
	for (size_t i = 0; i < LINK_SERVICES; i++) {
		struct link_service_one *one = &e->conf.of[i];

		while (one->url.n && one->url.p[one->url.n - 1] == '/')
			one->url.n--;
		one->url = pool_str(pool, one->url);
		one->key_file = pool_str(pool, one->key_file);
		e->used |= one->send != LINK_SENT_OFF;
	}
	return e;
}

static enum rc
edition_new(const struct conf *conf, struct edition **out, struct buf *why)
{
	struct edition *e = edition_copy(conf);
	enum rc rc = RC_OK;

	for (size_t i = 0; i < LINK_SERVICES; i++)
		if (e->conf.of[i].send != LINK_SENT_OFF && read_key(e, i, why) != RC_OK)
			rc = RC_BAD;
	if (rc == RC_OK)
		*out = e;
	else
		edition_put(e);
	return rc;
}

/* ---- moods; under the lock ---- */

static void
become(struct link_services *s, size_t i, enum state state, int64_t ms, struct str why)
{
	struct mood *m = &s->mood[i];
	enum log_level level = state == REFUSED ? LOG_LEVEL_ERR : state == GOOD ? LOG_LEVEL_INFO : LOG_LEVEL_WARNING;
	bool news = m->state != state;

	m->state = state;
	m->until_ms = ms ? clock_mono_ms() + ms : 0;
	m->failures = 0;
	if (news)
		log_put(s->log, level, "link_service", LOG_CSTR("service", service_rows[i].name),
		    LOG_CSTR("state", state_names[state]), LOG_STR("why", why));
}

static void
note_failure(struct link_services *s, size_t i, const struct edition *e, struct str why)
{
	struct mood *m = &s->mood[i];

	m->failed++;
	m->failures++;
	if (m->state != GOOD)
		become(s, i, m->state, e->conf.break_ms, why);
	else if (m->failures >= BREAK_AFTER)
		become(s, i, SILENT, e->conf.break_ms, why);
}

static bool
has_room(const struct span *sp, int64_t max, int64_t length_ms, int64_t now)
{
	return sp->from_ms == 0 || now - sp->from_ms >= length_ms || sp->n < max;
}

static void
count(struct span *sp, int64_t length_ms, int64_t now)
{
	if (sp->from_ms == 0 || now - sp->from_ms >= length_ms)
		*sp = (struct span){ now, 0 };
	sp->n++;
}

static bool
is_left_alone(const struct mood *m, int64_t now)
{
	return m->state != GOOD && (now < m->until_ms || m->probing);
}

static bool
is_used_up(const struct mood *m, const struct link_service_one *one, int64_t now)
{
	return !has_room(&m->minute, one->per_minute, MINUTE_MS, now) || !has_room(&m->day, one->per_day, DAY_MS, now);
}

/* Counts what is not asked. */
static bool
may_ask(struct link_services *s, size_t i, const struct edition *e, int64_t now)
{
	const struct link_service_one *one = &e->conf.of[i];
	struct mood *m = &s->mood[i];

	if (is_left_alone(m, now))
		return false;
	if (!is_used_up(m, one, now))
		return true;
	m->over++;
	if (!has_room(&m->day, one->per_day, DAY_MS, now) && !m->told_day) {
		m->told_day = true;
		log_put(s->log, LOG_LEVEL_WARNING, "link_service", LOG_CSTR("service", service_rows[i].name),
		    LOG_CSTR("state", "quota"), LOG_NUM("per_day", one->per_day));
	}
	return false;
}

static void
note_asked(struct mood *m, int64_t now)
{
	m->asked++;
	m->probing = m->state != GOOD;
	count(&m->minute, MINUTE_MS, now);
	count(&m->day, DAY_MS, now);
	if (m->day.n == 1)
		m->told_day = false;
}

/* ---- questions ---- */

/* Nobody else can reach it, or everybody here knows. */
static bool
is_ours(const struct edition *e, const struct url *u)
{
	struct ip ip;

	if (url_address(u, &ip))
		return !http_is_public(&ip);
	return u->host_kind != URL_DOMAIN || str_chr(u->host, '.') == STR_NPOS || links_has_domain(&e->internal, u->host) ||
	    links_has_domain(&e->allow, u->host);
}

static bool
may_tell(const struct edition *e, struct pool *pool, const struct url *u, struct service_asked *out)
{
	struct buf b;
	struct ip ip;
	bool fits;

	if (!e->used || !url_is_web(u) || is_ours(e, u))
		return false;
	*out = (struct service_asked){ .is_address = url_address(u, &ip) };
	out->host = out->is_address ? ip_text(pool, &ip) : u->host;
	buf_init(&b, LINK_SERVICE_URL);
	buf_printf(&b, "%.*s://%.*s", STR_ARG(u->scheme), STR_ARG(u->host));
	if (u->port >= 0)
		buf_printf(&b, ":%d", u->port);
	buf_add(&b, u->path);
	if (e->conf.query && u->has_query) {
		buf_addc(&b, '?');
		buf_add(&b, u->query);
	}
	fits = !b.full;
	if (fits)
		out->url = pool_str(pool, buf_str(&b));
	buf_clear(&b);
	return fits;
}

struct asking {
	const struct edition *e;
	struct pool *pool;
	struct service_asked what;
};

/* Service, how it is asked, and about what. */
static struct str
question_text(const struct asking *a, size_t i)
{
	int send = a->e->conf.of[i].send;

	return pool_printf(a->pool, "%zu %d %.*s", i, send, STR_ARG(send == LINK_SENT_HOST ? a->what.host : a->what.url));
}

static void
question_key(const struct link_services *s, const struct asking *a, size_t i, unsigned char key[HASH_SHA256_BYTES])
{
	struct str text = question_text(a, i);
	char *p = pool_alloc(a->pool, SECRET + text.n);

	memcpy(p, s->secret, SECRET);
	memcpy(p + SECRET, text.p, text.n);
	hash_sha256((struct str){ p, SECRET + text.n }, key);
}

/* ---- answers ---- */

struct sent {			/* on its way */
	struct pool *pool;		/* where this is */
	struct link_services *s;
	struct edition *e;
	size_t i;
	unsigned char key[HASH_SHA256_BYTES];
};

static int64_t
lifetime(const struct link_service_conf *c, enum service_outcome o)
{
	switch (o) {
	case SERVICE_HIT:
		return c->hit_ms;
	case SERVICE_NO_HIT:
	case SERVICE_UNKNOWN:
		return c->no_hit_ms;
	case SERVICE_FAILED:
	case SERVICE_REFUSED:
	case SERVICE_QUOTA:
		break;
	}
	return c->break_ms < FAILED_MS ? c->break_ms : FAILED_MS;
}

static void
take_mood(struct sent *q, enum service_outcome o, bool late, struct str why)
{
	struct mood *m = &q->s->mood[q->i];

	m->probing = false;
	switch (o) {
	case SERVICE_HIT:
		m->hits++;
		/* fall through */
	case SERVICE_NO_HIT:
	case SERVICE_UNKNOWN:
		become(q->s, q->i, GOOD, 0, STR("it answers"));
		break;
	case SERVICE_FAILED:
		if (!late && !q->s->closing)
			note_failure(q->s, q->i, q->e, why);
		break;
	case SERVICE_REFUSED:
		m->failed++;
		become(q->s, q->i, REFUSED, q->e->conf.break_ms, STR("it does not take the key"));
		break;
	case SERVICE_QUOTA:
		m->failed++;
		become(q->s, q->i, QUOTA, q->e->conf.break_ms, STR("it says that there were too many questions"));
		break;
	}
}

static void
done(void *arg, long status, struct str body, struct str why)
{
	struct sent *q = arg;
	struct pool *pool = q->pool;
	struct link_services *s = q->s;
	const struct link_service_one *one = &q->e->conf.of[q->i];
	struct link_answer *a;
	struct buf found, text;
	enum service_outcome o;
	int64_t now = clock_mono_ms();

	buf_init(&found, LINK_SERVICE_FOUND - 1);
	buf_init(&text, WHY_BYTES);
	o = service_read(&service_rows[q->i], (enum link_sent)one->send, status, body, q->e->conf.engines, &found);
	buf_add(&text, why);
	if (status)
		buf_printf(&text, "the answer, with status %ld, is none that its documents have", status);
	pthread_mutex_lock(&s->lock);
	a = link_answers_find(s->answers, q->key, now);
	take_mood(q, o, a && a->late, buf_str(&text));
	if (a) {
		a->state = ANSWER_KNOWN;
		a->outcome = o;
		a->until_ms = now + lifetime(&q->e->conf, o);
		memcpy(a->found, buf_cstr(&found), found.n + 1);
	}
	pthread_cond_broadcast(&s->answered);
	pthread_mutex_unlock(&s->lock);
	buf_clear(&found);
	buf_clear(&text);
	edition_put(q->e);
	pool_free(&pool);
}

/* ---- asking ---- */

static bool
send_question(struct link_services *s, const struct asking *a, size_t i, const unsigned char *key)
{
	const struct service_row *row = &service_rows[i];
	const struct link_service_one *one = &a->e->conf.of[i];
	struct service_asked what = a->what;
	struct service_question q = { .url = STR_NONE };
	struct pool *pool = pool_new(0);
	struct sent *sent = pool_alloc(pool, sizeof(*sent));
	bool taken;

	what.key = a->e->key[i];
	row->ask(a->pool, one->url, (enum link_sent)one->send, &what, &q);
	*sent = (struct sent){ .pool = pool, .s = s, .e = (struct edition *)(uintptr_t)a->e, .i = i };
	memcpy(sent->key, key, HASH_SHA256_BYTES);
	atomic_fetch_add(&sent->e->holders, 1);
	taken = fetch_start(s->fetch, &(struct fetch_request){ .conf = &a->e->http, .url = q.url, .form = q.form,
	    .header = str_of(row->key_header), .secret = row->key_header ? what.key : STR_NONE, .agent = str_of(row->agent),
	    .max_bytes = LINK_SERVICE_ANSWER, .by_ms = clock_mono_ms() + a->e->conf.timeout_ms, .done = done, .arg = sent });
	if (!taken) {
		edition_put(sent->e);
		pool_free(&pool);
	}
	return taken;
}

/* Under the lock. True: a question went out. */
static bool
want_one(struct link_services *s, const struct asking *a, size_t i, const unsigned char *key, bool room)
{
	struct mood *m = &s->mood[i];
	int64_t now = clock_mono_ms();
	struct link_answer *answer = link_answers_find(s->answers, key, now);

	if (answer)
		m->kept++;
	if (answer || !room || !may_ask(s, i, a->e, now))
		return false;
	answer = link_answers_add(s->answers, key, now);
	if (!answer)
		return false;
	answer->until_ms = now + a->e->conf.wait_ms;
	if (!send_question(s, a, i, key)) {
		answer->state = ANSWER_FREE;
		m->over++;
		return false;
	}
	note_asked(m, now);
	return true;
}

size_t
link_services_want(struct link_services *s, struct pool *pool, const struct url *u, size_t max)
{
	struct edition *e = edition_get(s);
	struct asking a = { .e = e, .pool = pool };
	unsigned char key[HASH_SHA256_BYTES];
	size_t n = 0;

	if (may_tell(e, pool, u, &a.what)) {
		for (size_t i = 0; i < LINK_SERVICES; i++) {
			if (e->conf.of[i].send == LINK_SENT_OFF)
				continue;
			question_key(s, &a, i, key);
			pthread_mutex_lock(&s->lock);
			n += want_one(s, &a, i, key, n < max);
			pthread_mutex_unlock(&s->lock);
		}
	}
	edition_put(e);
	return n;
}

/* Under the lock, which it gives up while it waits. What is found may be gone meanwhile. */
static struct link_answer *
wait_for(struct link_services *s, const struct edition *e, size_t i, const unsigned char *key)
{
	for (;;) {
		int64_t now = clock_mono_ms();
		struct link_answer *a = link_answers_find(s->answers, key, now);
		struct timespec until;

		if (!a || a->state == ANSWER_KNOWN)
			return a;
		if (now >= a->until_ms) {
			if (!a->late)
				note_failure(s, i, e, STR("no answer in time"));
			a->late = true;
			return a;
		}
		until = (struct timespec){ a->until_ms / 1000, a->until_ms % 1000 * 1000000 };
		pthread_cond_timedwait(&s->answered, &s->lock, &until);
	}
}

static enum link_heard
heard(const struct link_answer *a)
{
	if (a->state != ANSWER_KNOWN)
		return LINK_NO_ANSWER;
	switch (a->outcome) {
	case SERVICE_HIT:
		return LINK_HIT;
	case SERVICE_NO_HIT:
		return LINK_NO_HIT;
	case SERVICE_UNKNOWN:
	case SERVICE_FAILED:
	case SERVICE_REFUSED:
	case SERVICE_QUOTA:
		break;
	}
	return LINK_NO_ANSWER;
}

static void
get_one(struct link_services *s, const struct asking *a, size_t i, struct link_said *out)
{
	const struct link_service_one *one = &a->e->conf.of[i];
	const struct service_row *row = &service_rows[i];
	unsigned char key[HASH_SHA256_BYTES];
	struct link_answer *answer;
	int64_t now;

	*out = (struct link_said){ .service = row->name, .heard = LINK_NOT_ASKED };
	question_key(s, a, i, key);
	pthread_mutex_lock(&s->lock);
	answer = wait_for(s, a->e, i, key);
	now = clock_mono_ms();
	if (answer)
		out->heard = heard(answer);
	else if (is_left_alone(&s->mood[i], now) || is_used_up(&s->mood[i], one, now))
		out->heard = LINK_NO_ANSWER;
	if (out->heard == LINK_HIT) {
		out->class = one->send == LINK_SENT_HOST ? row->host.class : row->page.class;
		out->score = one->send == LINK_SENT_HOST ? row->host.score : row->page.score;
		out->found = pool_str(a->pool, str_of(answer->found));
	}
	pthread_mutex_unlock(&s->lock);
}

size_t
link_services_get(struct link_services *s, struct pool *pool, const struct url *u,
    struct link_said out[LINK_SERVICES])
{
	struct edition *e = s ? edition_get(s) : NULL;
	struct asking a = { .e = e, .pool = pool };
	size_t n = 0;

	if (e && may_tell(e, pool, u, &a.what))
		for (size_t i = 0; i < LINK_SERVICES; i++)
			if (e->conf.of[i].send != LINK_SENT_OFF)
				get_one(s, &a, i, &out[n++]);
	edition_put(e);
	return n;
}

struct str
link_services_question(struct link_services *s, struct pool *pool, const struct url *u)
{
	struct edition *e = edition_get(s);
	struct asking a = { .e = e, .pool = pool };
	struct str out = STR_NONE;

	if (may_tell(e, pool, u, &a.what))
		for (size_t i = 0; i < LINK_SERVICES; i++)
			if (e->conf.of[i].send != LINK_SENT_OFF)
				out = pool_printf(pool, "%.*s\n%.*s", STR_ARG(out), STR_ARG(question_text(&a, i)));
	edition_put(e);
	return out;
}

size_t
link_services_budget(struct link_services *s)
{
	struct edition *e = s ? edition_get(s) : NULL;
	size_t n = e && e->used ? (size_t)e->conf.per_message : 0;

	edition_put(e);
	return n;
}

size_t
link_services_status(struct link_services *s, struct link_service_status out[LINK_SERVICES])
{
	int64_t now = clock_mono_ms();
	size_t n = 0;

	if (!s)
		return 0;
	pthread_mutex_lock(&s->lock);
	for (size_t i = 0; i < LINK_SERVICES; i++) {
		const struct mood *m = &s->mood[i];

		if (s->edition->conf.of[i].send != LINK_SENT_OFF)
			out[n++] = (struct link_service_status){ .service = service_rows[i].name,
			    .state = state_names[m->state],
			    .again_ms = m->state != GOOD && m->until_ms > now ? m->until_ms - now : 0, .asked = m->asked,
			    .hits = m->hits, .kept = m->kept, .failed = m->failed, .over = m->over };
	}
	pthread_mutex_unlock(&s->lock);
	return n;
}

/* ---- life ---- */

enum rc
link_services_try(const struct conf *conf, struct buf *why)
{
	struct edition *e;
	enum rc rc = edition_new(conf, &e, why);

	if (rc == RC_OK)
		edition_put(e);
	return rc;
}

/* What is needed to ask, once it is. */
static enum rc
prepare(struct link_services *s, const struct edition *e, struct buf *why)
{
	if (!e->used || s->fetch)
		return RC_OK;
	if (fetch_new(&s->fetch) != RC_OK) {
		buf_adds(why, "no thread for the reputation services of links\n");
		return RC_BAD;
	}
	s->answers = link_answers_new(s->pool);
	return RC_OK;
}

enum rc
link_services_open(const struct conf *conf, struct log_ctx log, struct link_services **out, struct buf *why)
{
	struct link_services *s;
	pthread_condattr_t mono;
	struct edition *e;
	struct pool *pool;

	if (edition_new(conf, &e, why) != RC_OK)
		return RC_BAD;
	pool = pool_new(0);
	s = pool_alloc(pool, sizeof(*s));
	s->pool = pool;
	if (getrandom(s->secret, SECRET, 0) != SECRET)
		abort();	/* no kernel of ours */
	s->log = log;
	s->edition = e;
	pthread_mutex_init(&s->lock, NULL);
	pthread_condattr_init(&mono);
	pthread_condattr_setclock(&mono, CLOCK_MONOTONIC);
	pthread_cond_init(&s->answered, &mono);
	pthread_condattr_destroy(&mono);
	if (prepare(s, e, why) == RC_OK) {
		*out = s;
		return RC_OK;
	}
	link_services_close(&s);
	return RC_BAD;
}

enum rc
link_services_reload(struct link_services *s, const struct conf *conf, struct buf *why)
{
	struct edition *next, *old;

	if (edition_new(conf, &next, why) != RC_OK)
		return RC_BAD;
	pthread_mutex_lock(&s->lock);
	if (prepare(s, next, why) != RC_OK) {
		pthread_mutex_unlock(&s->lock);
		edition_put(next);
		return RC_BAD;
	}
	old = s->edition;
	s->edition = next;
	/* Another key, another server: what was wrong may be right now. */
	for (size_t i = 0; i < LINK_SERVICES; i++)
		s->mood[i].until_ms = 0;
	pthread_mutex_unlock(&s->lock);
	edition_put(old);
	return RC_OK;
}

void
link_services_close(struct link_services **at)
{
	struct link_services *s = *at;
	struct pool *pool;

	if (!s)
		return;
	pthread_mutex_lock(&s->lock);
	s->closing = true;
	pthread_mutex_unlock(&s->lock);
	fetch_free(&s->fetch);
	edition_put(s->edition);
	pthread_cond_destroy(&s->answered);
	pthread_mutex_destroy(&s->lock);
	pool = s->pool;
	pool_free(&pool);
	*at = NULL;
}
