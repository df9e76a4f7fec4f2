/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Loading, starting and proving the engines. What they do with a message is in inspect.c. */
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "engine/engine_in.h"
#include "engine/files.h"
#include "engine/hugepages.h"

static void
describe(struct engine *e)
{
	struct engine_info *i = &e->info;

	if (e->clamav) {
		i->clamav_version = str_of(clamav_version());
		i->clamav_signatures = clamav_signatures(e->clamav);
		i->clamav_official = clamav_has_official(e->clamav);
		i->clamav_databases = pool_printf(e->pool,
		    "%zu files, %llu signatures (%llu need the mail around a part)",
		    clamav_files(e->clamav), (unsigned long long)clamav_signatures(e->clamav),
		    (unsigned long long)clamav_mail_signatures(e->clamav));
	}
	if (e->yara) {
		i->yara_version = str_of(yara_version());
		i->yara_rules = yara_rules(e->yara);
		i->yara_files = yara_files(e->yara);
		i->yara_refused = yara_refused(e->yara);
	}
}

static enum rc
load(struct engine *e, struct buf *errors)
{
	enum rc rc = RC_OK;

	if (e->conf->clamav)
		rc = clamav_open(e->conf->clamav_databases, &e->lim, e->lc, &e->clamav, errors);
	if (e->conf->yara && yara_open(e->conf->yara_rules, e->conf->yara_modules, e->lc, &e->yara, errors) != RC_OK)
		rc = RC_BAD;
	return rc;
}

enum rc
engine_open(const struct conf *conf, const struct limits *lim, struct log_ctx lc, struct engine **out,
    struct buf *errors)
{
	struct engine *e = calloc(1, sizeof(*e));

	if (!e)
		abort();
	/* Taken before loading: a file that changes meanwhile makes the set stale, not unseen. */
	e->pool = pool_new(0);
	e->info.fingerprint = engine_fingerprint(conf, e->pool);
	e->snapshot = conf_get((struct conf *)(uintptr_t)conf);
	e->conf = conf_values(conf, &engine_table);
	e->lim = *lim;
	e->lc = lc;
	buf_init(&e->decoded, (size_t)lim->decoded_bytes + 1);
	buf_init(&e->utf8, (size_t)lim->decoded_bytes + 1);
	buf_init(&e->visible, (size_t)lim->text_bytes);
	if (load(e, errors) != RC_OK) {
		engine_close(&e);
		return RC_BAD;
	}
	describe(e);
	if (e->conf->huge_pages)
		log_put(lc, LOG_LEVEL_INFO, "huge-pages", LOG_NUM("bytes", hugepages_collapse()));
	*out = e;
	return RC_OK;
}

void
engine_close(struct engine **ep)
{
	struct engine *e = *ep;

	*ep = NULL;
	if (!e)
		return;
	clamav_close(&e->clamav);
	yara_close(&e->yara);
	clean_free(&e->clean);
	buf_clear(&e->decoded);
	buf_clear(&e->utf8);
	buf_clear(&e->visible);
	conf_put(&e->snapshot);
	pool_free(&e->pool);
	free(e);
}

const struct engine_info *
engine_info(const struct engine *e)
{
	return &e->info;
}

/* libclamav takes and returns megabytes of counters for every layer. As the C library is set,
 * each time they are new pages that the kernel has to clear: a third of the time of a small
 * message. Keep what was freed, up to a bound that a worker can spare. */
static void
keep_freed_memory(void)
{
	enum { MB = 1024 * 1024 };

	mallopt(M_MMAP_THRESHOLD, 32 * MB);
	mallopt(M_TRIM_THRESHOLD, 16 * MB);
	mallopt(M_TOP_PAD, 1 * MB);
}

enum rc
engine_start(struct engine *e, const char *tmp_dir)
{
	keep_freed_memory();
	if (e->clamav && clamav_start(e->clamav, tmp_dir) != RC_OK)
		return RC_TEMP;
	if (e->yara && yara_start(e->yara, &e->lim) != RC_OK)
		return RC_TEMP;
	if (!e->clean)
		e->clean = clean_new(e->conf->clean_cache);
	return RC_OK;
}

/* What the canary heard. */
struct song {
	bool hit, unscanned;
};

