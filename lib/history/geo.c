/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "history/geo.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <maxminddb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/ascii.h"
#include "base/clock.h"
#include "base/fdio.h"

enum { ASN, COUNTRY, SLOTS };
enum { SAMPLE = 16, COPY_BYTES = 16 * 1024 * 1024 };

/* A file as it was when it was last looked at. */
struct stamp {
	dev_t dev;
	ino_t ino;
	off_t size;
	struct timespec changed;
};

struct slot {
	char path[PATH_MAX];		/* empty: not wanted */
	struct stamp seen;
	bool missing;			/* the log has it already */
	MMDB_s db;			/* under geo->use */
	bool open;
};

struct geo {
	struct log_ctx lc;
	pthread_mutex_t lock;		/* of paths, stamps and who loads */
	pthread_cond_t wake;
	pthread_rwlock_t use;		/* of db and open */
	pthread_t thread;
	int64_t check_ms;
	bool stop;
	struct slot slot[SLOTS];
};

/* ---- what is in a database ---- */

static bool
value_at(MMDB_entry_s *at, const char *const *path, MMDB_entry_data_s *out)
{
	return MMDB_aget_value(at, out, path) == MMDB_SUCCESS && out->has_data;
}

/* A number, or "AS64496". */
static uint32_t
asn_in(MMDB_entry_s *at)
{
	static const char *const paths[][2] = { { "autonomous_system_number", NULL }, { "asn", NULL } };
	MMDB_entry_data_s d;
	uint64_t n;

	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		if (!value_at(at, paths[i], &d))
			continue;
		if (d.type == MMDB_DATA_TYPE_UINT32)
			return d.uint32;
		if (d.type == MMDB_DATA_TYPE_UTF8_STRING) {
			struct str s = { d.utf8_string, d.data_size };

			if (str_starts_nocase(s, STR("AS")) && str_to_u64(str_from(s, 2), &n) && n <= UINT32_MAX)
				return (uint32_t)n;
		}
	}
	return 0;
}

/* Where the address is used, else where it is registered. */
static void
country_in(MMDB_entry_s *at, char out[3])
{
	static const char *const paths[][3] = {
		{ "country", "iso_code", NULL }, { "registered_country", "iso_code", NULL },
		{ "country_code", NULL }, { "country", NULL },
	};
	MMDB_entry_data_s d;

	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		if (!value_at(at, paths[i], &d) || d.type != MMDB_DATA_TYPE_UTF8_STRING || d.data_size != 2 ||
		    !ascii_is_alpha((unsigned char)d.utf8_string[0]) || !ascii_is_alpha((unsigned char)d.utf8_string[1]))
			continue;
		memcpy(out, d.utf8_string, 2);
		out[2] = '\0';
		return;
	}
}

static bool
is_sound_record(MMDB_s *db, uint8_t type, MMDB_entry_s *entry, bool look)
{
	MMDB_entry_data_s d;
	int rc;

	if (type == MMDB_RECORD_TYPE_INVALID)
		return false;
	if (type != MMDB_RECORD_TYPE_DATA || !look)
		return true;
	entry->mmdb = db;
	rc = MMDB_aget_value(entry, &d, (const char *const[]){ "-", NULL });
	return rc == MMDB_SUCCESS || rc == MMDB_LOOKUP_PATH_DOES_NOT_MATCH_DATA_ERROR;
}

/* The library looks only at the end of the file when it opens it. */
static bool
is_sound(MMDB_s *db)
{
	for (uint32_t i = 0; i < db->metadata.node_count; i++) {
		MMDB_search_node_s node;

		if (MMDB_read_node(db, i, &node) != MMDB_SUCCESS ||
		    !is_sound_record(db, node.left_record_type, &node.left_record_entry, i % SAMPLE == 0) ||
		    !is_sound_record(db, node.right_record_type, &node.right_record_entry, i % SAMPLE == 0))
			return false;
	}
	return db->metadata.node_count > 0;
}

/* ---- files ---- */

