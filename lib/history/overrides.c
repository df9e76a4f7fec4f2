/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "history/overrides.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fdio.h"
#include "history/score.h"

#define FILE_NAME "reputation"
enum { FIELDS = 5 };

/* An entry owns its name; a network is kept in both forms. */
struct entry {
	struct override o;
	struct ip_net net;
};

struct overrides {
	struct log_ctx lc;
	char path[PATH_MAX];		/* empty: not kept */
	pthread_rwlock_t lock;		/* of what follows */
	struct entry item[OVERRIDES_MAX];
	size_t n;
};

static bool
is_over(const struct override *o, int64_t now_ms)
{
	return o->until_ms && o->until_ms <= now_ms;
}

/* ---- the list; with the lock ---- */

static struct entry *
find(struct overrides *all, const struct identity *who)
{
	for (size_t i = 0; i < all->n; i++)
		if (all->item[i].o.who.kind == who->kind && str_eq(all->item[i].o.who.name, who->name))
			return &all->item[i];
	return NULL;
}

static void
drop(struct overrides *all, struct entry *e)
{
	free((void *)(uintptr_t)e->o.who.name.p);
	*e = all->item[--all->n];
}

static void
drop_over(struct overrides *all, int64_t now_ms)
{
	for (size_t i = all->n; i > 0; i--)
		if (is_over(&all->item[i - 1].o, now_ms))
			drop(all, &all->item[i - 1]);
}

/* False: no room, or a network that is none. */
static bool
put(struct overrides *all, const struct override *o)
{
	struct entry *e = find(all, &o->who), new = { .o = *o };
	char *name;

	if (e) {
		new.o.who.name = e->o.who.name;
		new.net = e->net;
		*e = new;
		return true;
	}
	if (all->n == OVERRIDES_MAX || (o->who.kind == IDENTITY_NET && !ip_net_parse(o->who.name, &new.net)))
		return false;
	name = malloc(o->who.name.n + 1);
	if (!name)
		abort();
	memcpy(name, o->who.name.p, o->who.name.n);
	name[o->who.name.n] = '\0';
	new.o.who.name.p = name;
	all->item[all->n++] = new;
	return true;
}

/* ---- the file ---- */

static bool
parse_line(struct str line, struct override *o)
{
	struct str f[FIELDS + 1];
	uint64_t set, until;
	bool minus;
	uint64_t tenths;
	size_t n = 0;

	while (n <= FIELDS && str_next(&line, ' ', &f[n]))
		n++;
	if (n != FIELDS || !identity_kind_parse(f[0], &o->who.kind) || f[1].n == 0 || f[1].n > IDENTITY_NAME)
		return false;
	minus = str_starts(f[2], STR("-"));
	if (!str_to_u64(str_from(f[2], minus), &tenths) || tenths > 10 * SCORE_MAX || !str_to_u64(f[3], &set) ||
	    !str_to_u64(f[4], &until) || set > INT64_MAX || until > INT64_MAX)
		return false;
	o->who.name = f[1];
	o->tenths = minus ? -(int)tenths : (int)tenths;
	o->set_ms = (int64_t)set;
	o->until_ms = (int64_t)until;
	return true;
}

static void
load(struct overrides *all)
{
	struct str rest, line;
	struct override o;
	struct buf text;
	uint64_t at = 0;
	enum rc rc;

	buf_init(&text, OVERRIDES_BYTES);
	rc = fdio_read_file(all->path, &text);
	if (rc != RC_OK && rc != RC_NONE)
		log_put(all->lc, LOG_LEVEL_ERR, "reputation", LOG_CSTR("error", "cannot be read"),
		    LOG_CSTR("file", all->path));
	rest = buf_str(&text);
	while (rc == RC_OK && str_next(&rest, '\n', &line)) {
		at++;
		if (line.n && (!parse_line(line, &o) || !put(all, &o)))
			log_put(all->lc, LOG_LEVEL_ERR, "reputation", LOG_CSTR("error", "not an override, left out"),
			    LOG_CSTR("file", all->path), LOG_NUM("line", at));
	}
	buf_clear(&text);
}

static enum rc
failed(struct buf *why, const char *path)
{
	int e = errno;
	char text[128];

	buf_printf(why, "%s: %s", path, strerror_r(e, text, sizeof(text)));
	return RC_TEMP;
}

static enum rc
write_text(const char *path, struct str text, struct buf *why)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	enum rc rc = RC_OK;

	if (fd < 0)
		return failed(why, path);
	if (fdio_write_all(fd, text) != RC_OK || fsync(fd) != 0)
		rc = failed(why, path);
	fdio_close(&fd);
	return rc;
}