static bool
canary_layer(void *arg, const struct clamav_layer *l)
{
	(void)arg;
	(void)l;
	return true;
}

static void
canary_hit(void *arg, unsigned level, struct str signature)
{
	struct song *s = arg;

	(void)level;
	s->hit |= str_find_nocase(signature, STR("eicar")) != STR_NPOS;
}

static void
canary_unscanned(void *arg, unsigned level, enum unscanned_why why, struct str what)
{
	struct song *s = arg;

	(void)level;
	(void)why;
	(void)what;
	s->unscanned = true;
}

/* The EICAR test file, turned by 13 letters so that no scanner eats this program. */
static struct str
eicar(char out[128])
{
	static const char turned[] = "K5B!C%@NC[4\\CMK54(C^)7PP)7}$RVPNE-FGNAQNEQ-NAGVIVEHF-GRFG-SVYR!$U+U*";
	size_t n = sizeof(turned) - 1;

	for (size_t i = 0; i < n; i++) {
		char c = turned[i];

		if (c >= 'A' && c <= 'Z')
			c = (char)('A' + (c - 'A' + 13) % 26);
		out[i] = c;
	}
	return (struct str){ out, n };
}

static enum rc
clamav_canary(struct engine *e, struct buf *why)
{
	char space[128];
	struct song song = { false, false };
	struct clamav_sink sink = {
		.layer = canary_layer, .hit = canary_hit, .unscanned = canary_unscanned, .arg = &song,
	};
	struct clamav_job job = {
		CLAMAV_CONTENT, eicar(space), e->lim.clamav_ms, e->lim.unpack_bytes, e->lim.unpack_files,
	};
	enum rc rc = clamav_scan(e->clamav, &job, &sink);

	if (rc == RC_OK && song.hit && !song.unscanned)
		return RC_OK;
	buf_adds(why, "clamav did not find the EICAR test file; is there a signature for it in "
	    "engine.clamav_databases, and can the temp folder be written to?");
	return RC_BAD;
}

static void
yara_heard(void *arg, const struct yara_match *m)
{
	(void)arg;
	(void)m;
}

/* Rules are the operator's own, so no rule can be expected: that a scan ends well must do. */
static enum rc
yara_canary(struct engine *e, struct buf *why)
{
	char space[128];
	struct yara_subject s = { .scope = YARA_FILE, .content = eicar(space), .part_name = STR("canary") };

	if (yara_scan(e->yara, &s, yara_heard, NULL) == RC_OK)
		return RC_OK;
	buf_adds(why, "yara could not scan the EICAR test file");
	return RC_BAD;
}

enum rc
engine_canary(struct engine *e, struct buf *why)
{
	e->proven = false;
	if (e->clamav && clamav_canary(e, why) != RC_OK)
		return RC_BAD;
	if (e->yara && yara_canary(e, why) != RC_OK)
		return RC_BAD;
	e->proven = true;
	return RC_OK;
}

size_t
engine_rule_stats(const struct engine *e, struct pool *pool, const struct yara_rule_stat **out)
{
	*out = NULL;
	return e->yara ? yara_stats(e->yara, pool, out) : 0;
}

struct str
engine_fingerprint(const struct conf *conf, struct pool *out)
{
	const struct engine_conf *c = conf_values(conf, &engine_table);
	struct pool *pool = pool_new(0);
	const struct file *files;
	struct str a = STR_NONE, b = STR_NONE, all;
	size_t n;

	if (c->clamav) {
		n = files_find(pool, c->clamav_databases, clamav_extensions, &files);
		a = str_upto(files_fingerprint(pool, files, n), 16);
	}
	if (c->yara) {
		n = files_find(pool, c->yara_rules, yara_extensions, &files);
		b = str_upto(files_fingerprint(pool, files, n), 16);
	}
	all = pool_printf(out, "%.*s-%.*s", STR_ARG(a), STR_ARG(b));
	pool_free(&pool);
	return all;
}

bool
engine_stale(const struct conf *conf, struct str fingerprint)
{
	struct pool *pool = pool_new(0);
	bool stale = !str_eq(engine_fingerprint(conf, pool), fingerprint);

	pool_free(&pool);
	return stale;
}
