/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "store/indicators.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fdio.h"
#include "link/url_key.h"
#include "store/indicators_file.h"

enum { WHY = 256, V4_BITS = 32, V6_BITS = 128, DOMAIN_LABELS = 128 };

/* A table in use: one holder is the service, the others are look-ups at work. */
struct mapped {
	struct indicators_table table;
	struct str map;
	_Atomic unsigned holders;
};

struct print {
	dev_t dev;
	ino_t ino;
	off_t size;
	struct timespec mtime;
};

struct indicators {
	char *path;
	struct log_ctx lc;
	pthread_mutex_t lock;		/* guards `now` and `stopping` */
	pthread_cond_t stop;
	struct mapped *now;
	bool stopping;
	pthread_mutex_t looking;	/* guards `seen` */
	struct print seen;		/* the file that was last tried */
	pthread_t thread;
	_Atomic uint64_t asked, hits;
};

const char *
indicator_kind_name(enum indicator_kind kind)
{
	static const char *const names[INDICATOR_KINDS] = { [INDICATOR_IP] = "ip", [INDICATOR_DOMAIN] = "domain",
	    [INDICATOR_HASH] = "hash", [INDICATOR_ADDRESS] = "address", [INDICATOR_URL] = "url" };

	return kind < INDICATOR_KINDS ? names[kind] : "";
}

/* ---- the table in use ---- */

static void
put(struct mapped *m)
{
	if (m && atomic_fetch_sub(&m->holders, 1) == 1) {
		fdio_unmap(&m->map);
		free(m);
	}
}

static struct mapped *
get(struct indicators *ind)
{
	struct mapped *m;

	pthread_mutex_lock(&ind->lock);
	m = ind->now;
	if (m)
		atomic_fetch_add(&m->holders, 1);
	pthread_mutex_unlock(&ind->lock);
	return m;
}

static void
swap(struct indicators *ind, struct mapped *m)
{
	struct mapped *old;

	pthread_mutex_lock(&ind->lock);
	old = ind->now;
	ind->now = m;
	pthread_mutex_unlock(&ind->lock);
	put(old);
}

static struct mapped *
map(int fd, struct buf *why)
{
	struct mapped *m = calloc(1, sizeof(*m));

	if (!m)
		abort();
	if (fdio_map(fd, &m->map) != RC_OK) {
		buf_adds(why, "cannot be mapped");
	} else if (indicators_file_open(m->map, &m->table, why) == RC_OK) {
		atomic_init(&m->holders, 1);
		return m;
	} else {
		fdio_unmap(&m->map);
	}
	free(m);
	return NULL;
}

static bool
same(const struct print *a, const struct print *b)
{
	return a->dev == b->dev && a->ino == b->ino && a->size == b->size &&
	    a->mtime.tv_sec == b->mtime.tv_sec && a->mtime.tv_nsec == b->mtime.tv_nsec;
}

static void
take(struct indicators *ind, int fd)
{
	struct mapped *m;
	struct buf why;

	buf_init(&why, WHY);
	m = map(fd, &why);
	if (m) {
		log_put(ind->lc, LOG_LEVEL_INFO, "indicators", LOG_NUM("entries", m->table.head->n_entries),
		    LOG_NUM("feeds", m->table.head->n_sources));
		swap(ind, m);
	} else {
		log_put(ind->lc, LOG_LEVEL_ERR, "indicators", LOG_CSTR("file", ind->path), LOG_STR("error", buf_str(&why)),
		    LOG_CSTR("kept", "what there was before"));
	}
	buf_clear(&why);
}