static enum rc
save(const struct overrides *all, struct buf *why)
{
	char beside[PATH_MAX + 8];
	struct buf text;
	enum rc rc;

	if (!all->path[0])
		return RC_OK;
	snprintf(beside, sizeof(beside), "%s.new", all->path);
	buf_init(&text, OVERRIDES_BYTES);
	for (size_t i = 0; i < all->n; i++) {
		const struct override *o = &all->item[i].o;

		buf_printf(&text, "%s %.*s %d %lld %lld\n", identity_kind_name(o->who.kind), STR_ARG(o->who.name), o->tenths,
		    (long long)o->set_ms, (long long)o->until_ms);
	}
	rc = write_text(beside, buf_str(&text), why);
	if (rc == RC_OK && rename(beside, all->path) != 0)
		rc = failed(why, all->path);
	if (rc != RC_OK)
		(void)unlink(beside);
	buf_clear(&text);
	return rc;
}

/* ---- outside ---- */

struct overrides *
overrides_new(struct str dir, struct log_ctx lc)
{
	struct overrides *all = calloc(1, sizeof(*all));
	pthread_rwlockattr_t fair;

	if (!all)
		abort();
	all->lc = lc;
	pthread_rwlockattr_init(&fair);
	pthread_rwlockattr_setkind_np(&fair, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
	pthread_rwlock_init(&all->lock, &fair);	/* else mail keeps the operator waiting */
	pthread_rwlockattr_destroy(&fair);
	if (dir.n && (size_t)snprintf(all->path, sizeof(all->path), "%.*s/" FILE_NAME, STR_ARG(dir)) >= sizeof(all->path))
		all->path[0] = '\0';
	if (all->path[0])
		load(all);
	return all;
}

void
overrides_free(struct overrides **at)
{
	struct overrides *all = *at;

	*at = NULL;
	if (!all)
		return;
	while (all->n)
		drop(all, &all->item[all->n - 1]);
	pthread_rwlock_destroy(&all->lock);
	free(all);
}

/* How near it is to a message with this identity; 0: it is about another one. */
static unsigned
nearness(const struct entry *e, const struct identity *id, const struct ip *ip)
{
	if (e->o.who.kind == IDENTITY_NET)
		return id->kind == IDENTITY_IP && ip_in(ip, &e->net) ? 1000 + e->net.prefix : 0;
	if (e->o.who.kind != id->kind || !str_eq(e->o.who.name, id->name))
		return 0;
	return id->kind == IDENTITY_IP ? 2000 : (unsigned)(IDENTITY_KINDS - id->kind);
}

bool
overrides_find(struct overrides *all, int64_t now_ms, struct pool *pool, const struct identities *ids,
    struct override *out)
{
	unsigned best = 0;
	struct ip ip = { .bits = 0 };

	pthread_rwlock_rdlock(&all->lock);
	for (size_t k = 0; k < ids->n && all->n; k++) {
		if (ids->item[k].kind == IDENTITY_IP && !ip_parse(ids->item[k].name, &ip))
			continue;
		for (size_t i = 0; i < all->n; i++) {
			unsigned near = nearness(&all->item[i], &ids->item[k], &ip);

			if (near > best && !is_over(&all->item[i].o, now_ms)) {
				best = near;
				*out = all->item[i].o;
			}
		}
	}
	if (best)
		out->who.name = pool_str(pool, out->who.name);
	pthread_rwlock_unlock(&all->lock);
	return best > 0;
}

enum rc
overrides_set(struct overrides *all, int64_t now_ms, const struct override *o, struct buf *why)
{
	struct override old;
	struct entry *e;
	bool had;
	enum rc rc;

	pthread_rwlock_wrlock(&all->lock);
	drop_over(all, now_ms);
	e = find(all, &o->who);
	had = e != NULL;
	if (had)
		old = e->o;
	if (!put(all, o)) {
		pthread_rwlock_unlock(&all->lock);
		buf_printf(why, "there are %d already; sender groups hold long lists", OVERRIDES_MAX);
		return RC_LIMIT;
	}
	rc = save(all, why);
	/* What the next start would not know must not be in force now. */
	if (rc != RC_OK && had)
		find(all, &o->who)->o = old;
	else if (rc != RC_OK)
		drop(all, find(all, &o->who));
	pthread_rwlock_unlock(&all->lock);
	return rc;
}

enum rc
overrides_forget(struct overrides *all, int64_t now_ms, const struct identity *who, struct buf *why)
{
	struct entry *e, last;
	enum rc rc = RC_NONE;

	pthread_rwlock_wrlock(&all->lock);
	drop_over(all, now_ms);
	e = find(all, who);
	if (e) {
		last = *e;
		*e = all->item[--all->n];
		rc = save(all, why);
		if (rc == RC_OK)
			free((void *)(uintptr_t)last.o.who.name.p);
		else
			all->item[all->n++] = last;
	}
	pthread_rwlock_unlock(&all->lock);
	return rc;
}

size_t
overrides_list(struct overrides *all, int64_t now_ms, struct pool *pool, struct override *out, size_t max)
{
	size_t n = 0;

	pthread_rwlock_rdlock(&all->lock);
	for (size_t i = 0; i < all->n && n < max; i++) {
		if (is_over(&all->item[i].o, now_ms))
			continue;
		out[n] = all->item[i].o;
		out[n].who.name = pool_str(pool, out[n].who.name);
		n++;
	}
	pthread_rwlock_unlock(&all->lock);
	return n;
}