/* A sealed copy of the file, or -1 with `why`. */
static int
copy_of(const char *path, struct stamp *seen, const char **why)
{
	int in = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), out = -1;
	struct stat st;
	ssize_t n = 1;

	*why = "cannot be opened";
	if (in >= 0 && fstat(in, &st) == 0 && S_ISREG(st.st_mode)) {
		*seen = (struct stamp){ st.st_dev, st.st_ino, st.st_size, st.st_mtim };
		*why = "larger than 512 MB";
		if (st.st_size <= GEO_BYTES)
			out = memfd_create("geo", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	}
	while (out >= 0 && n > 0 && lseek(out, 0, SEEK_CUR) <= GEO_BYTES)
		n = sendfile(out, in, NULL, COPY_BYTES);
	if (out >= 0 && (n != 0 || fdio_seal(out) != RC_OK)) {
		*why = "cannot be read";
		fdio_close(&out);
	}
	fdio_close(&in);
	return out;
}

static bool
open_db(const char *path, struct stamp *seen, MMDB_s *db, const char **why)
{
	char name[64];
	int rc, fd = copy_of(path, seen, why);

	if (fd < 0)
		return false;
	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	rc = MMDB_open(name, MMDB_MODE_MMAP, db);
	fdio_close(&fd);
	if (rc != MMDB_SUCCESS) {
		*why = MMDB_strerror(rc);
		return false;
	}
	if (is_sound(db))
		return true;
	*why = "the search tree or the data is damaged";
	MMDB_close(db);
	return false;
}

static bool
try_one(const char *name, struct str path, struct buf *out)
{
	char text[PATH_MAX];
	const char *why = "the name is too long";
	struct stamp seen;
	MMDB_s db;

	if (path.n == 0)
		return true;
	if ((size_t)snprintf(text, sizeof(text), "%.*s", STR_ARG(path)) < sizeof(text) && open_db(text, &seen, &db, &why)) {
		MMDB_close(&db);
		return true;
	}
	buf_printf(out, "geo.%s: %.*s: %s\n", name, STR_ARG(path), why);
	return false;
}

enum rc
geo_try(const struct geo_conf *c, struct buf *why)
{
	bool asn = try_one("asn_database", c->asn_database, why);

	return try_one("country_database", c->country_database, why) && asn ? RC_OK : RC_BAD;
}

static void
swap(struct geo *g, struct slot *s, const MMDB_s *db)
{
	MMDB_s old;
	bool was;

	pthread_rwlock_wrlock(&g->use);
	was = s->open;
	old = s->db;
	s->open = db != NULL;
	if (db)
		s->db = *db;
	pthread_rwlock_unlock(&g->use);
	if (was)
		MMDB_close(&old);
}

static void
load(struct geo *g, struct slot *s)
{
	const char *why = "";
	MMDB_s db;

	if (open_db(s->path, &s->seen, &db, &why)) {
		log_put(g->lc, LOG_LEVEL_INFO, "geo", LOG_CSTR("loaded", s->path),
		    LOG_CSTR("type", db.metadata.database_type), LOG_NUM("built", db.metadata.build_epoch),
		    LOG_NUM("nodes", db.metadata.node_count));
		swap(g, s, &db);
	} else {
		log_put(g->lc, LOG_LEVEL_ERR, "geo", LOG_CSTR("error", why), LOG_CSTR("file", s->path),
		    LOG_CSTR("serving", s->open ? "the one before" : "none"));
	}
}

static bool
is_new(const struct slot *s, const struct stat *st)
{
	return st->st_dev != s->seen.dev || st->st_ino != s->seen.ino || st->st_size != s->seen.size ||
	    st->st_mtim.tv_sec != s->seen.changed.tv_sec || st->st_mtim.tv_nsec != s->seen.changed.tv_nsec;
}

/* With the lock. */
static void
look(struct geo *g)
{
	for (int i = 0; i < SLOTS; i++) {
		struct slot *s = &g->slot[i];
		struct stat st;
		bool there;

		/* The second name of one file: the first has it all. */
		if (!s->path[0] || (i == COUNTRY && strcmp(s->path, g->slot[ASN].path) == 0))
			continue;
		there = stat(s->path, &st) == 0;
		if (there && is_new(s, &st))
			load(g, s);
		if (!there && !s->missing)
			log_put(g->lc, LOG_LEVEL_ERR, "geo", LOG_CSTR("error", "no such file"), LOG_CSTR("file", s->path),
			    LOG_CSTR("serving", s->open ? "the one before" : "none"));
		s->missing = !there;
	}
}

void
geo_check(struct geo *g)
{
	pthread_mutex_lock(&g->lock);
	look(g);
	pthread_mutex_unlock(&g->lock);
}