void
indicators_look(struct indicators *ind)
{
	struct print print = { .ino = 0 };
	struct stat st;
	int fd;

	pthread_mutex_lock(&ind->looking);
	fd = open(ind->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		print = (struct print){ st.st_dev, st.st_ino, st.st_size, st.st_mtim };
	if (!same(&print, &ind->seen)) {
		ind->seen = print;
		if (print.ino)
			take(ind, fd);
		else
			swap(ind, NULL);	/* there are no feeds any more */
	}
	fdio_close(&fd);
	pthread_mutex_unlock(&ind->looking);
}

static bool
wait_a_while(struct indicators *ind)
{
	struct timespec until;
	bool stopping;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += INDICATORS_LOOK_MS / 1000;
	pthread_mutex_lock(&ind->lock);
	while (!ind->stopping && pthread_cond_timedwait(&ind->stop, &ind->lock, &until) == 0)
		continue;
	stopping = ind->stopping;
	pthread_mutex_unlock(&ind->lock);
	return !stopping;
}

static void *
follow(void *arg)
{
	while (wait_a_while(arg))
		indicators_look(arg);
	return NULL;
}

enum rc
indicators_open(const char *path, struct log_ctx lc, struct indicators **out)
{
	struct indicators *ind = calloc(1, sizeof(*ind));
	pthread_condattr_t attr;

	if (!ind || !(ind->path = strdup(path)))
		abort();
	ind->lc = lc;
	pthread_mutex_init(&ind->lock, NULL);
	pthread_mutex_init(&ind->looking, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&ind->stop, &attr);
	pthread_condattr_destroy(&attr);
	indicators_look(ind);
	if (pthread_create(&ind->thread, NULL, follow, ind) == 0) {
		*out = ind;
		return RC_OK;
	}
	put(ind->now);
	free(ind->path);
	free(ind);
	return RC_TEMP;
}

void
indicators_close(struct indicators **p)
{
	struct indicators *ind = *p;

	if (!ind)
		return;
	pthread_mutex_lock(&ind->lock);
	ind->stopping = true;
	pthread_cond_signal(&ind->stop);
	pthread_mutex_unlock(&ind->lock);
	pthread_join(ind->thread, NULL);
	put(ind->now);
	pthread_cond_destroy(&ind->stop);
	pthread_mutex_destroy(&ind->lock);
	pthread_mutex_destroy(&ind->looking);
	free(ind->path);
	free(ind);
	*p = NULL;
}

/* ---- look-ups ---- */

struct search {
	const struct mapped *m;
	struct pool *pool;
	int64_t now_ms;
	struct indicator_hit *out;
	size_t n;
	bool allowed;
};

static bool
is_over(const struct search *s, const struct indicators_entry *e)
{
	const struct indicators_source *from = &s->m->table.sources[e->source];

	return (e->expires_s && (int64_t)e->expires_s * 1000 <= s->now_ms) ||
	    (from->expires_ms && from->expires_ms <= s->now_ms);
}

static bool
has_spoken(const struct search *s, struct str source)
{
	for (size_t i = 0; i < s->n; i++)
		if (str_eq(s->out[i].source, source))
			return true;
	return false;
}

static void
add(struct search *s, const struct indicators_entry *e)
{
	const struct indicators_source *from = &s->m->table.sources[e->source];
	struct str name = str_of(from->name);

	if (is_over(s, e) || (s->allowed && !from->allow))
		return;
	if (from->allow && !s->allowed) {
		s->allowed = true;
		s->n = 0;		/* whatever the others say */
	}
	if (s->n == INDICATOR_HITS || has_spoken(s, name))
		return;
	s->out[s->n++] = (struct indicator_hit){ .source = pool_str(s->pool, name), .allow = from->allow,
	    .entry = indicators_key_text(s->pool, str_sub(s->m->table.keys, e->key, e->key_bytes)),
	    .class = (enum class)e->class, .score = from->score, .confidence = e->confidence,
	    .first_ms = (int64_t)e->first_s * 1000 };
}

static void
find(struct search *s, struct str key)
{
	const struct indicators_entry *e = NULL;
	size_t n = indicators_file_find(&s->m->table, key, &e);

	for (size_t i = 0; i < n; i++)
		add(s, &e[i]);
}

static bool
begin(struct indicators *ind, struct pool *pool, struct indicator_hit *out, struct search *s)
{
	*s = (struct search){ .m = ind ? get(ind) : NULL, .pool = pool, .now_ms = clock_wall_ms(), .out = out };
	return s->m != NULL;
}

static size_t
end(struct indicators *ind, struct search *s)
{
	put((struct mapped *)(uintptr_t)s->m);
	atomic_fetch_add_explicit(&ind->asked, 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&ind->hits, s->n > 0, memory_order_relaxed);
	return s->allowed ? 1 : s->n;
}

static bool
has_prefix(const struct indicators_head *h, unsigned bits, unsigned prefix)
{
	return bits == V4_BITS ? h->v4_prefixes >> prefix & 1 : h->v6_prefixes[prefix / 64] >> (prefix % 64) & 1;
}

static void
find_nets(struct search *s, const struct ip *ip)
{
	char key[INDICATORS_KEY];

	for (unsigned prefix = ip->bits + 1; prefix-- > 0;) {
		struct ip_net net = { *ip, prefix };

		if (has_prefix(s->m->table.head, ip->bits, prefix))
			find(s, (struct str){ key, indicators_key_ip(&net, key) });
	}
}

size_t
indicators_find_ip(struct indicators *ind, struct pool *pool, const struct ip *ip, struct indicator_hit out[INDICATOR_HITS])
{
	struct search s;

	if (!begin(ind, pool, out, &s))
		return 0;
	find_nets(&s, ip);
	return end(ind, &s);
}

/* "a.b.example", then "b.example": a feed never has a name of one label (indicators_build.h). Kind and
 * prefix go in front of the rest, over what was cut off. */
static void
find_above(struct search *s, char *key, size_t n)
{
	for (int i = 0; i < DOMAIN_LABELS; i++) {
		size_t dot;

		find(s, (struct str){ key, n });
		dot = str_chr((struct str){ key + 2, n - 2 }, '.');
		if (dot == STR_NPOS || n - dot - 1 <= 2)
			return;
		key += dot + 1;
		n -= dot + 1;
		key[0] = INDICATOR_DOMAIN;
		key[1] = 0;
	}
}

size_t
indicators_find(struct indicators *ind, struct pool *pool, enum indicator_kind kind, struct str value,
    struct indicator_hit out[INDICATOR_HITS])
{
	char key[INDICATORS_KEY];
	struct search s;
	size_t n;

	if (kind == INDICATOR_DOMAIN && value.n && value.p[value.n - 1] == '.')
		value.n--;
	n = indicators_key(kind, value, key);
	if (n == 0 || !begin(ind, pool, out, &s))
		return 0;
	if (kind == INDICATOR_DOMAIN)
		find_above(&s, key, n);
	else
		find(&s, (struct str){ key, n });
	return end(ind, &s);
}

static void
find_forms(struct search *s, const struct url *url)
{
	struct str form[URL_KEY_FORMS];
	char key[INDICATORS_KEY];
	struct url_key k;
	size_t n;

	url_key(s->pool, url, &k);
	n = url_key_forms(&k, form);
	for (size_t i = 0; i < n; i++) {
		size_t bytes = indicators_key(INDICATOR_URL, form[i], key);

		if (bytes)
			find(s, (struct str){ key, bytes });
	}
}

size_t
indicators_find_url(struct indicators *ind, struct pool *pool, const struct url *url,
    struct indicator_hit out[INDICATOR_HITS])
{
	char key[INDICATORS_KEY];
	struct search s;
	struct str host = url->host;
	struct ip ip;
	size_t n;

	if (host.n == 0 || !begin(ind, pool, out, &s))
		return 0;
	find_forms(&s, url);
	if (url_address(url, &ip)) {
		find_nets(&s, &ip);
	} else {
		host.n -= host.p[host.n - 1] == '.';
		if ((n = indicators_key(INDICATOR_DOMAIN, host, key)) > 0)
			find_above(&s, key, n);
	}
	return end(ind, &s);
}

void
indicators_status(struct indicators *ind, struct indicators_status *out)
{
	struct mapped *m = ind ? get(ind) : NULL;

	*out = (struct indicators_status){ .built_ms = 0 };
	if (!ind)
		return;
	out->asked = atomic_load(&ind->asked);
	out->hits = atomic_load(&ind->hits);
	if (!m)
		return;
	out->built_ms = m->table.head->built_ms;
	out->entries = m->table.head->n_entries;
	out->sources = m->table.head->n_sources;
	put(m);
}