static void *
follow_files(void *arg)
{
	struct geo *g = arg;

	pthread_mutex_lock(&g->lock);
	while (!g->stop) {
		int64_t at = clock_mono_ms() + g->check_ms;
		struct timespec ts = { at / 1000, at % 1000 * 1000000 };

		if (g->check_ms == 0)
			pthread_cond_wait(&g->wake, &g->lock);
		else if (pthread_cond_timedwait(&g->wake, &g->lock, &ts) == ETIMEDOUT)
			look(g);
	}
	pthread_mutex_unlock(&g->lock);
	return NULL;
}

/* ---- outside ---- */

/* With the lock. */
static void
set_path(struct geo *g, struct slot *s, struct str path)
{
	if (str_eq(path, str_of(s->path)))
		return;
	swap(g, s, NULL);
	*s = (struct slot){ .open = false };
	if (path.n < sizeof(s->path) && path.n)
		memcpy(s->path, path.p, path.n);
}

void
geo_use(struct geo *g, const struct geo_conf *conf)
{
	pthread_mutex_lock(&g->lock);
	set_path(g, &g->slot[ASN], conf->asn_database);
	set_path(g, &g->slot[COUNTRY], conf->country_database);
	g->check_ms = conf->check_ms;
	look(g);
	pthread_cond_signal(&g->wake);
	pthread_mutex_unlock(&g->lock);
}

struct geo *
geo_new(const struct geo_conf *conf, struct log_ctx lc)
{
	struct geo *g = calloc(1, sizeof(*g));
	pthread_rwlockattr_t fair;
	pthread_condattr_t mono;
	sigset_t all, before;

	if (!g)
		abort();
	g->lc = lc;
	pthread_mutex_init(&g->lock, NULL);
	pthread_rwlockattr_init(&fair);
	pthread_rwlockattr_setkind_np(&fair, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
	pthread_rwlock_init(&g->use, &fair);	/* else mail keeps the operator waiting */
	pthread_rwlockattr_destroy(&fair);
	pthread_condattr_init(&mono);
	pthread_condattr_setclock(&mono, CLOCK_MONOTONIC);
	pthread_cond_init(&g->wake, &mono);
	pthread_condattr_destroy(&mono);
	geo_use(g, conf);
	/* Signals are for the program's own threads. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	if (pthread_create(&g->thread, NULL, follow_files, g) != 0)
		abort();
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return g;
}

void
geo_free(struct geo **at)
{
	struct geo *g = *at;

	*at = NULL;
	if (!g)
		return;
	pthread_mutex_lock(&g->lock);
	g->stop = true;
	pthread_cond_signal(&g->wake);
	pthread_mutex_unlock(&g->lock);
	pthread_join(g->thread, NULL);
	for (int i = 0; i < SLOTS; i++)
		swap(g, &g->slot[i], NULL);
	pthread_cond_destroy(&g->wake);
	pthread_rwlock_destroy(&g->use);
	pthread_mutex_destroy(&g->lock);
	free(g);
}

static bool
look_up(const struct slot *s, const struct ip *ip, MMDB_entry_s *out)
{
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} addr = { .v6 = { .sin6_family = AF_INET6 } };
	MMDB_lookup_result_s found;
	int rc;

	if (!s->open)
		return false;
	if (ip->bits == 32) {
		addr.v4 = (struct sockaddr_in){ .sin_family = AF_INET };
		memcpy(&addr.v4.sin_addr, ip->b, 4);
	} else {
		memcpy(&addr.v6.sin6_addr, ip->b, 16);
	}
	found = MMDB_lookup_sockaddr(&s->db, &addr.any, &rc);
	*out = found.entry;
	return rc == MMDB_SUCCESS && found.found_entry;
}

void
geo_find(struct geo *g, const struct ip *ip, struct geo_facts *out)
{
	MMDB_entry_s at;

	*out = (struct geo_facts){ .asn = 0 };
	if (!g)
		return;
	pthread_rwlock_rdlock(&g->use);
	for (int i = 0; i < SLOTS; i++) {
		if (!look_up(&g->slot[i], ip, &at))
			continue;
		if (!out->asn)
			out->asn = asn_in(&at);
		if (!out->country[0])
			country_in(&at, out->country);
	}
	pthread_rwlock_unlock(&g->use);
}
